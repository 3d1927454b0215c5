//! FACTS: what answers and pages say, read the obvious way. It knows the wire and predicts nothing.

use std::time::Duration;

use directline::{CloseReason, Failure, Purpose};
use http::Response;
use serde_json::Value;

use super::record::posts;
use crate::record::serials_in;
use crate::setup::millis;
use crate::slow::{Watermark, read};

/// An answer to a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The error code, empty where there is none.
    pub(crate) code: String,
    /// How long the service asks to wait, in milliseconds (RC-4).
    pub(crate) wait: u64,
    pub(crate) token: Option<String>,
    /// How long the token lives, in milliseconds, where anything that can be read says so (CR-2).
    pub(crate) life: Option<u64>,
    pub(crate) conversation: Option<String>,
    /// The stream URL as it should be dialled; `None` where there is none to dial.
    pub(crate) url: Option<String>,
    /// Whether there is one at all, to dial or not.
    pub(crate) offers: bool,
    /// What it holds as a page.
    pub(crate) holds: Holds,
    /// Whether it is a success that does not hold what was asked for, or no JSON object.
    pub(crate) is_useless: bool,
}

impl Answer {
    /// An answer that says nothing but this.
    pub(crate) fn of(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }
}

/// Reads an answer to a request of this purpose.
pub(crate) fn answer(purpose: Purpose, response: &Response<Vec<u8>>) -> Answer {
    let status = response.status().as_u16();
    let bytes = response.body().strip_prefix(b"\xEF\xBB\xBF").unwrap_or(response.body());
    if purpose == Purpose::Activities && response.status().is_success() {
        let holds = page(bytes);
        let is_useless = matches!(holds, Holds::Rubbish);
        return Answer { holds, is_useless, ..Answer::of(status) };
    }
    let text = std::str::from_utf8(bytes).ok();
    let body = text.and_then(parse).filter(Value::is_object);
    let is_blank = bytes.trim_ascii().is_empty();
    let is_useless =
        (200..300).contains(&status) && body.is_none() && !(posts(purpose) && is_blank);
    let status = if is_strange(purpose, status, bytes) { STRANGE } else { status };
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
        life: lifetime.and_then(seconds).and_then(life),
        conversation: member("conversationId"),
        url: member("streamUrl").and_then(|url| dialled(&url)),
        offers: member("streamUrl").is_some(),
        holds: Holds::Nothing,
        is_useless,
    }
}

/// RX-8: whether it is none of the service's: to the judge, a server that fails.
fn is_strange(purpose: Purpose, status: u16, body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.trim_ascii()).to_ascii_lowercase();
    let is_said = text.is_empty() || NAMES.contains(&(status, text.as_str()));
    let is_page = !is_said && serde_json::from_slice::<Value>(body).is_err();
    let has_no_route = matches!(purpose, Purpose::Generate | Purpose::Reconnect);
    match status {
        100..200 | 300..400 | 407 | 511 => true,
        // They say enough.
        408 | 425 | 429 => false,
        404 | 405 | 410 if has_no_route => false,
        400..500 => is_page,
        _ => false,
    }
}

/// The names of statuses that the world sends, as servers write them that have no more to say.
const NAMES: [(u16, &str); 4] = [
    (400, "bad request"),
    (404, "not found"),
    (413, "content too large"),
    (413, "payload too large"),
];

/// What no answer came to: sent again without harm, or nobody knows.
pub(crate) fn unanswered(failure: &Failure) -> Answer {
    Answer::of(if *failure == Failure::NotSent { 429 } else { 599 })
}

/// A number of seconds, as a number or in text.
fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// What so many seconds of life are worth: from a second to a year; nothing if they are none.
fn life(seconds: f64) -> Option<u64> {
    let life = Duration::from_secs_f64(seconds.clamp(1.0, YEAR_SECONDS));
    (seconds > 0.0).then(|| millis(life))
}

/// What the host says of a token's life.
pub(crate) fn told(lifetime: Option<Duration>) -> u64 {
    lifetime.map_or(LIFE_ASSUMED, millis)
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

/// What a message or a page holds, by whoever wrote it.
#[derive(Clone, Debug, Default)]
pub(crate) enum Holds {
    /// No activities, and nothing that a client could want to have.
    #[default]
    Nothing,
    /// What nobody can read.
    Rubbish,
    Set(Set),
}

/// A set of activities, by their serials, and the watermark that it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) serials: Vec<u32>,
    pub(crate) mark: Option<String>,
}

/// What a page holds.
fn page(body: &[u8]) -> Holds {
    let Some(text) = std::str::from_utf8(body).ok() else { return Holds::Rubbish };
    match read(text).filter(|reading| reading.is_known) {
        None => Holds::Rubbish,
        Some(reading) => {
            let mark = match reading.watermark {
                Watermark::At(mark) => Some(mark),
                Watermark::Unsaid | Watermark::Unusable => None,
            };
            Holds::Set(Set { serials: serials_in(text), mark })
        }
    }
}

/// SU-3, SU-4, for a base that is encrypted.
fn dialled(url: &str) -> Option<String> {
    let url = url.trim().replace("&amp;", "&");
    let url = match url.strip_prefix("https:") {
        Some(rest) => format!("wss:{rest}"),
        None if url.starts_with('/') => format!("wss://service.example{url}"),
        None => url,
    };
    (url.starts_with("wss:") && url.parse::<http::Uri>().is_ok()).then_some(url)
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
    url.split_once("watermark=").map(|(_, value)| crate::service::answer::decode(value))
}

/// JSON. A tree of values has no place for half a character, which the model service writes where
/// an id should be.
fn parse(json: &str) -> Option<Value> {
    serde_json::from_str(&json.replace("\\ud800", "half")).ok()
}

/// What a token is thought to live of which nothing is said.
pub(crate) const LIFE_ASSUMED: u64 = 1_800_000;
const YEAR_SECONDS: f64 = 31_536_000.0;

/// A status of servers that fail.
const STRANGE: u16 = 599;
