//! Counts the instructions of `benches/counts.rs` under valgrind, prints them beside those of the
//! yardstick, and says where a limit is broken.

#[macro_use]
extern crate directline_shell as shell;

mod counts;
mod tools;

use std::process::ExitCode;

use counts::Counts;

const USAGE: &str = "\
directline-instructions: counts instructions under valgrind, beside those of a yardstick

  --gate   ends with an error when a limit is broken, or when a tool is missing";

/// Whether it is a gate, or what is wrong with the words.
fn is_gate(words: &[String]) -> Result<bool, String> {
    match words {
        [] => Ok(false),
        [word] if word == "--gate" => Ok(true),
        _ => Err(format!("the arguments are {words:?}, allowed is --gate")),
    }
}

/// What is held: a name, what is counted, what it is divided by, and the most that is allowed.
struct Row {
    name: &'static str,
    counted: (&'static str, &'static str),
    yardstick: Option<(&'static str, &'static str)>,
    most: f64,
}

const fn alone(name: &'static str, function: &'static str, most: f64) -> Row {
    Row { name, counted: (function, "one"), yardstick: None, most }
}

const fn frame(name: &'static str, size: &'static str, most: f64) -> Row {
    Row { name, counted: ("deliver", size), yardstick: Some(("skip", size)), most }
}

/// A count of 100 is promised; the other limits are what was measured, and a tenth at most.
const ROWS: [Row; 10] = [
    alone("deadline", "deadline", 100.0),
    alone("a timeout with nothing due", "nothing_due", 100.0),
    alone("a keep-alive that fires", "keep_alive", 900.0),
    Row {
        name: "a reconnect, to skipping its answer",
        counted: ("reconnect", "one"),
        yardstick: Some(("skip_answer", "one")),
        most: 11.4,
    },
    frame("a small frame, to skipping it", "small", 1.0),
    frame("one behind a gap, to skipping it", "gap", 1.32),
    frame("a typical frame, to skipping it", "typical", 0.68),
    frame("a card, to skipping it", "card", 0.45),
    frame("a replay, to skipping it", "replay", 0.54),
    frame("a tricky frame, to skipping it", "tricky", 1.4),
];

fn main() -> ExitCode {
    let gate = shell::asked(USAGE, |words| is_gate(&words.collect::<Vec<_>>()));
    let missing = tools::missing();
    if !missing.is_empty() {
        for tool in &missing {
            println!("MISSING: {tool}");
        }
        let why = format!("not run: {}", missing.join("; "));
        ROWS.iter().for_each(|row| figure(row, why.as_str().into()));
        return if gate { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    match tools::run().and_then(|output| Counts::read(&output)).and_then(|counts| table(&counts)) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            broken.iter().for_each(|limit| println!("over its limit: {limit}"));
            if gate { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(what) => {
            eprintln!("instructions: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Prints all rows; gives those that are over their limit.
fn table(counts: &Counts) -> Result<Vec<&'static str>, String> {
    println!(
        "{:>36}  {:>12}  {:>12}  {:>8}  {:>8}",
        "", "instructions", "yardstick", "ratio", "at most"
    );
    let mut broken = Vec::new();
    let mut figures = Vec::new();
    for row in &ROWS {
        let counted = counts.of(row.counted)?;
        let yardstick = row.yardstick.map(|name| counts.of(name)).transpose()?;
        let value = yardstick.map_or(counted, |yardstick| counted / yardstick);
        let ratio = yardstick.map(|_| format!("{value:.2}")).unwrap_or_default();
        let yardstick = yardstick.map(|count| count.to_string()).unwrap_or_default();
        println!("{:>36}  {counted:>12}  {yardstick:>12}  {ratio:>8}  {:>8}", row.name, row.most);
        figures.push((row, value));
        if value > row.most {
            broken.push(row.name);
        }
    }
    for (row, value) in figures {
        figure(row, ((value * 100.0).round() / 100.0).into());
    }
    Ok(broken)
}

fn figure(row: &Row, value: serde_json::Value) {
    let goal = format!("<= {}", row.most);
    let unit = if row.yardstick.is_some() { "ratio" } else { "count" };
    let figure = serde_json::json!({
        "part": "instructions", "name": format!("{} ({unit})", row.name), "value": value, "goal": goal,
    });
    println!("FIGURE {figure}");
}
