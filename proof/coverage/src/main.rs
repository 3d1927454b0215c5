//! COVERAGE: what of the machine its own tests reach, printed with what they do not.
//!
//! ```text
//! cargo run -p directline-coverage [-- --llvm FOLDER] [--toolchain NAME] [--corpora]
//! ```
//!
//! `FOLDER` holds `llvm-cov` and `llvm-profdata`; without it the path is searched. Branches need a
//! nightly toolchain. The library's unit tests and all files of `tests/` run, documentation tests
//! do not: a piece that only an example reaches counts as missed. `--corpora` counts what the inputs
//! kept by fuzzing reach, and nothing else; `DIRECTLINE_CORPORA` names a folder with more of them.

#[macro_use]
extern crate directline_shell as shell;

mod count;
mod export;
mod run;
mod tools;

use std::process::ExitCode;

use count::{Count, Counts};

const USAGE: &str = "usage: directline-coverage [--llvm FOLDER] [--toolchain NAME] [--corpora]";

/// What the command line asks for.
struct Asked {
    llvm: Option<String>,
    toolchain: String,
    of: Of,
}

/// Whose reach is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Tests,
    Corpora,
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked { llvm: None, toolchain: "nightly".into(), of: Of::Tests };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--llvm" => asked.llvm = Some(shell::value(&word, &mut words)?),
            "--toolchain" => asked.toolchain = shell::value(&word, &mut words)?,
            "--corpora" => asked.of = Of::Corpora,
            _ => return Err(format!("{word:?} is not known")),
        }
    }
    Ok(asked)
}

/// What is measured, and how much of it there should be.
const GOALS: [(&str, &str); 5] = [
    ("lines, %", "100"),
    ("functions, %", "100"),
    ("regions, %", "100"),
    ("branches, %", ">= 98"),
    ("branches of graph.rs, %", "100"),
];

fn figures(of: Of, values: [serde_json::Value; 5]) {
    for ((name, goal), value) in GOALS.into_iter().zip(values) {
        let line = match of {
            Of::Tests => serde_json::json!(
                { "part": "coverage", "name": name, "value": value, "goal": goal }
            ),
            Of::Corpora => serde_json::json!(
                { "part": "fuzzing", "name": format!("the machine, reached: {name}"), "value": value }
            ),
        };
        println!("FIGURE {line}");
    }
}

fn percent(count: Count) -> serde_json::Value {
    // Never rounded up to a hundred.
    serde_json::json!((count.percent() * 100.0).floor() / 100.0)
}

fn report(of: Of, counts: &Counts) {
    println!("missed, as line:column");
    for missed in &counts.missed {
        println!("  {missed}");
    }
    println!("\n{:<34}{:>14}{:>14}{:>14}{:>14}", "", "lines", "functions", "regions", "branches");
    for (file, each) in &counts.files {
        let columns = each.map(|count| format!("{:>14}", count.to_string())).concat();
        println!("{file:<34}{columns}");
    }
    let [lines, functions, regions, branches] = counts.total();
    let graph = counts.of("src/graph.rs")[3];
    figures(of, [lines, functions, regions, branches, graph].map(percent));
}

fn main() -> ExitCode {
    let asked = shell::asked(USAGE, asked);
    let tools = match tools::find(asked.llvm.as_deref(), &asked.toolchain) {
        Ok(tools) => tools,
        Err(missing) => {
            println!("MISSING: {missing}");
            figures(asked.of, GOALS.map(|_| format!("not run: {missing}").into()));
            return ExitCode::from(2);
        }
    };
    match run::measured(&tools, asked.of) {
        Ok(counts) => {
            report(asked.of, &counts);
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
