//! A rule: a fault, the occasion it is bound to, and how often it fires.

use serde::Serialize;

use crate::plan::choice::list;
use crate::plan::error::PlanError;
use crate::plan::fault::Fault;
use crate::plan::occasion::Occasion;

/// One fault bound to an occasion.
///
/// The occasion's happenings are counted from 1, over the whole testbed, from the moment the rule
/// is known. Rules are independent: several may fire on the same happening, in their order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    pub(crate) on: Occasion,
    #[serde(flatten)]
    pub(crate) trigger: Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u64>,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

impl Rule {
    /// A rule that fires every time.
    ///
    /// # Errors
    /// The fault can't happen on this occasion.
    pub fn always(on: Occasion, fault: Fault) -> Result<Self, PlanError> {
        let occasions = fault.kind().occasions();
        if !occasions.contains(&on) {
            return Err(PlanError::misplaced(fault.kind(), on, &list(occasions)));
        }
        Ok(Rule { on, trigger: Trigger::Every(1), limit: None, fault })
    }

    /// A rule that fires the next time, and never again.
    ///
    /// # Errors
    /// The fault can't happen on this occasion.
    pub fn once(on: Occasion, fault: Fault) -> Result<Self, PlanError> {
        Rule::always(on, fault).map(|rule| rule.with_limit(1))
    }

    /// Sets which of the occasion's happenings meet the fault.
    #[must_use]
    pub fn with_trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Sets how often the rule fires at most.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Which of an occasion's happenings meet the fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Every n-th one; 1 is all of them, 0 is none.
    Every(u64),
    /// Exactly these, counted from 1.
    Nth(Vec<u64>),
    /// Each one with this probability, drawn from the seed.
    Chance(f64),
}
