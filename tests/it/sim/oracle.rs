//! ORACLE: compares what the host was handed with what the service recorded.
//!
//! Nothing lost, nothing twice, every byte as it was, in order of arrival, no silent gap, and no
//! checkpoint that covers what was not handed out. What the contract allows is marked where it is
//! allowed. The traffic has an oracle of its own, and so have the posts.

pub(crate) mod posts;
pub(crate) mod traffic;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use directline::{Batch, Checkpoint, GapCause};

use super::record::{Entry, serial_of};
use super::service::Service;
use super::violation::{Verdict, Violation, ensure};

#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    /// Where each serial was recorded: conversation and place.
    places: BTreeMap<u32, (usize, usize)>,
    indexed: Vec<usize>,
    pub(crate) joined: Option<usize>,
    /// Serials as they were handed out; a rollback shortens it.
    handed: Vec<u32>,
    times: BTreeMap<u32, u32>,
    ids: BTreeMap<String, BTreeSet<u32>>,
    newest_stamp: Option<u64>,
    newest_numbering: u32,
    /// Entries that may be missing, because a gap was told or the contract says so.
    excused: BTreeSet<u32>,
    /// All before this place in the joined conversation is handed out or excused.
    covered: usize,
    /// The serials of each set that came in and was not accounted for, in order of arrival.
    arrivals: VecDeque<Vec<u32>>,
    /// What unreadable messages held that no gap was told for yet.
    unreadable: Vec<u32>,
    /// Whether a gap was told that lasts until the next stream begins.
    passes_over: bool,
    /// How many messages of this life could not be taken.
    walls: u64,
    /// Whether the last socket was closed because nobody could read on.
    pub(crate) is_blocked: bool,
    /// How many losses were excused by DD-3 alone.
    pub(crate) renumbered_losses: u64,
}

impl Oracle {
    /// Learns what the service has recorded since the last time.
    pub(crate) fn index(&mut self, service: &Service) {
        self.indexed.resize(service.conversations.len(), 0);
        for (number, conversation) in service.conversations.iter().enumerate() {
            for place in self.indexed[number]..conversation.log.len() {
                self.places.insert(conversation.log[place].serial, (number, place));
            }
            self.indexed[number] = conversation.log.len();
        }
    }

    /// The session is in this conversation now.
    pub(crate) fn join(&mut self, conversation: Option<usize>) {
        if self.joined != conversation {
            (self.joined, self.covered) = (conversation, 0);
        }
    }

    /// A set is about to be given to the session.
    pub(crate) fn arrives(&mut self, serials: Vec<u32>) {
        self.arrivals.push_back(serials);
    }

    /// A message that cannot be read is about to be given to the session.
    pub(crate) fn arrives_unreadable(&mut self, serials: &[u32]) {
        self.unreadable.extend(serials);
        self.hits_wall();
    }

    /// Something is about to be given to the session that it cannot take.
    pub(crate) fn hits_wall(&mut self) {
        self.walls += 1;
    }

    /// The session has dealt with everything so far: what it dropped, it had a reason to drop.
    pub(crate) fn settle(&mut self, service: &Service) {
        for arrival in std::mem::take(&mut self.arrivals) {
            self.account(service, &arrival);
        }
        // What no gap was told for by now is replayed.
        self.unreadable.clear();
    }

    fn account(&mut self, service: &Service, arrival: &[u32]) {
        for &serial in arrival {
            if let Some(entry) = self.entry(service, serial) {
                if !self.times.contains_key(&serial) && self.is_old_news(entry) {
                    self.renumbered_losses += u64::from(self.excused.insert(serial));
                }
            }
        }
    }

    /// DD-3: a known id under a timestamp that is not later than all before is a duplicate to
    /// everybody who cannot see our serials.
    fn is_old_news(&self, entry: &Entry) -> bool {
        let is_known = entry.id.as_ref().is_some_and(|id| self.ids.contains_key(id));
        is_known
            && !entry.is_revision
            && self.newest_stamp.is_some_and(|newest| entry.stamp <= newest)
    }

    /// `poll` handed a batch out.
    pub(crate) fn handed(&mut self, service: &Service, batch: &Batch) -> Verdict {
        let mut serials = Vec::new();
        for activity in batch.iter() {
            let json = activity.json();
            let serial = serial_of(json).filter(|serial| self.places.contains_key(serial));
            let entry = serial.and_then(|serial| self.entry(service, serial));
            let Some(entry) = entry else {
                return Err(Violation::new("RX-1", format!("nobody said {json:?}")));
            };
            ensure(entry.text == json, "RX-1", || format!("{:?} became {json:?}", entry.text))?;
            serials.push(entry.serial);
        }
        let arrival = self.source(service, &serials)?;
        for serial in serials {
            self.take(service, serial)?;
        }
        self.account(service, &arrival);
        self.check(service, batch.checkpoint())
    }

    fn take(&mut self, service: &Service, serial: u32) -> Verdict {
        let (conversation, place) = self.places[&serial];
        let entry = &service.conversations[conversation].log[place];
        ensure(Some(conversation) == self.joined, "RC-9", || {
            format!("{serial} is of another conversation")
        })?;
        let times = *self.times.get(&serial).unwrap_or(&0);
        // DD-2, and DD-3: the last two numberings are kept.
        let may_repeat =
            entry.id.is_none() || entry.is_revision || entry.numbering + 1 < self.newest_numbering;
        ensure(times == 0 || may_repeat, "DD-1", || format!("{serial} was handed out twice"))?;
        self.handed.push(serial);
        self.count(entry);
        Ok(())
    }

    fn count(&mut self, entry: &Entry) {
        *self.times.entry(entry.serial).or_default() += 1;
        if let Some(id) = entry.id.as_ref().filter(|_| !entry.is_revision) {
            self.ids.entry(id.clone()).or_default().insert(entry.serial);
        }
        self.newest_stamp = self.newest_stamp.max(Some(entry.stamp));
        self.newest_numbering = self.newest_numbering.max(entry.numbering);
    }

    /// The arrival that a batch came of: the next in which its activities stand in this order. So
    /// neither sets nor what is in them can change places.
    fn source(&mut self, service: &Service, serials: &[u32]) -> Result<Vec<u32>, Violation> {
        while let Some(arrival) = self.arrivals.pop_front() {
            let mut rest = arrival.iter();
            if serials.iter().all(|serial| rest.any(|own| own == serial)) {
                return Ok(arrival);
            }
            self.account(service, &arrival);
        }
        Err(Violation::new("RX-1", format!("no message held {serials:?} in this order")))
    }

    /// WM-5: whatever a checkpoint's watermark covers was handed out.
    pub(crate) fn check(&mut self, service: &Service, checkpoint: &Checkpoint) -> Verdict {
        let joined = self.joined.map(|joined| service.conversations[joined].id.as_str());
        ensure(joined == Some(checkpoint.conversation()), "WM-5", || {
            format!("a checkpoint of {:?} in {joined:?}", checkpoint.conversation())
        })?;
        let Some(mark) = checkpoint.watermark() else { return Ok(()) };
        let Some(position) = service.position(mark) else {
            return Err(Violation::new("WM-1", format!("nobody said the watermark {mark:?}")));
        };
        self.cover(service);
        ensure(position <= self.covered, "WM-5", || {
            format!("a checkpoint covers {position}, of which {} are handed out", self.covered)
        })
    }

    fn cover(&mut self, service: &Service) {
        let Some(joined) = self.joined else { return };
        let log = &service.conversations[joined].log;
        while log.get(self.covered).is_some_and(|entry| self.is_accounted(entry)) {
            self.covered += 1;
        }
    }

    fn is_accounted(&self, entry: &Entry) -> bool {
        entry.is_ephemeral
            || self.times.contains_key(&entry.serial)
            || self.excused.contains(&entry.serial)
    }

    /// The session told of a gap; `start` is where the stream of the present socket began.
    pub(crate) fn gap(
        &mut self,
        service: &Service,
        cause: GapCause,
        start: Option<usize>,
    ) -> Verdict {
        let is_wall = matches!(cause, GapCause::UnreadableFrame | GapCause::FrameTooLarge);
        ensure(!is_wall || self.walls > 1, "RX-4", || "passed over without a replay".to_owned())?;
        match cause {
            GapCause::UnreadableFrame if self.is_blocked => self.passes_over = true,
            GapCause::UnreadableFrame => self.excused.extend(self.unreadable.drain(..)),
            GapCause::FrameTooLarge => self.passes_over = true,
            // What came before the stream is what the history would have brought.
            _ => self.excuse_before(service, start.unwrap_or(0)),
        }
        Ok(())
    }

    /// The service answered a request for a stream that carries no watermark.
    pub(crate) fn streams_anew(&mut self, service: &Service) {
        if let Some(joined) = self.joined.filter(|_| self.passes_over) {
            self.excuse_before(service, service.conversations[joined].log.len());
        }
    }

    pub(crate) fn opened(&mut self) {
        (self.passes_over, self.is_blocked) = (false, false);
    }

    fn excuse_before(&mut self, service: &Service, place: usize) {
        let Some(joined) = self.joined else { return };
        let log = &service.conversations[joined].log;
        self.excused.extend(log[..place].iter().map(|entry| entry.serial));
    }

    /// How much was handed out so far, to come back to.
    pub(crate) fn mark(&self) -> usize {
        self.handed.len()
    }

    /// The host has forgotten everything it was handed after `mark`.
    pub(crate) fn roll_back(&mut self, service: &Service, mark: usize) {
        self.handed.truncate(mark);
        self.times.clear();
        self.ids.clear();
        self.newest_stamp = None;
        self.newest_numbering = 0;
        for serial in self.handed.clone() {
            if let Some(entry) = self.entry(service, serial) {
                self.count(&entry.clone());
            }
        }
        self.covered = 0;
        self.begin_life();
    }

    /// A new session begins; nothing of the old one's streams is left.
    pub(crate) fn begin_life(&mut self) {
        self.arrivals.clear();
        self.unreadable.clear();
        (self.passes_over, self.walls) = (false, 0);
    }

    /// Everything of the joined conversation that was not handed out and should have been.
    pub(crate) fn missing(&mut self, service: &Service) -> Vec<u32> {
        self.cover(service);
        let Some(joined) = self.joined else { return Vec::new() };
        let log = &service.conversations[joined].log[self.covered..];
        log.iter().filter(|entry| !self.is_accounted(entry)).map(|entry| entry.serial).collect()
    }

    fn entry<'a>(&self, service: &'a Service, serial: u32) -> Option<&'a Entry> {
        let (conversation, place) = *self.places.get(&serial)?;
        service.conversations[conversation].log.get(place)
    }
}
