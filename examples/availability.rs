//! How much of the time a conversation is live where connections do not last, and how late its
//! activities come; beside two other rules for the same networks. On virtual time: six hours each.
//!
//! `cargo run --release --example availability`

use std::collections::VecDeque;
use std::time::Duration;

use directline::{
    Action, CloseReason, Config, Event, Failure, Input, Moment, Output, Session, Token,
};

fn main() {
    println!("| network | rule | live | delay, median | delay, 99 % |");
    println!("|---|---|---|---|---|");
    for network in networks() {
        for rule in [Rule::Session, Rule::Minute, Rule::DirectLineJs] {
            let Seen { live, mut delays } = rule.runs(&network);
            delays.sort_unstable();
            let at = |share: usize| seconds(delays[delays.len() * share / 100]);
            let live = live * 1_000 / HOURS;
            println!(
                "| {} | {} | {}.{} % | {} | {} |",
                network.name,
                rule.name(),
                live / 10,
                live % 10,
                at(50),
                at(99)
            );
        }
    }
}

/// A network: how long the connections live that begin one after another, and when it is there.
struct Network {
    name: &'static str,
    lives: Lives,
    /// Milliseconds that it is there and gone, in turn.
    there: u64,
    gone: u64,
}

#[derive(Clone, Copy)]
enum Lives {
    Fixed(u64),
    /// A median, in seconds; a tenth live for less than a quarter of it.
    Random(f64),
}

fn networks() -> Vec<Network> {
    let always = |name, lives| Network { name, lives, there: HOURS, gone: 0 };
    vec![
        always("lives of 2 s", Lives::Fixed(2_000)),
        always("lives of 5 s", Lives::Fixed(5_000)),
        always("lives of 10 s", Lives::Fixed(10_000)),
        always("lives of 20 s", Lives::Fixed(20_000)),
        always("lives of 40 s", Lives::Fixed(40_000)),
        always("random lives, 15 s", Lives::Random(15.0)),
        Network {
            name: "train, 60 s there and 30 s gone",
            lives: Lives::Fixed(HOURS),
            there: 60_000,
            gone: 30_000,
        },
        Network {
            name: "hand-over, 2 s every 45 s",
            lives: Lives::Fixed(HOURS),
            there: 43_000,
            gone: 2_000,
        },
    ]
}

impl Network {
    fn is_there(&self, now: u64) -> bool {
        self.gone == 0 || now % (self.there + self.gone) < self.there
    }

    /// When a connection ends that opens now.
    fn ends(&self, now: u64, chance: &mut Chance) -> u64 {
        let life = match self.lives {
            Lives::Fixed(life) => life,
            Lives::Random(median) => {
                let life = Duration::from_secs_f64(median * chance.lognormal());
                u64::try_from(life.as_millis()).unwrap_or(u64::MAX)
            }
        };
        let cycle = self.there + self.gone;
        let gone = if self.gone == 0 { u64::MAX } else { now / cycle * cycle + self.there };
        (now + life).min(gone)
    }
}

#[derive(Clone, Copy)]
enum Rule {
    /// This crate's, in a session.
    Session,
    /// A connection counts after a minute alone: full jitter from 1 s to 30 s, doubling.
    Minute,
    /// One pause of 3 to 15 s, drawn once.
    DirectLineJs,
}

/// What came of it: the milliseconds with an open socket, and how late each activity was.
#[derive(Default)]
struct Seen {
    live: u64,
    delays: Vec<u64>,
}

impl Rule {
    fn name(self) -> &'static str {
        match self {
            Rule::Session => "this crate",
            Rule::Minute => "stable after a minute",
            Rule::DirectLineJs => "DirectLineJS",
        }
    }

    fn runs(self, network: &Network) -> Seen {
        let mut chance = Chance(7);
        match self {
            Rule::Session => session(network, &mut chance),
            Rule::Minute => {
                let mut failures = 0;
                simple(network, &mut chance, |lived, chance| {
                    failures = if lived >= 60_000 { 0 } else { failures + 1 };
                    let bound = 1_000 << (failures - 1_i32).clamp(0, 5);
                    if failures == 0 { 0 } else { chance.between(250, bound.min(30_000)) }
                })
            }
            Rule::DirectLineJs => {
                let pause = chance.between(3_000, 15_000);
                simple(network, &mut chance, |_, _| pause)
            }
        }
    }
}

/// A client that is nothing but its pauses: told how long the last connection lived, 0 for an
/// attempt that failed.
fn simple(
    network: &Network,
    chance: &mut Chance,
    mut pause: impl FnMut(u64, &mut Chance) -> u64,
) -> Seen {
    let (mut now, mut service) = (0, Service::default());
    while now < HOURS {
        now += ROUND_TRIPS;
        let mut lived = 0;
        if network.is_there(now) {
            let ends = network.ends(now, chance).min(HOURS);
            service.streams(now, ends);
            (lived, now) = (ends.saturating_sub(now), ends.max(now));
        }
        now += pause(lived, chance);
    }
    service.seen
}

fn session(network: &Network, chance: &mut Chance) -> Seen {
    // It outlives the run.
    let token = Token::new("hush").expect("a token").lasting(Duration::from_secs(86_400));
    let config = Config::builder(token).with_seed(7).build();
    let mut session = Session::new(config.expect("a configuration"), Moment::ZERO);
    let (mut now, mut service) = (0, Service::default());
    let mut inbox: VecDeque<(u64, Input)> = VecDeque::new();
    while now < HOURS {
        while let Some(output) = session.poll() {
            match output {
                Output::Action(Action::Send { request, .. }) => {
                    let body = format!(r#"{{"conversationId":"c","streamUrl":"wss://x/{now}"}}"#);
                    let response = http::Response::new(body.into_bytes());
                    let input = match network.is_there(now) {
                        true => Input::Response { request, response },
                        false => Input::RequestFailed { request, failure: Failure::NotSent },
                    };
                    inbox.push_back((now + ROUND_TRIPS / 2, input));
                }
                Output::Action(Action::Open { socket, .. }) => {
                    let at = now + ROUND_TRIPS / 2;
                    let reason = CloseReason::Broken;
                    let ends = if network.is_there(at) { network.ends(at, chance) } else { at };
                    if ends > at {
                        inbox.push_back((at, Input::SocketOpened { socket }));
                        service.streams(at, ends.min(HOURS));
                    }
                    inbox.push_back((ends, Input::SocketClosed { socket, reason }));
                }
                Output::Event(Event::Ended(end)) => panic!("{end}"),
                Output::Action(_) | Output::Event(_) => {}
            }
        }
        let due = session.deadline().map_or(HOURS, Moment::as_millis);
        let next = inbox.iter().map(|(at, _)| *at).min().unwrap_or(HOURS);
        now = due.min(next).max(now);
        let input = match inbox.iter().position(|(at, _)| *at <= now) {
            Some(first) => inbox.remove(first).map_or(Input::Timeout, |(_, input)| input),
            None => Input::Timeout,
        };
        session.handle(Moment::from_millis(now), input).expect("what was asked for");
    }
    service.seen
}

/// Says something each second, and replays what was missed.
#[derive(Default)]
struct Service {
    told: u64,
    seen: Seen,
}

impl Service {
    /// A socket is open from `from` to `to`.
    fn streams(&mut self, from: u64, to: u64) {
        self.seen.live += to.saturating_sub(from);
        while self.told * 1_000 < to {
            self.seen.delays.push(from.saturating_sub(self.told * 1_000));
            self.told += 1;
        }
    }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.draw() % (most - least + 1)
    }

    /// With a median of 1 and a standard deviation of 1 of its logarithm: twelve even draws are
    /// nearly normal.
    fn lognormal(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.between(0, 1 << 20) as f64 / f64::from(1 << 20)).sum();
        (sum - 6.0).exp()
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}

/// A request and a handshake.
const ROUND_TRIPS: u64 = 300;
const HOURS: u64 = 6 * 3_600_000;
