//! COMPARE: random operations of the one world; the session's every step is held against the model.

use directline::{
    Action, Cause, Checkpoint, CloseReason, Event, History, Moment, Next, Output, PostOutcome,
    Purpose, Request, RequestId, Session, Status, Way,
};

use super::facts::mark_in;
use super::model::Model;
use super::said::{Memory, connects};
use crate::sim::operation::{Operation, Setting};
use crate::sim::plan;
use crate::sim::service::answer::post_number;
use crate::sim::setup::{SECRET, Setup, millis};
use crate::sim::shrink::{in_hex, shrink};
use crate::sim::violation::{Verdict, Violation, ensure};
use crate::sim::world::{Life, witness};

/// Runs `operations` in the one world, then holds each session's steps against the model; gives how
/// many there were.
pub(crate) fn compare(setup: Setup, operations: &[Operation]) -> Result<u64, Violation> {
    let (mut steps, mut stored) = (0, Vec::new());
    let setup = setup.with(operations);
    for life in witness(setup, operations) {
        steps += life.inputs.len() as u64;
        one_life(setup, &life, &mut stored)?;
    }
    Ok(steps)
}

fn one_life(setup: Setup, life: &Life, stored: &mut Vec<(Checkpoint, Memory)>) -> Verdict {
    let now = life.began.as_millis();
    let mut model =
        Model { now, before: now, window: (now, now), worked: now, attempt: 1, ..Model::default() };
    if let Some(checkpoint) = &life.checkpoint {
        let own = stored.iter().rev().find(|(own, _)| own == checkpoint);
        let (_, memory) = own.expect("a checkpoint that was handed out");
        model.takes_up(memory.clone());
        let mark = checkpoint.watermark().map(str::to_owned);
        model.bearings =
            setup.history() == History::OnlyNew && setup.way() == Way::Polling && mark.is_none();
        model.memory.marks = [mark.clone(), mark];
    }
    let mut walk = Walk { setup, model, session: life.begin(), stored, is_first: true };
    walk.drain()?;
    for (at, input) in &life.inputs {
        walk.model.input(setup, at.as_millis(), input);
        let shown = || Violation::new("RX-6", format!("{input:?} is misuse"));
        walk.session.handle(*at, input.clone()).map_err(|_| shown())?;
        walk.drain().map_err(|violation| {
            let what = format!("{} after {input:?} at {}", violation.what, at.as_millis());
            Violation::new(violation.clause, what)
        })?;
    }
    Ok(())
}

struct Walk<'a> {
    setup: Setup,
    model: Model,
    session: Session,
    stored: &'a mut Vec<(Checkpoint, Memory)>,
    /// Whether nothing has been sent yet.
    is_first: bool,
}

impl Walk<'_> {
    fn drain(&mut self) -> Verdict {
        while let Some(output) = self.session.poll() {
            ensure(!self.model.over, "RX-5", || format!("{output:?} after the end"))?;
            match &output {
                Output::Action(action) => self.action(action),
                Output::Event(event) => self.event(event),
            }
            .map_err(|own| Violation::new(own.clause, format!("{}: {output:?}", own.what)))?;
        }
        self.settled()
    }

    fn action(&mut self, action: &Action) -> Verdict {
        let model = &mut self.model;
        match action {
            Action::Send { request, message } => self.sends(*request, message),
            Action::Cancel { request } => {
                if let Some((purpose, ..)) = model.asked.remove(request) {
                    if connects(purpose) {
                        model.soon(self.setup);
                    } else if matches!(purpose, Purpose::Post | Purpose::Upload) {
                        model.settle("Unknown");
                    }
                    return Ok(());
                }
                ensure(model.overdue.remove(request), "RC-6", || "nothing to cancel".to_owned())
            }
            Action::Open { socket, url } => {
                ensure(model.socket.is_none(), "RC-5", || "a second socket".to_owned())?;
                let Some((own, dies)) = model.offer.take() else {
                    return Err(Violation::new("SU-1", "dialled out of nowhere"));
                };
                ensure(own == url.expose(), "SU-3", || format!("{} is not {own}", url.expose()))?;
                model.dialled.insert(own);
                let by = dies.min(model.now + self.setup.connect_timeout());
                model.socket = Some((*socket, by, None, model.now, false));
                Ok(())
            }
            Action::Probe { socket } => {
                let is_open = |own: &super::model::Socket| own.0 == *socket && own.2.is_some();
                // What was due before the silence was found goes out first (TM-3).
                let may = model.socket.as_ref().is_none_or(is_open) || model.may_shut;
                ensure(may && self.setup.keepalive().is_some(), "RC-12", || "a probe".to_owned())
            }
            Action::Shut { socket } => {
                let is_own = model.socket.as_ref().is_some_and(|own| own.0 == *socket);
                let may = model.may_shut || model.end.is_some() || !model.ends.is_empty();
                ensure(may, "RC-5", || "shut without a reason".to_owned())?;
                if is_own {
                    model.shuts(self.setup);
                }
                Ok(())
            }
        }
    }

    fn sends(&mut self, request: RequestId, message: &Request) -> Verdict {
        let (setup, model) = (self.setup, &mut self.model);
        let (purpose, bearer) = (message.purpose(), message.bearer().expose().to_owned());
        let mark = mark_in(message.url());
        if std::mem::take(&mut self.is_first) && !setup.uses_secret() {
            let dies = model.now + millis(setup.token_lifetime());
            let half = model.now.midpoint(dies);
            model.token = Some((bearer.clone(), model.now, dies, dies, half));
        }
        ensure(!model.offline, "RC-7", || "sent while the network is down".to_owned())?;
        ensure(!model.needs_token, "CR-4", || "sent while a token is awaited".to_owned())?;
        let kind = |purpose| match purpose {
            Purpose::Upload => Purpose::Post,
            _ if connects(purpose) => Purpose::Reconnect,
            _ => purpose,
        };
        let twin = model.asked.values().any(|own| kind(own.0) == kind(purpose));
        ensure(!twin, "RC-6", || "two of a kind".to_owned())?;
        model.check_bearer(setup, purpose, &bearer)?;
        if connects(purpose) {
            model.attempt -= u32::from(std::mem::take(&mut model.unsure));
            model.check_attempt(setup, purpose)?;
        }
        model.check_mark(purpose, &mark)?;
        if purpose == Purpose::Refresh {
            let half = model.token.as_ref().map(|own| own.4);
            ensure(half.is_some_and(|half| model.now >= half), "CR-3", || "early".to_owned())?;
        }
        if kind(purpose) == Purpose::Post {
            let key = post_number(&String::from_utf8_lossy(message.body()));
            let head = model.posts.front();
            ensure(head == Some(&key), "TX-1", || format!("{key} is sent, {head:?} is next"))?;
        }
        model.asked.insert(request, (purpose, model.now, bearer, mark));
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Verdict {
        let model = &mut self.model;
        match event {
            Event::Joined { conversation } => {
                let own = model.memory.conversation.as_deref();
                ensure(own == Some(conversation), "RC-9", || format!("joined, not {own:?}"))
            }
            Event::Delivered(batch) => {
                let texts: Vec<_> = batch.iter().map(|own| own.json().to_owned()).collect();
                let own = model.batches.pop_front().or(model.optional.take()).unwrap_or_default();
                ensure(texts == own, "DD-1", || format!("handed out, instead of {own:?}"))?;
                self.stored.push((batch.checkpoint().clone(), model.carried(self.setup)));
                model.check_mark(Purpose::Activities, &mark_of(batch.checkpoint()))
            }
            Event::Posted { key, outcome } => model.check_outcome(self.setup, key.0, outcome),
            Event::Gap(_) => ensure(model.walls > 0 || model.reads, "RX-7", || "why".to_owned()),
            Event::NeedsToken { .. } => {
                ensure(!model.needs_token, "CR-4", || "asked twice".to_owned())?;
                if model.token.as_ref().is_some_and(|own| own.1 == model.now) {
                    // What was due went first: it was asked for before this one came.
                    return Ok(());
                }
                let good = model.token.as_ref().is_some_and(|own| model.now < own.2);
                ensure(!good, "CR-4", || "the token is good".to_owned())?;
                model.needs_token = true;
                Ok(())
            }
            Event::Faulted(fault) => {
                let connecting = match &fault.cause {
                    Cause::NotAnswered { purpose, .. }
                    | Cause::Answered { purpose, .. }
                    | Cause::BadBody { purpose } => connects(*purpose),
                    Cause::SocketLost(_) | Cause::BadStreamUrl(_) | Cause::NoSocketOffered => true,
                    _ => false,
                };
                if let Cause::SocketLost(_) = fault.cause {
                    // The session's own choice, to replay what it could not read (RX-4).
                    model.lost(self.setup, model.now, &CloseReason::Broken);
                }
                match fault.next {
                    Next::Retries { at, attempt } if connecting => {
                        model.check_retry(at.as_millis(), attempt)
                    }
                    _ => Ok(()),
                }
            }
            Event::Ended(end) => {
                let name = format!("{end:?}");
                let name = name.split([' ', '{']).next().unwrap_or_default();
                let is_right = model.end.map_or(model.ends.contains(&name), |own| own == name);
                model.over = true;
                ensure(is_right, "RC-1", || format!("not {:?} or {:?}", model.end, model.ends))
            }
            _ => Ok(()),
        }
    }

    /// After all outputs: nothing that was due is missing.
    fn settled(&mut self) -> Verdict {
        let (model, setup) = (&mut self.model, self.setup);
        if let Some(checkpoint) = self.session.checkpoint() {
            if self.stored.last().is_none_or(|(own, _)| *own != checkpoint) {
                self.stored.push((checkpoint.clone(), model.carried(setup)));
            }
            model.check_mark(Purpose::Activities, &mark_of(&checkpoint))?;
        }
        let missing = model.batches.front();
        ensure(missing.is_none(), "DD-2", || format!("not handed out: {missing:?}"))?;
        ensure(model.overdue.is_empty(), "RC-6", || format!("late: {:?}", model.overdue))?;
        let outcomes = &model.outcomes;
        ensure(outcomes.is_empty(), "TX-5", || format!("posts not told: {outcomes:?}"))?;
        ensure(model.end.is_none() || model.over, "RX-5", || format!("no end {:?}", model.end))?;
        if model.over {
            return ensure(model.posts.is_empty(), "TX-5", || format!("untold {:?}", model.posts));
        }
        let offer = model.offer.as_ref().filter(|_| model.socket.is_none());
        ensure(offer.is_none(), "SU-1", || format!("not dialled: {offer:?}"))?;
        let status = self.session.status();
        let is_open = model.socket.as_ref().is_some_and(|own| own.2.is_some());
        let connecting = model.socket.is_some() || model.asked.values().any(|own| connects(own.0));
        let is_right = match status {
            Status::Live => is_open,
            Status::Connecting => (connecting || setup.way() == Way::Polling) && !is_open,
            Status::Waiting { .. } => !connecting && !model.needs_token && !model.offline,
            Status::Polling => model.paged && !is_open,
            Status::NeedsToken => model.needs_token && !is_open,
            Status::Offline => model.offline && !is_open,
            _ => false,
        };
        ensure(is_right, "LV-2", || format!("{status:?} with {model:?}"))?;
        let blocked = connecting || model.needs_token || model.offline;
        if !blocked && setup.way() == Way::Stream {
            let by = self.session.deadline().map(Moment::as_millis);
            let in_time = model.now <= model.window.1 && by.is_some_and(|by| by <= model.window.1);
            ensure(in_time && model.window.1 > model.now, "RC-2", || {
                format!("nothing by {by:?}, window {:?} at {}", model.window, model.now)
            })?;
        }
        Ok(())
    }
}

impl Model {
    fn check_attempt(&self, setup: Setup, purpose: Purpose) -> Verdict {
        ensure(self.socket.is_none(), "RC-5", || "beside a socket".to_owned())?;
        let (from, _) = self.window;
        ensure(self.now >= from, "RC-2", || format!("at {}, allowed from {from}", self.now))?;
        let may_generate = setup.uses_secret() && !setup.secret_only() && !self.never_generate;
        let has_token = self.token.is_some();
        let is_right = match purpose {
            Purpose::Reconnect => self.memory.conversation.is_some(),
            Purpose::Generate => self.memory.conversation.is_none() && may_generate,
            _ => self.memory.conversation.is_none() && (has_token || !may_generate),
        };
        ensure(is_right, "CR-6", || "the wrong request".to_owned())
    }

    /// The table of credentials, and CR-1.
    fn check_bearer(&self, setup: Setup, purpose: Purpose, bearer: &str) -> Verdict {
        let token = self.token.as_ref();
        let is_good = token.is_some_and(|own| self.now < own.2 && !setup.secret_only());
        let both = [token, self.token_before.as_ref()];
        let is_token = both.into_iter().flatten().any(|own| own.0 == bearer && self.before < own.3);
        let is_right = match purpose {
            Purpose::Generate => bearer == SECRET,
            Purpose::Refresh => is_token,
            _ => is_token || (bearer == SECRET && setup.uses_secret() && !is_good),
        };
        ensure(is_right, "CR-1", || format!("carries {bearer:?}, the token is {token:?}"))
    }

    /// WM-1, WM-4, WM-6: a request or a checkpoint carries the last mark that came.
    fn check_mark(&self, purpose: Purpose, mark: &Option<String>) -> Verdict {
        let [live, paged] = &self.memory.marks;
        let source = usize::from(purpose != Purpose::Reconnect);
        let is_right = match purpose {
            // RX-4: the way around a wall is to leave the watermark out.
            _ if mark.is_none() && (self.walls > 1 || self.refused[source]) => true,
            Purpose::Reconnect if live.is_some() && mark.is_none() => false,
            Purpose::Reconnect | Purpose::Activities => mark == live || mark == paged,
            _ => mark.is_none(),
        };
        ensure(is_right, "WM-6", || format!("{mark:?} of {:?}", self.memory.marks))
    }

    fn check_retry(&mut self, at: u64, attempt: u32) -> Verdict {
        let (from, to) = self.window;
        ensure((from..=to).contains(&at), "RC-2", || format!("{at} is not in {from}..={to}"))?;
        ensure(attempt == self.attempt, "RC-3", || format!("attempt is {}", self.attempt))?;
        let may_give_up = self.ends.contains(&"GaveUp") && !self.polls;
        ensure(!may_give_up, "RC-10", || "beyond the host's limits".to_owned())?;
        (self.window, self.unsure) = ((at, at), false);
        Ok(())
    }

    fn check_outcome(&mut self, setup: Setup, key: u64, outcome: &PostOutcome) -> Verdict {
        let name = format!("{outcome:?}");
        let name = name.split([' ', '{']).next().unwrap_or_default();
        let due = self.outcomes.remove(&key);
        if due == Some("Unknown") && name == "Unknown" {
            self.unknown.insert(key);
        }
        let is_first = self.posts.front() == Some(&key);
        let is_right = match (due, name) {
            (Some(due), name) if due == name => true,
            (Some("Unknown"), "Sent") => true,
            // The echo may tell, before the answer or long after it (TX-4).
            (None, "Sent") if self.unknown.remove(&key) => true,
            (None, "Sent") if is_first => {
                self.posts.pop_front();
                true
            }
            (None, "NotSent" | "Unknown" | "Kept")
                if self.end.is_some() || !self.ends.is_empty() =>
            {
                let is_kept = name == "Kept";
                self.memory.waiting.extend(is_kept.then_some(key));
                let was_there = self.posts.contains(&key);
                self.posts.retain(|own| *own != key);
                was_there && (name == "Unknown" || is_kept == self.keeps(setup, key))
            }
            (None, "QueueFull") => self.posts.pop_back() == Some(key),
            _ => false,
        };
        ensure(is_right, "TX-2", || format!("{key} is {name}, expected {due:?}"))
    }
}

fn mark_of(checkpoint: &Checkpoint) -> Option<String> {
    checkpoint.watermark().map(str::to_owned)
}

/// The mixed run of a seed, without what the contract leaves open: which ids a full memory forgets.
fn run_of(seed: u64) -> (Setup, Vec<Operation>) {
    let (setup, mut operations) = plan::plan(seed);
    operations.retain(|own| !matches!(own, Operation::Setting { what: Setting::SeenIdsMax, .. }));
    (setup, operations)
}

/// Where session and model part.
pub(crate) struct Divergence {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
}

/// Runs seeds until so many steps were compared or a divergence is found; gives the steps, the
/// seeds, and the divergence.
pub(crate) fn search(first: u64, steps: u64) -> (u64, u64, Option<Divergence>) {
    let (mut taken, mut seed) = (0, first);
    while taken < steps {
        let (setup, operations) = run_of(seed);
        match try_compare(setup, &operations) {
            Ok(more) => taken += more,
            Err(violation) => {
                return (taken, seed + 1 - first, Some(Divergence { seed, violation }));
            }
        }
        seed += 1;
    }
    (taken, seed - first, None)
}

/// Compares, and takes a panic for a divergence.
fn try_compare(setup: Setup, operations: &[Operation]) -> Result<u64, Violation> {
    let caught = std::panic::catch_unwind(|| compare(setup, operations));
    caught.unwrap_or_else(|_| Err(Violation::new("RX-6", "it panicked")))
}

/// A short list of operations of this seed that still breaks the same clause, as text.
pub(crate) fn shrunk(seed: u64) -> String {
    let (setup, operations) = run_of(seed);
    let Err(first) = try_compare(setup, &operations) else { return "no divergence".to_owned() };
    let attempt = |fewer: &[Operation]| try_compare(setup, fewer).err();
    let fewer = shrink(operations, first.clause, SHRINK_TRIES, attempt);
    let violation = attempt(&fewer).unwrap_or(first);
    format!("{setup:?}\n{fewer:?}\n{}\n{violation}", in_hex(setup, &fewer))
}

const SHRINK_TRIES: u32 = 2_000;
