//! Secrets and tokens: who may do what, and until when.

use std::time::{Duration, Instant};

use crate::log::CredentialKind;
use crate::profile::traits::Ids;
use crate::service::State;
use crate::service::conversation::Conversation;

/// What the service knows about a token.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) conversation: String,
    pub(crate) user: Option<String>,
    expires: Instant,
}

/// What a request came with.
#[derive(Clone)]
pub(crate) enum Credential {
    Missing,
    Secret,
    Token(Token),
    Expired,
    Unknown,
}

impl Credential {
    pub(crate) fn kind(&self) -> CredentialKind {
        match self {
            Credential::Missing => CredentialKind::Missing,
            Credential::Secret => CredentialKind::Secret,
            Credential::Token(_) => CredentialKind::Token,
            Credential::Expired => CredentialKind::ExpiredToken,
            Credential::Unknown => CredentialKind::Unknown,
        }
    }
}

impl State {
    /// Recognises the value of an `Authorization` header.
    pub(crate) fn recognise(&self, authorization: Option<&str>) -> Credential {
        let Some(bearer) = authorization.and_then(read_bearer) else { return Credential::Missing };
        if bearer == self.secret {
            return Credential::Secret;
        }
        match self.tokens.get(bearer) {
            None => Credential::Unknown,
            Some(token) if token.expires <= Instant::now() => Credential::Expired,
            Some(token) => Credential::Token(token.clone()),
        }
    }

    /// A new conversation that nobody has started yet.
    pub(crate) fn mint_conversation(&mut self) -> String {
        let id = self.conversation_id();
        self.conversations.insert(id.clone(), Conversation::default());
        id
    }

    /// A new id for a conversation.
    pub(crate) fn conversation_id(&mut self) -> String {
        match self.traits().ids {
            Ids::Numbered => format!("{}{REGION_SUFFIX}", self.names.word(CONVERSATION_ID_LENGTH)),
            Ids::Guids => self.names.guid(),
        }
    }

    /// A new token for the conversation, and for the user if there is one.
    pub(crate) fn mint_token(&mut self, conversation: &str, user: Option<&str>) -> String {
        let text = format!("{}.{}", self.names.word(20), self.names.word(43));
        let token = Token {
            conversation: String::from(conversation),
            user: user.map(String::from),
            expires: Instant::now() + self.token_lifetime(),
        };
        self.tokens.insert(text.clone(), token);
        text
    }

    /// What an answer says of the lifetime of a token minted now.
    pub(crate) fn token_seconds(&self) -> u64 {
        let lifetime = self.token_lifetime();
        lifetime.as_secs() + u64::from(lifetime.subsec_nanos() > 0)
    }

    fn token_lifetime(&self) -> Duration {
        let lifetime = self.traits().expiry.lifetime.unwrap_or(self.options.token_lifetime);
        lifetime.min(LIFETIME_MAX)
    }

    /// Makes every token handed out so far an expired one.
    pub(crate) fn expire_tokens(&mut self) {
        let now = Instant::now();
        for token in self.tokens.values_mut() {
            token.expires = token.expires.min(now);
        }
    }
}

fn read_bearer(authorization: &str) -> Option<&str> {
    let (scheme, bearer) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| bearer.trim())
}

/// A hundred years, so that adding it to a clock can't overflow.
const LIFETIME_MAX: Duration = Duration::from_secs(100 * 365 * 86_400);
/// About what the real service's ids look like; its suffixes name regions.
const CONVERSATION_ID_LENGTH: usize = 22;
const REGION_SUFFIX: &str = "-test";
