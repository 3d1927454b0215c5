//! What the routes share: who may do it, and what answers look like.

use serde_json::{Map, Value, json};

use crate::http::Request;
use crate::http::reply::Reply;
use crate::plan::occasion::Occasion;
use crate::profile::traits::{CredentialRule, TokenStyle};
use crate::random::SplitMix64;
use crate::routes::Exchange;
use crate::routes::refusal::Refusal;
use crate::service::State;
use crate::service::activity::Activity;
use crate::service::credentials::{Credential, Token};

/// On whose behalf a request is made.
pub(crate) enum Access {
    Secret,
    Token(Token),
    /// Nobody's in particular: credentials aren't checked.
    Anyone,
}

impl Access {
    /// The user that the token is bound to.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Access::Secret | Access::Anyone => None,
            Access::Token(token) => token.user.as_deref(),
        }
    }
}

impl State {
    /// Any good credential, or the refusal.
    pub(crate) fn authorise(&self, request: &Request) -> Result<Access, Refusal> {
        let credential = self.recognise(request.header("authorization").as_deref());
        match (self.traits().credentials, credential) {
            (CredentialRule::Ignored, _) => Ok(Access::Anyone),
            (_, Credential::Token(token)) => Ok(Access::Token(token)),
            (CredentialRule::HintOnly, _) => Ok(Access::Anyone),
            (CredentialRule::SecretOrToken, Credential::Secret) => Ok(Access::Secret),
            (CredentialRule::TokenOnly, Credential::Secret) => Err(Refusal::UnknownCredential),
            (_, Credential::Missing) => Err(Refusal::MissingCredential),
            (_, Credential::Expired) => Err(Refusal::ExpiredToken),
            (_, Credential::Unknown) => Err(Refusal::UnknownCredential),
        }
    }

    /// A credential that is good for this conversation, which has to exist, or the refusal.
    pub(crate) fn admit(&self, request: &Request, conversation: &str) -> Result<Access, Refusal> {
        let mut access = self.authorise(request)?;
        if !self.traits().credentials.is_checked() {
            access = Access::Anyone;
        }
        if let Access::Token(token) = &access {
            if token.conversation != conversation {
                return Err(Refusal::ForeignToken);
            }
        }
        if !self.conversations.contains_key(conversation) {
            return Err(Refusal::UnknownConversation);
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
        exchange: &Exchange<'_>,
        conversation: &str,
        user: Option<&str>,
    ) -> Map<String, Value> {
        let token = self.token(exchange, conversation, user);
        let mut answer = Map::new();
        let wrong = exchange.shape.wrong_conversation;
        let named = if wrong { self.conversation_id() } else { String::from(conversation) };
        answer.insert(String::from("conversationId"), json!(named));
        if let Some(token) = token {
            answer.insert(String::from("token"), token);
        }
        answer.insert(String::from(self.traits().expiry.member), json!(self.token_seconds()));
        answer
    }

    /// The `token` of an answer; `None` leaves it out.
    fn token(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
        user: Option<&str>,
    ) -> Option<Value> {
        match self.traits().tokens {
            TokenStyle::Minted => Some(json!(self.mint_token(conversation, user))),
            TokenStyle::Nominal(nominal) if exchange.on == Some(Occasion::Start) => {
                let header = exchange.request.header("authorization");
                let endpoint = SplitMix64::branch(self.options.seed, ENDPOINTS).guid();
                nominal(self.recognise(header.as_deref()).kind(), endpoint)
            }
            TokenStyle::Nominal(_) => Some(json!(conversation)),
            TokenStyle::Absent => None,
        }
    }
}

/// The `user.id` of an optional body, or the refusal of a body that is no JSON object.
pub(crate) fn read_user(body: &[u8]) -> Result<Option<String>, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let user = read_object(body)?.object("user");
    Ok(user.and_then(|user| user.text("id")).filter(|id| !id.is_empty()))
}

/// The body as a JSON object, or its refusal.
pub(crate) fn read_object(body: &[u8]) -> Result<Activity, Refusal> {
    let text = std::str::from_utf8(body).ok();
    let object = text.and_then(Activity::parse);
    object.ok_or(Refusal::Malformed("The body is not a JSON object"))
}

/// An answer with this object.
pub(crate) fn object_reply(status: u16, object: Map<String, Value>) -> Reply {
    Reply::json(status, &Value::Object(object).to_string())
}

/// Purpose of a generator, so that it shifts nobody else's draws.
const ENDPOINTS: u64 = 0x656E_6470;
