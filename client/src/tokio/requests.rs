//! Requests of the session.

use std::future::poll_fn;
use std::sync::Arc;

use directline::{Config, Purpose, Request, RequestId};

use super::exchange::{Connections, Exchange};
use super::hold_back;
use crate::core::Core;
use crate::wire::{answered, outgoing};

/// Sends requests and reports their answers; cheap to clone.
#[derive(Clone)]
pub(super) struct Requests {
    core: Arc<Core>,
    exchange: Exchange,
}

impl Requests {
    pub(super) fn new(core: Arc<Core>, config: &Config, connections: Connections) -> Requests {
        Requests { core, exchange: Exchange::new(config.body_bytes_max(), connections) }
    }

    pub(super) async fn send(self, request: RequestId, message: Request) {
        if message.purpose() == Purpose::Activities {
            // A page brings activities, for which there has to be room.
            poll_fn(|context| self.core.poll_room(context)).await;
        }
        let fact = answered(request, self.exchange.run(outgoing(message)).await);
        hold_back(&self.core, &fact).await;
        self.core.report(fact);
    }
}
