//! TRACK: what is counted of what happens, and what of it others have done wrong.

use std::sync::Arc;

use async_nats::header::NATS_MESSAGE_ID;

use crate::core::{Fact, Note, Outcome, PostKey};
use crate::host::figures::{Figures, Kind, Labels, OutcomeLabel};
use crate::host::news::Fault;
use crate::nats::Queued;

/// Counts a fact.
pub(crate) fn fact(figures: &Figures, fact: &Fact) {
    match fact {
        Fact::Delivered { activities, .. } => {
            figures.delivered.inc_by(u64::try_from(activities.len()).unwrap_or(u64::MAX));
        }
        Fact::Outcome { outcome: Some(outcome), .. } => {
            let outcome = match outcome {
                Outcome::Sent { .. } => OutcomeLabel::sent,
                Outcome::Unknown => OutcomeLabel::unknown,
                Outcome::Refused { .. } => OutcomeLabel::refused,
            };
            figures.outcomes.get_or_create(&Labels { outcome }).inc();
        }
        _ => {}
    }
}

/// Counts a note.
pub(crate) fn note(figures: &Figures, note: &Note) {
    match note {
        Note::Joined => {
            figures.joined.set(1);
        }
        Note::LeaseLost { .. } => {
            figures.joined.set(0);
            figures.leases_lost.inc();
        }
        Note::Took { .. } => {
            figures.took.inc();
        }
        Note::Gave { .. } => {
            figures.gave.inc();
        }
        Note::Fenced { .. } => {
            figures.fenced.inc();
        }
        _ => {}
    }
}

/// What others have done wrong, of what is noted.
pub(crate) fn fault(note: &Note) -> Option<Fault> {
    match note {
        Note::Damaged { address, flaw } => {
            Some(Fault::new("entry", format!("{address:?} cannot be read: {flaw}")))
        }
        Note::NameTaken => Some(Fault::new(
            "host",
            String::from("another process has this host's name, and lives"),
        )),
        _ => None,
    }
}

pub(crate) fn kind(kind: &str) -> Kind {
    Kind { kind: kind.to_owned() }
}

/// The key and the activity of a message in the queue, or why it is no post.
pub(crate) fn post(queued: &Queued) -> Result<(PostKey, Arc<str>), String> {
    let key = queued.headers.get(KEY).or_else(|| queued.headers.get(NATS_MESSAGE_ID));
    let key = key.ok_or_else(|| format!("it has neither {KEY} nor Nats-Msg-Id"))?;
    let key = PostKey::new(key.as_str()).map_err(|error| error.to_string())?;
    // What is no activity is refused like any that is not sent: whoever waits for its outcome has one.
    Ok((key, String::from_utf8_lossy(&queued.payload).into()))
}

/// The application's name for a post; its id for JetStream where that is another.
const KEY: &str = "Directline-Key";
