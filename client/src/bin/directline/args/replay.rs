//! The arguments of `directline replay`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use directline_record::NAMES;

use crate::args::serve::time;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The recording; - for stdin
    pub(crate) file: PathBuf,
    /// Shows what happened from this time of the recording on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Duration>,
    /// Goes no further than this time of the recording, which is not before --from
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<Duration>,
    /// Stops where this comes out, and shows how things stand: the name of an action or an event, such as
    /// open, faulted or gap; may be repeated
    #[arg(
        long = "break",
        value_name = "EVENT",
        value_parser = PossibleValuesParser::new(NAMES.iter().copied())
    )]
    pub(crate) breaks: Vec<String>,
    /// Makes a test of it: writes a Rust file, which holds the recording
    #[arg(long, value_name = "FILE")]
    pub(crate) write_test: Option<PathBuf>,
    /// Lets --write-test write over a file that is there
    #[arg(long, requires = "write_test")]
    pub(crate) overwrite: bool,
}

pub(super) const HELP: &str = "\
Times are those since the recording began, such as 1.5s or 2m. With --from or --until, what happened in \
between is shown; all before it is gone through too.

At a --break on a terminal, Enter goes on and q ends it; elsewhere it goes on by itself.

Exit status:
  0  this build did what was recorded
  1  it did something else, or the recording is damaged: what was good before that is shown
  2  the arguments are wrong, or this is no recording that can be read";
