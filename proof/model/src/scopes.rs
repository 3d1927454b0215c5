//! SCOPES: the spaces that are explored. Each is small enough to close; together they hold every
//! kind of fault and every edge of the graph.

mod credentials;
mod pages;
mod stream;

use std::fmt;

use crate::scope::Scope;

/// Which scopes are explored together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// In two minutes.
    Push,
    /// The same spaces, smaller, those that break easily first.
    Kill,
    /// As large as memory and a night allow.
    Release,
}

impl Set {
    pub(crate) const ALL: [Set; 3] = [Set::Push, Set::Kill, Set::Release];

    pub(crate) fn parse(text: &str) -> Option<Set> {
        Set::ALL.into_iter().find(|set| set.to_string() == text)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Set::Push => "push",
            Set::Kill => "kill",
            Set::Release => "release",
        })
    }
}

/// The scopes of a set, in the order in which they are explored.
pub(crate) fn of(set: Set) -> Vec<Scope> {
    let bounded = |scope: Scope, [kill, push, release]: [(u8, u8); 3]| {
        let (activities, budget) = match set {
            Set::Kill => kill,
            Set::Push => push,
            Set::Release => release,
        };
        Scope { activities, budget, ..scope }
    };
    // Each with its activities and faults in a kill, push and release run.
    vec![
        bounded(stream::silence(), [(2, 4), (3, 8), (8, 8)]),
        bounded(stream::doubts(), [(1, 3), (2, 4), (3, 5)]),
        bounded(stream::socket(), [(3, 3), (3, 6), (8, 8)]),
        bounded(stream::posts(), [(1, 3), (1, 5), (2, 8)]),
        bounded(stream::limits(), [(2, 3), (3, 5), (5, 8)]),
        bounded(stream::odd(), [(3, 2), (3, 3), (4, 5)]),
        bounded(stream::pauses(), [(1, 4), (2, 5), (2, 8)]),
        bounded(stream::only_new(), [(3, 3), (3, 5), (5, 8)]),
        bounded(stream::fallback(), [(3, 3), (3, 4), (5, 6)]),
        bounded(stream::walls(), [(4, 3), (4, 4), (8, 5)]),
        bounded(stream::kills(), [(4, 2), (4, 3), (6, 5)]),
        bounded(stream::crashes(), [(1, 3), (1, 4), (2, 6)]),
        bounded(credentials::overtaken(), [(1, 3), (2, 4), (3, 6)]),
        bounded(credentials::host(), [(1, 3), (1, 4), (1, 6)]),
        bounded(pages::history(), [(4, 2), (4, 3), (6, 5)]),
        bounded(pages::polling(), [(3, 2), (4, 3), (5, 5)]),
        bounded(credentials::renewal(), [(2, 3), (3, 4), (4, 7)]),
        bounded(stream::whole(), [(3, 4), (8, 4), (8, 5)]),
        bounded(stream::least(), [(2, 2), (8, 4), (8, 8)]),
        // The largest come last: what is cut off is one of them.
        bounded(credentials::secret(), [(1, 3), (1, 4), (2, 6)]),
        bounded(credentials::token(), [(2, 3), (2, 4), (3, 5)]),
    ]
}
