//! OUTPUTS as they are written down, and compared: all that a host is asked to do and told, with a
//! digest in place of bodies and of what was said.

use directline::{Action, Batch, Body, Event, Output, Request};
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::reveal;
use crate::veil::Veil;

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

/// Enough to know it by; all of it is in the frame that brought it.
const TEXT_MAX: usize = 120;
