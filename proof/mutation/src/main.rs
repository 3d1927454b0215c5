//! MUTATION: every small change that cargo-mutants can make to the machine, each held against the
//! tests; what no test notices is printed.
//!
//! ```text
//! cargo run -p directline-mutation [-- --shard K/N] [--file GLOB] [--report]
//! ```
//!
//! What it found is kept in `target/mutation`, one folder for each state of `src/`: a run that was
//! stopped goes on where it was, and shards add up there. `--report` only reads. How mutants are
//! built and which are left out, each with a reason, is `.cargo/mutants.toml`.

mod kept;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use kept::Kept;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const USAGE: &str = "usage: directline-mutation [--shard K/N] [--file GLOB] [--report]";
/// The tools, with the versions that this was written for.
const TOOLS: [(&str, &str); 2] = [("mutants", "27.1.0"), ("nextest", "0.9.143")];

#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    shard: Option<String>,
    file: Option<String>,
    only_report: bool,
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value; {USAGE}"));
        match word.as_str() {
            "--shard" => asked.shard = Some(shard(value()?)?),
            "--file" => asked.file = Some(value()?),
            "--report" => asked.only_report = true,
            _ => return Err(format!("unknown argument {word:?}; {USAGE}")),
        }
    }
    Ok(asked)
}

/// `K/N`, counted from 0.
fn shard(text: String) -> Result<String, String> {
    let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((k, n)) if k < n => Ok(text),
        None | Some::<(u32, u32)>(_) => {
            Err(format!("--shard is {text:?}, allowed is K/N with 0 <= K < N, such as 0/4"))
        }
    }
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

fn run(asked: &Asked, folder: &Path) -> Result<(), String> {
    let mut mutants = cargo(&["mutants", "--package=directline", "--iterate", "--colors=never"]);
    mutants.arg("--output").arg(folder);
    mutants.args(asked.shard.iter().map(|shard| format!("--shard={shard}")));
    mutants.args(asked.file.iter().map(|file| format!("--file={file}")));
    let status = mutants.status().map_err(|error| format!("{mutants:?}: {error}"))?;
    match status.code() {
        // Caught all, missed some, some took too long.
        Some(0 | 2 | 3) => Ok(()),
        _ => Err(format!("{mutants:?}: {status}")),
    }
}

fn report(all: &[String], kept: &Kept) {
    for (what, names) in kept.groups() {
        for name in names.iter().filter(|_| what == "missed" || what == "too slow") {
            println!("{what}: {name}");
        }
    }
    let files = kept::by_file(all, kept);
    println!("\n{:<34}{:>9}{:>9}{:>9}{:>9}", "", "mutants", "tested", "viable", "missed");
    for (file, count) in &files {
        println!(
            "{file:<34}{:>9}{:>9}{:>9}{:>9}",
            count.all, count.tested, count.viable, count.missed
        );
    }
    let complete = files.values().filter(|count| count.tested == count.all).count();
    let tested = all.iter().filter(|name| kept.has(name)).count();
    figure("mutants", &all.len().into(), None);
    figure("mutants tested", &tested.into(), Some("all of them"));
    figure("files tested completely", &format!("{complete} of {}", files.len()).into(), None);
    for (what, names) in kept.groups() {
        let goal = (what == "missed").then_some("0");
        figure(&format!("mutants {what}"), &names.len().into(), goal);
    }
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
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn work(asked: &Asked) -> Result<(), String> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or(Path::new(ROOT).join("target"), PathBuf::from);
    let state = target.join("mutation").join(kept::state_of(&Path::new(ROOT).join("src"))?);
    let part = asked.shard.as_deref().unwrap_or("whole").replace('/', "-of-");
    let folder = state.join(part);
    if !asked.only_report {
        let prepared = std::fs::create_dir_all(&folder).and_then(|()| kept::remember(&folder));
        prepared.map_err(|error| format!("{folder:?}: {error}"))?;
        run(asked, &folder)?;
    }
    report(&all(asked)?, &Kept::read(&state)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Result<Asked, String> {
        asked(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn shards_are_parts_of_a_whole() {
        let part = ask(&["--shard", "3/4"]).map(|asked| asked.shard);
        assert_eq!(part, Ok(Some("3/4".into())));
        for bad in ["4/4", "1", "a/b", "-1/4", ""] {
            let error = ask(&["--shard", bad]).expect_err(bad);
            assert!(error.contains("allowed is K/N"), "{error}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(ask(&[]), Ok(Asked::default()));
        assert!(ask(&["--shard"]).is_err() && ask(&["--fast"]).is_err());
    }
}
