//! Tokens: each for one conversation, each with an end.

use std::collections::BTreeMap;

use crate::operation::TokenFate;

#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// By number; those that are long over go.
    known: BTreeMap<u64, Token>,
    minted: u64,
    lifetime: u64,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    conversation: usize,
    expires: u64,
    /// When it ends by what was said of it, if anything was.
    stated: Option<u64>,
}

impl Tokens {
    /// Tokens that live for so many milliseconds, unless something else is ordered.
    pub(crate) fn new(lifetime: u64) -> Tokens {
        Tokens { known: BTreeMap::new(), minted: 0, lifetime }
    }

    /// A token with the usual life, for the host; `is_told` says whether it learns of its end.
    pub(crate) fn hand_out(&mut self, now: u64, conversation: usize, is_told: bool) -> String {
        let number = self.mint(now, conversation, self.lifetime);
        if let Some(token) = self.known.get_mut(&number).filter(|_| !is_told) {
            token.stated = None;
        }
        text(number)
    }

    fn mint(&mut self, now: u64, conversation: usize, lifetime: u64) -> u64 {
        while let Some(oldest) = self.known.first_entry().filter(|oldest| oldest.get().is_past(now))
        {
            oldest.remove();
        }
        self.minted += 1;
        let expires = now + lifetime;
        let token = Token { conversation, expires, stated: Some(expires) };
        self.known.insert(self.minted, token);
        self.minted
    }

    fn get(&self, text: &str) -> Option<&Token> {
        self.known.get(&self.number(text)?)
    }

    /// The number of a token that was minted here.
    fn number(&self, written: &str) -> Option<u64> {
        let number = written.strip_prefix("tok")?.split('.').next()?.parse().ok()?;
        (1..=self.minted).contains(&number).then_some(number).filter(|_| text(number) == written)
    }

    /// A token in the shape that `fate` orders, as members of a JSON object after a comma.
    pub(crate) fn grant(
        &mut self,
        now: u64,
        conversation: usize,
        fate: Option<TokenFate>,
    ) -> String {
        let (usual, few);
        let (lifetime, expires_in) = match fate {
            None | Some(TokenFate::RevokeAll | TokenFate::TokenMissing | TokenFate::TokenNull) => {
                usual = format!("\"expires_in\":{}", self.lifetime / 1_000);
                (self.lifetime, usual.as_str())
            }
            Some(TokenFate::LifetimeMissing) => (1_800_000, ""),
            Some(TokenFate::LifetimeZero) => (1_800_000, "\"expires_in\":0"),
            Some(TokenFate::LifetimeNegative) => (1_800_000, "\"expires_in\":-5"),
            Some(TokenFate::LifetimeText) => (1_800_000, "\"expires_in\":\"soon\""),
            Some(TokenFate::LifetimeFraction) => (900_500, "\"expires_in\":900.5"),
            Some(TokenFate::LifetimeHuge) => (1_800_000, "\"expires_in\":2147483647"),
            Some(TokenFate::LifetimeShort) => (40_000, "\"expires_in\":40"),
            Some(TokenFate::LifetimeSecond) => (1_000, "\"expires_in\":1"),
            Some(TokenFate::LifetimeSeconds) => {
                let seconds = 2 + self.minted % 19;
                few = format!("\"expires_in\":{seconds}");
                (seconds * 1_000, few.as_str())
            }
            Some(TokenFate::LifetimeWritten) => (7_500, "\"expires_in\":\"7.5\""),
            Some(TokenFate::DiesEarly) => (45_000, "\"expires_in\":1800"),
            Some(TokenFate::LifetimeCamel) => (3_600_000, "\"expiresIn\":3600"),
        };
        let number = self.mint(now, conversation, lifetime);
        self.state(now, number, fate);
        let text = text(number);
        let token = match fate {
            Some(TokenFate::TokenMissing) => String::new(),
            Some(TokenFate::TokenNull) => ",\"token\":null".to_owned(),
            _ => format!(",\"token\":\"{text}\""),
        };
        let comma = if expires_in.is_empty() { "" } else { "," };
        format!("{token}{comma}{expires_in}")
    }

    /// Notes where the answer says something else than the truth.
    fn state(&mut self, now: u64, number: u64, fate: Option<TokenFate>) {
        let Some(token) = self.known.get_mut(&number) else { return };
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
        // What was let go of is long over; that was said of it, unless it had no stated end.
        let token = self.number(text).map(|number| self.known.get(&number));
        token.is_some_and(|token| {
            token.is_none_or(|token| token.stated.is_some_and(|end| end <= now))
        })
    }

    /// The conversation that a token opens, while it is good.
    pub(crate) fn check(&self, now: u64, text: &str) -> Option<usize> {
        self.get(text).filter(|token| now < token.expires).map(|token| token.conversation)
    }

    pub(crate) fn revoke_all(&mut self) {
        self.known.values_mut().for_each(|token| token.expires = 0);
    }
}

impl Token {
    /// Whether nobody who knows what was said of it can use it any more.
    fn is_past(&self, now: u64) -> bool {
        self.expires.max(self.stated.unwrap_or(u64::MAX)).saturating_add(PAST) <= now
    }
}

fn text(number: u64) -> String {
    format!("tok{number}.cwA.{:08x}", number.wrapping_mul(2_654_435_761))
}

/// A host may sleep for days.
const PAST: u64 = 30 * 86_400_000;
