//! Runs a testbed on its own, with the plan named on the command line, until it is interrupted.
//!
//! Try `cargo run -p directline-testbed --example serve -- demo`.

use std::env;
use std::error::Error;
use std::io;

use directline_testbed::{Options, Plan, Stop, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let plan = match env::args().nth(1) {
        Some(name_or_path) => Plan::load(&name_or_path)?,
        None => Plan::default(),
    };
    let options = Options::default().with_port(3978).with_plan(plan);
    serve(options, &mut io::stdout(), &mut io::stderr(), &Stop::new())?;
    Ok(())
}
