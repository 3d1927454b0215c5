//! What requests are for, as far as it matters which may go beside each other.

use directline::Purpose;

/// Whether it is one of those that lead to a connection.
pub(crate) fn is_connecting(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Generate | Purpose::Start | Purpose::Reconnect)
}

/// One name for all requests of which only one may be under way.
pub(crate) fn kind(purpose: Purpose) -> Purpose {
    match purpose {
        Purpose::Upload => Purpose::Post,
        purpose if is_connecting(purpose) => Purpose::Reconnect,
        purpose => purpose,
    }
}
