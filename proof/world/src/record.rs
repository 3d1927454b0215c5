//! RECORD: what was said in a conversation, in the order in which the service hands it on.

use std::sync::Arc;

use super::clock::{Clock, Stamp};
use super::operation::Saying;
use super::service::RESTARTS_MAX;
use super::setup::{Ids, Setup};
use super::tally::Tally;

/// One activity as the service recorded it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its number in the whole world, also found in its text: its true identity.
    pub(crate) serial: u32,
    pub(crate) id: Option<Arc<str>>,
    /// Stands for the id that copies share; `None` where nobody can tell copies.
    pub(crate) name: Option<u32>,
    pub(crate) text: String,
    /// How often the numbering had begun anew.
    pub(crate) numbering: u32,
    /// Its timestamp, in milliseconds; `None` where there is none that anybody could read.
    pub(crate) stamp: Option<u64>,
    /// Sent over sockets and never again (`typing`).
    pub(crate) is_ephemeral: bool,
    pub(crate) is_end: bool,
}

/// One conversation.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    /// Shared by the copies of a world.
    pub(crate) log: Arc<Vec<Entry>>,
    pub(crate) has_started: bool,
    ids: Ids,
    is_narrow: bool,
    /// Where watermarks began anew.
    pub(crate) mark_bases: Vec<usize>,
    next_number: u64,
    numbering: u32,
    pub(crate) clock: Clock,
    /// Whether something of this numbering has an id and says its time.
    has_told: bool,
}

impl Conversation {
    pub(crate) fn new(id: String, setup: Setup) -> Conversation {
        Conversation {
            id,
            log: Arc::default(),
            has_started: false,
            ids: setup.ids(),
            is_narrow: setup.is_narrow(),
            mark_bases: Vec::new(),
            next_number: 0,
            numbering: 0,
            clock: Clock::new(setup.stamps()),
            has_told: false,
        }
    }

    /// Records `count` activities of one kind; `serial` is the next free number of the world.
    pub(crate) fn say(
        &mut self,
        now: u64,
        what: Saying,
        count: u16,
        serial: &mut u32,
        tally: &mut Tally,
    ) {
        let from = self.log.len();
        for _ in 0..count {
            self.record(now, what, *serial, "", tally);
            *serial += 1;
        }
        if what == Saying::Shuffled && self.numbers() {
            self.shuffle(from);
        }
    }

    /// Records the echo of a post; gives its id.
    pub(crate) fn echo(
        &mut self,
        now: u64,
        body: &str,
        serial: &mut u32,
        tally: &mut Tally,
    ) -> Option<Arc<str>> {
        // The echo carries what the client put into `channelData`.
        let data = serde_json::from_str::<serde_json::Value>(body).ok();
        let data = data.as_ref().and_then(|body| body.get("channelData"));
        let more = data.map(|data| format!(",\"channelData\":{data}")).unwrap_or_default();
        self.record(now, Saying::Message, *serial, &more, tally);
        *serial += 1;
        self.log.last().and_then(|entry| entry.id.clone())
    }

    fn numbers(&self) -> bool {
        matches!(self.ids, Ids::Service | Ids::Bare)
    }

    /// The numbering begins anew, well after everything before it, where there is one; and where
    /// the times tell it from the one before, since nothing else could: what was said once of the
    /// far future hides that of ids that are no series (DD-3).
    pub(crate) fn renumber(&mut self, restarts_marks: bool) -> bool {
        let is_hidden = self.clock.was_ahead && self.ids != Ids::Service;
        let is_told = self.has_told && self.clock.tells() && self.clock.is_ahead() && !is_hidden;
        if self.numbers() && self.next_number > 0 && is_told {
            if restarts_marks && self.mark_bases.len() < RESTARTS_MAX {
                self.mark_bases.push(self.log.len());
            }
            self.next_number = 0;
            (self.numbering, self.has_told) = (self.numbering + 1, false);
            self.clock.begin_anew();
            return true;
        }
        false
    }

    /// Whether the numbering has begun anew before.
    pub(crate) fn has_begun_anew(&self) -> bool {
        self.numbering > 0
    }

    fn record(&mut self, now: u64, what: Saying, serial: u32, more: &str, tally: &mut Tally) {
        let is_idless = matches!(what, Saying::IdlessMessage | Saying::Typing);
        let revised = (what == Saying::Update).then(|| self.any_id()).flatten();
        let is_revision = revised.is_some();
        let number = u32::try_from(self.next_number).expect("a run is short");
        let minted = if is_idless || is_revision { None } else { self.mint(serial) };
        let name = minted.is_some().then_some(if self.numbers() { number } else { serial });
        let id = revised.or_else(|| minted.as_deref().map(Arc::from));
        let kind = match what {
            Saying::Typing => "typing",
            Saying::Update if is_revision => "messageUpdate",
            Saying::EndOfConversation => "endOfConversation",
            Saying::Odd => "from/the future",
            Saying::Message
            | Saying::IdlessMessage
            | Saying::Update
            | Saying::Long
            | Saying::Shuffled => "message",
        };
        let text = match what {
            Saying::Long => {
                "lorem \\\"ipsum\\\" \u{e4}\u{1f600} ".repeat(if self.is_narrow { 8 } else { 200 })
            }
            Saying::Odd => "]}\\\\,{\\\"id\\\":\\\"x\\\"".to_owned(),
            _ => format!("number {serial}"),
        };
        let id_member = match &id {
            Some(id) => format!("\"id\":\"{id}\","),
            None if is_idless => String::new(),
            None => NO_IDS[serial as usize % NO_IDS.len()].to_owned(),
        };
        let Stamp { at: stamp, member: time, fate } =
            self.clock.stamp(now, name.is_some(), self.numbering > 0);
        fate.iter().for_each(|fate| tally.count("clock", fate.name()));
        self.has_told |= name.is_some() && stamp.is_some();
        let text = format!(
            "{{\"type\":\"{kind}\",{id_member}{time}\
             \"from\":{{\"id\":\"bot\",\"type\":\"x\"}},\"text\":\"{text}\"{more},{SERIAL}{serial}}}"
        );
        let is_ephemeral = what == Saying::Typing;
        let numbering = self.numbering;
        Arc::make_mut(&mut self.log).push(Entry {
            serial,
            id,
            name,
            text,
            numbering,
            stamp,
            is_ephemeral,
            is_end: what == Saying::EndOfConversation,
        });
    }

    /// A new id, as it stands in JSON; `None` where there is to be something that is none.
    fn mint(&mut self, serial: u32) -> Option<String> {
        let number = self.next_number;
        self.next_number += 1;
        let ids = match self.ids {
            Ids::Mixed => MIXED[serial as usize % MIXED.len()],
            ids => ids,
        };
        Some(match ids {
            Ids::Service => format!("{}|{number:07}", self.id),
            Ids::Bare => number.to_string(),
            Ids::Arbitrary => format!("{serial:08x}-0000-4000-8000-{number:012x}"),
            Ids::Awkward => format!("\\\"\u{e9}\\u0041/\u{1f600}|{serial}x"),
            Ids::Long => format!("{}-{serial}x", "long".repeat(90)),
            Ids::Mixed => return None,
        })
    }

    fn any_id(&self) -> Option<Arc<str>> {
        self.log.iter().rev().find_map(|entry| entry.id.clone())
    }

    /// Lets the entries from `from` on go out in another order than that of their ids and times;
    /// replies overtake the echo of what they answer. Not at the beginning of a numbering, where
    /// only rising times tell it from the one before.
    fn shuffle(&mut self, from: usize) {
        if !begin_numbering(&self.log[from..]) {
            Arc::make_mut(&mut self.log)[from..].reverse();
        }
    }
}

/// All serials in a set, in order.
pub(crate) fn serials_in(text: &str) -> Vec<u32> {
    let digits = |rest: &str| rest.split('}').next().and_then(|digits| digits.parse().ok());
    text.split(SERIAL).skip(1).filter_map(digits).collect()
}

/// Whether some of these are among the first of a numbering that is not the first.
pub(crate) fn begin_numbering(entries: &[Entry]) -> bool {
    let is_early = |id: &str| {
        let number = id.rsplit_once('|').map_or(id, |(_, number)| number);
        number.parse::<u64>().is_ok_and(|number| number < 12)
    };
    entries.iter().any(|entry| entry.numbering > 0 && entry.id.as_deref().is_some_and(is_early))
}

/// What stands for each kind; `Mixed` for what is no id.
const MIXED: [Ids; 4] = [Ids::Arbitrary, Ids::Awkward, Ids::Long, Ids::Mixed];
/// Members that name no id.
const NO_IDS: [&str; 5] =
    ["\"id\":\"\",", "\"id\":17,", "\"id\":null,", "\"id\":\"\\ud800\",", "\"id\":{\"id\":\"x\"},"];
/// The last member of every activity.
const SERIAL: &str = "\"serial\":";
