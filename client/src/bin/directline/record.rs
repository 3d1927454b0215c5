//! `--record`: where a conversation is written down.

use std::io;
use std::path::Path;

use directline_client::Network;

use crate::args::Chat;
use crate::fresh;
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
    Ok(network.with_record(fresh::create("--record", path, chat.overwrite)?))
}
