//! The arguments, as they are written in the help.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Keeps a tenant's Direct Line conversations alive together with other hosts, and has what is said on
/// NATS JetStream.
#[derive(Debug, Parser)]
#[command(name = "directline-relay", version, after_help = HELP)]
pub(crate) struct Arguments {
    /// A NATS server with JetStream, such as nats://127.0.0.1:4222; may be repeated for a cluster
    #[arg(
        long,
        value_name = "URL",
        env = "DIRECTLINE_NATS",
        hide_env_values = true,
        required = true,
        value_delimiter = ','
    )]
    pub(crate) nats: Vec<String>,
    /// Whose conversations: part of every subject, stream and bucket
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: String,
    /// What this host is called, unlike any other that runs; the same again after a restart
    /// [default: the machine's name and the process's number]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// File of credentials for NATS, as nsc writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) nats_credentials: Option<PathBuf>,
    /// Trusts the authorities whose certificates are in this file (PEM) for NATS
    #[arg(long, value_name = "FILE")]
    pub(crate) nats_ca_file: Option<PathBuf>,
    /// Base of the service, with or without /v3/directline [default: the public service]
    #[arg(long, value_name = "URL")]
    pub(crate) domain: Option<String>,
    /// Trusts the authorities whose certificates are in this file (PEM, or one in DER) for the
    /// service, beside those of Mozilla
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Goes to the service through this proxy [default: that of the environment]
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// How long a host that says nothing still owns its conversations; the same on all hosts
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = time)]
    pub(crate) lease: Duration,
    /// How long JetStream recognises a repeated publication; the same on all hosts
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = time)]
    pub(crate) duplicate_window: Duration,
    /// How long activities and outcomes are kept on their streams; the same on all hosts
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = time)]
    pub(crate) keep: Duration,
    /// On how many servers of a cluster everything is stored; the same on all hosts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) replicas: u8,
    /// How many conversations this host begins in one second at most [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) starts_a_second: Option<u32>,
    /// How many activities of a conversation may wait for the stream before no more is read [default: 256]
    #[arg(long, value_name = "N")]
    pub(crate) window: Option<u32>,
    /// How long a host that was told to leave hands over, before it leaves with what is left
    /// [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = time)]
    pub(crate) drain: Option<Duration>,
    /// Where /health, /ready and /metrics are
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9417", value_parser = address)]
    pub(crate) listen: Address,
    /// Changes another setting; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// How stderr tells what happens; as JSON it is one object a line
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) log: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Text,
    /// For programs
    Json,
    /// Nothing
    None,
}

/// Where pages are served, if anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub(crate) Option<SocketAddr>);

fn address(text: &str) -> Result<Address, String> {
    if text == "none" {
        return Ok(Address(None));
    }
    let allowed = "allowed is an address and a port such as 127.0.0.1:9417, or none";
    text.parse().map(|address| Address(Some(address))).map_err(|_| String::from(allowed))
}

pub(crate) fn time(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| String::from("allowed is a time such as 500ms, 10s, 2m, 1h or 7d"))
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

const HELP: &str = "\
Conversations are started, ended and asked about on directline.TENANT.control; what is said comes on \
directline.TENANT.CONVERSATION.activity, what is put on directline.TENANT.CONVERSATION.post is sent, \
and directline.TENANT.CONVERSATION.outcome tells what became of it. Credentials for the service are \
asked for on directline.TENANT.CONVERSATION.credentials and kept nowhere. What is wrong with what \
came in is told on directline.TENANT.fault.

SIGTERM or SIGINT has it hand over its conversations, then leave; a second one has it leave at once.

A name and a password for NATS may stand in its URL, which other users of the machine can see: better \
put that into DIRECTLINE_NATS.

Settings (--set), with values such as 500ms, 2s or 32; unless they are set, the first three go with \
the lease:
  margin         how long before its lease could end a host stops, a fifth of it
  renew_after    how long after its last renewal a lease is renewed, a quarter of it
  answer_wait    how long NATS may take to answer, a fifth of the lease and 2s at most
  retry_min      first pause before what failed is tried again, 100ms
  retry_max      longest such pause, 5s
  doubt_wait     how long after a resume an echo is waited for before a post is unknown, 5s
  handover_wait  how long a conversation that moves waits for a post under way, 25s
  over_wait      how long a conversation that is over refuses posts, 1h
  outcomes       how many outcomes of posts are remembered by their keys, 32
  arriving       how many conversations are on their way to a host at a time, 32

Exit status:
  0  it was told to leave, and has
  1  NATS cannot be used, or anything else that is fatal
  2  the arguments are wrong";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, millis) in [("0ms", 0), ("500ms", 500), ("10s", 10_000), ("7d", 604_800_000)] {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)));
        }
        for wrong in ["", "5", "s", "-1s", "1.5s", "1 s", "1w", "99999999999999999999d"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
