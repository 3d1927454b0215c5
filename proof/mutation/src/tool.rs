//! CARGO-MUTANTS: which mutants there are, and runs of some of them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::ROOT;
use crate::args::Args;
use crate::part::{Part, Pass};

/// The tools, with the versions that this was written for.
const TOOLS: [(&str, &str); 2] = [("mutants", "27.1.0"), ("nextest", "0.9.143")];

/// The tool that is not there in its version, and how to get it.
pub(crate) fn missing() -> Option<String> {
    TOOLS.into_iter().find_map(|(tool, version)| {
        let has = said(cargo(&[tool, "--version"])).is_ok_and(|text| text.contains(version));
        let name = format!("cargo-{tool}");
        (!has)
            .then(|| format!("{name} {version}; cargo install {name} --version {version} --locked"))
    })
}

/// Every mutant that cargo-mutants would make for a part, by name: also some of other parts, where
/// those are in the same package.
pub(crate) fn listed(args: &Args, part: &Part) -> Result<Vec<String>, String> {
    let mut list = mutants(args, part);
    list.arg("--list");
    Ok(said(list)?.lines().map(str::to_owned).collect())
}

/// Where a run is: cargo-mutants makes `mutants.out` in it.
pub(crate) struct Run<'a> {
    pub(crate) part: &'a Part,
    pub(crate) pass: &'a Pass,
    pub(crate) folder: &'a Path,
}

impl Run<'_> {
    /// Lets all mutants of the part but those of these names face the tests; whether it was done
    /// before `end`.
    pub(crate) fn go(
        &self,
        args: &Args,
        but: &[&str],
        stamp: &str,
        end: Option<Instant>,
    ) -> Result<bool, String> {
        let (folder, pass) = (self.folder, self.pass);
        let out = folder.join("mutants.out");
        let prepare = || {
            std::fs::create_dir_all(&out)?;
            std::fs::remove_dir_all(&out)?;
            std::fs::create_dir_all(&out)?;
            std::fs::write(folder.join(STAMP), stamp)?;
            // It takes these for its own of an earlier run.
            std::fs::write(out.join("previously_caught.txt"), but.join("\n"))
        };
        prepare().map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut mutants = mutants(args, self.part);
        mutants.args(["--iterate", "--colors=never"]).env("NEXTEST_PROFILE", pass.name);
        mutants.arg(format!("--profile={}", pass.profile));
        mutants.arg("--output").arg(folder).arg(format!("--jobs={}", jobs()));
        let broken = |error: std::io::Error| format!("cargo mutants: {error}");
        let mut child = mutants.spawn().map_err(broken)?;
        loop {
            match child.try_wait().map_err(broken)?.map(|status| status.code()) {
                // Caught all, missed some, some took too long.
                Some(Some(0 | 2 | 3)) => return Ok(true),
                Some(code) => return Err(format!("cargo mutants ended with {code:?}")),
                None if end.is_some_and(|end| Instant::now() >= end) => break,
                None => std::thread::sleep(Duration::from_secs(1)),
            }
        }
        // Asked so, it ends what it began and removes its copies of the sources.
        let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        asked.and_then(|_| child.wait()).map_err(broken)?;
        Ok(false)
    }
}

/// Which texts the run in a folder is about.
pub(crate) const STAMP: &str = "texts.json";

fn mutants(args: &Args, part: &Part) -> Command {
    let mut mutants = cargo(&["mutants", "--package", part.package, "--config", part.config]);
    mutants.args(args.file.iter().map(|file| format!("--file={file}")));
    mutants
}

/// A cargo command at the root, with nothing of the cargo that started this program.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(ROOT).args(arguments);
    command.env_remove("CARGO").env_remove("CARGO_MANIFEST_DIR");
    command
}

/// What the program prints.
fn said(mut command: Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?}: {}", output.status)),
    }
}

/// One build is hardly ever busy on two cores.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}
