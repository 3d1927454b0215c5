//! What stands in the place of `proof` where there is no model checker: nothing.

use crate::graph::Node;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Trail {}

impl Trail {
    pub(crate) fn note(&mut self, _: Node, _: &'static str, _: Node) {}
}
