//! Reads JSON in which no member stands twice: of two, nobody could say which one counts.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::plan::error::PlanError;
use crate::plan::fields::Fields;

/// The members of a JSON object.
pub(crate) fn read_object(what: &str, text: &[u8]) -> Result<Fields, PlanError> {
    let refused = match serde_json::from_slice(text) {
        Ok(Once(value @ Value::Object(_))) => return Fields::new(String::from(what), value),
        Ok(Once(other)) => format!("{what} is {other}, it must be a JSON object"),
        // What is JSON is complained about for nothing else.
        Err(error) if error.is_data() => format!("{what}: {error}, it can stand there only once"),
        Err(error) => format!("{what} is no JSON ({error}), it must be a JSON object"),
    };
    Err(PlanError::new(refused))
}

/// A value without members that stand twice, however deep.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Once)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::from(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice")));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_once_is_read_as_it_is() {
        let text = r#"{"a":[null,true,-1,2,0.5,"x"],"b":{"a":{}},"c":18446744073709551615}"#;
        let read = read_object("it", text.as_bytes()).expect("an object");
        assert_eq!(Value::Object(read.object().clone()).to_string(), text);
    }

    #[test]
    fn what_is_no_object_is_refused_and_so_are_twins() {
        let refused = |text: &str| match read_object("it", text.as_bytes()) {
            Ok(_) => String::from("nothing is wrong"),
            Err(error) => error.to_string(),
        };
        assert_eq!(refused(r#""x""#), "it is \"x\", it must be a JSON object");
        assert!(refused("{bad").starts_with("it is no JSON (key must be a string at line 1"));
        for (text, member) in [(r#"{"a":1,"a":1}"#, "a"), (r#"{"a":[{"b":1,"b":2}]}"#, "b")] {
            let told = refused(text);
            assert!(told.starts_with(&format!("it: `{member}` stands twice at line 1 ")), "{told}");
            assert!(told.ends_with(", it can stand there only once"), "{told}");
        }
    }
}
