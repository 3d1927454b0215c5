//! What a test puts in.

use std::time::Duration;

use directline::{Builder, Config, Credential, Secret, Token};
use http::Response;

/// An activity set with these ids, such as `"a b"`; no watermark if that is empty.
pub(crate) fn set(ids: &str, watermark: &str) -> String {
    let activities: Vec<_> =
        ids.split_whitespace().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    let mark = match watermark {
        "" => String::new(),
        mark => format!(r#","watermark":"{mark}""#),
    };
    format!(r#"{{"activities":[{}]{mark}}}"#, activities.join(","))
}

/// An error body as the service writes it.
pub(crate) fn error(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"denied"}}}}"#)
}

pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Vec<u8>> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.as_bytes().to_vec()).expect("a response")
}

/// A token by a short name: no real one is so short.
pub(crate) fn token(name: &str) -> Token {
    Token::new(long(name)).expect("a token")
}

/// The secret of a site, by such a name.
pub(crate) fn site(name: &str) -> Credential {
    Credential::secret(long(name)).expect("a secret")
}

fn long(name: &str) -> String {
    format!("{name:.<4}")
}

/// The name of a credential.
pub(crate) fn short(credential: &Secret) -> &str {
    credential.expose().trim_end_matches('.')
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A token `t`, no probes, and pauses of exactly 1 ms, so that stories are short.
pub(crate) fn plain() -> Builder {
    with(token("t"))
}

/// The same with a token that outlives the test.
pub(crate) fn lasting() -> Builder {
    with(token("t").lasting(seconds(30 * 86_400)))
}

/// The same with another credential.
pub(crate) fn with(credential: impl Into<Credential>) -> Builder {
    Config::builder(credential)
        .with_base("https://d.example")
        .with_backoff(millis(1), millis(1))
        .with_keepalive_interval(None)
        .with_stable_after(seconds(60))
}

pub(crate) fn config(builder: Builder) -> Config {
    builder.build().expect("a configuration")
}
