//! NEWS: what comes in at a host from all that it does at a time.

use serde::Serialize;

use crate::core::{Fact, HostName, Name, VERSION};
use crate::nats::{Problem, Queued};

/// Something for the run loop.
pub(crate) enum News {
    /// For the core.
    Fact(Fact),
    /// A post of this conversation was stored, or may have been.
    Notice(Name),
    /// What was found in the queue of a conversation.
    Fetched {
        /// Whose.
        conversation: Name,
        /// Under which epoch it was looked for.
        epoch: u64,
        /// What.
        found: Result<Option<Queued>, Problem>,
    },
    /// The number of the last activity on the stream of a conversation, if it is known.
    Stored(Name, Option<u64>),
    /// Something is wrong with what somebody sent.
    Fault(Fault),
    /// NATS did not do what it was asked.
    Problem(Problem),
}

/// What is said on the fault subject; no text of an activity and no credential.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fault {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<HostName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<Name>,
    fault: &'static str,
    message: String,
}

impl Fault {
    pub(crate) fn of(conversation: &Name, fault: &'static str, message: String) -> Fault {
        let conversation = Some(conversation.clone());
        Fault { version: VERSION, host: None, conversation, fault, message }
    }

    pub(crate) fn new(fault: &'static str, message: String) -> Fault {
        Fault { version: VERSION, host: None, conversation: None, fault, message }
    }

    /// As one line of JSON, said by `host`.
    pub(crate) fn said_by(self, host: &HostName) -> String {
        let fault = Fault { host: Some(host.clone()), ..self };
        serde_json::to_string(&fault).unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.fault
    }
}
