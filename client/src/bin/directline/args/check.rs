//! The arguments of `directline check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::args::serve::{some_time, whole};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Reads the cases from this file; may be repeated [default: those of the contract]
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Vec<PathBuf>,
    /// Runs only the cases of these clauses, such as WM or RC-4; may be repeated
    #[arg(long, value_name = "CLAUSE")]
    pub(crate) only: Vec<String>,
    /// How long anything is waited for; a client that gives a silent socket up after a minute needs
    /// more than that
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = some_time)]
    pub(crate) limit: Duration,
    /// How many cases run at the same time
    #[arg(long, value_name = "N", default_value_t = 8, allow_negative_numbers = true, value_parser = whole::<u16>(1, 64))]
    pub(crate) jobs: u16,
    /// Lists the cases and runs none
    #[arg(long, conflicts_with = "command")]
    pub(crate) list: bool,
    /// The client, with its arguments; {base} stands for where the service is
    #[arg(last = true, value_name = "COMMAND", required_unless_present = "list")]
    pub(crate) command: Vec<String>,
}

pub(super) const HELP: &str = "\
Each case has a service of its own, and the client is started for it. It is told where the service is \
by {base} in its arguments and by DIRECTLINE_BASE in its environment, and what gets in by \
DIRECTLINE_SECRET or DIRECTLINE_TOKEN. Each line of its stdin is a message to send; each activity that \
it is given is a line of JSON on its stdout, whatever it writes to stderr. It goes on until the \
conversation is over or cannot go on, and then ends: with 0 if all went well.

A client with short pauses is done sooner:
  directline check -- directline chat --json --domain {base} \\
    --set backoff.initial=20ms --set backoff.max=200ms --set request.timeout=2s \\
    --set keepalive.interval=500ms --set liveness.timeout=2s --set poll.interval=200ms

Exit status:
  0  the client has passed all cases
  1  it has not
  2  the arguments are wrong";
