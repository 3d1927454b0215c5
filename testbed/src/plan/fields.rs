//! Reads the fields of a table one by one, so that each error can name its field. A table of TOML
//! and an object of JSON are the same here.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use toml::Table;

use crate::plan::choice::{Choice, list};
use crate::plan::error::PlanError;

/// A table of which each field is taken once; what is left at the end is unknown.
pub(crate) struct Fields {
    place: String,
    table: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields {
    pub(crate) fn new(place: String, value: Value) -> Result<Self, PlanError> {
        match value {
            Value::Object(table) => Ok(Fields { place, table, known: Vec::new() }),
            other => Err(PlanError::new(format!("{place} is {other}, it must be a table"))),
        }
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.table.remove(name)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, PlanError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.refuse(name, &other, "a text")),
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, PlanError> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.refuse(name, &other, "true or false")),
        }
    }

    pub(crate) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, PlanError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = as_whole(&value);
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let allowed = format!("a whole number from {} to {}", range.start(), range.end());
                Err(self.refuse(name, &value, &allowed))
            }
        }
    }

    pub(crate) fn choice<T: Choice>(&mut self, name: &'static str) -> Result<Option<T>, PlanError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_str().and_then(T::named) {
            Some(choice) => Ok(Some(choice)),
            None => {
                let all: Vec<T> = T::ALL.iter().map(|(_, choice)| *choice).collect();
                Err(self.refuse(name, &value, &format!("one of {}", list(&all))))
            }
        }
    }

    pub(crate) fn required_choice<T: Choice>(
        &mut self,
        name: &'static str,
    ) -> Result<T, PlanError> {
        let all: Vec<T> = T::ALL.iter().map(|(_, choice)| *choice).collect();
        self.choice(name)?.ok_or_else(|| self.missing(name, &format!("one of {}", list(&all))))
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, PlanError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let texts = value.as_array().and_then(|array| {
            array.iter().map(|item| item.as_str().map(String::from)).collect::<Option<Vec<_>>>()
        });
        texts.ok_or_else(|| self.refuse(name, &value, "a list of texts"))
    }

    pub(crate) fn members(&mut self, name: &'static str) -> Result<Map<String, Value>, PlanError> {
        match self.take(name) {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(other) => Err(self.refuse(name, &other, "a table or an object")),
        }
    }

    /// A table inside of this one; without it, an empty one.
    pub(crate) fn table(&mut self, name: &'static str) -> Result<Fields, PlanError> {
        let place = format!("{}, {name}", self.place);
        Fields::new(place, self.take(name).unwrap_or_else(|| Value::Object(Map::new())))
    }

    /// A list of tables inside of this one.
    pub(crate) fn tables(&mut self, name: &'static str) -> Result<Vec<Fields>, PlanError> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => (1..)
                .zip(items)
                .map(|(number, item)| Fields::new(format!("{}, {name} {number}", self.place), item))
                .collect(),
            Some(other) => Err(self.refuse(name, &other, "a list of tables")),
        }
    }

    /// Complains about what nobody took.
    pub(crate) fn finish(self) -> Result<(), PlanError> {
        let Some((name, _)) = self.table.iter().next() else { return Ok(()) };
        let known = if self.known.is_empty() { "none" } else { &self.known.join(", ") };
        let place = self.place;
        Err(PlanError::new(format!("{place}: `{name}` is unknown here, known are {known}")))
    }

    pub(crate) fn refuse(&self, name: &str, value: &Value, allowed: &str) -> PlanError {
        PlanError::new(format!("{}: `{name}` is {value}, it must be {allowed}", self.place))
    }

    pub(crate) fn missing(&self, name: &str, allowed: &str) -> PlanError {
        PlanError::new(format!("{}: `{name}` is missing, it must be {allowed}", self.place))
    }

    /// What was not taken yet.
    pub(crate) fn object(&self) -> &Map<String, Value> {
        &self.table
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }
}

/// A number without a fraction, however that is written.
pub(crate) fn as_whole(value: &Value) -> Option<u64> {
    let written = |number: f64| format!("{number:.0}").parse().ok();
    // What is written of a negative one is read as none.
    let float = value.as_f64().filter(|number| number.fract() == 0.0);
    value.as_u64().or_else(|| float.and_then(written))
}

/// Reads a document into its top-level table, reporting a syntax error in one line.
pub(crate) fn read_document(what: &str, text: &str) -> Result<Fields, PlanError> {
    let table = text.parse::<Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        let message = error.message().replace('\n', ", ");
        PlanError::new(format!("{what}, line {line}: {message}"))
    })?;
    let table = serde_json::to_value(table)
        .map_err(|error| PlanError::new(format!("{what} holds what JSON can't say: {error}")))?;
    Fields::new(String::from(what), table)
}

/// Takes a list of tables, naming each by its position counted from 1.
pub(crate) fn take_tables(
    fields: &mut Fields,
    name: &'static str,
) -> Result<Vec<Fields>, PlanError> {
    match fields.take(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => (1..)
            .zip(items)
            .map(|(number, item)| Fields::new(format!("{name} {number}"), item))
            .collect(),
        Some(other) => Err(fields.refuse(name, &other, &format!("written as [[{name}]]"))),
    }
}
