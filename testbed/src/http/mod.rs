//! Just enough HTTP/1.1 to serve, and to break off at any byte.
//!
//! The service needs the bare TCP connection to reset it, to cut a body short or to leave it
//! hanging, which servers made for well-behaved answers keep to themselves.

pub(crate) mod chunked;
pub(crate) mod connection;
pub(crate) mod read;
pub(crate) mod reply;

/// A request, complete with its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as they came.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) keep_alive: bool,
}

impl Request {
    /// The value of a header; of several, the first.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a header that lists words holds this one.
    pub(crate) fn header_lists(&self, name: &str, word: &str) -> bool {
        let holds =
            |value: &str| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(word));
        self.headers.iter().any(|(known, value)| known.eq_ignore_ascii_case(name) && holds(value))
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// A parameter of the query, decoded; of several, the first.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        parameters.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_target_apart() {
        let request = Request {
            method: String::from("GET"),
            target: String::from("/a/b?watermark=1%2F%2B&watermark=2&empty="),
            headers: vec![(String::from("Connection"), String::from("keep-alive, Upgrade"))],
            body: Vec::new(),
            keep_alive: true,
        };
        assert_eq!(request.path(), "/a/b");
        assert_eq!(request.parameter("watermark").as_deref(), Some("1/+"));
        assert_eq!(request.parameter("empty").as_deref(), Some(""));
        assert_eq!(request.parameter("t"), None);
        assert!(request.header_lists("connection", "upgrade"));
        assert!(!request.header_lists("connection", "close"));
    }
}
