//! The command `directline-relay`: a host of a tenant, as a process.

mod args;
mod pages;
mod plan;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use directline_relay::host::{Host, Log};
use directline_relay::nats::Link;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Arguments;
use crate::plan::{Flaw, Plan};

fn main() -> ExitCode {
    let run = Plan::read(&Arguments::parse()).and_then(|plan| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Flaw::Fatal(error.to_string()))?;
        runtime.block_on(run(plan))
    });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(flaw) => {
            // Whether anybody reads it or not, the exit status is the same.
            let _ = writeln!(std::io::stderr(), "error: {flaw}");
            flaw.exit_code()
        }
    }
}

/// Until a signal has it hand over and leave; a second one has it leave at once.
async fn run(plan: Plan) -> Result<(), Flaw> {
    let fatal = |error: std::io::Error| Flaw::Fatal(format!("signals cannot be caught: {error}"));
    let mut terminated = signal(SignalKind::terminate()).map_err(fatal)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(fatal)?;
    let log = plan.options.log;
    let listener = match plan.listen {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
            Flaw::Usage(format!(
                "--listen is {address}: {error}, allowed is a free port of this machine"
            ))
        })?),
        None => None,
    };
    let link = Link::connect(&plan.access).await?;
    let stores = plan.layout.open(&link, &plan.options.names).await?;
    if let Some(version) = plan.layout.forgetful(&link) {
        log.say("old_cluster", &[("version", &version), ("wanted", "2.10")]);
    }
    let mut host = Host::start(plan.options, link, stores).await?;
    if let Some(listener) = listener {
        if let Ok(address) = listener.local_addr() {
            log.say("listening", &[("address", &address.to_string())]);
        }
        tokio::spawn(pages::serve(listener, host.figures()));
    }
    tokio::select! {
        () = host.gone() => return Err(Flaw::Fatal(String::from("the host is gone by itself"))),
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    leave(&mut host, log, async {
        tokio::select! { _ = terminated.recv() => {} _ = interrupted.recv() => {} }
    })
    .await;
    Ok(())
}

async fn leave(host: &mut Host, log: Log, again: impl Future<Output = ()>) {
    log.say("draining", &[]);
    host.drain().await;
    tokio::select! {
        () = host.gone() => log.say("left", &[]),
        () = again => log.say("left_at_once", &[]),
    }
}
