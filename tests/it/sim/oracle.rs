//! ORACLE: compares what the host was handed with what the service recorded.
//!
//! Nothing lost, nothing twice, every byte as it was, in order of arrival, no silent gap, and no
//! checkpoint that covers what was not handed out. What the contract allows goes into the ledger. The
//! traffic has an oracle of its own, and so have the posts.

pub(crate) mod counts;
pub(crate) mod kinds;
pub(crate) mod memory;
pub(crate) mod pace;
pub(crate) mod posts;
pub(crate) mod traffic;
pub(crate) mod wallet;

use std::collections::VecDeque;

use directline::{Batch, Checkpoint, GapCause};

use self::memory::Memory;

use super::excuse::{Ledger, Rule};
use super::record::{Entry, serial_of};
use super::service::Service;
use super::setup::{Ids, Setup};
use super::violation::{Verdict, Violation, ensure};

#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    /// Where each serial was recorded: conversation and place.
    places: Vec<(usize, usize)>,
    indexed: Vec<usize>,
    pub(crate) joined: Option<usize>,
    /// What the host was handed.
    memory: Memory,
    /// By serial: whether it may be missing, because a gap was told or the contract says so.
    excused: Vec<bool>,
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
    /// The watermark that was checked last: what it covered then, it covers still.
    checked: Option<String>,
    /// Whether the host wants only what is said from now on, and the session does not know yet
    /// where that begins.
    seeks_end: bool,
    /// How many of the ids the session must remember; numbered ones are all kept.
    seen_max: usize,
    /// How many activities were handed out more than once with nothing to excuse it.
    twice: u64,
    pub(crate) ledger: Ledger,
}

/// What became of what was said, counted once all is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Not handed out, with nothing to excuse it.
    pub(crate) lost: u64,
    /// Handed out again, with nothing to excuse it.
    pub(crate) twice: u64,
}

impl Oracle {
    pub(crate) fn new(setup: Setup) -> Oracle {
        let has_ranges = setup.ids() == Ids::Service;
        let seen_max = if has_ranges { usize::MAX } else { setup.seen_ids_max() };
        Oracle { seen_max, ..Oracle::default() }
    }

    /// Learns what the service has recorded since the last time.
    pub(crate) fn index(&mut self, service: &Service) {
        self.indexed.resize(service.conversations.len(), 0);
        for (number, conversation) in service.conversations.iter().enumerate() {
            for place in self.indexed[number]..conversation.log.len() {
                let serial = conversation.log[place].serial as usize;
                if self.places.len() <= serial {
                    self.places.resize(serial + 1, NOWHERE);
                    self.excused.resize(serial + 1, false);
                }
                self.places[serial] = (number, place);
            }
            self.indexed[number] = conversation.log.len();
        }
    }

    /// The session is in this conversation now.
    pub(crate) fn join(&mut self, conversation: Option<usize>) {
        if self.joined != conversation {
            (self.joined, self.covered, self.checked) = (conversation, 0, None);
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
                if !self.memory.has(serial) && self.is_old_news(entry) {
                    self.excuse(serial, Rule::Renumbered);
                }
            }
        }
    }

    fn excuse(&mut self, serial: u32, rule: Rule) {
        let is_new = !std::mem::replace(&mut self.excused[serial as usize], true);
        // What was handed out is not lost.
        self.ledger.excuse(rule, u64::from(is_new && !self.memory.has(serial)));
    }

    /// DD-3: a known id under a timestamp that is not later than all before is a duplicate to
    /// everybody who cannot see our serials.
    fn is_old_news(&self, entry: &Entry) -> bool {
        !entry.is_revision
            && self.memory.newest_stamp.is_some_and(|newest| entry.stamp <= newest)
            && entry.id.as_deref().is_some_and(|id| self.memory.knows(id))
    }

    /// `poll` handed a batch out.
    pub(crate) fn handed(&mut self, service: &Service, batch: &Batch) -> Verdict {
        let mut serials = Vec::new();
        for activity in batch.iter() {
            let json = activity.json();
            let entry = serial_of(json).and_then(|serial| self.entry(service, serial));
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
        let (conversation, place) = self.places[serial as usize];
        let entry = &service.conversations[conversation].log[place];
        ensure(Some(conversation) == self.joined, "RC-9", || {
            format!("{serial} is of another conversation")
        })?;
        if self.memory.has(serial) {
            let is_excused = match self.repeats_by(entry) {
                Some(rule) => self.ledger.excuses(rule, true),
                None => false,
            };
            self.twice += u64::from(!is_excused);
            ensure(is_excused, "DD-1", || format!("{serial} was handed out twice"))?;
        }
        self.memory.take(entry);
        Ok(())
    }

    /// Why this may be handed out again.
    fn repeats_by(&self, entry: &Entry) -> Option<Rule> {
        if entry.id.is_none() || entry.is_revision {
            Some(Rule::Idless)
        } else if self.memory.is_ancient(entry) {
            Some(Rule::Ancient)
        } else {
            let is_forgotten = self.memory.may_have_forgotten(entry.serial, self.seen_max);
            is_forgotten.then_some(Rule::Forgotten)
        }
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
        if self.checked.as_deref() == Some(mark) {
            return Ok(());
        }
        let position = self.joined.and_then(|joined| service.position(joined, mark));
        let Some(position) = position else {
            return Err(Violation::new("WM-1", format!("nobody said the watermark {mark:?}")));
        };
        self.cover(service);
        ensure(position <= self.covered, "WM-5", || {
            format!("a checkpoint covers {position}, of which {} are handed out", self.covered)
        })?;
        self.checked = Some(mark.to_owned());
        Ok(())
    }

    fn cover(&mut self, service: &Service) {
        let Some(joined) = self.joined else { return };
        while let Some(entry) = service.conversations[joined].log.get(self.covered) {
            if entry.is_ephemeral {
                self.excuse(entry.serial, Rule::Typing);
            }
            if !self.is_accounted(entry) {
                break;
            }
            self.covered += 1;
        }
    }

    fn is_accounted(&self, entry: &Entry) -> bool {
        let is_excused = entry.is_ephemeral || self.excused[entry.serial as usize];
        is_excused || self.memory.has(entry.serial)
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
            GapCause::UnreadableFrame => {
                for serial in std::mem::take(&mut self.unreadable) {
                    self.excuse(serial, Rule::Unreadable);
                }
            }
            GapCause::FrameTooLarge => self.passes_over = true,
            // What came before the stream is what the history would have brought.
            _ => self.excuse_before(service, start.unwrap_or(0), Rule::Unavailable),
        }
        Ok(())
    }

    /// The service answered a request for a stream that carries no watermark.
    pub(crate) fn streams_anew(&mut self, service: &Service) {
        if let Some(joined) = self.joined.filter(|_| self.passes_over) {
            self.excuse_before(service, service.conversations[joined].log.len(), Rule::Unreadable);
        }
    }

    /// WM-8: of a conversation that is resumed without a watermark, only what is new.
    pub(crate) fn wants_only_new(&mut self, wants: bool) {
        self.seeks_end = wants;
    }

    /// Whether the session has yet to find out where the new begins.
    pub(crate) fn seeks_end(&self) -> bool {
        self.seeks_end
    }

    /// A socket opened or an empty page came: from there on everything is new.
    pub(crate) fn has_bearings(&mut self) {
        self.seeks_end = false;
    }

    /// The service answered where a stream without a watermark begins, or what a page holds.
    pub(crate) fn shows_end(&mut self, service: &Service) {
        if let Some(joined) = self.joined.filter(|_| self.seeks_end) {
            self.excuse_before(service, service.conversations[joined].log.len(), Rule::Unwanted);
        }
    }

    pub(crate) fn opened(&mut self) {
        (self.passes_over, self.is_blocked) = (false, false);
    }

    fn excuse_before(&mut self, service: &Service, place: usize, rule: Rule) {
        let Some(joined) = self.joined else { return };
        self.cover(service);
        let log = &service.conversations[joined].log;
        for entry in log.get(self.covered..place).unwrap_or_default() {
            self.excuse(entry.serial, rule);
        }
    }

    /// How much was handed out so far, to come back to.
    pub(crate) fn mark(&self) -> usize {
        self.memory.len()
    }

    /// The host has forgotten everything it was handed after `mark`.
    pub(crate) fn roll_back(&mut self, mark: usize) {
        let forgotten = self.memory.len().saturating_sub(mark);
        self.ledger.excuse(Rule::WentBack, forgotten as u64);
        while self.memory.len() > mark {
            let serial = self.memory.forget_last();
            let (conversation, place) = self.places[serial as usize];
            if self.joined == Some(conversation) {
                self.covered = self.covered.min(place);
            }
        }
        self.checked = None;
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

    /// Once all is over.
    pub(crate) fn account_for(&mut self, service: &Service) -> Account {
        Account { lost: self.missing(service).len() as u64, twice: self.twice }
    }

    /// How many ends of the conversation are still to be handed out.
    pub(crate) fn ends_to_come(&mut self, service: &Service) -> u64 {
        let missing = self.missing(service);
        let is_end = |serial: &&u32| {
            let entry = self.entry(service, **serial);
            entry.is_some_and(|entry| entry.text.contains("\"type\":\"endOfConversation\""))
        };
        missing.iter().filter(is_end).count() as u64
    }

    fn entry<'a>(&self, service: &'a Service, serial: u32) -> Option<&'a Entry> {
        let (conversation, place) = *self.places.get(serial as usize)?;
        service.conversations.get(conversation)?.log.get(place)
    }
}

/// Where a serial is that nobody has said.
const NOWHERE: (usize, usize) = (usize::MAX, usize::MAX);
