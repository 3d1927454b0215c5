//! The arguments of `directline timeline`.

use std::path::PathBuf;

use clap::Args;

use crate::args::serve::whole;

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    /// The recording; - for stdin
    pub(crate) file: PathBuf,
    /// Writes the page to this file [default: stdout]
    #[arg(short, long, value_name = "FILE", conflicts_with = "follow")]
    pub(crate) output: Option<PathBuf>,
    /// Lets --output write over a file that is there
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    /// Serves the page on this machine while the recording is written, and says where
    #[arg(long)]
    pub(crate) follow: bool,
    /// Port to serve it on; 0 takes a free one
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        requires = "follow",
        allow_negative_numbers = true,
        value_parser = whole::<u16>(0, 65_535)
    )]
    pub(crate) port: u16,
}

pub(super) const HELP: &str = "\
The page is one file that needs no network. To look at a session as it goes:
  directline chat --record - | directline timeline - --follow

Exit status:
  0  the page was written
  1  the recording is damaged: the page shows what was good before that
  2  the arguments are wrong, or this is no recording that can be read";
