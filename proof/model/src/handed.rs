//! HANDED: what is handed out is held against what came in, and what is not has its reason.

use directline::{Batch, Checkpoint, Gap};
use directline_world::excuse::Rule;
use directline_world::oracle::Brings;

use crate::checks::check_covers;
use crate::host::Post;
use crate::model::SessionModel;
use crate::talk::{Mask, mask, serial_of};
use crate::turn::Turn;
use crate::world::World;

impl SessionModel {
    /// A batch is what came in by this step, without what was handed out before (DD-1 to DD-3).
    pub(crate) fn take_batch(&self, world: &mut World, turn: &mut Turn, batch: &Batch) {
        let mut serials = Vec::new();
        for activity in batch.iter() {
            let json = activity.json();
            let serial = serial_of(json).filter(|serial| *serial < world.talk.said);
            match serial.filter(|serial| world.talk.text(self.scope.kinds, *serial) == json) {
                Some(serial) => serials.push(serial),
                None => return world.fail("RX-1", format!("{json} is not what was said")),
            }
        }
        self.take_set(world, turn, &serials);
        check_covers(world, batch.checkpoint());
        self.store(world, batch.checkpoint());
    }

    /// The host stores a checkpoint that it is told.
    pub(crate) fn store(&self, world: &mut World, checkpoint: &Checkpoint) {
        if self.scope.has_kills() {
            world.host.stored = Some(Box::new(world.stored(checkpoint.clone())));
        }
    }

    /// TX-2: the same before a post goes out, of whose outcome nothing is known then.
    pub(crate) fn store_before_post(&self, world: &mut World, checkpoint: &Checkpoint) {
        self.store(world, checkpoint);
        if let Some(stored) = &mut world.host.stored {
            let next = stored.posts.iter_mut().find(|post| **post == Post::Waiting);
            next.into_iter().for_each(|post| *post = Post::Exposed);
        }
    }

    /// Of the set that came in these are handed out; the others are copies, or passed over.
    pub(crate) fn take_set(&self, world: &mut World, turn: &mut Turn, batch: &[u8]) {
        let (from, to) = turn.set.take().unwrap_or((0, 0));
        let mut rest = batch.iter().copied().peekable();
        let mut brings = Brings { news: !batch.is_empty(), ..Brings::default() };
        for serial in from..to {
            let (bit, said) =
                (mask(serial, serial + 1), world.talk.said_of(self.scope.kinds, serial));
            let is_copy = said.is_some_and(|said| world.host.ids.is_copy(said));
            let is_handed = rest.next_if_eq(&serial).is_some();
            match (is_handed, is_copy) {
                (true, true) => {
                    return world.fail("DD-1", format!("activity {serial} was handed out twice"));
                }
                (true, false) if world.host.handed & bit != 0 => {
                    let rule = if said.is_some() { Rule::Ancient } else { Rule::Idless };
                    self.seen.excuse(rule, 1);
                }
                (true, false) => {}
                (false, true) => {
                    self.excuse(world, bit, Rule::Renumbered);
                    continue;
                }
                (false, false) if turn.passes => {}
                (false, false) => {
                    return world.fail("DD-1", format!("activity {serial} was dropped"));
                }
            }
            world.host.handed |= if is_handed { bit } else { 0 };
            if let Some(said) = said {
                world.host.ids.take(said);
                (world.host.walls, world.host.wall) = (0, 0);
                brings.progress = true;
            }
        }
        if let Some(serial) = rest.next() {
            let is_again = world.host.handed & mask(serial, serial + 1) != 0;
            let clause = if is_again { "DD-1" } else { "RX-1" };
            let how = format!("activity {serial} did not come in, or in another order");
            return world.fail(clause, how);
        }
        if let Some(look) = turn.page.take() {
            world.host.pages.brought(look, brings);
        }
    }

    /// These may be missing.
    pub(crate) fn excuse(&self, world: &mut World, missing: Mask, rule: Rule) {
        let newly = missing & !world.host.accounted();
        self.seen.excuse(rule, newly.count_ones().into());
        world.host.excused |= missing;
    }

    /// RX-7: a gap has a reason, and reaches no further than that.
    pub(crate) fn take_gap(&self, world: &mut World, turn: &mut Turn, gap: &Gap) {
        self.take_set(world, turn, &[]);
        // A gap reaches to where the live frames are, also while the service repeats some of them.
        let start = world
            .lane
            .as_ref()
            .map_or(world.talk.said, |lane| lane.from.max(world.host.marks[0].unwrap_or(0)));
        match gap {
            Gap::UnreadableFrame | Gap::FrameTooLarge if world.host.walls < 2 => {
                world.fail("RX-4", "passed over something without a replay");
            }
            Gap::UnreadableFrame if world.lane.is_some() => {
                self.excuse(world, world.host.wall, Rule::Unreadable);
            }
            Gap::UnreadableFrame | Gap::FrameTooLarge => {
                (world.host.passes_over, world.host.may_drop) = (true, true);
            }
            _ if world.host.pages.may_be_given_up() => {
                self.excuse(world, mask(0, start), Rule::Unavailable);
            }
            _ => world.fail("RX-7", format!("{gap:?} without a reason: {:?}", world.host.pages)),
        }
    }
}
