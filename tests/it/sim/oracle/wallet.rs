//! The token that the session should have, from what it was given and what became of it: a good
//! one is used, nobody is asked for another, and it is refreshed in time.
//!
//! Where the host cannot tell which token the session has, nothing is checked until it can again.

use std::collections::BTreeMap;
use std::time::Duration;

use directline::{Purpose, Request, RequestId, Status};
use http::Response;
use serde_json::Value;

use crate::sim::excuse::{Ledger, Rule};
use crate::sim::setup::{Setup, millis};
use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    setup: Setup,
    token: Option<Held>,
    /// When it was last unclear which token the session has; `None` while it is clear.
    doubt: Option<u64>,
    /// Whether outputs wait: what comes out late is older than it looks.
    is_behind: bool,
    /// Requests that were not answered: when they were sent, and with what.
    requests: BTreeMap<u64, (u64, String)>,
    /// When the last refresh was sent, of whichever token.
    refreshed_at: Option<u64>,
}

#[derive(Clone, Debug)]
struct Held {
    text: String,
    /// When the request was sent that brought it.
    sent: u64,
    lifetime: u64,
    expires: u64,
    /// When a refresh should have been sent; `None` where one was, or nobody can say.
    refresh_by: Option<u64>,
}

impl Held {
    fn new(text: &str, sent: u64, lifetime: u64) -> Held {
        let lifetime = lifetime.max(LIFETIME_MIN);
        let (expires, refresh_by) = (sent + lifetime, Some(sent + lifetime / 2 + 1));
        Held { text: text.to_owned(), sent, lifetime, expires, refresh_by }
    }
}

impl Wallet {
    /// A session begins, with this token if it is given one.
    pub(crate) fn new(setup: Setup, now: u64, token: Option<&str>) -> Wallet {
        let lifetime = millis(setup.token_lifetime());
        let token = token.filter(|_| !setup.uses_secret());
        let token = token.map(|text| Held::new(text, now, lifetime));
        Wallet {
            setup,
            token,
            doubt: None,
            is_behind: false,
            requests: BTreeMap::new(),
            refreshed_at: None,
        }
    }

    /// What happens at `now` may change which token the session has, and nobody can say how.
    pub(crate) fn doubt(&mut self, now: u64) {
        self.doubt = Some(now);
    }

    /// The host takes no outputs for now.
    pub(crate) fn falls_behind(&mut self) {
        self.is_behind = true;
    }

    /// The host has taken all outputs; of those that waited nobody knows when they were made.
    pub(crate) fn settle(&mut self, now: u64) {
        if std::mem::take(&mut self.is_behind) {
            self.doubt(now + 1);
        }
    }

    /// The host hands a token in.
    pub(crate) fn supplied(&mut self, now: u64, text: &str, lifetime: Option<u64>) {
        self.token = Some(Held::new(text, now, lifetime.unwrap_or(LIFETIME_ASSUMED)));
        self.doubt = None;
    }

    /// The token that the session surely has and may use. A host that wants the secret alone has
    /// its tokens used for hardly anything.
    fn good(&self, now: u64) -> Option<&Held> {
        self.held().filter(|token| !self.setup.secret_only() && token.expires > now)
    }

    /// The token that the session surely has, unless it has run out.
    fn held(&self) -> Option<&Held> {
        self.token.as_ref().filter(|_| self.doubt.is_none() && !self.is_behind)
    }

    /// A request goes out.
    pub(crate) fn sent(
        &mut self,
        now: u64,
        request: RequestId,
        message: &Request,
        ledger: &mut Ledger,
    ) -> Verdict {
        let (purpose, bearer) = (message.purpose(), message.bearer().expose());
        ledger.excuses(Rule::Unsure, self.doubt.is_some() || self.is_behind);
        if let Some(token) = self.good(now) {
            ensure(bearer == token.text, "CR-1", || {
                format!("{purpose:?} carried {bearer:?} at {now}, at hand is {token:?}")
            })?;
        }
        let is_carried = |token: &&Held| token.text == bearer && token.expires <= now;
        let dead = self.held().filter(is_carried);
        ensure(dead.is_none(), "CR-2", || format!("{purpose:?} carried {dead:?} at {now}"))?;
        self.requests.insert(request.as_u64(), (now, bearer.to_owned()));
        if purpose == Purpose::Refresh {
            self.refreshed_at = Some(now);
            if let Some(token) = self.token.as_mut().filter(|token| token.text == bearer) {
                token.refresh_by = None;
            }
        }
        Ok(())
    }

    /// An answer that is awaited is about to be given to the session. With `is_clear` nothing else
    /// happens before.
    pub(crate) fn answered(
        &mut self,
        now: u64,
        (request, purpose): (RequestId, Purpose),
        response: &Response<Vec<u8>>,
        is_clear: bool,
    ) {
        let Some((sent, bearer)) = self.requests.remove(&request.as_u64()) else { return };
        match response.status().as_u16() {
            200..=299 if !is_clear => self.doubt(now),
            200..=299 => self.granted(now, purpose, sent, response.body()),
            // It may be a refusal, after which the token is gone.
            400..=403 if self.token.as_ref().is_none_or(|token| token.text == bearer) => {
                self.doubt(now);
            }
            _ => {}
        }
    }

    fn granted(&mut self, now: u64, purpose: Purpose, sent: u64, body: &[u8]) {
        let brings_none = matches!(purpose, Purpose::Activities | Purpose::Post | Purpose::Upload);
        let Some(body) = serde_json::from_slice::<Value>(body).ok().filter(|_| !brings_none) else {
            return;
        };
        let Some(text) = body["token"].as_str() else { return };
        // One that is in no conversation yet has no use for an answer that names none.
        if self.doubt.is_some_and(|since| sent < since) || body["conversationId"].is_null() {
            return self.doubt(now);
        }
        let before = self.token.take().filter(|own| own.expires > now && self.doubt.is_none());
        if before.as_ref().is_some_and(|own| own.sent > sent) {
            self.token = before;
            return;
        }
        let told = ["expires_in", "expiresIn"].into_iter().find_map(|key| body[key].as_f64());
        let told = told.filter(|seconds| *seconds > 0.0);
        let told =
            told.map(|seconds| millis(Duration::from_secs_f64(seconds.clamp(0.0, YEAR_SECONDS))));
        let is_refresh = purpose == Purpose::Refresh;
        let was_clear = self.doubt.take().is_none();
        self.token = match (told, before) {
            (Some(lifetime), _) => Some(Held::new(text, sent, lifetime)),
            (None, Some(own)) if is_refresh => Some(Held::new(text, sent, own.lifetime)),
            // CR-2: it keeps its end; whether a refresh is due depends on what was under way.
            (None, Some(own)) => {
                Some(Held { text: text.to_owned(), sent, refresh_by: None, ..own })
            }
            (None, None) if was_clear => Some(Held::new(text, sent, LIFETIME_ASSUMED)),
            (None, None) => {
                self.doubt = Some(now);
                None
            }
        };
    }

    /// The session asks for a token: none may be at hand that is good, whatever became of sockets.
    pub(crate) fn needed(&self, now: u64) -> Verdict {
        let token = self.good(now);
        ensure(token.is_none(), "CR-4", || format!("a token is needed at {now} beside {token:?}"))
    }

    /// CR-3, after everything due by `now` was dealt with: a refresh that is due is sent, or will
    /// be at once.
    pub(crate) fn check(&self, now: u64, status: Status, deadline: Option<u64>) -> Verdict {
        if matches!(status, Status::Offline | Status::NeedsToken | Status::Ended) {
            return Ok(());
        }
        let Some(token) = self.good(now) else { return Ok(()) };
        // A pause after a failure outlives the token that it was made for.
        let longest = self.setup.backoff().1.max(self.setup.retry_after_max());
        let pause = 4 * self.setup.request_timeout() + longest;
        let rests = self.refreshed_at.is_some_and(|at| now <= at + pause);
        let is_late = token.refresh_by.is_some_and(|by| by <= now) && !rests;
        ensure(!is_late || deadline.is_some_and(|at| at <= now), "CR-3", || {
            format!("no refresh at {now} of {token:?}, next at {deadline:?}")
        })
    }
}

/// No token is thought to live shorter.
const LIFETIME_MIN: u64 = 1_000;
/// What a token is thought to live of which nothing is said.
const LIFETIME_ASSUMED: u64 = 1_800_000;
const YEAR_SECONDS: f64 = 31_536_000.0;
