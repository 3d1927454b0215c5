//! MODEL: one scope, and what its exploration shares.

use std::collections::VecDeque;
use std::sync::Arc;

use directline::{Config, Output, Secret};

use crate::memo::Memo;
use crate::scope::Scope;
use crate::seen::Seen;
use crate::service::{token_text, url_text};

/// One scope, with what its exploration has seen.
#[derive(Debug)]
pub(crate) struct SessionModel {
    pub(crate) scope: Scope,
    pub(crate) config: Arc<Config>,
    pub(crate) seen: Arc<Seen>,
    pub(crate) memo: Memo,
    /// What is done to the outputs of the session on their way: a planted mistake.
    pub(crate) mischief: fn(&mut VecDeque<Output>),
    /// The names that tokens and stream URLs get.
    pub(crate) first_token: Secret,
    pub(crate) first_url: String,
}

impl SessionModel {
    pub(crate) fn new(scope: Scope) -> SessionModel {
        let config = Arc::new(scope.config());
        let seen = Arc::new(Seen::new(scope.faults));
        let first_token = Secret::new(token_text(0)).expect("a token");
        let (memo, first_url) = (Memo::default(), url_text(0));
        SessionModel { scope, config, seen, memo, mischief: |_| {}, first_token, first_url }
    }
}
