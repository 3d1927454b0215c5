//! What a card asks for, together with what the cards around it do.

use std::sync::Arc;

use crate::adaptive::Input;

/// Shared by all buttons of a card, of which there may be many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope(Option<Arc<Level>>);

#[derive(Debug, PartialEq, Eq)]
struct Level {
    outer: Scope,
    own: Vec<Input>,
}

impl Scope {
    /// That of a card inside.
    pub(super) fn with(&self, own: Vec<Input>) -> Scope {
        Scope(Some(Arc::new(Level { outer: self.clone(), own })))
    }

    /// All of it, the outermost first.
    pub(super) fn inputs(&self) -> Vec<&Input> {
        let mut levels = Vec::new();
        let mut scope = self;
        while let Some(level) = &scope.0 {
            levels.push(&level.own);
            scope = &level.outer;
        }
        levels.into_iter().rev().flatten().collect()
    }
}
