//! What was said, as it was shown, for `/history`.

use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(crate) struct Said {
    texts: VecDeque<Box<str>>,
    bytes: usize,
}

impl Said {
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes += text.len();
        self.texts.push_back(text.into());
        while self.texts.len() > TEXTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.texts.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The last ones, in their order.
    pub(crate) fn last(&self, count: usize) -> String {
        self.texts.iter().skip(self.texts.len().saturating_sub(count)).map(|text| &**text).collect()
    }
}

const TEXTS_MAX: usize = 1_000;
const BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_within_bounds() {
        let mut said = Said::default();
        assert_eq!((said.is_empty(), said.last(3)), (true, String::new()));
        for number in 0..2_000 {
            said.push(&format!("{number}\n"));
        }
        assert_eq!((said.is_empty(), said.last(2)), (false, "1998\n1999\n".to_owned()));
        assert_eq!(said.last(usize::MAX).lines().count(), TEXTS_MAX);
        said.push(&"x".repeat(BYTES_MAX - 3));
        assert_eq!(said.last(usize::MAX).len(), BYTES_MAX - 3);
        said.push(&"x".repeat(BYTES_MAX));
        assert_eq!(said.last(usize::MAX).len(), BYTES_MAX);
        said.push(&"x".repeat(BYTES_MAX + 1));
        assert!(said.is_empty());
    }
}
