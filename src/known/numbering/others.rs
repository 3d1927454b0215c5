//! IDS that are no numbers, the newest of them.
//!
//! They lie in logs that only grow, shared with everybody who holds a checkpoint: each knows its own
//! stretch of a log and looks at nothing behind that. So what is said next costs the same, whether a
//! checkpoint is held or not; and where two go on from the same place, the second begins a log of its
//! own. A full log stays until all of it is forgotten, beside the one that is written, so that an
//! id is looked for twice at the most and hardly ever moved.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::log::{Log, words_for};

/// Ids, each once.
#[derive(Clone, Default)]
pub(super) struct Others {
    /// The older ones, as long as there are some.
    full: Option<Stretch>,
    open: Option<Stretch>,
    len: usize,
    bytes: usize,
}

/// Ids that lie one behind the other.
#[derive(Clone)]
struct Stretch {
    log: Arc<Log>,
    from: usize,
    to: usize,
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
    pub(super) fn to_vec(&self) -> Vec<String> {
        let mut all = Vec::with_capacity(self.len);
        for own in self.stretches() {
            let mut at = own.from;
            while at < own.to {
                all.push(own.log.text(at));
                at += words_for(own.log.length(at));
            }
        }
        all
    }

    pub(super) fn contains(&self, id: &str, hash: u64) -> bool {
        self.stretches().any(|own| own.contains(id, hash))
    }

    /// Adds one that is not there as the newest, where no more than `max` are to be kept.
    pub(super) fn push(&mut self, id: &str, hash: u64, max: usize) {
        self.len += 1;
        self.bytes += id.len();
        if !self.open.as_mut().is_some_and(|open| open.push(id, hash)) {
            self.open_another(id, hash, max);
        }
    }

    /// Takes the oldest out.
    pub(super) fn forget(&mut self) {
        let oldest = self.full.as_mut().or(self.open.as_mut());
        if let Some(oldest) = oldest.filter(|own| own.from < own.to) {
            self.bytes -= oldest.forget();
            self.len -= 1;
        }
        self.full.take_if(|full| full.from == full.to);
    }

    fn stretches(&self) -> impl Iterator<Item = &Stretch> {
        self.full.iter().chain(&self.open)
    }

    /// Begins a log with an id, beside the full one; where there is one already, all move to the new.
    #[cold]
    fn open_another(&mut self, id: &str, hash: u64, max: usize) {
        let own = words_for(id.len());
        let (full, before) = (self.full.take(), self.open.take());
        let all = || full.iter().chain(&before);
        let (count, words) = match (&full, &before) {
            (None, None) => (1, own),
            (None, Some(before)) => before.log.room(),
            (Some(_), _) => (self.len, own + all().map(|own| own.to - own.from).sum::<usize>()),
        };
        let ids = match full.is_some() {
            true => (count + count / ROOM_SHARE).min(max).max(count),
            false => count.min(max).max(IDS_MIN),
        };
        let words = (words.saturating_mul(ids) / count).max(own);
        let mut open = Stretch { log: Log::new(ids, words).into(), from: 0, to: 0 };
        if full.is_some() {
            for own in all() {
                open.to = open.log.append(&own.log, own.from, own.to);
            }
        } else {
            self.full = before.filter(|before| before.from < before.to);
        }
        open.push(id, hash);
        self.open = Some(open);
    }
}

impl Stretch {
    fn contains(&self, id: &str, hash: u64) -> bool {
        self.log.find(id, hash).any(|at| (self.from..self.to).contains(&at))
    }

    /// Adds an id; gives whether there was room, and nobody else had gone on from here.
    fn push(&mut self, id: &str, hash: u64) -> bool {
        let end = self.log.push(self.to, id, hash);
        self.to = end.unwrap_or(self.to);
        end.is_some()
    }

    /// Takes the oldest out; gives its length.
    fn forget(&mut self) -> usize {
        let length = self.log.length(self.from);
        self.from += words_for(length);
        length
    }
}

/// The same ids in the same order, whatever logs they lie in.
impl PartialEq for Others {
    fn eq(&self, other: &Others) -> bool {
        self.to_vec() == other.to_vec()
    }
}

impl Eq for Others {}

impl Hash for Others {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_vec().hash(state);
    }
}

impl fmt::Debug for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_vec().fmt(f)
    }
}

/// Room in the first log, for ids like the first one.
const IDS_MIN: usize = 8;
/// A log that all ids have moved to has room for one in so many more.
const ROOM_SHARE: usize = 4;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::log::hash;
    use super::*;

    fn push(others: &mut Others, id: &str, max: usize) {
        others.push(id, hash(id), max);
    }

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
                    push(&mut others, &id, max);
                    list.push_back(id);
                }
                while others.len() > max {
                    others.forget();
                    list.pop_front();
                }
                assert_eq!(others.len(), list.len());
                if step % 97 == 0 {
                    assert!(list == others.to_vec(), "{step} of {max}");
                    assert_eq!(others.bytes(), list.iter().map(String::len).sum::<usize>());
                    held.push((others.clone(), list.clone()));
                }
            }
            for (others, list) in held {
                assert!(list == others.to_vec(), "held, of {max}");
            }
        }
    }

    #[test]
    fn they_are_the_same_in_other_blocks() {
        // Covers: DD-5
        let (mut one, mut other) = (Others::default(), Others::default());
        for number in 0..200 {
            push(&mut one, &number.to_string(), 1_000);
        }
        for _ in 0..50 {
            one.forget();
        }
        for number in 50..200 {
            assert_ne!(one, other);
            push(&mut other, &number.to_string(), 1_000);
        }
        assert_eq!(one, other);
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        // Covers: DD-5
        let mut others = Others::default();
        for number in 0..20_000 {
            push(&mut others, &number.to_string(), 1_000);
            if others.len() > 1_000 {
                others.forget();
            }
            let logs = others.stretches().map(|own| own.log.room());
            for (ids, words) in logs {
                assert!(ids <= 2_048 && words <= 2_600, "{ids} in {words} words at {number}");
            }
        }
        assert!(others.full.is_some(), "the one that is written is not full yet");
    }

    #[test]
    fn a_long_id_has_room_and_many_short_ones_after_it() {
        // Covers: DD-5
        let (mut others, mut list) = (Others::default(), Vec::new());
        for length in [1, 70, 4_000, 0, 7, 8, 9, 300].iter().cycle().take(200) {
            let id = format!("{}{}", list.len(), "\u{e9}".repeat(*length));
            push(&mut others, &id, 1_000);
            list.push(id);
        }
        assert!(list == others.to_vec());
        assert_eq!(others.bytes(), list.iter().map(String::len).sum::<usize>());
        assert!(list.iter().all(|id| others.contains(id, hash(id))));
    }

    #[test]
    fn two_that_go_on_from_one_place_do_not_see_each_other() {
        // Covers: DD-1, DD-5
        let mut one = Others::default();
        ["0", "1", "2", "3", "4"].iter().for_each(|id| push(&mut one, id, 1_000));
        let (held, mut other) = (one.clone(), one.clone());
        for number in 0..100 {
            let [own, its] = ["one", "other"].map(|whose| format!("{whose}-{number}"));
            push(&mut one, &own, 1_000);
            push(&mut other, &its, 1_000);
            assert!(one.contains(&own, hash(&own)) && !one.contains(&its, hash(&its)));
            assert!(other.contains(&its, hash(&its)) && !other.contains(&own, hash(&own)));
        }
        assert!(
            ["0", "4"].iter().all(|id| one.contains(id, hash(id)) && other.contains(id, hash(id)))
        );
        assert_eq!((held.len(), one.len(), other.len()), (5, 105, 105));
        assert!(held.to_vec() == ["0", "1", "2", "3", "4"]);
    }

    #[test]
    fn it_does_not_matter_on_which_threads_they_go_on() {
        // Covers: DD-1, TM-2
        let mut first = Others::default();
        push(&mut first, "first", 1_000);
        let all = std::thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|thread| {
                let mut own = first.clone();
                scope.spawn(move || {
                    let ids = (0..500).map(|number| format!("{thread}-{number}"));
                    ids.for_each(|id| push(&mut own, &id, 1_000));
                    own
                })
            });
            threads.map(|thread| thread.join().expect("it ends"))
        });
        for (thread, own) in all.iter().enumerate() {
            let ids = (0..500).map(|number| format!("{thread}-{number}"));
            assert!(own.to_vec().into_iter().eq(["first".to_owned()].into_iter().chain(ids)));
            assert!(own.to_vec().iter().all(|id| own.contains(id, hash(id))), "{thread}");
        }
    }

    #[test]
    fn what_all_move_to_has_room_for_a_quarter_more() {
        // Covers: DD-5
        let mut others = Others::default();
        (0..17).for_each(|number| push(&mut others, &number.to_string(), 1_000));
        let room = |others: &Others| others.open.as_ref().expect("it is written").log.room().0;
        assert!(others.full.is_none() && room(&others) == 21);
        (17..21).for_each(|number| push(&mut others, &number.to_string(), 1_000));
        assert!(others.full.is_none(), "all of its room is used");
        push(&mut others, "21", 1_000);
        assert!(others.full.is_some());
    }

    #[test]
    fn the_last_can_be_forgotten_and_nothing_after_it() {
        // Covers: DD-5
        let mut others = Others::default();
        (0..8).for_each(|number| push(&mut others, &number.to_string(), 8));
        (0..10).for_each(|_| others.forget());
        assert_eq!((others.len(), others.bytes()), (0, 0));
        push(&mut others, "more", 8);
        assert_eq!((others.len(), format!("{others:?}")), (1, "[\"more\"]".to_owned()));
        others.forget();
        assert_eq!((others.len(), others.to_vec()), (0, Vec::new()));
    }

    #[test]
    fn other_ids_have_another_hash() {
        // Covers: DD-5
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hashed = |ids: &[&str]| {
            let mut others = Others::default();
            ids.iter().for_each(|id| push(&mut others, id, 8));
            BuildHasherDefault::<DefaultHasher>::default().hash_one(others)
        };
        assert_eq!(hashed(&["a", "b"]), hashed(&["a", "b"]));
        assert_ne!(hashed(&["a", "b"]), hashed(&["b", "a"]));
    }

    #[test]
    fn ids_of_one_hash_are_told_apart() {
        // Covers: DD-5
        let mut others = Others::default();
        ["a", "b", "c"].iter().for_each(|id| others.push(id, 7 << 32, 16));
        others.forget();
        let known = ["a", "b", "c", "d"].map(|id| others.contains(id, 7 << 32));
        assert_eq!(known, [false, true, true, false]);
    }
}
