//! MUTATION: every small change that cargo-mutants can make to the machine, each held against the
//! tests; what no test notices is printed.
//!
//! ```text
//! cargo run -p directline-mutation [-- --minutes N] [--file GLOB] [--report]
//! ```
//!
//! Each faces the quick tests first, and what is left then faces them all, in a build of its own.
//! What it found is kept in `docs/verification/mutants.json`: a run that was stopped goes on where
//! it was, until every mutant has a verdict. `--report` only reads. How mutants are built and which
//! are left out, each with a reason, is `.cargo/mutants.toml`.

mod kept;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use kept::{Kept, Pass, Texts};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What was found so far.
const KEPT: &str = "docs/verification/mutants.json";
const USAGE: &str = "usage: directline-mutation [--minutes N] [--file GLOB] [--report]";
/// The tools, with the versions that this was written for.
const TOOLS: [(&str, &str); 2] = [("mutants", "27.1.0"), ("nextest", "0.9.143")];

#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    minutes: Option<u64>,
    file: Option<String>,
    only_report: bool,
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value; {USAGE}"));
        match word.as_str() {
            "--minutes" => asked.minutes = Some(minutes(&value()?)?),
            "--file" => asked.file = Some(value()?),
            "--report" => asked.only_report = true,
            _ => return Err(format!("unknown argument {word:?}; {USAGE}")),
        }
    }
    Ok(asked)
}

fn minutes(text: &str) -> Result<u64, String> {
    let minutes = text.parse().ok().filter(|minutes| (1..=9_999).contains(minutes));
    minutes.ok_or_else(|| format!("--minutes is {text:?}, allowed is 1 to 9999"))
}

fn figure(name: &str, value: &serde_json::Value, goal: Option<&str>) {
    let mut line = serde_json::json!({ "part": "mutation", "name": name, "value": value });
    if let Some(goal) = goal {
        line["goal"] = goal.into();
    }
    println!("FIGURE {line}");
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

/// The tools that are not there in these versions, and how to get them.
fn missing() -> Option<String> {
    TOOLS.into_iter().find_map(|(tool, version)| {
        let has = said(cargo(&[tool, "--version"])).is_ok_and(|text| text.contains(version));
        let name = format!("cargo-{tool}");
        (!has)
            .then(|| format!("{name} {version}; cargo install {name} --version {version} --locked"))
    })
}

/// Every mutant there is, by name.
fn all(asked: &Asked) -> Result<Vec<String>, String> {
    let mut list = cargo(&["mutants", "--list", "--package=directline"]);
    list.args(asked.file.iter().map(|file| format!("--file={file}")));
    Ok(said(list)?.lines().map(str::to_owned).collect())
}

/// The texts of the machine as they are.
fn texts() -> Result<Texts, String> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(ROOT).args(arguments);
        said(git)
    };
    let files = git(&["ls-files", "src"])?;
    let files: Vec<&str> = files.lines().collect();
    let hashes = git(&[&["hash-object"], files.as_slice()].concat())?;
    Ok(files.into_iter().map(str::to_owned).zip(hashes.lines().map(str::to_owned)).collect())
}

/// Runs cargo-mutants in `folder`; what is in `kept` it skips. Whether it was done before `end`.
fn run(
    asked: &Asked,
    pass: Pass,
    folder: &Path,
    kept: &Kept,
    texts: &Texts,
    end: Option<Instant>,
) -> Result<bool, String> {
    let out = folder.join("mutants.out");
    let done: Vec<&str> = kept.done(pass).collect();
    let stamp = serde_json::to_string(texts).map_err(|error| error.to_string())?;
    let prepare = || {
        std::fs::create_dir_all(&out)?;
        std::fs::remove_dir_all(&out)?;
        std::fs::create_dir_all(&out)?;
        std::fs::write(folder.join(STAMP), &stamp)?;
        // It takes these for its own of an earlier run.
        std::fs::write(out.join("previously_caught.txt"), done.join("\n"))
    };
    prepare().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut mutants = cargo(&["mutants", "--package=directline", "--iterate", "--colors=never"]);
    mutants.arg(format!("--profile={}", pass.profile())).env("NEXTEST_PROFILE", pass.profile());
    mutants.arg("--output").arg(folder).arg(format!("--jobs={}", jobs()));
    mutants.args(asked.file.iter().map(|file| format!("--file={file}")));
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

/// One build is hardly ever busy on two cores.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// Says what was found; whether every mutant has a verdict and none was missed.
fn report(all: &[String], kept: &Kept) -> bool {
    kept.missed().for_each(|name| println!("missed: {name}"));
    kept.slow().for_each(|name| println!("too slow: {name}"));
    let files = kept.by_file(all);
    println!("\n{:<34}{:>9}{:>9}", "", "mutants", "tested");
    for (file, (count, tested)) in &files {
        println!("{file:<34}{count:>9}{tested:>9}");
    }
    let complete = files.values().filter(|(count, tested)| count == tested).count();
    let tested: usize = files.values().map(|(_, tested)| tested).sum();
    let (missed, slow) = (kept.missed().count(), kept.slow().count());
    figure("mutants", &all.len().into(), None);
    figure("mutants tested", &tested.into(), Some("all of them"));
    figure("files tested completely", &format!("{complete} of {}", files.len()).into(), None);
    figure("mutants left by the quick tests, still to face all", &kept.left().into(), Some("0"));
    figure("mutants caught", &kept.caught().into(), None);
    figure("mutants that do not compile", &kept.unviable().into(), None);
    figure("mutants missed", &missed.into(), Some("0"));
    figure("mutants that took too long", &slow.into(), None);
    tested == all.len() && missed == 0
}

fn main() -> ExitCode {
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    if let Some(missing) = missing() {
        println!("MISSING: {missing}");
        figure("mutants tested", &format!("not run: {missing}").into(), Some("all of them"));
        return ExitCode::from(2);
    }
    match work(&asked) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn work(asked: &Asked) -> Result<bool, String> {
    let root = Path::new(ROOT);
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let folder = |pass: Pass| target.join("mutation").join(pass.profile());
    let (path, texts) = (root.join(KEPT), texts()?);
    let mut kept = Kept::read(&path, &texts)?;
    // What a run found that was killed.
    for pass in Pass::ALL {
        let stamp = std::fs::read(folder(pass).join(STAMP)).unwrap_or_default();
        let mut before: Texts = serde_json::from_slice(&stamp).unwrap_or_default();
        before.retain(|file, text| texts.get(file) == Some(text));
        kept.add(pass, &folder(pass).join("mutants.out"), &before);
    }
    if !asked.only_report {
        kept.write(&path)?;
        let end = asked.minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60));
        for pass in Pass::ALL {
            let ran = run(asked, pass, &folder(pass), &kept, &texts, end);
            kept.add(pass, &folder(pass).join("mutants.out"), &texts);
            kept.write(&path)?;
            if !ran? {
                break;
            }
        }
    }
    let all = all(asked)?;
    Ok(report(&all, &kept.among(&all)))
}

/// Which texts the run in the folder is about.
const STAMP: &str = "texts.json";

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Result<Asked, String> {
        asked(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(ask(&[]), Ok(Asked::default()));
        assert_eq!(ask(&["--minutes", "7"]).map(|asked| asked.minutes), Ok(Some(7)));
        for bad in ["0", "1.5", "-1", "x", ""] {
            let error = ask(&["--minutes", bad]).expect_err(bad);
            assert!(error.contains("allowed is 1 to 9999"), "{error}");
        }
        assert!(ask(&["--minutes"]).is_err() && ask(&["--fast"]).is_err());
    }
}
