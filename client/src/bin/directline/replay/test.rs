//! A recording as a test: a file of Rust that holds it, and what came of it as what is expected.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use directline_client::directline::Moment;
use directline_record::{Damage, Recording, Step, Told};

use super::{is_within, nothing_there};
use crate::args;
use crate::fresh;
use crate::problem::Problem;

/// Writes the test, and says where and what to do with it.
pub(super) fn write(
    path: &Path,
    text: &str,
    recording: &Recording,
    arguments: &args::Replay,
) -> Result<(), Problem> {
    let shown = path.display();
    let wrong = |why: String| Problem::usage(format!("--write-test {shown}: {why}"));
    let Some(name) = path.file_stem().and_then(|name| name.to_str()).and_then(identifier) else {
        return Err(wrong(
            "allowed is a file whose name can be a function's, such as lost.rs".into(),
        ));
    };
    // A test of nothing would be green whatever happens.
    if let Some(nothing) = nothing_there(recording, arguments) {
        return Err(wrong(nothing));
    }
    let source = source(&name, text, recording, arguments);
    let mut file = fresh::create("--write-test", path, arguments.overwrite)?;
    file.write_all(source.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let _ = writeln!(
        std::io::stdout(),
        "wrote {shown}: put it into tests/ of a crate with directline-record and serde_json among its \
         dev-dependencies, and change what it expects to what should have happened"
    );
    Ok(())
}

fn source(name: &str, text: &str, recording: &Recording, arguments: &args::Replay) -> String {
    let began = recording.header().at();
    let moments = [(recording.opening(), began)].into_iter();
    let moments = moments.chain(recording.steps().iter().map(|step| (step.told(), step.at())));
    let moment = |since: Option<Duration>| match since {
        Some(since) => format!("Some({})", began.saturating_add(since).as_millis()),
        None => "None".to_owned(),
    };
    let mut expected = String::new();
    for (told, at) in moments.filter(|(_, at)| is_within(arguments, at.since(began))) {
        for told in told.iter().filter(|told| is_news(told)) {
            let at = at.as_millis();
            let _ = writeln!(expected, "    r{HASHES}\"{at} {}\"{HASHES},", told.value());
        }
    }
    let whole: String =
        text.split_inclusive('\n').take(wanted_lines(recording, arguments)).collect();
    TEMPLATE
        .replace("@NAME", name)
        .replace("@FROM", &moment(arguments.from))
        .replace("@UNTIL", &moment(arguments.until))
        .replace("@HASHES", HASHES)
        .replace("@EXPECTED", &expected)
        .replace("@RECORDING", &whole)
}

/// What an application hears of, and not what a host does for it.
fn is_news(told: &Told) -> bool {
    told.value().get("event").is_some() || told.value().get("misuse").is_some()
}

/// How many lines of it the test needs: none that are damaged, and none behind what was asked for.
fn wanted_lines(recording: &Recording, arguments: &args::Replay) -> usize {
    let began = recording.header().at();
    let is_late = |at: Moment| arguments.until.is_some_and(|until| at.since(began) > until);
    let late = recording.steps().iter().find(|step| is_late(step.at())).map(Step::line);
    let damaged = recording.damage().map(Damage::line);
    late.or(damaged).map_or(usize::MAX, |line| line - 1)
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    name.starts_with(|c: char| c.is_ascii_lowercase()).then_some(name)
}

/// More than stand behind a quote in any JSON.
const HASHES: &str = "########";

const TEMPLATE: &str = r#####"//! What a recorded session was told, and what is expected of it.

use directline_record::Recording;

#[test]
fn @NAME() {
    let recording = Recording::parse(RECORDING).expect("a recording");
    let mut replay = recording.replay();
    let mut told = Vec::new();
    while let Some(moved) = replay.step() {
        let at = moved.at.as_millis();
        if UNTIL.is_some_and(|until| at > until) {
            break;
        }
        for news in moved.found.iter().map(|told| told.value()) {
            let is_news = news.get("event").or_else(|| news.get("misuse")).is_some();
            if is_news && FROM.is_none_or(|from| at >= from) {
                told.push(format!("{at} {news}"));
            }
        }
    }
    for (number, (told, expected)) in told.iter().zip(EXPECTED).enumerate() {
        assert_eq!(told, expected, "event {number}");
    }
    assert_eq!(told.len(), EXPECTED.len(), "{told:#?}");
}

const FROM: Option<u64> = @FROM;
const UNTIL: Option<u64> = @UNTIL;

/// The moment and what is told. As recorded: change it to what should have been told.
const EXPECTED: &[&str] = &[
@EXPECTED];

const RECORDING: &str = r@HASHES"@RECORDING"@HASHES;
"#####;
