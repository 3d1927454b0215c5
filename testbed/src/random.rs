//! The only randomness here: a small generator that gives the same numbers for the same seed.

/// A SplitMix64 generator: eight bytes of state, no dependencies, the same on every platform.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        SplitMix64 { state: seed }
    }

    /// A generator of its own for one purpose, so that one consumer never shifts another's draws.
    pub(crate) fn branch(seed: u64, purpose: u64) -> Self {
        let mut parent = SplitMix64::new(seed ^ purpose.wrapping_mul(GOLDEN_GAMMA));
        SplitMix64::new(parent.next_number())
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True with the given probability; 0.0 is never, 1.0 is always.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a double holds exactly, so the draw is uniform in [0, 1).
        let draw = (self.next_number() >> 11) as f64 / (1_u64 << 53) as f64;
        draw < probability
    }

    /// A text of `length` letters and digits.
    pub(crate) fn word(&mut self, length: usize) -> String {
        (0..length).map(|_| self.letter()).collect()
    }

    /// A GUID as version 4 writes it.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.next_number(), self.next_number());
        let (first, second, third) = (high >> 32, high >> 16 & 0xFFFF, high & 0x0FFF);
        let (fourth, fifth) = (low >> 48 & 0x3FFF | 0x8000, low & 0xFFFF_FFFF_FFFF);
        format!("{first:08x}-{second:04x}-4{third:03x}-{fourth:04x}-{fifth:012x}")
    }

    fn letter(&mut self) -> char {
        let index = self.next_number() % ALPHABET.len() as u64;
        // The remainder is below 62, so it fits every integer type.
        char::from(ALPHABET[usize::try_from(index).unwrap_or(0)])
    }
}

/// The increment of the generator, as published with the algorithm.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_numbers_for_seed_zero() {
        let mut generator = SplitMix64::new(0);
        assert_eq!(generator.next_number(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(generator.next_number(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn branches_differ_by_purpose_and_repeat_by_seed() {
        assert_eq!(SplitMix64::branch(7, 1).word(12), SplitMix64::branch(7, 1).word(12));
        for seed in [0, 7, u64::MAX] {
            let word = |purpose| SplitMix64::branch(seed, purpose).word(12);
            assert_ne!(word(1), word(2), "{seed}");
        }
    }

    #[test]
    fn guids_tell_their_version() {
        let guid = SplitMix64::new(0).guid();
        assert_eq!(guid, "e220a839-7b1d-4daf-ae78-9e6aa1b965f4");
    }

    #[test]
    fn chance_keeps_to_its_ends() {
        let mut generator = SplitMix64::new(3);
        assert!((0..1000).all(|_| !generator.chance(0.0)));
        assert!((0..1000).all(|_| generator.chance(1.0)));
        // Even where the least is drawn.
        let least = SplitMix64::new(GOLDEN_GAMMA.wrapping_neg());
        assert_eq!(least.clone().next_number(), 0);
        assert!(!least.clone().chance(0.0));
        assert!(least.clone().chance(f64::MIN_POSITIVE));
    }
}
