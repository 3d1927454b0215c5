//! JUDGE: holds each output of a session against what the model lets come, in the very step in which
//! it is made. Whether something is new by its id, the memory of what was handed out says; what the
//! service has taken, the posts' own oracle.

use directline::{
    Action, Cause, Checkpoint, CloseReason, Event, Input, Loss, Moment, Next, Output, Purpose,
    Request, RequestId, Session, SocketId, Status, Way,
};

use super::facts::Holds;
use super::model::{Marks, Memory, Model, Token};
use super::record::{Came, Record, posts};
use crate::excuse::{Ledger, Rule};
use crate::oracle::Brings;
use crate::oracle::kinds::{is_connecting, kind};
use crate::setup::{Setup, millis};
use crate::violation::{Verdict, Violation, ensure};

#[derive(Clone, Debug)]
pub(crate) struct Judge {
    pub(super) model: Model,
    /// The token before this step, and the marks where anything was due then: that went out with
    /// them (TM-3).
    token_before: Option<Token>,
    marks_before: Option<Marks>,
    /// Whether anything was due when the network was said to be down.
    was_due: bool,
    /// Where something was due when a request was answered: how it stood before, and what came out
    /// of this step so far. Whoever gives the request up first does not hear the answer (TM-5).
    answered: Option<Box<(RequestId, Model, Vec<Output>)>>,
}

impl Judge {
    /// A session begins: from a checkpoint with what it carries, or with nothing; with this token.
    pub(crate) fn new(
        setup: Setup,
        now: u64,
        resumed: Option<(&Checkpoint, Memory)>,
        token: Option<&str>,
    ) -> Judge {
        let facts = Record { setup, now, before: now, worked: now, ..Record::default() };
        let mut model = Model { facts, window: (now, now), ..Model::default() };
        let mut mark = None;
        if let Some((checkpoint, memory)) = resumed {
            model.memory = memory;
            model.step.outcomes.extend(model.memory.tells.take());
            if setup.echo_keys() {
                model.memory.restored = model.memory.posts.clone();
            }
            mark = mark_of(checkpoint);
        }
        model.memory.marks.iter_mut().for_each(|own| *own = [mark.clone()].into());
        if let Some(token) = token.filter(|_| !setup.uses_secret()) {
            let life = millis(setup.token_lifetime());
            model.adopts(token, Some(life), now, false);
        }
        Judge { model, token_before: None, marks_before: None, was_due: false, answered: None }
    }

    /// Something happens; a frame `holds` this.
    pub(crate) fn input(&mut self, now: u64, input: &Input, holds: Holds) {
        self.token_before.clone_from(&self.model.token);
        let is_due = self.model.facts.due.is_some_and(|due| due <= now);
        let brings = is_due && !matches!(input, Input::Timeout);
        self.was_due = brings && !self.model.facts.is_offline;
        self.marks_before = brings.then(|| self.model.memory.marks.clone());
        let request = match input {
            Input::Response { request, .. } | Input::RequestFailed { request, .. } => Some(request),
            _ => None,
        };
        let before = |request: &RequestId| Box::new((*request, self.model.clone(), Vec::new()));
        self.answered = request.filter(|_| is_due).map(before);
        if !self.model.facts.is_over {
            self.model.input(now, input, holds);
        }
    }

    /// What came out is that the request was given up before its answer came in this step.
    fn unhears(&mut self, output: &Output) -> Verdict {
        let Some(mut answered) = self.answered.take() else { return Ok(()) };
        let is_it = matches!(output, Output::Action(Action::Cancel { request })
            if *request == answered.0 && !self.model.facts.late.contains(request));
        if !is_it {
            answered.2.push(output.clone());
            self.answered = Some(answered);
            return Ok(());
        }
        let (_, before, outputs) = *answered;
        let now = self.model.facts.now;
        self.model = before;
        self.model.input(now, &Input::Timeout, Holds::Nothing);
        outputs.iter().try_for_each(|output| self.output(output, &mut Ledger::default()))
    }

    /// What came in by this step, if anything did.
    pub(crate) fn came(&self) -> Option<&Came> {
        self.model.step.came.as_ref()
    }

    /// What came of that, by the ids.
    pub(crate) fn brought(&mut self, brings: Brings) {
        self.model.brought(brings);
    }

    /// What a checkpoint made now carries.
    pub(crate) fn carried(&self) -> Memory {
        self.model.carried()
    }

    /// The same of one that is made before the next post goes out.
    pub(crate) fn carried_before_post(&self) -> Memory {
        self.model.carried_beside(self.model.memory.posts.first().copied())
    }

    /// The socket that is wanted, and whether it is open.
    pub(crate) fn socket(&self) -> Option<(SocketId, bool)> {
        self.model.facts.socket.as_ref().map(|own| (own.id, own.opened.is_some()))
    }

    /// Whether a socket has opened in this step.
    pub(crate) fn has_opened(&self) -> bool {
        self.model.facts.has_opened()
    }

    /// Whether this is a post that is answered in time.
    pub(crate) fn is_post(&self, now: u64, request: RequestId) -> bool {
        let own = self.model.facts.asked.get(&request);
        own.is_some_and(|own| posts(own.purpose) && now < own.by)
    }

    /// Whether it has yet to be found out where the new begins (WM-8).
    pub(crate) fn seeks_end(&self) -> bool {
        self.model.memory.bearings
    }

    /// Whether pages take the place of the socket.
    pub(crate) fn polls(&self) -> bool {
        self.model.polls() || self.model.facts.setup.way() == Way::Polling
    }

    /// How long the session has to stay away yet: it was asked to, or has come too often.
    pub(crate) fn wait(&self, now: u64) -> u64 {
        // Where there is nothing but pages, they are what is waited for.
        let pages = if self.polls() { self.model.pauses.until(Purpose::Activities) } else { 0 };
        self.model.held().max(pages).saturating_sub(now)
    }

    pub(crate) fn output(&mut self, output: &Output, ledger: &mut Ledger) -> Verdict {
        ensure(!self.model.facts.is_over, "RX-5", || format!("{output:?} after the end"))?;
        self.unhears(output)?;
        match output {
            Output::Action(action) => self.action(action, ledger),
            Output::Event(event) => self.event(event),
        }
        .map_err(|own| Violation::new(own.clause, format!("{}: {output:?}", own.what)))
    }

    fn action(&mut self, action: &Action, ledger: &mut Ledger) -> Verdict {
        let model = &mut self.model;
        match action {
            Action::Send { request, message } => self.sends(*request, message, ledger),
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
                ensure(!own.contains("cwA"), "SU-6", || "a URL with a token in it".to_owned())?;
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
                    model.lost(model.facts.now, model.facts.now, None);
                }
                Ok(())
            }
        }
    }

    fn sends(&mut self, request: RequestId, message: &Request, ledger: &mut Ledger) -> Verdict {
        let model = &mut self.model;
        let is_offline = model.facts.is_offline && !self.was_due;
        ensure(!is_offline, "RC-7", || "the network is down".to_owned())?;
        ensure(!model.facts.needs_token, "CR-4", || "a token is awaited".to_owned())?;
        let purpose = message.purpose();
        let until = model.pauses.until(kind(purpose));
        ensure(model.facts.now >= until, "RC-4", || format!("allowed from {until}"))?;
        let twin = model.facts.asked.values().any(|own| kind(own.purpose) == kind(purpose));
        ensure(!twin, "RC-6", || "two of a kind".to_owned())?;
        model.facts.sent(request, message);
        let asked = model.facts.asked[&request].clone();
        let before = self.token_before.as_ref();
        model.check_bearer(purpose, &asked.bearer, before, self.was_due)?;
        let mut before = self.marks_before.iter().flatten();
        let was_right = is_marked(purpose) && before.any(|own| own.contains(&asked.mark));
        if !was_right {
            model.check_mark(purpose, &asked.mark)?;
        }
        if purpose == Purpose::Reconnect && model.polls() {
            // Where polling took over, the stream goes on from what the pages said.
            model.memory.marks[0] = [asked.mark.clone()].into();
        }
        let is_bare = is_marked(purpose) && asked.mark.is_none();
        let is_held = model.memory.marks.iter().flatten().any(Option::is_some);
        ledger.excuses(Rule::Bare, is_bare && is_held);
        Model::check_url(message.url(), &asked.bearer)?;
        if is_connecting(purpose) {
            model.check_attempt(purpose, ledger)?;
            model.attempts();
        }
        if purpose == Purpose::Refresh {
            let both = [&model.token, &self.token_before];
            let is_it = |own: &&Token| own.text == asked.bearer && model.facts.now >= own.half;
            let is_due = both.into_iter().flatten().any(|own| is_it(&own));
            ensure(is_due, "CR-3", || "early".to_owned())?;
            let apart = model.facts.setup.refresh_interval_min();
            let last = model.refreshed.as_ref().map(|(at, _)| at + apart);
            let is_apart = last.is_none_or(|from| model.facts.now >= from);
            ensure(is_apart, "CR-3", || format!("allowed from {last:?}"))?;
            model.refreshed = Some((model.facts.now, asked.bearer.clone()));
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
            Event::Delivered(batch) => model.check_place(&mark_of(batch.checkpoint())),
            Event::Checkpoint(checkpoint) => model.check_place(&mark_of(checkpoint)),
            Event::Posted { key, outcome } => model.check_outcome(key.0, outcome),
            Event::Gap(_) => Ok(()),
            Event::NeedsToken { .. } => {
                let now = model.facts.now;
                ensure(!model.facts.is_owed, "CR-4", || "asked twice".to_owned())?;
                // What was due went first: it was asked for before one came in this step.
                model.facts.is_owed = model.token.as_ref().is_none_or(|own| own.sent != now);
                let is_good = |own: &Token| now < own.dies && own.sent != now;
                let is_good = model.token.as_ref().is_some_and(is_good);
                model.facts.needs_token = model.facts.is_owed && !is_good;
                // The one before ran out first, and an answer has brought this in the same step.
                let ran_out = self.token_before.as_ref().is_some_and(|own| own.dies <= now);
                ensure(!is_good || ran_out, "CR-4", || "the token is good".to_owned())
            }
            Event::Faulted(fault) => {
                let purpose = match &fault.cause {
                    Cause::NotAnswered { purpose, .. }
                    | Cause::Answered { purpose, .. }
                    | Cause::BadBody { purpose } => Some(*purpose),
                    _ => None,
                };
                let is_of_socket = matches!(
                    &fault.cause,
                    Cause::SocketLost(_) | Cause::BadStreamUrl(_) | Cause::NoSocketOffered
                );
                let connecting = is_of_socket || purpose.is_some_and(is_connecting);
                match &fault.cause {
                    Cause::SocketLost(Loss::Silent) if model.facts.is_open() => model.doubted()?,
                    // The session's own choice, to replay what it could not read (RX-4).
                    Cause::SocketLost(_) => {
                        model.lost(model.facts.now, model.facts.now, Some(&CloseReason::Broken));
                    }
                    _ => {}
                }
                match fault.next {
                    Next::Retries { at, attempt } if connecting => {
                        model.check_retry(at.as_millis(), attempt)
                    }
                    Next::Retries { .. } if purpose == Some(Purpose::Activities) => {
                        model.check_pages_retry()
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
                ensure(is_right, "RC-1", || format!("not {end:?} or {ends:?}"))?;
                let open = (&model.facts.asked, &model.facts.socket);
                let is_clean = open.0.is_empty() && open.1.is_none();
                ensure(is_clean, "RC-5", || format!("left open: {open:?}"))
            }
            _ => Ok(()),
        }
    }

    /// After all outputs of a step: nothing that was due is missing.
    pub(crate) fn settled(&mut self, session: &Session) -> Verdict {
        let step = &self.model.step;
        self.model.hurries |= step.leads_on && !step.has_attempted;
        self.model.facts.due = session.deadline().map(Moment::as_millis);
        self.model.facts.rests = matches!(session.status(), Status::NeedsToken | Status::Offline);
        let model = &self.model;
        if let Some(checkpoint) = session.checkpoint() {
            model.check_place(&mark_of(&checkpoint))?;
        }
        let (facts, step, memory) = (&model.facts, &model.step, &model.memory);
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
        let deadline = session.deadline().map(Moment::as_millis);
        if session.status() != Status::NeedsToken {
            model.check_refresh(deadline)?;
        }
        self.stands(session)
    }

    /// The status is the right one, and nothing waits without a deadline.
    fn stands(&self, session: &Session) -> Verdict {
        let (model, facts, status) = (&self.model, &self.model.facts, session.status());
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
        let by = session.deadline().map(Moment::as_millis);
        let (now, (_, to)) = (facts.now, model.window);
        let in_time = now < to && by.is_some_and(|by| by <= to);
        ensure(in_time, "RC-2", || format!("nothing by {by:?}, allowed is {to}, at {now}"))
    }
}

/// Whether a request for this may carry a watermark.
fn is_marked(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Reconnect | Purpose::Activities)
}

fn mark_of(checkpoint: &Checkpoint) -> Option<String> {
    checkpoint.watermark().map(str::to_owned)
}
