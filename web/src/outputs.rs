//! OUTPUTS: what a session wants done and has to tell, as arrays: a name, and what goes with it.

use directline::{Action, End, Event, Output};
use http::HeaderName;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

pub(crate) fn to_array(output: Output, tells_checkpoints: bool) -> Array {
    match output {
        Output::Action(action) => of_action(action),
        Output::Event(event) => of_event(&event, tells_checkpoints),
    }
}

fn of_action(action: Action) -> Array {
    match action {
        Action::Send { request, message } => {
            let (url, message) = (message.url().into(), message.into_http());
            let headers = HEADERS.iter().filter_map(|(name, text)| {
                let value = String::from_utf8_lossy(message.headers().get(name)?.as_bytes());
                Some(array([(*text).into(), value.as_ref().into()]))
            });
            let body = match message.body().as_ref() {
                [] => JsValue::UNDEFINED,
                bytes => Uint8Array::from(bytes).into(),
            };
            array([
                "send".into(),
                id(request.as_u64()),
                message.method().as_str().into(),
                url,
                headers.collect::<Array>().into(),
                body,
            ])
        }
        Action::Cancel { request } => array(["stop".into(), id(request.as_u64())]),
        Action::Open { socket, url } => {
            array(["open".into(), id(socket.as_u64()), url.expose().into()])
        }
        Action::Probe { .. } => array(["probe".into()]),
        Action::Shut { socket } => array(["stop".into(), id(socket.as_u64())]),
    }
}

/// Events go over as the JSON that they are in logs, with beside it what a log does not hold.
fn of_event(event: &Event, tells_checkpoints: bool) -> Array {
    match event {
        Event::Delivered(batch) => {
            let activities = batch.iter().map(|activity| JsValue::from(activity.json()));
            let checkpoint = tells_checkpoints.then(|| batch.checkpoint().to_json());
            array(["delivered".into(), activities.collect::<Array>().into(), checkpoint.into()])
        }
        Event::Checkpoint(checkpoint) => {
            let checkpoint = tells_checkpoints.then(|| checkpoint.to_json());
            array(["delivered".into(), Array::new().into(), checkpoint.into()])
        }
        Event::Ended(end) => array([
            "ended".into(),
            match end {
                End::Closed => "closed",
                End::Completed => "completed",
                _ => "failed",
            }
            .into(),
            end.to_string().into(),
            end.is_resumable().into(),
        ]),
        event => array(["event".into(), serde_json::to_string(event).unwrap_or_default().into()]),
    }
}

fn array<const N: usize>(values: [JsValue; N]) -> Array {
    values.into_iter().collect()
}

/// No session does as much that its numbers would not be exact.
#[expect(clippy::cast_precision_loss, reason = "they are small")]
fn id(number: u64) -> JsValue {
    (number as f64).into()
}

/// What requests bear, with its name: that of any header would bring the names of all.
const HEADERS: [(HeaderName, &str); 4] = [
    (AUTHORIZATION, "authorization"),
    (ACCEPT, "accept"),
    (CONTENT_TYPE, "content-type"),
    (CONTENT_DISPOSITION, "content-disposition"),
];
