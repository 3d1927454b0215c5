//! MARKS: the lines of a recording as what a timeline shows of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::input::{Body, Ending, Fact};
use crate::recording::{Entry, Told};

/// One thing on a timeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// Its line in the recording.
    pub line: usize,
    /// Milliseconds since the recording began.
    pub at: u64,
    /// What it is: `send`, `frame`, `faulted` and so on.
    pub kind: String,
    /// Which request, socket or post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A few words.
    pub text: String,
    /// All there is to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The credential that goes with it, by its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer: Option<String>,
    /// The watermark that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<String>,
}

/// Makes marks of a recording, line by line, as it is read.
///
/// ```
/// use directline_record::{Marks, Reader};
///
/// let head = r#"{"recording":"directline","version":1,"crate":"0.1.0","at":1000,"credential":
///     {"secret":"stand-in"},"config":{"base":"https://d.example"},"checkpoint":null}"#;
/// let (mut reader, mut marks) = (Reader::default(), Marks::default());
/// assert_eq!(marks.take(&reader.read(&head.replace('\n', ""))?), None);
/// let mark = marks.take(&reader.read(r#"{"at":1250,"in":"network_down"}"#)?).expect("a mark");
/// assert_eq!((mark.at, mark.kind.as_str()), (250, "network_down"));
/// # Ok::<(), directline_record::Damage>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Marks {
    began: u64,
    now: u64,
    bearers: BTreeMap<String, String>,
}

impl Marks {
    /// What a line is on a timeline; nothing where it is of no interest there.
    pub fn take(&mut self, entry: &Entry) -> Option<Mark> {
        match entry {
            Entry::Header(header) => {
                self.began = header.at().as_millis();
                None
            }
            Entry::Step(step) => {
                self.now = self.now.max(step.at.as_millis().saturating_sub(self.began));
                self.fact(step.line, &step.fact)
            }
            Entry::Told(told) => Some(self.told(told)),
        }
    }

    fn mark(&self, line: usize, kind: &str, id: Option<u64>, text: impl Into<String>) -> Mark {
        Mark {
            line,
            at: self.now,
            kind: kind.into(),
            id: id.map(|id| id.to_string()),
            text: text.into(),
            detail: String::new(),
            bearer: None,
            watermark: None,
        }
    }

    fn fact(&self, line: usize, fact: &Fact) -> Option<Mark> {
        let plain = |kind| self.mark(line, kind, None, "");
        Some(match fact {
            Fact::Timeout => return None,
            Fact::Response { request, status, body, headers } => {
                let (length, detail) = match body {
                    Body::Text(text) => (text.len(), cut(text)),
                    Body::Filler(length) => (*length, String::new()),
                };
                let mut mark =
                    self.mark(line, "response", Some(request.as_u64()), status.to_string());
                mark.detail = format!("{length} bytes, {headers:?}\n{detail}");
                mark
            }
            Fact::RequestFailed { request, failure } => {
                self.mark(line, "request_failed", Some(request.as_u64()), failure.to_string())
            }
            Fact::SocketOpened { socket } => {
                self.mark(line, "socket_opened", Some(socket.as_u64()), "")
            }
            Fact::Frame { socket, text } => {
                let words = format!("{} bytes", text.len());
                Mark { detail: cut(text), ..self.mark(line, "frame", Some(socket.as_u64()), words) }
            }
            Fact::Garbled { socket } => {
                self.mark(line, "garbled", Some(socket.as_u64()), "a frame that is no text")
            }
            Fact::Pong { socket } => self.mark(line, "pong", Some(socket.as_u64()), ""),
            Fact::SocketClosed { socket, reason } => {
                self.mark(line, "socket_closed", Some(socket.as_u64()), ending(reason))
            }
            Fact::Post { key, activity } => {
                let value: Value = serde_json::from_str(activity).unwrap_or_default();
                let words = value["text"].as_str().or(value["type"].as_str()).unwrap_or("a post");
                Mark { detail: cut(activity), ..self.mark(line, "post", Some(key.0), cut(words)) }
            }
            Fact::Upload { key, files, .. } => {
                self.mark(line, "post", Some(key.0), format!("{} files", files.len()))
            }
            Fact::NewToken { .. } => plain("new_token"),
            Fact::Woke => plain("woke"),
            Fact::NetworkDown => plain("network_down"),
            Fact::NetworkUp => plain("network_up"),
            Fact::Close => plain("close"),
        })
    }

    fn told(&mut self, told: &Told) -> Mark {
        let (value, name) = (told.value(), told.name());
        let inner = value.get("event").and_then(|event| event.get(name)).or(value.get(name));
        let mut inner = inner.cloned().unwrap_or_default();
        let number = |name: &str| inner.get(name).and_then(Value::as_u64);
        let id = number("request").or(number("socket")).or(number("key"));
        let mut mark = self.mark(told.line(), name, id, words(name, &inner));
        mark.watermark = inner.get("watermark").and_then(Value::as_str).map(str::to_owned);
        if let Some(bearer) = inner.get("bearer").and_then(Value::as_str) {
            let number = self.bearers.len() + 1;
            let named =
                self.bearers.entry(bearer.into()).or_insert_with(|| format!("credential {number}"));
            mark.bearer = Some(named.clone());
        }
        if let Value::Object(members) = &mut inner {
            // The one has a number, the other is for machines.
            members.retain(|name, _| !matches!(name.as_str(), "bearer" | "digest"));
        }
        mark.detail = cut(&inner.to_string());
        mark
    }
}

fn ending(reason: &Ending) -> String {
    match reason {
        Ending::Refused { status: Some(status) } => format!("refused ({status})"),
        Ending::Refused { status: None } => "refused".into(),
        Ending::Unreached(unreached) => unreached.to_string(),
        Ending::Closed { code, reason } => format!("closed ({code}) {}", cut(reason)).trim().into(),
        Ending::Broken => "broken".into(),
        Ending::FrameTooLarge => "a frame was too large".into(),
        Ending::Unreadable => "could not be read on".into(),
    }
}

/// A few words for an output.
fn words(name: &str, inner: &Value) -> String {
    let first = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => members.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    };
    match name {
        "send" => inner["purpose"].as_str().unwrap_or_default().to_owned(),
        "delivered" => match inner["activities"].as_array().map(Vec::as_slice) {
            Some([only]) => {
                only["text"].as_str().or(only["type"].as_str()).unwrap_or("").to_owned()
            }
            Some(all) => format!("{} activities", all.len()),
            None => String::new(),
        },
        "status" | "gap" | "ended" => first(inner),
        "posted" => first(&inner["outcome"]),
        "faulted" => cause(&inner["cause"]),
        "joined" => inner["conversation"].as_str().unwrap_or_default().to_owned(),
        "misuse" => inner.as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// The names of a cause within a cause, and the number that it comes with.
fn cause(value: &Value) -> String {
    match value {
        Value::String(name) => name.replace('_', " "),
        Value::Object(members) => match members.iter().next() {
            Some((name, inner)) if members.len() == 1 && name != "count" => {
                format!("{} {}", name.replace('_', " "), cause(inner)).trim().to_owned()
            }
            _ => {
                let number = members.get("status").or(members.get("code")).filter(|it| it.is_u64());
                let words = ["purpose", "failure"].iter().filter_map(|name| members.get(*name));
                let words = words.map(cause).chain(number.map(Value::to_string));
                words.collect::<Vec<_>>().join(" ")
            }
        },
        _ => String::new(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What fits a box beside a pointer; the recording has the rest.
const CHARS_MAX: usize = 600;
