//! Many conversations in one process, on virtual time: each has traffic, drops and token refreshes,
//! and none loses or repeats anything. Prints what an event costs and what a session occupies, by
//! the number of sessions.
//!
//! `cargo run --release --example fleet` takes 1, 100, 10,000 and 100,000 sessions;
//! `cargo run --example fleet -- --help` shows what can be chosen.
//!
//! Times are those of the processor where the system tells them, so that what else runs on the
//! machine is not counted.
//!
//! `agenda.rs` is the part worth copying: the timers of many sessions in one heap.

mod agenda;
mod clock;
mod fleet;
mod service;

use std::error::Error;
use std::time::Duration;

use clap::{Parser, value_parser};
use directline::Moment;

use clock::Stopwatch;
use fleet::Fleet;

/// Runs many sessions in one process on virtual time and prints what they cost.
#[derive(Parser)]
struct Arguments {
    /// How many sessions at once; each number is a run of its own
    #[arg(default_values_t = [1, 100, 10_000, 100_000])]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    sessions: Vec<u32>,
    /// How long every session lives at least, in virtual minutes; a drop and a refresh take 8
    #[arg(long, default_value_t = 8)]
    #[arg(value_parser = value_parser!(u64).range(8..=1_440))]
    minutes: u64,
    /// How many events every run measures at least; small fleets live longer for it
    #[arg(long, default_value_t = 1_000_000)]
    #[arg(value_parser = value_parser!(u64).range(1..=1_000_000_000))]
    events: u64,
    /// The seed of everything that is left to chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print each figure once more, as a line of JSON for programs
    #[arg(long)]
    figures: bool,
}

/// What a run of one size has shown.
struct Row {
    sessions: u32,
    events: u64,
    hours: f64,
    seconds: f64,
    bytes: f64,
    live: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    println!(
        "{:>9}  {:>11}  {:>13}  {:>10}  {:>9}  {:>8}  {:>13}",
        "sessions", "events", "virtual hours", "events/s", "ns/event", "to first", "bytes/session"
    );
    let mut first = None;
    for &sessions in &arguments.sessions {
        let row = run(sessions, &arguments)?;
        let each = row.seconds * 1e9 / row.events as f64;
        let ratio = each / *first.get_or_insert(each);
        println!(
            "{:>9}  {:>11}  {:>13.1}  {:>10.0}  {each:>9.0}  {ratio:>8.2}  {:>13.0}",
            row.sessions,
            row.events,
            row.hours,
            row.events as f64 / row.seconds,
            row.bytes
        );
        if arguments.figures {
            figure(&row, "events per second", row.events as f64 / row.seconds);
            figure(&row, "bytes per session", row.bytes);
            figure(&row, "live at the end", row.live as f64);
        }
    }
    Ok(())
}

/// All that is counted lives and dies within the measurement, so that what is left is the sessions.
fn run(sessions: u32, arguments: &Arguments) -> Result<Row, Box<dyn Error>> {
    let mut outcome = None;
    let counted = allocation_counter::measure(|| outcome = Some(live(sessions, arguments)));
    let (row, kept) = outcome.ok_or("nothing was run")??;
    let bytes = counted.bytes_current as f64 / f64::from(sessions);
    drop(kept);
    Ok(Row { bytes, ..row })
}

type Lived = (Row, Vec<directline::Session>);

fn live(sessions: u32, arguments: &Arguments) -> Result<Lived, Box<dyn Error>> {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let mut fleet = Fleet::new(sessions as usize, arguments.seed)?;
    // All begin within the first minute; the second is there to warm up.
    let mut end = Moment::ZERO.saturating_add(minutes(2));
    fleet.run_until(end)?;
    let (warm, watch) = (fleet.events, Stopwatch::start());
    end = end.saturating_add(minutes(arguments.minutes));
    fleet.run_until(end)?;
    while fleet.events - warm < arguments.events {
        end = end.saturating_add(minutes(1));
        fleet.run_until(end)?;
    }
    let seconds = watch.seconds();
    fleet.check()?;
    let (events, live) = (fleet.events - warm, fleet.live());
    let hours = fleet.now.as_millis() as f64 / 3_600_000.0;
    let row = Row { sessions, events, hours, seconds, bytes: 0.0, live };
    Ok((row, fleet.into_sessions()))
}

fn figure(row: &Row, name: &str, value: f64) {
    let name = format!("{name} at {} sessions", row.sessions);
    println!("FIGURE {}", serde_json::json!({ "part": "fleet", "name": name, "value": value }));
}
