//! CONFIGURATION: any builder calls at all. Either they are refused as the documented bounds say,
//! clearly, or a session with what comes of them does its work.

use std::collections::BTreeMap;
use std::time::Duration;

use directline::{
    Builder, Checkpoint, Config, Credential, CredentialError, History, Token, User, Way,
};

use super::bounds::{Bounds, COUNTS, FEW, TIMES};
use super::direct::{Host, Watch};
use super::violation::{Verdict, Violation, ensure};

/// Builder calls in the making, and what the documentation says of them.
struct Calls {
    builder: Builder,
    /// The settings, and whether their last value is within its bounds.
    allowed: BTreeMap<&'static str, bool>,
    backoff: (Duration, Duration),
    probes: (Duration, Duration),
    url: (Duration, Option<Duration>),
}

/// The first byte says how many calls there are, the second which credential, the third which base.
/// A call has four bytes: which, a unit, and two of value. What follows are steps for a host that knows
/// nothing of the settings.
pub(crate) fn configuration(bytes: &[u8]) -> Verdict {
    let (head, rest) = bytes.split_at(bytes.len().min(3));
    let byte = |at: usize| head.get(at).copied().unwrap_or(0);
    let (base, base_is_good) = base(byte(2));
    let (credential, credential_is_good) = credential(byte(1));
    ensure(credential.is_ok() == credential_is_good, "RX-6", || format!("{credential:?}"))?;
    let Ok(credential) = credential else { return Ok(()) };
    let builder = Config::builder(credential).with_base(base);
    let second = Duration::from_secs(1);
    let mut calls = Calls {
        builder,
        allowed: BTreeMap::from([("base", base_is_good)]),
        backoff: (second, 30 * second),
        probes: (60 * second, 1_800 * second),
        url: (60 * second, None),
    };
    let (records, rest) = rest.split_at((usize::from(byte(0) % 32) * 4).min(rest.len()));
    for record in records.chunks_exact(4) {
        calls = calls.with(record[0], record[1], u16::from_le_bytes([record[2], record[3]]));
    }
    let Calls { builder, allowed, .. } = calls.judged();
    let wrong: Vec<_> =
        allowed.iter().filter(|(_, is_good)| !**is_good).map(|(of, _)| *of).collect();
    match builder.build() {
        Ok(config) => {
            ensure(wrong.is_empty(), "RX-6", || format!("{wrong:?} were let through: {config:?}"))?;
            run(config, byte(1) >= 128, rest)
        }
        Err(error) => {
            let text = error.to_string();
            let is_named = wrong.contains(&error.field()) && text.starts_with(error.field());
            let is_clear = match text.split_once(", allowed is ") {
                Some((value, allowed)) => value.contains(" is ") && allowed.len() > 3,
                None => false,
            };
            ensure(is_named && is_clear, "RX-6", || format!("{wrong:?} gave {text:?}"))
        }
    }
}

fn run(config: Config, resumes: bool, bytes: &[u8]) -> Verdict {
    let checkpoint = Checkpoint::new("c-us").and_then(|new| new.with_watermark("3"));
    let checkpoint = checkpoint.map_err(|error| Violation::new("RX-6", error.to_string()))?;
    let watch = Watch::new(config.base(), None, None);
    Host::new(config.into(), resumes.then_some(checkpoint), watch)?.run(bytes)
}

impl Calls {
    fn with(mut self, which: u8, unit: u8, value: u16) -> Calls {
        let (duration, count) = (duration(unit, value), count(unit, value));
        let which = usize::from(which % 31);
        let own = self.builder;
        self.builder = match which {
            0 => {
                self.backoff = pair(unit, value);
                own.with_backoff(self.backoff.0, self.backoff.1)
            }
            1 => {
                self.probes = pair(unit, value);
                own.with_probe_backoff(self.probes.0, self.probes.1)
            }
            9 => {
                self.allowed.insert("keepalive.interval", true);
                own.with_keepalive_interval(None)
            }
            11 => {
                self.allowed.insert("liveness.timeout", true);
                own.without_liveness_timeout()
            }
            2..=8 => within(&mut self.allowed, own, &TIMES[which - 2], duration),
            10 => within(&mut self.allowed, own, &TIMES[7], duration),
            12..=15 => within(&mut self.allowed, own, &TIMES[which - 4], duration),
            16..=18 => {
                let few = u32::try_from(count).unwrap_or(u32::MAX);
                within(&mut self.allowed, own, &FEW[which - 15], few)
            }
            19..=22 => {
                let size = usize::try_from(count).unwrap_or(usize::MAX);
                within(&mut self.allowed, own, &COUNTS[which - 19], size)
            }
            _ => free(own, which, count, value % 2 == 1),
        };
        match which {
            6 => self.url.0 = duration,
            7 => self.url.1 = Some(duration),
            _ => {}
        }
        self
    }

    /// The bounds that hang together.
    fn judged(mut self) -> Calls {
        let (ms, day) = (Duration::from_millis(1), Duration::from_secs(86_400));
        let pairs = [
            ("backoff.initial", "backoff.max", self.backoff),
            ("probe-backoff.initial", "probe-backoff.max", self.probes),
        ];
        for (initial, max, (first, longest)) in pairs {
            self.allowed.insert(initial, ms <= first && first <= day);
            self.allowed.insert(max, first <= longest && longest <= day);
        }
        let (lifetime, margin) = self.url;
        let is_good = margin.is_none_or(|margin| margin <= lifetime / 2);
        self.allowed.insert("stream-url.margin", is_good);
        self
    }
}

/// Sets what has two ends, and notes whether it is within them.
fn within<T: Copy + PartialOrd>(
    allowed: &mut BTreeMap<&'static str, bool>,
    builder: Builder,
    &(field, with, min, max): &Bounds<T>,
    value: T,
) -> Builder {
    allowed.insert(field, min <= value && value <= max);
    with(builder, value)
}

/// Sets what may be anything.
fn free(builder: Builder, which: usize, count: u64, flag: bool) -> Builder {
    match which {
        23 => builder.with_seed(count),
        24 => builder.with_way(if flag { Way::Polling } else { Way::Stream }),
        25 => builder.with_history(if flag { History::OnlyNew } else { History::Everything }),
        26 => builder.with_secret_only(flag),
        27 => builder.with_echo_keys(flag).with_posts_in_checkpoint(!flag),
        28 => builder.with_streamed_answers(flag).with_posts_in_checkpoint(flag),
        29 => {
            let text = text(count);
            builder.with_user(User { id: text.clone(), name: flag.then_some(text) })
        }
        _ => builder.with_locale(text(count)),
    }
}

/// A length of time, from nothing to all there is.
fn duration(unit: u8, value: u16) -> Duration {
    let value = u64::from(value);
    match unit % 8 {
        0 => Duration::from_nanos(value),
        1 => Duration::from_micros(value),
        2 => Duration::from_millis(value),
        3 => Duration::from_millis(value * 10),
        4 => Duration::from_secs(value),
        5 => Duration::from_secs(value * 60),
        6 => Duration::from_secs(value * 86_400),
        _ => Duration::MAX - Duration::from_nanos(value),
    }
}

fn pair(unit: u8, value: u16) -> (Duration, Duration) {
    let [low, high] = value.to_le_bytes();
    (duration(unit, u16::from(low)), duration(unit / 8, u16::from(high)))
}

fn count(unit: u8, value: u16) -> u64 {
    let value = u64::from(value);
    if unit % 64 == 63 { u64::MAX - value } else { value << (unit % 48) }
}

/// Text for the user and the language, which may be any.
fn text(number: u64) -> String {
    let texts = ["", "dl_7", "a\"b\\c", "\u{1f980}\u{0}\n", "en-US", " "];
    let text = texts[usize::try_from(number % 6).unwrap_or(0)];
    text.repeat(usize::try_from(number / 6 % 500).unwrap_or(0) + 1)
}

/// A base, and whether it may be one.
fn base(choice: u8) -> (String, bool) {
    let all = [
        ("https://directline.botframework.com", true),
        ("https://service.example/v3/directline/", true),
        (" http://127.0.0.1:3000/directline \n", true),
        ("HTTPS://User.Example:8443/a/b//", true),
        ("https://[::1]:1/", true),
        ("", false),
        ("service.example", false),
        ("ftp://service.example", false),
        ("wss://service.example", false),
        ("https://", false),
        ("https://u:p@service.example", false),
        ("https://service.example/?t=x", false),
        ("https://service.example/#x", false),
        ("https://service.example/.bot/v3/directline", false),
        ("https://service.example:99999", false),
    ];
    let (text, is_good) = all[usize::from(choice) % all.len()];
    (text.to_owned(), is_good)
}

fn lasting(text: String, lifetime: Duration) -> Result<Credential, CredentialError> {
    Ok(Token::new(text)?.lasting(lifetime).into())
}

/// A credential, and whether it may be one.
fn credential(choice: u8) -> (Result<Credential, CredentialError>, bool) {
    let texts = [
        ("tok.cwA.1".to_owned(), true),
        (" site-secret\n".to_owned(), true),
        ("a".repeat(16 * 1024), true),
        ("a".repeat(16 * 1024 + 1), false),
        ("abc".to_owned(), false),
        ("two words".to_owned(), false),
        ("a\r\nX: y".to_owned(), false),
        ("\u{fc}".to_owned(), false),
    ];
    let (text, is_good) = texts[usize::from(choice % 8)].clone();
    let credential = match choice / 8 % 6 {
        0 => Credential::secret(text),
        1 => Credential::token(text),
        2 => lasting(text, Duration::ZERO),
        3 => lasting(text, Duration::from_millis(1)),
        4 => lasting(text, Duration::from_secs(3_600)),
        _ => lasting(text, Duration::MAX),
    };
    (credential, is_good)
}
