//! GRAPH: the reviewed edges of the state graph, to compare with those that were gone along.

use std::collections::BTreeSet;

use directline::Edge;
use directline_world::graph::edges;

/// Edges as words: from, signal, to.
pub(crate) type Edges = BTreeSet<Edge>;

/// The edges that were reviewed, as words.
pub(crate) fn drawn() -> BTreeSet<String> {
    edges().into_iter().map(|edge| edge.join(" ")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_seen_is_missing() {
        let drawn = drawn();
        assert!(!drawn.is_empty());
        assert_eq!(missing(&Edges::new()).len(), drawn.len());
        assert!(undrawn(&Edges::new()).is_empty());
    }
}
