//! SEEN: what really happened in a run: edges of the state graph, and how often each fault.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use directline::Edge;
use directline_world::excuse::{Excuse, RULES, Rule};

use crate::fault::Fault;
use crate::graph::Edges;

/// Shared by the threads of one run.
#[derive(Debug)]
pub(crate) struct Seen {
    edges: RwLock<Edges>,
    faults: Vec<(Fault, AtomicU64)>,
    excuses: [AtomicU64; RULES.len()],
    pub(crate) rescued: AtomicU64,
    pub(crate) slowest: AtomicU64,
}

impl Seen {
    pub(crate) fn new(faults: &[Fault]) -> Seen {
        Seen {
            edges: RwLock::default(),
            faults: faults.iter().map(|fault| (*fault, AtomicU64::new(0))).collect(),
            excuses: [const { AtomicU64::new(0) }; RULES.len()],
            rescued: AtomicU64::new(0),
            slowest: AtomicU64::new(0),
        }
    }

    pub(crate) fn edges(&self, edges: &[Edge]) {
        // Nearly always everything was seen before, and reading is cheaper than writing.
        let is_new = |edge: &&Edge| {
            !self.edges.read().unwrap_or_else(PoisonError::into_inner).contains(edge)
        };
        for edge in edges.iter().filter(is_new) {
            self.edges.write().unwrap_or_else(PoisonError::into_inner).insert(*edge);
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

    pub(crate) fn all_edges(&self) -> Edges {
        self.edges.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn counts(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.faults.iter().map(|(fault, count)| (*fault, count.load(Ordering::Relaxed)))
    }
}
