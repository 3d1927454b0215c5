//! What a profile consists of: values that the rest asks for, and small functions it calls.

use std::time::Duration;

use serde_json::Value;

use crate::http::reply::Reply;
use crate::log::CredentialKind;
use crate::plan::occasion::Occasion;
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::Methods;

/// Everything in which the servers differ.
pub(crate) struct Traits {
    /// The path below which a client finds the routes.
    pub(crate) mount: &'static str,
    /// The methods of a path, which comes in segments; `None` if there is no such route.
    pub(crate) routes: fn(&[&str]) -> Option<Methods>,
    pub(crate) credentials: CredentialRule,
    pub(crate) generation: Generation,
    pub(crate) tokens: TokenStyle,
    pub(crate) expiry: Expiry,
    /// True if only a token that names a user can start; the body isn't read then.
    pub(crate) needs_user: bool,
    /// The status of a start, by whether the conversation is new and by what the bot answered.
    pub(crate) start_status: fn(bool, u16) -> u16,
    /// What else the answer to a start says.
    pub(crate) start_extras: &'static [(&'static str, &'static str)],
    pub(crate) stream_url: StreamUrlStyle,
    pub(crate) stream: StreamTraits,
    pub(crate) paging: Paging,
    pub(crate) ids: Ids,
    /// How long after its last activity a conversation is forgotten.
    pub(crate) idle_lifetime: Option<Duration>,
    /// The answer to a post, by what became of it at the bot and by its id.
    pub(crate) conclude_turn: fn(BotOutcome, &str) -> Result<Reply, Denial>,
    /// The words of a refusal; on which occasion, if it is one that rules can be bound to.
    pub(crate) refuse: fn(&Refusal, Option<Occasion>) -> Reply,
}

/// Whom the routes let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialRule {
    /// The secret, or a token for its own conversation.
    SecretOrToken,
    /// A token for its own conversation; there is no secret.
    TokenOnly,
    /// Everyone; but a token still says which conversation to start.
    HintOnly,
    /// Everyone, and nobody looks.
    Ignored,
}

impl CredentialRule {
    pub(crate) fn is_checked(self) -> bool {
        match self {
            CredentialRule::SecretOrToken | CredentialRule::TokenOnly => true,
            CredentialRule::HintOnly | CredentialRule::Ignored => false,
        }
    }
}

/// How a token is generated, where there is a route for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// The secret asks for it, perhaps for a `user`.
    BySecret,
    /// A `userId` asks for it with a `password` that nobody checks.
    ByUser,
}

/// The `token` of an answer.
#[derive(Clone, Copy)]
pub(crate) enum TokenStyle {
    /// One that was minted for the conversation.
    Minted,
    /// At the start what the function makes of the credential and of the bot's own id, later the
    /// conversation's id.
    Nominal(fn(CredentialKind, String) -> Option<Value>),
    /// There is none.
    Absent,
}

/// How long a token is valid, and how answers tell it.
pub(crate) struct Expiry {
    /// The name of the member that tells it in seconds.
    pub(crate) member: &'static str,
    /// The server's own lifetime; `None` for the one of the options.
    pub(crate) lifetime: Option<Duration>,
}

/// The `streamUrl` of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamUrlStyle {
    /// For one dial, with the watermark after which the replay begins.
    Watermarked,
    /// Without a watermark, for any number of dials as long as it is valid.
    Plain,
    /// An empty text.
    Empty,
    /// There is none.
    Absent,
}

/// What the sockets of a server do.
pub(crate) struct StreamTraits {
    pub(crate) opening: Opening,
    pub(crate) frame_watermark: FrameWatermark,
    /// True if every live frame holds a single activity.
    pub(crate) one_by_one: bool,
    pub(crate) second_socket: SecondSocket,
    /// Whether sockets get what the bot says without being asked.
    pub(crate) pushes_proactive: bool,
    pub(crate) sends_empty_messages: bool,
    /// Whether anything that clients send is looked at, close frames and pings included.
    pub(crate) reads: bool,
}

/// What a socket gets when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// What follows the watermark of its stream URL.
    FromWatermark,
    /// What was said since the last socket closed.
    Queued,
    /// All that was ever said, in one set.
    WholeHistory,
}

/// The watermark of a live frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameWatermark {
    /// The one that covers the frame.
    Covering,
    /// There is none.
    Absent,
    /// The number 0; but the whole history comes with the count of its activities.
    Zero,
}

/// What becomes of a second socket of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondSocket {
    /// One of the two is closed with the reason `collision`.
    Collides,
    /// Its handshake is never answered while the first one lives.
    Unanswered,
    /// It opens and never gets anything: the first one is served for ever, even when it is gone.
    Silent,
}

/// What the watermarks of pages mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// A text that stands for the newest activity that the client has; pages are limited and leave
    /// out typing.
    Watermarks,
    /// A number of activities to skip; a page holds all the others, typing included.
    Counts(Counts),
}

/// What a server that counts activities makes of a watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// True if the answer to something that isn't a number is nothing and `null`; otherwise it
    /// counts as 0.
    pub(crate) answers_null: bool,
    /// True if what a request skips is gone for ever. The answer tells the next index then;
    /// otherwise it is never less than what was asked.
    pub(crate) prunes: bool,
}

/// What ids look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Those of activities hold the conversation's and a number.
    Numbered,
    /// GUIDs for all.
    Guids,
}

/// What became of an activity at the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BotOutcome {
    /// It was answered with this status.
    Answered(u16),
    /// It took longer than the server waits.
    Late,
}

impl BotOutcome {
    /// The status of a bot that got on with it.
    pub(crate) fn success(self) -> Option<u16> {
        match self {
            BotOutcome::Answered(status) if is_success(status) => Some(status),
            BotOutcome::Answered(_) | BotOutcome::Late => None,
        }
    }
}

/// Whether a status says that all went well.
pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}
