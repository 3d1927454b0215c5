//! Counting. A piece of source counts once, whatever it is compiled into: a generic function once
//! for all its types, and a library built for its own tests and for others' once for both. It is
//! reached if any of them was. Unit tests in the same file are no part of the machine.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use crate::export::{Export, Segment, Span};

/// How many there are, and how many were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    reached: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, is_reached: bool) {
        self.all += 1;
        self.reached += usize::from(is_reached);
    }

    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 lines")]
    pub(crate) fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { 100.0 * self.reached as f64 / self.all as f64 }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.reached, self.all)
    }
}

/// Lines, functions, regions, branches.
type Each = [Count; 4];

/// What was reached, file by file, and what was not.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) files: BTreeMap<String, Each>,
    pub(crate) missed: Vec<String>,
}

/// The source files of the machine, each with the lines that are no tests.
struct Sources<'a> {
    root: &'a Path,
    files: BTreeMap<String, (String, Vec<String>)>,
}

impl Sources<'_> {
    /// The path from the root and the lines, if the file is one of the machine's.
    fn get(&mut self, file: &str) -> Result<Option<&(String, Vec<String>)>, String> {
        let Some(path) = Path::new(file).strip_prefix(self.root).ok().and_then(Path::to_str) else {
            return Ok(None);
        };
        if !path.starts_with("src/") || path.ends_with("/tests.rs") {
            return Ok(None);
        }
        if !self.files.contains_key(file) {
            let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            let machine = text.lines().take_while(|line| *line != "#[cfg(test)]");
            let entry = (path.to_owned(), machine.map(str::to_owned).collect());
            self.files.insert(file.to_owned(), entry);
        }
        Ok(self.files.get(file))
    }
}

impl Counts {
    /// Adds everything up.
    pub(crate) fn new(export: &Export, root: &Path) -> Result<Counts, String> {
        let mut sources = Sources { root, files: BTreeMap::new() };
        let [data] = export.data.as_slice() else { return Err("one export was expected".into()) };
        let (mut functions, mut regions, mut branches) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for function in &data.functions {
            let [file] = function.filenames.as_slice() else { continue };
            let Some((path, lines)) = sources.get(file)? else { continue };
            let Some(first) = function.regions.first().map(|region| region.span()) else {
                continue;
            };
            if first.0 as usize > lines.len() {
                continue;
            }
            let at = |span: Span| (path.clone(), span);
            *functions.entry(at(first)).or_insert(0) += function.count;
            for region in function.regions.iter().filter(|region| region.is_code()) {
                *regions.entry(at(region.span())).or_insert(0) += region.4;
            }
            for branch in &function.branches {
                let both = branches.entry(at(branch.span())).or_insert((0, 0));
                *both = (both.0 + branch.4, both.1 + branch.5);
            }
        }
        let mut counts = Counts::default();
        for file in &data.files {
            let Some((path, lines)) = sources.get(&file.filename)? else { continue };
            for (line, count) in line_counts(&file.segments, lines.len()) {
                counts.note(0, path, (line, 1, line, 1), count > 0, "line");
            }
        }
        for ((path, span), count) in functions {
            counts.note(1, &path, span, count > 0, "function");
        }
        for ((path, span), count) in regions {
            counts.note(2, &path, span, count > 0, "region");
        }
        for ((path, span), (yes, no)) in branches {
            counts.note(3, &path, span, yes > 0, "never true");
            counts.note(3, &path, span, no > 0, "never false");
        }
        counts.missed.sort();
        if counts.files.is_empty() { Err("no source was counted".into()) } else { Ok(counts) }
    }

    fn note(&mut self, kind: usize, path: &str, span: Span, is_reached: bool, what: &str) {
        self.files.entry(path.to_owned()).or_default()[kind].add(is_reached);
        if !is_reached {
            self.missed.push(format!("{path}:{}:{} {what}", span.0, span.1));
        }
    }

    pub(crate) fn of(&self, path: &str) -> Each {
        self.files.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn total(&self) -> Each {
        let mut total = Each::default();
        for each in self.files.values() {
            for (sum, count) in total.iter_mut().zip(each) {
                sum.reached += count.reached;
                sum.all += count.all;
            }
        }
        total
    }
}

/// The lines that hold code, with the largest count on each: of the regions that begin on it, and
/// of the one that reaches into it. This is how llvm-cov itself counts lines.
fn line_counts(segments: &[Segment], lines: usize) -> Vec<(u32, u64)> {
    let mut counts = Vec::new();
    let mut reaching: Option<Segment> = None;
    let mut rest = segments;
    for line in 1..=u32::try_from(lines).unwrap_or(u32::MAX) {
        let here = rest.iter().take_while(|segment| segment.0 == line).count();
        let (here, after) = rest.split_at(here);
        let begins = here.iter().filter(|segment| segment.begins_region()).map(|segment| segment.2);
        let reaches = reaching.filter(|segment| segment.3).map(|segment| segment.2);
        let is_skipped = here.first().is_some_and(|segment| !segment.3 && segment.4);
        if let Some(count) = begins.chain(reaches).max().filter(|_| !is_skipped) {
            counts.push((line, count));
        }
        reaching = here.last().copied().or(reaching);
        rest = after;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_largest_count_of_what_is_on_it_or_reaches_into_it() {
        let segment = |line, count, begins| Segment(line, 1, count, true, begins, false);
        let end = Segment(5, 2, 0, false, false, false);
        let segments = [segment(2, 7, true), segment(3, 0, true), segment(3, 7, false), end];
        assert_eq!(line_counts(&segments, 7), [(2, 7), (3, 7), (4, 7), (5, 7)]);
        let unreached = [segment(2, 0, true), end];
        assert_eq!(line_counts(&unreached, 3), [(2, 0), (3, 0)]);
    }

    #[test]
    fn twice_compiled_counts_once_and_tests_do_not_count() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let root = fs::canonicalize(root).expect("the root is there");
        let file = root.join("src/time.rs").to_str().expect("UTF-8").to_owned();
        let function = |line: u32, reached: u64| {
            serde_json::json!({
                "count": reached, "filenames": [file],
                "regions": [[line, 1, line, 9, reached, 0, 0, 0]],
                "branches": [[line, 3, line, 4, reached, 0, 0, 0, 4]],
            })
        };
        let functions = [function(30, 0), function(30, 2), function(35, 0), function(9_999, 0)];
        let export = serde_json::json!({ "data": [{ "files": [], "functions": functions }] });
        let export = serde_json::from_value(export).expect("an export");
        let counts = Counts::new(&export, &root).expect("counts");
        let [lines, functions, regions, branches] = counts.of("src/time.rs");
        assert_eq!(lines, Count { reached: 0, all: 0 });
        assert_eq!((functions, regions), (Count { reached: 1, all: 2 }, functions));
        assert_eq!(branches, Count { reached: 1, all: 4 });
        assert!(counts.missed.contains(&"src/time.rs:30:3 never false".to_owned()));
    }
}
