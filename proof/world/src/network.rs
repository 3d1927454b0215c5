//! NETWORK: keeps the order within one connection, as TCP does, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use directline::{CloseReason, Failure, Request, RequestId, SocketId};
use http::Response;

use super::service::Payload;

/// What is on its way.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    /// A request, to the service.
    Request {
        request: RequestId,
        message: Request,
        after: After,
    },
    Answer {
        request: RequestId,
        response: Response<Vec<u8>>,
    },
    Failure {
        request: RequestId,
        failure: Failure,
    },
    /// A handshake, to the service.
    Handshake {
        socket: SocketId,
        url: String,
        untold: bool,
    },
    Opened {
        socket: SocketId,
    },
    Payload {
        socket: SocketId,
        payload: Payload,
    },
    Pong {
        socket: SocketId,
    },
    Closed {
        socket: SocketId,
        reason: CloseReason,
    },
    /// The end of a socket, to the service.
    HungUp {
        socket: SocketId,
    },
    /// A token, from wherever the host gets them.
    Token,
    /// The host begins a new session after one that ended.
    Restart,
}

/// What becomes of the answer to a request that arrives.
#[derive(Clone, Debug)]
pub(crate) enum After {
    Answered(Option<super::operation::RequestFate>),
    Late {
        millis: u64,
    },
    Silence,
    /// Twice the same.
    Twice,
    Fails(Failure),
    /// The answer is this, and the service did nothing.
    Instead(Response<Vec<u8>>),
    /// The answer is this, though the service did what was asked.
    Despite(Response<Vec<u8>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Network {
    queue: BTreeMap<(u64, u64), Delivery>,
    next_number: u64,
    pub(crate) latency: u64,
    /// When the last thing on a socket arrives: nothing overtakes it.
    lanes: BTreeMap<u64, u64>,
    /// Sockets over which nothing comes any more, without anybody knowing.
    half_open: BTreeSet<u64>,
}

impl Network {
    pub(crate) fn new(latency: u64) -> Network {
        Network {
            queue: BTreeMap::new(),
            next_number: 0,
            latency,
            lanes: BTreeMap::new(),
            half_open: BTreeSet::new(),
        }
    }

    /// When the next thing arrives.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next thing that has arrived by `now`.
    pub(crate) fn take(&mut self, now: u64) -> Option<Delivery> {
        let entry = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// Sends something that is not bound to any order.
    pub(crate) fn send(&mut self, at: u64, delivery: Delivery) {
        self.next_number += 1;
        self.queue.insert((at, self.next_number), delivery);
    }

    /// Sends something over a socket: never before what was sent over it earlier.
    pub(crate) fn send_on(&mut self, socket: SocketId, at: u64, delivery: Delivery) {
        if self.half_open.contains(&socket.as_u64()) {
            return;
        }
        let lane = self.lanes.entry(socket.as_u64()).or_default();
        *lane = (*lane).max(at);
        let at = *lane;
        self.send(at, delivery);
    }

    pub(crate) fn is_half_open(&self, socket: u64) -> bool {
        self.half_open.contains(&socket)
    }

    /// From now on nothing comes over this socket, and nobody is told.
    pub(crate) fn half_open(&mut self, socket: u64) {
        self.half_open.insert(socket);
        self.drop_on(socket);
    }

    /// Loses what is under way to the host on a socket.
    pub(crate) fn drop_on(&mut self, socket: u64) {
        self.queue.retain(|_, delivery| match delivery {
            Delivery::Opened { socket: own }
            | Delivery::Payload { socket: own, .. }
            | Delivery::Pong { socket: own }
            | Delivery::Closed { socket: own, .. } => own.as_u64() != socket,
            _ => true,
        });
    }

    /// Loses a request or its answer.
    pub(crate) fn drop_request(&mut self, request: RequestId) {
        self.queue.retain(|_, delivery| match delivery {
            Delivery::Request { request: own, .. }
            | Delivery::Answer { request: own, .. }
            | Delivery::Failure { request: own, .. } => *own != request,
            _ => true,
        });
    }

    /// Loses everything on its way; the sockets die without a word.
    pub(crate) fn cut(&mut self, sockets: &[u64]) {
        self.queue.retain(|_, delivery| {
            matches!(delivery, Delivery::HungUp { .. } | Delivery::Token | Delivery::Restart)
        });
        self.half_open.extend(sockets);
    }
}
