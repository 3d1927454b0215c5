//! PROBLEM: what is wrong with a NATS, in one sentence for whoever runs it.

use std::time::Duration;

/// Why a NATS can't be used, or didn't do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The address can't be one.
    #[error("nats is not a server's address: {0}, allowed is such as nats://127.0.0.1:4222")]
    Address(String),
    /// A file that has to be read can't.
    #[error("{file} cannot be used: {why}")]
    File {
        /// Which.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answers, or nobody who speaks NATS.
    #[error("nats cannot be reached: {0}")]
    Unreachable(String),
    /// The server wants other credentials.
    #[error("nats refused the credentials: {0}")]
    Credentials(String),
    /// The server has no JetStream, or none for this account.
    #[error(
        "nats has no JetStream for this account: start nats-server with -js, or enable it there"
    )]
    NoJetStream,
    /// The server is too old.
    #[error("nats-server is {found}, wanted is {wanted} or newer")]
    Version {
        /// What it is.
        found: String,
        /// The oldest that will do.
        wanted: &'static str,
    },
    /// The server takes no messages of the size that is needed.
    #[error("max_payload of nats-server is {found}, wanted is at least {wanted}")]
    Payload {
        /// What it takes.
        found: usize,
        /// What is needed.
        wanted: usize,
    },
    /// The account may not do what is needed.
    #[error("nats does not permit it: {0}")]
    NotPermitted(String),
    /// A stream or bucket is there, and is another than is needed.
    #[error("{store} has {setting} {found}, wanted is {wanted}")]
    Setting {
        /// The stream or bucket.
        store: String,
        /// The setting, as NATS calls it.
        setting: &'static str,
        /// What it is set to.
        found: String,
        /// What it should be.
        wanted: String,
    },
    /// A stream or bucket can't be made.
    #[error("{store} cannot be made: {why}")]
    NotMade {
        /// The stream or bucket.
        store: String,
        /// What NATS says.
        why: String,
    },
    /// There was no answer in time; whether it was done is not known.
    #[error("nats did not answer within {0:?}")]
    Silent(Duration),
    /// Anything else that NATS says.
    #[error("nats says: {0}")]
    Other(String),
}
