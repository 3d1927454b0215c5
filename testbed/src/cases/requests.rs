//! What the requests of one kind must have been like.

use std::time::Duration;

use serde_json::Value;

use crate::cases::judge::allowed;
use crate::log::{CredentialKind, FrameFate, Log, LogEntry, LogEvent};
use crate::plan::choice::Choice;
use crate::plan::occasion::Occasion;

/// The requests on one occasion, all of them or one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Requests {
    pub(super) on: Occasion,
    /// Which one, counted from 1; without a number all of them.
    pub(super) nth: Option<usize>,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) watermark: Option<Asking>,
    pub(super) credential: Option<CredentialKind>,
    pub(super) status: Option<u16>,
    /// How long after the answer to the one before, at least.
    pub(super) pause: Option<Duration>,
}

/// What a request asks after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Nothing: there is no such parameter.
    None,
    /// The last watermark that a frame brought before.
    Newest,
}

impl Choice for Asking {
    const ALL: &'static [(&'static str, Self)] =
        &[("none", Asking::None), ("newest", Asking::Newest)];
}

impl Choice for CredentialKind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("missing", CredentialKind::Missing),
        ("secret", CredentialKind::Secret),
        ("token", CredentialKind::Token),
        ("expired_token", CredentialKind::ExpiredToken),
        ("unknown", CredentialKind::Unknown),
    ];
}

/// A request as the log tells of it.
#[derive(Debug, Default)]
struct Seen {
    number: u64,
    came: Duration,
    answered: Option<(Duration, u16)>,
    watermark: Option<String>,
    credential: Option<CredentialKind>,
    /// The last watermark that a frame had brought by then.
    newest: Option<String>,
}

impl Requests {
    pub(super) fn judge(&self, log: &Log) -> Vec<String> {
        let on = self.on;
        let seen = seen(log, on);
        let mut complaints = Vec::new();
        if !(self.least..=self.most).contains(&seen.len()) {
            let range = allowed(self.least, self.most);
            let what = if seen.len() == 1 { "request" } else { "requests" };
            complaints.push(format!("{} {what} `{on}` came, {range}", seen.len()));
        }
        for (index, request) in seen.iter().enumerate() {
            let position = index + 1;
            if self.nth.is_some_and(|nth| nth != position) {
                continue;
            }
            let previous = index.checked_sub(1).and_then(|index| seen.get(index));
            let wrong = self.wrong(request, previous);
            complaints.extend(wrong.map(|wrong| format!("request {position} `{on}` {wrong}")));
        }
        if self.nth.is_some_and(|nth| nth > seen.len()) {
            let nth = self.nth.unwrap_or_default();
            complaints.push(format!("request {nth} `{on}` never came"));
        }
        complaints
    }

    /// What is wrong with one of them.
    fn wrong(&self, request: &Seen, previous: Option<&Seen>) -> Option<String> {
        let wanted = match self.watermark {
            None => request.watermark.as_ref(),
            Some(Asking::None) => None,
            Some(Asking::Newest) => request.newest.as_ref(),
        };
        if request.watermark.as_ref() != wanted {
            let words = |it: Option<&String>| it.map_or("none".to_owned(), |it| format!("{it:?}"));
            let (is, must) = (words(request.watermark.as_ref()), words(wanted));
            return Some(format!("has the watermark {is}, it must be {must}"));
        }
        if self.credential.is_some() && request.credential != self.credential {
            let words =
                |it: Option<CredentialKind>| it.map_or_else(String::new, |it| it.to_string());
            let (is, must) = (words(request.credential), words(self.credential));
            return Some(format!("came with {is}, it must be {must}"));
        }
        let status = request.answered.map(|(_, status)| status);
        if self.status.is_some() && status != self.status {
            let words = |it: Option<u16>| it.map_or("nothing".to_owned(), |it| it.to_string());
            return Some(format!("got {}, it must be {}", words(status), words(self.status)));
        }
        let (pause, before) = (self.pause?, previous?);
        let answered = before.answered.map_or(before.came, |(at, _)| at);
        let waited = request.came.saturating_sub(answered);
        (waited < pause).then(|| {
            let (is, must) = (waited.as_millis(), pause.as_millis());
            format!("came {is} ms after the answer before it, it must be at least {must} ms")
        })
    }
}

/// The requests on this occasion, in their order.
fn seen(log: &Log, on: Occasion) -> Vec<Seen> {
    let mut all: Vec<Seen> = Vec::new();
    let mut newest = None;
    for LogEntry { at, event } in log.entries() {
        match event {
            LogEvent::FrameSent { watermark: Some(watermark), fate: FrameFate::Whole, .. } => {
                newest = read_watermark(watermark).or(newest);
            }
            LogEvent::RequestReceived { request, route, watermark, credential, .. }
                if *route == Some(on) =>
            {
                all.push(Seen {
                    number: *request,
                    came: *at,
                    answered: None,
                    watermark: watermark.clone(),
                    credential: Some(*credential),
                    newest: newest.clone(),
                });
            }
            LogEvent::RequestAnswered { request, status } => {
                let asked = all.iter_mut().find(|asked| asked.number == *request);
                if let Some(asked) = asked {
                    asked.answered = Some((*at, *status));
                }
            }
            _ => {}
        }
    }
    all
}

/// What a client makes of a watermark: nothing of `null` and of an empty one.
fn read_watermark(json: &str) -> Option<String> {
    match serde_json::from_str(json).ok()? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(_) => Some(String::from(json)),
        _ => None,
    }
}
