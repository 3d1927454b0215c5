//! THE HEAD of the page: what a reader wants before all tables, on half a screen. What is promised,
//! what was done to see whether it holds, on what, and when.

use std::fmt::Write;

use crate::goal::Verdict;
use crate::run::{Outcome, Record};
use crate::shown::{shown, took};
use crate::source::Source;

const PROMISE: &str = "\
**What is promised.** A Direct Line conversation goes on whatever the network does: nothing is lost,
nothing comes twice, nobody is hammered, nothing leaks, and nothing that comes in breaks it. Each promise
is a clause of [CONTRACT.md](../CONTRACT.md); [traceability.md](traceability.md) says which tests hold it.
";

/// A sentence for each stage that says something for the promise; in braces the names of figures.
const EVIDENCE: [(&str, &str); 8] = [
    ("tests", "{tests passed} tests pass."),
    (
        "simulation",
        "{simulated years} years of conversation on bad days, {reconnects} reconnects, {activities \
         delivered} activities: {lost} lost, {delivered twice} twice, {stuck} stuck; and {kills and resumes \
         at every step} kills, one at every step.",
    ),
    (
        "model checking",
        "{distinct states} states of the real session, all that can be reached within the bounds \
         (closed: {closed}): {violations} violations.",
    ),
    (
        "small domains",
        "Every status, close code and lifetime, every cut and every damaged byte of {corpus frames} frames: \
         {differences from the obvious reader} differences.",
    ),
    (
        "relays",
        "{steps} facts told to hosts that crash, sleep and are cut off while they share conversations: \
         {violations} violations.",
    ),
    (
        "planted faults",
        "Of {planted faults} mistakes, those of real clients among them, exact tests find {caught by the \
         tests}, the simulator {caught by the simulator}, the model {caught by the model}.",
    ),
    (
        "mutation",
        "Of {machine: mutants} small changes to the machine exact tests catch {machine: caught by an exact \
         test}, {machine: do not compile} do not compile, {machine: survive} survive, {machine: without a \
         verdict yet} are open.",
    ),
    (
        "fuzzing",
        "Fuzzing tried {session: executions} conversations, {frame: executions} frames and {checkpoint: \
         executions} checkpoints.",
    ),
];

pub(crate) fn write(source: &Source, machine: &str, minutes: u64, records: &[Record]) -> String {
    let mut head = format!("# Verification\n\n{PROMISE}\n");
    let runs = || records.iter().filter_map(|record| record.run.as_ref());
    let passed = runs().filter(|run| run.outcome == Outcome::Done).count();
    let verdicts: Vec<_> =
        runs().flat_map(|run| &run.figures).filter_map(|own| own.verdict()).collect();
    let reached = verdicts.iter().filter(|verdict| **verdict == Verdict::Reached).count();
    _ = writeln!(
        head,
        "**What is shown for it.** {passed} of {} stages passed, {reached} of {} goals reached.\n",
        records.len(),
        verdicts.len()
    );
    for (stage, sentence) in EVIDENCE {
        let record = records.iter().find(|record| record.stage.name == stage);
        let told = record.and_then(|record| told(record, sentence));
        let told = told.unwrap_or_else(|| format!("**{stage}**: no figures, see below."));
        _ = writeln!(head, "- {told}");
    }
    let seconds = runs().map(|run| run.seconds).sum();
    _ = write!(
        head,
        "\n**When, and on what.** {} UTC, commit `{}`; {machine}. Time taken by all stages {}, allowed {}.\n",
        source.date,
        source.commit,
        took(seconds),
        took(minutes * 60)
    );
    head
}

/// The sentence with its figures; nothing when one is not there.
fn told(record: &Record, sentence: &str) -> Option<String> {
    let run = record.run.as_ref()?;
    let mut text = String::new();
    for (at, piece) in sentence.split(['{', '}']).enumerate() {
        if at % 2 == 0 {
            text += piece;
        } else {
            text += &shown(&run.figures.iter().find(|figure| figure.name == piece)?.value);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::tests::programs;
    use crate::run::{Figure, Run};
    use crate::stage::STAGES;

    #[test]
    fn the_head_quotes_the_figures() {
        let source = Source::now(std::path::Path::new("."));
        let stage = STAGES.into_iter().find(|stage| stage.name == "relays");
        let figure = |name: &str, value: u64, goal: &str| Figure {
            name: name.to_owned(),
            value: value.into(),
            goal: Some(goal.to_owned()),
        };
        let figures = vec![figure("steps", 10_001_483, ">= 5"), figure("violations", 1, "= 0")];
        let run = Run { figures, seconds: 61, ..Run::begun(source.clone(), String::new()) };
        let records = [Record { stage: stage.expect("it is there"), run: Some(run) }];
        let head = write(&source, "two cores", 180, &records);
        let steps = "10,001,483 facts told to hosts that crash, sleep and are cut off while they share \
                     conversations: 1 violations.";
        assert!(head.contains(steps), "{head}");
        assert!(head.contains("1 of 2 goals reached"), "{head}");
        assert!(head.contains("- **simulation**: no figures"), "{head}");
        assert!(head.contains("taken by all stages 0:01:01, allowed 3:00:00"), "{head}");
        assert!(head.lines().count() <= 25, "half a screen");
    }

    #[test]
    fn what_the_head_speaks_of_is_printed_by_a_stage() {
        let mut texts = programs();
        texts.push(include_str!("run.rs").to_owned());
        for (stage, sentence) in EVIDENCE {
            assert!(STAGES.iter().any(|own| own.name == stage), "{stage}");
            for name in sentence.split(['{', '}']).skip(1).step_by(2) {
                // Of a name that is made of two, one stands in a source.
                let last = name.split(": ").last().unwrap_or(name);
                let first = name.rsplit_once(' ').map_or(name, |(first, _)| first);
                let forms = [
                    format!("\"{name}\""),
                    format!("\"{last}\""),
                    format!(": {last}\""),
                    format!("\"{first} {{"),
                ];
                let is_there = |text: &String| forms.iter().any(|form| text.contains(form));
                assert!(texts.iter().any(is_there), "{stage}: nobody prints {name:?}");
            }
        }
    }
}
