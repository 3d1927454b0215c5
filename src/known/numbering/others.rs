//! IDS that are no numbers, the newest of them.
//!
//! Whoever holds a checkpoint shares them, but for the last few: what is said next costs the same,
//! whether a checkpoint is held or not. They lie in blocks, oldest first, that never change; some are
//! made one when there are too many of a size, so there are few, and each id is moved a few times.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Ids, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Others {
    blocks: Vec<Arc<Block>>,
    /// How many of the first block are forgotten.
    forgotten: usize,
    /// Those that are in no block yet.
    last: Vec<Hashed>,
    len: usize,
    bytes: usize,
}

/// An id behind its hash.
pub(super) type Hashed = (u64, Arc<str>);

#[derive(Clone, Debug)]
struct Block {
    /// Oldest first.
    ids: Vec<Hashed>,
    /// Places of ids from 1 on, each where its hash says or in the next slot that was free; 0 where
    /// there is none. Twice as many slots as ids at least, and a power of two.
    slots: Vec<u32>,
}

impl Others {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Of all texts together.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Hashed> {
        let ids = self.blocks.iter().flat_map(|block| &block.ids).skip(self.forgotten);
        ids.chain(&self.last)
    }

    pub(super) fn contains(&self, id: &str, hash: u64) -> bool {
        self.last.iter().any(|(own, text)| *own == hash && **text == *id)
            || self.blocks.iter().enumerate().any(|(at, block)| {
                let least = if at == 0 { self.forgotten } else { 0 };
                block.find(hash, id).is_some_and(|place| place >= least)
            })
    }

    /// Adds one that is not there as the newest.
    pub(super) fn push(&mut self, id: &str, hash: u64) {
        self.last.push((hash, id.into()));
        self.len += 1;
        self.bytes += id.len();
        if self.last.len() == LAST_MAX {
            self.seal();
        }
    }

    /// Takes the oldest out.
    pub(super) fn forget(&mut self) {
        let Some(first) = self.blocks.first() else {
            if !self.last.is_empty() {
                self.len -= 1;
                self.bytes -= self.last.remove(0).1.len();
            }
            return;
        };
        self.len -= 1;
        self.bytes -= first.ids[self.forgotten].1.len();
        self.forgotten += 1;
        if self.forgotten == first.ids.len() {
            self.blocks.remove(0);
            self.forgotten = 0;
        } else if self.forgotten * FORGOTTEN_SHARE >= first.ids.len() {
            let mut rest = Vec::with_capacity(first.ids.len() - self.forgotten);
            let first = self.blocks.remove(0);
            move_to(&mut rest, first, std::mem::take(&mut self.forgotten));
            self.blocks.insert(0, Arc::new(Block::of(rest)));
        }
    }

    /// Makes a block of the last ones; and one of it and of those before that are not larger, once there
    /// are enough of them.
    fn seal(&mut self) {
        let mut ids = std::mem::replace(&mut self.last, Vec::with_capacity(LAST_MAX));
        loop {
            let alike = |block: &&Arc<Block>| block.ids.len() <= ids.len();
            let count = self.blocks.iter().rev().take_while(alike).count();
            if count < ALIKE_MAX {
                break;
            }
            let from = self.blocks.len() - count;
            let mut forgotten = if from == 0 { std::mem::take(&mut self.forgotten) } else { 0 };
            let mut joined = Vec::with_capacity(ids.len() * (count + 1));
            for before in self.blocks.drain(from..) {
                move_to(&mut joined, before, std::mem::take(&mut forgotten));
            }
            joined.append(&mut ids);
            ids = joined;
        }
        self.blocks.push(Arc::new(Block::of(ids)));
    }
}

/// Moves the ids of a block but for the first ones, copied where others have it as well.
fn move_to(ids: &mut Vec<Hashed>, block: Arc<Block>, skipped: usize) {
    match Arc::try_unwrap(block) {
        Ok(block) => ids.extend(block.ids.into_iter().skip(skipped)),
        Err(block) => ids.extend_from_slice(&block.ids[skipped..]),
    }
}

impl Block {
    fn of(ids: Vec<Hashed>) -> Block {
        let mut slots = vec![0; (ids.len() * 2).next_power_of_two()];
        for ((hash, _), place) in ids.iter().zip(1..) {
            let mut slot = slot(*hash, &slots);
            while slots[slot] != 0 {
                slot = (slot + 1) % slots.len();
            }
            slots[slot] = place;
        }
        Block { ids, slots }
    }

    /// The place of an id.
    fn find(&self, hash: u64, id: &str) -> Option<usize> {
        let mut slot = slot(hash, &self.slots);
        loop {
            let place = usize::try_from(self.slots[slot].checked_sub(1)?).ok()?;
            let (own, text) = &self.ids[place];
            if *own == hash && **text == *id {
                return Some(place);
            }
            slot = (slot + 1) % self.slots.len();
        }
    }
}

/// The same ids in the same order, whatever blocks they lie in.
impl PartialEq for Others {
    fn eq(&self, other: &Others) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Others {}

impl Hash for Others {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|(_, id)| id.hash(state));
    }
}

/// Where a hash begins to be looked for.
fn slot(hash: u64, slots: &[u32]) -> usize {
    // The upper half is the better mixed one.
    usize::try_from(hash >> 32).map_or(0, |hash| hash % slots.len())
}

/// FNV-1a, whose halves are then mixed: ids that count on differ in little of it. Who finds ids of one
/// hash makes a search as long as all ids, which are bounded.
pub(super) fn hash(id: &str) -> u64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// So many are copied where a checkpoint is held, and looked through one by one.
const LAST_MAX: usize = 8;
/// So many blocks of a size are not made one yet.
const ALIKE_MAX: usize = 3;
/// No more of the first block than one in so many stay there forgotten.
const FORGOTTEN_SHARE: usize = 4;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A list does the same, slowly.
    #[test]
    fn they_are_a_list_of_the_newest() {
        // Covers: DD-1, DD-5
        for (max, kinds) in [(1, 3), (5, 9), (16, 40), (100, 150), (500, 10_000)] {
            let (mut others, mut list) = (Others::default(), VecDeque::<String>::new());
            let mut held = Vec::new();
            for step in 0_u64..2_000 {
                let id = format!("id-{}", step * step * 31 % kinds);
                let is_known = list.contains(&id);
                assert_eq!(others.contains(&id, hash(&id)), is_known, "{id} at {step} of {max}");
                if !is_known {
                    others.push(&id, hash(&id));
                    list.push_back(id);
                }
                while others.len() > max {
                    others.forget();
                    list.pop_front();
                }
                assert_eq!(others.len(), list.len());
                if step % 97 == 0 {
                    assert!(
                        others.iter().map(|(_, own)| &**own).eq(list.iter()),
                        "{step} of {max}"
                    );
                    assert_eq!(others.bytes(), list.iter().map(String::len).sum::<usize>());
                    held.push((others.clone(), list.clone()));
                }
            }
            for (others, list) in held {
                assert!(others.iter().map(|(_, own)| &**own).eq(list.iter()), "held, of {max}");
            }
        }
    }

    #[test]
    fn they_are_the_same_in_other_blocks() {
        // Covers: DD-5
        let (mut one, mut other) = (Others::default(), Others::default());
        for number in 0..200 {
            one.push(&number.to_string(), hash(&number.to_string()));
        }
        for _ in 0..50 {
            one.forget();
        }
        for number in 50..200 {
            assert_ne!(one, other);
            other.push(&number.to_string(), hash(&number.to_string()));
        }
        assert_eq!(one, other);
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        // Covers: DD-5
        let mut others = Others::default();
        for number in 0..20_000 {
            others.push(&number.to_string(), hash(&number.to_string()));
            if others.len() > 1_000 {
                others.forget();
            }
            let held: usize = others.blocks.iter().map(|block| block.ids.len()).sum();
            assert!(held <= 1_000 * 4 / 3 + 1, "{held} at {number}");
        }
        assert!(others.blocks.len() <= 16, "{}", others.blocks.len());
    }

    #[test]
    fn ids_of_one_hash_are_told_apart() {
        // Covers: DD-5
        let ids = ["a", "b", "c"].map(|id| (7 << 32, Arc::from(id)));
        let block = Block::of(ids.to_vec());
        let places = ["a", "b", "c", "d"].map(|id| block.find(7 << 32, id));
        assert_eq!(places, [Some(0), Some(1), Some(2), None]);
    }
}
