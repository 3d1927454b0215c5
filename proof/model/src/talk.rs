//! TALK: what is said in the one conversation, and how it is written.

use std::fmt::Write as _;
use std::sync::OnceLock;

use directline_world::oracle::known::Said;

/// What kind of activity one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Message,
    /// Without an id: never a duplicate.
    Idless,
    /// Carries the id of the first message on purpose.
    Update,
    /// With the key of a post that somebody else has sent.
    Foreign,
    /// With a long id that is no number.
    Named,
    /// The bot says that it is over.
    End,
}

/// All that was said; the rest of it follows from the kinds of the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Talk {
    pub(crate) said: u8,
    /// Where the numbering began anew, once it has.
    pub(crate) renumbered: Option<u8>,
    /// Which activity is the echo of which post.
    pub(crate) echoes: [Option<u8>; POSTS_MAX],
}

/// A set of activities, one bit each.
pub(crate) type Mask = u16;

impl Talk {
    pub(crate) fn kind(&self, kinds: &[Kind], serial: u8) -> Kind {
        if self.echoes.contains(&Some(serial)) {
            return Kind::Message;
        }
        kinds.get(usize::from(serial)).copied().unwrap_or(Kind::Message)
    }

    /// Whether an activity has an id of its own, and so is handed out once.
    pub(crate) fn is_once(&self, kinds: &[Kind], serial: u8) -> bool {
        !matches!(self.kind(kinds, serial), Kind::Idless | Kind::Update)
    }

    /// The number in the id of an activity.
    pub(crate) fn number(&self, serial: u8) -> u8 {
        self.renumbered.filter(|at| *at <= serial).map_or(serial, |at| serial - at)
    }

    /// What an activity says of itself; `None` where nobody can tell copies.
    pub(crate) fn said_of(&self, kinds: &[Kind], serial: u8) -> Option<Said> {
        let stamp = Some(1_000 * (TEN + u64::from(serial)));
        let name = u32::from(self.number(serial));
        self.is_once(kinds, serial).then_some(Said { name, stamp })
    }

    /// All that was said up to here.
    pub(crate) fn all(&self) -> Mask {
        mask(0, self.said)
    }

    pub(crate) fn text(&self, kinds: &[Kind], serial: u8) -> String {
        let number = self.number(serial);
        let (kind, id) = match self.kind(kinds, serial) {
            Kind::Message | Kind::Foreign => ("message", Some(number)),
            Kind::Named | Kind::Idless => ("message", None),
            Kind::Update => ("messageUpdate", Some(0)),
            Kind::End => ("endOfConversation", Some(number)),
        };
        let mut text = String::with_capacity(160);
        let _ = write!(text, "{{\"type\":\"{kind}\",");
        if let Some(id) = id {
            let _ = write!(text, "\"id\":\"{CONVERSATION}|{id:07}\",");
        }
        match self.kind(kinds, serial) {
            Kind::Named => _ = write!(text, "\"id\":\"{number:0>NAME_LEN$}n\","),
            Kind::Foreign => text.push_str("\"channelData\":{\"clientActivityID\":\"other\"},"),
            _ => {}
        }
        let _ = write!(text, "\"timestamp\":\"2026-11-21T10:00:{serial:02}Z\",");
        if let Some(post) = self.echoes.iter().position(|echo| *echo == Some(serial)) {
            if let Some(key) = echo_key(post).get() {
                let _ = write!(text, "\"channelData\":{{\"clientActivityID\":\"{key}\"}},");
            }
        }
        let _ = write!(text, "\"text\":\"s{serial:02}\"}}");
        text
    }

    /// A set as a frame or a page writes it, with what it says of the watermark.
    pub(crate) fn set(&self, kinds: &[Kind], (from, to): (u8, u8), mark: &str) -> String {
        let mut text = String::with_capacity(32 + 170 * usize::from(to - from));
        text.push_str("{\"activities\":[");
        for serial in from..to {
            if serial > from {
                text.push(',');
            }
            text.push_str(&self.text(kinds, serial));
        }
        text.push(']');
        text.push_str(mark);
        text.push('}');
        text
    }
}

/// The activities from `from` to before `to`.
pub(crate) fn mask(from: u8, to: u8) -> Mask {
    let below = |end: u8| (1_u32 << end) - 1;
    u16::try_from(below(to) & !below(from.min(to))).unwrap_or(Mask::MAX)
}

/// The serial in the text of an activity.
pub(crate) fn serial_of(json: &str) -> Option<u8> {
    let at = json.rfind("\"text\":\"s")? + 9;
    json.get(at..at + 2)?.parse().ok()
}

/// The watermark of a place: some are numbers, which fall, some are texts that a query cannot hold
/// as they are, and neither kind says which is the later.
pub(crate) fn mark(place: u8) -> String {
    if place % 2 == 0 { format!("{}", NUMBER_MAX - place) } else { format!("w&{place:02}") }
}

/// The place that a watermark stands for.
pub(crate) fn place(mark: &str) -> Option<u8> {
    let digits = |text: &str| text.parse().ok().filter(|_| text.len() == 2);
    match mark.strip_prefix("w&") {
        Some(text) => digits(text).filter(|place: &u8| place % 2 == 1),
        None => digits(mark).and_then(|number: u8| NUMBER_MAX.checked_sub(number)),
    }
}

/// The place that a watermark in a query stands for.
pub(crate) fn place_in_query(value: &str) -> Option<u8> {
    (!value.contains('&')).then(|| place(&value.replace("%26", "&"))).flatten()
}

/// The key that the session puts into a post. It is drawn by chance, which is the same for every
/// state that has been levelled, so that it is a constant of the run.
pub(crate) fn echo_key(post: usize) -> &'static OnceLock<String> {
    static KEYS: [OnceLock<String>; POSTS_MAX] = [const { OnceLock::new() }; POSTS_MAX];
    &KEYS[post]
}

/// The second of the day at which everything is said.
const TEN: u64 = 36_000;
const NUMBER_MAX: u8 = 90;
/// Three of them are more than the least memory for ids holds, 16 of 256 bytes each.
const NAME_LEN: usize = 2_000;
pub(crate) const POSTS_MAX: usize = 3;
pub(crate) const CONVERSATION: &str = "c";
