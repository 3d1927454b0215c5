//! Seeds on as many threads as there are cores. What comes of them does not depend on how many:
//! every seed is a world of its own, and of several failures the lowest seed counts.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use directline_world::plan::{self, Kind};
use directline_world::shrink::try_run;
use directline_world::violation::Violation;
use directline_world::world::Report;

/// What all runs amounted to.
#[derive(Default)]
pub(crate) struct Total {
    pub(crate) seeds: u64,
    pub(crate) report: Report,
    /// By kind of run: how many, days, inputs, microseconds.
    pub(crate) kinds: BTreeMap<&'static str, [u64; 4]>,
}

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
}

impl Total {
    pub(crate) fn years(&self) -> f64 {
        self.report.millis as f64 / (365.25 * 86_400_000.0)
    }

    fn add(&mut self, other: &Total) {
        self.seeds += other.seeds;
        self.report.add(&other.report);
        for (kind, counts) in &other.kinds {
            let own = self.kinds.entry(kind).or_default();
            own.iter_mut().zip(counts).for_each(|(own, other)| *own += other);
        }
    }
}

/// Runs these seeds and adds them up; stops soon after a violation.
pub(crate) fn run(seeds: Range<u64>, total: &mut Total) -> Result<(), Failure> {
    run_some(seeds, total, |_| true)
}

/// As [`run`], those seeds that are `wanted`.
pub(crate) fn run_some(
    seeds: Range<u64>,
    total: &mut Total,
    wanted: impl Fn(u64) -> bool + Sync,
) -> Result<(), Failure> {
    let next = AtomicU64::new(seeds.start);
    let results = crowd(|| {
        let mut own = Total::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return (own, None);
            }
            if !wanted(seed) {
                continue;
            }
            if let Err(violation) = run_one(seed, &mut own) {
                // Nobody begins another; those under way may still find a lower one.
                next.store(seeds.end, Ordering::Relaxed);
                return (own, Some(Failure { seed, violation }));
            }
        }
    });
    let mut failures = Vec::new();
    for (own, failure) in results {
        total.add(&own);
        failures.extend(failure);
    }
    match failures.into_iter().min_by_key(|failure| failure.seed) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn run_one(seed: u64, own: &mut Total) -> Result<(), Violation> {
    let began = std::time::Instant::now();
    let (kind, setup, operations) = plan::any(seed);
    let report = try_run(setup, &operations)?;
    let name = match kind {
        Kind::Mixed => "mixed",
        Kind::Long => "long",
        Kind::Talk => "talk",
        Kind::Storm => "storm",
    };
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let counts = own.kinds.entry(name).or_default();
    let more = [1, report.millis / 86_400_000, report.inputs, micros];
    counts.iter_mut().zip(more).for_each(|(own, more)| *own += more);
    own.seeds += 1;
    own.report.add(&report);
    Ok(())
}

/// Does the same on every core.
pub(crate) fn crowd<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("violations are no panics")).collect()
    })
}
