//! What can go wrong: every fault the testbed can make, and where each of them makes sense.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::plan::answer::Answer;
use crate::plan::choice::{Choice, name_of};
use crate::plan::occasion::Occasion;

/// One thing that the service does wrong.
///
/// No fault swallows an activity for good: what was recorded comes again when the client asks for
/// it with the last watermark it was given. The exceptions are [`Fault::Garbage`] with `instead`,
/// whose loss a client notices only if it treats an unreadable frame as a gap, and a
/// [`Fault::Patch`] that tampers with watermarks or activities.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Fault {
    /// Closes the WebSocket with a close frame of this code and reason.
    Close {
        /// The close code, 1000 to 4999.
        code: u16,
        /// The close reason, at most 123 bytes.
        reason: String,
        /// Whether the frame that met the fault is still sent.
        when: When,
    },
    /// Closes the WebSocket with the reason `collision`, as if another client had connected.
    Collision {
        /// Whether the frame that met the fault is still sent.
        when: When,
    },
    /// Closes the TCP connection in an orderly way, without a close frame or an answer.
    Drop {
        /// Whether the frame is still sent, or the request still handled.
        when: When,
    },
    /// Resets the TCP connection.
    Reset {
        /// Whether the frame is still sent, or the request still handled.
        when: When,
    },
    /// Keeps the TCP connection up until the testbed stops, but delivers and reads nothing on it
    /// any more.
    HalfOpen {
        /// Whether the frame that met the fault is still sent.
        when: When,
    },
    /// Never answers the request.
    Hang {
        /// Whether the request is handled first.
        when: When,
    },
    /// Sends about half of the frame or of the answer's body, then closes the TCP connection.
    Cut,
    /// Waits before the request is handled, the replay begins or the frame is sent.
    Delay {
        /// How long, in milliseconds, at most 600,000.
        delay_ms: u64,
    },
    /// Answers the request with this instead of the real answer.
    Answer(Answer),
    /// Changes top-level members of the real answer or frame.
    Patch {
        /// Members to add or to replace.
        set: Map<String, Value>,
        /// Members to leave out.
        remove: Vec<String>,
    },
    /// Spoils the stream URL of a start or reconnect answer.
    StreamUrl {
        /// What is wrong with it.
        value: UrlFlaw,
    },
    /// Names another conversation in the answer.
    WrongConversation,
    /// Gives out a stream URL that replays the whole history, whatever watermark was asked for.
    ReplayAll,
    /// Answers 400 `BadArgument` to a request that carries a watermark; lets others pass.
    RefuseWatermark,
    /// Spoils the watermark of a frame or of a page of activities.
    Watermark {
        /// What is wrong with it.
        value: WatermarkFlaw,
    },
    /// Sends a frame that is no activity set, just before the real one.
    Garbage {
        /// What the frame holds.
        value: GarbageKind,
        /// Leaves the real frame out. Its activities come again by replay from the watermark
        /// before it, but the frames that follow carry newer watermarks.
        instead: bool,
    },
    /// Sends the frame as a binary message that holds the same bytes.
    Binary,
    /// Puts a `null` and a number among the activities of a frame or a page.
    BadElement,
    /// Sends the frame twice.
    Twice,
    /// Sends the frame after the one that follows it.
    ///
    /// The frame that overtakes carries the watermark from before both, so that nothing is lost
    /// when the socket dies between the two.
    Swap {
        /// How long to wait for a following frame, in milliseconds; then the frame goes out.
        delay_ms: u64,
    },
    /// Makes every token handed out so far an expired one.
    ExpireTokens,
    /// Restarts the numbering of the conversation's activity ids and watermarks at 0.
    Renumber,
    /// Lets the bot end the conversation, once per conversation.
    EndConversation,
}

impl Fault {
    /// The kind of this fault, without its fields.
    pub fn kind(&self) -> FaultKind {
        match self {
            Fault::Close { .. } => FaultKind::Close,
            Fault::Collision { .. } => FaultKind::Collision,
            Fault::Drop { .. } => FaultKind::Drop,
            Fault::Reset { .. } => FaultKind::Reset,
            Fault::HalfOpen { .. } => FaultKind::HalfOpen,
            Fault::Hang { .. } => FaultKind::Hang,
            Fault::Cut => FaultKind::Cut,
            Fault::Delay { .. } => FaultKind::Delay,
            Fault::Answer(_) => FaultKind::Answer,
            Fault::Patch { .. } => FaultKind::Patch,
            Fault::StreamUrl { .. } => FaultKind::StreamUrl,
            Fault::WrongConversation => FaultKind::WrongConversation,
            Fault::ReplayAll => FaultKind::ReplayAll,
            Fault::RefuseWatermark => FaultKind::RefuseWatermark,
            Fault::Watermark { .. } => FaultKind::Watermark,
            Fault::Garbage { .. } => FaultKind::Garbage,
            Fault::Binary => FaultKind::Binary,
            Fault::BadElement => FaultKind::BadElement,
            Fault::Twice => FaultKind::Twice,
            Fault::Swap { .. } => FaultKind::Swap,
            Fault::ExpireTokens => FaultKind::ExpireTokens,
            Fault::Renumber => FaultKind::Renumber,
            Fault::EndConversation => FaultKind::EndConversation,
        }
    }
}

/// The name of a [`Fault`] in a plan's `do`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each one is described at the fault it names")]
pub enum FaultKind {
    Close,
    Collision,
    Drop,
    Reset,
    HalfOpen,
    Hang,
    Cut,
    Delay,
    Answer,
    Patch,
    StreamUrl,
    WrongConversation,
    ReplayAll,
    RefuseWatermark,
    Watermark,
    Garbage,
    Binary,
    BadElement,
    Twice,
    Swap,
    ExpireTokens,
    Renumber,
    EndConversation,
}

impl FaultKind {
    /// The occasions on which this kind of fault can fire.
    pub fn occasions(self) -> &'static [Occasion] {
        match self {
            FaultKind::Close | FaultKind::Collision | FaultKind::HalfOpen => SOCKET,
            FaultKind::Drop | FaultKind::Reset | FaultKind::Delay | FaultKind::ExpireTokens => ALL,
            FaultKind::Hang | FaultKind::Answer => REQUESTS,
            FaultKind::Cut => BODIES_AND_FRAMES,
            FaultKind::Patch => BODIES_AND_FRAMES,
            FaultKind::StreamUrl | FaultKind::ReplayAll => URLS,
            FaultKind::WrongConversation => CONVERSATION_ANSWERS,
            FaultKind::RefuseWatermark => &[Occasion::Reconnect, Occasion::Activities],
            FaultKind::Watermark | FaultKind::BadElement => SETS,
            FaultKind::Garbage | FaultKind::Binary | FaultKind::Twice | FaultKind::Swap => FRAME,
            FaultKind::Renumber | FaultKind::EndConversation => INSIDE_A_CONVERSATION,
        }
    }
}

impl Choice for FaultKind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("close", FaultKind::Close),
        ("collision", FaultKind::Collision),
        ("drop", FaultKind::Drop),
        ("reset", FaultKind::Reset),
        ("half_open", FaultKind::HalfOpen),
        ("hang", FaultKind::Hang),
        ("cut", FaultKind::Cut),
        ("delay", FaultKind::Delay),
        ("answer", FaultKind::Answer),
        ("patch", FaultKind::Patch),
        ("stream_url", FaultKind::StreamUrl),
        ("wrong_conversation", FaultKind::WrongConversation),
        ("replay_all", FaultKind::ReplayAll),
        ("refuse_watermark", FaultKind::RefuseWatermark),
        ("watermark", FaultKind::Watermark),
        ("garbage", FaultKind::Garbage),
        ("binary", FaultKind::Binary),
        ("bad_element", FaultKind::BadElement),
        ("twice", FaultKind::Twice),
        ("swap", FaultKind::Swap),
        ("expire_tokens", FaultKind::ExpireTokens),
        ("renumber", FaultKind::Renumber),
        ("end_conversation", FaultKind::EndConversation),
    ];
}

impl fmt::Display for FaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(name_of(*self))
    }
}

/// Whether a fault comes before or after the thing that it is bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The frame isn't sent on this socket, the request isn't handled.
    #[default]
    Before,
    /// The frame is sent first; the request is handled, but its answer gets lost.
    After,
}

impl Choice for When {
    const ALL: &'static [(&'static str, Self)] =
        &[("before", When::Before), ("after", When::After)];
}

/// What is wrong with a stream URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlFlaw {
    /// An empty text.
    Empty,
    /// `null`.
    Null,
    /// No such member.
    Missing,
    /// A URL whose lifetime is over already.
    Expired,
    /// `&amp;` between the parameters; usable once that is undone.
    Escaped,
    /// The scheme `https` instead of `ws`.
    Https,
    /// The scheme `http` instead of `ws`; usable once that is undone.
    Http,
    /// Only a path and a query; usable once resolved against the base.
    Relative,
}

impl Choice for UrlFlaw {
    const ALL: &'static [(&'static str, Self)] = &[
        ("empty", UrlFlaw::Empty),
        ("null", UrlFlaw::Null),
        ("missing", UrlFlaw::Missing),
        ("expired", UrlFlaw::Expired),
        ("escaped", UrlFlaw::Escaped),
        ("https", UrlFlaw::Https),
        ("http", UrlFlaw::Http),
        ("relative", UrlFlaw::Relative),
    ];
}

/// What is wrong with a watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkFlaw {
    /// `null`.
    Null,
    /// No such member.
    Missing,
    /// An empty text.
    Empty,
    /// A JSON number instead of a text; with opaque watermarks, which are no numbers, no change.
    Number,
    /// An older watermark than the one before, as when frames overtake each other.
    Falling,
}

impl Choice for WatermarkFlaw {
    const ALL: &'static [(&'static str, Self)] = &[
        ("null", WatermarkFlaw::Null),
        ("missing", WatermarkFlaw::Missing),
        ("empty", WatermarkFlaw::Empty),
        ("number", WatermarkFlaw::Number),
        ("falling", WatermarkFlaw::Falling),
    ];
}

/// What a garbage frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GarbageKind {
    /// Text that is no JSON.
    Invalid,
    /// The first half of the real frame.
    Truncated,
    /// `[]`.
    Array,
    /// `null`.
    Null,
    /// An object of an unknown kind.
    Unknown,
    /// White space.
    Blank,
    /// A watermark of `null` and `null` activities.
    Hollow,
}

impl Choice for GarbageKind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("invalid", GarbageKind::Invalid),
        ("truncated", GarbageKind::Truncated),
        ("array", GarbageKind::Array),
        ("null", GarbageKind::Null),
        ("unknown", GarbageKind::Unknown),
        ("blank", GarbageKind::Blank),
        ("hollow", GarbageKind::Hollow),
    ];
}

const SOCKET: &[Occasion] = &[Occasion::Open, Occasion::Frame];
const FRAME: &[Occasion] = &[Occasion::Frame];
const SETS: &[Occasion] = &[Occasion::Activities, Occasion::Frame];
const URLS: &[Occasion] = &[Occasion::Start, Occasion::Reconnect];
const CONVERSATION_ANSWERS: &[Occasion] =
    &[Occasion::Start, Occasion::Reconnect, Occasion::Generate, Occasion::Refresh];
const INSIDE_A_CONVERSATION: &[Occasion] = &[
    Occasion::Reconnect,
    Occasion::Activities,
    Occasion::Post,
    Occasion::Upload,
    Occasion::Open,
    Occasion::Frame,
];
const BODIES_AND_FRAMES: &[Occasion] = &[
    Occasion::Generate,
    Occasion::Refresh,
    Occasion::Start,
    Occasion::Reconnect,
    Occasion::Activities,
    Occasion::Post,
    Occasion::Upload,
    Occasion::Frame,
];
const REQUESTS: &[Occasion] = &[
    Occasion::Generate,
    Occasion::Refresh,
    Occasion::Start,
    Occasion::Reconnect,
    Occasion::Activities,
    Occasion::Post,
    Occasion::Upload,
    Occasion::Handshake,
];
const ALL: &[Occasion] = &[
    Occasion::Generate,
    Occasion::Refresh,
    Occasion::Start,
    Occasion::Reconnect,
    Occasion::Activities,
    Occasion::Post,
    Occasion::Upload,
    Occasion::Handshake,
    Occasion::Open,
    Occasion::Frame,
];
