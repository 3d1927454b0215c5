//! VIOLATION: a promise that was broken, by its clause.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub clause: &'static str,
    pub(crate) what: String,
}

/// What every step of a simulated world gives.
pub type Verdict = Result<(), Violation>;

impl Violation {
    pub fn new(clause: &'static str, what: impl Into<String>) -> Violation {
        Violation { clause, what: what.into() }
    }
}

/// Fails with a clause unless the condition holds.
pub fn ensure(holds: bool, clause: &'static str, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Violation { clause, what: what() }) }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.clause, self.what)
    }
}
