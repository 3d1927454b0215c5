//! FACTS: what answers, frames and pages say, read the obvious way. It knows the wire
//! and predicts nothing.

use std::time::Duration;

use directline::{CloseReason, Failure};
use http::Response;
use serde_json::Value;

use crate::sim::slow::{Found, Watermark, read};

/// An answer to a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The error code, empty where there is none.
    pub(crate) code: String,
    /// How long the service asks to wait, in milliseconds (RC-4).
    pub(crate) wait: u64,
    pub(crate) token: Option<String>,
    pub(crate) life: Option<Life>,
    pub(crate) conversation: Option<String>,
    /// The stream URL as it should be dialled; `None` where there is none to dial.
    pub(crate) url: Option<String>,
    /// All of it, as text.
    pub(crate) body: String,
    /// What it holds as a page.
    pub(crate) page: Option<Set>,
    /// Whether it is a success that does not hold what was asked for, or no JSON object.
    pub(crate) is_useless: bool,
}

impl Answer {
    /// An answer that says nothing but this.
    pub(crate) fn of(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }
}

/// How long a token lives at least and at most, in milliseconds: of a value that has to be clamped,
/// nobody says to what.
pub(crate) type Life = (u64, u64);

/// Reads an answer.
pub(crate) fn answer(response: &Response<Vec<u8>>) -> Answer {
    let status = response.status().as_u16();
    let text = std::str::from_utf8(response.body()).ok();
    let body = text.and_then(parse).filter(Value::is_object);
    let is_useless = (200..300).contains(&status) && body.is_none();
    let body = body.unwrap_or_default();
    let member = |name: &str| {
        body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let lifetime = body.get("expires_in").or_else(|| body.get("expiresIn"));
    Answer {
        status,
        code: body["error"]["code"].as_str().unwrap_or_default().to_owned(),
        wait: wait(response),
        token: member("token"),
        life: lifetime.map(|value| match value.as_u64() {
            Some(seconds @ 60..=86_400) => (seconds * 1_000, seconds * 1_000),
            _ => (0, u64::MAX),
        }),
        conversation: member("conversationId"),
        url: member("streamUrl").and_then(|url| dialled(&url)),
        body: text.unwrap_or_default().to_owned(),
        page: None,
        is_useless,
    }
}

/// What no answer came to: sent again without harm, or nobody knows.
pub(crate) fn unanswered(failure: &Failure) -> Answer {
    Answer::of(if *failure == Failure::NotSent { 429 } else { 599 })
}

/// What the host says of a token's life.
pub(crate) fn told(lifetime: Option<Duration>) -> Life {
    lifetime.map_or((0, u64::MAX), |own| {
        let millis = u64::try_from(own.as_millis()).unwrap_or(u64::MAX);
        (millis, millis)
    })
}

/// Whether a socket was closed for a collision (RC-8).
pub(crate) fn is_collision(reason: &CloseReason) -> bool {
    matches!(reason, CloseReason::Closed { reason, .. }
        if reason.to_ascii_lowercase().contains("collision"))
}

/// Whether it was closed for something that nobody can read.
pub(crate) fn is_wall(reason: &CloseReason) -> bool {
    matches!(reason, CloseReason::FrameTooLarge | CloseReason::Unreadable)
}

/// What a frame or a page holds.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) activities: Vec<Told>,
    pub(crate) mark: Option<String>,
}

/// An activity: its text, the id that a copy would share, its timestamp, whether it ends all.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) json: String,
    pub(crate) id: Option<String>,
    pub(crate) stamp: String,
    /// The second that the timestamp lies in, from the beginning of some year.
    pub(crate) second: i64,
    pub(crate) is_end: bool,
}

/// Reads a frame or a page; `None` where nobody can.
pub(crate) fn set(text: &str, bytes_max: usize) -> Option<Set> {
    let set = read(text).filter(|_| text.len() <= bytes_max)?;
    let told = |found: &Found| {
        let json = text[found.span.clone()].to_owned();
        let is_end = found.kind.as_deref() == Some("endOfConversation");
        let stamp = stamp(&json);
        let second = second(&stamp).unwrap_or(0);
        Told { id: found.copy_id().map(str::to_owned), stamp, second, is_end, json }
    };
    let activities = set.activities.iter().map(told).collect();
    let mark = match set.watermark {
        Watermark::At(mark) => Some(mark),
        Watermark::Unsaid | Watermark::Unusable => None,
    };
    Some(Set { activities, mark })
}

/// SU-3, SU-4, for a base that is encrypted.
fn dialled(url: &str) -> Option<String> {
    let url = url.trim().replace("&amp;", "&");
    let url = match url.strip_prefix("https:") {
        Some(rest) => format!("wss:{rest}"),
        None if url.starts_with('/') => format!("wss://service.example{url}"),
        None => url,
    };
    (url.starts_with("wss:") && url::Url::parse(&url).is_ok()).then_some(url)
}

/// `Retry-After`, as seconds or as the one date that the service says against the one it says it at.
fn wait(response: &Response<Vec<u8>>) -> u64 {
    match response.headers().get("Retry-After").and_then(|value| value.to_str().ok()) {
        Some("Sun, 06 Nov 1994 08:50:07 GMT") => 30_000,
        Some(text) => text.parse::<u64>().map_or(0, |seconds| seconds.saturating_mul(1_000)),
        None => 0,
    }
}

/// The value of the watermark in a URL, decoded.
pub(crate) fn mark_in(url: &str) -> Option<String> {
    url.split_once("watermark=").map(|(_, value)| crate::sim::service::answer::decode(value))
}

/// The timestamp of an activity of the model service; its texts compare as their instants do.
fn stamp(json: &str) -> String {
    let value = parse(json).unwrap_or_default();
    value["timestamp"].as_str().unwrap_or_default().to_owned()
}

/// The second of a timestamp as the model service writes it.
fn second(stamp: &str) -> Option<i64> {
    let part = |at: std::ops::Range<usize>| stamp.get(at)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    // A year that begins in March has its odd day at the end.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    Some(((days * 24 + part(11..13)?) * 60 + part(14..16)?) * 60 + part(17..19)?)
}

/// JSON. A tree of values has no place for half a character, which the model service writes where
/// an id should be.
fn parse(json: &str) -> Option<Value> {
    serde_json::from_str(&json.replace("\\ud800", "half")).ok()
}
