//! Reads the fields of a TOML table one by one, so that each error can name its field.

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};
use toml::{Table, Value};

use crate::plan::choice::{Choice, list};
use crate::plan::error::PlanError;

/// A table of which each field is taken once; what is left at the end is unknown.
pub(crate) struct Fields {
    place: String,
    table: Table,
    known: Vec<&'static str>,
}

impl Fields {
    pub(crate) fn new(place: String, value: Value) -> Result<Self, PlanError> {
        match value {
            Value::Table(table) => Ok(Fields { place, table, known: Vec::new() }),
            other => Err(PlanError::new(format!(
                "{place} is {}, it must be a table",
                on_one_line(&other)
            ))),
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
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(other) => Err(self.refuse(name, &other, "true or false")),
        }
    }

    pub(crate) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, PlanError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
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

    pub(crate) fn members(&mut self, name: &'static str) -> Result<Map<String, Json>, PlanError> {
        let Some(value) = self.take(name) else { return Ok(Map::new()) };
        match serde_json::to_value(&value) {
            Ok(Json::Object(members)) => Ok(members),
            Ok(_) | Err(_) => Err(self.refuse(name, &value, "a table")),
        }
    }

    /// Complains about what nobody took.
    pub(crate) fn finish(self) -> Result<(), PlanError> {
        match self.table.iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(PlanError::new(format!(
                "{}: `{name}` is unknown here, known are {}",
                self.place,
                self.known.join(", ")
            ))),
        }
    }

    pub(crate) fn refuse(&self, name: &str, value: &Value, allowed: &str) -> PlanError {
        let value = on_one_line(value);
        PlanError::new(format!("{}: `{name}` is {value}, it must be {allowed}", self.place))
    }

    /// The same of a value inside of a field.
    pub(crate) fn refuse_json(&self, name: &str, value: &Json, allowed: &str) -> PlanError {
        PlanError::new(format!("{}: `{name}` is {value}, it must be {allowed}", self.place))
    }

    pub(crate) fn missing(&self, name: &str, allowed: &str) -> PlanError {
        PlanError::new(format!("{}: `{name}` is missing, it must be {allowed}", self.place))
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }
}

/// A value as an error shows it; TOML itself would spread some texts over several lines.
fn on_one_line(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => value.to_string().replace('\n', " "),
    }
}

/// Reads a document into its top-level table, reporting a syntax error in one line.
pub(crate) fn read_document(what: &str, text: &str) -> Result<Fields, PlanError> {
    let table = text.parse::<Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        let message = error.message().replace('\n', ", ");
        PlanError::new(format!("{what}, line {line}: {message}"))
    })?;
    Fields::new(String::from(what), Value::Table(table))
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
