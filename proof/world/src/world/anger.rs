//! Anger: a host that calls again and again, within one instant or faster than anything can answer.

use directline::{Input, Status};

use super::World;
use crate::operation::{Anger, HostCall};
use crate::violation::{Verdict, ensure};

impl World {
    /// So many calls of a kind in a row, with a pause between them or none.
    pub(super) fn rage(&mut self, anger: Anger, detail: u16) -> Verdict {
        self.faults.tally.count("anger", anger.name());
        self.faults.tally.count("anger while", status_name(self.session.status()));
        let gap = [0, 0, 0, 1, 40, 700][usize::from(detail / 64) % 6];
        for number in 0..2 + detail % 64 {
            let call = match anger {
                Anger::Wakes => Some(HostCall::Woke),
                Anger::Flaps if number % 2 == 0 => Some(HostCall::Down),
                Anger::Flaps => Some(HostCall::Up),
                Anger::Tokens => Some(HostCall::NewToken),
                Anger::Timeouts => Some(HostCall::Timeout),
                Anger::Posts => None,
                Anger::Closes if number == 0 => Some(HostCall::Close),
                Anger::Closes | Anger::All => self.any_call(),
            };
            match call {
                Some(HostCall::Timeout) => self.time_out()?,
                Some(call) => self.host_calls(call, 0)?,
                None => self.post()?,
            }
            self.fork()?;
            if gap > 0 {
                self.run_until(self.clock + gap)?;
            }
        }
        Ok(())
    }

    /// Any call but the last one, or a post.
    fn any_call(&mut self) -> Option<HostCall> {
        let calls = [
            HostCall::Woke,
            HostCall::Down,
            HostCall::Up,
            HostCall::NewToken,
            HostCall::Timeout,
            HostCall::Backwards,
        ];
        calls.get(self.random.index(calls.len() + 1)).copied()
    }

    /// TM-3: before anything is due a timeout leads to nothing, and a second one changes nothing.
    fn time_out(&mut self) -> Verdict {
        // A lazy host looks later at what came before.
        let is_lazy = self.lazy > 0 || self.judged > 0;
        let is_early = !is_lazy && self.session.deadline().is_none_or(|at| at > self.now());
        let requests = self.report.requests;
        self.feed(Input::Timeout)?;
        let before = self.session.clone();
        self.feed(Input::Timeout)?;
        let is_same = !is_early || (self.session == before && self.report.requests == requests);
        ensure(is_same, "TM-3", || "an early timeout made a difference".to_owned())
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Connecting => "Connecting",
        Status::Live => "Live",
        Status::Waiting { .. } => "Waiting",
        Status::Polling => "Polling",
        Status::NeedsToken => "NeedsToken",
        Status::Offline => "Offline",
        _ => "Ended",
    }
}
