//! Deliveries: what arrives, at the service or at the host.

use directline::{CloseReason, Input, Purpose, Request, RequestId, SocketId};
use http::Response;

use super::World;
use crate::network::{After, Delivery};
use crate::reference::facts::{Holds, Set};
use crate::service::{Handshake, Payload, Service};
use crate::violation::Verdict;

impl World {
    /// Brings the next thing on the network to where it goes.
    pub(super) fn deliver(&mut self) -> Verdict {
        let Some(delivery) = self.network.take(self.clock) else { return Ok(()) };
        match delivery {
            Delivery::Request { request, message, after } => {
                self.request_arrives(request, &message, after);
                Ok(())
            }
            Delivery::Answer { request, response } => {
                self.feed(Input::Response { request, response })
            }
            Delivery::Failure { request, failure } => {
                self.feed(Input::RequestFailed { request, failure })
            }
            Delivery::Handshake { socket, url, untold } => {
                self.handshake_arrives(socket, &url, untold);
                Ok(())
            }
            Delivery::Opened { socket } => self.feed(Input::SocketOpened { socket }),
            Delivery::Payload { socket, payload } => self.payload_arrives(socket, payload),
            Delivery::Pong { socket } => self.feed(Input::Pong { socket }),
            Delivery::Closed { socket, reason } => {
                self.service.hang_up(socket.as_u64());
                self.feed(Input::SocketClosed { socket, reason })
            }
            Delivery::HungUp { socket } => {
                self.service.hang_up(socket.as_u64());
                Ok(())
            }
            Delivery::Token => self.hand_token_in(),
            Delivery::Restart if self.is_over => self.restart(),
            Delivery::Restart => Ok(()),
        }
    }

    fn request_arrives(&mut self, request: RequestId, message: &Request, after: After) {
        let at = self.travel();
        let (at, response) = match after {
            After::Instead(response) => (at, response),
            After::Despite(response) => {
                self.serve(message);
                (at, response)
            }
            After::Answered(None) => (at, self.serve(message)),
            After::Answered(Some(fate)) => (at, Service::damage(fate, self.serve(message))),
            After::Late { millis } => (at + millis, self.serve(message)),
            After::Twice => {
                let response = self.serve(message);
                let again = Delivery::Answer { request, response: response.clone() };
                self.network.send(at + 1, again);
                (at, response)
            }
            After::Silence => {
                self.serve(message);
                return;
            }
            After::Fails(failure) => {
                self.serve(message);
                return self.network.send(at, Delivery::Failure { request, failure });
            }
        };
        self.network.send(at, Delivery::Answer { request, response });
    }

    fn serve(&mut self, message: &Request) -> Response<Vec<u8>> {
        let streams_anew = message.purpose() == Purpose::Reconnect && !message.url().contains('?');
        if streams_anew {
            self.oracle.streams_anew(&self.service);
        }
        let shows_end = streams_anew || message.purpose() == Purpose::Activities;
        if shows_end && self.judge.seeks_end() {
            self.oracle.shows_end(&self.service);
        }
        let response = self.service.answer(self.clock, message, &mut self.faults);
        self.flush();
        response
    }

    fn handshake_arrives(&mut self, socket: SocketId, url: &str, untold: bool) {
        let at = self.travel();
        let number = socket.as_u64();
        match self.service.shake(self.clock, number, url, &mut self.faults) {
            Handshake::Open => {
                if !untold {
                    self.network.send_on(socket, at, Delivery::Opened { socket });
                }
                self.flush();
            }
            Handshake::Refused(status) => {
                let reason = CloseReason::Refused { status: Some(status) };
                self.network.send_on(socket, at, Delivery::Closed { socket, reason });
            }
        }
    }

    fn payload_arrives(&mut self, socket: SocketId, payload: Payload) -> Verdict {
        let Payload { text, serials, mark, is_readable } = payload;
        let fits = |text: &String| text.len() <= self.setup.frame_bytes_max();
        let holds = if is_readable && text.as_ref().is_none_or(fits) {
            Holds::Set(Set { serials, mark })
        } else {
            self.oracle.arrives_unreadable(serials);
            Holds::Rubbish
        };
        let input = match text {
            Some(text) => Input::Frame { socket, text },
            None => Input::Garbled { socket },
        };
        self.feed_at(self.now(), input, holds)
    }
}
