//! Posts of unknown outcome, which their echo may still settle.

use std::collections::BTreeMap;

use directline_client::directline::PostKey;

#[derive(Debug, Default)]
pub(super) struct Doubts {
    texts: BTreeMap<PostKey, String>,
    /// Those whose text is known no more.
    forgotten: usize,
}

impl Doubts {
    pub(super) fn add(&mut self, key: PostKey, text: String) {
        self.texts.insert(key, text);
        if self.texts.len() > DOUBTS_MAX {
            // The session gives up the oldest as well.
            self.texts.pop_first();
            self.forgotten += 1;
        }
    }

    /// The text of a post that is in doubt, and is no more.
    pub(super) fn settle(&mut self, key: PostKey) -> Option<String> {
        self.texts.remove(&key)
    }

    /// How many have never been settled.
    pub(super) fn count(&self) -> usize {
        self.texts.len() + self.forgotten
    }
}

/// As many as the session keeps looking for by default.
const DOUBTS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_doubts_the_oldest_is_forgotten_and_counted() {
        let mut doubts = Doubts::default();
        for key in 0..DOUBTS_MAX as u64 {
            doubts.add(PostKey(key), format!("text {key}"));
        }
        assert_eq!(doubts.settle(PostKey(0)).as_deref(), Some("text 0"));
        assert_eq!((doubts.settle(PostKey(0)), doubts.count()), (None, DOUBTS_MAX - 1));
        for key in [1_000, 1_001] {
            doubts.add(PostKey(key), format!("text {key}"));
        }
        assert_eq!((doubts.settle(PostKey(1)), doubts.count()), (None, DOUBTS_MAX + 1));
        assert_eq!(doubts.settle(PostKey(2)).as_deref(), Some("text 2"));
    }
}
