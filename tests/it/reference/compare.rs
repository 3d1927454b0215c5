//! COMPARE: random operations of the one world; the session's every step is held against the model.

use directline::{
    Action, Cause, Checkpoint, CloseReason, Event, History, Moment, Next, Output, Purpose, Request,
    RequestId, Session, Status, Way,
};

use super::model::{Memory, Model, Token};
use super::record::{Record, posts};
use crate::sim::operation::{Operation, Setting};
use crate::sim::oracle::kinds::{is_connecting, kind};
use crate::sim::plan;
use crate::sim::setup::{Setup, millis};
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
    let facts = Record { setup, now, before: now, worked: now, ..Record::default() };
    let mut model = Model { facts, window: (now, now), ..Model::default() };
    model.memory.marks.iter_mut().for_each(|own| *own = [None].into());
    if let Some(checkpoint) = &life.checkpoint {
        let own = stored.iter().rev().find(|(own, _)| own == checkpoint);
        model.memory = own.map_or_else(|| alone(setup, checkpoint), |(_, memory)| memory.clone());
        model.step.outcomes.extend(model.memory.tells.take());
        if setup.echo_keys() {
            model.memory.restored = model.memory.posts.clone();
        }
        let mark = checkpoint.watermark().map(str::to_owned);
        model.memory.marks.iter_mut().for_each(|own| *own = [mark.clone()].into());
    }
    let mut walk =
        Walk { model, session: life.begin(), stored, token_before: None, is_first: true };
    walk.drain()?;
    for (at, input) in &life.inputs {
        walk.token_before = walk.model.token.clone();
        if !walk.model.facts.is_over {
            walk.model.input(at.as_millis(), input);
        }
        let shown = || Violation::new("RX-6", format!("{input:?} is misuse"));
        walk.session.handle(*at, input.clone()).map_err(|_| shown())?;
        walk.drain().map_err(|violation| {
            let what = format!("{} after {input:?} at {}", violation.what, at.as_millis());
            Violation::new(violation.clause, what)
        })?;
    }
    Ok(())
}

/// What is known of a conversation of which a host has nothing but the id.
fn alone(setup: Setup, checkpoint: &Checkpoint) -> Memory {
    assert!(checkpoint.watermark().is_none(), "a checkpoint that was never handed out");
    let mut memory = Memory::default();
    memory.conversation = Some(checkpoint.conversation().into());
    memory.bearings = setup.history() == History::OnlyNew;
    memory
}

struct Walk<'a> {
    model: Model,
    session: Session,
    stored: &'a mut Vec<(Checkpoint, Memory)>,
    /// The token before this step: what was due went out with it (TM-3).
    token_before: Option<Token>,
    /// Whether nothing has been sent yet.
    is_first: bool,
}

impl Walk<'_> {
    fn drain(&mut self) -> Verdict {
        while let Some(output) = self.session.poll() {
            ensure(!self.model.facts.is_over, "RX-5", || format!("{output:?} after the end"))?;
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
                let Some(asked) = model.facts.asked.remove(request) else {
                    let is_late = model.facts.late.remove(request);
                    return ensure(is_late, "RC-6", || "nothing to cancel".to_owned());
                };
                if is_connecting(asked.purpose) {
                    model.pause(None);
                } else if posts(asked.purpose) {
                    model.settle(asked.key, "Unknown");
                }
                Ok(())
            }
            Action::Open { socket, url } => {
                ensure(model.facts.socket.is_none(), "RC-5", || "a second socket".to_owned())?;
                let Some((own, by)) = model.step.dial.take() else {
                    return Err(Violation::new("SU-1", "dialled out of nowhere"));
                };
                ensure(own == url.expose(), "SU-3", || format!("{} is not {own}", url.expose()))?;
                model.facts.dialled(*socket, own, by);
                Ok(())
            }
            Action::Probe { socket } => {
                let is_open = model.facts.is_own(*socket) && model.facts.is_open();
                // What was due before the silence was found goes out first (TM-3).
                let may = model.facts.socket.is_none() || is_open || model.step.shuts;
                let probes = model.facts.setup.keepalive().is_some();
                ensure(may && probes, "RC-12", || "a probe".to_owned())
            }
            Action::Shut { socket } => {
                let step = &model.step;
                let may = step.shuts || step.end.is_some() || !step.ends.is_empty();
                ensure(may, "RC-5", || "shut without a reason".to_owned())?;
                if model.facts.is_own(*socket) {
                    model.lost(model.facts.now, None);
                }
                Ok(())
            }
        }
    }

    fn sends(&mut self, request: RequestId, message: &Request) -> Verdict {
        let model = &mut self.model;
        let setup = model.facts.setup;
        if std::mem::take(&mut self.is_first) && !setup.uses_secret() {
            let life = millis(setup.token_lifetime());
            let text = message.bearer().expose();
            model.adopts(text, Some((life, life)), model.facts.now);
        }
        ensure(!model.facts.is_offline, "RC-7", || "the network is down".to_owned())?;
        ensure(!model.facts.needs_token, "CR-4", || "a token is awaited".to_owned())?;
        let purpose = message.purpose();
        let twin = model.facts.asked.values().any(|own| kind(own.purpose) == kind(purpose));
        ensure(!twin, "RC-6", || "two of a kind".to_owned())?;
        model.facts.sent(request, message);
        let asked = model.facts.asked[&request].clone();
        model.check_bearer(purpose, &asked.bearer, self.token_before.as_ref())?;
        model.check_mark(purpose, &asked.mark)?;
        if is_connecting(purpose) {
            model.check_attempt(purpose)?;
            model.attempts();
        }
        if purpose == Purpose::Refresh {
            let half = model.token.as_ref().map(|own| own.4);
            let is_due = half.is_some_and(|half| model.facts.now >= half);
            ensure(is_due, "CR-3", || "early".to_owned())?;
        }
        let is_lost = posts(purpose) && model.memory.bearings;
        ensure(!is_lost, "WM-8", || "before it is clear what is new".to_owned())?;
        let (key, head) = (asked.key, model.memory.posts.first());
        let is_next = !posts(purpose) || head == Some(&key);
        ensure(is_next, "TX-1", || format!("{key} is sent, {head:?} is next"))
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
                let (_, own) = std::mem::take(&mut model.step.batch);
                ensure(texts == own, "DD-1", || format!("handed out, instead of {own:?}"))?;
                self.stored.push((batch.checkpoint().clone(), model.carried()));
                model.check_mark(Purpose::Activities, &mark_of(batch.checkpoint()))
            }
            Event::Checkpoint(checkpoint) => {
                let next = model.memory.posts.first().copied();
                self.stored.push((checkpoint.clone(), model.carried_beside(next)));
                model.check_mark(Purpose::Activities, &mark_of(checkpoint))
            }
            Event::Posted { key, outcome } => model.check_outcome(key.0, outcome),
            Event::Gap(_) => {
                ensure(model.facts.walls > 0 || model.reads, "RX-7", || "why".to_owned())
            }
            Event::NeedsToken { .. } => {
                let now = model.facts.now;
                ensure(!model.facts.needs_token, "CR-4", || "asked twice".to_owned())?;
                // What was due went first: it was asked for before one came in this step.
                model.facts.needs_token = model.token.as_ref().is_none_or(|own| own.1 != now);
                let is_good = |own: &Token| now < own.2 && own.1 != now;
                let is_good = model.token.as_ref().is_some_and(is_good);
                ensure(!is_good, "CR-4", || "the token is good".to_owned())
            }
            Event::Faulted(fault) => {
                let connecting = match &fault.cause {
                    Cause::NotAnswered { purpose, .. }
                    | Cause::Answered { purpose, .. }
                    | Cause::BadBody { purpose } => is_connecting(*purpose),
                    Cause::SocketLost(_) | Cause::BadStreamUrl(_) | Cause::NoSocketOffered => true,
                    _ => false,
                };
                if let Cause::SocketLost(_) = fault.cause {
                    // The session's own choice, to replay what it could not read (RX-4).
                    model.lost(model.facts.now, Some(&CloseReason::Broken));
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
                let (end, ends) = (model.step.end, &model.step.ends);
                let is_right = end.map_or(ends.contains(&name), |own| own == name);
                model.facts.is_over = true;
                ensure(is_right, "RC-1", || format!("not {end:?} or {ends:?}"))
            }
            _ => Ok(()),
        }
    }

    /// After all outputs: nothing that was due is missing.
    fn settled(&mut self) -> Verdict {
        let model = &self.model;
        if let Some(checkpoint) = self.session.checkpoint() {
            if self.stored.last().is_none_or(|(own, _)| *own != checkpoint) {
                self.stored.push((checkpoint.clone(), model.carried()));
            }
            model.check_mark(Purpose::Activities, &mark_of(&checkpoint))?;
        }
        let (facts, step, memory) = (&model.facts, &model.step, &model.memory);
        let (must, missing) = &step.batch;
        let is_missing = *must && !missing.is_empty();
        ensure(!is_missing, "DD-2", || format!("not handed out: {missing:?}"))?;
        ensure(facts.late.is_empty(), "RC-6", || format!("late: {:?}", facts.late))?;
        let outcomes = &step.outcomes;
        ensure(outcomes.is_empty(), "TX-5", || format!("posts not told: {outcomes:?}"))?;
        if facts.is_over {
            let is_told = memory.posts.iter().all(|key| facts.kept.contains(key));
            return ensure(is_told, "TX-5", || format!("untold {:?}", memory.posts));
        }
        ensure(step.end.is_none(), "RX-5", || format!("no end {:?}", step.end))?;
        let dial = step.dial.as_ref().filter(|_| facts.socket.is_none());
        ensure(dial.is_none(), "SU-1", || format!("not dialled: {dial:?}"))?;
        self.stands()
    }

    /// The status is the right one, and nothing waits without a deadline.
    fn stands(&self) -> Verdict {
        let (model, facts, status) = (&self.model, &self.model.facts, self.session.status());
        let (is_open, needs_token) = (facts.is_open(), facts.needs_token);
        let connecting = facts.socket.is_some() || facts.is_connecting();
        let is_right = match status {
            Status::Live => is_open,
            Status::Connecting => (connecting || facts.setup.way() == Way::Polling) && !is_open,
            Status::Waiting { .. } => !connecting && !needs_token && !facts.is_offline,
            Status::Polling => facts.has_paged && !is_open,
            Status::NeedsToken => needs_token && !is_open,
            Status::Offline => facts.is_offline && !is_open,
            _ => false,
        };
        ensure(is_right, "LV-2", || format!("{status:?} with {model:?}"))?;
        let blocked = connecting || needs_token || facts.is_offline;
        if blocked || facts.setup.way() == Way::Polling {
            return Ok(());
        }
        let by = self.session.deadline().map(Moment::as_millis);
        let (now, (_, to)) = (facts.now, model.window);
        let in_time = now < to && by.is_some_and(|by| by <= to);
        ensure(in_time, "RC-2", || format!("nothing by {by:?}, allowed is {to}, at {now}"))
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
