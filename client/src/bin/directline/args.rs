//! The arguments, as they are written in the help.

mod check;
mod replay;
mod serve;
mod timeline;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use crate::args::check::Check;
pub(crate) use crate::args::replay::Replay;
pub(crate) use crate::args::serve::{Bot, Form, Serve, Victim, Watermarks};
pub(crate) use crate::args::timeline::Timeline;

/// Direct Line conversations on the command line.
#[derive(Debug, Parser)]
#[command(name = "directline", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Talks to a bot; keeps the conversation alive over whatever the network does.
    #[command(after_help = CHAT_HELP)]
    Chat(Box<Chat>),
    /// Runs a Direct Line service on this machine that breaks on purpose.
    #[command(after_help = serve::HELP)]
    Serve(Box<Serve>),
    /// Holds a client, in whatever language, to the contract: runs its cases against it.
    #[command(after_help = check::HELP)]
    Check(Check),
    /// Goes through a recording again, and says where this build does something else.
    #[command(after_help = replay::HELP)]
    Replay(Replay),
    /// Draws a recording as a page for a browser, also while it is written.
    #[command(after_help = timeline::HELP)]
    Timeline(Timeline),
    /// Shares conversations with other machines over NATS JetStream: runs directline-relay
    #[command(disable_help_flag = true)]
    Relay {
        /// What directline-relay is given; --help shows its options
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// Base of the service, with or without /v3/directline [default: the public service]
    #[arg(long, value_name = "URL")]
    pub(crate) domain: Option<String>,
    /// Secret of the bot's Direct Line site; better set DIRECTLINE_SECRET
    #[arg(long, value_name = "S", conflicts_with = "token")]
    pub(crate) secret: Option<String>,
    /// Token for one conversation; better set DIRECTLINE_TOKEN
    #[arg(long, value_name = "T")]
    pub(crate) token: Option<String>,
    /// Token endpoint of an agent of Copilot Studio, which names the service and gives a token
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["domain", "secret", "token", "conversation", "watermark"]
    )]
    pub(crate) copilot_token_url: Option<String>,
    /// Trusts the authorities whose certificates are in this file (PEM, or one in DER), beside those
    /// of Mozilla
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Goes through this proxy [default: that of the environment]
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Hosts that are reached without a proxy [default: those of the environment]
    #[arg(long, value_name = "LIST")]
    pub(crate) no_proxy: Option<String>,
    /// Takes this conversation up instead of starting one
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<String>,
    /// Where in the conversation to begin [default: at its start]
    #[arg(long, value_name = "W")]
    pub(crate) watermark: Option<String>,
    /// Resumes from this file if it exists, and keeps it up to date
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Writes each activity as one line of JSON to stdout, and all else to stderr
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes down all that happens, without credentials, for `directline replay` and `timeline`; to
    /// stdout with -, and what is said to stderr then
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Lets --record write over a file that is there
    #[arg(long, requires = "record")]
    pub(crate) overwrite: bool,
    /// Polls instead of opening a WebSocket
    #[arg(long)]
    pub(crate) no_websocket: bool,
    /// What performs the I/O
    #[arg(long, value_enum, default_value_t = Driver::Tokio)]
    pub(crate) driver: Driver,
    /// Changes a setting; may be repeated
    #[arg(long, value_name = "KEY=DURATION")]
    pub(crate) set: Vec<String>,
    /// Ends the session after the last line of stdin was sent and answered
    #[arg(long)]
    pub(crate) end_on_eof: bool,
    /// Gives up after this many attempts in a row have failed [default: never]
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = serve::whole::<u32>(1, u32::MAX.into())
    )]
    pub(crate) attempts: Option<u32>,
    /// Gives up when there was no connection for so long, such as 90s or 10m [default: never]
    #[arg(long, value_name = "DURATION")]
    pub(crate) give_up_after: Option<String>,
    /// The user that the lines of stdin are from
    #[arg(long, value_name = "ID", default_value = "user1")]
    pub(crate) user: String,
    /// Holds a scripted conversation of 200 messages with a service in this process that breaks
    /// the connection at least 20 times, and counts what was lost
    #[arg(
        long,
        conflicts_with_all = [
            "domain", "secret", "token", "copilot_token_url", "conversation", "watermark",
            "ca_file", "proxy", "no_proxy", "checkpoint", "no_websocket", "set", "end_on_eof", "attempts", "give_up_after",
        ]
    )]
    pub(crate) demo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Driver {
    /// Asynchronous, on tokio
    Tokio,
    /// Blocking, on threads
    Blocking,
}

const CHAT_HELP: &str = "\
With neither --domain nor a credential, a service in this process is talked to, which breaks the \
connection every few messages.

On a terminal, lines are edited and kept in a history; /help tells the commands, and a number \
answers the newest list of buttons. Ctrl-D ends the session after the last answer, Ctrl-C at once.

In a pipe, and with --json, each line of stdin is sent as a message, except for empty ones. The \
end of stdin ends nothing unless --end-on-eof is given; then the session ends once every line has \
an outcome and nothing more has come for a second, or while polling for the pause between polls \
longer.

Credentials:
  Arguments are visible to other users of the machine. Put the secret into DIRECTLINE_SECRET or
  the token into DIRECTLINE_TOKEN instead; an argument goes before either.
  Each token of --copilot-token-url is for a new conversation; to resume one, give its token.

Proxies:
  HTTPS_PROXY (for a service with https:), HTTP_PROXY (for others), ALL_PROXY and NO_PROXY are read
  as curl reads them, also in small letters, and --proxy and --no-proxy go before them. A proxy is
  http://USER:PASSWORD@HOST:PORT, https://… or socks5://…, the exceptions are names, addresses and
  networks, or * for all. Better put a password into a variable than into an argument.

Settings (--set), with values such as 50ms, 2s or 1m:
  backoff.initial      first pause between attempts, 1s
  backoff.max          longest pause between attempts, 30s
  stable.after         how long a connection must last to count as stable, 10s
  request.timeout      how long a request may take, 20s
  connect.timeout      how long a handshake may take, 20s
  keepalive.interval   how often a socket is probed, 20s; 0s for never
  liveness.timeout     after how much silence a socket counts as lost, 60s where the service is
                       known to answer, else 5m; 0s for never
  poll.interval        pause between polls, 1s
  stream-url.lifetime  how long a stream URL can be dialled, 60s

Exit status:
  0  the conversation ended, or the user ended it (also by SIGINT or SIGTERM)
  1  anything fatal that is not listed below
  2  the arguments are wrong, or the checkpoint file is damaged
  3  the credential was refused or has run out
  4  the service no longer has the conversation
  5  another client keeps taking the conversation over
  6  all ended well, but something that was said was not sent, or nobody knows whether it was
  130  the user would not wait for the end (a second Ctrl-C or signal, a tenth of a second or more
       after the first): nothing is told of what was on its way";
