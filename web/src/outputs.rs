//! OUTPUTS: what a session wants done and has to tell, as arrays: a name, and what goes with it.

use directline::{Action, End, Event, Output};
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
            let message = message.into_http();
            let headers = message.headers().iter().flat_map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                [JsValue::from(name.as_str()), JsValue::from(&*value)]
            });
            let body = match message.body().as_ref() {
                [] => JsValue::UNDEFINED,
                bytes => Uint8Array::from(bytes).into(),
            };
            array([
                "send".into(),
                request.as_u64().into(),
                message.method().as_str().into(),
                message.uri().to_string().into(),
                headers.collect::<Array>().into(),
                body,
            ])
        }
        Action::Cancel { request } => array(["cancel".into(), request.as_u64().into()]),
        Action::Open { socket, url } => {
            array(["open".into(), socket.as_u64().into(), url.expose().into()])
        }
        Action::Probe { socket } => array(["probe".into(), socket.as_u64().into()]),
        Action::Shut { socket } => array(["shut".into(), socket.as_u64().into()]),
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
