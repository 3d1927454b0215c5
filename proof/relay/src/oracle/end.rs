//! THE END: what must be true once all has been well for a while.

use directline_relay::core::{Address, HostName, Name, Outcome, Record, Wanted, winner};
use directline_world::violation::{Verdict, ensure};

use crate::talks::BATCH_MAX;
use crate::world::{STILL, World};

impl World<'_> {
    /// Everything is where it belongs, and nothing is left over.
    pub(crate) fn judge(&mut self) -> Verdict {
        for name in self.names.clone() {
            // Who asked may not have heard that it is so.
            let is_started = self.entry(&name).is_some() || self.oracle.removed.contains(&name);
            ensure(is_started, "RL-31", || format!("{name} could not be started"))?;
            match self.entry(&name).map(|entry| entry.wanted) {
                None => ensure(self.oracle.removed.contains(&name), "RL-31", || {
                    format!("{name} is gone")
                })?,
                Some(Wanted::Running) => {
                    self.judge_owner(&name)?;
                    self.judge_stream(&name)?;
                    self.judge_posts(&name, true)?;
                }
                Some(Wanted::Over(reason)) => {
                    ensure(self.holders(&name).is_empty(), "RL-34", || {
                        format!("{name} is over, and has a session")
                    })?;
                    // Of what the application has ended, what came last may not have been read.
                    let has_ended = self.oracle.app.started.get(&name) == Some(&true);
                    let is_read = !has_ended && !reason.contains("application");
                    if is_read {
                        self.judge_stream(&name)?;
                    }
                    self.judge_posts(&name, is_read)?;
                }
            }
        }
        let (still, moved) = (self.still(), self.oracle.moved);
        ensure(moved < still, "RL-6", || {
            format!("a conversation changed hands at {moved} ms, and all was well")
        })?;
        // A batch may go beyond the window, and another may have been read before it was known.
        let (open, most) = (self.oracle.open, self.setup.settings.window as usize + 2 * BATCH_MAX);
        ensure(open <= most, "RL-17", || format!("{open} activities wait, {most} may"))?;
        // Leases are renewed; nothing else is to be done, but to make sure of what is removed where
        // servers have numbered anew: all hosts may read that a few times.
        let renewals =
            STILL / u64::try_from(self.setup.settings.renew_after.as_millis()).expect("small");
        let removals = self.oracle.removed_in_peace;
        let most = (renewals + 2 + READS_MAX * removals) * self.hosts.len() as u64;
        let asked = self.oracle.asked_in_peace;
        ensure(asked <= most, "RL-41", || format!("{asked} requests at rest, {most} are enough"))
    }

    /// Who has a session of a conversation.
    fn holders(&self, name: &Name) -> Vec<&HostName> {
        let has = |host: &&crate::world::Host| {
            host.process.as_ref().is_some_and(|process| process.talks.contains_key(name))
        };
        self.hosts.iter().filter(has).map(|host| &host.name).collect()
    }

    fn judge_owner(&self, name: &Name) -> Verdict {
        let alive = self.hosts.iter().filter(|host| host.process.is_some());
        let belongs = winner(alive.map(|host| &host.name), name);
        let holders = self.holders(name);
        ensure(holders == belongs.into_iter().collect::<Vec<_>>(), "RL-1", || {
            format!("{name} belongs to {belongs:?}, and {holders:?} have a session")
        })
    }

    fn judge_stream(&self, name: &Name) -> Verdict {
        let stream = self.oracle.streams.get(name);
        let Some(stream) = stream else { return Ok(()) };
        let conversation = stream.conversation.expect("something is on it");
        let (said, stored) = (self.service.log(conversation).activities.len(), stream.stored.len());
        ensure(said == stored, "RL-11", || {
            format!("{name}: {said} were said, {stored} are on the stream")
        })?;
        if self.oracle.forgotten.contains(name) {
            return Ok(());
        }
        let found = self.nats.get(&Address::Record(name.clone()), self.now);
        let value = found.and_then(|found| found.value.as_deref()).unwrap_or("null");
        let record: Option<Record> = serde_json::from_str(value).expect("the core writes records");
        let covered = record.map(|record| record.position);
        ensure(covered == Some(said as u64), "RL-14", || {
            format!("{name}: {said} were said, {covered:?} are covered")
        })
    }

    fn judge_posts(&self, name: &Name, is_read: bool) -> Verdict {
        let waiting = self.nats.waiting(name);
        ensure(waiting == 0, "RL-23", || {
            format!("{name}: {waiting} posts are still in the queue")
        })?;
        for (sequence, post) in self.oracle.posts.iter().filter(|(_, post)| post.name == *name) {
            ensure(post.is_acknowledged && !post.told.is_empty(), "RL-23", || {
                format!("{name}: nobody knows what became of {} ({sequence})", post.key)
            })?;
            // So many are remembered, to be settled by an echo.
            let after = self.oracle.posts.range(sequence + 1..);
            let after = after.filter(|(_, other)| other.name == *name).count();
            let is_remembered = !post.is_former && after < self.setup.settings.outcomes as usize;
            let is_echoed = is_read && self.setup.echoes && self.service.taken(&post.key) == 1;
            let is_unknown = post.told.last().is_some_and(|(last, _)| *last == Outcome::Unknown);
            ensure(!(is_remembered && is_echoed && is_unknown), "RL-25", || {
                format!("{} was echoed, and is called unknown", post.key)
            })?;
        }
        Ok(())
    }
}

/// What is read counts once the same was read so often (RL-35).
const READS_MAX: u64 = 6;
