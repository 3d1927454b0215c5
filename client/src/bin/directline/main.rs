//! The command `directline`.

mod advice;
mod args;
mod cause;
mod chat;
mod check;
mod console;
mod copilot;
mod credential;
mod demo;
mod editor;
mod embedded;
mod feed;
mod fresh;
mod hint;
mod line;
mod list;
mod lock;
mod network;
mod news;
mod problem;
mod queue;
mod record;
mod relay;
mod replay;
mod said;
mod screen;
mod serve;
mod service;
mod settings;
mod store;
mod timeline;
mod typed;
mod upload;
mod usage;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use directline_activity::text::plain;

use crate::args::{Arguments, Command};
use crate::news::describe_unsent;
use crate::problem::Problem;

fn run(command: Command) -> Result<(), Problem> {
    match command {
        Command::Chat(chat) if chat.demo => demo::run(&chat),
        Command::Chat(chat) => chat::run(&chat),
        Command::Serve(serve) => serve::run(&serve),
        Command::Check(check) => check::run(&check),
        Command::Replay(replay) => replay::run(&replay),
        Command::Timeline(timeline) => timeline::run(&timeline),
        Command::Relay { arguments } => relay::run(&arguments),
    }
}

fn main() -> ExitCode {
    let result = match Arguments::try_parse() {
        Ok(arguments) => run(arguments.command),
        // Help and version, which are no mistake.
        Err(error) if !error.use_stderr() || error.kind() == NO_COMMAND => error.exit(),
        Err(error) => Err(Problem::usage(usage::told(&error))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let mut words = format!("error: {}\n", plain(&problem.message));
            for text in &problem.unsent {
                let text = plain(&describe_unsent(text)).replace('\n', " ");
                words.push_str(&format!("{text}\n"));
            }
            // At once, so that nothing cuts them off half-way. Whether anybody reads them or not, the
            // exit status is the same.
            let _ = io::stderr().write_all(words.as_bytes());
            problem.exit_code()
        }
    }
}

/// All of the help is shown then.
const NO_COMMAND: ErrorKind = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
