//! OPTIONS: the settings of a session by the names that a page gives them.

use std::time::Duration;

use directline::{Builder, Config, Credential, History, Token, User, Way};
use js_sys::{Array, Object, RangeError, TypeError};
use wasm_bindgen::{JsCast, JsValue};

/// A configuration in the making, with what can only be put together at the end.
pub(crate) struct Options {
    config: Builder,
    user: Option<String>,
    name: Option<String>,
    backoff: (Duration, Duration),
    seed: Option<u64>,
}

impl Options {
    pub(crate) fn read(options: &Object) -> Result<Options, JsValue> {
        let mut options = Pairs::of(options);
        let (secret, token) = (options.take("secret"), options.take("token"));
        let life = options.take("tokenLifetime");
        let refused = |name, error: &dyn std::fmt::Display| -> JsValue {
            RangeError::new(&format!("{name}: {error}")).into()
        };
        let credential = match (secret, token) {
            (Some(secret), _) => Credential::secret(text("secret", &secret)?)
                .map_err(|error| refused("secret", &error))?,
            (None, Some(token)) => {
                let token =
                    Token::new(text("token", &token)?).map_err(|error| refused("token", &error))?;
                Credential::Token(match life {
                    Some(life) => token.lasting(duration("tokenLifetime", &life)?),
                    None => token,
                })
            }
            (None, None) => {
                return Err(TypeError::new("token is missing, as is secret: one is needed").into());
            }
        };
        let mut read = Options {
            // What a reload leaves behind is sent by the page that comes after it.
            config: Config::builder(credential).with_echo_keys(true).with_posts_in_checkpoint(true),
            user: None,
            name: None,
            backoff: (Duration::from_secs(1), Duration::from_secs(30)),
            seed: None,
        };
        options.0.into_iter().try_for_each(|(name, value)| read.set(&name, &value))?;
        Ok(read)
    }

    fn set(&mut self, name: &str, value: &JsValue) -> Result<(), JsValue> {
        let config = self.config.clone();
        let time = || duration(name, value);
        self.config = match name {
            "domain" => config.with_base(text(name, value)?),
            "locale" => config.with_locale(text(name, value)?),
            "webSocket" => {
                config.with_way(if truth(name, value)? { Way::Stream } else { Way::Polling })
            }
            "onlyNew" => config.with_history(if truth(name, value)? {
                History::OnlyNew
            } else {
                History::Everything
            }),
            "secretOnly" => config.with_secret_only(truth(name, value)?),
            "streaming" => config.with_streamed_answers(truth(name, value)?),
            "echoKeys" => config.with_echo_keys(truth(name, value)?),
            "keepPosts" => config.with_posts_in_checkpoint(truth(name, value)?),
            "postsMax" => config.with_posts_max(count(name, value)?),
            "attemptsAtOnce" => config.with_attempts_at_once(count(name, value)?),
            "pollingInterval" => config.with_poll_interval(time()?),
            "timeout" => config.with_request_timeout(time()?),
            "connectTimeout" => config.with_connect_timeout(time()?),
            "keepaliveInterval" => config.with_keepalive_interval(Some(time()?)),
            "livenessTimeout" => config.with_liveness_timeout(time()?),
            "outageMax" => config.with_outage_max(time()?),
            _ => {
                match name {
                    "userId" => self.user = Some(text(name, value)?),
                    "userName" => self.name = Some(text(name, value)?),
                    "backoffInitial" => self.backoff.0 = time()?,
                    "backoffMax" => self.backoff.1 = time()?,
                    "seed" => self.seed = Some(count(name, value)?),
                    _ => {
                        return Err(TypeError::new(&format!("{name} is not known here")).into());
                    }
                }
                config
            }
        };
        Ok(())
    }

    pub(crate) fn build(self) -> Result<Config, JsValue> {
        let mut config = self.config.with_backoff(self.backoff.0, self.backoff.1);
        if let Some(id) = self.user {
            config = config.with_user(User { id, name: self.name });
        }
        if let Some(seed) = self.seed {
            config = config.with_seed(seed);
        }
        config.build().map_err(|error| RangeError::new(&error.to_string()).into())
    }
}

/// The members of an object that have a value.
struct Pairs(Vec<(String, JsValue)>);

impl Pairs {
    fn of(object: &Object) -> Pairs {
        let pairs = Object::entries(object).into_iter().filter_map(|pair| {
            let pair: Array = pair.dyn_into().ok()?;
            let value = pair.get(1);
            (!value.is_undefined()).then_some((pair.get(0).as_string()?, value))
        });
        Pairs(pairs.collect())
    }

    fn take(&mut self, name: &str) -> Option<JsValue> {
        let at = self.0.iter().position(|(its, _)| its == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

fn text(name: &str, value: &JsValue) -> Result<String, JsValue> {
    value.as_string().ok_or_else(|| mistyped(name, value, "text"))
}

fn truth(name: &str, value: &JsValue) -> Result<bool, JsValue> {
    value.as_bool().ok_or_else(|| mistyped(name, value, "true or false"))
}

/// Milliseconds, as everywhere in a browser.
pub(crate) fn duration(name: &str, value: &JsValue) -> Result<Duration, JsValue> {
    let allowed = "a number of milliseconds";
    let millis = value.as_f64().ok_or_else(|| mistyped(name, value, allowed))?;
    Duration::try_from_secs_f64(millis / 1_000.0)
        .map_err(|_| RangeError::new(&format!("{name} is {millis}, allowed is {allowed}")).into())
}

fn count<N: std::str::FromStr>(name: &str, value: &JsValue) -> Result<N, JsValue> {
    let allowed = "a whole number";
    let number = value.as_f64().ok_or_else(|| mistyped(name, value, allowed))?;
    // A whole one is written without a fraction and without an exponent.
    number
        .to_string()
        .parse()
        .map_err(|_| RangeError::new(&format!("{name} is {number}, allowed is {allowed}")).into())
}

/// The value of a credential is shown no more than any other: the type is what is wrong.
fn mistyped(name: &str, value: &JsValue, allowed: &str) -> JsValue {
    let kind = value.js_typeof().as_string().filter(|_| !value.is_null());
    let kind = kind.unwrap_or_else(|| "null".to_owned());
    TypeError::new(&format!("{name} is of the type {kind}, allowed is {allowed}")).into()
}
