//! `directline chat`: takes what happens in order, and writes down how far it has come.

mod commands;
mod doubts;
mod ending;
mod opening;
mod quiet;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use directline_client::directline::{Checkpoint, Event, Misuse, PostKey, PostOutcome};
use directline_client::{Handle, Received, SendError, Update};

use self::doubts::Doubts;
use self::opening::Opened;
use self::quiet::Quiet;
use crate::args;
use crate::console::Console;
use crate::embedded::Embedded;
use crate::feed::{Credits, Feed, Happening};
use crate::news::{News, describe_refusal, describe_resumption, token_wanted};
use crate::problem::Problem;
use crate::screen::Screen;
use crate::store::{Store, Written};

/// Holds a conversation with the service that `chat` names, or with the embedded one.
pub(crate) fn run(chat: &args::Chat) -> Result<(), Problem> {
    let feed = Feed::new();
    feed.catch_signals()?;
    let opened = match opening::open(chat, &feed) {
        Err(problem) if !problem.is_usage() => {
            return Err(problem.with_unsent(feed.unread_lines()));
        }
        opened => opened?,
    };
    let Some(Opened { chat, leave }) = opened else { return ending::stopped(chat, &feed) };
    let result = chat.run();
    // The last words are written to a terminal as it was found.
    drop(leave);
    result
}

struct Chat<'a> {
    arguments: &'a args::Chat,
    user: &'a str,
    feed: Feed,
    news: News,
    handle: Handle,
    screen: Screen,
    store: Option<Store>,
    credits: Credits,
    embedded: Option<Embedded>,
    /// Whether somebody types, so that lines may be commands.
    is_interactive: bool,
    /// Where lines are edited.
    console: Option<Console>,
    conversation: Option<Arc<str>>,
    resumed_from: Option<Checkpoint>,
    /// Covers what was shown.
    position: Option<Checkpoint>,
    /// Covers what was shown, and waits to be written down.
    unsaved: Option<Checkpoint>,
    saved_at: Option<Instant>,
    newest: Option<Received>,
    /// Posts without an outcome.
    texts: BTreeMap<PostKey, String>,
    doubts: Doubts,
    quiet: Quiet,
    /// Why the command fails, known before the session has ended.
    problem: Option<Problem>,
    /// How many messages were not sent, besides those that the end leaves.
    unsent: usize,
    /// What the end of the session leaves unsent.
    left: Vec<String>,
    /// What was said after that.
    late: Vec<String>,
    is_stdout_gone: bool,
}

impl Chat<'_> {
    fn run(mut self) -> Result<(), Problem> {
        let end = loop {
            let happening = self.next();
            if let Some(Happening::Update(update)) = &happening {
                self.quiet.hear(update, Instant::now());
            }
            match happening {
                Some(Happening::Update(Update::Ended(end))) => break end,
                Some(Happening::Update(Update::Activity(received))) => {
                    if !self.is_stdout_gone {
                        let shown = self.screen.show(received.json());
                        self.check(shown);
                    }
                    if let Some(checkpoint) = received.checkpoint() {
                        self.position = Some(checkpoint.clone());
                        self.unsaved = Some(checkpoint.clone());
                    }
                    self.newest = Some(received);
                }
                Some(Happening::Update(Update::Event(event))) => self.event(event),
                Some(Happening::Line(line)) => self.take(line),
                Some(Happening::Key(event)) => self.key(&event),
                Some(Happening::EndOfInput) => self.quiet.end_input(Instant::now()),
                Some(Happening::Stop) => self.handle.close(),
                None => {}
            }
        };
        self.conclude(&end)
    }

    /// What happens next; `None` when it was quiet for so long that it ends.
    fn next(&mut self) -> Option<Happening> {
        if is_recent(self.saved_at, Instant::now()) {
            // More is coming: one checkpoint will do for all of it.
            if let Some(happening) = self.feed.take() {
                return Some(happening);
            }
        }
        self.catch_up();
        let is_settled = self.texts.is_empty();
        let left = self.quiet.left(self.handle.status(), is_settled, Instant::now());
        let happening = self.feed.next(left);
        if happening.is_none() {
            self.handle.close();
        }
        happening
    }

    /// Shows what is buffered, then writes down that it was shown.
    fn catch_up(&mut self) {
        if !self.is_stdout_gone {
            let flushed = self.screen.flush();
            self.check(flushed);
        }
        let (Some(store), false) = (&mut self.store, self.is_stdout_gone) else { return };
        let Some(checkpoint) = self.unsaved.take() else { return };
        self.saved_at = Some(Instant::now());
        match store.write(&checkpoint) {
            Written::Well => {}
            Written::Again => self.screen.tell("the checkpoint file is written again"),
            Written::Failed(trouble) => {
                self.unsaved = Some(checkpoint);
                self.screen.tell(&format!("error: {trouble}; tried again with what comes"));
            }
            Written::StillFails => self.unsaved = Some(checkpoint),
        }
    }

    /// A reader who has gone away ends the session; that is how `head` and its like work.
    fn check(&mut self, written: io::Result<()>) {
        let Err(error) = written else { return };
        self.is_stdout_gone = true;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.problem = Some(Problem::fatal(format!("stdout cannot be written to: {error}")));
        }
        self.handle.close();
    }

    fn event(&mut self, event: Event) {
        if let Some(line) = self.news.describe(&event) {
            self.screen.tell(&line);
        }
        match event {
            Event::Joined { conversation } => {
                if let Some(resumed) = &self.resumed_from {
                    self.screen.tell(&describe_resumption(resumed));
                } else {
                    self.position = Checkpoint::new(conversation.clone()).ok();
                    self.unsaved.clone_from(&self.position);
                }
                if let Some(embedded) = &self.embedded {
                    embedded.greet(&conversation);
                }
                self.conversation = Some(conversation);
            }
            Event::Posted { key, outcome } => self.settle(key, &outcome),
            Event::NeedsToken { refusal } => {
                self.problem = Some(token_wanted(refusal));
                self.handle.close();
            }
            _ => {}
        }
    }

    /// Takes a line of stdin, which is a message unless somebody types.
    fn take(&mut self, line: String) {
        let waiting = self.texts.len();
        match self.is_interactive {
            true => self.obey(&line),
            false => self.send(line),
        }
        if self.texts.len() == waiting {
            // There will be no outcome to wait for.
            self.credits.give_back();
        }
    }

    fn send(&mut self, line: String) {
        match self.handle.send_text(self.user, &line) {
            Ok(post) => {
                self.screen.typed(&line);
                self.sent(post.key(), line);
            }
            Err(error) => self.not_sent(&error, &line),
        }
    }

    fn sent(&mut self, key: PostKey, text: String) {
        self.screen.answered();
        self.texts.insert(key, text);
    }

    fn not_sent(&mut self, error: &SendError, text: &str) {
        if matches!(error, SendError::Misuse(Misuse::Ended)) {
            return self.late.push(text.to_owned());
        }
        self.unsent += 1;
        self.screen.tell(&describe_refusal(error, text));
    }

    fn settle(&mut self, key: PostKey, outcome: &PostOutcome) {
        if let (Some(text), PostOutcome::Sent { .. }) = (self.doubts.settle(key), outcome) {
            return self.screen.tell(&format!("this was sent after all: {text}"));
        }
        let Some(text) = self.texts.remove(&key) else { return };
        self.credits.give_back();
        if matches!(outcome, PostOutcome::NotSent) {
            // The session is about to end, and why comes first.
            return self.left.push(text);
        }
        if let Some(line) = self.news.describe_outcome(outcome, &text) {
            self.screen.tell(&line);
        }
        if !matches!(outcome, PostOutcome::Sent { .. } | PostOutcome::Unknown { .. }) {
            self.unsent += 1;
        }
        if matches!(outcome, PostOutcome::Unknown { .. }) {
            self.doubts.add(key, text);
        }
    }
}

/// Whether a checkpoint was written so lately that the next one may wait.
fn is_recent(saved_at: Option<Instant>, now: Instant) -> bool {
    saved_at.is_some_and(|at| now.saturating_duration_since(at) < SAVE_INTERVAL)
}

/// While updates come fast, checkpoints are written no more often than this.
const SAVE_INTERVAL: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_not_written_all_the_time() {
        let now = Instant::now();
        let just = now + SAVE_INTERVAL - Duration::from_nanos(1);
        assert!(is_recent(Some(now), now) && is_recent(Some(now), just));
        assert!(!is_recent(Some(now), now + SAVE_INTERVAL) && !is_recent(None, now));
    }
}
