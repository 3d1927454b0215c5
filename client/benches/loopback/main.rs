//! From a loopback socket to the application: our drivers beside the bare WebSocket libraries they
//! are built on, with the same frames, in the same run. Between the two stands the library with the
//! machine on top and no driver: what lies between bare and that is the price of reading JSON.
//!
//! `cargo bench -p directline-client --bench loopback` prints the table. Rounds alternate between
//! the three and the best round of each counts, for a machine has other things to do.
//! Beside the rates stand the activities that the driver hands out in a second and what processor time
//! an activity takes, the service's left out, with the driver and without; and below the table what a
//! conversation holds while it rests.
//!
//! With `DIRECTLINE_FRAMES` set to a folder of corpora, the frames come from there.

mod clients;
mod corpus;
mod resting;
mod service;
mod usage;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use clients::{Client, Cost, Load, TRIOS, Trio};
use corpus::{Corpus, Flow};
use service::{Service, Writes};

/// Measures how fast the drivers deliver what a loopback socket brings.
#[derive(Parser)]
struct Arguments {
    /// How often each is measured, 1 to 1000.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// How much is sent in a round, in MiB, 1 to 1024.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    mib: u16,
    /// Measures only the rows with this in their name, as in "small" or "blocking".
    #[arg(long, default_value = "")]
    only: String,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    /// Runs the service for conversations that rest; the program starts itself with this.
    #[arg(long, hide = true)]
    serve: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.serve {
        return said(resting::serve());
    }
    let folder = std::env::var_os("DIRECTLINE_FRAMES").map(PathBuf::from);
    println!(
        "{:<8} {:>7}  {:<21} {:<6} {:>6} {:>8} {:>7} {:>12} {:>16} {:>13} {:>17}",
        "MB/s",
        "bytes",
        "library",
        "writes",
        "bare",
        "+machine",
        "driver",
        "driver/bare",
        "driver/+machine",
        "activities/s",
        "CPU ns/activity"
    );
    let mut rows = 0;
    for corpus in corpus::all(folder.as_deref()) {
        let flow = Arc::new(corpus.flow(usize::from(arguments.mib) << 20));
        for trio in TRIOS {
            for writes in [Writes::Burst, Writes::Each] {
                let name = format!("{} {} {writes:?}", corpus.name, trio.name).to_lowercase();
                if name.contains(&arguments.only.to_lowercase()) {
                    row(&corpus, &trio, &flow, writes, arguments.rounds);
                    rows += 1;
                }
            }
        }
    }
    if RESTING.contains(&arguments.only.to_lowercase()) {
        return said(resting::report());
    }
    if rows == 0 {
        eprintln!(
            "--only: no row has {:?} in its name, as in \"small tokio, multi thread burst\" or {RESTING:?}",
            arguments.only
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn said(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conversations that rest cannot be measured: {error}");
            ExitCode::FAILURE
        }
    }
}

fn row(corpus: &Corpus, trio: &Trio, flow: &Arc<Flow>, writes: Writes, rounds: u16) {
    let clients = [trio.bare, trio.machine, trio.driver];
    let mut best = [Duration::MAX; 3];
    let mut cpu = [Some(Duration::ZERO); 3];
    for _ in 0..rounds {
        for ((best, cpu), client) in best.iter_mut().zip(&mut cpu).zip(clients) {
            let cost = once(client, flow, writes);
            *best = cost.time.min(*best);
            *cpu = cpu.zip(cost.cpu).map(|(all, more)| all + more);
        }
    }
    let [bare, machine, driver] =
        best.map(|time| flow.bytes.len() as f64 / time.as_secs_f64() / 1e6);
    let activities = flow.activities as f64;
    let [_, machine_cpu, driver_cpu] = cpu.map(|all| {
        let each = |all: Duration| all.as_nanos() as f64 / activities / f64::from(rounds);
        all.map_or("-".to_owned(), |all| format!("{:.0}", each(all)))
    });
    println!(
        "{:<8} {:>7}  {:<21} {:<6} {bare:>6.0} {machine:>8.0} {driver:>7.0} {:>12.2} {:>16.2} {:>13.0} {:>17}",
        corpus.name,
        corpus.frame_bytes(),
        trio.name,
        format!("{writes:?}").to_lowercase(),
        driver / bare,
        driver / machine,
        activities / best[2].as_secs_f64(),
        format!("{driver_cpu}, {machine_cpu}"),
    );
}

fn once(client: Client, flow: &Arc<Flow>, writes: Writes) -> Cost {
    let service = Service::start(flow.clone(), writes).expect("a free port");
    client(&service, Load { frames: flow.ends.len(), activities: flow.activities })
}

/// The name of the rows below the table.
const RESTING: &str = "resting";
