//! REASONS: why some mutants survive, in a file that is written by hand.

use std::collections::BTreeMap;

use crate::text::change_of;

/// By file and change, without a place in the file, which moves with every edit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons<'a> {
    by_change: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Reasons<'a> {
    /// A line for each: the file and the change, ` | `, and the reason.
    ///
    /// # Errors
    ///
    /// Tells the line that is none.
    pub(crate) fn read(text: &'a str) -> Result<Reasons<'a>, String> {
        let mut by_change = BTreeMap::<_, Vec<_>>::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (change, why) = line.rsplit_once(" | ").ok_or(format!("{line:?} has no ` | `"))?;
            by_change.entry(change).or_default().push(why);
        }
        Ok(Reasons { by_change })
    }

    /// Each reason serves once: of changes that look alike one may be harmless, and not the other.
    pub(crate) fn take(&mut self, mutant: &str) -> Option<&'a str> {
        self.by_change.get_mut(change_of(mutant).as_str())?.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_serves_once() {
        let text = "# why\n\na.rs: replace | with ^ in x | never both\n";
        let mut reasons = Reasons::read(text).expect("a reason");
        assert_eq!(reasons.take("a.rs:1:1: replace | with & in x"), None);
        assert_eq!(reasons.take("a.rs:1:1: replace | with ^ in x"), Some("never both"));
        assert_eq!(reasons.take("a.rs:2:1: replace | with ^ in x"), None);
        assert!(Reasons::read("a.rs: replace x").is_err());
    }

    #[test]
    fn the_reasons_that_are_written_down_can_be_read() {
        Reasons::read(include_str!("../reasons.txt")).expect("lines with a reason");
    }
}
