//! The parameters of a query.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::control::Refused;
use crate::http::Request;

/// The parameters, each of which has to be known.
pub(super) struct Query {
    given: BTreeMap<String, String>,
}

/// There are no parameters here.
pub(super) fn none(request: &Request) -> Result<(), Refused> {
    Query::of(request, &[]).map(drop)
}

impl Query {
    pub(super) fn of(request: &Request, known: &[&str]) -> Result<Self, Refused> {
        let mut given = BTreeMap::new();
        for (name, value) in request.parameters() {
            if given.contains_key(&name) {
                return Err(refused(format!(
                    "the parameter `{name}` is given twice, it can be given only once"
                )));
            }
            given.insert(name, value);
        }
        match given.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Query { given }),
            Some(name) => {
                let known = if known.is_empty() { "none" } else { &known.join(", ") };
                Err(refused(format!("the parameter `{name}` is unknown here, known are {known}")))
            }
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refused> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            refused(format!(
                "the parameter `{name}` is {text:?}, it must be a whole number from {low} to {high}"
            ))
        })
    }
}

pub(super) fn refused(message: String) -> Refused {
    Refused { status: 400, message }
}
