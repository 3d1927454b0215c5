//! Answers, and how they are written or broken off.

use std::io;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::plan::answer::{Answer, AnswerBody};

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Reply {
            status,
            headers: vec![("Content-Type", String::from("application/json; charset=utf-8"))],
            body: body.as_bytes().to_vec(),
        }
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
            AnswerBody::Empty => Reply { status: answer.status, headers: vec![], body: vec![] },
            AnswerBody::Html => Reply {
                status: answer.status,
                headers: vec![("Content-Type", String::from("text/html"))],
                body: HTML.as_bytes().to_vec(),
            },
            AnswerBody::Garbage => Reply::json(answer.status, "{\"error\":"),
            AnswerBody::Literal(text) => Reply::json(answer.status, text),
        };
        if let Some(retry_after) = &answer.retry_after {
            reply.headers.push(("Retry-After", retry_after.clone()));
        }
        reply
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, String::from(value)));
        self
    }

    /// Writes the answer; returns once it has left for the kernel.
    pub(crate) async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes).await?;
        stream.flush().await
    }

    /// Writes the answer as announced by its head, but only the first half of its body.
    pub(crate) async fn write_half(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body[..self.body.len() / 2]);
        stream.write_all(&bytes).await?;
        stream.flush().await
    }

    fn head(&self) -> Vec<u8> {
        let now = SystemTime::now();
        let reason = reason(self.status);
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        head.push_str(&format!("Date: {}\r\n", httpdate::fmt_http_date(now)));
        for (name, value) in &self.headers {
            let value =
                if *name == "Retry-After" { write_retry_after(value, now) } else { value.clone() };
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // Neither a switch of protocols nor "no content" has a body to announce.
        if self.status != 101 && self.status != 204 {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
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

fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Other",
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
        assert_eq!(written("date:18446744073709551615"), "date:18446744073709551615");
    }
}
