//! HASH: FNV-1a with 128 bits (Fowler, Noll, Vo): of bytes alone, so that it is the same on every
//! platform and under every compiler, which the hashers of the standard library do not promise.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash(u128);

impl Hash {
    pub(crate) const EMPTY: Hash = Hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// Adds a text and its end, so that two texts are told apart from one.
    pub(crate) fn add_text(&mut self, text: &str) {
        self.add_bytes(text.as_bytes());
        self.end();
    }

    /// Adds what `Debug` shows, and its end.
    pub(crate) fn add_shown(&mut self, shown: &dyn fmt::Debug) {
        // A hash takes everything that is written to it.
        _ = fmt::write(self, format_args!("{shown:?}"));
        self.end();
    }

    pub(crate) fn add_number(&mut self, number: u64) {
        self.add_bytes(&number.to_le_bytes());
    }

    pub(crate) fn add_hash(&mut self, hash: Hash) {
        self.add_bytes(&hash.0.to_le_bytes());
    }

    /// A byte that is in no UTF-8 text.
    pub(crate) fn end(&mut self) {
        self.add_bytes(&[0xff]);
    }
}

impl fmt::Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add_bytes(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

#[cfg(test)]
mod tests {
    use super::Hash;

    /// From the test suite of the FNV reference code.
    #[test]
    fn it_is_fnv_1a() {
        let of = |text: &str| {
            let mut hash = Hash::EMPTY;
            hash.add_bytes(text.as_bytes());
            hash.to_string()
        };
        assert_eq!(of(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(of("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(of("foobar"), "343e1662793c64bf6f0d3597ba446f18");
    }

    #[test]
    fn texts_have_ends() {
        let of = |texts: &[&str]| {
            let mut hash = Hash::EMPTY;
            texts.iter().for_each(|text| hash.add_text(text));
            hash
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
