//! Holds the real session against the reference model, step by step, in random worlds.

#[macro_use]
extern crate directline_shell as shell;

use std::process::ExitCode;
use std::time::Instant;

use directline_world::reference::compare::{Divergence, search, shrunk};
use directline_world::shrink::SHRINK_TRIES;

fn main() -> ExitCode {
    let (steps, seed) = shell::asked(USAGE, read);
    // A panic of the session is a divergence like any other.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let (taken, seeds, divergence) = search(seed, steps);
    let seconds = began.elapsed().as_secs_f64();
    println!("{taken} steps of {seeds} seeds from {seed} on, {seconds:.0} s");
    figure("steps", &taken.to_string(), Some(">= 10000000"));
    figure("divergences", &u8::from(divergence.is_some()).to_string(), Some("= 0"));
    figure("seconds", &format!("{seconds:.0}"), None);
    let Some(Divergence { seed, violation }) = divergence else { return ExitCode::SUCCESS };
    println!(
        "{violation}\ndirectline-reference --seed {seed} --steps 1\n{}",
        shrunk(seed, SHRINK_TRIES)
    );
    ExitCode::FAILURE
}

fn read(mut given: impl Iterator<Item = String>) -> Result<(u64, u64), String> {
    let (mut steps, mut seed) = (10_000_000, 0);
    while let Some(name) = given.next() {
        let place = match name.as_str() {
            "--steps" => &mut steps,
            "--seed" => &mut seed,
            _ => return Err(format!("{name:?} is not known")),
        };
        *place = shell::number(&name, &mut given, 0..=u64::MAX)?;
    }
    Ok((steps, seed))
}

fn figure(name: &str, value: &str, goal: Option<&str>) {
    let goal = goal.map(|goal| format!(",\"goal\":\"{goal}\"")).unwrap_or_default();
    println!("FIGURE {{\"part\":\"reference model\",\"name\":\"{name}\",\"value\":{value}{goal}}}");
}

const USAGE: &str = "\
directline-reference: holds the session against a model written from the contract

  --steps N   at least so many random steps; default: 10000000
  --seed N    the first seed; default: 0";
