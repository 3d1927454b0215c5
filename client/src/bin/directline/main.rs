//! The command `directline`.

mod advice;
mod args;
mod chat;
mod check;
mod console;
mod copilot;
mod credential;
mod demo;
mod editor;
mod embedded;
mod feed;
mod hint;
mod line;
mod list;
mod lock;
mod news;
mod problem;
mod queue;
mod record;
mod replay;
mod said;
mod screen;
mod serve;
mod settings;
mod store;
mod timeline;
mod typed;
mod upload;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Chat(chat) if chat.demo => demo::run(&chat),
        Command::Chat(chat) => chat::run(&chat),
        Command::Serve(serve) => serve::run(&serve),
        Command::Check(check) => check::run(&check),
        Command::Replay(replay) => replay::run(&replay),
        Command::Timeline(timeline) => timeline::run(&timeline),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Whether anybody reads it or not, the exit status is the same.
            let message = directline_activity::text::plain(&problem.message);
            let _ = writeln!(io::stderr(), "error: {message}");
            problem.exit_code()
        }
    }
}
