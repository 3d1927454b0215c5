//! A rebased session goes on as the old one would: both are told the same, each in its own ids and
//! moments, and both answer the same.

use std::collections::BTreeMap;

use directline::{
    Action, CloseReason, Event, Fault, Input, Moment, Next, Output, RequestId, Session, SocketId,
    Status,
};
use directline_world::operation::{KINDS, Operation};
use directline_world::random::Random;
use directline_world::setup::Setup;
use directline_world::world::{Life, record};

/// A session, its twin, and how what the one says reads in the words of the other.
struct Twins {
    one: Session,
    two: Session,
    /// The latest moment of the first.
    now: Moment,
    /// What the twin calls the moment `began` of the first.
    began: (Moment, Moment),
    requests: BTreeMap<RequestId, RequestId>,
    sockets: BTreeMap<SocketId, SocketId>,
}

impl Twins {
    fn new(life: &Life) -> Twins {
        let mut twins = Twins {
            one: life.begin(),
            two: life.begin(),
            now: life.began,
            began: (life.began, life.began),
            requests: BTreeMap::new(),
            sockets: BTreeMap::new(),
        };
        twins.compare();
        twins
    }

    fn moment(&self, at: Moment) -> Moment {
        let (one, two) = self.began;
        let moved = i128::from(at.as_millis()) - i128::from(one.as_millis());
        let moved = (moved + i128::from(two.as_millis())).max(0);
        Moment::from_millis(u64::try_from(moved).unwrap_or(u64::MAX))
    }

    fn tell(&mut self, now: Moment, input: &Input) {
        let translated = self.input(input);
        self.now = self.now.max(now);
        let told = self.one.handle(now, input.clone());
        let two = self.two.handle(self.moment(now), translated);
        assert_eq!(told.is_ok(), two.is_ok(), "{told:?} and {two:?}");
        self.compare();
    }

    fn input(&self, input: &Input) -> Input {
        let request = |id: &RequestId| *self.requests.get(id).unwrap_or(id);
        let socket = |id: &SocketId| *self.sockets.get(id).unwrap_or(id);
        match input.clone() {
            Input::Response { request: id, response } => {
                Input::Response { request: request(&id), response }
            }
            Input::RequestFailed { request: id, failure } => {
                Input::RequestFailed { request: request(&id), failure }
            }
            Input::SocketOpened { socket: id } => Input::SocketOpened { socket: socket(&id) },
            Input::Frame { socket: id, text } => Input::Frame { socket: socket(&id), text },
            Input::Garbled { socket: id } => Input::Garbled { socket: socket(&id) },
            Input::Pong { socket: id } => Input::Pong { socket: socket(&id) },
            Input::SocketClosed { socket: id, reason } => {
                let reason: CloseReason = reason;
                Input::SocketClosed { socket: socket(&id), reason }
            }
            other => other,
        }
    }

    /// Both say the same, and will be due at the same time.
    fn compare(&mut self) {
        loop {
            let (one, two) = (self.one.poll(), self.two.poll());
            let (Some(one), Some(two)) = (&one, &two) else {
                assert_eq!(one, two, "one of them says more");
                break;
            };
            assert_eq!(self.output(one, two), *two);
        }
        assert_eq!(self.one.deadline().map(|at| self.moment(at)), self.two.deadline());
        assert_eq!(self.one.checkpoint(), self.two.checkpoint());
        assert_eq!(self.one.pending_posts(), self.two.pending_posts());
    }

    /// What the first says in the words of the other, which has begun the same things.
    fn output(&mut self, one: &Output, two: &Output) -> Output {
        match (one, two) {
            (
                Output::Action(Action::Send { request: own, .. }),
                Output::Action(Action::Send { request: other, .. }),
            ) => _ = self.requests.insert(*own, *other),
            (
                Output::Action(Action::Open { socket: own, .. }),
                Output::Action(Action::Open { socket: other, .. }),
            ) => _ = self.sockets.insert(*own, *other),
            _ => {}
        }
        let request = |id: &RequestId| self.requests[id];
        let socket = |id: &SocketId| self.sockets[id];
        match one.clone() {
            Output::Action(Action::Send { request: id, message }) => {
                Output::Action(Action::Send { request: request(&id), message })
            }
            Output::Action(Action::Cancel { request: id }) => {
                Output::Action(Action::Cancel { request: request(&id) })
            }
            Output::Action(Action::Open { socket: id, url }) => {
                Output::Action(Action::Open { socket: socket(&id), url })
            }
            Output::Action(Action::Probe { socket: id }) => {
                Output::Action(Action::Probe { socket: socket(&id) })
            }
            Output::Action(Action::Shut { socket: id }) => {
                Output::Action(Action::Shut { socket: socket(&id) })
            }
            Output::Event(Event::Status(Status::Waiting { until })) => {
                Output::Event(Event::Status(Status::Waiting { until: self.moment(until) }))
            }
            Output::Event(Event::Faulted(Fault { cause, next: Next::Retries { at, attempt } })) => {
                let next = Next::Retries { at: self.moment(at), attempt };
                Output::Event(Event::Faulted(Fault { cause, next }))
            }
            other => other,
        }
    }

    fn rebase(&mut self) {
        let mut requests: Vec<_> = self.requests.values().copied().collect();
        let mut sockets: Vec<_> = self.sockets.values().copied().collect();
        self.two.rebase(&mut requests, &mut sockets);
        self.requests.values_mut().zip(requests).for_each(|(own, new)| *own = new);
        self.sockets.values_mut().zip(sockets).for_each(|(own, new)| *own = new);
        self.began = (self.now, Session::ORIGIN);
    }
}

#[test]
fn a_rebased_session_goes_on_as_the_old_one_would() {
    let kinds: Vec<u8> = (0..KINDS).collect();
    let (mut rebased, mut told) = (0, 0);
    for seed in 0..RUNS {
        let mut random = Random::new(seed);
        let mut bytes = random.bytes();
        // The keys of echoes hold the moment at which they are drawn.
        bytes[1] &= !16;
        let count = 20 + random.index(100);
        let operations: Vec<_> = (0..count).map(|_| Operation::draw(&mut random, &kinds)).collect();
        let lives = record(Setup::new(bytes), &operations).expect("every promise is kept");
        for life in &lives {
            let mut twins = Twins::new(life);
            for (now, input) in &life.inputs {
                twins.tell(*now, input);
                told += 1;
                if random.chance(20) {
                    twins.rebase();
                    rebased += 1;
                }
            }
        }
    }
    assert!(told > 3_000 && rebased > 500, "{told} inputs, {rebased} times rebased");
}

/// A few seconds in a debug build.
const RUNS: u64 = 15;
