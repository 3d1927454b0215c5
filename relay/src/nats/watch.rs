//! WATCH: what stands in a bucket and what is written to it, as it is written; and what the leader of its
//! servers has lost, or the server that tells of it.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::stream::Stream;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::nats::{Bucket, Entry, Link, Problem, Tail};

/// What stands under every key, and then whatever is written, in the order of the revisions; of several
/// values of one key some may be left out, but never the last.
pub struct Watch {
    bucket: Bucket,
    tail: Tail,
    prefix: String,
    /// Whether it was said that all that stood there has come.
    is_synced: bool,
    /// The replicas of a server of 2.9 may number alike messages differently after a crash, and a reader
    /// is on any of them, while a write has to name the leader's number: what is heard is looked up there.
    is_replicated: bool,
    /// What was heard and is not looked up yet.
    pending: VecDeque<Pending>,
    /// What nothing ages out of is compared now and then with what was told of it.
    told: Option<Told>,
}

/// The keys that were told of.
struct Told {
    keys: HashSet<String>,
    compare: Interval,
}

/// Something was written under a key, or was not told of.
struct Pending {
    key: String,
    /// When, in nanoseconds since 1970.
    written: i128,
    /// How often the leader did not have it yet.
    tries: u32,
}

/// What a watch has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What stands under a key.
    Entry {
        /// Which.
        key: String,
        /// What.
        entry: Entry,
    },
    /// All that stood there when the watch began was told; said once.
    Synced,
}

impl Watch {
    pub(crate) fn new(link: &Link, stream: &Stream, bucket: &Bucket, prefix: &str) -> Watch {
        let config = &stream.cached_info().config;
        let is_replicated = config.num_replicas > 1;
        let told = config.max_age.is_zero().then(Told::default);
        let tail = Tail::new(link, stream, &format!("{prefix}>"), DeliverPolicy::LastPerSubject);
        let tail = if is_replicated { tail.beginning_anew() } else { tail };
        let (bucket, prefix) = (bucket.clone(), prefix.to_owned());
        let pending = VecDeque::new();
        Watch { bucket, tail, prefix, is_synced: false, is_replicated, pending, told }
    }

    /// What comes next. After an error it may be asked again, better after a pause.
    ///
    /// # Errors
    ///
    /// When NATS does not go on with it; nothing is left out.
    pub async fn next(&mut self) -> Result<Seen, Problem> {
        loop {
            if let Some(pending) = self.pending.front_mut() {
                let (entry, written) = self.bucket.dated(&pending.key).await?;
                if written < pending.written && pending.tries < TRIES {
                    // A leader may be later than the others with what it told them to do.
                    pending.tries += 1;
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                let Some(Pending { key, .. }) = self.pending.pop_front() else { continue };
                // What has aged out meanwhile is gone, as what ages out while nobody looks.
                if entry.revision > 0 || self.told.is_some() {
                    return Ok(self.tells(key, entry));
                }
            }
            if !self.is_synced && self.tail.still_to_come().await? == 0 {
                self.is_synced = true;
                return Ok(Seen::Synced);
            }
            let (message, revision) = tokio::select! {
                next = self.tail.next() => next?,
                told = due(&mut self.told) => {
                    let differs = self.bucket.differs(told).await?;
                    let pending = |key| Pending { key, written: 0, tries: 0 };
                    self.pending.extend(differs.into_iter().map(pending));
                    continue;
                }
            };
            let Some(key) = message.subject.strip_prefix(&self.prefix) else { continue };
            if self.is_replicated {
                let info = message.info().map_err(|error| Problem::Other(error.to_string()))?;
                let written = info.published.unix_timestamp_nanos();
                self.pending.push_back(Pending { key: key.to_owned(), written, tries: 0 });
                continue;
            }
            let none = HeaderMap::new();
            let headers = message.headers.as_ref().unwrap_or(&none);
            let entry = Entry::new(headers, message.payload.clone(), revision);
            let key = key.to_owned();
            return Ok(self.tells(key, entry));
        }
    }

    fn tells(&mut self, key: String, entry: Entry) -> Seen {
        if let Some(Told { keys, .. }) = &mut self.told {
            match entry.revision {
                0 => _ = keys.remove(&key),
                _ => _ = keys.insert(key.clone()),
            }
        }
        Seen::Entry { key, entry }
    }
}

impl Default for Told {
    fn default() -> Told {
        let mut compare = tokio::time::interval_at(Instant::now() + COMPARE_EVERY, COMPARE_EVERY);
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Told { keys: HashSet::new(), compare }
    }
}

/// Waits until it is time to compare, where that is done at all.
async fn due(told: &mut Option<Told>) -> &HashSet<String> {
    match told {
        Some(Told { keys, compare }) => {
            compare.tick().await;
            keys
        }
        None => std::future::pending().await,
    }
}

/// How long a leader is waited for.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);
/// Half of how long an owner may be silent that others wait for.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
