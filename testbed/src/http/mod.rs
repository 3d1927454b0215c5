//! HTTP as the routes see it: requests as a whole, and answers that may be broken off.

pub(crate) mod connection;
pub(crate) mod cors;
pub(crate) mod ending;
pub(crate) mod outcome;
pub(crate) mod reply;

use std::borrow::Cow;

use bytes::Bytes;
use hyper::http::request::Parts;

/// A request, complete with its body.
#[derive(Debug)]
pub(crate) struct Request {
    head: Parts,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn method(&self) -> &str {
        self.head.method.as_str()
    }

    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Path and query as they came.
    pub(crate) fn target(&self) -> &str {
        self.head.uri.path_and_query().map_or("", |target| target.as_str())
    }

    /// The value of a header; of several, the first.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// Whether a header that lists words holds this one.
    pub(crate) fn header_lists(&self, name: &str, word: &str) -> bool {
        let mut values = self.head.headers.get_all(name).iter().filter_map(|it| it.to_str().ok());
        values.any(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(word)))
    }

    /// A parameter of the query, decoded; of several, the first.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The parameters of the query, decoded, in their order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let query = self.head.uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_target_apart() {
        let request = hyper::Request::get("/a/b?watermark=1%2F%2B&watermark=2&empty=")
            .header("Connection", "keep-alive, Upgrade")
            .body(Bytes::new())
            .expect("valid");
        let (head, body) = request.into_parts();
        let request = Request { head, body };
        assert_eq!(request.path(), "/a/b");
        assert_eq!(request.parameter("watermark").as_deref(), Some("1/+"));
        assert_eq!(request.parameter("empty").as_deref(), Some(""));
        assert_eq!(request.parameter("t"), None);
        assert!(request.header_lists("connection", "upgrade"));
        assert!(!request.header_lists("connection", "close"));
    }
}
