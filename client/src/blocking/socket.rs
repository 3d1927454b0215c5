//! One WebSocket on a thread of its own, from the dial to the goodbye.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use directline::{CloseReason, Config, Input, SocketId, StreamUrl};
use http::Uri;
use tungstenite::{Error, HandshakeError, Message, Utf8Bytes, WebSocket};

use super::line::{Dialler, Line};
use super::waits::Waits;
use crate::burst::{Ahead, Burst};
use crate::core::Core;
use crate::wire::{Heard, dialled, goodbye, heard, refused, socket_limits};

/// What the driver wants of a socket.
#[derive(Debug)]
pub(super) struct Orders {
    waits: Arc<Waits>,
    probe: AtomicBool,
}

impl Orders {
    pub(super) fn new() -> io::Result<Orders> {
        Ok(Orders { waits: Waits::new()?, probe: AtomicBool::new(false) })
    }

    /// A probe that has not gone out yet stands for later ones too.
    pub(super) fn probe(&self) {
        self.probe.store(true, Ordering::SeqCst);
        self.waits.rouse();
    }

    pub(super) fn shut(&self) {
        self.waits.interrupt();
    }
}

/// What a burst leaves behind.
enum Rest {
    /// More may be at hand.
    Unread,
    Nothing,
    Over(CloseReason),
}

pub(super) struct Socket {
    pub(super) core: Arc<Core>,
    pub(super) id: SocketId,
    pub(super) orders: Arc<Orders>,
    pub(super) config: Arc<Config>,
    pub(super) dialler: Dialler,
}

impl Socket {
    pub(super) fn run(self, url: &StreamUrl) {
        let mut stream = match self.open(url) {
            Ok(stream) => stream,
            Err(reason) => return self.closed(reason),
        };
        self.core.report(Input::SocketOpened { socket: self.id });
        stream.get_mut().set_patient(false);
        if let Some(reason) = self.talk(&mut stream) {
            self.closed(reason);
        }
        self.say_goodbye(&mut stream);
    }

    fn closed(&self, reason: CloseReason) {
        self.core.report(Input::SocketClosed { socket: self.id, reason });
    }

    fn open(&self, url: &StreamUrl) -> Result<WebSocket<Line>, CloseReason> {
        let line = self.dial(url)?;
        let limits = socket_limits(&self.config, READ_BYTES);
        let result = tungstenite::client::client_with_config(url.expose(), line, Some(limits));
        result.map(|(stream, _)| stream).map_err(|error| match error {
            HandshakeError::Failure(error) => refused(&error),
            // A patient line never says that it would block.
            HandshakeError::Interrupted(_) => CloseReason::Refused { status: None },
        })
    }

    fn dial(&self, url: &StreamUrl) -> Result<Line, CloseReason> {
        let address = Uri::try_from(url.expose()).ok().as_ref().and_then(dialled);
        let address = address.ok_or(CloseReason::Refused { status: None })?;
        self.dialler.dial(&address, &self.orders.waits).map_err(CloseReason::Unreached)
    }

    /// Goes on until the socket is lost, or until it is to be shut, which is no news.
    fn talk(&self, stream: &mut WebSocket<Line>) -> Option<CloseReason> {
        let waits = &self.orders.waits;
        let waker = Waker::from(waits.clone());
        while !waits.is_interrupted() {
            // A socket that cannot be written to may still hold what the peer said last.
            let is_writable = self.write(stream).is_ok();
            // Reads on only while the application has room for it.
            let rest = match self.core.poll_room(&mut Context::from_waker(&waker)) {
                Poll::Ready(burst) => self.hear(stream, burst),
                Poll::Pending => Rest::Nothing,
            };
            self.core.hand_over(if matches!(rest, Rest::Unread) {
                Ahead::More
            } else {
                Ahead::Nothing
            });
            match rest {
                Rest::Unread => {}
                Rest::Nothing if is_writable && waits.wait(None).is_ok() => {}
                Rest::Nothing => return Some(CloseReason::Broken),
                Rest::Over(reason) => return Some(reason),
            }
        }
        None
    }

    /// Hears as much as is told at once.
    fn hear(&self, stream: &mut WebSocket<Line>, mut burst: Burst) -> Rest {
        while burst.has_room_for_one() {
            let message = match stream.read() {
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Rest::Nothing;
                }
                message => message,
            };
            match heard(self.id, message) {
                Heard::Fact(input) => self.core.report_heard(&mut burst, input),
                Heard::Nothing => {}
                Heard::Over(reason) => return Rest::Over(reason),
            }
        }
        Rest::Unread
    }

    /// Writes what there is to write; what the socket does not take now leaves later.
    fn write(&self, stream: &mut WebSocket<Line>) -> Result<(), Error> {
        if self.orders.probe.swap(false, Ordering::SeqCst) {
            // The empty message that keeps the service's timers from running out, and a ping for
            // an answer.
            ignore_blocking(stream.write(Message::Text(Utf8Bytes::default())))?;
            ignore_blocking(stream.write(Message::Ping(Vec::new().into())))?;
        }
        ignore_blocking(stream.flush())
    }

    /// Best effort: the close frame, or the answer to the peer's.
    fn say_goodbye(&self, stream: &mut WebSocket<Line>) {
        let until = Instant::now() + GOODBYE;
        let mut result = stream.close(Some(goodbye()));
        while let Err(Error::Io(error)) = result {
            let left = until.saturating_duration_since(Instant::now());
            let is_pending = error.kind() == io::ErrorKind::WouldBlock && !left.is_zero();
            if !is_pending || self.orders.waits.wait(Some(left)).is_err() {
                return;
            }
            result = stream.flush();
        }
    }
}

/// Whatever ends the thread, the application hears of what came before.
impl Drop for Socket {
    fn drop(&mut self) {
        self.core.hand_over(Ahead::Nothing);
    }
}

/// What could not be written stays in the library's buffer.
fn ignore_blocking(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        result => result,
    }
}

/// What a socket holds all the time and reads at once.
const READ_BYTES: usize = 32 << 10;
/// Long enough for a frame to leave this machine.
const GOODBYE: Duration = Duration::from_millis(250);
