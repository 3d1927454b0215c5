//! The contract as cases for any client: what the service does, and what it must have seen and the
//! client must have shown.
//!
//! A case is data, written by hand in TOML (`cases/README.md` tells how). It is run against a program
//! that reads lines to send from its standard input and writes an activity per line to its standard
//! output, with a service of its own.

mod bytes;
mod evidence;
mod judge;
mod program;
mod read;
mod requests;
mod run;
mod step;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::cases::judge::Judge;
use crate::cases::step::Step;
use crate::options::Options;
use crate::plan::error::PlanError;
use crate::serve::Stop;
use crate::text_file;

/// One case of the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    clause: String,
    name: String,
    options: Options,
    /// Whether the client gets a token instead of the secret.
    with_token: bool,
    steps: Vec<Step>,
    judge: Judge,
}

/// What a run of a [`Case`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What is wrong, each in one sentence; nothing if the client has passed.
    pub complaints: Vec<String>,
    /// Why the client could not even be started, if that is what is wrong.
    pub unstarted: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// What happened in the service, a line each.
    pub happened: Vec<String>,
    /// What the client wrote to its standard error.
    pub told: Vec<String>,
}

impl Case {
    /// The cases that come with this crate, by clause.
    pub fn all() -> Vec<Case> {
        let read = |text: &&str| Case::parse(text).expect("a test reads every case");
        BUILT_IN.iter().flat_map(read).collect()
    }

    /// Reads the cases of a file.
    ///
    /// # Errors
    /// The file can't be read, or it holds something that is no case.
    pub fn load(path: &Path) -> Result<Vec<Case>, PlanError> {
        let shown = path.display();
        let text = text_file::read(path).map_err(|error| {
            PlanError::new(format!("the file \"{shown}\" can't be read ({error})"))
        })?;
        Case::parse(&text).map_err(|error| PlanError::new(format!("{shown}: {error}")))
    }

    /// Reads cases from TOML.
    ///
    /// # Errors
    /// Says in one sentence which field has which value and what is allowed.
    pub fn parse(text: &str) -> Result<Vec<Case>, PlanError> {
        read::read_cases(text)
    }

    /// The clause of the contract that it is about, such as `WM-6`.
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// What it shows, in a few words.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs the case against a program: its name and its arguments.
    ///
    /// `{base}` in an argument is where the service is, as is `DIRECTLINE_BASE` in the environment of
    /// the program; `DIRECTLINE_SECRET` or `DIRECTLINE_TOKEN` is what gets in. Whatever is waited for
    /// is waited for no longer than `patience`, and only until it is to stop.
    ///
    /// # Panics
    /// When there are no arguments at all.
    pub fn run(&self, command: &[String], patience: Duration, stop: &Stop) -> Verdict {
        run::run(self, command, patience, stop)
    }
}

const BUILT_IN: &[&str] = &[
    include_str!("../../cases/WM.toml"),
    include_str!("../../cases/DD.toml"),
    include_str!("../../cases/SU.toml"),
    include_str!("../../cases/RC.toml"),
    include_str!("../../cases/CR.toml"),
    include_str!("../../cases/RX.toml"),
    include_str!("../../cases/PO.toml"),
    include_str!("../../cases/TX.toml"),
    include_str!("../../cases/LV.toml"),
];
