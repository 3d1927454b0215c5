//! What the host was asked to do: nobody is hammered, no URL is used twice or late, no credential
//! goes where it should not.

use std::collections::{BTreeMap, BTreeSet};

use directline::{End, Purpose, Request, RequestId, SocketId, Way};

use super::counts::Counts;
use super::kinds::{is_connecting, kind, takes_mark};
use super::pace::{Pace, Pauses};
use crate::sim::excuse::{Ledger, Rule};
use crate::sim::setup::{BASE, SECRET, Setup};
use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    setup: Setup,
    /// Requests that were sent and neither answered nor given up.
    outstanding: BTreeMap<u64, Outstanding>,
    socket: Option<Socket>,
    /// The socket that was over last, and when.
    over: Option<(SocketId, u64)>,
    dialled: BTreeSet<String>,
    /// When the request was sent whose answer may be dialled.
    offered: Option<u64>,
    /// When the last request for a connection was sent.
    asked_at: Option<u64>,
    /// How many more such requests may come at once.
    licences: u64,
    pauses: Pauses,
    pace: Pace,
    /// RC-6: how many requests of a kind ran out of time since one was answered.
    late: BTreeMap<Purpose, u32>,
    /// Whether the host was asked for a token and has not given one.
    needs_token: bool,
    /// When the host handed a token in.
    token_at: Option<u64>,
    /// The number of the last attempt that was told; `None` since a connection was stable.
    attempt: Option<u32>,
    /// Whether the session has shown that it holds a watermark.
    holds_mark: bool,
    /// When the host last said that all should be tried anew.
    called_at: Option<u64>,
    /// Since when there is neither a socket nor a page.
    outage_since: u64,
    /// Whether pages were asked for since the last socket opened.
    pulls: bool,
    /// When the last page was asked for.
    paged_at: u64,
    pub(crate) counts: Counts,
}

#[derive(Clone, Debug)]
struct Outstanding {
    purpose: Purpose,
    sent: u64,
    /// When it is overdue.
    by: u64,
    has_watermark: bool,
}

#[derive(Clone, Debug)]
struct Socket {
    id: SocketId,
    dies: u64,
    pending_by: u64,
    opened_at: Option<u64>,
}

impl Traffic {
    pub(crate) fn new(setup: Setup, now: u64) -> Traffic {
        Traffic {
            setup,
            outstanding: BTreeMap::new(),
            socket: None,
            over: None,
            dialled: BTreeSet::new(),
            offered: None,
            asked_at: None,
            licences: 1,
            pauses: Pauses::default(),
            pace: Pace::new(setup, now),
            late: BTreeMap::new(),
            needs_token: false,
            token_at: None,
            attempt: None,
            holds_mark: false,
            called_at: None,
            outage_since: now,
            pulls: false,
            paged_at: 0,
            counts: Counts::default(),
        }
    }

    /// A new session begins. It cannot know what the one before it dialled: a checkpoint holds no
    /// stream URL, since that is a credential (CR-7).
    pub(crate) fn begin_life(&mut self, now: u64) {
        *self = Traffic::new(self.setup, now);
    }

    pub(crate) fn sent(
        &mut self,
        now: u64,
        request: RequestId,
        message: &Request,
        is_minted: bool,
        ledger: &mut Ledger,
    ) -> Verdict {
        let (purpose, bearer) = (message.purpose(), message.bearer().expose());
        ensure(message.url().starts_with(&format!("{BASE}/")), "CR-8", || {
            message.url().to_owned()
        })?;
        let is_known = is_minted || (bearer == SECRET && self.setup.uses_secret());
        ensure(is_known, "CR-1", || format!("{purpose:?} carried {bearer:?}"))?;
        ensure(!message.url().contains(bearer), "CR-7", || message.url().to_owned())?;
        let watermark = message.url().split_once("watermark=").map(|(_, value)| value);
        ensure(!matches!(watermark, Some("" | "-" | "null")), "WM-6", || message.url().to_owned())?;
        let is_bare = watermark.is_none() && takes_mark(purpose);
        ensure(!is_bare || !self.holds_mark, "WM-6", || format!("{} is bare", message.url()))?;
        ensure(!self.needs_token, "CR-4", || format!("{purpose:?} was sent without a credential"))?;
        let not_before = self.pauses.until(kind(purpose));
        ensure(now >= not_before, "RC-4", || {
            format!("{purpose:?} went out at {now}, allowed from {not_before}")
        })?;
        let twin = self.outstanding.values().find(|other| kind(other.purpose) == kind(purpose));
        ensure(twin.is_none(), "RC-6", || format!("{purpose:?} beside {twin:?}"))?;
        if is_connecting(purpose) {
            self.connecting(now, purpose, ledger)?;
        }
        if purpose == Purpose::Activities {
            (self.pulls, self.paged_at) = (true, now);
        }
        let has_watermark = watermark.is_some();
        let late = self.late.get(&kind(purpose)).filter(|_| kind(purpose) != Purpose::Post);
        let by = now + (self.setup.request_timeout() << late.copied().unwrap_or(0).min(2));
        self.outstanding
            .insert(request.as_u64(), Outstanding { purpose, sent: now, by, has_watermark });
        Ok(())
    }

    fn connecting(&mut self, now: u64, purpose: Purpose, ledger: &mut Ledger) -> Verdict {
        ensure(self.socket.is_none(), "RC-5", || format!("{purpose:?} beside {:?}", self.socket))?;
        // Polling keeps a session alive beyond its limit; a call of the host after that is no failure.
        let is_called = self.called_at.is_some_and(|called| self.asked_at <= Some(called));
        let limit = self.setup.attempts_max();
        let is_over = limit.zip(self.attempt).is_some_and(|(limit, attempt)| attempt > limit);
        let is_excused = ledger.excuses(Rule::Limitless, is_over && (self.pulls || is_called));
        ensure(!is_over || is_excused, "RC-10", || {
            format!("{:?} attempts, allowed {limit:?}", self.attempt)
        })?;
        let floor = self.setup.backoff_floor();
        let is_early = self.asked_at.is_some_and(|asked| now < asked + floor);
        if is_early {
            ensure(ledger.excuses(Rule::Early, self.licences > 0), "RC-2", || {
                format!("{purpose:?} at {now}, the last at {:?}, floor {floor}", self.asked_at)
            })?;
            self.licences -= 1;
        }
        self.pace.sent(now)?;
        (self.asked_at, self.offered) = (Some(now), None);
        Ok(())
    }

    /// The host wants the next attempt at once, as far as nobody has asked to wait.
    pub(crate) fn host_called(&mut self, now: u64) {
        self.licences += 1;
        self.pauses.lift_all();
        self.called_at = Some(now);
    }

    pub(crate) fn token_needed(&mut self, now: u64) -> Verdict {
        ensure(!self.needs_token, "CR-4", || "a token was asked for twice".to_owned())?;
        // One that came at this very moment came after the end of the last.
        self.needs_token = self.token_at != Some(now);
        Ok(())
    }

    pub(crate) fn token_came(&mut self, now: u64) {
        (self.needs_token, self.token_at) = (false, Some(now));
    }

    /// What a request is for whose answer is awaited, and whether it carries a watermark.
    pub(crate) fn purpose(&self, request: RequestId) -> Option<(Purpose, bool)> {
        let own = self.outstanding.get(&request.as_u64())?;
        Some((own.purpose, own.has_watermark))
    }

    pub(crate) fn cancelled(&mut self, now: u64, request: RequestId) {
        if let Some(own) = self.outstanding.remove(&request.as_u64()) {
            if own.by > now {
                return;
            }
            *self.late.entry(kind(own.purpose)).or_default() += 1;
            // What is due goes first: what lifts a pause at this very moment has come after it.
            let opened_at = self.socket.as_ref().and_then(|socket| socket.opened_at);
            let turned_at = opened_at.max(self.over.map(|(_, at)| at));
            let is_page = own.purpose == Purpose::Activities;
            let is_lifted = self.called_at == Some(now) || (is_page && turned_at == Some(now));
            if !is_lifted {
                self.failed(now, own.purpose, 0);
            }
        }
    }

    /// An answer or a failure is about to be given to the session. `wait` is what it asks for.
    pub(crate) fn answered(&mut self, now: u64, request: RequestId, status: u16, wait: u64) {
        let Some(own) = self.outstanding.get(&request.as_u64()).cloned() else { return };
        if own.by <= now {
            // It comes at its deadline, which is too late.
            return;
        }
        let wait = wait.min(self.setup.retry_after_max());
        self.outstanding.remove(&request.as_u64());
        match status {
            TIMED_OUT => *self.late.entry(kind(own.purpose)).or_default() += 1,
            _ => _ = self.late.remove(&kind(own.purpose)),
        }
        match status {
            200..=299 => {
                if is_connecting(own.purpose) {
                    self.offered = Some(own.sent);
                }
                if own.purpose == Purpose::Generate {
                    self.licences += 1;
                }
                // The answer may bring a token; a host that wants the secret alone gets none.
                let brings_none =
                    matches!(own.purpose, Purpose::Activities | Purpose::Post | Purpose::Upload);
                self.needs_token &= brings_none || self.setup.secret_only();
            }
            // Refusals lead on at once, by another credential or another position.
            401 | 403 => self.led_on(own.purpose),
            400 if own.purpose != Purpose::Activities || own.has_watermark => {
                // WM-9: a watermark that was refused is dropped.
                self.holds_mark &= !own.has_watermark;
                self.led_on(own.purpose);
            }
            404 | 405 | 410 | 501 if own.purpose == Purpose::Generate => self.led_on(own.purpose),
            409 if own.purpose == Purpose::Start => self.led_on(own.purpose),
            _ => self.failed(now, own.purpose, wait),
        }
    }

    /// A page came that can be read.
    pub(crate) fn page_came(&mut self, now: u64, is_empty: bool) {
        self.outage_since = now;
        if is_empty {
            // PO-2: that was the last one, and polls are no closer than the floor.
            self.pauses.rest(Purpose::Activities, self.paged_at);
        }
    }

    /// A checkpoint has a watermark, so that the session holds one.
    pub(crate) fn shows_mark(&mut self) {
        self.holds_mark = true;
    }

    /// A gap was told that the session gets over only without its watermark.
    pub(crate) fn drops_mark(&mut self) {
        self.holds_mark = false;
    }

    /// RC-3: attempts are counted from one stable connection to the next, whatever opens between.
    pub(crate) fn attempted(&mut self, now: u64, attempt: u32) -> Verdict {
        let stable = self.setup.stable_after();
        let opened = self.socket.as_ref().and_then(|socket| socket.opened_at);
        let before =
            self.attempt.replace(attempt).filter(|_| opened.is_none_or(|at| at + stable > now));
        ensure(before.is_none_or(|before| before < attempt), "RC-3", || {
            format!("attempt {attempt} follows attempt {before:?}")
        })
    }

    fn led_on(&mut self, purpose: Purpose) {
        self.licences += u64::from(is_connecting(purpose));
    }

    fn failed(&mut self, now: u64, purpose: Purpose, wait: u64) {
        // A post that was answered is over, and the next one is another; the callers know.
        if kind(purpose) != Purpose::Post {
            self.pauses(now, kind(purpose), wait);
        }
    }

    fn pauses(&mut self, now: u64, kind: Purpose, wait: u64) {
        self.pauses.begin(now, kind, self.setup.backoff_floor(), wait);
    }

    /// A post was surely not taken.
    pub(crate) fn post_refused(&mut self, now: u64, wait: u64) {
        self.pauses(now, Purpose::Post, wait.min(self.setup.retry_after_max()));
    }

    pub(crate) fn dialled(&mut self, now: u64, id: SocketId, url: &str) -> Verdict {
        ensure(self.socket.is_none(), "RC-5", || format!("{id:?} beside {:?}", self.socket))?;
        ensure(!url.contains("cwA"), "SU-6", || "a URL with a token in it".to_owned())?;
        ensure(self.dialled.insert(url.to_owned()), "SU-1", || format!("{url} was dialled twice"))?;
        let sent = self.offered.take();
        ensure(sent.is_some(), "SU-1", || format!("{url} was dialled out of nowhere"))?;
        let dies = sent.unwrap_or(0) + self.setup.url_lifetime();
        ensure(now + self.setup.url_margin() <= dies, "SU-2", || {
            format!("dialled at {now}, dies at {dies}")
        })?;
        let pending_by = dies.min(now + self.setup.connect_timeout());
        self.socket = Some(Socket { id, dies, pending_by, opened_at: None });
        Ok(())
    }

    pub(crate) fn shut(&mut self, now: u64, id: SocketId) -> Verdict {
        // What was due goes first: news of the end may come to a socket just given up.
        let is_known = self.is_wanted(id) || self.over == Some((id, now));
        ensure(is_known, "RC-5", || format!("{id:?} was shut beside {:?}", self.socket))?;
        self.socket_over(now, id, false);
        Ok(())
    }

    pub(crate) fn is_wanted(&self, id: SocketId) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.id == id)
    }

    /// The socket in use and when it was opened.
    pub(crate) fn socket(&self) -> Option<(SocketId, Option<u64>)> {
        self.socket.as_ref().map(|socket| (socket.id, socket.opened_at))
    }

    /// News of a socket is about to be given to the session that shows that it is open.
    pub(crate) fn opened(&mut self, now: u64, id: SocketId) {
        if let Some(socket) = self.socket.as_mut().filter(|socket| socket.id == id) {
            if socket.opened_at.is_none() && now < socket.pending_by {
                socket.opened_at = Some(now);
                // A new purpose: old pauses are off, but for those that were asked for.
                self.pauses.lift(Purpose::Activities);
            }
        }
    }

    /// A socket is gone; one that was stable may be followed at once.
    pub(crate) fn socket_over(&mut self, now: u64, id: SocketId, has_collided: bool) {
        let Some(socket) = self.socket.take_if(|socket| socket.id == id) else { return };
        self.over = Some((id, now));
        if socket.opened_at.is_some() {
            (self.outage_since, self.pulls) = (now, false);
        }
        let stable = self.setup.stable_after();
        let is_stable = socket.opened_at.is_some_and(|opened| opened + stable <= now);
        if is_stable {
            self.attempt = None;
        }
        if is_stable && !has_collided {
            self.licences += 1;
        } else if self.called_at != Some(now) {
            let wait = if has_collided { crate::sim::setup::COLLISION_WAIT } else { 0 };
            self.failed(now, Purpose::Reconnect, wait);
        }
        self.pauses.lift(Purpose::Activities);
    }

    /// How long the session was asked to stay away yet, by an answer or a collision.
    pub(crate) fn asked_wait(&self, now: u64) -> u64 {
        let wait = |purpose| self.pauses.until(purpose).saturating_sub(now);
        // Where there is nothing but pages, they are what is waited for.
        let pages = if self.setup.way() == Way::Polling { wait(Purpose::Activities) } else { 0 };
        wait(Purpose::Reconnect).max(pages).max(self.pace.wait(now))
    }

    /// Whether there is no socket, and pages were asked for instead.
    pub(crate) fn pulls(&self) -> bool {
        self.pulls && self.socket.as_ref().is_none_or(|socket| socket.opened_at.is_none())
    }

    /// After everything due by `now` was dealt with and all outputs were acted on.
    pub(crate) fn check(&self, now: u64) -> Verdict {
        let late = self.outstanding.values().find(|own| own.by <= now);
        ensure(late.is_none(), "RC-6", || format!("{late:?} is overdue at {now}"))?;
        let late = self.socket.as_ref().filter(|own| own.opened_at.is_none());
        let late = late.filter(|own| own.pending_by <= now || own.dies <= now);
        ensure(late.is_none(), "SU-2", || format!("{late:?} is still pending at {now}"))
    }

    /// Whether what happened is a reason for this end.
    pub(crate) fn check_end(&self, now: u64, end: &End) -> Verdict {
        let counts = &self.counts;
        let is_right = counts.explain(self.setup, now - self.outage_since, end);
        ensure(is_right, "RC-1", || format!("ended as {end:?} after {counts:?}"))?;
        let open = (&self.outstanding, &self.socket);
        ensure(open.0.is_empty() && open.1.is_none(), "RC-5", || format!("left open: {open:?}"))
    }
}

/// What a failure for want of time is told as; other failures are 599.
pub(crate) const TIMED_OUT: u16 = 598;
