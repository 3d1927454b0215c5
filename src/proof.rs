//! PROOF: what a model checker has to see and to change in a session. Two sessions that differ in
//! nothing but when things happened and how they were numbered become equal, so that it finds an end.

use std::time::Duration;

use crate::config::Liveness;
use crate::connection::Connection;
use crate::credentials::{Credentials, Current, Refresh};
use crate::flights::{Flight, Flights, Lane};
use crate::graph::{Ask, Live, Node, Phase};
use crate::id::{BearerId, Mint, RequestId, SocketId};
use crate::outbox::Outbox;
use crate::output::Status;
use crate::pace::Pace;
use crate::pull::{Pull, PullPurpose, Pulling};
use crate::retry::{Jitter, PAUSE_MIN, RetryPolicy};
use crate::secret::Secret;
use crate::session::{Counters, Session};
use crate::time::Moment;
use crate::wire::activity_set;
use crate::wire::stream_url::fingerprint;

/// Which end of its range every pause is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// The floor.
    Shortest,
    /// The ceiling.
    Longest,
}

/// Where the JSON text ends that this begins with, by the scanner of frames alone; for benchmarks.
#[must_use]
pub fn scan(text: &str) -> Option<usize> {
    activity_set::scan::skip(text.as_bytes(), 0)
}

/// An edge of the state graph: from a node, by a signal, to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    from: Node,
    signal: &'static str,
    to: Node,
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} {:?}", self.from, self.signal, self.to)
    }
}

/// The edges that were gone along, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Trail(Vec<Edge>);

impl Trail {
    /// A step has led from here to there.
    pub(crate) fn note(&mut self, from: Node, signal: &'static str, to: Node) {
        self.0.push(Edge { from, signal, to });
    }
}

/// Sees every moment and every id of a session.
trait Visitor {
    fn moment(&mut self, _: &mut Moment) {}
    fn request(&mut self, _: &mut RequestId) {}
    fn socket(&mut self, _: &mut SocketId) {}
    fn bearer(&mut self, _: &mut BearerId) {}
}

trait Visit {
    fn visit(&mut self, visitor: &mut dyn Visitor);
}

macro_rules! leaves {
    ($($type:ty => $name:ident),+) => { $(impl Visit for $type {
        fn visit(&mut self, visitor: &mut dyn Visitor) {
            visitor.$name(self);
        }
    })+ }
}

leaves! { Moment => moment, RequestId => request, SocketId => socket, BearerId => bearer }

impl<T: Visit> Visit for Option<T> {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.iter_mut().for_each(|it| it.visit(visitor));
    }
}

impl<T: Visit> Visit for Box<T> {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        (**self).visit(visitor);
    }
}

impl<T: Visit, const N: usize> Visit for [T; N] {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.iter_mut().for_each(|it| it.visit(visitor));
    }
}

/// Names the fields that hold a moment or an id, and then those that hold none. Destructured, so that
/// a new field is a compile error here until somebody has said which it is.
macro_rules! visit {
    ($($type:ident { $($seen:ident),*; $($plain:ident),* })+) => { $(impl Visit for $type {
        fn visit(&mut self, visitor: &mut dyn Visitor) {
            let $type { $($seen,)* $($plain: _,)* } = self;
            $($seen.visit(visitor);)*
        }
    })+ }
}

visit! {
    Session {
        now, flights, connection, credentials, pull, outbox, status;
        config, mint, jitter, cursor, counters, due, out, trail
    }
    Flights { lanes, socket; late }
    Flight { request, bearer, sent, by; has_watermark }
    Connection {
        phase, outage_since, pace;
        is_online, has_doubted, failures, unopened, collisions, dialled, url, woken, secret_start
    }
    Live { stable_at, probe_at, heard, echo_by; answers, is_quiet }
    Pace { asked_at, not_before, made_up; }
    // What is retired is only redacted, and refusals are by name.
    Credentials {
        token, refresh;
        secret, secret_only, secret_refused, can_generate, tokens_numbered, refused_last, retired,
        dead_ends, asked
    }
    Current { id, sent, expires; secret, lifetime }
    Refresh { at, not_before; failures }
    Pull { on, asked_at, not_before; }
    Pulling {
        due, hurry;
        purpose, works, failures, is_missing, mark_refused, doubt, barren, run
    }
    Outbox { not_before; posts, flight, unsettled, must_read_first, failures }
}

impl Visit for Phase {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        match self {
            Phase::Asking(Ask::Generate | Ask::Start | Ask::Reconnect)
            | Phase::Polling
            | Phase::Ended => {}
            Phase::Opening { by: at, catch_up: _ }
            | Phase::Waiting { until: at }
            | Phase::NeedsToken { since: at }
            | Phase::Offline { since: at } => at.visit(visitor),
            Phase::Live(live) => live.visit(visitor),
        }
    }
}

impl Visit for Status {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        match self {
            Status::Waiting { until } => until.visit(visitor),
            Status::Connecting
            | Status::Live
            | Status::Polling
            | Status::NeedsToken
            | Status::Offline
            | Status::Ended => {}
        }
    }
}

/// Moves every moment so that `now` becomes the origin.
struct Shift {
    now: Moment,
}

impl Visitor for Shift {
    fn moment(&mut self, at: &mut Moment) {
        let moved = at.as_millis().saturating_add(Session::ORIGIN.as_millis());
        *at = Moment::from_millis(moved.saturating_sub(self.now.as_millis()));
    }
}

/// Lists the numbers behind the ids.
#[derive(Default)]
struct List {
    numbers: Vec<u64>,
}

impl Visitor for List {
    fn request(&mut self, id: &mut RequestId) {
        self.numbers.push(id.as_u64() / 2);
    }

    fn socket(&mut self, id: &mut SocketId) {
        self.numbers.push(id.as_u64() / 2);
    }
}

/// Gives each id the smallest number that keeps their order, and each credential the name that says
/// all that is ever asked of it: whether it is the secret or the present token.
struct Rename {
    /// In order.
    numbers: Vec<u64>,
    current: Option<BearerId>,
}

impl Rename {
    fn minted(&self, number: u64) -> u64 {
        self.numbers.binary_search(&(number / 2)).unwrap_or(self.numbers.len()) as u64
    }
}

impl Visitor for Rename {
    fn request(&mut self, id: &mut RequestId) {
        *id = request_id(self.minted(id.as_u64()));
    }

    fn socket(&mut self, id: &mut SocketId) {
        *id = socket_id(self.minted(id.as_u64()));
    }

    fn bearer(&mut self, id: &mut BearerId) {
        if *id != BearerId::SECRET {
            id.0 = if Some(*id) == self.current { 2 } else { 1 };
        }
    }
}

impl Session {
    /// The present as every rebased session has it; far enough from zero for any past.
    pub const ORIGIN: Moment = Moment::from_millis(1 << 50);

    /// The same session with [`Session::ORIGIN`] as its present, and with the smallest numbers for
    /// ids, in their old order. What the host still holds of ids is renamed with them.
    ///
    /// It goes on as the old one would, to the byte but for the renaming. All outputs must have
    /// been taken out before. Gives two ids that count as given out and awaited no more.
    pub fn rebase(
        &mut self,
        requests: &mut [RequestId],
        sockets: &mut [SocketId],
    ) -> (RequestId, SocketId) {
        debug_assert!(self.out.is_empty(), "what is queued holds moments and ids");
        self.clamp();
        let mut list = List::default();
        self.visit(&mut list);
        requests.iter_mut().for_each(|id| list.request(id));
        sockets.iter_mut().for_each(|id| list.socket(id));
        let mut numbers = list.numbers;
        numbers.sort_unstable();
        numbers.dedup();
        let minted = numbers.len() as u64;
        let current = self.credentials.token.as_ref().map(|token| token.id);
        let mut rename = Rename { numbers, current };
        self.visit(&mut rename);
        requests.iter_mut().for_each(|id| rename.request(id));
        sockets.iter_mut().for_each(|id| rename.socket(id));
        self.credentials.tokens_numbered = 2;
        self.visit(&mut Shift { now: self.now });
        self.due = self.next_timer(self.gates());
        self.mint = Mint { minted: minted + 1 };
        (request_id(minted), socket_id(minted))
    }

    /// Levels what shows in nothing but numbers told, in redaction and in pauses: every pause will
    /// be drawn from one end of its range, counters begin anew, failures beyond the longest pause
    /// count no more. The token is renamed to `token`; of stream URLs only the first of `url` is
    /// remembered, by the name of the second: no other may ever be offered again, and no token that
    /// was refused.
    pub fn blur(&mut self, draw: Draw, token: &Secret, url: Option<(&str, &str)>) {
        self.jitter = Jitter::new(match draw {
            Draw::Shortest => DRAWS_ZERO,
            Draw::Longest => DRAWS_ALL_ONES,
        });
        self.counters = Counters::default();
        self.flights.late = Default::default();
        let settings = &self.config.settings;
        let attempts = settings.attempts_max.unwrap_or(0);
        let probe_steps = steps(settings.probe_backoff);
        let steps = steps(settings.backoff);
        let probes = settings.handshakes_max.saturating_add(probe_steps);
        let connection = &mut self.connection;
        let kept = url.filter(|(old, _)| connection.dialled.contains(&fingerprint(old)));
        connection.dialled = kept.map(|(_, new)| fingerprint(new)).into_iter().collect();
        connection.url = None;
        connection.failures = connection.failures.min(steps.max(attempts));
        connection.unopened = connection.unopened.min(probes);
        connection.pace.made_up = Moment::ZERO;
        if let Some(on) = &mut self.pull.on {
            on.failures = on.failures.min(steps.max(attempts).max(PAGE_FAILURES_TOLD));
        }
        let credentials = &mut self.credentials;
        credentials.retired = Default::default();
        credentials.refused_last = None;
        if let Some(own) = &mut credentials.token {
            own.secret = token.clone();
        }
        credentials.refresh.failures = steps.min(credentials.refresh.failures);
        self.outbox.failures = steps.min(self.outbox.failures);
    }

    /// The edges gone along since the last call.
    pub fn take_edges(&mut self) -> Vec<Edge> {
        std::mem::take(&mut self.trail.0)
    }

    /// The token that it holds, whether good or not.
    #[must_use]
    pub fn token(&self) -> Option<&Secret> {
        self.credentials.token.as_ref().map(|token| &token.secret)
    }

    /// What lies in the past and makes no difference there.
    fn clamp(&mut self) {
        let (now, settings) = (self.now, &self.config.settings);
        let sent = |lane: Lane| Some(self.flights.lanes[lane as usize].as_ref()?.sent);
        let is_check = self.pull.is_for(PullPurpose::Check);
        let asked = [sent(Lane::Post), sent(Lane::Page).filter(|_| is_check)];
        let Connection { phase, outage_since, pace, .. } = &mut self.connection;
        pace.asked_at.take_if(|at| at.saturating_add(settings.backoff.floor()) <= now);
        pace.not_before = pace.not_before.max(now);
        pace.made_up = pace.made_up.max(now);
        *outage_since = match settings.outage_max {
            Some(max) if !matches!(phase, Phase::Live(_)) => (*outage_since).max(before(now, max)),
            _ => now,
        };
        if let Phase::Live(live) = phase {
            live.echo_by = live.echo_by.max(now);
        }
        match phase {
            Phase::NeedsToken { since } | Phase::Offline { since }
                if settings.outage_max.is_none() =>
            {
                *since = now;
            }
            // All that matters is whether anything was heard since what is under way went out, a post
            // or the page that is to show whether the socket lives, or will since the next does.
            Phase::Live(live) if settings.liveness == Liveness::Never && live.heard < now => {
                let sent = asked.into_iter().flatten().filter(|sent| live.heard < *sent).min();
                live.heard = before(sent.unwrap_or(now), Duration::from_millis(1));
            }
            _ => {}
        }
        let refresh = &mut self.credentials.refresh;
        refresh.at = refresh.at.map(|at| now.max(at));
        refresh.not_before = now.max(refresh.not_before);
        let Pull { on, asked_at, not_before } = &mut self.pull;
        asked_at.take_if(|at| at.saturating_add(PAUSE_MIN) <= now);
        not_before.take_if(|at| *at <= now);
        if let Some(on) = on {
            on.hurry = on.hurry.map(|at| now.max(at));
            on.due = on.due.map(|at| now.max(at));
        }
        self.outbox.resume(now);
    }
}

/// The ids that a mint gives out for a number.
fn request_id(number: u64) -> RequestId {
    Mint { minted: number }.request()
}

fn socket_id(number: u64) -> SocketId {
    Mint { minted: number }.socket()
}

/// After how many failures in a row one more changes nothing.
fn steps(policy: RetryPolicy) -> u32 {
    let is_below = |attempts: &u32| policy.initial.saturating_mul(1 << (attempts - 1)) < policy.max;
    (1..31).find(|attempts| !is_below(attempts)).unwrap_or(64)
}

fn before(now: Moment, span: Duration) -> Moment {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Moment::from_millis(now.as_millis().saturating_sub(millis))
}

/// The states from which the generator draws zero and all ones next.
const DRAWS_ZERO: u64 = 0x61c8_8646_80b5_83eb;
const DRAWS_ALL_ONES: u64 = 0x3162_8af6_7b21_31ab;
/// As many failures of a page in a row as are told or acted on.
const PAGE_FAILURES_TOLD: u32 = 8;
