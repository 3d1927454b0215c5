//! GAPS: whether a gap that is told has its reason, and what it lets be missing.

use directline::Gap;

use super::judge::Judge;
use super::model::Model;
use crate::violation::Violation;

/// What a gap lets be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What was in the messages that nobody could read.
    Unreadable,
    /// All up to where the next stream without a watermark begins.
    Blocked,
    /// All before the present stream.
    History,
}

impl Judge {
    /// RX-4, RX-7: a gap has its reason, or it is a loss with a label. Gives how far it reaches.
    pub(crate) fn gap(&mut self, gap: &Gap) -> Result<Reach, Violation> {
        let Model { facts, memory, .. } = &mut self.model;
        let reach = match gap {
            Gap::UnreadableFrame | Gap::FrameTooLarge if facts.walls < 2 => {
                return Err(Violation::new("RX-4", "passed over without a replay"));
            }
            Gap::UnreadableFrame if facts.is_open() => return Ok(Reach::Unreadable),
            // The way around a wall is to leave the watermark out.
            Gap::UnreadableFrame | Gap::FrameTooLarge => {
                memory.marks.iter_mut().for_each(|own| _ = own.insert(None));
                Reach::Blocked
            }
            _ if facts.pages.may_be_given_up() => Reach::History,
            _ => {
                let why = format!("{gap:?} without a reason: {:?}", facts.pages);
                return Err(Violation::new("RX-7", why));
            }
        };
        Ok(reach)
    }
}
