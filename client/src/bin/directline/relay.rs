//! `directline relay`: a program of its own, so that nobody who doesn't want it carries it along.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::problem::Problem;

/// Becomes the program `directline-relay` that lies beside this one, or else is on the path.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Problem> {
    let error = become_it(Command::new(program()).args(arguments));
    Err(match error.kind() {
        io::ErrorKind::NotFound => Problem::fatal(format!(
            "there is no {NAME} beside this program or on the path: cargo install --locked {NAME}"
        )),
        _ => Problem::fatal(format!("{NAME} cannot be run: {error}")),
    })
}

fn program() -> PathBuf {
    let beside = env::current_exe().ok().map(|own| own.with_file_name(NAME));
    let beside = beside.map(|path| path.with_extension(env::consts::EXE_EXTENSION));
    beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from(NAME))
}

/// Gets the signals that are meant for it, and has its exit status.
#[cfg(unix)]
fn become_it(command: &mut Command) -> io::Error {
    use std::os::unix::process::CommandExt;
    command.exec()
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

const NAME: &str = "directline-relay";
