//! TEXTS: what verdicts rest on, the sources and the tests as they are.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::part::Part;

/// Of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// The files that are mutated, by the hashes of their texts.
    pub(crate) files: BTreeMap<String, String>,
    /// One hash of all tests.
    pub(crate) tests: String,
    /// All that is in both.
    pub(crate) words: String,
}

impl Texts {
    /// # Errors
    ///
    /// When git or a file cannot be read.
    pub(crate) fn read(root: &Path, part: &Part) -> Result<Texts, String> {
        let files = hashes(root, part.files)?;
        let (tests, mut words) = (hashes(root, part.tests)?, String::new());
        for file in files.keys().chain(tests.keys()).filter(|file| file.ends_with(".rs")) {
            let text = std::fs::read_to_string(root.join(file));
            words += &text.map_err(|error| format!("{file}: {error}"))?;
        }
        let list: String = tests.iter().map(|(file, text)| format!("{file} {text}\n")).collect();
        Ok(Texts { files, tests: git(root, &["hash-object", "--stdin"], &list)?, words })
    }

    /// Whether a mutant is in these files.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains_key(&file_of(name))
    }

    /// Whether there still is a test of this name, whatever module it is in.
    pub(crate) fn has_test(&self, test: &str) -> bool {
        let name = test.rsplit("::").next().unwrap_or(test);
        self.words.contains(&format!("fn {name}("))
    }
}

/// The file that a mutant is in. A module may be named by a path that goes up.
pub(crate) fn file_of(name: &str) -> String {
    let path = name.split(':').next().unwrap_or(name);
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What changes in a mutant, without its place.
pub(crate) fn change_of(name: &str) -> String {
    let change = name.splitn(4, ':').nth(3).unwrap_or(name).trim();
    format!("{}: {change}", file_of(name))
}

fn hashes(root: &Path, paths: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let files = git(root, &[&["ls-files", "--"], paths].concat(), "")?;
    let hashes = git(root, &["hash-object", "--stdin-paths"], &files)?;
    Ok(files.lines().map(str::to_owned).zip(hashes.lines().map(str::to_owned)).collect())
}

pub(crate) fn git(root: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let broken = |error: std::io::Error| format!("git {arguments:?}: {error}");
    let mut command = Command::new("git");
    command.current_dir(root).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(broken)?;
    let stdin = child.stdin.take();
    let text = input.to_owned();
    // Beside reading, since it may answer before it has read all.
    let writer = std::thread::spawn(move || stdin.map(|mut pipe| pipe.write_all(text.as_bytes())));
    let output = child.wait_with_output().map_err(broken)?;
    // What it did not read it did not want.
    _ = writer.join();
    let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    output.status.success().then_some(said).ok_or(format!("git {arguments:?}: {}", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PARTS;

    #[test]
    fn every_part_has_files_and_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for part in &PARTS {
            let texts = Texts::read(&root, part).expect(part.name);
            assert!(!texts.files.is_empty() && !texts.words.is_empty(), "{}", part.name);
            assert!(part.config.is_none_or(|path| root.join(path).is_file()), "{}", part.name);
            assert!(root.join(part.root).is_file(), "{}", part.root);
            assert!(texts.files.values().all(|hash| hash.len() == 40), "{}", part.name);
        }
    }

    #[test]
    fn a_mutant_is_named_by_file_and_change() {
        let name = "proof/simulation/src/../../world/src/oracle.rs:3:5: replace a::b with c";
        assert_eq!(file_of(name), "proof/world/src/oracle.rs");
        assert_eq!(change_of(name), "proof/world/src/oracle.rs: replace a::b with c");
        let texts = Texts { words: "fn b() {".to_owned(), ..Texts::default() };
        let files = BTreeMap::from([("a.rs".to_owned(), String::new())]);
        let own = Texts { files, ..Texts::default() };
        assert!(own.has("a.rs:1:1: x") && !own.has("b.rs:1:1: x"));
        assert!(texts.has_test("a::b") && texts.has_test("b") && !texts.has_test("a::c"));
    }
}
