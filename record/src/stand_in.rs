//! STAND-INS: what is written in place of a credential. As long as it, made of nothing but
//! a count: nobody finds the way back.

use std::collections::{BTreeMap, BTreeSet};

/// Gives the same stand-in for the same text, and different ones for different texts.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    given: BTreeMap<String, String>,
    /// Those that were given, so that none is given twice.
    taken: BTreeSet<String>,
    chance: u64,
}

impl StandIns {
    /// The stand-in, and whether it is a new one.
    pub(crate) fn of(&mut self, text: &str) -> (String, bool) {
        if let Some(given) = self.given.get(text) {
            return (given.clone(), false);
        }
        let mut made = self.make(text);
        for _ in 0..TRIES {
            let is_free = !self.taken.contains(&made) && !self.given.contains_key(&made);
            if made != text && is_free {
                break;
            }
            made = self.make(text);
        }
        self.given.insert(text.to_owned(), made.clone());
        self.taken.insert(made.clone());
        (made, true)
    }

    /// Whether this is a stand-in.
    pub(crate) fn has_given(&self, text: &str) -> bool {
        text.len() >= LONG && self.taken.contains(text)
    }

    fn make(&mut self, text: &str) -> String {
        let swap = |letter: char| match letter {
            '.' if text.len() >= LONG => letter,
            letter if letter.is_ascii_graphic() => self.draw(),
            // With what no credential has in it, it stays none.
            other => other,
        };
        text.chars().map(swap).collect()
    }

    fn draw(&mut self) -> char {
        // SplitMix64 (public domain, Steele et al. 2014), whose seed is no secret's.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mixed = usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default();
        char::from(LETTERS[mixed % LETTERS.len()])
    }
}

/// What means nothing to JSON and nothing to a URL.
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// From here on two texts are alike by no chance.
const LONG: usize = 8;
/// What is one character long may have no other stand-in left.
const TRIES: usize = 100;

#[cfg(test)]
mod tests {
    use super::StandIns;

    #[test]
    fn the_same_text_has_the_same_stand_in_and_another_has_another() {
        let mut all = StandIns::default();
        let (first, is_new) = all.of("tok1.cwA.0abcdef9");
        assert!(is_new && first != "tok1.cwA.0abcdef9");
        assert_eq!(all.of("tok1.cwA.0abcdef9"), (first.clone(), false));
        assert_ne!(all.of("tok2.cwA.0abcdef9").0, first);
    }

    #[test]
    fn a_stand_in_is_of_the_same_shape() {
        let mut all = StandIns::default();
        for text in ["tok1.cwA.0abcdef9", "a b\u{e4}", "!!", "x", "%2B-_~AAAAAAAA", "a.b"] {
            let (made, _) = all.of(text);
            assert_eq!(made.len(), text.len(), "{text} {made}");
            assert_ne!(made, text);
            let kind = |c: char| (c.is_ascii_graphic(), c.is_whitespace(), c.len_utf8());
            assert!(made.chars().map(kind).eq(text.chars().map(kind)), "{text} {made}");
        }
    }
}
