//! Tokens: each for one conversation, each with an end.

use std::collections::BTreeMap;

use crate::sim::operation::TokenFate;

#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    known: BTreeMap<String, Token>,
    minted: u64,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    conversation: usize,
    expires: u64,
    /// When it ends by what was said of it, if anything was.
    stated: Option<u64>,
}

impl Tokens {
    pub(crate) fn mint(&mut self, now: u64, conversation: usize, lifetime: u64) -> String {
        self.minted += 1;
        let text =
            format!("tok{}.cwA.{:08x}", self.minted, self.minted.wrapping_mul(2_654_435_761));
        let expires = now + lifetime;
        let token = Token { conversation, expires, stated: Some(expires) };
        self.known.insert(text.clone(), token);
        text
    }

    /// A token in the shape that `fate` orders, as members of a JSON object after a comma.
    pub(crate) fn grant(
        &mut self,
        now: u64,
        conversation: usize,
        fate: Option<TokenFate>,
    ) -> String {
        let (lifetime, expires_in) = match fate {
            None | Some(TokenFate::RevokeAll | TokenFate::TokenMissing | TokenFate::TokenNull) => {
                (1_800_000, "\"expires_in\":1800")
            }
            Some(TokenFate::LifetimeMissing) => (1_800_000, ""),
            Some(TokenFate::LifetimeZero) => (1_800_000, "\"expires_in\":0"),
            Some(TokenFate::LifetimeNegative) => (1_800_000, "\"expires_in\":-5"),
            Some(TokenFate::LifetimeText) => (1_800_000, "\"expires_in\":\"soon\""),
            Some(TokenFate::LifetimeFraction) => (900_500, "\"expires_in\":900.5"),
            Some(TokenFate::LifetimeHuge) => (1_800_000, "\"expires_in\":2147483647"),
            Some(TokenFate::LifetimeShort) => (40_000, "\"expires_in\":40"),
            Some(TokenFate::DiesEarly) => (45_000, "\"expires_in\":1800"),
            Some(TokenFate::LifetimeCamel) => (3_600_000, "\"expiresIn\":3600"),
        };
        let text = self.mint(now, conversation, lifetime);
        self.state(now, &text, fate);
        let token = match fate {
            Some(TokenFate::TokenMissing) => String::new(),
            Some(TokenFate::TokenNull) => ",\"token\":null".to_owned(),
            _ => format!(",\"token\":\"{text}\""),
        };
        let comma = if expires_in.is_empty() { "" } else { "," };
        format!("{token}{comma}{expires_in}")
    }

    /// Notes where the answer says something else than the truth.
    fn state(&mut self, now: u64, text: &str, fate: Option<TokenFate>) {
        let Some(token) = self.known.get_mut(text) else { return };
        token.stated = match fate {
            Some(TokenFate::DiesEarly) => Some(now + 1_800_000),
            Some(
                TokenFate::LifetimeMissing
                | TokenFate::LifetimeZero
                | TokenFate::LifetimeNegative
                | TokenFate::LifetimeText
                | TokenFate::LifetimeHuge,
            ) => None,
            _ => token.stated,
        };
    }

    /// Whether everybody who was told of this token's end knows that it is over.
    pub(crate) fn is_known_over(&self, now: u64, text: &str) -> bool {
        self.known.get(text).and_then(|token| token.stated).is_some_and(|end| end <= now)
    }

    /// The conversation that a token opens, while it is good.
    pub(crate) fn check(&self, now: u64, text: &str) -> Option<usize> {
        self.known.get(text).filter(|token| now < token.expires).map(|token| token.conversation)
    }

    /// Whether this token was ever minted here.
    pub(crate) fn has_minted(&self, text: &str) -> bool {
        self.known.contains_key(text)
    }

    pub(crate) fn revoke_all(&mut self) {
        self.known.values_mut().for_each(|token| token.expires = 0);
    }
}
