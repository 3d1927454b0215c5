//! What the routes share: who may do it, and what answers look like.

use serde_json::{Map, Value, json};

use crate::http::Request;
use crate::http::reply::Reply;
use crate::service::State;
use crate::service::activity::Activity;
use crate::service::credentials::{Credential, Token};

/// On whose behalf a request is made.
pub(crate) enum Access {
    Secret,
    Token(Token),
}

impl Access {
    /// The user that the token is bound to.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Access::Secret => None,
            Access::Token(token) => token.user.as_deref(),
        }
    }
}

impl State {
    /// Any good credential, or the refusal.
    pub(crate) fn authorise(&self, request: &Request) -> Result<Access, Reply> {
        match self.recognise(request.header("authorization").as_deref()) {
            Credential::Secret => Ok(Access::Secret),
            Credential::Token(token) => Ok(Access::Token(token)),
            Credential::Missing => Err(Reply::error(401, "BadArgument", "Missing token or secret")),
            Credential::Expired => Err(Reply::error(403, "TokenExpired", "Token has expired")),
            Credential::Unknown => Err(Reply::error(403, "BadArgument", "Invalid token or secret")),
        }
    }

    /// A credential that is good for this conversation, which has to exist, or the refusal.
    pub(crate) fn admit(&self, request: &Request, conversation: &str) -> Result<Access, Reply> {
        let access = self.authorise(request)?;
        if let Access::Token(token) = &access {
            if token.conversation != conversation {
                let message = "Token not valid for this conversation";
                return Err(Reply::error(403, "BadArgument", message));
            }
        }
        if !self.conversations.contains_key(conversation) {
            return Err(Reply::error(404, "BadArgument", "Unknown conversation"));
        }
        Ok(access)
    }

    /// The host and port that URLs handed to this client lead to.
    ///
    /// A service that listens on every address of the machine doesn't know which one is meant;
    /// the client has just shown that it does.
    pub(crate) fn authority(&self, request: &Request) -> String {
        match request.header("host") {
            Some(host) if self.address.ip().is_unspecified() => host.into_owned(),
            Some(_) | None => self.address.to_string(),
        }
    }

    /// The part that all answers with a token have in common.
    pub(crate) fn token_answer(
        &mut self,
        conversation: &str,
        user: Option<&str>,
        wrong_conversation: bool,
    ) -> Map<String, Value> {
        let token = self.mint_token(conversation, user);
        let mut answer = Map::new();
        let named =
            if wrong_conversation { self.names.word(22) } else { String::from(conversation) };
        answer.insert(String::from("conversationId"), json!(named));
        answer.insert(String::from("token"), json!(token));
        answer.insert(String::from("expires_in"), json!(self.token_seconds()));
        answer
    }
}

/// The `user.id` of an optional body, or the refusal of a body that is no JSON object.
pub(crate) fn read_user(body: &[u8]) -> Result<Option<String>, Reply> {
    let text = String::from_utf8_lossy(body);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let parameters = Activity::parse(&text)
        .ok_or_else(|| Reply::error(400, "BadSyntax", "The body is not a JSON object"))?;
    Ok(parameters.object("user").and_then(|user| user.text("id")).filter(|id| !id.is_empty()))
}

/// An answer with this object.
pub(crate) fn object_reply(status: u16, object: Map<String, Value>) -> Reply {
    Reply::json(status, &Value::Object(object).to_string())
}
