//! Many conversations in one process, on virtual time: each has traffic, drops and token refreshes,
//! and none loses or repeats anything. Prints what an event costs and what a session occupies, by
//! the number of sessions.
//!
//! `cargo run --release --example fleet` takes 1, 100, 10,000 and 100,000 sessions that always have
//! something to do, `cargo run --release --example fleet -- --idle` a million that rest: everything
//! has happened to each of them once, and what is left are its keep-alives.
//! `cargo run --example fleet -- --help` shows what can be chosen.
//!
//! Times are those of the processor where the system tells them, so that what else runs on the
//! machine is not counted. What a session occupies is counted by the allocator; what the process
//! occupies, services and timers included, is told by the system, where it does.
//!
//! `agenda.rs` is the part worth copying: the timers of many sessions in one heap.

mod agenda;
mod calendar;
mod clock;
mod fleet;
mod resident;
mod service;

use std::error::Error;
use std::time::Duration;

use clap::{Parser, value_parser};
use directline::Moment;

use clock::Stopwatch;
use fleet::Fleet;
use resident::Resident;
use service::{BUSY, Habits, IDLE};

/// Runs many sessions in one process on virtual time and prints what they cost.
#[derive(Parser)]
struct Arguments {
    /// How many sessions at once; each number is a run of its own [default: 1 100 10000 100000; with
    /// --idle 1000000]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    sessions: Vec<u32>,
    /// Let them rest: each is spoken to, dropped and refreshed once, and then nothing happens
    #[arg(long)]
    idle: bool,
    /// How long every session is measured at least, in virtual minutes; never less than 8, which a
    /// drop and a refresh take, or with --idle 1
    #[arg(long, default_value_t = 1)]
    #[arg(value_parser = value_parser!(u64).range(1..=1_440))]
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
    resident: Resident,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    println!(
        "{:>9}  {:>11}  {:>13}  {:>10}  {:>9}  {:>8}  {:>13}  {:>11}  {:>10}",
        "sessions",
        "events",
        "virtual hours",
        "events/s",
        "ns/event",
        "to first",
        "bytes/session",
        "process, MB",
        "at most"
    );
    let (default, habits): (&[u32], _) = match arguments.idle {
        false => (&[1, 100, 10_000, 100_000], &BUSY),
        true => (&[1_000_000], &IDLE),
    };
    let all = if arguments.sessions.is_empty() { default } else { &arguments.sessions };
    let mut first = None;
    for &sessions in all {
        let row = run(sessions, habits, &arguments)?;
        let each = row.seconds * 1e9 / row.events as f64;
        let ratio = each / *first.get_or_insert(each);
        println!(
            "{:>9}  {:>11}  {:>13.2}  {:>10.0}  {each:>9.0}  {ratio:>8.2}  {:>13.0}  {:>11.0}  {:>10.0}",
            row.sessions,
            row.events,
            row.hours,
            row.events as f64 / row.seconds,
            row.bytes,
            row.resident.now / 1e6,
            row.resident.most / 1e6
        );
        if arguments.figures {
            figure(&row, "events per second", row.events as f64 / row.seconds);
            figure(&row, "bytes per session", row.bytes);
            figure(&row, "live at the end", row.live as f64);
            figure(&row, "bytes of the process at most", row.resident.most);
        }
    }
    Ok(())
}

/// All that is counted lives and dies within the measurement, so that what is left is the sessions.
fn run(
    sessions: u32,
    habits: &'static Habits,
    arguments: &Arguments,
) -> Result<Row, Box<dyn Error>> {
    let mut outcome = None;
    let counted = allocation_counter::measure(|| {
        outcome = Some(live(sessions, habits, arguments));
    });
    let (row, kept) = outcome.ok_or("nothing was run")??;
    let bytes = counted.bytes_current as f64 / f64::from(sessions);
    drop(kept);
    Ok(Row { bytes, ..row })
}

type Lived = (Row, Vec<directline::Session>);

fn live(
    sessions: u32,
    habits: &'static Habits,
    arguments: &Arguments,
) -> Result<Lived, Box<dyn Error>> {
    let in_minutes = |count: u64| Duration::from_secs(60 * count);
    let mut fleet = Fleet::begin(sessions, habits, arguments.seed)?;
    let mut end = Moment::from_millis(habits.is_warm_at);
    fleet.run_until(end)?;
    let (warm, watch) = (fleet.events, Stopwatch::start());
    end = end.saturating_add(in_minutes(arguments.minutes.max(habits.minutes)));
    fleet.run_until(end)?;
    while fleet.events - warm < arguments.events {
        end = end.saturating_add(in_minutes(1));
        fleet.run_until(end)?;
    }
    let seconds = watch.seconds();
    fleet.check()?;
    let (events, live) = (fleet.events - warm, fleet.live());
    let hours = fleet.now.as_millis() as f64 / 3_600_000.0;
    let resident = Resident::read();
    let row = Row { sessions, events, hours, seconds, bytes: 0.0, live, resident };
    Ok((row, fleet.into_sessions()))
}

fn figure(row: &Row, name: &str, value: f64) {
    let name = format!("{name} at {} sessions", row.sessions);
    println!("FIGURE {}", serde_json::json!({ "part": "fleet", "name": name, "value": value }));
}
