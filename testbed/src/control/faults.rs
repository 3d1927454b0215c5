//! Faults that begin and end while the service runs.

use serde_json::{Value, json};

use crate::control::{Refused, fields, object};
use crate::http::reply::Reply;
use crate::plan::read::read_rule;
use crate::service::State;

impl State {
    pub(super) fn list_faults(&self) -> Reply {
        let faults: Vec<Value> = self
            .director
            .rules()
            .map(|(number, rule, fired)| {
                // A rule is a plain table.
                let mut fault = serde_json::to_value(rule).unwrap_or_default();
                fault["rule"] = json!(number);
                fault["fired"] = json!(fired);
                fault
            })
            .collect();
        object(200, &json!({ "faults": faults }))
    }

    /// Adds a rule in the words of a plan.
    pub(super) fn begin_fault(&mut self, body: &[u8]) -> Result<Reply, Refused> {
        let rule = read_rule(fields("the fault", body)?)?;
        let number = self.director.add(rule);
        Ok(object(201, &json!({ "rule": number })))
    }

    pub(super) fn end_faults(&mut self) -> Reply {
        self.director.clear();
        Reply::empty(204)
    }

    pub(super) fn end_fault(&mut self, rule: &str) -> Result<Reply, Refused> {
        if rule.parse().is_ok_and(|number| self.director.remove(number)) {
            return Ok(Reply::empty(204));
        }
        let known: Vec<String> =
            self.director.rules().map(|(number, ..)| number.to_string()).collect();
        Err(Refused::unknown("rule", rule, &known))
    }
}
