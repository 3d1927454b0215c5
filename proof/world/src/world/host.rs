//! The host: carries outputs out, and keeps what it was handed.

use directline::{Action, Event, Output, Purpose, Request, RequestId, SocketId};

use super::World;
use crate::network::{After, Delivery};
use crate::operation::{HandshakeFate, RequestFate};
use crate::service::Service;

impl World {
    /// Carries an output out.
    pub(super) fn carry_out(&mut self, output: Output) {
        if let Some(life) = self.journal.as_mut().and_then(|journal| journal.last_mut()) {
            life.outputs.push(output.clone());
        }
        self.note_down(format_args!("  out {output:?}"));
        match output {
            Output::Action(action) => self.act(action),
            Output::Event(event) => self.note(event),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send { request, message } => self.send(request, message),
            Action::Cancel { request } => {
                // Cancelling is best effort: often enough the answer comes all the same.
                if self.random.chance(50) {
                    self.network.drop_request(request);
                }
            }
            Action::Open { socket, url } => self.dial(socket, url.expose().to_owned()),
            Action::Probe { socket } => self.probe(socket),
            Action::Shut { socket } => {
                let at = self.travel();
                self.network.send(at, Delivery::HungUp { socket });
            }
        }
    }

    fn send(&mut self, request: RequestId, message: Request) {
        let purpose = message.purpose();
        let fault = self.faults.request(purpose, message.url().contains('?'));
        self.report.faults += u64::from(fault.is_some());
        let at = self.travel();
        let after = match fault {
            None => After::Answered(None),
            Some((RequestFate::RequestLost, _)) => return,
            Some((RequestFate::NotSent, _)) => {
                let failure = directline::Failure::NotSent;
                return self.network.send(at, Delivery::Failure { request, failure });
            }
            Some((RequestFate::TimedOut, _)) => After::Fails(directline::Failure::TimedOut),
            Some((RequestFate::Twice, _)) => After::Twice,
            Some((RequestFate::Broken, _)) => After::Fails(directline::Failure::Broken),
            Some((RequestFate::TooLarge, _)) => After::Fails(directline::Failure::TooLarge),
            Some((RequestFate::AnswerLost, _)) => After::Silence,
            Some((RequestFate::Slow, detail)) => After::Late { millis: u64::from(detail) * 1_000 },
            Some((RequestFate::Status, detail)) => self.fail(purpose, detail),
            Some((RequestFate::Stranger, detail)) => After::Instead(Service::stranger(detail)),
            // The code for a bad argument, without a wish to wait.
            Some((RequestFate::WatermarkRefused, _)) => After::Instead(Service::failure(11)),
            Some((fate, _)) => After::Answered(Some(fate)),
        };
        self.network.send(at, Delivery::Request { request, message, after });
    }

    /// An error status; of a post that failed on the server's side nobody knows what became.
    fn fail(&mut self, purpose: Purpose, detail: u8) -> After {
        let response = Service::failure(detail);
        let status = response.status().as_u16();
        self.faults.tally.count("status", status.to_string());
        if response.headers().contains_key("Retry-After") {
            self.faults.tally.count("status with Retry-After", status.to_string());
        }
        let is_ambiguous = is_post(purpose) && (status >= 500 || matches!(status, 408 | 425));
        if is_ambiguous && self.random.chance(50) {
            After::Despite(response)
        } else {
            After::Instead(response)
        }
    }

    fn dial(&mut self, socket: SocketId, url: String) {
        let fault = self.faults.handshake();
        self.report.faults += u64::from(fault.is_some());
        let at = self.travel();
        let refused = |status| Delivery::Closed {
            socket,
            reason: directline::CloseReason::Refused { status },
        };
        let (at, delivery) = match fault {
            None => (at, Delivery::Handshake { socket, url, untold: false }),
            Some((HandshakeFate::OpenUntold, _)) => {
                (at, Delivery::Handshake { socket, url, untold: true })
            }
            Some((HandshakeFate::Slow, millis)) => {
                (at + u64::from(millis), Delivery::Handshake { socket, url, untold: false })
            }
            Some((HandshakeFate::Never, _)) => return,
            Some((HandshakeFate::ClosedAtOnce, _)) => {
                let reason = directline::CloseReason::Closed { code: 1013, reason: String::new() };
                self.network.send_on(socket, at, Delivery::Opened { socket });
                (at, Delivery::Closed { socket, reason })
            }
            Some((HandshakeFate::Refused502, _)) => (at, refused(Some(502))),
            Some((HandshakeFate::Refused400, _)) => (at, refused(Some(400))),
            Some((HandshakeFate::Refused401, _)) => (at, refused(Some(401))),
            Some((HandshakeFate::Refused403, _)) => (at, refused(Some(403))),
            Some((HandshakeFate::Refused, _)) => (at, refused(None)),
        };
        match delivery {
            Delivery::Closed { .. } => self.network.send_on(socket, at, delivery),
            delivery => self.network.send(at, delivery),
        }
    }

    fn probe(&mut self, socket: SocketId) {
        let number = socket.as_u64();
        let at = self.travel();
        let is_gone = self.network.is_half_open(number);
        if is_gone {
            self.faults.tally.count("other", "probe lost");
        }
        if is_gone && self.resets {
            let reason = directline::CloseReason::Broken;
            self.network.send(at, Delivery::Closed { socket, reason });
        } else if !is_gone && self.setup.answers_probes() {
            self.network.send_on(socket, at, Delivery::Pong { socket });
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Delivered(batch) => {
                self.report.handed += batch.len() as u64;
                if let Some(stand) = self.made.pop_front() {
                    self.keep(batch.checkpoint().clone(), stand);
                }
            }
            Event::Checkpoint(checkpoint) => {
                let stand = self.made.pop_front().filter(|_| self.setup.heeds());
                if let Some(stand) = stand {
                    self.keep(checkpoint, stand);
                }
            }
            Event::Gap(gap) => {
                self.report.gaps += 1;
                self.faults.tally.count("gap", format!("{:?}", gap));
            }
            Event::NeedsToken { .. } => {
                self.faults.tally.count("other", "token needed");
                self.network.send(self.clock + self.setup.token_delay(), Delivery::Token);
            }
            Event::Ended(end) => {
                let name = format!("{end:?}");
                let name = name.split([' ', '{']).next().unwrap_or_default();
                self.faults.tally.count("end", name);
                if let Some(checkpoint) = self.session.checkpoint() {
                    self.keep(checkpoint, self.stand(self.judge.carried()));
                }
                self.network.send(self.clock + 1_000, Delivery::Restart);
            }
            _ => {}
        }
    }
}

pub(super) fn is_post(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Post | Purpose::Upload)
}

/// The id with this number; ids can only be read, so this is what a host does that has lost it.
pub(super) fn socket_id(number: u64) -> Option<SocketId> {
    serde_json::from_value(number.into()).ok()
}
