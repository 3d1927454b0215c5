//! `--record`: where a conversation is written down.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::Path;

use directline_client::Network;

use crate::args::Chat;
use crate::problem::Problem;

/// Whether stdout is for the recording.
pub(crate) fn is_stdout(chat: &Chat) -> bool {
    chat.record.as_deref() == Some(Path::new("-"))
}

/// The same network, with which the conversation is written down if the arguments say so.
pub(crate) fn wanted(chat: &Chat, network: Network) -> Result<Network, Problem> {
    let Some(path) = &chat.record else { return Ok(network) };
    if is_stdout(chat) {
        return Ok(network.with_record(io::stdout()));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(chat.overwrite).create_new(!chat.overwrite);
    // What was said is for nobody else on this machine.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = path.display();
    let file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let allowed = "allowed is a file that does not exist yet, or --overwrite";
            Problem::usage(format!("--record is {shown}, {allowed}"))
        }
        _ => Problem::usage(format!("--record {shown}: {error}")),
    })?;
    Ok(network.with_record(file))
}
