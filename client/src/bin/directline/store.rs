//! The checkpoint file: always whole, whenever the power goes, and one process's own.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use directline_client::directline::Checkpoint;

use crate::lock::{Lock, Locked};
use crate::problem::Problem;

#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    folder: PathBuf,
    temporary: PathBuf,
    /// Why the last checkpoint could not be written.
    trouble: Option<String>,
    _lock: Lock,
}

/// What came of writing a checkpoint down.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// As ever.
    Well,
    /// Again, after it had failed.
    Again,
    /// It failed, for a reason that is new.
    Failed(String),
    /// It failed as before.
    StillFails,
}

impl Store {
    /// Finds out early whether the file could be written, and that nobody else does.
    pub(crate) fn open(path: &Path) -> Result<Store, Problem> {
        let path = followed(path);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let bad = |what: &str| {
            Problem::usage(format!("--checkpoint is {path:?}, allowed is a file {what}"))
        };
        let Some(name) = path.file_name() else { return Err(bad("with a name")) };
        if path.is_dir() {
            return Err(bad("that is no folder"));
        }
        if !folder.is_dir() {
            return Err(bad("in a folder that exists"));
        }
        let temporary = folder.join(beside(name, &format!("{}.tmp", std::process::id())));
        let lock =
            Lock::take(folder.join(beside(name, "lock"))).map_err(|locked| match locked {
                Locked::Elsewhere => Problem::fatal(format!(
                    "--checkpoint {path:?} is in use by another directline, and a conversation has \
                 one client at a time: end that one, or name another file"
                )),
                Locked::Never(error) => bad(&format!("beside which a lock can be kept ({error})")),
            })?;
        Ok(Store { path, folder, temporary, trouble: None, _lock: lock })
    }

    /// The checkpoint in the file; `None` when there is no file yet.
    pub(crate) fn read(&self) -> Result<Option<Checkpoint>, Problem> {
        let unusable = |error: &dyn std::fmt::Display| {
            Problem::usage(format!(
                "--checkpoint {:?} cannot be resumed from and was left alone: {error}; name \
                 another file, or move this one away to start anew",
                self.path
            ))
        };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&error)),
        };
        let mut text = String::new();
        file.take(BYTES_MAX).read_to_string(&mut text).map_err(|error| unusable(&error))?;
        if !text.trim_start().starts_with('{') {
            return Err(unusable(&"checkpoint is damaged: it is no JSON object"));
        }
        Checkpoint::from_json(&text).map(Some).map_err(|error| unusable(&error))
    }

    /// Replaces the file as a whole.
    pub(crate) fn write(&mut self, checkpoint: &Checkpoint) -> Written {
        match self.replace(checkpoint) {
            Ok(()) if self.trouble.take().is_some() => Written::Again,
            Ok(()) => Written::Well,
            Err(error) => {
                // Of no use to anybody, if it is there at all.
                let _ = fs::remove_file(&self.temporary);
                let trouble =
                    format!("the checkpoint file {:?} cannot be written: {error}", self.path);
                if self.trouble.as_ref() == Some(&trouble) {
                    return Written::StillFails;
                }
                self.trouble = Some(trouble.clone());
                Written::Failed(trouble)
            }
        }
    }

    /// Why the file does not hold what it should.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn replace(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).open(&self.temporary)?;
        writeln!(file, "{}", checkpoint.to_json())?;
        file.sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        // Not every system can do that, and the file is whole without it.
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// The file that a link leads to, which need not exist yet: or the link would be replaced.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        if let Ok(found) = fs::canonicalize(&path) {
            return found;
        }
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

/// A hidden file of its own beside `name`.
fn beside(name: &OsStr, ending: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{ending}"));
    hidden
}

/// Far above any checkpoint, whatever it remembers.
const BYTES_MAX: u64 = 256 << 20;
/// As many as systems follow.
const LINKS_MAX: usize = 40;
