//! What is known once a case is over.

use std::process::ExitStatus;

use serde_json::Value;

use crate::log::{Author, Log};
use crate::service::conversation::Recorded;

/// Everything that a judge looks at.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) log: Log,
    /// What was said in the conversation.
    pub(super) recorded: Vec<Recorded>,
    /// The lines that the client wrote.
    pub(super) shown: Vec<String>,
    /// All that the client wrote, to whichever stream.
    pub(super) written: String,
    /// The texts that the user said.
    pub(super) sent: Vec<String>,
    /// How the client ended, if it did so by itself.
    pub(super) ended: Option<ExitStatus>,
    /// What must show up nowhere.
    pub(super) secrets: Vec<String>,
}

/// An activity as it is told apart from others, whoever has written its JSON anew in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity([Value; 4]);

impl Identity {
    /// `None` for what is no activity.
    pub(super) fn of(json: &str) -> Option<Self> {
        let activity: Value = serde_json::from_str(json).ok().filter(Value::is_object)?;
        Some(Identity(["id", "type", "timestamp", "text"].map(|name| activity[name].clone())))
    }

    /// What it says, or else its type.
    pub(super) fn words(&self) -> String {
        let Identity([_, kind, _, text]) = self;
        text.as_str().or(kind.as_str()).unwrap_or("something").to_owned()
    }
}

impl Evidence {
    /// The texts that the service has of the user, in their order.
    pub(super) fn posted(&self) -> Vec<String> {
        let users = self.recorded.iter().filter(|recorded| recorded.author == Author::User);
        users.filter_map(|recorded| Some(Identity::of(&recorded.json)?.words())).collect()
    }
}
