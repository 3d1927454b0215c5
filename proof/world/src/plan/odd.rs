//! ODD: what every second mixed run has besides: odd clocks, tokens that live for
//! seconds, a host that calls in anger,
//! settings at their ends. It is
//! drawn after everything else, so that a run without it is what its seed always was.

use super::pick;
use crate::operation::{Anger, Bound, ClockFate, Operation, Setting, TokenFate};
use crate::random::Random;

/// Adds some of it, anywhere among the operations of a run.
pub(super) fn add(random: &mut Random, operations: &mut Vec<Operation>) {
    if random.chance(50) {
        return;
    }
    let knows = [random.chance(60), random.chance(30), random.chance(40)];
    if knows[0] {
        for _ in 0..=random.index(6) {
            let [low, high, ..] = random.bytes();
            let detail = u16::from_le_bytes([low, high]);
            let fate = pick(random, ClockFate::ALL);
            put(random, operations, Operation::Clock { fate, detail });
        }
    }
    if knows[1] {
        for _ in 0..=random.index(8) {
            let fate = pick(random, &FLEETING);
            put(random, operations, Operation::Token(fate));
        }
    }
    if knows[2] {
        for _ in 0..=random.index(5) {
            let [low, high, ..] = random.bytes();
            let (anger, detail) = (pick(random, Anger::ALL), u16::from_le_bytes([low, high]));
            put(random, operations, Operation::Anger { anger, detail });
        }
    }
    for (what, percent, most) in SETTINGS {
        if random.chance(percent) {
            let value = u16::try_from(random.below(most)).expect("small");
            operations.insert(0, Operation::Setting { what, value });
        }
    }
    bind(random, operations);
}

/// Settings at their least or at their most, a few of them together.
fn bind(random: &mut Random, operations: &mut Vec<Operation>) {
    if random.chance(70) {
        return;
    }
    for &bound in Bound::ALL {
        if random.chance(15) {
            operations.insert(0, Operation::Bound { bound, is_most: random.chance(50) });
        }
    }
}

/// Somewhere, but not before the settings.
fn put(random: &mut Random, operations: &mut Vec<Operation>, own: Operation) {
    let is_setting =
        |own: &&Operation| matches!(own, Operation::Setting { .. } | Operation::Bound { .. });
    let settings = operations.iter().take_while(is_setting).count();
    let at = settings + random.index(operations.len() + 1 - settings);
    operations.insert(at, own);
}

/// Tokens that live for seconds.
const FLEETING: [TokenFate; 3] =
    [TokenFate::LifetimeSecond, TokenFate::LifetimeSeconds, TokenFate::LifetimeWritten];
/// In how many of a hundred runs, and below what.
const SETTINGS: [(Setting, u64, u64); 3] = [
    (Setting::Stamps, 15, 4),
    (Setting::TokenSeconds, 3, 20),
    (Setting::RefreshIntervalMin, 20, 20_000),
];
