//! WORLD: carries operations out. Time jumps from one thing that is due to the next; chance comes
//! from one seed; every step is held against the oracle.

mod deliver;
mod host;
mod quiet;
mod report;

use std::collections::VecDeque;

use directline::{Checkpoint, CloseReason, Config, Event, Input, Moment, Output, PostKey, Session};

pub(crate) use self::report::{Life, Report};
use super::faults::Faults;
use super::network::{Delivery, Network};
use super::operation::{HostCall, Operation, SocketFate, TokenFate};
use super::oracle::Oracle;
use super::oracle::posts::Posts;
use super::oracle::traffic::Traffic;
use super::random::Random;
use super::service::Service;
use super::setup::{Setup, TOKEN_LIFETIME};
use super::violation::{Verdict, Violation, ensure};

pub(crate) struct World {
    pub(crate) setup: Setup,
    clock: u64,
    random: Random,
    pub(crate) session: Session,
    service: Service,
    network: Network,
    faults: Faults,
    oracle: Oracle,
    traffic: Traffic,
    posts: Posts,
    /// The checkpoints that the host stored, each with how much it had been handed by then.
    stored: VecDeque<(Checkpoint, usize)>,
    /// When all outputs were taken out the last time.
    drained_at: u64,
    /// How many inputs go in before outputs are taken out.
    lazy: u16,
    next_key: u64,
    /// Whether the host has said that the network is down, and not that it is up again.
    is_offline: bool,
    /// Whether the session has ended and the next has not begun.
    is_over: bool,
    /// Whether peers whose connection is gone say so when they are spoken to.
    resets: bool,
    pub(crate) report: Report,
    journal: Option<Vec<Life>>,
    /// Whether everything that goes in and comes out is printed.
    tells: bool,
}

/// Runs `operations` and lets everything come to rest.
pub(crate) fn run(setup: Setup, operations: &[Operation]) -> Result<Report, Violation> {
    let mut world = World::new(setup, false)?;
    for operation in operations {
        world.perform(*operation)?;
    }
    world.come_to_rest()?;
    Ok(world.report)
}

/// As [`run`]; prints all that goes in and comes out.
pub(crate) fn tell(setup: Setup, operations: &[Operation]) -> Verdict {
    let mut world = World::new(setup, false)?;
    world.tells = true;
    for operation in operations {
        println!("{:>12} {operation:?}", world.clock);
        world.perform(*operation)?;
    }
    println!("{:>12} the faults stop", world.clock);
    world.come_to_rest()
}

/// As [`run`]; gives what went in and came out.
pub(crate) fn record(setup: Setup, operations: &[Operation]) -> Result<Vec<Life>, Violation> {
    let mut world = World::new(setup, true)?;
    for operation in operations {
        world.perform(*operation)?;
    }
    world.come_to_rest()?;
    Ok(world.journal.unwrap_or_default())
}

impl World {
    pub(crate) fn new(setup: Setup, keeps_journal: bool) -> Result<World, Violation> {
        let seed = u64::from_le_bytes(setup.bytes);
        let mut service = Service::new(setup);
        let token = (!setup.uses_secret()).then(|| {
            let conversation = service.create();
            service.tokens.mint(START, conversation, lifetime_millis())
        });
        let config = setup.config(token.as_deref());
        let began = Moment::from_millis(START);
        let mut world = World {
            setup,
            clock: START,
            random: Random::new(seed),
            session: Session::new(config.clone(), began),
            service,
            network: Network::new(40),
            faults: Faults::default(),
            oracle: Oracle::default(),
            traffic: Traffic::new(setup),
            posts: Posts::default(),
            stored: VecDeque::new(),
            drained_at: START,
            lazy: 0,
            next_key: 1,
            is_offline: false,
            is_over: false,
            resets: false,
            report: Report { lives: 1, ..Report::default() },
            journal: keeps_journal.then(Vec::new),
            tells: false,
        };
        world.note_life(config, None, began);
        world.drain()?;
        Ok(world)
    }

    pub(crate) fn perform(&mut self, operation: Operation) -> Verdict {
        match operation {
            Operation::Advance { millis } => self.run_until(self.clock + u64::from(millis))?,
            Operation::Oversleep { millis } => self.clock += u64::from(millis),
            Operation::Say { what, count } => {
                // A burst stays within what one frame may hold.
                self.service.say(self.clock, what, count % 32);
                self.flush();
            }
            Operation::Post => self.post()?,
            Operation::Socket { fate, code } => self.hit_socket(fate, code),
            Operation::Request { fate, target, detail } => {
                self.faults.order_request(fate, target, detail);
            }
            Operation::Url(kind) => self.faults.order_url(kind),
            Operation::Handshake { fate, millis } => self.faults.order_handshake(fate, millis),
            Operation::Frame(kind) => self.faults.order_frame(kind),
            Operation::Watermark { kind, back } => self.faults.order_watermark(kind, back),
            Operation::Replay { kind, back } => self.faults.order_replay(kind, back),
            Operation::Renumber => self.service.renumber(),
            Operation::Token(fate @ TokenFate::RevokeAll) => self.service.revoke(fate),
            Operation::Token(fate) => self.faults.order_token(fate),
            Operation::Host { call, detail } => self.host_calls(call, detail)?,
            Operation::Kill { lag } => self.kill(usize::from(lag))?,
            Operation::Lazy { inputs } => self.lazy = inputs % 16,
            Operation::Latency { millis } => self.network.latency = u64::from(millis % 30_000),
        }
        self.run_until(self.clock)
    }

    /// Lets time pass until `target`, with everything that is due on the way.
    pub(crate) fn run_until(&mut self, target: u64) -> Verdict {
        let mut timeouts_at_once = 0_u32;
        while let Some((at, is_news)) = self.next_due().filter(|(at, _)| *at <= target) {
            timeouts_at_once = if at > self.clock || is_news { 0 } else { timeouts_at_once + 1 };
            ensure(timeouts_at_once < TIMEOUTS_MAX, "TM-6", || format!("spins at {at}"))?;
            self.clock = self.clock.max(at);
            if is_news {
                self.deliver()?;
            } else {
                self.feed(Input::Timeout)?;
            }
        }
        self.clock = self.clock.max(target);
        Ok(())
    }

    /// When the next thing is due, and whether it is news rather than a deadline.
    fn next_due(&self) -> Option<(u64, bool)> {
        let deadline = self.session.deadline().map(Moment::as_millis);
        match (deadline, self.network.next_at()) {
            (None, None) => None,
            (Some(deadline), None) => Some((deadline, false)),
            (None, Some(news)) => Some((news, true)),
            (Some(deadline), Some(news)) => {
                let is_news = news < deadline || (news == deadline && self.setup.news_first());
                Some((news.min(deadline), is_news))
            }
        }
    }

    fn now(&self) -> Moment {
        Moment::from_millis(self.clock)
    }

    fn travel(&mut self) -> u64 {
        self.clock + self.network.latency + self.random.below(self.network.latency / 2)
    }

    /// Gives an input to the session; takes its outputs unless the host is lazy.
    fn feed(&mut self, input: Input) -> Verdict {
        self.feed_at(self.now(), input)
    }

    fn feed_at(&mut self, now: Moment, input: Input) -> Verdict {
        self.report.inputs += 1;
        if let Some(life) = self.journal.as_mut().and_then(|journal| journal.last_mut()) {
            life.inputs.push((now, input.clone()));
        }
        if self.tells {
            println!("{:>12}   in {input:?}", self.clock);
        }
        let shown = input.clone();
        self.session
            .handle(now, input)
            .map_err(|misuse| Violation::new("RX-6", format!("{shown:?} gave {misuse}")))?;
        if self.lazy == 0 {
            return self.drain();
        }
        self.lazy -= 1;
        let mut drained = self.session.clone();
        let waiting: Vec<Output> = std::iter::from_fn(|| drained.poll()).collect();
        let is_batch = |output: &Output| matches!(output, Output::Event(Event::Delivered(_)));
        let has_batch = waiting.iter().any(is_batch);
        ensure(!has_batch || self.session.checkpoint().is_none(), "WM-5", || {
            "a checkpoint covers a batch that waits".to_owned()
        })?;
        let waits = !waiting.is_empty();
        ensure(!waits || self.session.deadline() <= Some(self.now()), "TM-6", || {
            format!("outputs wait, and the deadline is {:?}", self.session.deadline())
        })
    }

    /// Sends what the service has to say over every socket that it holds open.
    fn flush(&mut self) {
        self.oracle.index(&self.service);
        for number in self.service.open_sockets() {
            let payloads = self.service.flush(number, &mut self.faults, &mut self.random);
            let Some(socket) = host::socket_id(number) else { continue };
            for payload in payloads {
                let at = self.travel();
                self.network.send_on(socket, at, Delivery::Payload { socket, payload });
            }
        }
    }

    fn post(&mut self) -> Verdict {
        if self.is_over {
            return Ok(());
        }
        let key = self.next_key;
        self.next_key += 1;
        self.report.posts += 1;
        self.posts.queued(key);
        let activity =
            format!("{{\"type\":\"message\",\"from\":{{\"id\":\"u\"}},\"text\":\"post {key}\"}}");
        self.feed(Input::Post { key: PostKey(key), activity })
    }

    fn hit_socket(&mut self, fate: SocketFate, code: u16) {
        let Some((socket, _)) = self.traffic.socket() else { return };
        let number = socket.as_u64();
        let reason = match fate {
            SocketFate::Closed => CloseReason::Closed { code, reason: String::new() },
            SocketFate::Collision => {
                let reason = if code % 2 == 0 { "collision" } else { "Socket COLLISION." };
                CloseReason::Closed { code, reason: reason.to_owned() }
            }
            SocketFate::Broken | SocketFate::Reset => CloseReason::Broken,
            SocketFate::TooLarge => CloseReason::FrameTooLarge,
            SocketFate::Unreadable => CloseReason::Unreadable,
            SocketFate::HalfOpen => {
                self.network.half_open(number);
                return;
            }
        };
        if fate == SocketFate::Reset {
            self.network.drop_on(number);
        }
        self.service.hang_up(number);
        let at = self.travel();
        self.network.send_on(socket, at, Delivery::Closed { socket, reason });
    }

    fn host_calls(&mut self, call: HostCall, detail: u16) -> Verdict {
        let input = match call {
            HostCall::Timeout => Input::Timeout,
            HostCall::Backwards => {
                let earlier = self.clock.saturating_sub(u64::from(detail));
                return self.feed_at(Moment::from_millis(earlier), Input::Timeout);
            }
            HostCall::Woke => Input::Woke,
            HostCall::Up => Input::NetworkUp,
            HostCall::Down => {
                if detail % 2 == 1 {
                    self.network.cut(&self.service.open_sockets());
                }
                Input::NetworkDown
            }
            HostCall::NewToken => return self.hand_token_in(),
            HostCall::Close => {
                self.traffic.counts.closes += 1;
                Input::Close
            }
        };
        if matches!(call, HostCall::Woke | HostCall::Up) {
            self.traffic.host_called(self.clock);
        }
        if matches!(call, HostCall::Down | HostCall::Up) {
            self.is_offline = call == HostCall::Down;
        }
        self.feed(input)
    }

    fn hand_token_in(&mut self) -> Verdict {
        if self.is_over {
            return Ok(());
        }
        let own = self.oracle.joined.or((!self.setup.uses_secret()).then_some(0));
        let conversation = own.unwrap_or_else(|| self.service.create());
        let text = self.service.tokens.mint(self.clock, conversation, lifetime_millis());
        let token = directline::Secret::new(text).expect("visible ASCII");
        self.traffic.host_called(self.clock);
        self.traffic.token_came(self.clock);
        let lifetime = self.random.chance(70).then_some(TOKEN_LIFETIME);
        self.feed(Input::NewToken { token, lifetime })
    }

    /// The process dies without a word, and comes back with a checkpoint that it had stored.
    fn kill(&mut self, lag: usize) -> Verdict {
        self.report.kills += 1;
        self.stored.truncate(self.stored.len().saturating_sub(lag));
        self.restart()
    }

    /// A new session from the newest stored checkpoint, or from nothing.
    fn restart(&mut self) -> Verdict {
        self.report.lives += 1;
        for number in self.service.open_sockets() {
            self.service.hang_up(number);
        }
        self.network = Network::new(self.network.latency);
        let stored = self.stored.back().cloned();
        self.oracle.roll_back(&self.service, stored.as_ref().map_or(0, |(_, mark)| *mark));
        self.traffic.begin_life();
        self.posts.begin_life();
        (self.is_over, self.is_offline, self.lazy) = (false, false, 0);
        let checkpoint = stored.map(|(checkpoint, _)| checkpoint);
        let conversation = match &checkpoint {
            Some(checkpoint) => self.service.find(checkpoint.conversation()),
            None => (!self.setup.uses_secret()).then_some(0),
        };
        self.oracle.joined = None;
        let token = conversation.map(|conversation| {
            self.service.tokens.mint(self.clock, conversation, lifetime_millis())
        });
        let config = self.setup.config(token.as_deref());
        let began = self.now();
        self.session = match checkpoint.clone() {
            Some(checkpoint) => Session::resume(config.clone(), checkpoint, began),
            None => Session::new(config.clone(), began),
        };
        self.note_life(config, checkpoint, began);
        self.drain()
    }

    fn note_life(&mut self, config: Config, checkpoint: Option<Checkpoint>, began: Moment) {
        if let Some(journal) = &mut self.journal {
            let (inputs, outputs) = (Vec::new(), Vec::new());
            journal.push(Life { config, checkpoint, began, inputs, outputs });
        }
    }
}

fn lifetime_millis() -> u64 {
    u64::try_from(TOKEN_LIFETIME.as_millis()).expect("half an hour")
}

/// Not zero, so that moments before the beginning can be tried.
const START: u64 = 10_000_000;
/// A deadline that is dealt with moves or goes; a lazy host adds a few.
const TIMEOUTS_MAX: u32 = 32;
