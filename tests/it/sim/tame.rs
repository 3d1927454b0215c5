//! TAME: a host and a service that know nothing of the configuration, in a few lines. They read
//! operations as the world does, as far as these make sense without it, and watch over what must hold
//! whatever the settings are: no spinning, one socket, bearers to the base only, an end.

use std::collections::VecDeque;

use directline::{
    Action, CloseReason, Config, Event, Failure, Input, Misuse, Moment, Output, PostKey, Purpose,
    Request, RequestId, Secret, Session, SocketId,
};
use http::Response;

use super::operation::{HostCall, Operation, SocketFate};
use super::violation::{Verdict, Violation, ensure};

pub(crate) struct Tame {
    session: Session,
    base: String,
    clock: u64,
    asked: VecDeque<(RequestId, Purpose)>,
    socket: Option<SocketId>,
    /// What makes ids, URLs and tokens new.
    number: u64,
    is_over: bool,
}

impl Tame {
    pub(crate) fn new(config: &Config, session: Session, clock: u64) -> Result<Tame, Violation> {
        let base = config.base().to_owned();
        let asked = VecDeque::new();
        let mut host =
            Tame { session, base, clock, asked, socket: None, number: 0, is_over: false };
        host.drain()?;
        Ok(host)
    }

    pub(crate) fn perform(&mut self, operation: Operation) -> Verdict {
        self.number += 1;
        match operation {
            Operation::Advance { millis } => self.pass(u64::from(millis)),
            Operation::Oversleep { millis } => {
                self.clock += u64::from(millis);
                self.feed(Input::Timeout)
            }
            Operation::Say { count, .. } => self.say(count % 8),
            Operation::Post => self.post(),
            Operation::Socket { fate, code } => self.lose(fate, code),
            Operation::Request { detail, .. } => {
                self.answer(100 + u16::from(detail) * 3 % 900, String::new())
            }
            Operation::Host { call, detail } => self.call(call, detail),
            Operation::Token(_) => self.token(),
            // Everything else: the service does its best.
            _ => self.serve(),
        }
    }

    /// The host wants no more; nothing is left then.
    pub(crate) fn close(mut self) -> Verdict {
        self.feed(Input::Close)?;
        let is_idle = self.session.deadline().is_none();
        ensure(self.is_over && is_idle, "TM-6", || format!("closed: {:?}", self.session.status()))
    }

    /// Answers everything as it should be, and opens the socket.
    fn serve(&mut self) -> Verdict {
        for _ in 0..self.asked.len() {
            let Some((_, purpose)) = self.asked.front() else { break };
            let number = self.number;
            let body = match purpose {
                Purpose::Activities => format!("{{\"activities\":[],\"watermark\":\"{number}\"}}"),
                Purpose::Post | Purpose::Upload => format!("{{\"id\":\"c-us|{number:07}\"}}"),
                Purpose::Generate | Purpose::Start | Purpose::Reconnect | Purpose::Refresh => {
                    let scheme = if self.base.starts_with("https") { "wss" } else { "ws" };
                    format!(
                        r#"{{"conversationId":"c-us","token":"t-{number}","expires_in":{},
                        "streamUrl":"{scheme}://service.example/s?t={number}"}}"#,
                        number % 90
                    )
                }
            };
            self.answer(200, body)?;
            self.number += 1;
        }
        match self.socket {
            Some(socket) => self.feed(Input::SocketOpened { socket }),
            None => Ok(()),
        }
    }

    fn answer(&mut self, status: u16, body: String) -> Verdict {
        let Some((request, _)) = self.asked.pop_front() else { return Ok(()) };
        let input = match Response::builder().status(status).body(body.into_bytes()) {
            Ok(response) => Input::Response { request, response },
            Err(_) => Input::RequestFailed { request, failure: Failure::Broken },
        };
        self.feed(input)
    }

    fn say(&mut self, count: u16) -> Verdict {
        let Some(socket) = self.socket else { return Ok(()) };
        let number = self.number;
        let activities: Vec<_> =
            (0..count).map(|at| format!("{{\"id\":\"{}\"}}", number * 8 + u64::from(at))).collect();
        let text =
            format!("{{\"activities\":[{}],\"watermark\":\"{number}\"}}", activities.join(","));
        self.feed(Input::Frame { socket, text })
    }

    fn post(&mut self) -> Verdict {
        let activity = "{\"type\":\"message\"}".to_owned();
        self.feed(Input::Post { key: PostKey(self.number), activity })
    }

    fn lose(&mut self, fate: SocketFate, code: u16) -> Verdict {
        let Some(socket) = self.socket.take() else { return Ok(()) };
        let reason = match fate {
            SocketFate::Collision => "collision".to_owned(),
            _ => String::new(),
        };
        let reason = match fate {
            SocketFate::Closed | SocketFate::Collision => CloseReason::Closed { code, reason },
            SocketFate::Broken | SocketFate::Reset | SocketFate::HalfOpen => CloseReason::Broken,
            SocketFate::TooLarge => CloseReason::FrameTooLarge,
            SocketFate::Unreadable => CloseReason::Unreadable,
        };
        self.feed(Input::SocketClosed { socket, reason })
    }

    fn call(&mut self, call: HostCall, detail: u16) -> Verdict {
        match call {
            HostCall::Timeout | HostCall::Backwards => {
                let earlier = self.clock.saturating_sub(u64::from(detail));
                self.feed_at(earlier, Input::Timeout)
            }
            HostCall::Woke => self.feed(Input::Woke),
            HostCall::Down => self.feed(Input::NetworkDown),
            HostCall::Up => self.feed(Input::NetworkUp),
            HostCall::NewToken => self.token(),
            // The end is tried anyway.
            HostCall::Close => Ok(()),
        }
    }

    fn token(&mut self) -> Verdict {
        let token = Secret::new(format!("own-{}", self.number));
        let token = token.map_err(|error| Violation::new("RX-6", error.to_string()))?;
        self.feed(Input::NewToken { token, lifetime: None })
    }

    /// Lets time pass, deadline by deadline, as long as that takes no more than a few of them.
    fn pass(&mut self, millis: u64) -> Verdict {
        let target = self.clock + millis;
        let mut at_once = 0;
        for _ in 0..TIMEOUTS_MAX {
            let by = self.session.deadline().map(Moment::as_millis);
            let Some(by) = by.filter(|by| *by <= target) else { break };
            at_once = if by > self.clock { 0 } else { at_once + 1 };
            ensure(at_once < AT_ONCE_MAX, "TM-6", || format!("spins at {by}"))?;
            self.clock = by.max(self.clock);
            self.feed(Input::Timeout)?;
        }
        self.clock = target;
        self.feed(Input::Timeout)
    }

    fn feed(&mut self, input: Input) -> Verdict {
        self.feed_at(self.clock, input)
    }

    fn feed_at(&mut self, at: u64, input: Input) -> Verdict {
        match self.session.handle(Moment::from_millis(at), input) {
            Ok(()) => {}
            Err(Misuse::Ended) if self.is_over => {}
            Err(misuse) => return Err(Violation::new("RX-6", misuse.to_string())),
        }
        self.drain()
    }

    fn drain(&mut self) -> Verdict {
        let mut count = 0;
        while let Some(output) = self.session.poll() {
            count += 1;
            ensure(count < OUTPUTS_MAX, "RX-6", || "outputs without end".to_owned())?;
            ensure(!self.is_over, "RX-6", || format!("after the end: {output:?}"))?;
            match output {
                Output::Action(action) => self.act(action)?,
                Output::Event(Event::Ended(_)) => self.is_over = true,
                Output::Event(_) => {}
            }
        }
        Ok(())
    }

    fn act(&mut self, action: Action) -> Verdict {
        match action {
            Action::Send { request, message } => {
                let is_home = Request::url(&message).starts_with(&self.base);
                ensure(is_home, "CR-8", || format!("{} of {}", message.url(), self.base))?;
                self.asked.push_back((request, message.purpose()));
            }
            Action::Cancel { request } => self.asked.retain(|(asked, _)| *asked != request),
            Action::Open { socket, .. } => {
                ensure(self.socket.is_none(), "RC-5", || "a second socket".to_owned())?;
                self.socket = Some(socket);
            }
            Action::Shut { socket } => {
                ensure(self.socket == Some(socket), "RC-5", || "no such socket".to_owned())?;
                self.socket = None;
            }
            Action::Probe { socket } => {
                ensure(self.socket == Some(socket), "RC-5", || "no such socket".to_owned())?;
            }
        }
        Ok(())
    }
}

const TIMEOUTS_MAX: usize = 60;
/// A deadline that is dealt with moves or goes.
const AT_ONCE_MAX: u32 = 32;
/// All posts that may wait, told at the end, and some.
const OUTPUTS_MAX: u32 = 1_000;
