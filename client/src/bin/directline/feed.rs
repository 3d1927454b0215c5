//! Everything that can happen to the command, in one channel: updates, typed lines, signals.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use directline_client::directline::{Checkpoint, Config};
use directline_client::{Handle, Network, Update, blocking, tokio as asynchronous};

use crate::args::Driver;
use crate::problem::Problem;

#[derive(Debug)]
pub(crate) enum Happening {
    Update(Update),
    Line(String),
    EndOfInput,
    Stop,
}

pub(crate) struct Feed {
    sender: SyncSender<Happening>,
    pub(crate) happenings: Receiver<Happening>,
}

impl Feed {
    pub(crate) fn new() -> Feed {
        let (sender, happenings) = sync_channel(WAITING_MAX);
        Feed { sender, happenings }
    }

    /// Starts the conversation and feeds its updates.
    pub(crate) fn converse(
        &self,
        driver: Driver,
        config: Config,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> Result<Handle, Problem> {
        let sender = self.sender.clone();
        let handle = match driver {
            Driver::Tokio => run_tokio(config, checkpoint, network, sender),
            Driver::Blocking => run_blocking(config, checkpoint, network, sender),
        };
        handle.map_err(|error| Problem::fatal(format!("the session cannot be started: {error}")))
    }

    /// Feeds the lines of stdin, as many as there are credits: one comes back with each outcome.
    pub(crate) fn read_lines(&self) -> Credits {
        let (given, credits) = sync_channel(UNSETTLED_MAX);
        let sender = self.sender.clone();
        // Not waited for: it may hang in a read when the command ends.
        let reader = move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(line)) = read_line(&mut input) {
                let is_empty = line.trim().is_empty();
                if !is_empty
                    && (given.send(()).is_err() || sender.send(Happening::Line(line)).is_err())
                {
                    return;
                }
            }
            // Nobody listens once the command ends.
            let _ = sender.send(Happening::EndOfInput);
        };
        let started = thread::Builder::new().name("stdin".into()).spawn(reader);
        Credits { credits: started.is_ok().then_some(credits) }
    }

    /// Feeds the first SIGINT or SIGTERM; a second one ends the process at once.
    pub(crate) fn catch_signals(&self) -> Result<(), Problem> {
        let sender = self.sender.clone();
        let is_asked = Arc::new(AtomicBool::new(false));
        let handler = move || {
            if is_asked.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED);
            }
            if let Err(TrySendError::Full(stop)) = sender.try_send(Happening::Stop) {
                let sender = sender.clone();
                // On a thread of its own, so that a second signal is still heard.
                thread::spawn(move || sender.send(stop));
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Problem::fatal(format!("signals cannot be caught: {error}")))
    }
}

/// Lets the reader of stdin go on.
#[derive(Debug)]
pub(crate) struct Credits {
    credits: Option<Receiver<()>>,
}

impl Credits {
    /// A line has its outcome.
    pub(crate) fn give_back(&self) {
        if let Some(credits) = &self.credits {
            // None is missing where a post was no line.
            let _ = credits.try_recv();
        }
    }
}

fn run_blocking(
    config: Config,
    checkpoint: Option<Checkpoint>,
    network: &Network,
    sender: SyncSender<Happening>,
) -> io::Result<Handle> {
    let mut conversation = blocking::Conversation::open(config, checkpoint, network)?;
    let handle = conversation.handle();
    thread::Builder::new().name("updates".into()).spawn(move || {
        conversation.try_for_each(|update| sender.send(Happening::Update(update)))
    })?;
    Ok(handle)
}

fn run_tokio(
    config: Config,
    checkpoint: Option<Checkpoint>,
    network: &Network,
    sender: SyncSender<Happening>,
) -> io::Result<Handle> {
    // The tasks have a thread of their own, so that they go on while this one waits for room.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut conversation = {
        let _guard = runtime.enter();
        asynchronous::Conversation::open(config, checkpoint, network)?
    };
    let handle = conversation.handle();
    thread::Builder::new().name("updates".into()).spawn(move || {
        while let Some(update) = runtime.block_on(conversation.next()) {
            if sender.send(Happening::Update(update)).is_err() {
                return;
            }
        }
    })?;
    Ok(handle)
}

/// The next line without its end; `None` at the end. What is longer than any message is cut, and
/// then refused for its length.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    if count == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        skip_line(input)?;
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let mut skipped = Vec::new();
        let count = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut skipped)?;
        if count == 0 || skipped.last() == Some(&b'\n') {
            return Ok(());
        }
    }
}

/// Updates that wait here besides those in the conversation's own buffer.
const WAITING_MAX: usize = 64;
/// Lines that were sent and have no outcome yet; fewer than the session queues.
const UNSETTLED_MAX: usize = 64;
/// More than the 256 KiB that the service takes.
const LINE_BYTES_MAX: u64 = 300_000;
/// What shells report of a command that was interrupted.
const INTERRUPTED: i32 = 130;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_nothing_could_take_them() {
        let long = "x".repeat(700_000);
        let text = format!("a\r\n{long}\nb");
        let mut input = text.as_bytes();
        let mut lines = Vec::new();
        while let Some(line) = read_line(&mut input).expect("memory can be read") {
            lines.push(line.len());
        }
        assert_eq!(lines, [1, 300_000, 1]);
    }
}
