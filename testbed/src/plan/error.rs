//! Why a plan or a script can't be read.

use thiserror::Error;

use crate::plan::fault::FaultKind;
use crate::plan::occasion::Occasion;

/// A plan or a script says something that can't be done.
///
/// The message is one sentence that names the place, the value and what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct PlanError {
    message: String,
}

impl PlanError {
    pub(crate) fn new(message: String) -> Self {
        PlanError { message }
    }

    pub(crate) fn misplaced(kind: FaultKind, on: Occasion, allowed: &str) -> Self {
        PlanError::new(format!("`do = \"{kind}\"` can't be `on = \"{on}\"`, only on {allowed}"))
    }
}
