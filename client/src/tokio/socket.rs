//! One WebSocket, from the dial to the goodbye.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use directline::{CloseReason, Config, Input, SocketId, StreamUrl};
use futures_util::task::AtomicWaker;
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tungstenite::{Error, Message, Utf8Bytes};

use super::dial::{Dialler, Line};
use super::gulp::Gulp;
use crate::burst::{Ahead, Burst};
use crate::core::Core;
use crate::wire::{Heard, dialled, goodbye, heard, lost, refused, socket_limits};

type Stream = WebSocketStream<Gulp<Line>>;

/// What the driver wants of a socket.
#[derive(Debug, Default)]
pub(super) struct Orders {
    probe: AtomicBool,
    /// The socket's task while it has nothing to do.
    idle: AtomicWaker,
    shut: Notify,
}

impl Orders {
    /// A probe that has not gone out yet stands for later ones too.
    pub(super) fn probe(&self) {
        self.probe.store(true, Ordering::SeqCst);
        self.idle.wake();
    }

    pub(super) fn shut(&self) {
        self.shut.notify_one();
    }

    fn take_probe(&self) -> bool {
        self.probe.load(Ordering::SeqCst) && self.probe.swap(false, Ordering::SeqCst)
    }
}

/// What a socket does next.
enum Next {
    Probe,
    /// More may be at hand.
    Unread,
    Over(CloseReason),
}

pub(super) struct Socket {
    core: Arc<Core>,
    id: SocketId,
    orders: Arc<Orders>,
}

impl Socket {
    pub(super) fn new(core: Arc<Core>, id: SocketId, orders: Arc<Orders>) -> Socket {
        Socket { core, id, orders }
    }

    pub(super) async fn run(self, url: StreamUrl, dialler: Dialler, config: Arc<Config>) {
        let opened = tokio::select! {
            biased;
            () = self.orders.shut.notified() => return,
            // What a dial takes is not kept for as long as the socket lives.
            opened = Box::pin(open(&url, &dialler, &config)) => opened,
        };
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(reason) => return self.closed(reason),
        };
        self.core.report(Input::SocketOpened { socket: self.id });
        tokio::select! {
            biased;
            () = self.orders.shut.notified() => {}
            reason = self.talk(&mut stream) => self.closed(reason),
        }
        // Best effort: the close frame, or the answer to the peer's.
        let _ = timeout(GOODBYE, stream.close(Some(goodbye()))).await;
    }

    fn closed(&self, reason: CloseReason) {
        self.core.report(Input::SocketClosed { socket: self.id, reason });
    }

    async fn talk(&self, stream: &mut Stream) -> CloseReason {
        loop {
            let over = match poll_fn(|context| self.poll_next(stream, context)).await {
                Next::Unread => None,
                Next::Probe => probe(stream).await.err().map(|error| lost(&error)),
                Next::Over(reason) => Some(reason),
            };
            if let Some(reason) = over {
                return reason;
            }
        }
    }

    fn poll_next(&self, stream: &mut Stream, context: &mut Context<'_>) -> Poll<Next> {
        if self.orders.take_probe() {
            return Poll::Ready(Next::Probe);
        }
        // Reads on only while the application has room for it.
        if let Poll::Ready(burst) = self.core.poll_room(context) {
            let next = self.poll_hear(stream, burst, context);
            self.core.hand_over(if next.is_ready() { Ahead::More } else { Ahead::Nothing });
            if next.is_ready() {
                return next;
            }
        }
        self.orders.idle.register(context.waker());
        // One that came in between has woken nobody.
        if self.orders.take_probe() { Poll::Ready(Next::Probe) } else { Poll::Pending }
    }

    /// Hears as much as is told at once.
    fn poll_hear(
        &self,
        stream: &mut Stream,
        mut burst: Burst,
        context: &mut Context<'_>,
    ) -> Poll<Next> {
        while burst.has_room_for_one() {
            let message = ready!(stream.poll_next_unpin(context));
            match heard(self.id, message.unwrap_or(Err(Error::ConnectionClosed))) {
                Heard::Fact(input) => self.core.report_heard(&mut burst, input),
                Heard::Nothing => {}
                Heard::Over(reason) => return Poll::Ready(Next::Over(reason)),
            }
        }
        Poll::Ready(Next::Unread)
    }
}

/// Whatever ends the task, the application hears of what came before.
impl Drop for Socket {
    fn drop(&mut self) {
        self.core.hand_over(Ahead::Nothing);
    }
}

async fn open(url: &StreamUrl, dialler: &Dialler, config: &Config) -> Result<Stream, CloseReason> {
    let address = Uri::try_from(url.expose()).ok().as_ref().and_then(dialled);
    let line = match address {
        Some(address) => dialler.dial(&address).await.map_err(CloseReason::Unreached)?,
        None => return Err(CloseReason::Refused { status: None }),
    };
    let limits = socket_limits(config, READ_BYTES);
    let result = client_async_with_config(url.expose(), Gulp::new(line), Some(limits)).await;
    result.map(|(stream, _)| stream).map_err(|error| refused(&error))
}

/// The empty message that keeps the service's timers from running out, and a ping for an answer.
async fn probe(stream: &mut Stream) -> Result<(), Error> {
    stream.feed(Message::Text(Utf8Bytes::default())).await?;
    stream.send(Message::Ping(Vec::new().into())).await
}

/// What a socket holds all the time: most frames that come alone, whole. More is read in a [`Gulp`].
const READ_BYTES: usize = 8 << 10;
/// Long enough for a frame to leave this machine.
const GOODBYE: Duration = Duration::from_millis(250);
