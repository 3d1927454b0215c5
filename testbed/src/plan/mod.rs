//! Fault plans: which faults the service makes, and when.

pub(crate) mod answer;
mod builtin;
pub(crate) mod choice;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod occasion;
pub(crate) mod read;
pub(crate) mod rule;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::plan::error::PlanError;
use crate::plan::fields::Fields;
use crate::plan::rule::Rule;
use crate::text_file;

/// What the service does wrong, and when: a list of rules.
///
/// The same plan, seed and sequence of requests and frames meet the same faults.
///
/// # Example
/// ```
/// use directline_testbed::Plan;
///
/// let plan = Plan::parse(
///     r#"
///     [[fault]]
///     on = "frame"
///     every = 10
///     do = "close"
///     code = 1001
///     "#,
/// )?;
/// assert_eq!(plan.rules().len(), 1);
/// # Ok::<(), directline_testbed::PlanError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(rename = "fault")]
    rules: Vec<Rule>,
}

impl Plan {
    /// A plan of these rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Plan { seed: None, rules }
    }

    /// Reads a plan from TOML.
    ///
    /// # Errors
    /// Says in one sentence which field has which value and what is allowed.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        read::read_plan(text)
    }

    /// A built-in plan: `demo` breaks the connection every few frames in varying ways, `nasty`
    /// does everything that a lossless client must survive.
    pub fn named(name: &str) -> Option<Self> {
        let text = builtin::PLANS.iter().find(|(known, _)| *known == name)?.1;
        Some(Plan::parse(text).expect("a test reads every built-in plan"))
    }

    /// The names of the built-in plans.
    pub fn names() -> impl Iterator<Item = &'static str> {
        builtin::PLANS.iter().map(|(name, _)| *name)
    }

    /// A built-in plan by its name, otherwise the plan in the file of this name.
    ///
    /// # Errors
    /// No built-in plan has that name and the file can't be read, or it holds no valid plan.
    pub fn load(name_or_path: &str) -> Result<Self, PlanError> {
        if let Some(plan) = Plan::named(name_or_path) {
            return Ok(plan);
        }
        let text = text_file::read(name_or_path.as_ref()).map_err(|error| {
            let names: Vec<&str> = Plan::names().collect();
            PlanError::new(format!(
                "the plan {name_or_path:?} is neither built in ({}) nor a readable file ({error})",
                names.join(", ")
            ))
        })?;
        Plan::parse(&text)
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The seed for the rules that fire by chance; without one the testbed's own seed counts.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Sets the seed for the rules that fire by chance.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Value::deserialize(deserializer)?;
        Fields::new(String::from("the plan"), table)
            .and_then(read::read_fields)
            .map_err(de::Error::custom)
    }
}
