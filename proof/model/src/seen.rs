//! SEEN: what really happened in a run: edges of the state graph, and how often each fault.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault::Fault;
use crate::sim::excuse::{Excuse, RULES, Rule};

/// Shared by the threads of one run.
#[derive(Debug)]
pub(crate) struct Seen {
    edges: [AtomicU64; 2],
    faults: Vec<(Fault, AtomicU64)>,
    excuses: [AtomicU64; RULES.len()],
    pub(crate) rescued: AtomicU64,
    pub(crate) slowest: AtomicU64,
}

impl Seen {
    pub(crate) fn new(faults: &[Fault]) -> Seen {
        Seen {
            edges: [const { AtomicU64::new(0) }; 2],
            faults: faults.iter().map(|fault| (*fault, AtomicU64::new(0))).collect(),
            excuses: [const { AtomicU64::new(0) }; RULES.len()],
            rescued: AtomicU64::new(0),
            slowest: AtomicU64::new(0),
        }
    }

    pub(crate) fn edges(&self, edges: u128) {
        for (half, bits) in self.edges.iter().zip([edges, edges >> 64]) {
            let bits = u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
            // Nearly always everything was seen before, and reading is cheaper than writing.
            if bits & !half.load(Ordering::Relaxed) != 0 {
                half.fetch_or(bits, Ordering::Relaxed);
            }
        }
    }

    /// Forgives by a rule, so many times.
    pub(crate) fn excuse(&self, rule: Rule, times: u64) {
        if times > 0 {
            self.excuses[rule as usize].fetch_add(times, Ordering::Relaxed);
        }
    }

    pub(crate) fn excused(&self) -> impl Iterator<Item = (&'static Excuse, u64)> {
        RULES.iter().zip(&self.excuses).map(|(own, times)| (own, times.load(Ordering::Relaxed)))
    }

    pub(crate) fn fault(&self, fault: Fault) {
        if let Some((_, count)) = self.faults.iter().find(|(own, _)| *own == fault) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn all_edges(&self) -> u128 {
        let [low, high] = [0, 1].map(|half: usize| self.edges[half].load(Ordering::Relaxed));
        u128::from(low) | u128::from(high) << 64
    }

    pub(crate) fn counts(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.faults.iter().map(|(fault, count)| (*fault, count.load(Ordering::Relaxed)))
    }
}
