//! WORLD: carries operations out. Time jumps from one thing that is due to the next; chance comes
//! from one seed; every step is held against the oracle.

mod acts;
mod anger;
mod deliver;
pub mod fork;
mod host;
mod judged;
mod lives;
mod quiet;
mod report;

use std::collections::VecDeque;
use std::fmt::Arguments;

use directline::{Checkpoint, Input, Moment, Session, Token};

use self::fork::Forks;
pub use self::report::{Life, Report};
use super::faults::Faults;
use super::network::{Delivery, Network};
use super::operation::{HostCall, Operation, TokenFate};
use super::oracle::Oracle;
use super::oracle::posts::Posts;
use super::random::Random;
use super::reference::facts::Holds;
use super::reference::judge::Judge;
use super::reference::model::Memory;
use super::service::Service;
use super::setup::Setup;
use super::violation::{Verdict, Violation, ensure};

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) setup: Setup,
    clock: u64,
    random: Random,
    pub(crate) session: Session,
    service: Service,
    network: Network,
    faults: Faults,
    judge: Judge,
    oracle: Oracle,
    posts: Posts,
    /// What the host stored.
    stored: VecDeque<Stored>,
    /// Whether it has gone back behind what it had stored.
    has_lost_stored: bool,
    /// How it stood when the checkpoints were made that wait for a lazy host.
    made: VecDeque<Stand>,
    /// How many of the outputs that wait are judged.
    judged: usize,
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
    /// Whether a copy of this world is killed at every step, and how many were.
    forks: Option<Forks>,
    /// Is told everything that goes in and comes out.
    tells: Option<Teller>,
}

/// Who is told, a line each.
pub type Teller = fn(Arguments<'_>);

/// A checkpoint that the host stored.
#[derive(Clone)]
struct Stored {
    checkpoint: Checkpoint,
    stand: Stand,
}

/// How it stood when a checkpoint was made.
#[derive(Clone)]
struct Stand {
    /// How much the host had been handed.
    mark: usize,
    /// What else it carries.
    memory: Memory,
}

/// Runs `operations` and lets everything come to rest.
pub fn run(setup: Setup, operations: &[Operation]) -> Result<Report, Violation> {
    let mut world = World::new(setup.with(operations), false)?;
    for operation in operations {
        world.perform(*operation)?;
    }
    world.come_to_rest()?;
    Ok(world.report)
}

/// As [`run`]; tells all that goes in and comes out.
pub fn tell(setup: Setup, operations: &[Operation], tells: Teller) -> Verdict {
    let mut world = World::new(setup.with(operations), false)?;
    world.tells = Some(tells);
    for operation in operations {
        world.note_down(format_args!(" {operation:?}"));
        world.perform(*operation)?;
    }
    world.note_down(format_args!(" the faults stop"));
    world.come_to_rest()
}

/// As [`run`]; gives what went in and came out.
pub fn record(setup: Setup, operations: &[Operation]) -> Result<Vec<Life>, Violation> {
    let mut world = World::new(setup.with(operations), true)?;
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
            service.tokens.hand_out(START, conversation, true)
        });
        let config = setup.config(token.as_deref());
        let began = Moment::from_millis(START);
        let mut world = World {
            setup,
            clock: START,
            random: Random::new(seed),
            session: Session::new(config.clone(), began),
            service,
            network: Network::new(setup.latency(40)),
            faults: Faults::default(),
            judge: Judge::new(setup, START, None, token.as_deref()),
            oracle: Oracle::new(setup),
            posts: Posts::new(setup.posts_max()),
            stored: VecDeque::new(),
            has_lost_stored: false,
            made: VecDeque::new(),
            judged: 0,
            lazy: 0,
            next_key: 1,
            is_offline: false,
            is_over: false,
            resets: false,
            report: Report { lives: 1, ..Report::default() },
            journal: keeps_journal.then(Vec::new),
            forks: None,
            tells: None,
        };
        for (bound, is_most) in setup.ends() {
            let kind = if is_most { "at its most" } else { "at its least" };
            world.faults.tally.count(kind, bound.name());
        }
        world.note_life(config, None, began);
        world.take_outputs(false)?;
        Ok(world)
    }

    pub(crate) fn perform(&mut self, operation: Operation) -> Verdict {
        match operation {
            Operation::Advance { millis } => {
                let target = self.clock + u64::from(millis);
                while self.clock < target && self.report.handed < HANDED_MAX {
                    self.run_until(target.min(self.clock + 60_000))?;
                }
            }
            Operation::Oversleep { millis } => {
                self.faults.tally.count("other", "overslept");
                self.clock += u64::from(millis);
            }
            Operation::Say { what, count } => {
                // A burst stays within what one frame may hold.
                self.say(what, count % 32);
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
            Operation::Renumber => self.service.renumber(&mut self.faults.tally),
            Operation::Token(fate @ TokenFate::RevokeAll) => {
                self.faults.tally.count("token", fate.name());
                self.service.tokens.revoke_all();
            }
            Operation::Token(fate) => self.faults.order_token(fate),
            Operation::Host { call, detail } => self.host_calls(call, detail)?,
            Operation::Kill { lag } => self.kill(usize::from(lag))?,
            Operation::Lazy { inputs } => {
                self.faults.tally.count("other", "lazy host");
                self.lazy = inputs % 16;
            }
            Operation::Latency { millis } => self.network.latency = u64::from(millis % 30_000),
            Operation::Setting { .. } | Operation::Bound { .. } => {}
            Operation::Burst { what, count } => {
                self.say(what, count % BURST_MAX);
            }
            Operation::Upload { shape } => self.upload(shape)?,
            Operation::Store => self.store()?,
            Operation::Forget => self.forget()?,
            Operation::Anger { anger, detail } => self.rage(anger, detail)?,
            Operation::Clock { fate, detail } => {
                self.service.order_clock(fate, detail, &mut self.faults.tally);
            }
        }
        self.fork()?;
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
            self.fork()?;
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

    fn note_down(&self, words: Arguments<'_>) {
        if let Some(tells) = self.tells {
            tells(format_args!("{:>12}{words}", self.clock));
        }
    }

    /// Gives an input to the session; has its outputs carried out unless the host is lazy.
    fn feed(&mut self, input: Input) -> Verdict {
        self.feed_at(self.now(), input, Holds::Nothing)
    }

    /// The same at this moment, of a frame that `holds` this.
    fn feed_at(&mut self, now: Moment, input: Input, holds: Holds) -> Verdict {
        self.report.inputs += 1;
        if let Some(life) = self.journal.as_mut().and_then(|journal| journal.last_mut()) {
            life.inputs.push((now, input.clone()));
        }
        self.note_down(format_args!("   in {input:?}"));
        self.lands(&input);
        self.judge.input(now.as_millis(), &input, holds);
        if self.judge.has_opened() {
            self.report.opened += 1;
            self.oracle.opened();
        }
        self.session
            .handle(now, input)
            .map_err(|misuse| Violation::new("RX-6", misuse.to_string()))?;
        let is_lazy = self.lazy > 0;
        self.lazy = self.lazy.saturating_sub(1);
        self.take_outputs(is_lazy)
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

    fn host_calls(&mut self, call: HostCall, detail: u16) -> Verdict {
        self.faults.tally.count("host", call.name());
        let input = match call {
            HostCall::Timeout => Input::Timeout,
            HostCall::Backwards => {
                let earlier = self.clock.saturating_sub(u64::from(detail));
                self.feed(Input::Timeout)?;
                let before = self.session.clone();
                // A lazy host may look only now at what came out before.
                let is_lazy = self.lazy > 0 || self.judged > 0;
                self.feed_at(Moment::from_millis(earlier), Input::Timeout, Holds::Nothing)?;
                // The present was seen and is dealt with: to look back at it changes nothing.
                let is_same = is_lazy || self.session.deadline() <= Some(self.now());
                return ensure(is_same || self.session == before, "TM-3", || {
                    format!("{earlier} after {} made a difference", self.clock)
                });
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
            HostCall::Close => Input::Close,
        };
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
        let is_told = self.random.chance(70);
        let text = self.service.tokens.hand_out(self.clock, conversation, is_told);
        let token = Token::new(text).expect("visible ASCII");
        let lifetime = self.setup.token_lifetime();
        self.feed(Input::NewToken(if is_told { token.lasting(lifetime) } else { token }))
    }
}

/// Not zero, so that moments before the beginning can be tried.
const START: u64 = 10_000_000;
/// A deadline that is dealt with moves or goes; a lazy host adds a few.
const TIMEOUTS_MAX: u32 = 32;
/// Whoever was handed so much has seen what such a run can show: with settings at their least a service
/// that replays everything does so thousands of times.
const HANDED_MAX: u64 = 200_000;
const STORED_MAX: usize = 8;
/// More than any service says at once.
const BURST_MAX: u16 = 2_048;
