//! `directline timeline`: a recording as one page that needs nothing else, or as one that follows it.

mod follow;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use directline_record::{Damage, Mark, Marks, Reader};
use serde_json::json;

use crate::args;
use crate::fresh;
use crate::problem::Problem;

pub(crate) fn run(arguments: &args::Timeline) -> Result<(), Problem> {
    if let Some(path) = &arguments.output {
        fresh::check("--output", path, arguments.overwrite)?;
    }
    let shown = arguments.file.display();
    let unread = |error: io::Error| Problem::usage(format!("{shown}: {error}"));
    let input: Box<dyn BufRead + Send> = match arguments.file == Path::new("-") {
        true => Box::new(BufReader::new(io::stdin())),
        false => Box::new(BufReader::new(std::fs::File::open(&arguments.file).map_err(unread)?)),
    };
    let is_file = arguments.file != Path::new("-");
    let mut source = Source::new(input, arguments.follow && is_file);
    if arguments.follow {
        return follow::serve(arguments, source);
    }
    let mut marks = Vec::new();
    let damage = loop {
        match source.next() {
            Ok(Some(mark)) => marks.extend(mark),
            Ok(None) => break None,
            Err(damage) => break Some(damage),
        }
    };
    if let Some(damage) = damage.as_ref().filter(|damage| damage.line() == 1) {
        return Err(Problem::usage(format!("{shown}: {damage}")));
    }
    let page = page(&marks, damage.as_ref(), false);
    let written = match &arguments.output {
        Some(path) => fresh::create("--output", path, arguments.overwrite)?
            .write_all(page.as_bytes())
            .map_err(|error| (path.display().to_string(), error)),
        None => io::stdout().write_all(page.as_bytes()).map_err(|error| ("stdout".into(), error)),
    };
    written.map_err(|(place, error)| Problem::fatal(format!("{place}: {error}")))?;
    match damage {
        Some(damage) => {
            let shown = format!("{shown}: {damage}; the page shows what stands before it");
            Err(Problem::fatal(shown))
        }
        None => Ok(()),
    }
}

/// A recording, as it comes.
struct Source {
    input: Box<dyn BufRead + Send>,
    reader: Reader,
    marks: Marks,
    /// What is at its end may still be written on.
    grows: bool,
}

impl Source {
    fn new(input: Box<dyn BufRead + Send>, grows: bool) -> Source {
        Source { input, reader: Reader::default(), marks: Marks::default(), grows }
    }

    /// What the next line is on a timeline; `None` at the end.
    fn next(&mut self) -> Result<Option<Option<Mark>>, Damage> {
        let mut line = Vec::new();
        // What cannot be read any more has ended.
        while self.input.read_until(b'\n', &mut line).is_ok()
            && self.grows
            && !line.ends_with(b"\n")
        {
            thread::park_timeout(LOOK_EVERY);
        }
        if line.is_empty() && self.reader.lines() > 0 {
            return Ok(None);
        }
        let entry = self.reader.read(&line)?;
        Ok(Some(self.marks.take(&entry)))
    }
}

/// The page with these marks in it. Nothing that was said can end the element that it stands in.
fn page(marks: &[Mark], damage: Option<&Damage>, is_live: bool) -> String {
    let damage = damage.map(ToString::to_string);
    let data = json!({"marks": marks, "damage": damage, "live": is_live}).to_string();
    PAGE.replace("@DATA@", &data.replace('<', "\\u003c"))
}

/// How soon what was added to a file is seen.
const LOOK_EVERY: Duration = Duration::from_millis(100);

const PAGE: &str = include_str!("timeline/page.html");
