//! THE STATE GRAPH of a session's connection.
//!
//! Whatever decides where a connection goes is in this file, and this file does not know how to
//! get there: [`step`] says where a signal leads, [`plan`] which request is next.
//! The session carries the step out, and tears the old phase down in one place.
//! README and DESIGN draw it, from `tests/it/tables/golden/edges.txt`, which a test holds to this
//! file.

use crate::id::BearerId;
use crate::time::Moment;
use crate::wire::stream_url::StreamUrl;

/// Where a connection stands; each deadline is in the phase it belongs to. The request or socket of
/// a phase is among the flights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// A request is under way that brings the connection on.
    Asking(Ask),
    /// A handshake is under way, until `by`.
    Opening { by: Moment, catch_up: CatchUp },
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
    /// When it will count as stable; `None` once it does.
    pub(crate) stable_at: Option<Moment>,
    /// When the next probe goes out.
    pub(crate) probe_at: Option<Moment>,
    /// When it was last heard of.
    pub(crate) heard: Moment,
    /// Whether the peer has shown that silence means something.
    pub(crate) answers: bool,
    /// Whether nothing was heard of it since it opened, or since a post went out that was taken.
    pub(crate) is_quiet: bool,
    /// Until when a word of it is in time after the last post that was taken.
    pub(crate) echo_by: Moment,
}

/// A stream URL that can be dialled, until `by`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) url: StreamUrl,
    pub(crate) by: Moment,
    pub(crate) catch_up: CatchUp,
}

/// Why the history is read once a socket is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CatchUp {
    No,
    /// The stream brings what was missed as well, but not the news that it was all, for which
    /// they wait.
    RestoredPosts,
    /// It was asked for without a watermark: what was said before is in the history only.
    History,
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

/// What happened, as far as it matters to the graph, with what it brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The pause is over.
    Elapsed,
    /// What comes before a start is done: a token was generated, or none can be.
    Prepared,
    /// Things have changed so that the next request is worth sending at once: another credential is
    /// left, a watermark was dropped, a stable socket was lost.
    Again,
    /// The answer brought a stream URL that can be dialled.
    Granted(Offer),
    /// The answer joined the conversation, and no socket is wanted: polling is next.
    Joined,
    /// The request, the handshake or the socket failed; not again before `until`.
    Failed { until: Moment },
    /// The same, and no credential is left to try again with.
    Stranded,
    /// No credential is left.
    Exhausted,
    /// The handshake is done.
    Opened(Live),
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

/// Where a signal leads, with what it takes to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Do what [`plan`] says.
    Ask,
    /// The same because the host wants it, and so not within the floor of the request before.
    AskForHost,
    /// The same right behind the request for a token, which may not live until the pace allows.
    AskBehind,
    /// Open this socket.
    Dial(Offer),
    /// The socket is open.
    GoLive(Live),
    /// Pause, then ask.
    Wait { until: Moment },
    /// Wait for a token.
    AwaitToken,
    /// Wait for the network.
    Rest,
    /// Stop for good.
    End,
}

/// THE GRAPH: a signal, the nodes that heed it, and where it leads. Anywhere else it means nothing.
#[rustfmt::skip]
pub(crate) fn step(from: Node, signal: Signal) -> Option<Step> {
    use Node::{Generating, Live, NeedsToken, Offline, Opening, Polling, Reconnecting, Starting, Waiting};
    let (heed, step): (&[Node], Step) = match signal {
        Signal::Elapsed => (&[Waiting], Step::Ask),
        // Nothing but an answer or the loss of a stable socket is a reason; a handshake is neither.
        Signal::Again => (&[Starting, Reconnecting, Live], Step::Ask),
        Signal::Prepared => (&[Generating], Step::AskBehind),
        Signal::Granted(offer) => (&[Starting, Reconnecting], Step::Dial(offer)),
        // Who only polls starts a conversation and never asks for the stream of one.
        Signal::Joined => (&[Starting], Step::Ask),
        Signal::Failed { until } =>
            (&[Generating, Starting, Reconnecting, Opening, Live], Step::Wait { until }),
        Signal::Stranded =>
            (&[Generating, Starting, Reconnecting, Opening, Live], Step::AwaitToken),
        // An open socket needs no credential, and a request under way will say for itself.
        Signal::Exhausted => (&[Waiting, Polling], Step::AwaitToken),
        Signal::Opened(live) => (&[Opening], Step::GoLive(live)),
        Signal::Woke =>
            (&[Generating, Starting, Reconnecting, Opening, Live, Waiting], Step::AskForHost),
        Signal::Down =>
            (&[Generating, Starting, Reconnecting, Opening, Live, Waiting, Polling], Step::Rest),
        Signal::Up => (&[Offline], Step::AskForHost),
        Signal::Supplied => (&[NeedsToken], Step::Ask),
        Signal::Finished =>
            (&[Generating, Starting, Reconnecting, Opening, Live, Waiting, Polling, NeedsToken,
               Offline], Step::End),
    };
    heed.contains(&from).then_some(step)
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
    /// Whether it is too soon for another request for a connection.
    pub(crate) is_early: bool,
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
    /// Wait until it is time to send something.
    Wait,
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
        (Bearer::Secret | Bearer::Token, true) if !facts.wants_socket => Plan::Poll,
        (Bearer::Secret | Bearer::Token, _) if facts.is_early => Plan::Wait,
        (Bearer::Secret | Bearer::Token, true) => Plan::Send(Ask::Reconnect),
        (Bearer::Secret, false) if facts.generates => Plan::Send(Ask::Generate),
        (Bearer::Secret | Bearer::Token, false) => Plan::Send(Ask::Start),
    }
}

impl Phase {
    pub(crate) const fn node(self) -> Node {
        match self {
            Phase::Asking(Ask::Generate) => Node::Generating,
            Phase::Asking(Ask::Start) => Node::Starting,
            Phase::Asking(Ask::Reconnect) => Node::Reconnecting,
            Phase::Opening { .. } => Node::Opening,
            Phase::Live(_) => Node::Live,
            Phase::Waiting { .. } => Node::Waiting,
            Phase::Polling => Node::Polling,
            Phase::NeedsToken { .. } => Node::NeedsToken,
            Phase::Offline { .. } => Node::Offline,
            Phase::Ended => Node::Ended,
        }
    }

    /// Whether anything is sent in this phase: those that send are those of a network that is up.
    pub(crate) const fn sends(self) -> bool {
        !matches!(self, Phase::NeedsToken { .. } | Phase::Offline { .. } | Phase::Ended)
    }
}

impl Signal {
    /// Its name in the reviewed tables.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Signal::Elapsed => "Elapsed",
            Signal::Prepared => "Prepared",
            Signal::Again => "Again",
            Signal::Granted(_) => "Granted",
            Signal::Joined => "Joined",
            Signal::Failed { .. } => "Failed",
            Signal::Stranded => "Stranded",
            Signal::Exhausted => "Exhausted",
            Signal::Opened(_) => "Opened",
            Signal::Woke => "Woke",
            Signal::Down => "Down",
            Signal::Up => "Up",
            Signal::Supplied => "Supplied",
            Signal::Finished => "Finished",
        }
    }
}

impl Bearer {
    /// The kind of what a request would carry.
    pub(crate) fn of(bearer: Option<BearerId>) -> Bearer {
        match bearer {
            None => Bearer::Nothing,
            Some(BearerId::SECRET) => Bearer::Secret,
            Some(_) => Bearer::Token,
        }
    }
}

#[cfg(test)]
mod tests;
