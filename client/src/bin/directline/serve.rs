//! `directline serve`: the service that breaks on purpose, on its own.

use std::io;

use directline_testbed::{Options, Plan, Stop, serve};

use crate::args::Serve;
use crate::problem::Problem;

pub(crate) fn run(arguments: &Serve) -> Result<(), Problem> {
    let mut options = Options::default()
        .with_port(arguments.port)
        .with_profile(arguments.profile)
        .with_seed(arguments.seed);
    if let Some(secret) = &arguments.secret {
        let is_fit = !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_fit {
            return Err(Problem::usage("--secret is something else, allowed is visible ASCII"));
        }
        options = options.with_secret(secret);
    }
    if let Some(plan) = &arguments.faults {
        let plan =
            Plan::load(plan).map_err(|error| Problem::usage(format!("--faults: {error}")))?;
        options = options.with_plan(plan);
    }
    let stop = Stop::new();
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.stop())
        .map_err(|error| Problem::fatal(format!("signals cannot be caught: {error}")))?;
    match serve(options, &mut io::stdout(), &mut io::stderr(), &stop) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::fatal(format!("port {}: {error}", arguments.port))),
    }
}
