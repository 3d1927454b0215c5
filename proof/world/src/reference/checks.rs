//! CHECKS: whether one output is what the model lets come.

use directline::{CloseReason, PostOutcome, Purpose, Way};

use super::model::{Model, Token};
use super::record::ECHO_LATE;
use crate::excuse::{Ledger, Rule};
use crate::setup::{BASE, SECRET};
use crate::violation::{Verdict, ensure};

impl Model {
    pub(super) fn check_attempt(&self, purpose: Purpose, ledger: &mut Ledger) -> Verdict {
        let (now, (from, _), setup) = (self.facts.now, self.window, self.facts.setup);
        let floor = self.floor();
        ensure(self.facts.socket.is_none(), "RC-5", || "beside a socket".to_owned())?;
        ensure(now >= from, "RC-2", || format!("at {now}, allowed from {from}"))?;
        let is_early = self.asked_at.is_some_and(|at| now < at + floor);
        let is_excused = is_early && (self.step.leads_on || self.hurries);
        // Who lets more follow each other than is usual, or calls a socket stable before the floor
        // is over, has asked for it.
        let is_usual =
            setup.attempts_at_once() <= ATTEMPTS_AT_ONCE && setup.stable_after() >= floor;
        ledger.excuses(Rule::Early, is_excused && is_usual);
        ensure(!is_early || is_excused, "RC-2", || format!("{now} is too soon after the last"))?;
        let may_generate = setup.uses_secret() && !setup.secret_only() && !self.never_generate;
        let is_right = match purpose {
            Purpose::Reconnect => self.memory.conversation.is_some(),
            _ if self.memory.conversation.is_some() => false,
            Purpose::Generate => may_generate,
            _ => self.token.is_some() || !may_generate,
        };
        ensure(is_right, "CR-6", || "the wrong request".to_owned())
    }

    /// CR-3: at half its life a token is refreshed, or will be at once.
    pub(super) fn check_refresh(&self, deadline: Option<u64>) -> Verdict {
        let (now, setup) = (self.facts.now, self.facts.setup);
        let Some(token) = &self.token else { return Ok(()) };
        let is_good = now < token.dies && !setup.secret_only();
        // A pause after a failure outlives the token that it was made for.
        let longest = setup.backoff().1.max(setup.retry_after_max());
        let longest = longest.max(setup.refresh_interval_min());
        let longest = longest + 4 * setup.request_timeout();
        let rests = self
            .refreshed
            .as_ref()
            .is_some_and(|(at, of)| *of == token.text || now <= at + longest);
        let is_late = is_good
            && token.refresh_by.is_some_and(|by| by <= now)
            && !rests
            && !self.facts.is_offline;
        ensure(!is_late || deadline.is_some_and(|at| at <= now), "CR-3", || {
            format!("no refresh of {token:?}, next at {deadline:?}")
        })
    }

    /// CR-7, CR-8: where a bearer goes.
    pub(super) fn check_url(url: &str, bearer: &str) -> Verdict {
        ensure(url.starts_with(&format!("{BASE}/")), "CR-8", || url.to_owned())?;
        ensure(!url.contains(bearer), "CR-7", || url.to_owned())
    }

    /// The table of credentials, and CR-1.
    pub(super) fn check_bearer(
        &self,
        purpose: Purpose,
        bearer: &str,
        before: Option<&Token>,
        was_due: bool,
    ) -> Verdict {
        let (setup, token) = (self.facts.setup, self.token.as_ref());
        let good = |own: &Token| self.facts.now < own.dies && !setup.secret_only();
        // What was due went out before this step brought a token.
        let is_good = token.is_some_and(good) && (!was_due || before.is_some_and(good));
        let both = [token, before];
        let is_it = |own: &Token| own.text == bearer && self.facts.now < own.dies;
        let is_token = both.into_iter().flatten().any(is_it);
        let is_right = match purpose {
            Purpose::Generate => bearer == SECRET,
            Purpose::Refresh => is_token,
            _ => is_token || (bearer == SECRET && setup.uses_secret() && !is_good),
        };
        ensure(is_right, "CR-1", || format!("carries {bearer:?}, the token is {token:?}"))
    }

    /// WM-1, WM-4, WM-6: a request or a checkpoint carries the last mark that came.
    pub(super) fn check_mark(&self, purpose: Purpose, mark: &Option<String>) -> Verdict {
        let [live, paged] = &self.memory.marks;
        let is_right = match purpose {
            // Where polling took over, only what the pages said counts.
            Purpose::Reconnect if mark.is_none() && !self.polls() => live.contains(mark),
            Purpose::Reconnect | Purpose::Activities => live.contains(mark) || paged.contains(mark),
            _ => mark.is_none(),
        };
        ensure(is_right, "WM-6", || format!("{mark:?} of {:?}", self.memory.marks))
    }

    /// RC-14: a page has shown that the socket is dead which looks open.
    pub(super) fn doubted(&mut self) -> Verdict {
        let (now, unheard) = (self.facts.now, self.facts.unheard);
        let is_late = unheard.is_some_and(|at| now >= at + ECHO_LATE);
        let is_first = !std::mem::replace(&mut self.facts.has_doubted, true);
        let may = is_late && is_first && self.step.has_page_news;
        ensure(may, "RC-14", || format!("unheard of since {unheard:?}, first: {is_first}"))?;
        let heard = self.facts.socket.as_ref().map_or(0, |own| own.heard);
        self.step.shuts = true;
        self.lost(now, heard, Some(&CloseReason::Broken));
        Ok(())
    }

    /// The same of a checkpoint, which has no position before it is clear what is new (WM-8).
    pub(super) fn check_place(&self, mark: &Option<String>) -> Verdict {
        if self.memory.bearings {
            return ensure(mark.is_none(), "WM-8", || format!("{mark:?} before the last page"));
        }
        self.check_mark(Purpose::Activities, mark)
    }

    pub(super) fn check_retry(&mut self, at: u64, attempt: u32) -> Verdict {
        let (from, to) = self.window;
        ensure((from..=to).contains(&at), "RC-2", || format!("{at} is not in {from}..={to}"))?;
        let own = self.failures + 1;
        ensure(attempt == own, "RC-3", || format!("attempt is {own}"))?;
        let gives_up = self.step.gives_up && !self.polls();
        ensure(!gives_up, "RC-10", || "beyond the host's limits".to_owned())?;
        self.window = (at, at);
        Ok(())
    }

    /// RC-10: where no socket is looked for, pages are the attempts.
    pub(super) fn check_pages_retry(&self) -> Verdict {
        let gives_up = self.step.pages_give_up && self.facts.setup.way() == Way::Polling;
        ensure(!gives_up, "RC-10", || "pages beyond the host's limits".to_owned())
    }

    /// What is told of a post.
    pub(super) fn check_outcome(&mut self, key: u64, outcome: &PostOutcome) -> Verdict {
        let name = format!("{outcome:?}");
        let name = name.split([' ', '{']).next().unwrap_or_default();
        let Model { memory, step, .. } = self;
        let due = step.outcomes.remove(&key);
        let is_over = step.end.is_some() || !step.ends.is_empty();
        let is_first = memory.posts.first() == Some(&key);
        let is_last = memory.posts.last() == Some(&key);
        let is_right = match (due, name) {
            (Some("Unknown"), "Unknown") => memory.unknown.insert(key),
            (Some(due), _) => due == name || (due, name) == ("Unknown", "Sent"),
            // The echo may tell, before the answer or long after it (TX-4).
            (None, "Sent") => {
                is_first || memory.unknown.remove(&key) || memory.restored.remove(&key)
            }
            (None, "QueueFull") => is_last,
            (None, "Unknown") if memory.restored.remove(&key) => memory.unknown.insert(key),
            (None, "Unknown") => is_over && memory.posts.contains(&key),
            (None, "NotSent" | "Kept") => {
                is_over && memory.posts.contains(&key) && (name == "Kept") == self.keeps(key)
            }
            _ => false,
        };
        if name == "Kept" {
            self.facts.kept.insert(key);
        } else {
            self.memory.posts.remove(&key);
        }
        ensure(is_right, "TX-2", || format!("{key} is {name}, expected {due:?}"))
    }
}

/// RC-13: so many requests for a connection may follow each other, if nobody says otherwise.
const ATTEMPTS_AT_ONCE: u64 = 12;
