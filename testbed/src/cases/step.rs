//! What happens in a case, in order: what is done, and what is waited for.

use crate::plan::fault::FaultKind;
use crate::plan::occasion::Occasion;
use crate::plan::rule::Rule;
use crate::service::sockets::Disruption;

/// One step of a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// The user says this.
    Send(String),
    /// The bot says this activity.
    Say(String),
    /// This begins to go wrong.
    Fault(Rule),
    /// Nothing goes wrong any more.
    Calm,
    /// The newest socket ends like this; there is one, or it is waited for.
    Cut(Disruption),
    ExpireTokens,
    /// The conversation is numbered on from here.
    Renumber(u64),
    /// The conversation is gone.
    Forget,
    Wait(Wait),
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// The client has shown a message of this text so often.
    Shown(String, usize),
    /// So many sockets have opened in all.
    Opened(usize),
    /// A request has come so often.
    Asked(Occasion, usize),
    /// A request has been answered so often.
    Answered(Occasion, usize),
    /// A fault has fired so often.
    Fired(FaultKind, usize),
    /// The client has ended.
    Ended,
}

impl Wait {
    /// As a complaint names what never came.
    pub(super) fn words(&self) -> String {
        let times = |count: &usize| match count {
            1 => String::new(),
            count => format!(" {count} times"),
        };
        match self {
            Wait::Shown(text, count) => format!("{text:?} to be shown{}", times(count)),
            Wait::Opened(1) => String::from("a socket to open"),
            Wait::Opened(count) => format!("{count} sockets to open"),
            Wait::Asked(on, count) => format!("a request `{on}` to come{}", times(count)),
            Wait::Answered(on, count) => format!("a request `{on}` to be answered{}", times(count)),
            Wait::Fired(kind, count) => format!("the fault `{kind}` to happen{}", times(count)),
            Wait::Ended => String::from("the client to end"),
        }
    }
}
