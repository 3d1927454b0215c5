//! `directline replay`: the facts of a recording, told to the machine of this build.

mod test;

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::time::Duration;

use directline_activity::text::plain;
use directline_client::directline::Moment;
use directline_record::{Moved, Recording, Replay, Step, Told};
use serde_json::Value;

use crate::args;
use crate::fresh;
use crate::problem::Problem;

pub(crate) fn run(arguments: &args::Replay) -> Result<(), Problem> {
    if let (Some(from), Some(until)) = (arguments.from, arguments.until) {
        if until < from {
            let allowed = format!("allowed is {from:?}, which is --from, or more");
            return Err(Problem::usage(format!("--until is {until:?}, {allowed}")));
        }
    }
    if let Some(path) = &arguments.write_test {
        fresh::check("--write-test", path, arguments.overwrite)?;
    }
    let text = read(&arguments.file)?;
    let shown = arguments.file.display();
    let recording =
        Recording::parse(&text).map_err(|damage| Problem::usage(format!("{shown}: {damage}")))?;
    let written_by = recording.header().crate_version();
    if written_by != env!("CARGO_PKG_VERSION") {
        _ = writeln!(
            io::stderr(),
            "recorded by {written_by}, replayed by {}",
            env!("CARGO_PKG_VERSION")
        );
    }
    if let Some(path) = &arguments.write_test {
        // What is no text is behind the damage, and left out.
        let text = String::from_utf8_lossy(&text);
        return test::write(path, &text, &recording, arguments);
    }
    let told = Player::new(&recording, arguments).run(&mut io::stdout().lock());
    match told {
        // A reader who has gone away does not want to know.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::fatal(format!("stdout cannot be written to: {error}"))),
        Ok(Some(why)) => Err(Problem::fatal(format!("{shown}: {why}"))),
        Ok(None) => Ok(()),
    }
}

/// A whole recording.
fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map_err(|error| Problem::usage(format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

/// Whether a step lies in what was asked for.
pub(crate) fn is_within(arguments: &args::Replay, since: Duration) -> bool {
    let is_late = arguments.from.is_none_or(|from| since >= from);
    is_late && arguments.until.is_none_or(|until| since <= until)
}

/// What to say where the recording ends before what was asked for.
fn nothing_there(recording: &Recording, arguments: &args::Replay) -> Option<String> {
    let last = recording.steps().iter().map(Step::at).max();
    let end = last.map_or(Duration::ZERO, |at| at.since(recording.header().at()));
    let from = arguments.from.filter(|from| *from > end)?;
    Some(format!("nothing is there from {from:?} on: the recording ends at {end:?}"))
}

struct Player<'a> {
    recording: &'a Recording,
    arguments: &'a args::Replay,
    shows: bool,
    inputs: usize,
    outputs: usize,
    /// Breakpoints that nothing has met.
    unmet: BTreeSet<&'a str>,
}

impl<'a> Player<'a> {
    fn new(recording: &'a Recording, arguments: &'a args::Replay) -> Player<'a> {
        let shows = arguments.from.is_some() || arguments.until.is_some();
        let unmet = arguments.breaks.iter().map(String::as_str).collect();
        Player { recording, arguments, shows, inputs: 0, outputs: 0, unmet }
    }

    /// Goes through it; gives what is wrong, if anything is.
    fn run(mut self, out: &mut impl Write) -> io::Result<Option<String>> {
        let mut replay = self.recording.replay();
        let mut is_whole = true;
        while let Some(moved) = replay.step() {
            let since = moved.at.since(self.recording.header().at());
            if self.arguments.until.is_some_and(|until| since > until) {
                is_whole = false;
                break;
            }
            self.inputs += usize::from(moved.step.is_some());
            self.outputs += moved.found.len();
            if self.shows && is_within(self.arguments, since) {
                show(out, since, &moved)?;
            }
            if let Some(difference) = moved.difference {
                // Whoever wants to see how it came there asks for it by time.
                let seconds = since.as_secs_f64();
                return Ok(Some(format!("{seconds:.3}s: {difference}")));
            }
            if !self.pause(out, since, &moved.found, &replay)? {
                return Ok(None);
            }
        }
        for name in &self.unmet {
            writeln!(out, "{name} never came out")?;
        }
        if let Some(nothing) = nothing_there(self.recording, self.arguments) {
            writeln!(out, "{nothing}")?;
        }
        let (inputs, outputs) = (self.inputs, self.outputs);
        writeln!(out, "the same: {inputs} inputs, {outputs} outputs")?;
        let damage = self.recording.damage().filter(|_| is_whole);
        Ok(damage.map(|damage| format!("{damage}; what stands before it was replayed")))
    }

    /// Stops where a breakpoint is met; whether to go on.
    fn pause(
        &mut self,
        out: &mut impl Write,
        since: Duration,
        found: &[Told],
        replay: &Replay<'_>,
    ) -> io::Result<bool> {
        let met =
            found.iter().find(|told| self.arguments.breaks.iter().any(|own| own == told.name()));
        let Some(told) = met else { return Ok(true) };
        self.unmet.remove(told.name());
        writeln!(
            out,
            "{:>10.3}s  at {}: {}",
            since.as_secs_f64(),
            told.name(),
            brief(told.value())
        )?;
        if let Some((status, counters, deadline, checkpoint)) = replay.state() {
            let due = deadline.map_or("nothing".into(), |at: Moment| {
                format!("{:.3}s", at.since(self.recording.header().at()).as_secs_f64())
            });
            writeln!(out, "             status {status:?}, due {due}")?;
            writeln!(out, "             {counters:?}")?;
            let place = checkpoint.map(|checkpoint| checkpoint.to_json()).unwrap_or_default();
            writeln!(out, "             checkpoint {}", cut(&place))?;
        }
        if !io::stdin().is_terminal() || self.arguments.file == Path::new("-") {
            return Ok(true);
        }
        out.flush()?;
        let mut line = String::new();
        let count = io::stdin().lock().read_line(&mut line)?;
        Ok(count > 0 && line.trim() != "q")
    }
}

fn show(out: &mut impl Write, since: Duration, moved: &Moved<'_>) -> io::Result<()> {
    let seconds = since.as_secs_f64();
    match moved.step {
        Some(step) => {
            writeln!(
                out,
                "{seconds:>10.3}s  in   {}  (line {})",
                brief(&step.fact()),
                step.line()
            )?;
        }
        None => writeln!(out, "{seconds:>10.3}s  it begins")?,
    }
    for told in &moved.found {
        writeln!(out, "             out  {}", brief(told.value()))?;
    }
    Ok(())
}

/// A value in one line that no terminal takes for anything else.
fn brief(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(COLUMNS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

const COLUMNS: usize = 240;
