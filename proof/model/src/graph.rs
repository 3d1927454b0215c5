//! GRAPH: the reviewed edges of the state graph, to compare with those that were gone along.

use std::collections::BTreeSet;

use directline::Edge;

/// Edges as words: from, signal, to.
pub(crate) type Edges = BTreeSet<Edge>;

/// The edges that were reviewed, as words.
pub(crate) fn drawn() -> BTreeSet<String> {
    let is_row = |line: &&str| !line.starts_with('#') && !line.is_empty();
    let words = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    TABLE.lines().filter(is_row).map(words).collect()
}

/// The drawn edges that are not in `seen`.
pub(crate) fn missing(seen: &Edges) -> Vec<String> {
    let seen: BTreeSet<String> = seen.iter().map(Edge::to_string).collect();
    drawn().difference(&seen).cloned().collect()
}

/// The edges that were gone along and that nobody has drawn.
pub(crate) fn undrawn(seen: &Edges) -> Vec<String> {
    let drawn = drawn();
    seen.iter().map(Edge::to_string).filter(|edge| !drawn.contains(edge)).collect()
}

const TABLE: &str = include_str!("../../../tests/it/golden/edges.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_is_three_words() {
        let drawn = drawn();
        assert!(!drawn.is_empty() && drawn.iter().all(|edge| edge.split(' ').count() == 3));
        assert_eq!(missing(&Edges::new()).len(), drawn.len());
        assert!(undrawn(&Edges::new()).is_empty());
    }
}
