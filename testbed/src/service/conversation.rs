//! A conversation: what was said in it, and what a watermark means there.

use std::time::Instant;

use crate::log::Author;
use crate::options::WatermarkStyle;

/// A conversation and all its activities.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) records: Vec<Record>,
    /// False while only a token was generated for it.
    pub(crate) started: bool,
    /// True once the bot has ended it on a plan's behalf, which it does once.
    pub(crate) ended: bool,
    /// How many messages the user has said, for scripted bots.
    pub(crate) message_count: u64,
    /// The socket that streams it.
    pub(crate) socket: Option<u64>,
    /// True once that socket is gone without having lost its place, until someone notices.
    pub(crate) is_broken: bool,
    /// The position of the first activity that no socket was meant to get.
    pub(crate) unsent: usize,
    /// The position before which pages hold nothing any more.
    pub(crate) pruned: usize,
    /// When it was last spoken in.
    pub(crate) last_said: Option<Instant>,
    next_number: u64,
}

/// An activity as the service recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its id; `None` for one that the host wanted without.
    pub id: Option<String>,
    /// Its type.
    pub kind: String,
    /// The JSON exactly as every frame and page carries it.
    pub json: String,
    /// Who said it.
    pub author: Author,
}

/// A recorded activity with the number that its watermark is made of.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) recorded: Recorded,
    /// False for what only pages and histories hold.
    pub(crate) is_pushed: bool,
}

impl Conversation {
    /// The number that the next activity takes.
    pub(crate) fn take_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    /// Goes on numbering from here; the real service has been seen to restart at 0.
    pub(crate) fn renumber(&mut self, next: u64) {
        self.next_number = next;
    }

    /// Takes note that a socket is gone; the one that streams may keep its place all the same.
    pub(crate) fn lose_socket(&mut self, number: u64, keeps_place: bool) {
        if self.socket != Some(number) {
            return;
        }
        self.is_broken = keeps_place;
        self.unsent = self.records.len();
        if !keeps_place {
            self.socket = None;
        }
    }

    /// The position after the activity that the watermark stands for; `None` if it is unknown.
    ///
    /// After a renumbering a watermark may stand for several activities. The earliest one counts,
    /// since replaying too much is harmless and replaying too little is a loss.
    pub(crate) fn position_after(&self, watermark: &str, style: WatermarkStyle) -> Option<usize> {
        if watermark == FROM_THE_START {
            return Some(0);
        }
        let number = style.read(watermark)?;
        // Until the first renumbering an activity's number is its index.
        let expected = usize::try_from(number).ok()?;
        if self.records.get(expected).is_some_and(|record| record.number == number) {
            return Some(expected + 1);
        }
        let found = self.records.iter().position(|record| record.number == number)?;
        Some(found + 1)
    }

    /// The watermark that covers everything before the position; `None` before the first activity.
    pub(crate) fn watermark_before(
        &self,
        position: usize,
        style: WatermarkStyle,
    ) -> Option<String> {
        let record = self.records.get(position.checked_sub(1)?)?;
        Some(style.write(record.number))
    }
}

impl WatermarkStyle {
    fn write(self, number: u64) -> String {
        match self {
            WatermarkStyle::Decimal => number.to_string(),
            WatermarkStyle::Opaque => format!("{:04x}{OPAQUE_TAIL}", number ^ OPAQUE_MASK),
        }
    }

    fn read(self, text: &str) -> Option<u64> {
        let number = match self {
            WatermarkStyle::Decimal => text.parse().ok()?,
            WatermarkStyle::Opaque => {
                u64::from_str_radix(text.strip_suffix(OPAQUE_TAIL)?, 16).ok()? ^ OPAQUE_MASK
            }
        };
        // Opaque means that only the very text that was handed out is good.
        (self.write(number) == text).then_some(number)
    }
}

/// The watermark that stands for the very beginning.
pub(crate) const FROM_THE_START: &str = "-";
/// Every character that a query needs escaped or that a sloppy encoder mistakes for another.
const OPAQUE_TAIL: &str = "-4/+&=%2 ü";
/// Makes neighbouring watermarks sort against their age.
const OPAQUE_MASK: u64 = 0x5A5F;

#[cfg(test)]
mod tests {
    use super::*;

    fn say(conversation: &mut Conversation, count: usize) {
        for _ in 0..count {
            let number = conversation.take_number();
            let recorded = Recorded {
                id: None,
                kind: String::from("message"),
                json: String::from("{}"),
                author: Author::Bot,
            };
            conversation.records.push(Record { number, recorded, is_pushed: true });
        }
    }

    #[test]
    fn watermarks_mean_what_was_handed_out() {
        for style in [WatermarkStyle::Decimal, WatermarkStyle::Opaque] {
            let mut conversation = Conversation::default();
            assert_eq!(conversation.watermark_before(0, style), None);
            say(&mut conversation, 3);
            for position in 1..=3 {
                let watermark = conversation.watermark_before(position, style).expect("known");
                assert_eq!(conversation.position_after(&watermark, style), Some(position));
            }
            assert_eq!(conversation.position_after("-", style), Some(0));
            for unknown in ["3", "02", "+1", "x", "", "null"] {
                assert_eq!(conversation.position_after(unknown, style), None, "{unknown}");
            }
        }
    }

    #[test]
    fn opaque_watermarks_do_not_sort_by_age() {
        let style = WatermarkStyle::Opaque;
        assert!(style.write(0) > style.write(1));
    }

    #[test]
    fn an_ambiguous_watermark_means_the_earliest_activity() {
        let mut conversation = Conversation::default();
        say(&mut conversation, 3);
        conversation.renumber(0);
        say(&mut conversation, 5);
        let style = WatermarkStyle::Decimal;
        assert_eq!(conversation.position_after("1", style), Some(2));
        assert_eq!(conversation.position_after("4", style), Some(8));
    }
}
