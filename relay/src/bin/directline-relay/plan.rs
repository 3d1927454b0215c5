//! PLAN: what the arguments come to, or one sentence on what is wrong with them.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use directline::{Config, Credential};
use directline_client::{Network, Proxy, Trust};
use directline_relay::core::{HostName, Name, SettingError, Settings};
use directline_relay::host::{Log, Options};
use directline_relay::nats::{Access, Layout, Names, Problem};

use crate::args::{Arguments, Form, time};

/// Everything a host needs to know before it begins.
pub(crate) struct Plan {
    pub(crate) access: Access,
    pub(crate) layout: Layout,
    pub(crate) options: Options,
    pub(crate) listen: Option<std::net::SocketAddr>,
}

/// Why there is no host.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// The arguments are wrong.
    Usage(String),
    /// Anything else.
    Fatal(String),
}

impl Flaw {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Flaw::Usage(_) => ExitCode::from(2),
            Flaw::Fatal(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Flaw::Usage(text) | Flaw::Fatal(text)) = self;
        f.write_str(text)
    }
}

impl From<Problem> for Flaw {
    fn from(problem: Problem) -> Flaw {
        match problem {
            Problem::Address(_) | Problem::File { .. } => Flaw::Usage(problem.to_string()),
            _ => Flaw::Fatal(problem.to_string()),
        }
    }
}

impl Plan {
    pub(crate) fn read(arguments: &Arguments) -> Result<Plan, Flaw> {
        let tenant = Name::new(&arguments.tenant);
        let tenant = tenant.map_err(|error| option("tenant", &error))?;
        let host = arguments.host.clone().unwrap_or_else(own_name);
        let host = HostName::new(host).map_err(|error| option("host", &error))?;
        let settings = settings(arguments)?;
        let names = Names::new(tenant);
        let access = Access {
            servers: arguments.nats.clone(),
            credentials: arguments.nats_credentials.clone(),
            ca_file: arguments.nats_ca_file.clone(),
            name: names.connection(&host),
        };
        let layout = Layout {
            lease: settings.lease,
            replicas: arguments.replicas.into(),
            duplicate_window: bounded("duplicate-window", arguments.duplicate_window, WINDOW)?,
            keep: bounded("keep", arguments.keep, KEEP)?,
        };
        let (service, network) = (service(arguments)?, network(arguments)?);
        let log = match arguments.log {
            Form::Text => Log::Text,
            Form::Json => Log::Json,
            Form::None => Log::Silent,
        };
        let options = Options { names, host, settings, service, network, log };
        Ok(Plan { access, layout, options, listen: arguments.listen.0 })
    }
}

fn settings(arguments: &Arguments) -> Result<Settings, Flaw> {
    let lease = arguments.lease;
    let mut settings = Settings {
        lease,
        margin: lease / 5,
        renew_after: lease / 4,
        answer_wait: (lease / 5).min(Settings::default().answer_wait),
        ..Settings::default()
    };
    if let Some(starts) = arguments.starts_a_second {
        settings.starts_a_second = starts;
    }
    if let Some(window) = arguments.window {
        settings.window = window;
    }
    if let Some(drain) = arguments.drain {
        settings.drain_wait = drain;
    }
    for pair in &arguments.set {
        set(&mut settings, pair)?;
    }
    settings.checked().map_err(|error| setting(&error))
}

fn set(settings: &mut Settings, pair: &str) -> Result<(), Flaw> {
    let wrong = |allowed: &str| Flaw::Usage(format!("--set is {pair:?}, allowed is {allowed}"));
    let (key, value) = pair.split_once('=').ok_or_else(|| wrong("KEY=VALUE, see --help"))?;
    let time = || time(value).map_err(|error| wrong(error.trim_start_matches("allowed is ")));
    let count = || value.parse::<u32>().map_err(|_| wrong("a whole number for this key"));
    match key {
        "margin" => settings.margin = time()?,
        "renew_after" => settings.renew_after = time()?,
        "answer_wait" => settings.answer_wait = time()?,
        "retry_min" => settings.retry_min = time()?,
        "retry_max" => settings.retry_max = time()?,
        "doubt_wait" => settings.doubt_wait = time()?,
        "handover_wait" => settings.handover_wait = time()?,
        "over_wait" => settings.over_wait = time()?,
        "outcomes" => settings.outcomes = count()?,
        "arriving" => settings.arriving = count()?,
        _ => return Err(wrong("one of the keys that --help lists")),
    }
    Ok(())
}

/// A setting by the name of its option, where it has one.
fn setting(error: &SettingError) -> Flaw {
    let name = match error.setting {
        "lease" => "--lease",
        "starts_a_second" => "--starts-a-second",
        "window" => "--window",
        "drain_wait" => "--drain",
        other => other,
    };
    Flaw::Usage(format!("{name} is {}, allowed is {}", error.given, error.allowed))
}

fn service(arguments: &Arguments) -> Result<Config, Flaw> {
    let wrong = |error: &dyn fmt::Display| Flaw::Usage(format!("--domain: {error}"));
    // What each conversation has is put in its place.
    let none = Credential::token("none-yet").map_err(|error| wrong(&error))?;
    let mut builder = Config::builder(none);
    if let Some(domain) = &arguments.domain {
        builder = builder.with_base(domain);
    }
    builder.build().map_err(|error| wrong(&error))
}

fn network(arguments: &Arguments) -> Result<Network, Flaw> {
    let mut network = Network::default();
    if let Some(file) = &arguments.ca_file {
        let wrong = |error: &dyn fmt::Display| {
            Flaw::Usage(format!("--ca-file {}: {error}", file.display()))
        };
        let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
        network = network
            .with_trust(Trust::default().with_certificates(&bytes).map_err(|error| wrong(&error))?);
    }
    if let Some(url) = &arguments.proxy {
        let proxy = Proxy::at(url).map_err(|error| Flaw::Usage(format!("--{error}")))?;
        network = network.with_proxy(proxy);
    }
    Ok(network)
}

fn bounded(name: &str, given: Duration, (least, most): (u64, u64)) -> Result<Duration, Flaw> {
    if (Duration::from_secs(least)..=Duration::from_secs(most)).contains(&given) {
        return Ok(given);
    }
    Err(Flaw::Usage(format!("--{name} is {given:?}, allowed is {least}s to {most}s")))
}

fn option(name: &str, error: &directline_relay::core::NameError) -> Flaw {
    let error = error.to_string();
    let rest = error.split_once(" is ").map_or(error.as_str(), |(_, rest)| rest);
    Flaw::Usage(format!("--{name} is {rest}"))
}

/// The machine's name, as far as it can be one here, and the number of this process.
fn own_name() -> String {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let machine: String = machine.chars().take(100).map(plain).collect();
    format!("{machine}-{}", std::process::id())
}

/// In seconds.
const WINDOW: (u64, u64) = (1, 86_400);
const KEEP: (u64, u64) = (60, 31_536_000);
