//! The lock beside a checkpoint file: two processes that write down different positions would each
//! undo what the other did.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

/// Held until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(crate) enum Locked {
    /// Another process has it.
    Elsewhere,
    /// There can be none here.
    Never(io::Error),
}

impl Lock {
    /// Locks `path`, a file that is there for nothing else.
    pub(crate) fn take(path: PathBuf) -> Result<Lock, Locked> {
        loop {
            let options = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            let file = options.map_err(Locked::Never)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Locked::Elsewhere),
                Err(TryLockError::Error(error)) => return Err(Locked::Never(error)),
            }
            // Whoever had it before may have removed the file after it was opened here.
            if is_at(&file, &path) {
                return Ok(Lock { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is locked, so that nobody holds a lock on what is removed. One that is left
        // harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(there)) => place(opened) == place(there),
        _ => false,
    }
}

/// What is open cannot be removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_is_left() {
        let folder = std::env::temp_dir().join(format!("directline-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("lock");
        let lock = Lock::take(path.clone()).expect("free");
        assert!(matches!(Lock::take(path.clone()), Err(Locked::Elsewhere)));
        drop(lock);
        assert!(!path.exists());
        drop(Lock::take(path.clone()).expect("free again"));
        assert!(matches!(Lock::take(folder.join("no/lock")), Err(Locked::Never(_))));
        fs::remove_dir(&folder).expect("nothing is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_took_the_place_of_another_is_not_the_other() {
        let path = std::env::temp_dir().join(format!("directline-place-{}", std::process::id()));
        let first = File::create(&path).expect("a file");
        assert!(is_at(&first, &path));
        fs::remove_file(&path).expect("removed");
        assert!(!is_at(&first, &path), "nothing is there");
        let second = File::create(&path).expect("another");
        assert!(is_at(&second, &path) && !is_at(&first, &path));
        fs::remove_file(&path).expect("removed");
    }
}
