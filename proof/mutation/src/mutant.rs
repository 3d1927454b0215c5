//! MUTANTS: what cargo-mutants would change, one place each.

use std::ops::Range;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::ROOT;
use crate::part::Part;

/// What lists them, with the version that this was written for.
const TOOL: &str = "27.1.0";

/// As cargo-mutants tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) genre: Genre,
    pub(crate) span: Span,
    pub(crate) replacement: String,
    function: Option<Function>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub(crate) enum Genre {
    /// A function gives this value at once.
    FnValue,
    BinaryOperator,
    /// A `!` or `-` goes.
    UnaryOperator,
    /// An arm goes, what it took falls to `_`.
    MatchArm,
    /// A guard is true, or false.
    MatchArmGuard,
    /// A field goes, and comes from the base.
    StructField,
    #[serde(other)]
    Unknown,
}

/// In lines and characters, both from 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Span {
    start: Place,
    end: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Function {
    return_type: String,
}

impl Mutant {
    /// What it replaces, in bytes of the text.
    pub(crate) fn range(&self, text: &str) -> Range<usize> {
        self.span.start.byte(text)..self.span.end.byte(text)
    }

    /// The text with the change made.
    pub(crate) fn made(&self, text: &str) -> String {
        let Range { start, end } = self.range(text);
        [&text[..start], &self.replacement, &text[end..]].concat()
    }

    /// Whether the type that its function gives hangs on what the body gives.
    pub(crate) fn has_open_type(&self) -> bool {
        self.function.as_ref().is_some_and(|own| own.return_type.contains("impl "))
    }
}

impl Place {
    fn byte(&self, text: &str) -> usize {
        let before: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let rest = text[before..].char_indices().map(|(at, _)| at);
        before + rest.chain([text.len() - before]).nth(self.column - 1).unwrap_or_default()
    }
}

/// The tool that is not there in its version, and how to get it.
pub(crate) fn missing() -> Option<String> {
    let has = said(mutants(&["--version"])).is_ok_and(|text| text.contains(TOOL));
    let name = format!("cargo-mutants {TOOL}");
    (!has).then(|| format!("{name}; cargo install cargo-mutants --version {TOOL} --locked"))
}

/// All of the package of a part, in the files that are asked for: also some of other parts.
///
/// # Errors
///
/// When cargo-mutants fails.
pub(crate) fn listed(part: &Part, file: Option<&str>) -> Result<Vec<Mutant>, String> {
    let mut list = mutants(&["--list", "--json", "--package", part.package]);
    match part.config {
        Some(config) => list.args(["--config", config]),
        None => list.arg("--no-config"),
    };
    list.args(file.map(|file| format!("--file={file}")));
    serde_json::from_str(&said(list)?).map_err(|error| format!("cargo mutants --list: {error}"))
}

fn mutants(arguments: &[&str]) -> Command {
    let mut command = crate::cargo::cargo(ROOT.as_ref());
    command.arg("mutants").args(arguments);
    command
}

/// What the program prints.
fn said(mut command: Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?}: {}", output.status)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One that replaces the part of `text` that is marked, as in `a [==] b`; and the text.
    pub(crate) fn mutant(genre: Genre, marked: &str, replacement: &str) -> (Mutant, String) {
        let (start, rest) = marked.split_once('⟦').expect("a start");
        let (what, rest) = rest.split_once('⟧').expect("an end");
        let place = |before: &str| Place {
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        };
        let span = Span { start: place(start), end: place(&[start, what].concat()) };
        let replacement = replacement.to_owned();
        let name = "a.rs:1:1: x".to_owned();
        let mutant = Mutant { name, genre, span, replacement, function: None };
        (mutant, [start, what, rest].concat())
    }

    #[test]
    fn a_place_is_told_in_characters() {
        let marked = "// ä\nlet x = \"ü\" ⟦==⟧ y;\n";
        let (mutant, text) = mutant(Genre::BinaryOperator, marked, "!=");
        assert_eq!(&text[mutant.range(&text)], "==");
        assert_eq!(mutant.made(&text), "// ä\nlet x = \"ü\" != y;\n");
        let (last, text) = self::mutant(Genre::FnValue, "a\n⟦b⟧", "c");
        assert_eq!(last.made(&text), "a\nc");
    }

    #[test]
    fn what_cargo_mutants_says_can_be_read() {
        let json = r#"{ "diff": "-a", "file": "src/a.rs", "function": { "function_name": "a",
            "return_type": "-> impl Fn()", "span": null }, "genre": "FnValue", "name": "n",
            "package": "p", "replacement": "b", "span": { "start": { "line": 1, "column": 2 },
            "end": { "line": 3, "column": 4 } } }"#;
        let mutant: Mutant = serde_json::from_str(json).expect("a mutant");
        assert!(mutant.has_open_type() && mutant.genre == Genre::FnValue);
        let other = json.replace("FnValue", "Loop").replace("impl ", "");
        let other: Mutant = serde_json::from_str(&other).expect("a mutant");
        assert!(!other.has_open_type() && other.genre == Genre::Unknown);
    }
}
