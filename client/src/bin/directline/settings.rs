//! The arguments of `chat` as a configuration; every mistake is found here, before anything is
//! sent.

use std::net::IpAddr;
use std::time::Duration;

use directline_client::Network;
use directline_client::directline::copilot::BaseSource;
use directline_client::directline::{
    Builder, Checkpoint, CheckpointError, Config, ConfigError, Credential, User, Way,
};

use crate::args::Chat;
use crate::copilot;
use crate::credential::credential;
use crate::feed::Feed;
use crate::network::network;
use crate::problem::Problem;
use crate::store::Store;

/// All that a conversation needs.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) store: Option<Store>,
    pub(crate) network: Network,
    /// The variable that the credential comes from, which may have been forgotten there.
    pub(crate) credential: Option<&'static str>,
}

/// What the arguments come to.
#[derive(Debug)]
pub(crate) enum Wanted {
    Conversation(Box<Setup>),
    /// They name no service, so that the embedded one is meant.
    Embedded,
    /// The user would not wait for all that is needed.
    Stopped,
}

/// Reads the arguments, and asks for what they leave to be asked for. What is worth knowing meanwhile
/// is told.
pub(crate) fn set_up(
    chat: &Chat,
    feed: &Feed,
    tell: &mut dyn FnMut(&str),
) -> Result<Wanted, Problem> {
    let (store, checkpoint) = position(chat)?;
    if let Some(url) = &chat.copilot_token_url {
        return set_up_copilot(chat, url, store, checkpoint, feed, tell);
    }
    let Some((credential, variable)) = credential(chat)? else {
        for (name, is_given) in [
            ("--ca-file", chat.ca_file.is_some()),
            ("--proxy", chat.proxy.is_some()),
            ("--no-proxy", chat.no_proxy.is_some()),
            ("--domain", chat.domain.is_some()),
            ("--conversation", chat.conversation.is_some()),
            ("--checkpoint", chat.checkpoint.is_some()),
        ] {
            if is_given {
                return Err(Problem::usage(format!(
                    "{name} needs a credential: set DIRECTLINE_SECRET or DIRECTLINE_TOKEN, or \
                     give --secret or --token"
                )));
            }
        }
        return Ok(Wanted::Embedded);
    };
    let mut builder = Config::builder(credential);
    if let Some(domain) = &chat.domain {
        builder = builder.with_base(domain);
    }
    let config = configure(builder, chat)?;
    let network = network(chat, config.base())?;
    let setup = Setup { config, checkpoint, store, network, credential: variable };
    Ok(Wanted::Conversation(Box::new(setup)))
}

/// The agent's endpoint names the service and gives the token, for a conversation that is new.
fn set_up_copilot(
    chat: &Chat,
    url: &str,
    store: Option<Store>,
    checkpoint: Option<Checkpoint>,
    feed: &Feed,
    tell: &mut dyn FnMut(&str),
) -> Result<Wanted, Problem> {
    if checkpoint.is_some() {
        return Err(Problem::usage(
            "--copilot-token-url begins a new conversation, allowed is a --checkpoint file that \
             does not exist yet; to resume, set DIRECTLINE_TOKEN and give --domain",
        ));
    }
    copilot::endpoint(url)?;
    // Mistakes in the arguments come first.
    let config = configure(Config::builder(Credential::token("none").expect("a good one")), chat)?;
    let network = network(chat, url)?;
    let Some(conversation) = copilot::ask(url, &network, &config, feed, tell)? else {
        return Ok(Wanted::Stopped);
    };
    if conversation.base_source() == BaseSource::Assumed {
        tell("nothing says where the agent is, so the public service is asked for it");
    }
    let config = configure(conversation.builder(), chat)?;
    let setup = Setup { config, checkpoint: None, store, network, credential: None };
    Ok(Wanted::Conversation(Box::new(setup)))
}

/// Applies what does not depend on the service.
pub(crate) fn configure(builder: Builder, chat: &Chat) -> Result<Config, Problem> {
    if chat.user.is_empty() {
        return Err(Problem::usage("--user is \"\", allowed is an id of at least one character"));
    }
    if let Some(index) = chat.user.chars().position(char::is_control) {
        return Err(Problem::usage(format!(
            "--user is {:?}, with a control character at position {}, allowed is an id without any",
            chat.user,
            index + 1
        )));
    }
    let way = if chat.no_websocket { Way::Polling } else { Way::Stream };
    let user = User { id: chat.user.clone(), name: None };
    let builder = builder.with_way(way).with_user(user).with_echo_keys(true);
    let builder = match chat.attempts {
        Some(max) => builder.with_attempts_max(max),
        None => builder,
    };
    let builder = match &chat.give_up_after {
        Some(text) => builder.with_outage_max(time("--give-up-after", text)?),
        None => builder,
    };
    apply(builder, &chat.set)?.build().map_err(|error| Problem::usage(refused(&error, chat)))
}

/// What is wrong with a setting, by the option that it comes from.
fn refused(error: &ConfigError, chat: &Chat) -> String {
    let field = error.field();
    let option = match field {
        "base" => "--domain".to_owned(),
        "attempts.max" => "--attempts".to_owned(),
        "outage.max" => "--give-up-after".to_owned(),
        field => format!("--set {field}"),
    };
    let told = error.to_string();
    let told = told.strip_prefix(field).unwrap_or(&told).replace(" is 0ns,", " is 0s,");
    let domain = chat.domain.as_deref().unwrap_or_default();
    match (field, given(chat, "backoff.initial"), domain.find(['?', '#'])) {
        // What it is about is not shown, since it may be a secret; that it is there is.
        ("base", _, Some(place)) => {
            let mark = &domain[place..=place];
            format!("{option}{}", told.replacen("\", allowed", &format!("{mark}…\", allowed"), 1))
        }
        ("backoff.max", Some(initial), _) => {
            format!("{option}{told}, since backoff.initial is {initial}")
        }
        _ => format!("{option}{told}"),
    }
}

/// What was said of a setting last.
fn given<'a>(chat: &'a Chat, key: &str) -> Option<&'a str> {
    let mut settings = chat.set.iter().rev().filter_map(|setting| setting.split_once('='));
    settings.find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn time(option: &str, text: &str) -> Result<Duration, Problem> {
    duration(text).ok_or_else(|| {
        Problem::usage(format!("{option} is {text:?}, allowed is a time such as 50ms, 2s or 1m"))
    })
}

/// The pause between polls that the arguments lead to.
pub(crate) fn poll_interval(chat: &Chat) -> Duration {
    given(chat, "poll.interval").and_then(duration).unwrap_or(Duration::from_secs(1))
}

/// A base over which a credential would travel for everybody to read.
pub(crate) fn is_exposed(base: &str) -> bool {
    let Some(rest) = base.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    host != "localhost" && !is_loopback
}

/// Where to begin, and where to write down how far the conversation has come.
fn position(chat: &Chat) -> Result<(Option<Store>, Option<Checkpoint>), Problem> {
    let store = chat.checkpoint.as_deref().map(Store::open).transpose()?;
    let stored = store.as_ref().map(Store::read).transpose()?.flatten();
    let bad = |option: &str, error: &CheckpointError| {
        Problem::usage(format!("{option} cannot be used: {error}"))
    };
    let checkpoint = match (stored, &chat.conversation) {
        (Some(stored), Some(id)) if stored.conversation() != id => {
            return Err(Problem::usage(format!(
                "--conversation is {id:?}, allowed is {:?}, which the checkpoint file is about",
                stored.conversation()
            )));
        }
        (Some(stored), _) => Some(stored),
        (None, Some(id)) => {
            Some(Checkpoint::new(id.as_str()).map_err(|error| bad("--conversation", &error))?)
        }
        (None, None) => None,
    };
    match (checkpoint, &chat.watermark) {
        (Some(checkpoint), Some(watermark)) => {
            let checkpoint = checkpoint.with_watermark(watermark.as_str());
            let checkpoint = checkpoint.map_err(|error| bad("--watermark", &error))?;
            Ok((store, Some(checkpoint)))
        }
        (None, Some(_)) => {
            Err(Problem::usage("--watermark needs --conversation or an existing --checkpoint file"))
        }
        (checkpoint, None) => Ok((store, checkpoint)),
    }
}

fn apply(mut builder: Builder, settings: &[String]) -> Result<Builder, Problem> {
    let mut backoff = (None, None);
    for setting in settings {
        let (key, value) = setting.split_once('=').ok_or_else(|| {
            Problem::usage(format!("--set is {setting:?}, allowed is KEY=DURATION"))
        })?;
        let duration = time(&format!("--set {key}"), value)?;
        builder = match key {
            "backoff.initial" => {
                backoff.0 = Some(duration);
                builder
            }
            "backoff.max" => {
                backoff.1 = Some(duration);
                builder
            }
            "stable.after" => builder.with_stable_after(duration),
            "request.timeout" => builder.with_request_timeout(duration),
            "connect.timeout" => builder.with_connect_timeout(duration),
            "keepalive.interval" => {
                builder.with_keepalive_interval(Some(duration).filter(|time| !time.is_zero()))
            }
            "liveness.timeout" if duration.is_zero() => builder.without_liveness_timeout(),
            "liveness.timeout" => builder.with_liveness_timeout(duration),
            "poll.interval" => builder.with_poll_interval(duration),
            "stream-url.lifetime" => builder.with_stream_url_lifetime(duration),
            _ => {
                let keys = KEYS.join(", ");
                return Err(Problem::usage(format!("--set has key {key:?}, allowed are {keys}")));
            }
        };
    }
    Ok(match backoff {
        (None, None) => builder,
        // One that is set alone takes the other's default along where that would contradict it.
        (initial, max) => {
            let (default_initial, default_max) = (Duration::from_secs(1), Duration::from_secs(30));
            let first = initial.unwrap_or_else(|| default_initial.min(max.unwrap_or(default_max)));
            builder.with_backoff(first, max.unwrap_or_else(|| default_max.max(first)))
        }
    })
}

/// Reads `50ms`, `2s`, `1.5s`, `1m` or `1h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

const KEYS: [&str; 9] = [
    "backoff.initial",
    "backoff.max",
    "stable.after",
    "request.timeout",
    "connect.timeout",
    "keepalive.interval",
    "liveness.timeout",
    "poll.interval",
    "stream-url.lifetime",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn set(settings: &[&str]) -> String {
        let builder = Config::builder(Credential::token("hush.t").expect("a good one"));
        let settings: Vec<_> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let builder = apply(builder, &settings).map_err(|problem| problem.message);
        let builder = builder.expect("all are known");
        let shown = format!("{builder:?}");
        builder.build().expect("all are allowed");
        shown
    }

    #[test]
    fn each_setting_is_set() {
        for key in KEYS {
            let shown = set(&[&format!("{key}=77s")]);
            assert!(shown.contains("77s"), "{key}: {shown}");
        }
    }

    #[test]
    fn what_is_zero_is_turned_off() {
        let (as_ever, off) = (set(&[]), set(&["keepalive.interval=0s", "liveness.timeout=0s"]));
        let count = |text: &str| text.matches(": None").count();
        assert_eq!(count(&off), count(&as_ever) + 1, "{off} {as_ever}");
        assert!(!off.contains("0ns"), "{off}");
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, millis) in [("50ms", 50), ("2s", 2_000), ("1.5s", 1_500), ("1m", 60_000)] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in
            ["", "5", "s", "-1s", "1 s", "1e3s", "1.2.3s", "nans", "infs", "99999999999999999999h"]
        {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_loopback_may_be_unencrypted_in_silence() {
        for fine in [
            "https://x.example/v3",
            "http://127.0.0.1:3978/v3",
            "http://[::1]:1/",
            "http://localhost/",
        ] {
            assert!(!is_exposed(fine), "{fine}");
        }
        for exposed in
            ["http://x.example/v3/directline", "http://10.0.0.1:80", "http://localhost.example"]
        {
            assert!(is_exposed(exposed), "{exposed}");
        }
    }
}
