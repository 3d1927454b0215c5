//! PLAN: from a seed to a run.
//!
//! There are four kinds of runs. The mixed ones know all troubles. The others make much of one
//! thing: time, talk, or drops.

mod odd;

use super::operation::{
    CODES, FrameKind, HandshakeFate, HostCall, KINDS_PLAIN, Operation, ReplayKind, RequestFate,
    Saying, Setting, SocketFate, Target, TokenFate, UrlKind, WatermarkKind,
};
use super::random::Random;
use super::setup::Setup;

/// What a run makes much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All troubles, and a life of hours.
    Mixed,
    /// A life of months, with quiet stretches and tokens by the thousand.
    Long,
    /// Activities by the thousand, in sets of up to hundreds.
    Talk,
    /// Sockets that drop again and again.
    Storm,
}

/// The kind that is the seed's turn.
pub fn kind(seed: u64) -> Kind {
    match seed % 16 {
        7 => Kind::Long,
        11 => Kind::Talk,
        3 | 13 => Kind::Storm,
        _ => Kind::Mixed,
    }
}

/// A run of the kind that is the seed's turn.
pub fn any(seed: u64) -> (Kind, Setup, Vec<Operation>) {
    let kind = kind(seed);
    let (setup, operations) = match kind {
        Kind::Mixed => plan(seed),
        Kind::Long => long(seed),
        Kind::Talk => talk(seed),
        Kind::Storm => storm(seed),
    };
    (kind, setup, operations)
}

/// A mixed run.
pub fn plan(seed: u64) -> (Setup, Vec<Operation>) {
    let (setup, mut operations, list) = mixed(seed);
    operations.extend(list);
    (setup, operations)
}

/// Whether this mixed run ends in operations that nobody drew.
pub fn has_list(seed: u64) -> bool {
    let (_, _, list) = mixed(seed);
    !list.is_empty()
}

/// A mixed run as it is drawn, and what was written by hand to follow it.
fn mixed(seed: u64) -> (Setup, Vec<Operation>, Vec<Operation>) {
    let mut random = Random::new(seed);
    let setup = Setup::new(random.bytes());
    let mut operations = settings(&mut random, 30);
    // A swarm: each run knows only some kinds of operations, so that rare ones meet each other.
    let mut kinds: Vec<u8> = (0..KINDS_PLAIN).filter(|_| random.chance(60)).collect();
    // Time always passes, and somebody always speaks.
    kinds.extend([0, 0, 0, 11]);
    let count = 20 + random.index(180);
    operations.extend((0..count).map(|_| Operation::draw(&mut random, &kinds)));
    let mut list = Vec::new();
    if random.chance(3) {
        list.extend(gone());
    }
    if random.chance(3) {
        list.extend(taken_over());
    }
    if random.chance(3) {
        list.extend(pressed());
    }
    odd::add(&mut random, &mut operations);
    (setup, operations, list)
}

/// A mixed run that is short enough to be killed at every step.
pub fn short(seed: u64) -> (Setup, Vec<Operation>) {
    let (setup, mut operations) = plan(seed);
    operations.truncate(SHORT_OPERATIONS);
    (setup, operations)
}

/// The service says several times in a row that it has no such conversation.
fn gone() -> Vec<Operation> {
    // Polling, since a reconnect alone says only that there is no socket to be had.
    let missing =
        Operation::Request { fate: RequestFate::Status, target: Target::Activities, detail: 12 };
    let mut operations = vec![Operation::Url(UrlKind::Missing), Operation::Url(UrlKind::Missing)];
    operations.push(Operation::Socket { fate: SocketFate::Broken, code: 0 });
    operations.extend([missing; 4]);
    operations.push(Operation::Advance { millis: 60_000 });
    operations
}

/// The history is read beside a socket, which is lost when its frames are ahead of the pages, and
/// polling takes its place.
fn taken_over() -> Vec<Operation> {
    let request = |fate, target| Operation::Request { fate, target, detail: 3 };
    let lost = Operation::Socket { fate: SocketFate::Broken, code: 0 };
    let say = |count| Operation::Say { what: Saying::Message, count };
    vec![
        Operation::Latency { millis: 40 },
        say(8),
        Operation::Advance { millis: 90_000 },
        // Without the watermark that it held, the session reads all of it again.
        request(RequestFate::WatermarkRefused, Target::Reconnect),
        lost,
        // Only pages have this, and they do not come.
        say(5),
        request(RequestFate::RequestLost, Target::Activities),
        request(RequestFate::RequestLost, Target::Activities),
        request(RequestFate::RequestLost, Target::Activities),
        Operation::Advance { millis: 1_000 },
        say(3),
        Operation::Advance { millis: 500 },
        Operation::Url(UrlKind::Missing),
        Operation::Url(UrlKind::Missing),
        lost,
        Operation::Advance { millis: 60_000 },
    ]
}

/// Tokens live shorter than a refresh is asked to wait, and reconnects bring one after the other.
fn pressed() -> Vec<Operation> {
    let lost = Operation::Socket { fate: SocketFate::Broken, code: 0 };
    let mut operations = vec![Operation::Latency { millis: 40 }];
    operations.extend([Operation::Token(TokenFate::LifetimeShort); 6]);
    operations.extend([
        // 429, and 120 s.
        Operation::Request { fate: RequestFate::Status, target: Target::Refresh, detail: 98 },
        lost,
        Operation::Advance { millis: 50_000 },
        lost,
        Operation::Advance { millis: 30_000 },
        lost,
        Operation::Advance { millis: 60_000 },
    ]);
    operations
}

/// Settings of which each is there in `percent` of a hundred runs.
fn settings(random: &mut Random, percent: u64) -> Vec<Operation> {
    if random.chance(40) {
        return Vec::new();
    }
    let mut settings = Vec::new();
    for &what in Setting::ALL {
        if random.chance(percent) {
            // Small values as often as large ones.
            let [low, high, shift, ..] = random.bytes();
            let value = u16::from_le_bytes([low, high]) >> (shift % 16);
            settings.push(Operation::Setting { what, value });
        }
    }
    settings
}

/// Months of mostly quiet. What is done once per interval is done rarely, or the run would be
/// years of probes.
fn long(seed: u64) -> (Setup, Vec<Operation>) {
    let mut random = Random::new(seed);
    let setup = stream(&mut random);
    let set = |what, value| Operation::Setting { what, value };
    let keepalive = [0, 3_600, 1_800, 900, 0, 3_600][random.index(6)];
    let liveness = if keepalive == 0 { 0 } else { [0, 10_800, 43_200][random.index(3)] };
    let mut operations = vec![
        set(Setting::Keepalive, keepalive),
        set(Setting::Liveness, liveness),
        set(Setting::PollInterval, [600, 3_600][random.index(2)]),
        set(Setting::TokenLifetime, [1_740, 3_540, 3_540, 35_940][random.index(4)]),
        set(Setting::Ids, if random.chance(70) { 0 } else { 1 }),
    ];
    for _ in 0..LONG_STRETCHES {
        // Up to nine days.
        let millis = (1 + u32::try_from(random.below(65_535)).expect("small")) << 12;
        for _ in 0..1 + random.index(3) {
            operations.push(Operation::Advance { millis: millis & !0xFFF });
        }
        let what = [Saying::Message, Saying::Shuffled, Saying::Typing][random.index(3)];
        operations.push(Operation::Say { what, count: 1 + small(&mut random, 12) });
        operations.extend(now_and_then(&mut random, 50));
    }
    (setup, operations)
}

/// Talk without end over a line that is mostly good.
fn talk(seed: u64) -> (Setup, Vec<Operation>) {
    let mut random = Random::new(seed);
    let setup = stream(&mut random);
    let set = |what, value| Operation::Setting { what, value };
    let mut operations = vec![
        set(Setting::SetMax, [3, 40, 500, 500][random.index(4)]),
        set(Setting::Page, [99, 499][random.index(2)]),
        set(Setting::PollInterval, [1, 10, 60][random.index(3)]),
        // Arbitrary ids by the thousand are slow to remember; a few such runs are enough.
        set(Setting::Ids, if random.chance(95) { 0 } else { 2 }),
    ];
    for _ in 0..TALK_BURSTS {
        let what = [Saying::Message, Saying::Message, Saying::Shuffled, Saying::IdlessMessage]
            [random.index(4)];
        operations.push(Operation::Burst { what, count: 1 + small(&mut random, 700) });
        operations.push(Operation::Advance { millis: u32::from(small(&mut random, 30_000)) });
        operations.extend(now_and_then(&mut random, 15));
    }
    (setup, operations)
}

/// Drop upon drop.
fn storm(seed: u64) -> (Setup, Vec<Operation>) {
    let mut random = Random::new(seed);
    let setup = stream(&mut random);
    let mut operations = settings(&mut random, 10);
    operations.push(Operation::Setting { what: Setting::PollInterval, value: 10 });
    operations.push(Operation::Setting { what: Setting::SetMax, value: small(&mut random, 20) });
    for _ in 0..STORM_DROPS {
        let fate = match random.below(10) {
            0 => SocketFate::Broken,
            1 => SocketFate::Reset,
            _ => SocketFate::Closed,
        };
        let code = CODES[random.index(CODES.len())];
        operations.push(Operation::Socket { fate, code });
        if random.chance(60) {
            operations.push(Operation::Say { what: Saying::Message, count: small(&mut random, 8) });
        }
        let millis = [300, 2_000, 20_000, 90_000][random.index(4)];
        operations
            .push(Operation::Advance { millis: u32::from(small(&mut random, 60_000)) % millis });
        operations.extend(now_and_then(&mut random, 10));
    }
    (setup, operations)
}

/// A setup that uses sockets.
fn stream(random: &mut Random) -> Setup {
    let mut bytes = random.bytes();
    bytes[1] &= !7;
    Setup::new(bytes)
}

/// One trouble in `percent` of a hundred times; none that ends a session for good.
fn now_and_then(random: &mut Random, percent: u64) -> Option<Operation> {
    if !random.chance(percent) {
        return None;
    }
    let back = small(random, 9);
    Some(match random.below(16) {
        0 => Operation::Kill { lag: small(random, 3) },
        1 => Operation::Socket { fate: SocketFate::HalfOpen, code: 0 },
        2 => Operation::Socket { fate: SocketFate::Closed, code: CODES[random.index(CODES.len())] },
        3 => Operation::Watermark { kind: pick(random, WatermarkKind::ALL), back },
        4 => Operation::Replay { kind: pick(random, ReplayKind::ALL), back },
        5 => Operation::Token(pick(random, TokenFate::ALL)),
        6 => Operation::Renumber,
        7 => Operation::Host { call: HostCall::Woke, detail: 0 },
        8 => Operation::Host { call: HostCall::Down, detail: back },
        9 => Operation::Host { call: HostCall::Up, detail: 0 },
        10 => Operation::Handshake { fate: pick(random, HandshakeFate::ALL), millis: back * 100 },
        11 => Operation::Url(pick(random, UrlKind::ALL)),
        12 => Operation::Frame(pick(random, FrameKind::ALL)),
        13 => Operation::Post,
        14 => {
            let fates = [RequestFate::AnswerLost, RequestFate::Broken, RequestFate::NotSent];
            Operation::Request { fate: pick(random, &fates), target: Target::Any, detail: 0 }
        }
        // The first five statuses pass by themselves, whatever they say of waiting.
        _ => {
            let detail = u8::try_from(random.below(8) * 32 + random.below(5)).expect("small");
            Operation::Request { fate: RequestFate::Status, target: Target::Any, detail }
        }
    })
}

fn pick<T: Copy>(random: &mut Random, all: &[T]) -> T {
    all[random.index(all.len())]
}

fn small(random: &mut Random, end: u16) -> u16 {
    u16::try_from(random.below(u64::from(end))).expect("below a small number")
}

const SHORT_OPERATIONS: usize = 40;
const LONG_STRETCHES: usize = 40;
const TALK_BURSTS: usize = 250;
const STORM_DROPS: usize = 400;
