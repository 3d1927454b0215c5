//! Enums whose variants are written as one word in a plan.

/// A closed set of words, each of which stands for one value.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// Every word with its value, in the order in which an error lists them.
    const ALL: &'static [(&'static str, Self)];

    /// The value that the word stands for.
    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }
}

/// The word that stands for this value.
pub(crate) fn name_of<T: Choice>(value: T) -> &'static str {
    let entry = T::ALL.iter().find(|(_, candidate)| *candidate == value);
    entry.map_or("unnamed", |(name, _)| *name)
}

/// The words joined for an error message.
pub(crate) fn list<T: Choice>(values: &[T]) -> String {
    let names: Vec<&str> = values.iter().map(|value| name_of(*value)).collect();
    names.join(", ")
}
