//! The host: acts on outputs, and keeps what it was handed.

use directline::{
    Action, Cause, End, Event, Fault, GapCause, Moment, Next, Output, Purpose, Request, RequestId,
    SocketId, Status,
};

use super::World;
use crate::sim::excuse::Rule;
use crate::sim::network::{After, Delivery};
use crate::sim::operation::{HandshakeFate, RequestFate};
use crate::sim::service::Service;
use crate::sim::service::answer::post_number;
use crate::sim::violation::{Verdict, ensure};

impl World {
    /// Takes all outputs out and acts on them; then looks at where that leaves the session.
    pub(super) fn drain(&mut self) -> Verdict {
        while let Some(output) = self.session.poll() {
            if let Some(life) = self.journal.as_mut().and_then(|journal| journal.last_mut()) {
                life.outputs.push(output.clone());
            }
            if self.tells {
                println!("{:>12}  out {output:?}", self.clock);
            }
            ensure(!self.is_over, "RX-5", || format!("{output:?} came after the end"))?;
            match output {
                Output::Action(action) => self.act(action)?,
                Output::Event(event) => self.note(event)?,
            }
        }
        let due_end = self.traffic.counts.due_end.filter(|_| !self.is_over);
        ensure(due_end.is_none(), due_end.unwrap_or(""), || "the session goes on".to_owned())?;
        self.drained_at = self.clock;
        self.oracle.settle(&self.service);
        self.traffic.check(self.clock)?;
        self.check_deadline()?;
        let deadline = self.session.deadline().map(Moment::as_millis);
        self.wallet.settle(self.clock);
        self.wallet.check(self.clock, self.session.status(), deadline)?;
        self.check_checkpoint()
    }

    /// WM-5, for what the session would have the host store now.
    fn check_checkpoint(&mut self) -> Verdict {
        let Some(checkpoint) = self.session.checkpoint() else { return Ok(()) };
        if checkpoint.watermark().is_some() {
            self.traffic.shows_mark();
        }
        self.oracle.check(&self.service, &checkpoint)
    }

    fn fault(&mut self, fault: &Fault) -> Verdict {
        let connects = |purpose: &Purpose| {
            matches!(purpose, Purpose::Generate | Purpose::Start | Purpose::Reconnect)
        };
        let is_attempt = match &fault.cause {
            Cause::NotAnswered { purpose, .. }
            | Cause::Answered { purpose, .. }
            | Cause::BadBody { purpose } => connects(purpose),
            Cause::SocketLost(_) | Cause::BadStreamUrl(_) | Cause::NoSocketOffered => true,
            _ => false,
        };
        match fault.next {
            Next::Retries { attempt, .. } if is_attempt => {
                self.traffic.attempted(self.clock, attempt)
            }
            _ => Ok(()),
        }
    }

    /// LV-2: nothing waits without a deadline but what may.
    fn check_deadline(&self) -> Verdict {
        let status = self.session.status();
        let may_wait = matches!(status, Status::NeedsToken | Status::Offline | Status::Ended);
        ensure(may_wait || self.session.deadline().is_some(), "LV-2", || {
            format!("{status:?} waits for nothing")
        })
    }

    fn act(&mut self, action: Action) -> Verdict {
        match action {
            Action::Send { request, message } => self.send(request, message),
            Action::Cancel { request } => {
                if let Some((Purpose::Post | Purpose::Upload, _)) = self.traffic.purpose(request) {
                    self.posts.landed(request, false);
                }
                self.traffic.cancelled(self.clock, request);
                // Cancelling is best effort: often enough the answer comes all the same.
                if self.random.chance(50) {
                    self.network.drop_request(request);
                }
                Ok(())
            }
            Action::Open { socket, url } => {
                let url = url.expose().to_owned();
                ensure(self.service.has_minted(&url), "SU-3", || {
                    format!("{url} is not as minted")
                })?;
                self.traffic.dialled(self.clock, socket, &url)?;
                self.dial(socket, url);
                Ok(())
            }
            Action::Probe { socket } => {
                self.probe(socket);
                Ok(())
            }
            Action::Shut { socket } => {
                // Whatever for: what the session found out by itself may have ended the row.
                self.traffic.counts.collisions_in_row = 0;
                self.traffic.shut(self.clock, socket)?;
                let at = self.travel();
                self.network.send(at, Delivery::HungUp { socket });
                Ok(())
            }
        }
    }

    fn send(&mut self, request: RequestId, message: Request) -> Verdict {
        let purpose = message.purpose();
        let is_minted = self.service.tokens.has_minted(message.bearer().expose());
        self.report.requests += 1;
        let ledger = &mut self.oracle.ledger;
        self.traffic.sent(self.clock, request, &message, is_minted, ledger)?;
        self.wallet.sent(self.clock, request, &message, ledger)?;
        // TM-3: in a jump over several deadlines each is dealt with in order, so that what was due
        // before the token's end still carries it.
        let is_over = |at| self.service.tokens.is_known_over(at, message.bearer().expose());
        self.oracle.ledger.excuses(Rule::Jumped, is_over(self.clock) && !is_over(self.drained_at));
        let is_over = is_over(self.drained_at);
        ensure(!is_over, "CR-2", || format!("{purpose:?} carried a token that had run out"))?;
        if is_post(purpose) {
            ensure(!self.oracle.seeks_end(), "WM-8", || {
                "posted before it is clear where the new begins".to_owned()
            })?;
            let body = String::from_utf8_lossy(message.body());
            let key = post_number(&body);
            // What the host was told to store, or the echo, says that it was sent before.
            let knows = self.setup.heeds() || self.setup.echo_keys();
            let is_again = self.service.posts.contains_key(&key);
            let is_excused = self.oracle.ledger.excuses(Rule::PostedAgain, is_again && !knows);
            ensure(!is_again || is_excused, "TX-2", || format!("{key} was taken before"))?;
            self.posts.sent(request, key, message.body())?;
        }
        let fault = self.faults.request(purpose, message.url().contains('?'));
        self.report.faults += u64::from(fault.is_some());
        let at = self.travel();
        let after = match fault {
            None => After::Answered(None),
            Some((RequestFate::RequestLost, _)) => return Ok(()),
            Some((RequestFate::NotSent, _)) => {
                let failure = directline::Failure::NotSent;
                self.network.send(at, Delivery::Failure { request, failure });
                return Ok(());
            }
            Some((RequestFate::TimedOut, _)) => After::Fails(directline::Failure::TimedOut),
            Some((RequestFate::Twice, _)) => After::Twice,
            Some((RequestFate::Broken, _)) => After::Fails(directline::Failure::Broken),
            Some((RequestFate::TooLarge, _)) => After::Fails(directline::Failure::TooLarge),
            Some((RequestFate::AnswerLost, _)) => After::Silence,
            Some((RequestFate::Slow, detail)) => After::Late { millis: u64::from(detail) * 1_000 },
            Some((RequestFate::Status, detail)) => self.fail(purpose, detail),
            // The code for a bad argument, without a wish to wait.
            Some((RequestFate::WatermarkRefused, _)) => After::Instead(Service::failure(11)),
            Some((fate, _)) => After::Answered(Some(fate)),
        };
        self.network.send(at, Delivery::Request { request, message, after });
        Ok(())
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

    fn note(&mut self, event: Event) -> Verdict {
        match event {
            Event::Joined { conversation } => {
                self.oracle.join(self.service.find(&conversation));
                Ok(())
            }
            Event::Delivered(batch) => {
                self.oracle.handed(&self.service, &batch)?;
                let (posts, ledger) = (&mut self.posts, &mut self.oracle.ledger);
                batch.iter().try_for_each(|activity| posts.handed(activity.json(), ledger))?;
                let is_end = |json: &str| json.contains("\"type\":\"endOfConversation\"");
                let ends = batch.iter().filter(|activity| is_end(activity.json())).count();
                self.traffic.counts.ends_handed += ends as u64;
                if ends > 0 {
                    self.traffic.counts.due_end = Some("RX-5");
                }
                self.report.handed += batch.len() as u64;
                self.keep(batch.checkpoint().clone());
                Ok(())
            }
            Event::Checkpoint(checkpoint) => {
                self.oracle.check(&self.service, &checkpoint)?;
                if self.setup.heeds() {
                    self.keep(checkpoint);
                }
                Ok(())
            }
            Event::Posted { key, outcome } => {
                let taken = self.service.posts.get(&key.0).copied().unwrap_or(0);
                self.posts.told(key, &outcome, taken)
            }
            Event::Gap(gap) => {
                let socket = self.traffic.socket().map(|(socket, _)| socket.as_u64());
                let start = socket.and_then(|socket| self.service.stream_start(socket));
                if matches!(gap.cause, GapCause::FrameTooLarge | GapCause::UnreadableFrame) {
                    self.traffic.drops_mark();
                }
                self.report.gaps += 1;
                self.faults.tally.count("gap", format!("{:?}", gap.cause));
                self.oracle.gap(&self.service, gap.cause, start.map(|(_, place)| place))
            }
            Event::NeedsToken { .. } => {
                self.faults.tally.count("other", "token needed");
                self.traffic.token_needed(self.clock)?;
                self.wallet.needed(self.clock)?;
                self.network.send(self.clock + self.setup.token_delay(), Delivery::Token);
                Ok(())
            }
            Event::Ended(end) => self.ended(&end),
            Event::Faulted(fault) => self.fault(&fault),
            Event::Status(_) => Ok(()),
            other => unreachable!("an event that this world does not know: {other:?}"),
        }
    }

    fn ended(&mut self, end: &End) -> Verdict {
        self.traffic.check_end(self.clock, end)?;
        let name = format!("{end:?}");
        let name = name.split([' ', '{']).next().unwrap_or_default();
        self.faults.tally.count("end", name);
        self.posts.check_end(self.session.checkpoint().as_ref())?;
        self.is_over = true;
        if let Some(checkpoint) = self.session.checkpoint() {
            self.keep(checkpoint);
        }
        self.network.send(self.clock + 1_000, Delivery::Restart);
        Ok(())
    }
}

pub(super) fn is_post(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Post | Purpose::Upload)
}

/// The id with this number; ids can only be read, so this is what a host does that has lost it.
pub(super) fn socket_id(number: u64) -> Option<SocketId> {
    serde_json::from_value(number.into()).ok()
}
