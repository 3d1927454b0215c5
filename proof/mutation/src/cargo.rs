//! CARGO: builds of tests, and what is wrong with one.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::part::Part;

/// Cargo in a folder, with nothing of the cargo that started this program.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(folder).env_remove("CARGO").env_remove("CARGO_MANIFEST_DIR");
    command
}

/// What came of a build.
pub(crate) enum Build {
    Done(Vec<Program>),
    /// It does not compile.
    Wrong(Vec<Flaw>),
}

/// A program of tests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// Where its package is, which it is run in.
    pub(crate) folder: PathBuf,
}

/// An error of the compiler.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) code: String,
    pub(crate) words: String,
    /// The places that it names, with their files: the one that it is about first.
    pub(crate) places: Vec<(String, Range<usize>)>,
}

/// Builds the tests of a part, in the copy of the workspace in `tree`.
///
/// # Errors
///
/// When cargo fails for a reason that the compiler does not tell.
pub(crate) fn build(part: &Part, tree: &Path, target: &Path) -> Result<Build, String> {
    let mut command = cargo(tree);
    command.args(["test", "--no-run", "--locked", "--profile=mutants", "--message-format=json"]);
    command.args(part.programs).env("CARGO_TARGET_DIR", target).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let (programs, flaws) = read(&String::from_utf8_lossy(&output.stdout));
    match output.status.success() {
        true => Ok(Build::Done(programs)),
        false if flaws.is_empty() => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        false => Ok(Build::Wrong(flaws)),
    }
}

fn read(messages: &str) -> (Vec<Program>, Vec<Flaw>) {
    let (mut programs, mut flaws) = (Vec::new(), Vec::new());
    for line in messages.lines() {
        // What it says beside is of no interest.
        match serde_json::from_str(line) {
            Ok(Line::Artifact {
                executable: Some(path),
                profile: Profile { test: true },
                manifest,
            }) => {
                let folder = manifest.parent().map(Path::to_owned).unwrap_or_default();
                programs.push(Program { path, folder });
            }
            Ok(Line::Message { message }) if message.level == "error" => {
                flaws.extend(message.flaw())
            }
            _ => {}
        }
    }
    (programs, flaws)
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Line {
    #[serde(rename = "compiler-artifact")]
    Artifact {
        executable: Option<PathBuf>,
        profile: Profile,
        #[serde(rename = "manifest_path")]
        manifest: PathBuf,
    },
    #[serde(rename = "compiler-message")]
    Message { message: Message },
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    message: String,
    code: Option<Code>,
    spans: Vec<Place>,
    children: Vec<Message>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Place {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

impl Message {
    /// None where it only says that there were some.
    fn flaw(self) -> Option<Flaw> {
        let children = self.children.into_iter().flat_map(|own| own.spans);
        let (first, others): (Vec<_>, Vec<_>) =
            self.spans.into_iter().partition(|own| own.is_primary);
        let all = first.into_iter().chain(others).chain(children);
        let places: Vec<_> = all.map(|own| (own.file_name, own.byte_start..own.byte_end)).collect();
        let code = self.code.map(|own| own.code).unwrap_or_default();
        (!places.is_empty()).then_some(Flaw { code, words: self.message, places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_tells_its_programs_or_its_flaws() {
        let place = |start: usize, is_primary: bool| {
            format!(
                r#"{{"file_name":"a.rs","byte_start":{start},"byte_end":9,"is_primary":{is_primary}}}"#
            )
        };
        let message = |level: &str, spans: &str| {
            format!(
                r#"{{"reason":"compiler-message","message":{{"level":"{level}","message":"no",
                "code":{{"code":"E1"}},"spans":[{spans}],"children":[]}}}}"#
            )
            .replace('\n', "")
        };
        let artifact = |test: bool| {
            format!(
                r#"{{"reason":"compiler-artifact","executable":"/a","profile":{{"test":{test}}},"manifest_path":"/b/c"}}"#
            )
        };
        let lines = [
            artifact(true),
            artifact(false),
            r#"{"reason":"build-finished"}"#.to_owned(),
            message("error", &[place(1, false), place(2, true)].join(",")),
            message("error", ""),
            message("warning", &place(3, true)),
        ];
        let (programs, flaws) = read(&lines.join("\n"));
        assert_eq!(programs, [Program { path: "/a".into(), folder: "/b".into() }]);
        let places = vec![("a.rs".to_owned(), 2..9), ("a.rs".to_owned(), 1..9)];
        assert_eq!(flaws, [Flaw { code: "E1".to_owned(), words: "no".to_owned(), places }]);
    }
}
