//! RECORD: what was said in a conversation, in the order in which the service hands it on.

use std::sync::Arc;

use super::operation::Saying;
use super::service::RESTARTS_MAX;
use super::setup::Ids;

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
    /// Its timestamp, in milliseconds of simulated time.
    pub(crate) stamp: u64,
    /// Sent over sockets and never again (`typing`).
    pub(crate) is_ephemeral: bool,
    pub(crate) is_end: bool,
    /// Whether its id is the next of a series, such as `conversation|0000042`.
    pub(crate) counts_up: bool,
}

/// One conversation.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    /// Shared by the copies of a world.
    pub(crate) log: Arc<Vec<Entry>>,
    pub(crate) has_started: bool,
    ids: Ids,
    /// Where watermarks began anew.
    pub(crate) mark_bases: Vec<usize>,
    next_number: u64,
    numbering: u32,
    newest_stamp: u64,
}

impl Conversation {
    pub(crate) fn new(id: String, ids: Ids) -> Conversation {
        Conversation {
            id,
            log: Arc::default(),
            has_started: false,
            ids,
            mark_bases: Vec::new(),
            next_number: 0,
            numbering: 0,
            newest_stamp: 0,
        }
    }

    /// Records `count` activities of one kind; `serial` is the next free number of the world.
    pub(crate) fn say(&mut self, now: u64, what: Saying, count: u16, serial: &mut u32) {
        let from = self.log.len();
        for _ in 0..count {
            self.newest_stamp = (self.newest_stamp + 1).max(now);
            let stamp = self.newest_stamp;
            self.record(stamp, what, *serial, "");
            *serial += 1;
        }
        if what == Saying::Shuffled && self.numbers() {
            self.shuffle(from);
        }
    }

    /// Records the echo of a post; gives its id.
    pub(crate) fn echo(&mut self, now: u64, body: &str, serial: &mut u32) -> Option<Arc<str>> {
        self.newest_stamp = (self.newest_stamp + 1).max(now);
        let stamp = self.newest_stamp;
        // The echo carries what the client put into `channelData`.
        let data = serde_json::from_str::<serde_json::Value>(body).ok();
        let data = data.as_ref().and_then(|body| body.get("channelData"));
        let more = data.map(|data| format!(",\"channelData\":{data}")).unwrap_or_default();
        self.record(stamp, Saying::Message, *serial, &more);
        *serial += 1;
        self.log.last().and_then(|entry| entry.id.clone())
    }

    fn numbers(&self) -> bool {
        matches!(self.ids, Ids::Service | Ids::Bare)
    }

    /// The numbering begins anew, well after everything before it, where there is one.
    pub(crate) fn renumber(&mut self, restarts_marks: bool) -> bool {
        if self.numbers() && self.next_number > 0 {
            if restarts_marks && self.mark_bases.len() < RESTARTS_MAX {
                self.mark_bases.push(self.log.len());
            }
            self.next_number = 0;
            self.numbering += 1;
            self.newest_stamp += 1_000;
            return true;
        }
        false
    }

    fn record(&mut self, stamp: u64, what: Saying, serial: u32, more: &str) {
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
            Saying::Long => "lorem \\\"ipsum\\\" \u{e4}\u{1f600} ".repeat(200),
            Saying::Odd => "]}\\\\,{\\\"id\\\":\\\"x\\\"".to_owned(),
            _ => format!("number {serial}"),
        };
        let id_member = match &id {
            Some(id) => format!("\"id\":\"{id}\","),
            None if is_idless => String::new(),
            None => NO_IDS[serial as usize % NO_IDS.len()].to_owned(),
        };
        let time = timestamp(stamp);
        let text = format!(
            "{{\"type\":\"{kind}\",{id_member}\"timestamp\":\"{time}\",\
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
            counts_up: self.ids == Ids::Service,
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

/// RFC 3339 with seven digits, as the service writes it.
fn timestamp(stamp: u64) -> String {
    let (days, rest) = (stamp / 86_400_000, stamp % 86_400_000);
    // Days since 2024-03-01, so that the leap day ends each four years.
    let (cycle, day_of_cycle) = (days / 1_461, days % 1_461);
    let year_of_cycle = (day_of_cycle / 365).min(3);
    let day_of_year = day_of_cycle - year_of_cycle * 365;
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    let year = 2024 + cycle * 4 + year_of_cycle + year;
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}0000Z")
}

/// What stands for each kind; `Mixed` for what is no id.
const MIXED: [Ids; 4] = [Ids::Arbitrary, Ids::Awkward, Ids::Long, Ids::Mixed];
/// Members that name no id.
const NO_IDS: [&str; 5] =
    ["\"id\":\"\",", "\"id\":17,", "\"id\":null,", "\"id\":\"\\ud800\",", "\"id\":{\"id\":\"x\"},"];
/// The last member of every activity.
const SERIAL: &str = "\"serial\":";

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn timestamps_follow_the_calendar() {
        let day = 86_400_000;
        assert_eq!(timestamp(0), "2024-03-01T00:00:00.0000000Z");
        assert_eq!(timestamp(306 * day - 1), "2024-12-31T23:59:59.9990000Z");
        assert_eq!(timestamp(1_461 * day - day), "2028-02-29T00:00:00.0000000Z");
        assert_eq!(timestamp(1_461 * day), "2028-03-01T00:00:00.0000000Z");
    }
}
