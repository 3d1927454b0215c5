//! LANE: a copy of the sources with a target folder of its own, in which one fault after another
//! is planted, built and looked for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::checker::{Checker, Kind};
use directline_faults::fault::Fault;

pub(crate) struct Lane {
    tree: PathBuf,
    target: PathBuf,
    /// Held as long as the lane is in use; who dies lets go of it.
    _lock: File,
}

/// What a checker made of a fault.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) checker: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Found, and what it said first.
    Killed(String),
    Survived,
    /// The checker itself failed.
    Broken(String),
}

/// Nobody else uses this lane: two would plant into each other's sources.
#[allow(clippy::incompatible_msrv, reason = "the proof's tools are built by today's compiler")]
fn lock(folder: &Path) -> Result<File, String> {
    let path = folder.join("lock");
    fs::create_dir_all(folder)
        .and_then(|()| File::create(&path))
        .map_err(|error| format!("{}: {error}", path.display()))
        .and_then(|file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(error) => Err(format!("{} is in use by another run: {error}", folder.display())),
        })
}

impl Lane {
    /// Copies every file of the project that git knows, and those that it would.
    pub(crate) fn new(root: &Path, number: usize) -> Result<Lane, String> {
        let folder = root.join(format!("target/faults/lane-{number}"));
        let (tree, target) = (folder.join("tree"), folder.join("target"));
        let lock = lock(&folder)?;
        if tree.exists() {
            fs::remove_dir_all(&tree).map_err(|error| format!("{}: {error}", tree.display()))?;
        }
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("git ls-files: {error}"))?;
        if !listed.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr)));
        }
        for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|n| !n.is_empty()) {
            let (from, to) = (root.join(name), tree.join(name));
            // A file that was deleted and not committed is still listed.
            if from.is_file() {
                let parent = to.parent().unwrap_or(&tree);
                fs::create_dir_all(parent)
                    .and_then(|()| fs::copy(&from, &to))
                    .map_err(|error| format!("{name}: {error}"))?;
            }
        }
        Ok(Lane { tree, target, _lock: lock })
    }

    /// Plants a fault, or none, builds the checkers and runs them; leaves the tree as it was.
    pub(crate) fn run(
        &self,
        fault: Option<&Fault>,
        checkers: &[&'static Checker],
    ) -> Result<Vec<Finding>, String> {
        let mut before = Vec::new();
        let planted = fault.map_or(Ok(()), |fault| self.plant(fault, &mut before));
        let findings = planted.and_then(|()| {
            let tests = self.build(checkers)?;
            Ok(checkers.iter().map(|checker| self.check(checker, &tests)).collect())
        });
        for (path, text) in before.into_iter().rev() {
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        findings
    }

    fn plant(&self, fault: &Fault, before: &mut Vec<(PathBuf, String)>) -> Result<(), String> {
        for edit in &fault.edits {
            let path = self.tree.join(&edit.path);
            let text =
                fs::read_to_string(&path).map_err(|error| format!("{}: {error}", edit.path))?;
            let changed = edit.apply(&text)?;
            before.push((path.clone(), text));
            fs::write(&path, changed).map_err(|error| format!("{}: {error}", edit.path))?;
        }
        Ok(())
    }

    /// Builds the checkers; gives the test programs, if tests are among them.
    fn build(&self, checkers: &[&'static Checker]) -> Result<Vec<PathBuf>, String> {
        let (mut packages, mut has_tests) = (Vec::new(), false);
        for checker in checkers {
            match checker.kind {
                Kind::Program { package, .. } => packages.extend(["-p", package]),
                Kind::Tests { .. } => has_tests = true,
            }
        }
        if !packages.is_empty() {
            self.cargo(&[&["build", "--release", "--quiet"], packages.as_slice()].concat())?;
        }
        if !has_tests {
            return Ok(Vec::new());
        }
        let told =
            self.cargo(&["test", "--no-run", "-p", "directline", "--lib", "--test", "it"])?;
        // "Executable unittests src/lib.rs (path)"
        let path = |line: &str| Some(line.rsplit_once('(')?.1.strip_suffix(')')?.to_owned());
        let lines = told.lines().filter(|line| line.contains("Executable"));
        let programs: Vec<_> = lines.filter_map(path).map(|path| self.tree.join(path)).collect();
        if programs.len() == TEST_PROGRAMS { Ok(programs) } else { Err(told) }
    }

    /// What cargo says of a build.
    fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).args(["--locked", "--color=never"]).current_dir(&self.tree);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        // A build for each fault: quick to build counts more than quick to run.
        cargo.env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true");
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2");
        cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
        // A fault may leave something unused.
        cargo.env("RUSTFLAGS", "--cap-lints=warn");
        let built = cargo.output().map_err(|error| format!("cargo {}: {error}", arguments[0]))?;
        let words = String::from_utf8_lossy(&built.stderr).into_owned();
        if built.status.success() {
            return Ok(words);
        }
        let from = words.find("error").unwrap_or(0);
        let short: String = words[from..].chars().take(1_500).collect();
        Err(format!("does not build:\n{short}"))
    }

    fn check(&self, checker: &'static Checker, tests: &[PathBuf]) -> Finding {
        let began = Instant::now();
        let outcome = match checker.kind {
            Kind::Program { package, arguments } => {
                let program = self.target.join("release").join(package);
                self.outcome(checker, &program, arguments)
            }
            Kind::Tests { but } => {
                let skips: Vec<_> = but.iter().flat_map(|name| ["--skip", name]).collect();
                let mut outcomes = tests.iter().map(|tests| self.outcome(checker, tests, &skips));
                outcomes.find(|one| *one != Outcome::Survived).unwrap_or(Outcome::Survived)
            }
        };
        Finding { checker: checker.name, outcome, seconds: began.elapsed().as_secs_f64() }
    }

    fn outcome(&self, checker: &Checker, program: &Path, arguments: &[&str]) -> Outcome {
        let limit = checker.limit();
        let said = self.target.join(format!("{}.out", checker.name));
        let child = fs::File::create(&said).and_then(|out| {
            let err = out.try_clone()?;
            let mut command = Command::new(program);
            command.args(arguments).current_dir(&self.tree).stdin(Stdio::null());
            command.stdout(out).stderr(err).spawn()
        });
        let mut child = match child {
            Ok(child) => child,
            Err(error) => return Outcome::Broken(format!("{}: {error}", program.display())),
        };
        let until = Instant::now() + limit;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Outcome::Survived,
                Ok(Some(status)) => {
                    let bytes = fs::read(&said).unwrap_or_default();
                    let words = first_words(&String::from_utf8_lossy(&bytes));
                    return match (status.code(), words) {
                        // A violation ends it with 1; a panic or a crash tells of one too.
                        (Some(1 | 101) | None, words) => Outcome::Killed(words),
                        (Some(code), words) => Outcome::Broken(format!("exit {code}: {words}")),
                    };
                }
                Ok(None) if Instant::now() >= until => {
                    _ = child.kill();
                    _ = child.wait();
                    return Outcome::Killed(format!("no end within {} s", limit.as_secs()));
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => return Outcome::Broken(error.to_string()),
            }
        }
    }
}

/// The first test that failed, or the first line that names a clause, cut to what fits into a
/// table.
fn first_words(text: &str) -> String {
    let is_clause = |word: &str| {
        let word = word.trim_end_matches(':');
        word.split_once('-').is_some_and(|(group, number)| {
            group.len() == 2
                && group.bytes().all(|byte| byte.is_ascii_uppercase())
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let failed = text.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix("FAILED"));
    let line = failed.or_else(|| text.lines().find(|line| line.split(' ').any(is_clause)));
    let line = line.or_else(|| text.lines().next()).unwrap_or("nothing said");
    line.trim_end_matches(" ... ").trim().chars().take(100).collect()
}

/// The machine's own unit tests, and the suite around it.
const TEST_PROGRAMS: usize = 2;
