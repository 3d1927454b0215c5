//! Minting and refreshing tokens.

use crate::http::reply::Reply;
use crate::profile::traits::Generation;
use crate::routes::Exchange;
use crate::routes::body::{Access, object_reply, read_object, read_user};
use crate::routes::refusal::Refusal;
use crate::service::State;

impl State {
    /// Mints a token for a new conversation.
    pub(crate) fn generate(&mut self, exchange: &Exchange<'_>) -> Result<Reply, Refusal> {
        let user = match self.traits().generation {
            Generation::BySecret => self.ask_with_secret(exchange)?,
            Generation::ByUser => {
                let wanted = read_object(&exchange.request.body)?;
                wanted.text("userId").filter(|user| !user.is_empty())
            }
        };
        let conversation = self.mint_conversation();
        Ok(object_reply(200, self.token_answer(exchange, &conversation, user.as_deref())))
    }

    /// The user that is asked for; only the secret may ask.
    fn ask_with_secret(&self, exchange: &Exchange<'_>) -> Result<Option<String>, Refusal> {
        match self.authorise(exchange.request)? {
            Access::Secret => read_user(&exchange.request.body),
            Access::Token(_) | Access::Anyone => Err(Refusal::UnknownCredential),
        }
    }

    /// Mints a token like the one that came; a secret has nothing to refresh.
    pub(crate) fn refresh(&mut self, exchange: &Exchange<'_>) -> Result<Reply, Refusal> {
        match self.authorise(exchange.request)? {
            Access::Secret | Access::Anyone => Err(Refusal::UnknownCredential),
            Access::Token(token) => {
                let user = token.user.as_deref();
                Ok(object_reply(200, self.token_answer(exchange, &token.conversation, user)))
            }
        }
    }
}
