//! The tools: valgrind, and the runner of the harness.

use std::env;
use std::process::{Command, Stdio};

/// As `Cargo.toml` pins the library.
const RUNNER_VERSION: &str = "0.20.0";

/// The tools that are not there, each with how to get it.
pub(crate) fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    if version("valgrind").is_none() {
        missing
            .push("valgrind, from your system's packages, such as apt-get install valgrind".into());
    }
    let get = format!("cargo install gungraun-runner --version {RUNNER_VERSION} --locked");
    match version(&runner()) {
        Some(version) if version.contains(RUNNER_VERSION) => {}
        Some(version) => {
            missing.push(format!("gungraun-runner {RUNNER_VERSION} ({version} is there), {get}"));
        }
        None => missing.push(format!("gungraun-runner {RUNNER_VERSION}, {get}")),
    }
    missing
}

/// Runs the benchmarks and gives what they print.
pub(crate) fn run() -> Result<String, String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let package = env!("CARGO_PKG_NAME");
    let mut command = Command::new(cargo);
    command.args(["bench", "--locked", "--quiet", "--package", package, "--bench", "counts", "--"]);
    let output = command
        .arg("--output-format=json")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo bench ended with {}", output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| format!("cargo bench printed no text: {error}"))
}

/// The harness looks in the same place.
fn runner() -> String {
    env::var("GUNGRAUN_RUNNER").unwrap_or_else(|_| "gungraun-runner".into())
}

/// What a tool says of its version; `None` when it is not there.
fn version(tool: &str) -> Option<String> {
    let output = Command::new(tool).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
