//! TROUBLE: what is done to relays and to NATS, one thing after another, and how long it takes until
//! the conversations that it hit go on in other hands.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use directline_relay::core::Settings;
use rustix::process::Signal;

use crate::Arguments;
use crate::application::Application;
use crate::cluster::Cluster;
use crate::relays::Relays;

pub(crate) struct Trouble<'a> {
    application: &'a Application,
    relays: &'a mut Relays,
    cluster: &'a mut Cluster,
    lease: Duration,
    told: Told,
}

/// How long it took, by what was done.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Until another owner had it.
    taken: BTreeMap<Kind, Vec<Duration>>,
    /// Until what was said right after that was on the stream.
    heard: BTreeMap<Kind, Vec<Duration>>,
    counts: BTreeMap<Kind, usize>,
    /// Conversations that were in other hands later than is promised.
    late: usize,
    /// Conversations that did not go on in time.
    stuck: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Kill,
    Stop,
    Partition,
    Leave,
    Nats,
}

impl<'a> Trouble<'a> {
    pub(crate) fn new(
        application: &'a Application,
        relays: &'a mut Relays,
        cluster: &'a mut Cluster,
        arguments: &Arguments,
    ) -> Trouble<'a> {
        let lease = Duration::from_secs(arguments.lease);
        Trouble { application, relays, cluster, lease, told: Told::default() }
    }

    /// Makes trouble for so long; at the end all is mended.
    pub(crate) async fn make(mut self, time: Duration) -> Result<Told, Box<dyn Error>> {
        let begun = Instant::now();
        let mut kinds = Vec::new();
        while begun.elapsed() < time {
            if kinds.is_empty() {
                kinds = vec![Kind::Kill, Kind::Stop, Kind::Partition, Kind::Leave, Kind::Nats];
                kinds.retain(|kind| *kind != Kind::Partition || !self.relays.network().is_one());
                fastrand::shuffle(&mut kinds);
            }
            let Some(kind) = kinds.pop() else { continue };
            let place = fastrand::u8(1..=self.relays.count());
            println!(
                "{:>6.1} s  {kind:?} {}",
                begun.elapsed().as_secs_f64(),
                self.whom(kind, place)
            );
            self.once(kind, place).await?;
            *self.told.counts.entry(kind).or_default() += 1;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(200..2_000))).await;
        }
        Ok(self.told)
    }

    fn whom(&self, kind: Kind, place: u8) -> String {
        match kind {
            Kind::Nats => String::new(),
            _ => format!("h{place} ({} conversations)", self.relays.book().owned_by(place).len()),
        }
    }

    async fn once(&mut self, kind: Kind, place: u8) -> Result<(), Box<dyn Error>> {
        let hit = match kind {
            Kind::Nats => self.application.ids.keys().cloned().collect(),
            _ => self.relays.book().owned_by(place),
        };
        let begun = Instant::now();
        match kind {
            Kind::Kill => {
                self.relays.signal(place, Signal::KILL)?;
                // Back before its lease is over, or long after; with the same name.
                let pause = Duration::from_millis(fastrand::u64(0..8_000));
                let (probe, killed) = (self.application.probe(&hit), &mut self.relays);
                let back = async {
                    tokio::time::sleep(pause).await;
                    killed.start(place)
                };
                let (back, found) = tokio::join!(back, probe);
                back?;
                self.add(kind, begun, &hit, found);
            }
            Kind::Stop => {
                self.relays.signal(place, Signal::STOP)?;
                let pause = self.lease + Duration::from_millis(fastrand::u64(1_000..5_000));
                self.measure(kind, begun, &hit, pause).await;
                self.relays.signal(place, Signal::CONT)?;
            }
            Kind::Partition => {
                self.relays.network().cut(place, true)?;
                let pause = self.lease + Duration::from_millis(fastrand::u64(1_000..5_000));
                self.measure(kind, begun, &hit, pause).await;
                self.relays.network().cut(place, false)?;
            }
            Kind::Leave => {
                let (probe, left) = (self.application.probe(&hit), &mut self.relays);
                let leave =
                    async { tokio::task::block_in_place(|| left.signal(place, Signal::TERM)) };
                let (left, found) = tokio::join!(leave, probe);
                left?;
                self.add(kind, begun, &hit, found);
                self.relays.start(place)?;
            }
            Kind::Nats => {
                let number = fastrand::usize(..self.cluster.len());
                tokio::task::block_in_place(|| self.cluster.end(number));
                tokio::time::sleep(Duration::from_millis(fastrand::u64(0..3_000))).await;
                self.cluster.run(number)?;
                self.measure(kind, Instant::now(), &hit, Duration::ZERO).await;
            }
        }
        Ok(())
    }

    /// Has the service say something in what was hit, and looks when that comes; then waits until
    /// `pause` has passed since it `begun`.
    async fn measure(&mut self, kind: Kind, begun: Instant, hit: &[String], pause: Duration) {
        let found = self.application.probe(hit).await;
        self.add(kind, begun, hit, found);
        tokio::time::sleep(pause.saturating_sub(begun.elapsed())).await;
    }

    fn add(&mut self, kind: Kind, begun: Instant, hit: &[String], found: Vec<Option<Instant>>) {
        let heard = self.told.heard.entry(kind).or_default();
        self.told.stuck += found.iter().filter(|when| when.is_none()).count();
        let since = |when: Instant| when.saturating_duration_since(begun);
        heard.extend(found.into_iter().flatten().map(since));
        let book = self.relays.book();
        let said = book.lock();
        // The first that took it: a host that is back soon gets it back soon.
        let first = |conversation| {
            let owners: &Vec<(u8, u64, Instant)> = said.owners.get(conversation)?;
            owners.iter().find(|(_, _, when)| *when > begun).map(|(place, _, when)| (*place, *when))
        };
        let taken: Vec<_> = hit.iter().filter_map(first).collect();
        // One after another, as slowly as sessions begin on a host.
        let a_second = Settings::default().starts_a_second;
        let is_late = |(place, when): &(u8, Instant)| {
            let Some(over) = since(*when).checked_sub(self.lease + ALLOWED) else { return false };
            let all = said.owners.values().flatten();
            let before =
                |(own, _, at): &&(u8, u64, Instant)| own == place && begun < *at && at < when;
            let rank = u32::try_from(all.filter(before).count()).unwrap_or(u32::MAX);
            over > Duration::from_secs(1) * rank / a_second
        };
        if kind.is_judged() {
            self.told.late += taken.iter().filter(|taken| is_late(taken)).count();
        }
        let times = taken.iter().map(|(_, when)| since(*when));
        self.told.taken.entry(kind).or_default().extend(times);
    }
}

impl Told {
    /// Whether all went on.
    pub(crate) fn is_complete(&self) -> bool {
        self.stuck == 0
    }

    /// Whether those who lost their host had another in time.
    pub(crate) fn is_quick(&self) -> bool {
        self.late == 0
    }
}

impl Kind {
    /// Whether it is promised how long that takes.
    fn is_judged(self) -> bool {
        matches!(self, Kind::Kill | Kind::Stop | Kind::Partition)
    }
}

/// So much longer than the lease it may take until a conversation is in other hands (RL-5), the next ones on
/// that host as much longer as its pace is (RL-30).
const ALLOWED: Duration = Duration::from_secs(2);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, times) in [("in other hands", &self.taken), ("heard again", &self.heard)] {
            writeln!(
                f,
                "{what:<15}{:>5} {:>7} {:>8} {:>8} {:>8}",
                "times", "hit", "median", "99 %", "most"
            )?;
            for (kind, times) in times {
                let mut times = times.clone();
                times.sort();
                let at = |share: usize| {
                    let index = (times.len() * share / 100).min(times.len().saturating_sub(1));
                    times.get(index).map_or(0.0, Duration::as_secs_f64)
                };
                let count = self.counts.get(kind).copied().unwrap_or_default();
                writeln!(
                    f,
                    "{:<15}{count:>5} {:>7} {:>6.2} s {:>6.2} s {:>6.2} s",
                    format!("{kind:?}"),
                    times.len(),
                    at(50),
                    at(99),
                    at(100)
                )?;
            }
        }
        write!(f, "late {}, stuck {}", self.late, self.stuck)
    }
}
