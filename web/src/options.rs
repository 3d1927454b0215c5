//! OPTIONS: the settings of a session by the names that a page gives them. `ts/options.ts` has looked at
//! what each is; what it may be, the session says.

use std::time::Duration;

use directline::{Builder, Config, Credential, History, Token, User, Way};
use js_sys::{Object, RangeError, Reflect};
use wasm_bindgen::JsValue;

type Settings<T> = &'static [(&'static str, fn(Builder, T) -> Builder)];

const TEXTS: Settings<String> = &[("domain", Builder::with_base), ("locale", Builder::with_locale)];

const FLAGS: Settings<bool> = &[
    ("webSocket", |config, on| config.with_way(if on { Way::Stream } else { Way::Polling })),
    ("onlyNew", |config, on| {
        config.with_history(if on { History::OnlyNew } else { History::Everything })
    }),
    ("secretOnly", Builder::with_secret_only),
    ("streaming", Builder::with_streamed_answers),
    ("echoKeys", Builder::with_echo_keys),
    ("keepPosts", Builder::with_posts_in_checkpoint),
];

const TIMES: Settings<Duration> = &[
    ("pollingInterval", Builder::with_poll_interval),
    ("timeout", Builder::with_request_timeout),
    ("connectTimeout", Builder::with_connect_timeout),
    ("keepaliveInterval", |config, time| config.with_keepalive_interval(Some(time))),
    ("livenessTimeout", Builder::with_liveness_timeout),
    ("outageMax", Builder::with_outage_max),
];

/// Of what does not fit, the most is above what is allowed.
const COUNTS: Settings<u64> = &[
    ("postsMax", |config, count| config.with_posts_max(count.try_into().unwrap_or(usize::MAX))),
    ("attemptsAtOnce", |config, count| {
        config.with_attempts_at_once(count.try_into().unwrap_or(u32::MAX))
    }),
    ("seed", Builder::with_seed),
];

/// # Errors
///
/// A `RangeError` that names the setting, its value and what is allowed.
pub(crate) fn config(options: &Object) -> Result<Config, JsValue> {
    let given = |name: &str| Reflect::get(options, &name.into()).unwrap_or_default();
    let text = |name: &str| given(name).as_string();
    let time = |name: &str| time(&given(name));
    let credential = match text("secret") {
        Some(secret) => Credential::secret(secret)
            .map_err(|error| out_of_range(format_args!("secret: {error}")))?,
        None => token(text("token").unwrap_or_default(), &given("tokenLifetime"))?.into(),
    };
    // What a reload leaves behind is sent by the page that comes after it.
    let mut config =
        Config::builder(credential).with_echo_keys(true).with_posts_in_checkpoint(true);
    config = set(config, TEXTS, text);
    config = set(config, FLAGS, |name| given(name).as_bool());
    config = set(config, TIMES, time);
    config = set(config, COUNTS, |name| whole(&given(name)));
    let initial = time("backoffInitial").unwrap_or(Duration::from_secs(1));
    config = config.with_backoff(initial, time("backoffMax").unwrap_or(Duration::from_secs(30)));
    if let Some(id) = text("userId") {
        config = config.with_user(User { id, name: text("userName") });
    }
    config.build().map_err(out_of_range)
}

fn set<T>(config: Builder, all: Settings<T>, given: impl Fn(&str) -> Option<T>) -> Builder {
    all.iter().fold(config, |config, (name, set)| match given(name) {
        Some(value) => set(config, value),
        None => config,
    })
}

/// A token, and how many milliseconds it lives from now on, where that is known.
pub(crate) fn token(text: String, life: &JsValue) -> Result<Token, JsValue> {
    let token = Token::new(text).map_err(|error| out_of_range(format_args!("token: {error}")))?;
    Ok(match time(life) {
        Some(life) => token.lasting(life),
        None => token,
    })
}

/// Milliseconds, as everywhere in a browser.
fn time(millis: &JsValue) -> Option<Duration> {
    whole(&(millis.as_f64()? * 1_000.0).into()).map(Duration::from_micros)
}

/// A number that counts.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "none is below 0")]
pub(crate) fn whole(number: &JsValue) -> Option<u64> {
    Some(number.as_f64()? as u64)
}

pub(crate) fn out_of_range(error: impl std::fmt::Display) -> JsValue {
    RangeError::new(&error.to_string()).into()
}
