//! ERRORS: one type per reader. The developer reads [`ConfigError`] and [`Misuse`], the operator
//! reads [`Fault`], the application reads [`End`].

mod end;
mod fault;

pub use end::{End, Message};
pub use fault::{Cause, Fault, Gap, Loss, Next, Purpose, Refusal};

use crate::id::{PostKey, RequestId, SocketId};

/// A setting that is not allowed: which one, what it was, what it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, allowed is {allowed}")]
pub struct ConfigError {
    field: &'static str,
    value: String,
    allowed: String,
}

impl ConfigError {
    pub(crate) fn new(
        field: &'static str,
        value: impl Into<String>,
        allowed: impl Into<String>,
    ) -> ConfigError {
        ConfigError { field, value: value.into(), allowed: allowed.into() }
    }

    /// The name of the setting, such as `backoff.max`.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field
    }
}

/// A call that the host should not have made; findable by reading its code, never caused by what
/// the network sent. The session has not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// An answer to a request that this session never asked for.
    #[error("request {} was never issued by this session", .0.as_u64())]
    UnknownRequest(RequestId),
    /// News of a socket that this session never asked for.
    #[error("socket {} was never opened by this session", .0.as_u64())]
    UnknownSocket(SocketId),
    /// A key that names a post which is still waiting.
    #[error("a post with key {} is still waiting", .0.0)]
    KeyInUse(PostKey),
    /// A post that is no JSON object or too big for the service.
    #[error("post {} is {value}, allowed is {allowed}", .key.0)]
    BadPost {
        /// The key it was given.
        key: PostKey,
        /// What it was.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A token that the service has just refused.
    #[error("this token was refused before; a different one is needed")]
    TokenRefusedBefore,
    /// A post or a token for a session that has ended; nothing would come of it.
    #[error("the session has ended")]
    Ended,
}
