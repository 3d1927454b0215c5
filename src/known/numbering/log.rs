//! LOG: ids one behind the other, found by their hashes. What lies in it never changes, and only who
//! wrote to its end, or has learnt of that from who did, writes behind it.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// Room for ids, each under the place where it begins. Where one ends the next begins.
pub(super) struct Log {
    /// Each id as its length in bytes, then its text, a word at a time.
    words: Box<[AtomicUsize]>,
    /// The places of ids from 1 on, under bits of their hashes; each where its hash says or in the next
    /// slot that was free. Twice as many slots as ids at least, and a power of two.
    slots: Box<[AtomicUsize]>,
    /// How many ids it takes.
    ids_max: usize,
    /// How many words are taken, and by how many ids.
    end: AtomicUsize,
    ids: AtomicUsize,
}

impl Log {
    /// With room for so many ids, in so many words.
    pub(super) fn new(ids: usize, words: usize) -> Log {
        let room = |size: usize| std::iter::repeat_with(AtomicUsize::default).take(size).collect();
        let slots = room((ids * 2).next_power_of_two());
        Log { words: room(words), slots, ids_max: ids, end: 0.into(), ids: 0.into() }
    }

    /// For how many ids there is room when it is empty, and how many words.
    pub(super) fn room(&self) -> (usize, usize) {
        (self.ids_max, self.words.len())
    }

    /// Writes an id at `at`, if that is the end and there is room; gives where it ends.
    pub(super) fn push(&self, at: usize, id: &str, hash: u64) -> Option<usize> {
        let end = at + words_for(id.len());
        if end > self.words.len() || self.ids.load(Relaxed) == self.ids_max {
            return None;
        }
        // Of two who would go on from here one does. All else is written by one after the other, and read
        // by who got the place from them.
        self.end.compare_exchange(at, end, Relaxed, Relaxed).ok()?;
        self.words[at].store(id.len(), Relaxed);
        for (own, word) in self.words[at + 1..end].iter().zip(words(id)) {
            own.store(word, Relaxed);
        }
        self.note(at, hash);
        Some(end)
    }

    /// Takes in what lies in another log, for which there is room; gives where it ends.
    pub(super) fn append(&self, other: &Log, from: usize, to: usize) -> usize {
        let mut at = self.end.load(Relaxed);
        for (own, word) in self.words[at..].iter().zip(&other.words[from..to]) {
            own.store(word.load(Relaxed), Relaxed);
        }
        let end = at + (to - from);
        self.end.store(end, Relaxed);
        while at < end {
            self.note(at, hash_of(self.words(at)));
            at += words_for(self.length(at));
        }
        end
    }

    /// Where an id lies; it may do so again and again.
    pub(super) fn find(&self, id: &str, hash: u64) -> impl Iterator<Item = usize> {
        let (places, mark, first) = (self.places_mask(), self.mark(hash), self.first_slot(hash));
        let (before, from) = self.slots.split_at(first);
        let all = from.iter().chain(before).map(|slot| slot.load(Relaxed));
        let alike = all.take_while(|own| *own != 0).filter(move |own| own & !places == mark);
        let is_it = |at: &usize| self.length(*at) == id.len() && self.words(*at).eq(words(id));
        alike.map(move |own| (own & places) - 1).filter(is_it)
    }

    /// The length in bytes of the id at `at`.
    pub(super) fn length(&self, at: usize) -> usize {
        self.words[at].load(Relaxed)
    }

    pub(super) fn text(&self, at: usize) -> String {
        let mut bytes: Vec<u8> = self.words(at).flat_map(usize::to_le_bytes).collect();
        bytes.truncate(self.length(at));
        String::from_utf8(bytes).expect("it was text")
    }

    fn words(&self, at: usize) -> impl Iterator<Item = usize> {
        let own = &self.words[at + 1..at + words_for(self.length(at))];
        own.iter().map(|word| word.load(Relaxed))
    }

    /// Makes an id findable.
    fn note(&self, at: usize, hash: u64) {
        let mut slot = self.first_slot(hash);
        while self.slots[slot].load(Relaxed) != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot].store(self.mark(hash) | (at + 1), Relaxed);
        self.ids.store(self.ids.load(Relaxed) + 1, Relaxed);
    }

    /// The bits of a slot that hold a place.
    fn places_mask(&self) -> usize {
        usize::MAX >> self.words.len().leading_zeros()
    }

    /// What a slot holds of a hash: the upper bits of a word, and those of the hash that say least of
    /// where the slot is.
    fn mark(&self, hash: u64) -> usize {
        bits(hash).rotate_right(u32::BITS) & !self.places_mask()
    }

    fn first_slot(&self, hash: u64) -> usize {
        bits(hash >> u32::BITS) & (self.slots.len() - 1)
    }
}

pub(super) fn hash(id: &str) -> u64 {
    hash_of(words(id))
}

/// How many words an id of so many bytes takes.
pub(super) fn words_for(length: usize) -> usize {
    1 + length.div_ceil(size_of::<usize>())
}

/// A word at a time; the halves are mixed, since ids that count on differ in little of it. Who finds
/// ids of one hash makes a search as long as all ids, which are bounded.
fn hash_of(words: impl Iterator<Item = usize>) -> u64 {
    let next = |hash: u64, word| (hash.rotate_left(5) ^ word as u64).wrapping_mul(MULTIPLIER);
    let hash = words.fold(0, next);
    (hash ^ (hash >> u32::BITS)).wrapping_mul(MULTIPLIER)
}

/// As much of a hash as a word holds.
#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is one, too")]
fn bits(hash: u64) -> usize {
    hash as usize
}

/// The words of an id, zeros behind the last byte.
fn words(id: &str) -> impl Iterator<Item = usize> {
    id.as_bytes().chunks(size_of::<usize>()).map(|chunk| match chunk.try_into() {
        Ok(whole) => usize::from_le_bytes(whole),
        Err(_) => chunk.iter().rev().fold(0, |word, byte| word << 8 | usize::from(*byte)),
    })
}

/// The golden ratio as a fraction of 2^64, the usual choice (Knuth, The Art of Computer Programming, 6.4).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    /// Else each search would be as long as all ids, as it is right by whatever hash.
    #[test]
    fn ids_that_count_on_are_found_where_they_are_looked_for_first() {
        // Covers: DD-5
        let kinds: [fn(usize) -> String; 3] =
            [|n| n.to_string(), |n| format!("{n:08x}-0000-4000"), |n| format!("activity-{n}")];
        for id in kinds {
            let (log, mut end, mut apart) = (Log::new(1_024, 8_192), 0, 0);
            for id in (0..1_024).map(id) {
                let first = log.first_slot(hash(&id));
                apart += usize::from(log.slots[first].load(Relaxed) == 0);
                end = log.push(end, &id, hash(&id)).expect("there is room");
            }
            // Of 2,048 slots half are taken in the end, by chance a quarter on the way.
            assert!(apart > 600, "{}: {apart}", id(0));
        }
    }
}
