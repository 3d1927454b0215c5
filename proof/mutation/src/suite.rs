//! THE SUITE: the tests of a part, each in a process of its own, and which mutants each reaches.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cargo::Program;
use crate::part::{OF_TEXTS, Part};
use crate::pool;
use crate::rewrite::{BROKEN, MUTANT, REACHED};

/// The tests, in the order in which a mutant faces them: those that try the same every time before
/// those that draw their cases, and of each the quick ones first.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    pub(crate) tests: Vec<Test>,
}

#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(crate) name: String,
    program: PathBuf,
    folder: PathBuf,
    /// Whether it draws what it tries.
    pub(crate) is_chance: bool,
    /// Without a mutant.
    pub(crate) took: Duration,
    /// The numbers of the mutants whose switch it asks for.
    reached: BTreeSet<u32>,
}

impl Suite {
    /// Runs every test of a part once, with no mutant.
    ///
    /// # Errors
    ///
    /// When one fails.
    pub(crate) fn read(part: &Part, programs: &[Program], notes: &Path) -> Result<Suite, String> {
        let broken = |error: std::io::Error| format!("{}: {error}", notes.display());
        std::fs::create_dir_all(notes).map_err(broken)?;
        let mut tests = Vec::new();
        for program in programs {
            tests.extend(program.tests(part)?);
        }
        let mut failed = Vec::new();
        let mut known = Vec::new();
        let work = |(number, mut test): (usize, Test)| {
            let notes = notes.join(number.to_string());
            // Mostly there is none.
            _ = std::fs::remove_file(&notes);
            let start = Instant::now();
            let is_good = test.passes(None, Some(&notes));
            test.took = start.elapsed();
            let bytes = std::fs::read(&notes).unwrap_or_default();
            let numbers = bytes.chunks_exact(4).map(|own| [own[0], own[1], own[2], own[3]]);
            test.reached = numbers.map(u32::from_le_bytes).collect();
            (is_good, test)
        };
        pool::each(part.jobs(), None, tests.into_iter().enumerate(), work, |(is_good, test)| {
            match is_good {
                true => known.push(test),
                false => failed.push(test.name),
            }
            Ok(())
        })?;
        known.sort_by_key(|test| (test.is_chance, test.took));
        match failed.is_empty() {
            true => Ok(Suite { tests: known }),
            false => Err(format!("these fail without a mutant: {}", failed.join(", "))),
        }
    }
}

impl Program {
    fn tests(&self, part: &Part) -> Result<Vec<Test>, String> {
        let mut list = Command::new(&self.path);
        let output = list.current_dir(&self.folder).args(["--list", "--format=terse"]).output();
        let output = output.map_err(|error| format!("{}: {error}", self.path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        let names = names.filter(|name| !OF_TEXTS.iter().any(|own| name.starts_with(own)));
        let test = |name: &str| Test {
            name: name.to_owned(),
            program: self.path.clone(),
            folder: self.folder.clone(),
            is_chance: part.chance.iter().any(|own| name.starts_with(own)),
            // What it may take while nobody knows.
            took: Duration::from_secs(30),
            reached: BTreeSet::new(),
        };
        Ok(names.map(test).collect())
    }
}

impl Test {
    /// Whether it asks for the switch of any mutant.
    pub(crate) fn judges(&self) -> bool {
        !self.reached.is_empty()
    }

    /// Whether it asks for the switch of a mutant.
    pub(crate) fn reaches(&self, mutant: usize) -> bool {
        u32::try_from(mutant).is_ok_and(|number| self.reached.contains(&number))
    }

    /// Whether it passes with this mutant.
    pub(crate) fn passes(&self, mutant: Option<usize>, notes: Option<&Path>) -> bool {
        let mut command = self.command(mutant);
        command.envs(notes.map(|path| (REACHED, path)));
        self.is_good(command.stderr(Stdio::null()))
    }

    /// What it says, without what differs from time to time, where it fails with this mutant on a
    /// machine that is broken in this way; written down in `notes`. The start of a line is the verdict,
    /// the rest what the judge has in mind.
    pub(crate) fn said(
        &self,
        mutant: Option<usize>,
        broken: usize,
        notes: &Path,
    ) -> Option<String> {
        let file = std::fs::File::create(notes).ok()?;
        let mut command = self.command(mutant);
        let is_good = self.is_good(command.env(BROKEN, broken.to_string()).stderr(file));
        let text = std::fs::read_to_string(notes).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("thread '"));
        let lines = lines.map(|line| line.chars().take(VERDICT_CHARS).collect::<String>());
        (!is_good).then(|| lines.collect::<Vec<_>>().join("\n"))
    }

    fn command(&self, mutant: Option<usize>) -> Command {
        // One that runs in circles may take memory as it goes.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -v 16000000; exec \"$0\" --nocapture --exact \"$1\""]);
        command.arg(&self.program).arg(&self.name).current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder).env("RUST_BACKTRACE", "0");
        // What fails is told as it was found, since many do.
        command.env("DIRECTLINE_SHRINK", "0");
        command.env_remove(MUTANT).env_remove(REACHED).env_remove(BROKEN);
        command.envs(mutant.map(|number| (MUTANT, number.to_string())));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Whether it ends well in the time that it may take.
    fn is_good(&self, command: &mut Command) -> bool {
        let end = Instant::now() + LEAST + self.took * TIMES;
        let Ok(mut child) = command.process_group(0).spawn() else { return false };
        let mut pause = Duration::from_micros(500);
        let is_good = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.success(),
                Ok(None) if Instant::now() < end => std::thread::sleep(pause),
                _ => break false,
            }
            pause = (pause * 5 / 4).min(Duration::from_millis(20));
        };
        if !is_good {
            // With all that it has started, some of which may be left.
            let group = format!("-{}", child.id());
            _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
            _ = child.wait();
        }
        is_good
    }
}

/// A clause, what is wrong, and the moment.
const VERDICT_CHARS: usize = 160;
/// A busy machine must not end a test.
const LEAST: Duration = Duration::from_secs(10);
const TIMES: u32 = 10;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::part::PARTS;

    /// One that is this program.
    pub(crate) fn test(name: &str, program: &str, is_chance: bool, reached: &[u32]) -> Test {
        Test {
            name: name.to_owned(),
            program: program.into(),
            folder: ".".into(),
            is_chance,
            took: Duration::from_millis(1),
            reached: reached.iter().copied().collect(),
        }
    }

    /// One that is what a shell makes of this text.
    pub(crate) fn script(folder: &Path, name: &str, text: &str) -> Test {
        let program = folder.join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{text}")).expect("a program");
        let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, may_run).expect("it is there");
        test(name, program.to_str().expect("text"), false, &[0])
    }

    #[test]
    fn a_test_passes_as_its_program_ends() {
        assert!(test("a", "true", false, &[]).passes(Some(1), None));
        assert!(!test("a", "false", false, &[]).passes(None, None));
        assert!(!test("a", "no such program", false, &[]).passes(None, None));
    }

    #[test]
    fn the_programs_of_this_project_tell_their_tests() {
        let path = std::env::current_exe().expect("a path");
        let program = Program { path, folder: env!("CARGO_MANIFEST_DIR").into() };
        let tests = program.tests(&PARTS[0]).expect("a list");
        let own = "suite::tests::the_programs_of_this_project_tell_their_tests";
        assert!(tests.iter().any(|test| test.name == own && !test.is_chance));
    }
}
