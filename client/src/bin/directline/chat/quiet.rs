//! When a conversation ends by itself: once its input has ended, all that was said has its outcome, and
//! nothing more comes.

use std::time::{Duration, Instant};

use directline_client::Update;
use directline_client::directline::{Event, Status};

#[derive(Debug)]
pub(super) struct Quiet {
    /// Whether the end of the input is meant to be the end.
    ends_on_eof: bool,
    is_input_over: bool,
    poll_interval: Duration,
    since: Instant,
}

impl Quiet {
    pub(super) fn new(ends_on_eof: bool, poll_interval: Duration) -> Quiet {
        Quiet { ends_on_eof, is_input_over: false, poll_interval, since: Instant::now() }
    }

    pub(super) fn end_input(&mut self, now: Instant) {
        self.is_input_over = true;
        self.since = now;
    }

    pub(super) fn is_input_over(&self) -> bool {
        self.is_input_over
    }

    /// Takes note of what something may follow.
    pub(super) fn hear(&mut self, update: &Update, now: Instant) {
        match update {
            Update::Activity(_)
            | Update::Event(Event::Posted { .. } | Event::Status(Status::Live | Status::Polling)) => {
                self.since = now
            }
            Update::Event(_) | Update::Ended(_) => {}
        }
    }

    /// How long it must stay quiet until the session ends by itself; `None` when it does not. What was
    /// said is settled once it has its outcome.
    pub(super) fn left(&self, status: Status, is_settled: bool, now: Instant) -> Option<Duration> {
        let is_done = self.ends_on_eof && self.is_input_over && is_settled;
        let quiet = match status {
            Status::Live => QUIET,
            // What is there to hear is heard with the next poll.
            Status::Polling => QUIET + self.poll_interval,
            _ => return None,
        };
        is_done.then(|| quiet.saturating_sub(now.saturating_duration_since(self.since)))
    }
}

/// How long an answer may take at the end of the input.
const QUIET: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use directline_client::directline::{End, PostKey, PostOutcome};

    use super::*;

    const POLLS: Duration = Duration::from_secs(5);

    #[test]
    fn it_ends_once_nothing_more_is_said_on_either_side() {
        let now = Instant::now() + POLLS;
        for (ends_on_eof, is_over, is_settled, status, left) in [
            (true, true, true, Status::Live, Some(QUIET)),
            (true, true, true, Status::Polling, Some(QUIET + POLLS)),
            (true, true, true, Status::Connecting, None),
            (true, true, true, Status::Ended, None),
            (false, true, true, Status::Live, None),
            (true, false, true, Status::Live, None),
            (true, true, false, Status::Live, None),
        ] {
            let mut quiet = Quiet::new(ends_on_eof, POLLS);
            if is_over {
                quiet.end_input(now);
            }
            let told = (ends_on_eof, is_over, is_settled, status);
            assert_eq!(quiet.is_input_over(), is_over);
            assert_eq!(quiet.left(status, is_settled, now), left, "{told:?}");
        }
    }

    #[test]
    fn what_something_may_follow_breaks_it() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let posted = Event::Posted { key: PostKey(1), outcome: PostOutcome::Sent { id: None } };
        for (update, is_broken) in [
            (Update::Event(Event::Status(Status::Live)), true),
            (Update::Event(Event::Status(Status::Polling)), true),
            (Update::Event(posted), true),
            (Update::Event(Event::Status(Status::Connecting)), false),
            (Update::Ended(End::Closed), false),
        ] {
            let mut quiet = Quiet::new(true, POLLS);
            quiet.end_input(start);
            quiet.hear(&update, after(900));
            let left = if is_broken { 800 } else { 0 };
            let found = quiet.left(Status::Live, true, after(1_100));
            assert_eq!(found, Some(Duration::from_millis(left)), "{update:?}");
        }
    }
}
