//! The made-up answer to a request.

use serde::Serialize;

use crate::plan::fault::When;

/// An answer that is given instead of the real one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// The `error.code` of an error body; without one the `error` object has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The `error.message` of an error body.
    pub message: String,
    /// The `Retry-After` header: `7` for seconds, `date:7` for the HTTP date that many seconds
    /// after the answer's own `Date`, anything else as it is. No header without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The `Location` header, as it is; no header without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What the body holds.
    pub body: AnswerBody,
    /// `After` handles the request first: it takes effect, only its answer is replaced.
    pub when: When,
}

impl Answer {
    /// An answer with an error body, without code or `Retry-After`, to a request not handled.
    pub fn status(status: u16) -> Self {
        Answer {
            status,
            code: None,
            message: String::from(DEFAULT_MESSAGE),
            retry_after: None,
            location: None,
            body: AnswerBody::Error,
            when: When::Before,
        }
    }

    /// Sets the `error.code`.
    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        self.code = Some(String::from(code));
        self
    }

    /// Sets the `error.message`.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Self {
        self.message = String::from(message);
        self
    }

    /// Sets the `Retry-After`; see the field for the forms.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: &str) -> Self {
        self.retry_after = Some(String::from(retry_after));
        self
    }

    /// Sets the `Location`, for a redirect.
    #[must_use]
    pub fn with_location(mut self, location: &str) -> Self {
        self.location = Some(String::from(location));
        self
    }

    /// Sets what the body holds.
    #[must_use]
    pub fn with_body(mut self, body: AnswerBody) -> Self {
        self.body = body;
        self
    }

    /// Sets whether the request is handled first.
    #[must_use]
    pub fn with_when(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

/// What the body of a made-up answer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum AnswerBody {
    /// The usual error object.
    Error,
    /// Nothing.
    Empty,
    /// An HTML page, as proxies send it.
    Html,
    /// Text that claims to be JSON and isn't.
    Garbage,
    /// This text, declared as JSON.
    Literal(String),
}

impl AnswerBody {
    /// Reads the form that plans use; `literal:` precedes a text to be sent as it is.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "error" => Some(AnswerBody::Error),
            "empty" => Some(AnswerBody::Empty),
            "html" => Some(AnswerBody::Html),
            "garbage" => Some(AnswerBody::Garbage),
            other => other.strip_prefix(LITERAL).map(|text| AnswerBody::Literal(text.into())),
        }
    }
}

impl From<AnswerBody> for String {
    fn from(body: AnswerBody) -> Self {
        match body {
            AnswerBody::Error => String::from("error"),
            AnswerBody::Empty => String::from("empty"),
            AnswerBody::Html => String::from("html"),
            AnswerBody::Garbage => String::from("garbage"),
            AnswerBody::Literal(text) => format!("{LITERAL}{text}"),
        }
    }
}

/// The message of an error that a plan gave none.
pub(crate) const DEFAULT_MESSAGE: &str = "The testbed was told to answer like this";
const LITERAL: &str = "literal:";
