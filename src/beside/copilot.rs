//! COPILOT STUDIO: from the token endpoint of an agent to what a session needs.
//!
//! An agent of Copilot Studio (Power Virtual Agents before that) is spoken to by Direct Line, but
//! where, and with which token, has to be asked for first: two requests without a credential,
//! which may be sent at the same time. Follow no redirect with them.
//!
//! ```
//! use directline::copilot::{BaseSource, Conversation, Endpoint};
//! use http::Response;
//!
//! let endpoint = Endpoint::parse(
//!     "https://1234.ab.environment.api.powerplatform.com/powervirtualagents/botsbyschema/\
//!      cr123_agent/directline/token?api-version=2022-03-01-preview",
//! )?;
//! assert_eq!(
//!     endpoint.settings_request().uri(),
//!     "https://1234.ab.environment.api.powerplatform.com/powervirtualagents/\
//!      regionalchannelsettings?api-version=2022-03-01-preview",
//! );
//!
//! // The host sends `token_request` and `settings_request`, and these are the answers.
//! let token = r#"{"token":"ew0KICAiYWxnIjo","expires_in":3600,"conversationId":"FBf9-eu"}"#;
//! let settings =
//!     r#"{"channelUrlsById":{"directline":"https://europe.directline.botframework.com/"}}"#;
//! let answer = |body: &str| Response::new(body.as_bytes().to_vec());
//! let conversation = Conversation::from_answers(answer(token), answer(settings))?;
//!
//! assert_eq!(conversation.id(), Some("FBf9-eu"));
//! assert_eq!(conversation.base_source(), BaseSource::Settings);
//! let config = conversation.builder().with_seed(7).build()?;
//! assert_eq!(config.base(), "https://europe.directline.botframework.com/v3/directline");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Tokens
//!
//! Each answer of the token endpoint belongs to a **new conversation**, so the endpoint cannot
//! renew the token of one that is running. A session refreshes its token by itself while it runs.
//! Once the token has run out and [`Event::NeedsToken`](crate::Event::NeedsToken) comes, do not
//! answer with the endpoint's next token, which is good for another conversation only: begin a new
//! session with it. Nor does the endpoint help to resume from a
//! [`Checkpoint`](crate::Checkpoint); for that, keep the token where you keep secrets.

mod claims;
mod conversation;
mod endpoint;

use std::fmt;

pub use self::conversation::{BaseSource, Conversation};
pub use self::endpoint::Endpoint;
use crate::error::Message;

/// An answer from which no session can begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopilotError {
    /// An error status: 404 for an agent that does not exist or is not published, 429 and 5xx for
    /// trouble that may pass.
    #[error("{asked} was answered with status {status}{message}")]
    Answered {
        /// What was asked.
        asked: Asked,
        /// The status of the answer.
        status: u16,
        /// The server's own words.
        message: Message,
    },
    /// Success, with a body that makes no sense.
    #[error("{asked} was answered with a body that cannot be read")]
    BadBody {
        /// What was asked.
        asked: Asked,
    },
    /// The token is missing, or no header could carry it.
    #[error("the token endpoint gave no token that can be used")]
    NoToken,
    /// The agent is not reached by Direct Line.
    #[error("the channel settings name no Direct Line service")]
    NoBase,
    /// The channel settings name a base to which no token should go.
    #[error("the channel settings name a base that cannot be used{0}")]
    BadBase(Message),
}

/// What an [`Endpoint`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// [`Endpoint::token_request`].
    Token,
    /// [`Endpoint::settings_request`].
    Settings,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::Token => "asking for a token",
            Asked::Settings => "asking for the channel settings",
        })
    }
}
