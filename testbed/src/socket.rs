//! One WebSocket: carries out its orders, reads what the client says, keeps the line alive.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::http::ending::{CLOSE_PATIENCE, part, read_to_the_end, reset};
use crate::service::Shared;
use crate::service::sockets::{OpenedSocket, Order, SocketEnd};

/// Runs a WebSocket until either side ends it.
pub(crate) async fn run_socket(
    shared: Arc<Shared>,
    stream: TcpStream,
    early: Vec<u8>,
    opened: OpenedSocket,
) {
    let OpenedSocket { number, orders } = opened;
    let web = WebSocketStream::from_partially_read(stream, early, Role::Server, None).await;
    let traits = &shared.traits.stream;
    let interval = shared.with(|state| state.options.empty_message_interval);
    let interval = interval.filter(|_| traits.sends_empty_messages);
    let reads = traits.reads;
    let running = Running { number, web, orders, reads, paused_until: None, wake_at: None };
    match running.run(&shared, interval).await {
        Verdict::Gone(code) => shared.with(|state| state.socket_gone(number, code)),
        Verdict::Ended => {}
    }
}

struct Running {
    number: u64,
    web: WebSocketStream<TcpStream>,
    orders: UnboundedReceiver<Order>,
    /// Whether what the client says is looked at.
    reads: bool,
    /// No order is carried out before this.
    paused_until: Option<Instant>,
    /// When the service wants to be called back for a held frame.
    wake_at: Option<Instant>,
}

/// Why a socket's task is over.
enum Verdict {
    /// The client closed or lost the connection, perhaps with this close code.
    Gone(Option<u16>),
    /// The service ended it, or is itself at its end.
    Ended,
}

impl Running {
    async fn run(mut self, shared: &Arc<Shared>, interval: Option<Duration>) -> Verdict {
        let mut signs = interval.map(signs_of_life);
        loop {
            tokio::select! {
                // Orders first: what was decided before the client left is still carried out.
                biased;
                () = until(self.paused_until) => self.paused_until = None,
                order = self.orders.recv(), if self.paused_until.is_none() => match order {
                    None => return Verdict::Ended,
                    Some(Order::End(end)) => {
                        self.end(end).await;
                        return Verdict::Ended;
                    }
                    Some(Order::FallSilent) => return self.hold_silently().await,
                    Some(order) => if let Err(error) = self.carry_out(order).await {
                        return Verdict::Gone(code_of(&error));
                    },
                },
                () = until(self.wake_at) => {
                    self.wake_at = None;
                    shared.with(|state| state.release_held(self.number));
                }
                message = listen(&mut self.web, self.reads) => match message {
                    // The library answers pings and close frames; empty messages mean nothing.
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map(|frame| u16::from(frame.code));
                        let _ = timeout(CLOSE_PATIENCE, self.web.flush()).await;
                        return Verdict::Gone(code);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Verdict::Gone(None),
                },
                () = due(&mut signs) => {
                    if self.web.send(Message::text("")).await.is_err() {
                        return Verdict::Gone(None);
                    }
                }
            }
        }
    }

    async fn carry_out(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Text(text) => self.web.send(Message::text(text)).await,
            Order::Binary(text) => self.web.send(Message::binary(text.into_bytes())).await,
            Order::Pause(pause) => {
                self.paused_until = Some(Instant::now() + pause);
                Ok(())
            }
            Order::WakeAfter(wait) => {
                self.wake_at = Some(Instant::now() + wait);
                Ok(())
            }
            // The caller deals with what ends its loop.
            Order::FallSilent | Order::End(_) => Ok(()),
        }
    }

    async fn end(mut self, end: SocketEnd) {
        match end {
            SocketEnd::Close { code, reason } => self.close(code, reason).await,
            SocketEnd::Drop => part(self.web.get_mut()).await,
            SocketEnd::Reset => reset(self.web.into_inner()),
            SocketEnd::Cut(text) => {
                let frame = write_text_frame(&text);
                let stream = self.web.get_mut();
                let _ = stream.write_all(&frame[..frame.len() / 2]).await;
                part(stream).await;
            }
        }
    }

    /// Sends a close frame and waits a while for the client to confirm it.
    async fn close(&mut self, code: u16, reason: String) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        if self.web.close(Some(frame)).await.is_ok() {
            let farewell = async { while let Some(Ok(_)) = self.web.next().await {} };
            let _ = timeout(CLOSE_PATIENCE, farewell).await;
        }
    }

    /// Keeps the TCP connection, which `self` owns, without ever reading or writing again.
    async fn hold_silently(self) -> Verdict {
        pending().await
    }
}

/// The client's next message; `None` when the connection has ended.
async fn listen(
    web: &mut WebSocketStream<TcpStream>,
    reads: bool,
) -> Option<Result<Message, Error>> {
    if reads {
        return web.next().await;
    }
    // The bytes are taken off the line only for its end to show; nobody looks at them.
    read_to_the_end(web.get_mut()).await;
    None
}

/// One after each period, the first one not at once.
fn signs_of_life(period: Duration) -> Interval {
    // A period of zero isn't one; a millisecond is as good as none at all.
    let mut signs = interval(period.max(Duration::from_millis(1)));
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    signs.reset();
    signs
}

/// Waits until a sign is due, or for ever.
async fn due(signs: &mut Option<Interval>) {
    match signs {
        Some(signs) => drop(signs.tick().await),
        None => pending().await,
    }
}

/// Waits until then, or for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

fn code_of(error: &Error) -> Option<u16> {
    // Writing after the client's close frame came means that it was the client who closed.
    matches!(error, Error::ConnectionClosed | Error::AlreadyClosed).then_some(1000)
}

/// The bytes of an unmasked text frame, as a server sends it.
fn write_text_frame(text: &str) -> Vec<u8> {
    let length = text.len();
    let mut frame = vec![0x81];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        (_, _) => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_written_to_after_a_close_frame_has_closed() {
        for error in [Error::ConnectionClosed, Error::AlreadyClosed] {
            assert_eq!(code_of(&error), Some(1000), "{error}");
        }
        assert_eq!(code_of(&Error::Io(std::io::ErrorKind::BrokenPipe.into())), None);
    }

    #[test]
    fn frames_announce_their_length_in_three_ways() {
        assert_eq!(write_text_frame("ab"), [0x81, 2, b'a', b'b']);
        assert_eq!(write_text_frame(&"x".repeat(125))[..3], [0x81, 125, b'x']);
        assert_eq!(write_text_frame(&"x".repeat(126))[..5], [0x81, 126, 0, 126, b'x']);
        assert_eq!(
            write_text_frame(&"x".repeat(70_000))[..10],
            [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]
        );
    }
}
