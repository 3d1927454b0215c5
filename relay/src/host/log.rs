//! LOG: what a host says on stderr: a line for what an operator may want to know. No credential and no
//! text of anybody comes near it.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::core::Note;
use crate::host::news::Fault;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Log {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
    /// Not at all.
    Silent,
}

impl Log {
    pub(crate) fn note(self, note: &Note) {
        let line = match note {
            Note::Joined => json!({"event": "joined"}),
            Note::NameTaken => json!({"event": "name_taken"}),
            Note::LeaseLost { conversations } => {
                json!({"event": "lease_lost", "conversations": conversations})
            }
            Note::Fell { host } => json!({"event": "fell", "host": host}),
            Note::Took { conversation, epoch } => {
                json!({"event": "took", "conversation": conversation, "epoch": epoch})
            }
            Note::Gave { conversation, to } => {
                json!({"event": "gave", "conversation": conversation, "to": to})
            }
            Note::Fenced { conversation } => {
                json!({"event": "fenced", "conversation": conversation})
            }
            Note::LatePost { conversation, sequence } => {
                json!({"event": "late_post", "conversation": conversation, "sequence": sequence})
            }
            Note::Over { conversation, reason } => {
                json!({"event": "over", "conversation": conversation, "reason": reason})
            }
            // It is told as a fault.
            Note::Damaged { .. } => return,
        };
        self.write(&line);
    }

    pub(crate) fn fault(self, fault: &Fault) {
        let mut line = serde_json::to_value(fault).unwrap_or_default();
        if let Some(line) = line.as_object_mut() {
            line.remove("version");
            line.insert(String::from("event"), Value::from("fault"));
        }
        self.write(&line);
    }

    /// Something of the process itself.
    pub fn say(self, event: &str, members: &[(&str, &str)]) {
        let event = ("event", event);
        let members = members.iter().chain([&event]);
        let line = members.map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        self.write(&Value::Object(line.collect()));
    }

    fn write(self, line: &Value) {
        let text = match self {
            Log::Silent => return,
            Log::Json => dated(line.clone()).to_string(),
            Log::Text => spoken(line),
        };
        // Whether anybody reads it or not, the host goes on.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// With the milliseconds since 1970.
fn dated(mut line: Value) -> Value {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    line["time_ms"] = Value::from(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    line
}

/// `took conversation=c1 epoch=3`; what others chose is quoted where it is no plain word.
fn spoken(line: &Value) -> String {
    let event = line["event"].as_str().unwrap_or_default();
    let members = line.as_object().into_iter().flatten().filter(|(name, _)| *name != "event");
    members.fold(event.to_owned(), |text, (name, value)| match value.as_str() {
        Some(word) if word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') => {
            format!("{text} {name}={word}")
        }
        _ => format!("{text} {name}={value}"),
    })
}
