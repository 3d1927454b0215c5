//! THE PAGE: what the release set came to, as Markdown. Nothing in it is written by hand.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::run::{Figure, Outcome, Record, Run};
use crate::source::{Source, said};

pub(crate) fn write(root: &Path, source: &Source, minutes: u64, records: &[Record]) -> String {
    let mut page = String::from("# Verification\n\n");
    let said = |words: &[&str]| said(root, words).unwrap_or_else(|| "not known".to_owned());
    let seconds = records.iter().flat_map(|record| &record.run).map(|run| run.seconds).sum();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    for line in [
        "Written by `cargo run --release -p directline-report`; do not edit.".to_owned(),
        String::new(),
        format!("- Date: {} UTC", source.date),
        format!("- Commit: `{}`", source.commit),
        format!("- Compiler: {}", said(&["rustc", "--version"])),
        format!("- Processors: {processors}, {}", said(&["uname", "-sm"])),
        format!("- Time allowed: {minutes} minutes; taken by all stages: {}", took(seconds)),
        String::new(),
        "Stages may have run at several times and commits, all on the `src/` of this commit."
            .to_owned(),
    ] {
        page += &line;
        page.push('\n');
    }
    page += "\n| stage | what it shows | outcome | time | begun | commit |\n|---|---|---|---|---|---|\n";
    for Record { stage, run } in records {
        _ = write!(page, "| {} | {} | ", stage.name, stage.what);
        _ = match run {
            Some(run) => {
                let Source { date, commit, .. } = &run.source;
                writeln!(page, "{} | {} | {date} | {commit} |", outcome(run), took(run.seconds))
            }
            None => writeln!(page, "**not run** | | | |"),
        };
    }
    for Record { stage, run } in records {
        let Some(run) = run else { continue };
        _ = write!(page, "\n## {}\n\n`{}`\n", capital(stage.name), run.line);
        for line in &run.missing {
            _ = write!(page, "\n{line}\n");
        }
        if !run.figures.is_empty() {
            page += "\n| figure | value | goal | |\n|---|---|---|---|\n";
        }
        for figure in &run.figures {
            let goal = figure.goal.as_deref().unwrap_or("");
            let value = shown(&figure.value);
            _ = writeln!(page, "| {} | {value} | {goal} | {} |", figure.name, judged(figure));
        }
    }
    page
}

fn outcome(run: &Run) -> String {
    match &run.outcome {
        Outcome::Done if run.missing.is_empty() => "passed".to_owned(),
        Outcome::Done => "passed in part, see below".to_owned(),
        Outcome::Failed(status) => format!("**failed**: {status}"),
        Outcome::CutOff => "**cut off**: its time was over".to_owned(),
    }
}

/// Whether a figure reaches its goal, where both are numbers that can be compared.
fn judged(figure: &Figure) -> &'static str {
    let goal = figure.goal.as_deref().map(str::trim).unwrap_or_default();
    if goal.is_empty() {
        return "";
    }
    let number =
        |text: &str| text.trim().trim_end_matches(['%', ' ']).replace(',', "").parse().ok();
    let value = match &figure.value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => number(text),
        Value::Bool(is_so) if goal == is_so.to_string() => return "reached",
        _ => None,
    };
    let split = |sign: &str| goal.strip_prefix(sign).and_then(number);
    let reached = |goal: Option<f64>, holds: fn(f64, f64) -> bool| Some(holds(value?, goal?));
    let verdict = reached(split(">="), |value, goal| value >= goal)
        .or_else(|| reached(split("<="), |value, goal| value <= goal))
        .or_else(|| reached(split("<"), |value, goal| value < goal))
        .or_else(|| reached(split("="), |value, goal| (value - goal).abs() < f64::EPSILON))
        .or_else(|| reached(number(goal), |value, goal| (value - goal).abs() < f64::EPSILON));
    match verdict {
        Some(true) => "reached",
        Some(false) => "**not reached**",
        None => "",
    }
}

/// Numbers in groups of three digits.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => return text.replace('|', "\\|"),
        other => other.to_string(),
    };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

fn took(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(value: Value, goal: &str) -> &'static str {
        judged(&Figure { name: String::new(), value, goal: Some(goal.to_owned()) })
    }

    #[test]
    fn figures_are_held_against_their_goals() {
        assert_eq!(judge(5.into(), ">= 5"), "reached");
        assert_eq!(judge(4.into(), ">= 5"), "**not reached**");
        assert_eq!(judge(1_000_000.into(), ">= 1,000,000"), "reached");
        assert_eq!(judge(0.into(), "= 0"), "reached");
        assert_eq!(judge(1.into(), "= 0"), "**not reached**");
        assert_eq!(judge(0.into(), "0"), "reached");
        assert_eq!(judge("98.5 %".into(), ">= 98 %"), "reached");
        assert_eq!(judge(true.into(), "true"), "reached");
        assert_eq!(judge("not run: no tool".into(), ">= 1"), "");
        assert_eq!(judge(99.into(), "<= 100"), "reached");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(shown(&1_234_567.into()), "1,234,567");
        assert_eq!(shown(&123.into()), "123");
        assert_eq!(shown(&1_234.5.into()), "1,234.5");
        assert_eq!(shown(&"a|b".into()), "a\\|b");
    }
}
