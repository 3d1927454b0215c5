//! What may, or must, end a session.

use directline::End;

use crate::sim::setup::Setup;

/// What happened in the life of one session, to tell whether its end was right.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) refusals: u64,
    pub(crate) wrong_regions: u64,
    pub(crate) other_conversations: u64,
    pub(crate) rejections: u64,
    pub(crate) missing: u64,
    pub(crate) collisions: u64,
    pub(crate) ends_handed: u64,
    pub(crate) closes: u64,
    pub(crate) collisions_in_row: u32,
    /// What must end the session before anything else happens.
    pub(crate) due_end: Option<&'static str>,
}

impl Counts {
    /// Whether what happened is a reason for this end, after an outage of so long.
    pub(crate) fn explain(&self, setup: Setup, outage: u64, end: &End) -> bool {
        match end {
            End::Closed => self.closes > 0,
            End::Completed => self.ends_handed > 0,
            End::Gone => self.missing > 0,
            End::Collision { collisions } => {
                *collisions == setup.collisions_max() && self.collisions >= u64::from(*collisions)
            }
            End::Refused { .. } => self.refusals > 1,
            End::WrongRegion { .. } => self.wrong_regions > 0,
            End::WrongConversation => self.other_conversations > 0,
            End::GaveUp { attempts } => {
                setup.attempts_max().is_some_and(|max| *attempts >= max)
                    || setup.outage_max().is_some_and(|max| outage >= max)
            }
            End::Rejected { .. } => self.rejections + self.missing > 0,
            _ => false,
        }
    }
}
