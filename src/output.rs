//! OUTPUT: what a session wants done, and what it has to tell.

use serde::{Serialize, Serializer};

use crate::batch::Batch;
use crate::checkpoint::Checkpoint;
use crate::error::{Cause, End, Fault, Gap, Message, Refusal};
use crate::id::{PostKey, RequestId, SocketId};
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::stream_url::StreamUrl;

/// One thing that [`Session::poll`](crate::Session::poll) hands out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "an output that is not acted on stalls the session until a deadline"]
pub enum Output {
    /// Something to do.
    Action(Action),
    /// Something to know.
    Event(Event),
}

/// Something that the host does for the session, without waiting for the result: that comes back
/// as an [`Input`](crate::Input) with the same id.
///
/// Exhaustive on purpose: a host that skips an action it does not know is broken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "an action that is not performed stalls the session until a deadline"]
pub enum Action {
    /// Send this request; follow no redirect.
    Send {
        /// The id its answer must carry.
        request: RequestId,
        /// What to send.
        message: Request,
    },
    /// Nobody waits for this request any more; it may be dropped.
    Cancel {
        /// The request.
        request: RequestId,
    },
    /// Open a WebSocket to this URL, exactly as it stands, with no `Authorization`.
    Open {
        /// The id that everything on it must carry.
        socket: SocketId,
        /// Where to.
        url: StreamUrl,
    },
    /// Send an empty text message and, where the library can, a ping; report the pong.
    Probe {
        /// The socket.
        socket: SocketId,
    },
    /// Close this socket, or abandon its handshake. No answer is awaited.
    Shut {
        /// The socket.
        socket: SocketId,
    },
}

/// Something that the application may want to know; who should do what about each:
///
/// | event | who | what to do |
/// |---|---|---|
/// | [`Status`](Event::Status) | the user interface | show it; nothing depends on it |
/// | [`Joined`](Event::Joined) | whoever stores | note the id: with it alone the conversation can be resumed |
/// | [`Delivered`](Event::Delivered) | the application | take each activity, then store the checkpoint |
/// | [`Checkpoint`](Event::Checkpoint) | whoever stores | store it before the next action is acted on |
/// | [`Posted`](Event::Posted) | the application | mark the post; offer to send again what is refused, unknown or not sent |
/// | [`Gap`](Event::Gap) | the user, the operator | say that something may be missing |
/// | [`NeedsToken`](Event::NeedsToken) | the application | get a token of this conversation, hand it in; nothing goes on before |
/// | [`Faulted`](Event::Faulted) | the operator | log it; the session deals with it |
/// | [`Ended`](Event::Ended) | the application | leave the run loop; [`End`] says whether resuming makes sense |
///
/// It is `Serialize`, for logs: in snake case, with a batch as its count and position, and without
/// any credential, stream URL or text of an activity.
///
/// ```
/// use directline::{Event, Gap, Status};
///
/// let json = |event| serde_json::to_string(&event);
/// assert_eq!(json(Event::Status(Status::Live))?, r#"{"status":"live"}"#);
/// assert_eq!(json(Event::Gap(Gap::EndlessPages))?, r#"{"gap":"endless_pages"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The status is another one now.
    Status(Status),
    /// The conversation has this id; told once, before anything is delivered.
    Joined {
        /// The id, part of every checkpoint.
        conversation: std::sync::Arc<str>,
    },
    /// Activities arrived that were not handed out before.
    Delivered(Batch),
    /// Where to resume from once what follows has been acted on: store it before. Told only where
    /// checkpoints hold posts ([`Builder::with_posts_in_checkpoint`]), before each post that goes
    /// out, so that nobody who resumes sends it again.
    ///
    /// [`Builder::with_posts_in_checkpoint`]: crate::Builder::with_posts_in_checkpoint
    Checkpoint(#[serde(serialize_with = "position")] Checkpoint),
    /// What became of a post. Told once, but for one that was unknown and whose echo is seen.
    Posted {
        /// Which one.
        key: PostKey,
        /// What became of it.
        outcome: PostOutcome,
    },
    /// Activities may be missing, and nothing can be done about it.
    Gap(Gap),
    /// No credential is left: hand in another by [`Input::NewToken`](crate::Input::NewToken).
    /// Told once until one comes, from the host or with an answer that was still under way; nothing
    /// is sent before.
    NeedsToken {
        /// How the last one was refused; `None` when it ran out by the clock.
        refusal: Option<Refusal>,
    },
    /// Something went wrong, and is being dealt with.
    Faulted(Fault),
    /// It is over. Always the last output.
    Ended(End),
}

/// A checkpoint in a log: where it is, and not the posts in it.
fn position<S: Serializer>(checkpoint: &Checkpoint, serializer: S) -> Result<S::Ok, S::Error> {
    checkpoint.position().serialize(serializer)
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PostOutcome {
    /// The service took it, and gave it this id if it gave any.
    Sent {
        /// The activity's id, which its echo on the stream carries too.
        id: Option<Box<str>>,
    },
    /// Nobody knows: the answer got lost, said that the bot failed, or was not the service's. It is
    /// not sent again. If its echo is seen later, [`PostOutcome::Sent`] follows.
    Unknown {
        /// What there was in place of an answer; `None` of a post of the session before, and of one
        /// that was under way when the session ended.
        cause: Option<Cause>,
    },
    /// The service refused it for good; it was not sent.
    Rejected {
        /// The status of the answer.
        status: u16,
        /// The service's words.
        message: Message,
    },
    /// The queue is full; it was not taken.
    QueueFull,
    /// The session ended before it was sent.
    NotSent,
    /// The session ended before it was sent, and the checkpoint holds it: a session that resumes
    /// from there sends it.
    Kept,
}

/// Where a session stands, for a user interface; nothing has to be done about any of them.
///
/// | status | what a user may be shown | what leads on |
/// |---|---|---|
/// | [`Connecting`](Status::Connecting) | "connecting…" | an answer, or its deadline |
/// | [`Live`](Status::Live) | nothing | |
/// | [`Polling`](Status::Polling) | nothing, or "slow connection" | a socket, which is looked for now and then |
/// | [`Waiting`](Status::Waiting) | "reconnecting in 12 s", with a button that hands in [`Input::Woke`](crate::Input::Woke) | time |
/// | [`NeedsToken`](Status::NeedsToken) | "signing in…" | [`Input::NewToken`](crate::Input::NewToken) |
/// | [`Offline`](Status::Offline) | "no network" | [`Input::NetworkUp`](crate::Input::NetworkUp) |
/// | [`Ended`](Status::Ended) | why: [`Event::Ended`] says it | nothing: resume with a new session |
///
/// Posts may be handed in whatever the status but the last; they wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Requests or a handshake are under way.
    Connecting,
    /// A socket is open.
    Live,
    /// There is no socket; activities come by polling.
    Polling,
    /// The next attempt begins at `until`.
    Waiting {
        /// When.
        until: Moment,
    },
    /// A new token is needed.
    NeedsToken,
    /// The host said that the network is down.
    Offline,
    /// The session is over.
    Ended,
}
