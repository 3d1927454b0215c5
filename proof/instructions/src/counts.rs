//! What the harness prints: one JSON object a line, one line a benchmark.

use std::collections::BTreeMap;

use serde_json::Value;

/// Instructions by function and case.
#[derive(Debug)]
pub(crate) struct Counts(BTreeMap<(String, String), f64>);

impl Counts {
    /// Reads all that the harness has printed.
    pub(crate) fn read(output: &str) -> Result<Counts, String> {
        let lines = output.lines().filter(|line| line.starts_with('{'));
        lines.map(line).collect::<Result<_, _>>().map(Counts)
    }

    pub(crate) fn of(&self, (function, case): (&str, &str)) -> Result<f64, String> {
        let count = self.0.get(&(function.to_owned(), case.to_owned()));
        count.copied().ok_or_else(|| format!("the harness has not counted {function} of {case}"))
    }
}

fn line(line: &str) -> Result<((String, String), f64), String> {
    let wrong =
        |what: &str| format!("the harness printed {what}: {}", &line[..line.len().min(200)]);
    let object: Value = serde_json::from_str(line).map_err(|_| wrong("no JSON"))?;
    let text = |name| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let values = object.pointer("/profiles/0/data/total/metrics/Ir/values");
    // Beside the count of the run before, if there was one.
    let count = values.and_then(|values| {
        ["/new", "/both/new", "/both/0"].iter().find_map(|path| values.pointer(path)?.as_f64())
    });
    match (text("function_name"), text("id"), count) {
        (Some(function), Some(case), Some(count)) => Ok(((function, case), count)),
        _ => Err(wrong("a benchmark without a name or a count")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(values: &str) -> String {
        format!(
            "{{\"function_name\":\"f\",\"id\":\"one\",\"profiles\":[{{\"data\":{{\"total\":\
             {{\"metrics\":{{\"Ir\":{{\"values\":{values}}}}}}}}}}}]}}"
        )
    }

    #[test]
    fn first_and_later_runs_are_read() {
        for values in [r#"{"new":23}"#, r#"{"both":[23,40]}"#, r#"{"both":{"new":23,"old":40}}"#] {
            let counts = Counts::read(&printed(values)).expect(values);
            assert_eq!(counts.of(("f", "one")), Ok(23.0), "{values}");
        }
    }

    #[test]
    fn what_is_not_there_is_no_zero() {
        assert!(Counts::read(&printed("{}")).is_err());
        assert!(Counts::read("{").is_err());
        let nothing = Counts::read("").expect("nothing is wrong in it");
        assert!(nothing.of(("f", "one")).is_err());
    }
}
