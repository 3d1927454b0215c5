//! ORACLE: compares what the host was handed with what the service recorded.
//!
//! Nothing lost, nothing twice, every byte as it was, in order of arrival, no silent gap, and no
//! checkpoint that covers what was not handed out. What the contract allows goes into the ledger. The
//! posts have an oracle of their own; the traffic is judged by the reference model.

pub(crate) mod kinds;
pub mod known;
pub(crate) mod memory;
pub(crate) mod pace;
pub(crate) mod posts;

use directline::{Activity, Batch, Checkpoint};

use self::memory::{Memory, Place};
use super::excuse::{Ledger, Rule};
use super::record::Entry;
use super::reference::gaps::Reach;
use super::service::Service;
use super::setup::{Ids, Setup};
use super::violation::{Verdict, Violation, ensure};

#[derive(Clone, Debug)]
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
    /// What the unreadable message of this step held.
    unreadable: Vec<u32>,
    /// Whether a gap was told that lasts until the next stream begins.
    passes_over: bool,
    /// The watermark that was checked last: what it covered then, it covers still.
    checked: Option<String>,
    /// How many activities were handed out more than once with nothing to excuse it.
    twice: u64,
    pub(crate) ledger: Ledger,
}

/// What became of what was said, counted once all is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Not handed out, with nothing to excuse it.
    pub lost: u64,
    /// Handed out again, with nothing to excuse it.
    pub twice: u64,
}

impl Account {
    pub fn add(&mut self, other: Account) {
        self.lost += other.lost;
        self.twice += other.twice;
    }
}

/// What came of a set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Brings {
    /// Something was handed out.
    pub news: bool,
    /// Something with an id of its own was new.
    pub progress: bool,
    /// The end of the conversation was handed out.
    pub end: bool,
}

impl Oracle {
    pub(crate) fn new(setup: Setup) -> Oracle {
        // Numbered ids are all kept.
        let has_ranges = setup.ids() == Ids::Service;
        let ids_max = if has_ranges { usize::MAX } else { setup.seen_ids_max() };
        Oracle {
            places: Vec::new(),
            indexed: Vec::new(),
            joined: None,
            memory: Memory::new(ids_max),
            excused: Vec::new(),
            covered: 0,
            unreadable: Vec::new(),
            passes_over: false,
            checked: None,
            twice: 0,
            ledger: Ledger::default(),
        }
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

    /// A message that cannot be read is about to be given to the session.
    pub(crate) fn arrives_unreadable(&mut self, serials: Vec<u32>) {
        self.unreadable = serials;
    }

    /// The step is over: what no gap was told for is replayed.
    pub(crate) fn settle(&mut self) {
        self.unreadable.clear();
    }

    fn excuse(&mut self, serial: u32, rule: Rule) {
        let is_new = !std::mem::replace(&mut self.excused[serial as usize], true);
        // What was handed out is not lost.
        self.ledger.excuse(rule, u64::from(is_new && !self.memory.has(serial)));
    }

    /// `poll` handed a batch out, of what came in as this set: all of it that is new, in its order.
    pub(crate) fn handed(
        &mut self,
        service: &Service,
        batch: &Batch,
        set: &[u32],
    ) -> Result<Brings, Violation> {
        let mut rest = batch.iter().map(Activity::json).peekable();
        let mut brings = Brings { news: true, ..Brings::default() };
        for &serial in set {
            let Some(entry) = self.entry(service, serial) else { continue };
            let place = self.memory.place(entry);
            let is_next = rest.next_if(|json| *json == entry.text).is_some();
            if is_next {
                self.take(service, entry, place)?;
                brings.progress |= entry.name.is_some();
                brings.end |= entry.is_end;
            } else {
                self.drops(service, entry, place)?;
            }
        }
        ensure(rest.peek().is_none(), "RX-1", || {
            format!("{:?} came in with none of {set:?}, or in another order", rest.peek())
        })?;
        self.check(service, batch.checkpoint())?;
        Ok(brings)
    }

    /// Nothing was handed out of this set; where something new `must` be, there was nothing new.
    pub(crate) fn passed(
        &mut self,
        service: &Service,
        set: &[u32],
        must: bool,
    ) -> Result<Brings, Violation> {
        let mut brings = Brings::default();
        for &serial in set {
            let Some(entry) = self.entry(service, serial) else { continue };
            match self.memory.place(entry) {
                // WM-8: it shows where the new begins, and is known from then on.
                Place::New if !must => {
                    self.memory.take(entry, false);
                    brings.progress |= entry.name.is_some();
                }
                place => self.drops(service, entry, place)?,
            }
        }
        Ok(brings)
    }

    fn take(&mut self, service: &Service, entry: &Entry, place: Place) -> Verdict {
        let serial = entry.serial;
        let (conversation, _) = self.places[serial as usize];
        ensure(Some(conversation) == self.joined, "RC-9", || {
            format!("{serial} is of another conversation")
        })?;
        let rule = match place {
            _ if !self.memory.has(serial) && place != Place::Known => None,
            Place::New if entry.name.is_none() => Some(Rule::Idless),
            Place::Unclear if self.is_misled(service) => Some(Rule::MisledAgain),
            Place::Unclear => Some(Rule::Ancient),
            Place::Perhaps => Some(Rule::Forgotten),
            Place::New | Place::Known => {
                self.twice += 1;
                return Err(Violation::new("DD-1", format!("{serial} was handed out twice")));
            }
        };
        if let Some(rule) = rule {
            self.ledger.excuse(rule, 1);
        }
        self.memory.take(entry, true);
        Ok(())
    }

    /// Something that came in was not handed out, as a copy of what was.
    fn drops(&mut self, service: &Service, entry: &Entry, place: Place) -> Verdict {
        let serial = entry.serial;
        ensure(place != Place::New, "DD-1", || {
            format!("{serial} was dropped, and nothing like it was handed out: {:?}", entry.text)
        })?;
        if !self.memory.has(serial) {
            let is_misled = self.is_misled(service);
            self.excuse(serial, if is_misled { Rule::Misled } else { Rule::Renumbered });
        }
        Ok(())
    }

    /// Whether a clock has been wrong in the joined conversation.
    fn is_misled(&self, service: &Service) -> bool {
        self.joined.is_some_and(|joined| service.conversations[joined].clock.was_wrong)
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

    /// The session told of a gap that reaches so far; `start` is where the present stream began.
    pub(crate) fn gap(&mut self, service: &Service, reach: Reach, start: Option<usize>) {
        match reach {
            Reach::Unreadable => {
                for serial in std::mem::take(&mut self.unreadable) {
                    self.excuse(serial, Rule::Unreadable);
                }
            }
            Reach::Blocked => self.passes_over = true,
            // What came before the stream is what the history would have brought.
            Reach::History => self.excuse_before(service, start.unwrap_or(0), Rule::Unavailable),
        }
    }

    /// The service answered a request for a stream that carries no watermark.
    pub(crate) fn streams_anew(&mut self, service: &Service) {
        if let Some(joined) = self.joined.filter(|_| self.passes_over) {
            self.excuse_before(service, service.conversations[joined].log.len(), Rule::Unreadable);
        }
    }

    /// WM-8: the service answered where a stream without a watermark begins, or what a page holds,
    /// to one who wants only what is said from now on.
    pub(crate) fn shows_end(&mut self, service: &Service) {
        if let Some(joined) = self.joined {
            self.excuse_before(service, service.conversations[joined].log.len(), Rule::Unwanted);
        }
    }

    pub(crate) fn opened(&mut self) {
        self.passes_over = false;
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
            let Some(serial) = self.memory.forget_last() else { continue };
            let (conversation, place) = self.places[serial as usize];
            if self.joined == Some(conversation) {
                self.covered = self.covered.min(place);
            }
        }
        // Nothing of the old session's streams is left.
        (self.checked, self.passes_over) = (None, false);
        self.unreadable.clear();
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
            entry.is_some_and(|entry| entry.is_end)
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
