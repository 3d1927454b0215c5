//! Outputs as lines.

use std::fmt::Write as _;

use directline::{Cause, Event, Next, PostOutcome, Purpose, Request, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::short;

/// Method, path below the base, body, and whose credential.
pub(super) fn request(message: &Request, base: &str) -> String {
    let path = message.url().strip_prefix(base).expect("requests go to the base");
    let mut line = format!("{} {}", message.method(), path.trim_start_matches('/'));
    match (message.purpose(), String::from_utf8_lossy(message.body())) {
        (_, body) if body.is_empty() => {}
        (Purpose::Upload, body) => line.push_str(&format!(" {} bytes", body.len())),
        (_, body) => line.push_str(&format!(" {body}")),
    }
    write!(line, " as {}", short(message.bearer())).expect("a string takes everything");
    line
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::Status(status) => format!("status {}", named(*status)),
        Event::Joined { conversation } => format!("joined {conversation}"),
        Event::Delivered(batch) => {
            let names: Vec<_> = batch.iter().map(|activity| name(activity.json())).collect();
            let mark = batch.checkpoint().watermark().unwrap_or("none");
            format!("delivered {} at {mark}", names.join(" "))
        }
        Event::Posted { key, outcome } => format!("posted {} {}", key.0, become_of(outcome)),
        Event::Gap(gap) => gap.to_string(),
        Event::NeedsToken { refusal: Some(refusal) } => format!("needs token: {refusal}"),
        Event::NeedsToken { refusal: None } => "needs token".into(),
        Event::Faulted(fault) => {
            let next = match fault.next {
                Next::Continues => "continues".to_owned(),
                Next::Retries { attempt, .. } => format!("attempt {attempt}"),
                Next::Stops => "stops".to_owned(),
                other => format!("{other:?}"),
            };
            format!("fault: {fault}; {next}")
        }
        Event::Checkpoint(_) => "store".into(),
        Event::Ended(end) => format!("ended: {end}"),
        other => format!("{other:?}"),
    }
}

fn named(status: Status) -> String {
    match status {
        Status::Waiting { .. } => "waiting".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn become_of(outcome: &PostOutcome) -> String {
    match outcome {
        PostOutcome::Sent { id } => format!("sent {}", id.as_deref().unwrap_or("without id")),
        PostOutcome::Unknown { cause: Some(Cause::Answered { status, .. }) } => {
            format!("unknown {status}")
        }
        PostOutcome::Unknown { cause: Some(Cause::Stranger { status, .. }) } => {
            format!("unknown, stranger {status}")
        }
        PostOutcome::Unknown { .. } => "unknown".into(),
        PostOutcome::Rejected { status, message } => format!("rejected {status}{message}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// What a test calls an activity: its id, or its text where it has none.
pub(super) fn name(json: &str) -> String {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
    }
    let named: Named<'_> = serde_json::from_str(json).expect("activities are objects");
    let id = named.id.and_then(|id| serde_json::from_str::<String>(id.get()).ok());
    id.unwrap_or_else(|| json.to_owned())
}
