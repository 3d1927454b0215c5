//! Why a request is refused; how that is worded is up to the profile.

/// A request that gets no answer of the kind it asked for.
#[derive(Debug)]
pub(crate) enum Denial {
    Refused(Refusal),
    /// It is never answered.
    Silence,
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Denial::Refused(refusal)
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownRoute,
    /// With the methods that there are.
    UnknownMethod(String),
    MissingCredential,
    UnknownCredential,
    ExpiredToken,
    /// A token for another conversation.
    ForeignToken,
    UnknownConversation,
    MissingUser,
    /// A page of an origin that may not use the service.
    ForeignOrigin,
    UnknownWatermark,
    /// A body that can't be read.
    Malformed(&'static str),
    /// An activity that can't be accepted.
    Unacceptable(&'static str),
    TooLarge(&'static str),
    /// The bot has failed.
    BotFailed,
    /// The bot took too long.
    BotLate,
    /// Not a WebSocket handshake.
    NoHandshake,
    /// A stream URL that is used up, foreign or too old.
    StaleStreamUrl,
    /// The server has no sockets.
    NoStream,
    /// Writing to the conversation's socket has failed.
    BrokenSocket,
    UnknownAttachment,
}

/// Status, code and message in the words of the real service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

impl Refusal {
    /// What an `Allow` header says.
    pub(crate) fn allowed_methods(&self) -> Option<&str> {
        if let Refusal::UnknownMethod(allowed) = self { Some(allowed) } else { None }
    }

    pub(crate) fn words(&self) -> Words {
        let (status, code, message) = match self {
            Refusal::UnknownRoute => (404, "BadArgument", "There is no such route"),
            Refusal::UnknownMethod(_) => (405, "BadArgument", "This route has no such method"),
            Refusal::MissingCredential => (401, "BadArgument", "Missing token or secret"),
            Refusal::UnknownCredential => (403, "BadArgument", "Invalid token or secret"),
            Refusal::ExpiredToken => (403, "TokenExpired", "Token has expired"),
            Refusal::ForeignToken => (403, "BadArgument", "Token not valid for this conversation"),
            Refusal::UnknownConversation => (404, "BadArgument", "Unknown conversation"),
            Refusal::MissingUser => (400, "MissingProperty", "Missing user ID"),
            Refusal::ForeignOrigin => (403, "BadArgument", "Pages of this origin are not served"),
            Refusal::UnknownWatermark => (400, "BadArgument", "Invalid watermark"),
            Refusal::Malformed(message) => (400, "BadSyntax", *message),
            Refusal::Unacceptable(message) => (400, "BadArgument", *message),
            Refusal::TooLarge(message) => (413, "MessageSizeTooBig", *message),
            Refusal::BotFailed => (502, "BotRejectedActivity", BOT_FAILED),
            Refusal::BotLate => (502, "BotError", BOT_LATE),
            Refusal::NoHandshake => (400, "BadArgument", NO_HANDSHAKE),
            Refusal::StaleStreamUrl => (403, "BadArgument", "Invalid or expired stream URL"),
            Refusal::NoStream => (501, "ServiceError", "Not implemented"),
            Refusal::BrokenSocket => (500, "ServiceError", "The socket is broken"),
            Refusal::UnknownAttachment => (404, "BadArgument", "There is no such attachment"),
        };
        Words { status, code, message }
    }
}

const BOT_FAILED: &str = "Failed to send activity: bot returned an error";
const BOT_LATE: &str = "Failed to send activity: bot timed out";
const NO_HANDSHAKE: &str = "Only a WebSocket handshake is served here";
