//! DIGEST: FNV-1a with 128 bits (Fowler, Noll, Vo), for what is too long to be written down twice.

/// A hash of bytes alone, so that it is the same in every build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u128);

impl Digest {
    pub(crate) const EMPTY: Digest = Digest(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    /// With these bytes and their end, so that two texts are told apart from one.
    #[must_use]
    pub(crate) fn with(self, bytes: &[u8]) -> Digest {
        let add = |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
        // A byte that is in no UTF-8 text.
        Digest(add(bytes.iter().fold(self.0, add), &0xff))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn texts_have_ends() {
        let of = |texts: &[&str]| {
            texts.iter().fold(Digest::EMPTY, |digest, text| digest.with(text.as_bytes()))
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["ab"]), of(&["ab"]));
        assert_eq!(of(&[]).to_string(), "6c62272e07bb014262b821756295c58d");
    }
}
