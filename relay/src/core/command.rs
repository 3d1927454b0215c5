//! CONTROL: what may be asked of a host, and what it answers, in JSON with a version.

use directline::{Checkpoint, Token};
use serde::{Deserialize, Serialize};

use super::entry::VERSION;
use super::name::{HostName, Name};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Have a conversation from now on. Any host may answer. Where it runs already, nothing happens.
    Start {
        /// Which.
        conversation: Name,
        /// Where to resume; a new conversation where there is none.
        from: Option<Checkpoint>,
    },
    /// End a conversation. Any host may answer.
    End {
        /// Which.
        conversation: Name,
    },
    /// Hand a conversation a token. Its owner answers; where there is none, whose it would be.
    Token {
        /// Which.
        conversation: Name,
        /// What with; kept nowhere.
        token: Token,
    },
    /// How a conversation is. Its owner answers; where there is none, whose it would be.
    Status {
        /// Which.
        conversation: Name,
    },
}

/// Who answers a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One host, whichever.
    Any,
    /// The owner, so that all must hear it.
    Owner,
}

impl Command {
    /// Whom it has to reach.
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self {
            Command::Start { .. } | Command::End { .. } => Audience::Any,
            Command::Token { .. } | Command::Status { .. } => Audience::Owner,
        }
    }

    /// Which conversation it is about.
    #[must_use]
    pub fn conversation(&self) -> &Name {
        match self {
            Command::Start { conversation, .. }
            | Command::End { conversation }
            | Command::Token { conversation, .. }
            | Command::Status { conversation } => conversation,
        }
    }

    /// Reads a command: `{"version":1,"command":"start","conversation":"…"}`, with `from`, a
    /// checkpoint, or `token`, its text.
    ///
    /// # Errors
    ///
    /// When it is none; the text says what is wrong, and shows nothing of a token.
    pub fn from_json(json: &str) -> Result<Command, String> {
        let written: Written = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if written.version != VERSION {
            return Err(format!("version is {}, allowed is {VERSION}", written.version));
        }
        let conversation = written.conversation;
        Ok(match written.command {
            Verb::Start => Command::Start { conversation, from: written.from },
            Verb::End => Command::End { conversation },
            Verb::Status => Command::Status { conversation },
            Verb::Token => {
                let text = written.token.ok_or("token is missing")?;
                let token = Token::new(text).map_err(|error| error.to_string())?;
                Command::Token { conversation, token }
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    command: Verb,
    conversation: Name,
    #[serde(default)]
    from: Option<Checkpoint>,
    #[serde(default)]
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Start,
    End,
    Token,
    Status,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It is so, and stays so whoever crashes.
    Done,
    /// It is not, for this reason.
    Refused(String),
    /// How a conversation is.
    Status(Status),
}

/// How a conversation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// Which.
    pub conversation: Name,
    /// Who owns it.
    pub host: HostName,
    /// Under which epoch.
    pub epoch: u64,
    /// What it is at.
    pub stage: Stage,
    /// Why it is over, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many activities are on the stream for good.
    pub position: u64,
    /// How many are delivered, and not on it yet.
    pub waiting: usize,
}

/// What a conversation is at, in its owner's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its record is read and signed, or it waits for its turn to begin.
    Taking,
    /// A credential is awaited.
    Asking,
    /// A session runs.
    Running,
    /// It is being handed to another host.
    Leaving,
    /// It is over; its posts are refused.
    Over,
}
