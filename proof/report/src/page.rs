//! THE PAGE: what the release set came to, as Markdown. Nothing in it is written by hand.

use std::fmt::Write;
use std::path::Path;

use crate::goal::Verdict;
use crate::head;
use crate::run::{Outcome, Record, Run};
use crate::shown::{shown, took};
use crate::source::{Source, said};

pub(crate) fn write(root: &Path, source: &Source, minutes: u64, records: &[Record]) -> String {
    let said = |words: &[&str]| said(root, words).unwrap_or_else(|| "not known".to_owned());
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let (system, compiler) = (said(&["uname", "-sm"]), said(&["rustc", "--version"]));
    let machine = format!("{processors} processors, {system}, {compiler}");
    let mut page = head::write(source, &machine, minutes, records);
    page += "\nWritten by `cargo run --release -p directline-report`; do not edit. Stages may have run at \
             several times\nand commits, all on the `src/` of this commit.\n\n\
             | stage | what it shows | outcome | taken | planned | begun | commit |\n\
             |---|---|---|---|---|---|---|\n";
    for Record { stage, run } in records {
        let planned = took(stage.minutes * 60);
        _ = write!(page, "| {} | {} | ", stage.name, stage.what);
        _ = match run {
            Some(run) => {
                let Source { date, commit, .. } = &run.source;
                let taken = took(run.seconds);
                writeln!(page, "{} | {taken} | {planned} | {date} | {commit} |", outcome(run))
            }
            None => writeln!(page, "**not run** | | {planned} | | |"),
        };
    }
    for Record { stage, run } in records {
        let Some(run) = run else { continue };
        _ = write!(page, "\n## {}\n\n`{}`\n", capital(stage.name), run.line);
        for line in &run.notes {
            _ = write!(page, "\n{line}\n");
        }
        if !run.figures.is_empty() {
            page += "\n| figure | value | goal | |\n|---|---|---|---|\n";
        }
        for figure in &run.figures {
            let goal = figure.goal.as_deref().unwrap_or("");
            let verdict = match figure.verdict() {
                None => "",
                Some(Verdict::Reached) => "reached",
                Some(Verdict::NotReached) => "**not reached**",
                Some(Verdict::NotRun) => "**not run**",
            };
            let value = shown(&figure.value);
            _ = writeln!(page, "| {} | {value} | {goal} | {verdict} |", figure.name);
        }
    }
    page
}

fn outcome(run: &Run) -> String {
    match &run.outcome {
        Outcome::Done if run.is_whole() => "passed".to_owned(),
        Outcome::Done => "passed in part, see below".to_owned(),
        Outcome::NotReached => "nothing found, **a goal not reached**".to_owned(),
        Outcome::Failed(status) => format!("**failed**: {status}"),
        Outcome::CutOff => "**cut off**: its time was over".to_owned(),
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
