//! Builds the tests with counters in them, runs them, and reads the counters.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Of;
use crate::count::Counts;
use crate::tools::Tools;

/// The root of the machine's package.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn done(mut command: Command) -> Result<Vec<u8>, String> {
    let shown = format!("{command:?}");
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Err(format!("{said}\n{shown}: {}", output.status))
}

/// The test programs that cargo has built, from its messages.
fn executables(messages: &[u8]) -> Vec<String> {
    let lines = messages.split(|byte| *byte == b'\n');
    let values = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    values.filter_map(|message| Some(message.get("executable")?.as_str()?.to_owned())).collect()
}

fn build(tools: &Tools, target: &Path, of: Of) -> Result<Vec<String>, String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(ROOT).arg(&tools.toolchain);
    // A toolchain chosen for this program must not be the one that is started.
    cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    let tests = match of {
        Of::Tests => "--tests",
        Of::Corpora => "--test=it",
    };
    cargo.args(["test", "--locked", "--package=directline", tests, "--no-run"]);
    cargo.arg("--message-format=json-render-diagnostics");
    cargo.env("RUSTFLAGS", "-C instrument-coverage -Z coverage-options=branch");
    cargo.env("CARGO_TARGET_DIR", target);
    // Build scripts and macros are instrumented too, and must not leave profiles in the sources.
    cargo.env("LLVM_PROFILE_FILE", target.join("build-%m.profraw"));
    let executables = executables(&done(cargo)?);
    if executables.is_empty() { Err("cargo built no tests".into()) } else { Ok(executables) }
}

/// The whole measurement.
pub(crate) fn measured(tools: &Tools, of: Of) -> Result<Counts, String> {
    let text = |error: std::io::Error| error.to_string();
    let root = fs::canonicalize(ROOT).map_err(text)?;
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let target = base.join("coverage");
    let executables = build(tools, &target, of)?;
    let profiles = target.join("profiles");
    if profiles.exists() {
        fs::remove_dir_all(&profiles).map_err(text)?;
    }
    fs::create_dir_all(&profiles).map_err(text)?;
    for executable in &executables {
        let mut tests = Command::new(executable);
        tests.current_dir(&root).arg("--quiet");
        if of == Of::Corpora {
            tests.arg("corpus::");
        }
        tests.env("LLVM_PROFILE_FILE", profiles.join("%p-%m.profraw"));
        done(tests)?;
    }
    let merged = profiles.join("all.profdata");
    let mut merge = Command::new(&tools.profdata);
    merge.args(["merge", "--sparse", "-o"]).arg(&merged);
    for profile in fs::read_dir(&profiles).map_err(text)? {
        merge.arg(profile.map_err(text)?.path());
    }
    done(merge)?;
    let mut export = Command::new(&tools.cov);
    export.args(["export", "--skip-expansions"]).arg("--instr-profile").arg(&merged);
    for executable in &executables {
        export.arg("--object").arg(executable);
    }
    export.arg("--sources").arg(root.join("src"));
    let exported = done(export)?;
    let exported = serde_json::from_slice(&exported)
        .map_err(|error| format!("llvm-cov export wrote something unexpected: {error}"))?;
    Counts::new(&exported, &root)
}
