//! Runs a testbed on its own, with the plan and the profile named on the command line, until it is
//! interrupted.
//!
//! Try `cargo run -p directline-testbed --example serve -- demo emulator`.

use std::env;
use std::error::Error;
use std::io;

use directline_testbed::{Options, Plan, Profile, Stop, Telling, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let plan = match env::args().nth(1) {
        Some(name_or_path) => Plan::load(&name_or_path)?,
        None => Plan::default(),
    };
    let profile = match env::args().nth(2) {
        Some(name) => Profile::named(&name).ok_or_else(|| format!("there is no profile {name}"))?,
        None => Profile::default(),
    };
    let options = Options::default().with_port(3978).with_plan(plan).with_profile(profile);
    serve(options, Telling::default(), &mut io::stdout(), &mut io::stderr(), &Stop::new())?;
    Ok(())
}
