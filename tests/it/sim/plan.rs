//! PLAN: from a seed to a run.

use super::operation::{KINDS, Operation};
use super::random::Random;
use super::setup::Setup;

/// Everything that a seed decides.
pub(crate) fn plan(seed: u64) -> (Setup, Vec<Operation>) {
    let mut random = Random::new(seed);
    let setup = Setup::new(random.next().to_le_bytes());
    // A swarm: each run knows only some kinds of operations, so that rare ones meet each other.
    let mut kinds: Vec<u8> = (0..KINDS).filter(|_| random.chance(60)).collect();
    // Time always passes, and somebody always speaks.
    kinds.extend([0, 0, 0, 11]);
    let count = 20 + random.index(180);
    (setup, (0..count).map(|_| Operation::draw(&mut random, &kinds)).collect())
}
