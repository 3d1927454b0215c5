//! The arguments of `directline serve`: what the library has as an option is one here.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use directline_testbed::Profile;

use crate::settings::duration;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 3000, allow_negative_numbers = true, value_parser = whole::<u16>(0, 65_535))]
    pub(crate) port: u16,
    /// Address to listen on; every program that reaches it can use the service
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = address)]
    pub(crate) bind: IpAddr,
    /// Secret that clients need [default: made up from the seed, and shown]
    #[arg(long, value_name = "S")]
    pub(crate) secret: Option<String>,
    /// Which server it behaves like
    #[arg(long, value_name = "NAME", default_value = "service", value_parser = profiles())]
    pub(crate) profile: Profile,
    /// What goes wrong: demo, nasty, or a file that holds a plan
    #[arg(long, value_name = "PLAN")]
    pub(crate) faults: Option<String>,
    /// Where ids, tokens and chances come from
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<u64>(0, u64::MAX))]
    pub(crate) seed: u64,
    /// The bot that answers
    #[arg(long, value_enum, default_value_t = Bot::Echo)]
    pub(crate) bot: Bot,
    /// What the bot says, and to what: a file that holds a script
    #[arg(long, value_name = "FILE", conflicts_with = "bot")]
    pub(crate) script: Option<PathBuf>,
    /// The HTTP status with which the bot answers; with one that is no success it says nothing
    #[arg(long, value_name = "N", default_value_t = 200, allow_negative_numbers = true, value_parser = whole::<u16>(200, 599))]
    pub(crate) bot_status: u16,
    /// How long the bot may take before a post is answered 502
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = time)]
    pub(crate) bot_patience: Duration,
    /// How long a token is valid
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = some_time)]
    pub(crate) token_lifetime: Duration,
    /// How long a stream URL can be dialled
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = some_time)]
    pub(crate) stream_url_lifetime: Duration,
    /// How often a socket gets an empty message as a sign of life; 0s for never
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = time)]
    pub(crate) empty_message_interval: Duration,
    /// How many activities a page or a replayed frame holds at most
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true, value_parser = whole::<u32>(1, 100_000))]
    pub(crate) page_size: u32,
    /// Refuses a reconnect with the secret, as with enhanced authentication
    #[arg(long)]
    pub(crate) require_user: bool,
    /// Which socket has to go when a second one opens for a conversation
    #[arg(long, value_enum, default_value_t = Victim::Old)]
    pub(crate) collision_victim: Victim,
    /// What watermarks look like
    #[arg(long, value_enum, default_value_t = Watermarks::Decimal)]
    pub(crate) watermarks: Watermarks,
    /// Lets only pages of this origin use it from a browser; may be repeated [default: all]
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) allow_origin: Vec<String>,
    /// Serves an API below /control that breaks, mends and looks into it while it runs
    #[arg(long)]
    pub(crate) control: bool,
    /// How stdout says where it is; as JSON it is one line
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) ready: Form,
    /// How stderr tells what happens; as JSON it is one object a line
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) log: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bot {
    /// Says nothing by itself
    Silent,
    /// Answers each message with its text
    Echo,
    /// Types, then answers each message with its text
    Typing,
    /// Answers "count N" with N messages, and each other message with its text
    Counting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Victim {
    /// The one that was there
    Old,
    /// The one that comes
    New,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Watermarks {
    /// Numbers, as in the real service
    Decimal,
    /// Texts that do not sort by age and that a URL cannot carry unescaped
    Opaque,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Text,
    /// For programs
    Json,
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::names())
        .try_map(|name| Profile::named(&name).ok_or("no such profile"))
}

/// A number within these bounds.
pub(super) fn whole<T: TryFrom<u64>>(
    low: u64,
    high: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| (low..=high).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("allowed is a whole number from {low} to {high}"))
    }
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| String::from("allowed is a time such as 50ms, 2s or 1m"))
}

/// One that is not over before it has begun.
pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    let time = time(text).ok().filter(|time| *time >= Duration::from_millis(1));
    time.ok_or_else(|| String::from("allowed is a time such as 50ms, 2s or 1m, at least 1ms"))
}

fn address(text: &str) -> Result<IpAddr, String> {
    let allowed = "allowed is an address of this machine such as 127.0.0.1, ::1 or 0.0.0.0";
    text.parse().map_err(|_| String::from(allowed))
}

/// As browsers write it: a scheme, a host and perhaps a port.
fn origin(text: &str) -> Result<String, String> {
    let is_host = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
    };
    let rest = text.strip_prefix("http://").or(text.strip_prefix("https://"));
    match rest.is_some_and(is_host) || text == "null" {
        true => Ok(String::from(text)),
        false => Err(String::from("allowed is an origin such as http://localhost:8080, or null")),
    }
}

pub(super) const HELP: &str = "\
Everything that happens is told on stderr. GET /health answers 200 while it is up. SIGINT or SIGTERM \
ends it.

A page in a browser can use it whatever its origin, as it can use the public service, unless \
--allow-origin names those that may: then the handshake of any other page is answered 403, while what \
sends no Origin is no page and let in. So it can use what --control adds, which GET \
/control/openapi.yaml describes and which asks for no credential.

The profile indirectline knows no secret: a client needs a token that was made for a user, and how to \
get one and to chat with it is shown at the start. The others take any secret or token of theirs, and \
emulator and offline-directline look at none.";
