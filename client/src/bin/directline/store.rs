//! The checkpoint file: always whole, whenever the power goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use directline_client::directline::Checkpoint;

use crate::problem::Problem;

#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    folder: PathBuf,
    temporary: PathBuf,
}

impl Store {
    /// Finds out early whether the file could be written.
    pub(crate) fn open(path: &Path) -> Result<Store, Problem> {
        // Through a link to the file it leads to, or the link would be replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        let temporary = folder.join(temporary);
        Ok(Store { path, folder, temporary })
    }

    /// The checkpoint in the file; `None` when there is no file yet.
    pub(crate) fn read(&self) -> Result<Option<Checkpoint>, Problem> {
        let unusable = |error: &dyn std::fmt::Display| {
            Problem::usage(format!(
                "{:?} cannot be resumed from and was left alone: {error}; name another file, or \
                 move this one away to start anew",
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
        Checkpoint::from_json(&text).map(Some).map_err(|error| unusable(&error))
    }

    /// Replaces the file as a whole.
    pub(crate) fn write(&self, checkpoint: &Checkpoint) -> Result<(), Problem> {
        self.replace(checkpoint).map_err(|error| {
            // Of no use to anybody, if it is there at all.
            let _ = fs::remove_file(&self.temporary);
            Problem::fatal(format!("{:?} cannot be written: {error}", self.path))
        })
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

/// Far above any checkpoint, whatever it remembers.
const BYTES_MAX: u64 = 256 << 20;
