//! OUTPUTS as they are written down, and compared: all that a host is asked to do and told, with a
//! digest in place of bodies and of what was said.

use directline::{Action, Batch, Body, Event, Output, Request};
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::reveal;
use crate::veil::Veil;

/// The names of all that comes out of a session: its actions, its events, and `misuse` where it refuses.
///
/// ```
/// assert!(directline_record::NAMES.contains(&"send"));
/// assert!(directline_record::NAMES.contains(&"faulted"));
/// ```
pub const NAMES: &[&str] = &[
    "send",
    "cancel",
    "open",
    "probe",
    "shut",
    "status",
    "joined",
    "delivered",
    "checkpoint",
    "posted",
    "gap",
    "needs_token",
    "faulted",
    "ended",
    "misuse",
];

/// How many of them are actions.
const ACTIONS: usize = 5;

/// Why something can't have come out, if it can't.
pub(crate) fn check(value: &Value) -> Result<(), String> {
    let only = |value: &Value| match value.as_object() {
        Some(members) if members.len() == 1 => members.keys().next().cloned(),
        _ => None,
    };
    let name = only(value).ok_or("what came out has no name")?;
    // A misuse has a line of its own kind.
    let (actions, events) = NAMES[..NAMES.len() - 1].split_at(ACTIONS);
    if name == "event" {
        let name = only(&value[&name]).ok_or("an event has no name")?;
        return match events.contains(&&*name) {
            true => Ok(()),
            false => Err(format!("{:?} is no event", cut(&name))),
        };
    }
    if !actions.contains(&&*name) {
        return Err(format!("{:?} is no action", cut(&name)));
    }
    let member = if matches!(&*name, "send" | "cancel") { "request" } else { "socket" };
    match value[&name][member].is_u64() {
        true => Ok(()),
        false => Err(format!("{name} says no {member}")),
    }
}

/// As much of a name as is good to show.
fn cut(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}

/// An output, veiled.
pub(crate) fn shown(output: &Output, veil: &mut Veil) -> Value {
    match output {
        Output::Action(Action::Send { request, message }) => {
            json!({"send": send(request.as_u64(), message, veil)})
        }
        Output::Action(Action::Cancel { request }) => json!({"cancel": {"request": request}}),
        Output::Action(Action::Open { socket, url }) => {
            json!({"open": {"socket": socket, "url": reveal::url(veil, url.expose())}})
        }
        Output::Action(Action::Probe { socket }) => json!({"probe": {"socket": socket}}),
        Output::Action(Action::Shut { socket }) => json!({"shut": {"socket": socket}}),
        Output::Event(Event::Delivered(batch)) => {
            json!({"event": {"delivered": delivered(batch, veil)}})
        }
        Output::Event(Event::Checkpoint(checkpoint)) => {
            let text = checkpoint.to_json();
            let digest = Digest::EMPTY.with(veil.over(&text).as_bytes());
            let (conversation, watermark) = (checkpoint.conversation(), checkpoint.watermark());
            json!({"event": {"checkpoint": {
                "conversation": conversation, "watermark": watermark, "digest": digest.to_string(),
            }}})
        }
        Output::Event(event) => {
            // Its texts are a session's own, and are veiled for what it does not know any more.
            let text = serde_json::to_string(event).unwrap_or_default();
            let event: Value = serde_json::from_str(&veil.over(&text)).unwrap_or_default();
            json!({"event": event})
        }
    }
}

fn send(request: u64, message: &Request, veil: &mut Veil) -> Value {
    let bearer = veil.hide(message.bearer().expose());
    let http = message.clone().into_http();
    let mut digest = Digest::EMPTY;
    for (name, value) in http.headers().iter().filter(|(_, value)| !value.is_sensitive()) {
        digest = digest.with(name.as_str().as_bytes()).with(&veil.over_bytes(value.as_bytes()));
    }
    let body: &[u8] = http.body().as_ref();
    let digest = digest.with(&veil.over_bytes(body));
    json!({
        "request": request,
        "purpose": message.purpose(),
        "method": message.method().as_str(),
        "url": veil.over(message.url()),
        "bearer": bearer,
        "bytes": Body::len(http.body()),
        "digest": digest.to_string(),
    })
}

fn delivered(batch: &Batch, veil: &mut Veil) -> Value {
    let mut digest = Digest::EMPTY;
    let mut activities = Vec::new();
    for activity in batch {
        let json = veil.over(activity.json());
        digest = digest.with(json.as_bytes());
        let value: Value = serde_json::from_str(&json).unwrap_or_default();
        let text = |value: &Value| {
            value.as_str().map(|text| text.chars().take(TEXT_MAX).collect::<String>())
        };
        activities.push(json!({
            "id": text(&value["id"]),
            "type": text(&value["type"]),
            "from": text(&value["from"]["id"]),
            "text": text(&value["text"]),
        }));
    }
    let checkpoint = batch.checkpoint();
    json!({
        "activities": activities,
        "conversation": checkpoint.conversation(),
        "watermark": checkpoint.watermark(),
        "digest": digest.to_string(),
    })
}

const NAME_CHARS_MAX: usize = 40;
/// Enough to know it by; all of it is in the frame that brought it.
const TEXT_MAX: usize = 120;
