//! What lets a page of another origin use the service: a browser asks before most requests, and
//! shows an answer to the page only if the answer says that it may. Sockets it opens unasked, so that
//! the service itself has to refuse them.

use hyper::header::HeaderValue;

use crate::http::Request;
use crate::http::reply::Reply;

/// Which origins may use the service from a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origins {
    /// None listed means all, as the public service has it.
    allowed: Vec<String>,
}

impl Origins {
    pub(crate) fn new(allowed: Vec<String>) -> Self {
        Origins { allowed }
    }

    /// Whether a page of this origin may; what is no page has none, and may.
    pub(crate) fn admit(&self, origin: Option<&str>) -> bool {
        origin.is_none_or(|origin| self.allowed.is_empty() || self.lists(origin))
    }

    fn lists(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }

    /// The answer to a browser that asks whether it may send a request; `None` for all else.
    ///
    /// Whether there is such a route is no question here: the request itself will be told.
    pub(crate) fn preflight(&self, request: &Request) -> Option<Reply> {
        if request.method() != "OPTIONS" {
            return None;
        }
        request.header("access-control-request-method")?;
        let mut reply = Reply::empty(204)
            .with_header("Access-Control-Allow-Methods", METHODS)
            .with_header("Access-Control-Max-Age", SECONDS_KNOWN);
        // Clients add headers of their own; none of them does any harm here.
        if let Some(headers) = request.header("access-control-request-headers") {
            reply = reply.with_header("Access-Control-Allow-Headers", &headers);
        }
        Some(reply)
    }

    /// The headers that every answer to a request from this origin has, whatever it says.
    pub(crate) fn headers(&self, origin: Option<&HeaderValue>) -> Vec<(&'static str, String)> {
        let exposed = ("Access-Control-Expose-Headers", String::from(EXPOSED));
        if self.allowed.is_empty() {
            return vec![("Access-Control-Allow-Origin", String::from("*")), exposed];
        }
        // What is answered depends on who asks, which whoever keeps answers has to know.
        let varies = ("Vary", String::from("Origin"));
        match origin.and_then(|origin| origin.to_str().ok()).filter(|origin| self.lists(origin)) {
            Some(origin) => {
                vec![("Access-Control-Allow-Origin", String::from(origin)), exposed, varies]
            }
            None => vec![varies],
        }
    }
}

const METHODS: &str = "GET, POST, DELETE";
/// What a client has to read beside the body, and what names an answer.
const EXPOSED: &str = "Date, Retry-After, x-ms-request-id";
/// How long a browser need not ask again.
const SECONDS_KNOWN: &str = "600";
