//! THE STATE GRAPH of a session's connection.
//!
//! Whatever decides where a connection goes is in this file, and this file does not know how to
//! get there: [`transition`] says which step an event leads to, [`plan`] which request is next.
//! The session carries the step out, and tears the old phase down in one place.
//!
//! ```text
//!               secret                    token                       conversation known
//!                 |                         |                                  |
//!            GENERATING -----------------> STARTING               +-----> RECONNECTING
//!                 |                         |   |                 |        |   |
//!                 |                         |   +--- granted -----|--------+   |
//!                 |                         |             |       |            |
//!                 |         failed          v             v       | again      | failed
//!                 +---------------------> WAITING      OPENING    |            |
//!                                          ^ ^ |          |       |            |
//!                                          | | +-elapsed--|-------+            |
//!                                          | +----lost----+       |            |
//!                                          |              v       |            |
//!                                          +----lost---- LIVE ----+            |
//!                                          +-----------------------------------+
//!
//!  any, no credential left: NEEDS-TOKEN    no socket wanted: POLLING
//!  any, network down:       OFFLINE        any, over:        ENDED
//! ```

use crate::id::{BearerId, RequestId, SocketId};
use crate::time::Moment;

/// Where a connection stands; ids and moments only, each deadline in the phase it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// A request is under way that brings the connection on.
    Asking(Asking),
    /// A handshake is under way, until `by`. Whether the history has to be read once it is done
    /// is `catch_up`.
    Opening { socket: SocketId, by: Moment, catch_up: bool },
    /// A socket is open.
    Live(Live),
    /// A pause before the next request, until `until`.
    Waiting { until: Moment },
    /// No socket is wanted; pulling brings the activities.
    Polling,
    /// Nothing is done until a token comes, since `since`.
    NeedsToken { since: Moment },
    /// Nothing is done until the network is back, since `since`.
    Offline { since: Moment },
    /// It is over.
    Ended,
}

/// A request under way: sent at `sent`, overdue at `by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asking {
    pub(crate) what: Ask,
    pub(crate) request: RequestId,
    pub(crate) bearer: BearerId,
    pub(crate) sent: Moment,
    pub(crate) by: Moment,
    pub(crate) has_watermark: bool,
}

/// Which request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ask {
    Generate,
    Start,
    Reconnect,
}

/// An open socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Live {
    pub(crate) socket: SocketId,
    /// When it will count as stable; `None` once it does.
    pub(crate) stable_at: Option<Moment>,
    /// When the next probe goes out.
    pub(crate) probe_at: Option<Moment>,
    /// When it was last heard of.
    pub(crate) heard: Moment,
    /// Whether the peer has shown that silence means something.
    pub(crate) answers: bool,
}

/// A phase without its data: the nodes of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    Generating,
    Starting,
    Reconnecting,
    Opening,
    Live,
    Waiting,
    Polling,
    NeedsToken,
    Offline,
    Ended,
}

/// What happened, as far as it matters to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PhaseEvent {
    /// The pause is over.
    Elapsed,
    /// Things have changed so that the next request is worth sending at once: a token was
    /// generated, another credential is left, a watermark was dropped, a stable socket was lost.
    Again,
    /// The answer brought a stream URL that can be dialled.
    Granted,
    /// The answer joined the conversation, and no socket is wanted: polling is next.
    Joined,
    /// The request, the handshake or the socket failed.
    Failed,
    /// No credential is left.
    Exhausted,
    /// The handshake is done.
    Opened,
    /// The host says that whatever is open may be dead.
    Woke,
    /// The host says that the network is down.
    Down,
    /// The host says that the network is up.
    Up,
    /// The host handed a token in.
    Supplied,
    /// The session is over.
    Finished,
}

/// Where an event leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// Nowhere; the event means nothing here.
    Stay,
    /// Send the request that [`plan`] names.
    Ask,
    /// Open the socket of the URL at hand.
    Dial,
    /// The socket is open.
    GoLive,
    /// Pause, then ask.
    Wait,
    /// Wait for a token.
    AwaitToken,
    /// Wait for the network.
    Rest,
    /// Stop for good.
    End,
}

/// The graph.
pub(crate) const fn transition(from: Node, event: PhaseEvent) -> Step {
    use Node::{
        Ended, Generating, Live, NeedsToken, Offline, Opening, Polling, Reconnecting, Starting,
        Waiting,
    };
    match event {
        PhaseEvent::Elapsed => match from {
            Waiting => Step::Ask,
            Generating | Starting | Reconnecting | Opening | Live | Polling | NeedsToken
            | Offline | Ended => Step::Stay,
        },
        // Nothing but an answer or the loss of a stable socket is a reason; a handshake is neither.
        PhaseEvent::Again => match from {
            Generating | Starting | Reconnecting | Live => Step::Ask,
            Opening | Waiting | Polling | NeedsToken | Offline | Ended => Step::Stay,
        },
        PhaseEvent::Granted => match from {
            Starting | Reconnecting => Step::Dial,
            Generating | Opening | Live | Waiting | Polling | NeedsToken | Offline | Ended => {
                Step::Stay
            }
        },
        // Who only polls starts a conversation and never asks for the stream of one.
        PhaseEvent::Joined => match from {
            Starting => Step::Ask,
            Generating | Reconnecting | Opening | Live | Waiting | Polling | NeedsToken
            | Offline | Ended => Step::Stay,
        },
        PhaseEvent::Failed => match from {
            Generating | Starting | Reconnecting | Opening | Live => Step::Wait,
            Waiting | Polling | NeedsToken | Offline | Ended => Step::Stay,
        },
        // An open socket needs no credential, and a request under way will say for itself.
        PhaseEvent::Exhausted => match from {
            Waiting | Polling => Step::AwaitToken,
            Generating | Starting | Reconnecting | Opening | Live | NeedsToken | Offline
            | Ended => Step::Stay,
        },
        PhaseEvent::Opened => match from {
            Opening => Step::GoLive,
            Generating | Starting | Reconnecting | Live | Waiting | Polling | NeedsToken
            | Offline | Ended => Step::Stay,
        },
        PhaseEvent::Woke => match from {
            Generating | Starting | Reconnecting | Opening | Live | Waiting => Step::Ask,
            Polling | NeedsToken | Offline | Ended => Step::Stay,
        },
        PhaseEvent::Down => match from {
            Generating | Starting | Reconnecting | Opening | Live | Waiting | Polling => Step::Rest,
            NeedsToken | Offline | Ended => Step::Stay,
        },
        PhaseEvent::Up => match from {
            Offline => Step::Ask,
            Generating | Starting | Reconnecting | Opening | Live | Waiting | Polling
            | NeedsToken | Ended => Step::Stay,
        },
        PhaseEvent::Supplied => match from {
            NeedsToken => Step::Ask,
            Generating | Starting | Reconnecting | Opening | Live | Waiting | Polling | Offline
            | Ended => Step::Stay,
        },
        PhaseEvent::Finished => match from {
            Generating | Starting | Reconnecting | Opening | Live | Waiting | Polling
            | NeedsToken | Offline => Step::End,
            Ended => Step::Stay,
        },
    }
}

/// What a session knows when it is about to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Facts {
    pub(crate) is_online: bool,
    /// The credential that the next request would carry.
    pub(crate) bearer: Bearer,
    pub(crate) has_conversation: bool,
    /// Whether a token has to be generated before a conversation is started.
    pub(crate) generates: bool,
    pub(crate) wants_socket: bool,
}

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Bearer {
    Nothing,
    Secret,
    Token,
}

/// What to do when a step says [`Step::Ask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Plan {
    Send(Ask),
    Poll,
    AwaitToken,
    Rest,
}

/// The next request, or why there is none.
pub(crate) const fn plan(facts: Facts) -> Plan {
    if !facts.is_online {
        return Plan::Rest;
    }
    match (facts.bearer, facts.has_conversation) {
        (Bearer::Nothing, _) => Plan::AwaitToken,
        (Bearer::Secret | Bearer::Token, true) if facts.wants_socket => Plan::Send(Ask::Reconnect),
        (Bearer::Secret | Bearer::Token, true) => Plan::Poll,
        (Bearer::Secret, false) if facts.generates => Plan::Send(Ask::Generate),
        (Bearer::Secret | Bearer::Token, false) => Plan::Send(Ask::Start),
    }
}

impl Phase {
    pub(crate) const fn node(self) -> Node {
        match self {
            Phase::Asking(asking) => match asking.what {
                Ask::Generate => Node::Generating,
                Ask::Start => Node::Starting,
                Ask::Reconnect => Node::Reconnecting,
            },
            Phase::Opening { .. } => Node::Opening,
            Phase::Live(_) => Node::Live,
            Phase::Waiting { .. } => Node::Waiting,
            Phase::Polling => Node::Polling,
            Phase::NeedsToken { .. } => Node::NeedsToken,
            Phase::Offline { .. } => Node::Offline,
            Phase::Ended => Node::Ended,
        }
    }

    /// The request under way, if it is `request`.
    pub(crate) fn asking(self, request: RequestId) -> Option<Asking> {
        match self {
            Phase::Asking(asking) if asking.request == request => Some(asking),
            _ => None,
        }
    }

    /// What the request under way carries.
    pub(crate) fn bearer(self) -> Option<BearerId> {
        match self {
            Phase::Asking(asking) => Some(asking.bearer),
            _ => None,
        }
    }

    /// Something came on the open socket.
    pub(crate) fn hear(&mut self, now: Moment) {
        if let Phase::Live(live) = self {
            live.heard = now;
        }
    }

    /// The peer of the open socket has shown that its silence means something.
    pub(crate) fn trust_silence(&mut self) {
        if let Phase::Live(live) = self {
            live.answers = true;
        }
    }

    /// The socket being opened or open.
    pub(crate) const fn socket(self) -> Option<SocketId> {
        match self {
            Phase::Opening { socket, .. } | Phase::Live(Live { socket, .. }) => Some(socket),
            Phase::Asking(_)
            | Phase::Waiting { .. }
            | Phase::Polling
            | Phase::NeedsToken { .. }
            | Phase::Offline { .. }
            | Phase::Ended => None,
        }
    }
}

#[cfg(test)]
mod tests;
