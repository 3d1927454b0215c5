//! Answers, whole or broken off.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::Response;
use hyper::body::Frame;
use hyper::header::CONTENT_LENGTH;
use hyper::http::response::Builder;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::task::yield_now;

use crate::plan::answer::{Answer, AnswerBody};

/// A body that may break off.
pub(crate) type ReplyBody = UnsyncBoxBody<Bytes, Failure>;

/// Why a connection ends before its answer does.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A fault wants it.
    #[error("broken off on purpose")]
    Intended,
    /// A made-up answer has a status or a header that HTTP doesn't allow.
    #[error("the answer can't be written as HTTP")]
    Inexpressible(#[from] hyper::http::Error),
}

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Reply {
            status,
            headers: vec![("Content-Type", String::from("application/json; charset=utf-8"))],
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Reply { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// An error as the real service words it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let error = json!({ "error": { "code": code, "message": message } });
        Reply::json(status, &error.to_string())
    }

    /// The made-up answer of a plan.
    pub(crate) fn made_up(answer: &Answer) -> Self {
        let mut reply = match &answer.body {
            AnswerBody::Error => Reply::json(answer.status, &made_up_error(answer).to_string()),
            AnswerBody::Empty => Reply::empty(answer.status),
            AnswerBody::Html => Reply {
                status: answer.status,
                headers: vec![("Content-Type", String::from("text/html"))],
                body: Bytes::from_static(HTML.as_bytes()),
            },
            AnswerBody::Garbage => Reply::json(answer.status, "{\"error\":"),
            AnswerBody::Literal(text) => Reply::json(answer.status, text),
        };
        if let Some(location) = &answer.location {
            reply = reply.with_header("Location", location);
        }
        if let Some(retry_after) = &answer.retry_after {
            let now = SystemTime::now();
            reply = reply
                .with_header("Retry-After", &write_retry_after(retry_after, now))
                .with_header("Date", &httpdate::fmt_http_date(now));
        }
        reply
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, String::from(value)));
        self
    }

    pub(crate) fn with_headers(mut self, headers: Vec<(&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The answer as it shall be; an error if HTTP can't express it.
    pub(crate) fn into_response(self) -> Result<Response<ReplyBody>, Failure> {
        let body = Full::new(self.body.clone()).map_err(|never| match never {});
        Ok(self.into_head().body(body.boxed_unsync())?)
    }

    /// The answer as announced by its head, but with only the first half of its body.
    pub(crate) fn into_half_response(self) -> Result<Response<ReplyBody>, Failure> {
        let length = self.body.len();
        let half = Frame::data(self.body.slice(..length / 2));
        let frames = stream::iter([Ok(half)]).chain(stream::once(break_off()));
        let body = StreamBody::new(frames).boxed_unsync();
        Ok(self.into_head().header(CONTENT_LENGTH, length).body(body)?)
    }

    fn into_head(self) -> Builder {
        let head = Response::builder().status(self.status);
        self.headers.into_iter().fold(head, |head, (name, value)| head.header(name, value))
    }
}

/// Fails, but lets the connection send first what it was given before.
async fn break_off() -> Result<Frame<Bytes>, Failure> {
    yield_now().await;
    Err(Failure::Intended)
}

fn made_up_error(answer: &Answer) -> Value {
    match &answer.code {
        Some(code) => json!({ "error": { "code": code, "message": answer.message } }),
        None => json!({ "error": { "message": answer.message } }),
    }
}

/// `date:7` becomes the date seven seconds after `now`, which is also the answer's `Date`.
fn write_retry_after(value: &str, now: SystemTime) -> String {
    let seconds = value.strip_prefix("date:").and_then(|seconds| seconds.trim().parse().ok());
    // The date format ends with the year 9999; a later one isn't a date any more.
    let seconds = seconds.filter(|seconds| *seconds <= RETRY_DATE_SECONDS_MAX);
    match seconds.map(Duration::from_secs) {
        Some(wait) => httpdate::fmt_http_date(now + wait),
        None => String::from(value),
    }
}

const HTML: &str =
    "<!DOCTYPE html><html><head><title>Error</title></head><body>Try later.</body></html>";
/// A thousand years.
const RETRY_DATE_SECONDS_MAX: u64 = 1000 * 365 * 86_400;

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn retry_after_takes_three_forms() {
        let written = |value| write_retry_after(value, UNIX_EPOCH);
        assert_eq!(written("7"), "7");
        assert_eq!(written("date:7"), "Thu, 01 Jan 1970 00:00:07 GMT");
        assert_eq!(written("date:soon"), "date:soon");
        assert_eq!(written("soon"), "soon");
        assert_eq!(written("date:31536000000"), "Wed, 03 May 2969 00:00:00 GMT");
        for too_late in ["date:31536000001", "date:18446744073709551615"] {
            assert_eq!(written(too_late), too_late);
        }
    }
}
