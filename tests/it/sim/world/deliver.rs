//! Deliveries: what arrives, at the service or at the host.

use directline::{CloseReason, Failure, Input, Purpose, Request, RequestId, SocketId};
use http::Response;

use super::World;
use super::host::is_post;
use crate::sim::network::{After, Delivery};
use crate::sim::oracle::traffic::TIMED_OUT;
use crate::sim::record::serials_in;
use crate::sim::service::{Handshake, Payload, Service};
use crate::sim::setup::FRAME_BYTES_MAX;
use crate::sim::violation::Verdict;

impl World {
    /// Brings the next thing on the network to where it goes.
    pub(super) fn deliver(&mut self) -> Verdict {
        let Some(delivery) = self.network.take(self.clock) else { return Ok(()) };
        match delivery {
            Delivery::Request { request, message, after } => {
                self.request_arrives(request, &message, after);
                Ok(())
            }
            Delivery::Answer { request, response } => self.answer_arrives(request, response),
            Delivery::Failure { request, failure } => self.failure_arrives(request, failure),
            Delivery::Handshake { socket, url, untold } => {
                self.handshake_arrives(socket, &url, untold);
                Ok(())
            }
            Delivery::Opened { socket } => {
                self.mark_opened(socket);
                self.feed(Input::SocketOpened { socket })
            }
            Delivery::Payload { socket, payload } => self.payload_arrives(socket, payload),
            Delivery::Pong { socket } => {
                self.mark_opened(socket);
                self.feed(Input::Pong { socket })
            }
            Delivery::Closed { socket, reason } => self.close_arrives(socket, reason),
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
        if message.purpose() == Purpose::Reconnect && !message.url().contains('?') {
            self.oracle.streams_anew(&self.service);
            self.oracle.shows_end(&self.service);
        }
        if message.purpose() == Purpose::Activities {
            self.oracle.shows_end(&self.service);
        }
        let response = self.service.answer(self.clock, message, &mut self.faults);
        self.flush();
        response
    }

    fn answer_arrives(&mut self, request: RequestId, response: Response<Vec<u8>>) -> Verdict {
        if let Some((purpose, has_watermark)) = self.traffic.purpose(request) {
            self.count_answer(purpose, has_watermark, &response);
            let is_due = !is_post(purpose) && self.has_nothing_due();
            let due_end = self.fatal(purpose, &response).filter(|_| is_due);
            let status = response.status().as_u16();
            let wait = wait_millis(&response);
            // To the traffic, the 400 that speaks of the credential is one of its refusals.
            let told = if is_refusal(&response) { 401 } else { status };
            self.traffic.answered(self.clock, request, told, wait);
            // An answer at the deadline comes too late; what it holds is dropped.
            let is_late = self.traffic.purpose(request).is_some();
            if !is_late {
                let is_clear = self.has_nothing_due();
                self.wallet.answered(self.clock, (request, purpose), &response, is_clear);
            }
            self.traffic.counts.due_end = self.traffic.counts.due_end.or(due_end);
            if is_post(purpose) && !is_late {
                let is_refused = matches!(status, 401 | 403 | 429) || is_refusal(&response);
                self.posts.landed(request, is_refused);
                if status == 429 {
                    self.traffic.post_refused(self.clock, wait);
                }
            }
            if purpose == Purpose::Activities && status == 200 && !is_late {
                let text = std::str::from_utf8(response.body()).unwrap_or("");
                if text.starts_with("{\"activities\":[") && text.ends_with('}') {
                    let is_empty = text.starts_with("{\"activities\":[]");
                    self.traffic.page_came(self.clock, is_empty);
                    if is_empty {
                        self.oracle.has_bearings();
                    }
                }
                self.oracle.arrives(serials_in(text));
            }
        }
        self.feed(Input::Response { request, response })
    }

    /// The clause by which this answer ends the session.
    fn fatal(&self, purpose: Purpose, response: &Response<Vec<u8>>) -> Option<&'static str> {
        let body = String::from_utf8_lossy(response.body());
        match response.status().as_u16() {
            403 if body.contains("RegionNotAllowed") => Some("CR-5"),
            // One that was started elsewhere may go on there.
            200 if purpose == Purpose::Reconnect && self.oracle.joined.is_some() => {
                body.contains("\"elsewhere-us\"").then_some("RC-9")
            }
            _ => None,
        }
    }

    /// What is overdue goes first, and may change what the news means.
    pub(super) fn has_nothing_due(&self) -> bool {
        self.session.deadline().is_none_or(|by| by.as_millis() > self.clock)
    }

    /// Notes what may end a session.
    fn count_answer(
        &mut self,
        purpose: Purpose,
        has_watermark: bool,
        response: &Response<Vec<u8>>,
    ) {
        let counts = &mut self.traffic.counts;
        let body = String::from_utf8_lossy(response.body());
        match response.status().as_u16() {
            200..=299 => {
                counts.other_conversations += u64::from(body.contains("elsewhere-us"));
            }
            403 if body.contains("RegionNotAllowed") => counts.wrong_regions += 1,
            401 | 403 => counts.refusals += 1,
            400 if body.contains("MissingProperty") => counts.refusals += 1,
            404 | 410 => counts.missing += 1,
            400 if has_watermark => {}
            408 | 425 | 429 => {}
            status if status < 500 || status == 501 => {
                counts.rejections += u64::from(!is_post(purpose));
            }
            _ => {}
        }
    }

    /// RC-8: collisions in a row, as far as they were surely counted.
    fn count_collision(&mut self, has_collided: bool) {
        let max = self.setup.collisions_max();
        let counts = &mut self.traffic.counts;
        counts.collisions_in_row = if has_collided { counts.collisions_in_row + 1 } else { 0 };
        if counts.collisions_in_row >= max {
            counts.due_end = Some("RC-8");
        }
    }

    fn failure_arrives(&mut self, request: RequestId, failure: Failure) -> Verdict {
        if let Some((purpose, _)) = self.traffic.purpose(request) {
            // As an answer that says to try again later.
            let status = if failure == Failure::TimedOut { TIMED_OUT } else { 599 };
            self.traffic.answered(self.clock, request, status, 0);
            let is_late = self.traffic.purpose(request).is_some();
            if is_post(purpose) && !is_late {
                self.posts.landed(request, failure == Failure::NotSent);
                if failure == Failure::NotSent {
                    self.traffic.post_refused(self.clock, 0);
                }
            }
        }
        self.feed(Input::RequestFailed { request, failure })
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

    /// Anything on a socket shows that it is open, if it comes in time.
    fn mark_opened(&mut self, socket: SocketId) -> bool {
        let was_open = matches!(self.traffic.socket(), Some((_, Some(_))));
        self.traffic.opened(self.clock, socket);
        let is_open = matches!(self.traffic.socket(), Some((own, Some(_))) if own == socket);
        if is_open && !was_open {
            self.report.opened += 1;
            self.oracle.opened();
            self.oracle.has_bearings();
        }
        is_open
    }

    fn payload_arrives(&mut self, socket: SocketId, payload: Payload) -> Verdict {
        let Payload { text, serials, is_readable } = payload;
        if self.mark_opened(socket) {
            if is_readable {
                if text.as_ref().is_some_and(|text| text.len() > FRAME_BYTES_MAX) {
                    self.oracle.hits_wall();
                }
                self.oracle.arrives(serials);
            } else {
                self.oracle.arrives_unreadable(&serials);
            }
        }
        match text {
            Some(text) => self.feed(Input::Frame { socket, text }),
            None => self.feed(Input::Garbled { socket }),
        }
    }

    fn close_arrives(&mut self, socket: SocketId, reason: CloseReason) -> Verdict {
        if self.traffic.is_wanted(socket) {
            let has_collided = match &reason {
                CloseReason::Closed { reason, .. } => {
                    reason.to_ascii_lowercase().contains("collision")
                }
                _ => false,
            };
            self.traffic.counts.collisions += u64::from(has_collided);
            self.oracle.is_blocked = reason == CloseReason::Unreadable;
            if matches!(reason, CloseReason::Unreadable | CloseReason::FrameTooLarge) {
                self.oracle.hits_wall();
            }
            // What is overdue goes first, and may find the socket silent before it is closed.
            let is_in_time = self.has_nothing_due();
            self.count_collision(has_collided && is_in_time);
            self.traffic.socket_over(self.clock, socket, has_collided && is_in_time);
        }
        self.service.hang_up(socket.as_u64());
        self.feed(Input::SocketClosed { socket, reason })
    }
}

/// Whether this is the 400 that speaks of the credential.
fn is_refusal(response: &Response<Vec<u8>>) -> bool {
    response.status() == 400 && String::from_utf8_lossy(response.body()).contains("MissingProperty")
}

/// How long an answer asks the client to wait.
fn wait_millis(response: &Response<Vec<u8>>) -> u64 {
    let header = response.headers().get("Retry-After").and_then(|value| value.to_str().ok());
    match header {
        Some("soon") | None => 0,
        // The one date that the service says, against the one that it says it at.
        Some(text) if text.contains("GMT") => 30_000,
        Some(text) => text.parse::<u64>().map_or(0, |seconds| seconds.saturating_mul(1_000)),
    }
}
