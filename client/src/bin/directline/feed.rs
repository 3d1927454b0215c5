//! Everything that can happen to the command, in one channel: updates, typed lines, signals.

use std::io::{self, BufRead, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use directline_client::directline::{Checkpoint, Config};
use directline_client::{Handle, Network, Update, blocking, tokio as asynchronous};
use tokio::sync::Notify;

use crate::args::Driver;
use crate::console::give_back;
use crate::problem::Problem;
use crate::queue::Queue;

#[derive(Debug)]
pub(crate) enum Happening {
    Update(Update),
    Line(String),
    /// On a terminal where lines are edited.
    Key(crossterm::event::Event),
    EndOfInput,
    Stop,
}

#[derive(Clone)]
pub(crate) struct Feed {
    queue: Queue<Happening>,
    is_asked_to_stop: Arc<AtomicBool>,
    /// Wakes who waits for that and nothing else.
    stopped: Arc<Notify>,
}

impl Feed {
    pub(crate) fn new() -> Feed {
        Feed { queue: Queue::new(), is_asked_to_stop: Arc::default(), stopped: Arc::default() }
    }

    /// What happens next, if anything does within `limit`.
    pub(crate) fn next(&self, limit: Option<Duration>) -> Option<Happening> {
        self.queue.wait(limit)
    }

    /// What has happened already.
    pub(crate) fn take(&self) -> Option<Happening> {
        self.queue.take()
    }

    /// Something that the user does.
    pub(crate) fn happen(&self, happening: Happening) {
        self.queue.push(happening);
    }

    /// The user wants it to stop; asking twice ends the process at once.
    pub(crate) fn stop(&self) {
        if self.is_asked_to_stop.swap(true, Ordering::SeqCst) {
            give_back();
            std::process::exit(INTERRUPTED);
        }
        self.stopped.notify_one();
        self.queue.push(Happening::Stop);
    }

    /// Ready once the user wants it to stop.
    pub(crate) async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// Starts the conversation and feeds its updates.
    pub(crate) fn converse(
        &self,
        driver: Driver,
        config: Config,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> Result<Handle, Problem> {
        let queue = self.queue.clone();
        let handle = match driver {
            Driver::Tokio => run_tokio(config, checkpoint, network, queue),
            Driver::Blocking => run_blocking(config, checkpoint, network, queue),
        };
        handle.map_err(|error| Problem::fatal(format!("the session cannot be started: {error}")))
    }

    /// Feeds the lines of stdin, as many as there are credits: one comes back with each outcome.
    pub(crate) fn read_lines(&self) -> Credits {
        let (given, credits) = sync_channel(UNSETTLED_MAX);
        let queue = self.queue.clone();
        // Not waited for: it may hang in a read when the command ends.
        let reader = move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(line)) = read_line(&mut input) {
                if line.trim().is_empty() {
                    continue;
                }
                if given.send(()).is_err() {
                    return;
                }
                queue.push_with_room(Happening::Line(line));
            }
            queue.push(Happening::EndOfInput);
        };
        let started = thread::Builder::new().name("stdin".into()).spawn(reader);
        Credits { credits: started.is_ok().then_some(credits) }
    }

    /// What the user has said, where nothing is sent at all.
    pub(crate) fn unread_lines(&self) -> Vec<String> {
        if io::stdin().is_terminal() {
            return Vec::new();
        }
        self.unsent_lines(&self.read_lines())
    }

    /// What the user has said and nobody will send: the lines that are there, or come while they are
    /// waited for. Of an input that goes on and on, the rest counts as one.
    pub(crate) fn unsent_lines(&self, credits: &Credits) -> Vec<String> {
        // What is typed comes when it comes.
        let limit = if io::stdin().is_terminal() { Duration::ZERO } else { LAST_LINE_WAIT };
        let mut lines = Vec::new();
        loop {
            match self.next(Some(limit)) {
                Some(Happening::Line(_)) if lines.len() >= UNSETTLED_MAX => {
                    lines.push("the rest of the input".to_owned());
                    return lines;
                }
                Some(Happening::Line(line)) => {
                    lines.push(line);
                    credits.give_back();
                }
                Some(Happening::EndOfInput) | None => return lines,
                Some(Happening::Update(_) | Happening::Key(_) | Happening::Stop) => {}
            }
        }
    }

    /// Feeds the first SIGINT or SIGTERM; a second one ends the process at once.
    pub(crate) fn catch_signals(&self) -> Result<(), Problem> {
        let feed = self.clone();
        let mut wishes = Wishes::default();
        let handler = move || {
            if wishes.is_another(Instant::now()) {
                feed.stop();
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Problem::fatal(format!("signals cannot be caught: {error}")))
    }
}

/// Signals, which may come twice for one wish: `timeout` and its like signal a process, and then the
/// group that it is in.
#[derive(Debug, Default)]
struct Wishes {
    last: Option<Instant>,
}

impl Wishes {
    fn is_another(&mut self, now: Instant) -> bool {
        let is_same = self.last.is_some_and(|last| now.saturating_duration_since(last) < ONE_WISH);
        if !is_same {
            self.last = Some(now);
        }
        !is_same
    }
}

/// Lets the reader of stdin go on.
#[derive(Debug)]
pub(crate) struct Credits {
    credits: Option<Receiver<()>>,
}

impl Credits {
    /// For those who type no faster than the session takes.
    pub(crate) fn unlimited() -> Credits {
        Credits { credits: None }
    }

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
    queue: Queue<Happening>,
) -> io::Result<Handle> {
    let conversation = blocking::Conversation::open(config, checkpoint, network)?;
    let handle = conversation.handle();
    thread::Builder::new().name("updates".into()).spawn(move || {
        conversation.for_each(|update| queue.push_with_room(Happening::Update(update)));
    })?;
    Ok(handle)
}

fn run_tokio(
    config: Config,
    checkpoint: Option<Checkpoint>,
    network: &Network,
    queue: Queue<Happening>,
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
            queue.push_with_room(Happening::Update(update));
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

/// Lines that were sent and have no outcome yet; fewer than the session queues.
const UNSETTLED_MAX: usize = 64;
/// More than the 256 KiB that the service takes.
const LINE_BYTES_MAX: u64 = 300_000;
/// How far apart signals may be that mean the same.
const ONE_WISH: Duration = Duration::from_millis(100);
/// How long a line may take from whoever has written it to here, once nothing is sent any more.
const LAST_LINE_WAIT: Duration = Duration::from_millis(250);
/// What shells report of a command that was interrupted.
const INTERRUPTED: i32 = 130;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_happened_is_taken_in_order() {
        let feed = Feed::new();
        feed.happen(Happening::Line("hi".into()));
        feed.happen(Happening::EndOfInput);
        assert!(matches!(feed.take(), Some(Happening::Line(line)) if line == "hi"));
        assert!(matches!(feed.take(), Some(Happening::EndOfInput)));
        assert!(feed.take().is_none());
    }

    #[test]
    fn signals_that_come_together_are_one_wish() {
        let start = Instant::now();
        let mut wishes = Wishes::default();
        // What comes on and on is no single wish.
        for (millis, is_another) in
            [(0, true), (0, false), (99, false), (100, true), (150, false), (900, true)]
        {
            let now = start + Duration::from_millis(millis);
            assert_eq!(wishes.is_another(now), is_another, "{millis}");
        }
    }

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
