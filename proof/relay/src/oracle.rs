//! THE ORACLE: what the streams, the buckets and the service must look like, whatever happened. It
//! knows nothing of how the core goes about it.

mod end;

use std::collections::{BTreeMap, BTreeSet};

use directline_relay::core::{
    Address, Found, Name, Note, Outcome, PostKey, Publication, Record, Subject, Told,
};
use directline_world::violation::{Verdict, ensure};

use crate::app::App;
use crate::driver::TOKEN;
use crate::service::Service;
use crate::setup::{Kind, Setup};
use crate::tally::Tally;

/// All that was seen.
pub(crate) struct Oracle {
    pub(crate) app: App,
    pub(crate) tally: Tally,
    /// The duplicate window.
    window: u64,
    /// Nothing goes wrong in this run: nobody may notice anything.
    is_strict: bool,
    streams: BTreeMap<Name, Stream>,
    posts: BTreeMap<u64, Post>,
    /// The sequence of the last post of each that the service took from a session that was alive.
    last_taken: BTreeMap<Name, u64>,
    /// Those whose entry was removed.
    pub(crate) removed: BTreeSet<Name>,
    /// The service's conversations under names that were used again since.
    former: BTreeSet<usize>,
    /// Those whose record was: it was over for long, and nobody remembers its posts.
    forgotten: BTreeSet<Name>,
    /// When a conversation changed hands for the last time.
    moved: u64,
    /// How much was delivered and not on the stream, at most.
    pub(crate) open: usize,
    /// How often anybody asked anything of the server when all was at rest.
    pub(crate) asked_in_peace: u64,
    /// How often anybody removed something then: what was over for long enough.
    pub(crate) removed_in_peace: u64,
}

/// The stream of one conversation.
#[derive(Default)]
struct Stream {
    conversation: Option<usize>,
    /// When each activity was stored first.
    stored: Vec<u64>,
}

/// A post in the queue.
struct Post {
    name: Name,
    key: PostKey,
    told: Vec<(Outcome, u64)>,
    is_acknowledged: bool,
    /// The conversation that it was for is no more.
    is_former: bool,
}

impl Oracle {
    pub(crate) fn new(setup: &Setup) -> Oracle {
        Oracle {
            app: App::default(),
            tally: Tally::default(),
            window: setup.window,
            is_strict: setup.kind == Kind::Rolling,
            streams: BTreeMap::new(),
            posts: BTreeMap::new(),
            last_taken: BTreeMap::new(),
            removed: BTreeSet::new(),
            former: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            moved: 0,
            open: 0,
            asked_in_peace: 0,
            removed_in_peace: 0,
        }
    }

    /// Something was stored in a bucket.
    pub(crate) fn stored(&mut self, address: &Address, value: Option<&str>) -> Verdict {
        let Some(value) = value else {
            self.tally.removed += u64::from(matches!(address, Address::Conversation(_)));
            match address {
                Address::Conversation(name) => _ = self.removed.insert(name.clone()),
                Address::Record(name) => _ = self.forgotten.insert(name.clone()),
                Address::Host(_) | Address::Leases(_) => {}
            }
            return Ok(());
        };
        ensure(!value.contains(TOKEN), "RL-32", || format!("{address:?} holds a credential"))?;
        let Address::Record(name) = address else { return Ok(()) };
        let record: Record = serde_json::from_str(value).expect("the core writes records");
        let published = self.streams.get(name).map_or(0, |stream| stream.stored.len() as u64);
        ensure(record.position <= published, "RL-14", || {
            format!("{name}: {} are covered, {published} are on the stream", record.position)
        })?;
        let covered = record.checkpoint.as_ref().and_then(|it| it.watermark()?.parse().ok());
        ensure(covered.unwrap_or(0) <= published, "RL-14", || {
            format!("{name}: {covered:?} are behind the checkpoint, {published} are on the stream")
        })
    }

    /// A name whose entry was removed is used again.
    pub(crate) fn begins_again(&mut self, name: &Name, service: &Service) {
        self.tally.begun_again += 1;
        self.former.extend(service.all(name));
        let posts = self.posts.values_mut().filter(|post| post.name == *name);
        posts.for_each(|post| post.is_former = true);
        self.streams.remove(name);
        self.removed.remove(name);
        self.forgotten.remove(name);
        self.app.forget(name);
    }

    /// How many activities of a conversation are on the stream.
    pub(crate) fn on_stream(&self, name: &Name) -> usize {
        self.streams.get(name).map_or(0, |stream| stream.stored.len())
    }

    /// Something new is on a stream.
    pub(crate) fn published(
        &mut self,
        publication: &Publication,
        service: &Service,
        now: u64,
    ) -> Verdict {
        match &publication.subject {
            Subject::Activity(name) => self.said(name, publication, service, now),
            Subject::Outcome(name) => self.told(name, publication, service, now),
        }
    }

    fn said(
        &mut self,
        name: &Name,
        publication: &Publication,
        service: &Service,
        now: u64,
    ) -> Verdict {
        let (conversation, at) = Service::place(&publication.body).expect("what the service said");
        if self.former.contains(&conversation) {
            // From who slept since before its end: a real stream refuses it (RL-53).
            return Ok(());
        }
        let stream = self.streams.entry(name.clone()).or_default();
        let own = *stream.conversation.get_or_insert(conversation);
        ensure(own == conversation, "RL-16", || {
            format!("{name} is {own} on the stream, and now {conversation}")
        })?;
        let position: usize = header(publication, "Directline-Position");
        ensure(position == at + 1, "RL-13", || {
            format!("{name}: activity {at} has the position {position}")
        })?;
        let next = stream.stored.len();
        ensure(at <= next, "RL-11", || format!("{name}: {at} comes where {next} is missing"))?;
        if at == next {
            self.tally.stored += 1;
            stream.stored.push(now);
            return Ok(());
        }
        let has_id = service.log(conversation).activities[at].id.is_some();
        let is_late = now >= stream.stored[at] + self.window;
        self.tally.repeated += u64::from(is_late);
        self.tally.without_id += u64::from(!is_late);
        ensure(is_late || !has_id, "RL-12", || format!("{name}: {at} is on the stream twice"))?;
        ensure(!self.is_strict, "RL-7", || format!("{name}: {at} was published again"))
    }

    fn told(
        &mut self,
        name: &Name,
        publication: &Publication,
        service: &Service,
        now: u64,
    ) -> Verdict {
        let told: Told = serde_json::from_str(&publication.body).expect("the core writes outcomes");
        let post = self.posts.get_mut(&told.sequence).expect("it is in the queue");
        ensure(post.key == told.key && post.name == *name, "RL-22", || {
            format!("{} is told as {} of {name}", post.key, told.key)
        })?;
        let is_known = post.told.iter().find(|(outcome, _)| *outcome == told.outcome);
        let is_repeat = is_known.is_some_and(|(_, at)| now >= at + self.window);
        let may_follow = match post.told.last() {
            None => true,
            Some((Outcome::Unknown, _)) => matches!(told.outcome, Outcome::Sent { .. }),
            Some(_) => false,
        };
        ensure(may_follow || is_repeat, "RL-22", || {
            format!("{}: {:?} follows {:?}", told.key, told.outcome, post.told)
        })?;
        let taken = service.taken(&told.key);
        let is_true = match told.outcome {
            Outcome::Sent { .. } => taken == 1,
            Outcome::Refused { .. } => taken == 0 || self.forgotten.contains(name),
            Outcome::Unknown => !self.is_strict,
        };
        ensure(is_true, "RL-22", || {
            format!("{} is {:?}, and was taken {taken} times", told.key, told.outcome)
        })?;
        self.tally.told += 1;
        self.tally.unknown += u64::from(told.outcome == Outcome::Unknown);
        self.tally.settled += u64::from(!post.told.is_empty() && !is_repeat);
        post.told.push((told.outcome, now));
        Ok(())
    }

    /// A post was queued.
    pub(crate) fn queued(&mut self, name: &Name, key: &PostKey, sequence: u64) {
        let (name, key) = (name.clone(), key.clone());
        let (told, is_acknowledged, is_former) = (vec![], false, false);
        self.posts.insert(sequence, Post { name, key, told, is_acknowledged, is_former });
    }

    /// A session is given a post, as `record` is what stands there.
    pub(crate) fn given(&self, name: &Name, key: &PostKey, record: Option<&Found>) -> Verdict {
        let value = record.and_then(|found| found.value.as_deref());
        let record: Option<Record> =
            value.map(|value| serde_json::from_str(value).expect("the core writes records"));
        let given = record.and_then(|record| record.posts.given);
        ensure(given.as_ref().is_some_and(|given| given.key == *key), "RL-20", || {
            format!("{name}: {key} is given to a session, and {given:?} is stored")
        })
    }

    /// The service took a post; whose session is gone by then may come late.
    pub(crate) fn taken(&mut self, name: &Name, key: &PostKey, is_alive: bool) -> Verdict {
        let mut own = self.posts.iter().filter(|(_, post)| post.key == *key);
        let Some((sequence, _)) = own.next().filter(|_| is_alive) else { return Ok(()) };
        let last = self.last_taken.insert(name.clone(), *sequence).unwrap_or(0);
        ensure(last < *sequence, "RL-21", || format!("{name}: {sequence} is sent after {last}"))
    }

    /// A post was taken off the queue.
    pub(crate) fn acknowledged(&mut self, sequence: u64) -> Verdict {
        let post = self.posts.get_mut(&sequence).expect("it is in the queue");
        post.is_acknowledged = true;
        ensure(!post.told.is_empty(), "RL-23", || {
            format!("{} is taken off the queue, and nobody knows what became of it", post.key)
        })
    }

    /// A host tells something of itself.
    pub(crate) fn noted(&mut self, note: &Note, now: u64) {
        let count = match note {
            Note::Took { .. } => {
                self.moved = now;
                &mut self.tally.taken
            }
            Note::Gave { .. } => &mut self.tally.given,
            Note::Fell { .. } => &mut self.tally.fallen,
            Note::LeaseLost { .. } => &mut self.tally.leases_lost,
            Note::Over { .. } => &mut self.tally.over,
            _ => return,
        };
        *count += 1;
    }
}

fn header(publication: &Publication, name: &str) -> usize {
    let value = publication.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
    value.and_then(|value| value.parse().ok()).expect("every activity has one")
}
