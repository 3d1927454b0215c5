//! How far an answer has come: what is shown of it, and whether more can be added.

/// What is known of a stream that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct SoFar {
    /// The number of the piece that is shown, once there was one with a number.
    shown: Option<u64>,
    /// The number of the last piece before the first that is missing.
    whole: Option<u64>,
    /// The answer up to there.
    text: String,
    /// Whether the answer has become longer than what is kept, so that nothing can be added.
    is_cut: bool,
}

impl SoFar {
    /// Takes what the bot is about; whether that is news.
    pub(super) fn inform(&mut self, sequence: Option<u64>) -> bool {
        if self.is_late(sequence) {
            return false;
        }
        self.shown = sequence.or(self.shown);
        if self.is_next(sequence) {
            self.whole = sequence.or(self.whole);
        }
        true
    }

    /// Takes a piece that holds all of the text; whether that is news.
    pub(super) fn replace(&mut self, sequence: Option<u64>, text: &str) -> bool {
        if self.is_late(sequence) {
            return false;
        }
        self.shown = sequence.or(self.shown);
        self.whole = sequence.or(self.whole);
        self.text.clear();
        self.is_cut = false;
        let _ = self.append(text);
        true
    }

    /// Takes a piece that holds what is new, and gives all of the text, if none is missing.
    pub(super) fn add(&mut self, sequence: Option<u64>, text: &str) -> Option<&str> {
        if !self.is_next(sequence) || !self.append(text) {
            return None;
        }
        self.whole = sequence.or(self.whole);
        self.shown = self.shown.max(sequence);
        Some(&self.text)
    }

    /// Without a number, the order of arrival is all there is to go by.
    fn is_late(&self, sequence: Option<u64>) -> bool {
        sequence.is_some() && sequence <= self.shown
    }

    /// Bots count from one; from zero is understood.
    fn is_next(&self, sequence: Option<u64>) -> bool {
        match (sequence, self.whole) {
            (None, _) => true,
            (Some(sequence), None) => sequence <= 1,
            (Some(sequence), Some(whole)) => sequence.checked_sub(1) == Some(whole),
        }
    }

    fn append(&mut self, text: &str) -> bool {
        self.is_cut |= self.text.len() + text.len() > TEXT_BYTES_MAX;
        if !self.is_cut {
            self.text.push_str(text);
        }
        !self.is_cut
    }
}

/// Real answers have some thousands of bytes.
pub(super) const TEXT_BYTES_MAX: usize = 65_536;
