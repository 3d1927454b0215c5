//! FILES that the command makes of a conversation: none that is there is written over, unless that is wanted.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use crate::problem::Problem;

/// Refuses a file that is there, before anything is done for it.
pub(crate) fn check(option: &str, path: &Path, overwrite: bool) -> Result<(), Problem> {
    match !overwrite && path.symlink_metadata().is_ok() {
        true => Err(is_there(option, path)),
        false => Ok(()),
    }
}

/// Makes it. What was said is for nobody else on this machine.
pub(crate) fn create(option: &str, path: &Path, overwrite: bool) -> Result<File, Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(overwrite).create_new(!overwrite);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => is_there(option, path),
        _ => Problem::usage(format!("{option} {}: {error}", path.display())),
    })
}

fn is_there(option: &str, path: &Path) -> Problem {
    let allowed = "allowed is a file that does not exist yet, or --overwrite";
    Problem::usage(format!("{option} is {}, {allowed}", path.display()))
}
