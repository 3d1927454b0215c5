//! Minting and refreshing tokens.

use crate::http::reply::Reply;
use crate::routes::Exchange;
use crate::routes::body::{Access, object_reply, read_user};
use crate::service::State;

impl State {
    /// Mints a token for a new conversation; only the secret may ask for it.
    pub(crate) fn generate(&mut self, exchange: &Exchange<'_>) -> Result<Reply, Reply> {
        match self.authorise(exchange.request)? {
            Access::Secret => {}
            Access::Token(_) => {
                return Err(Reply::error(403, "BadArgument", "Invalid token or secret"));
            }
        }
        let user = read_user(&exchange.request.body)?;
        let conversation = self.mint_conversation();
        let wrong = exchange.shape.wrong_conversation;
        Ok(object_reply(200, self.token_answer(&conversation, user.as_deref(), wrong)))
    }

    /// Mints a token like the one that came; a secret has nothing to refresh.
    pub(crate) fn refresh(&mut self, exchange: &Exchange<'_>) -> Result<Reply, Reply> {
        match self.authorise(exchange.request)? {
            Access::Secret => Err(Reply::error(403, "BadArgument", "Invalid token or secret")),
            Access::Token(token) => {
                let wrong = exchange.shape.wrong_conversation;
                let user = token.user.as_deref();
                Ok(object_reply(200, self.token_answer(&token.conversation, user, wrong)))
            }
        }
    }
}
