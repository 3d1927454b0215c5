//! ANSWERS: what came of a request, as far as whoever sent it can make anything of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderMap, Response, StatusCode};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use url::Url;

use super::MARK;
use super::members::{members, text};
use super::retry_after::retry_after;
use crate::error::{Cause, Message, Purpose, Refusal};
use crate::input::Failure;
use crate::redact::Hidden;
use crate::secret::Secret;

/// An answer, or why there is none.
pub(crate) type Answer = Result<Response<Vec<u8>>, Failure>;

/// What came of a request; `T` is what success brings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<T> {
    Good(T),
    /// No answer, one that makes no sense, or an error that may well be gone the next time.
    Failed(Cause),
    /// This credential is not good for it.
    Refused(Refusal, Message),
    /// The bot is in another region.
    WrongRegion(Message),
    /// The server says no, and will say so again.
    Denied(Denial, Trouble),
}

/// What the server says no to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// There is no such thing.
    Missing,
    /// The server does not have this route.
    NoRoute,
    /// The conversation exists already.
    Exists,
    /// The request is wrong.
    Rejected,
}

/// An error status with what goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) purpose: Purpose,
    pub(crate) status: u16,
    pub(crate) message: Message,
}

/// What came of a post.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PostVerdict {
    /// It was taken, under this id if the answer names one.
    Taken(Option<Box<str>>),
    /// It was surely not taken, and may be sent again.
    NotTaken(Cause),
    /// Nobody knows, and this is why.
    Unknown(Cause),
    Refused(Refusal, Message),
    WrongRegion(Message),
    Rejected(Trouble),
}

/// The parts of a conversation object, every one of which may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) conversation: Option<Arc<str>>,
    pub(crate) token: Option<Secret>,
    pub(crate) lifetime: Option<Duration>,
    /// As it came in.
    pub(crate) stream_url: Option<Arc<str>>,
}

/// A token that was refreshed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Renewed {
    pub(crate) token: Secret,
    pub(crate) lifetime: Option<Duration>,
}

/// How answers are read.
#[derive(Debug)]
pub(crate) struct Reader {
    /// What must not show in messages.
    pub(crate) hidden: Hidden,
    /// The longest wait that a service may ask for.
    pub(crate) retry_after_max: Duration,
}

impl Reader {
    /// Of a request for a connection: a conversation or a token, as far as the answer names them.
    pub(crate) fn grant(&self, purpose: Purpose, answer: Answer) -> Verdict<Grant> {
        self.verdict(purpose, answer, |body| grant(&body))
    }

    /// Of a refresh.
    pub(crate) fn renewed(&self, answer: Answer) -> Verdict<Renewed> {
        self.verdict(Purpose::Refresh, answer, |body| {
            let Grant { token, lifetime, .. } = grant(&body)?;
            Some(Renewed { token: token?, lifetime })
        })
    }

    /// Of a request for activities: a page, not read yet.
    pub(crate) fn page(&self, answer: Answer) -> Verdict<String> {
        self.verdict(Purpose::Activities, answer, |body| String::from_utf8(body).ok())
    }

    /// Of a post or an upload.
    pub(crate) fn post(&self, purpose: Purpose, answer: Answer) -> PostVerdict {
        match self.verdict(purpose, answer, |body| post_id(&body)) {
            Verdict::Good(id) => PostVerdict::Taken(id),
            Verdict::Failed(cause) => match cause {
                Cause::Answered { status: 429, .. }
                | Cause::NotAnswered {
                    failure: Failure::NotSent | Failure::Unreached(_), ..
                } => PostVerdict::NotTaken(cause),
                cause => PostVerdict::Unknown(cause),
            },
            Verdict::Refused(refusal, message) => PostVerdict::Refused(refusal, message),
            Verdict::WrongRegion(message) => PostVerdict::WrongRegion(message),
            Verdict::Denied(Denial::NoRoute, trouble) if trouble.status == 501 => {
                PostVerdict::Unknown(trouble.into())
            }
            Verdict::Denied(_, trouble) => PostVerdict::Rejected(trouble),
        }
    }

    /// How long the service wants to be left alone, by an answer that is no success.
    pub(crate) fn wait(&self, answer: &Answer) -> Option<Duration> {
        let failure = answer.as_ref().ok().filter(|response| !response.status().is_success());
        let wait = failure.and_then(|response| retry_after(response.headers()))?;
        Some(wait.min(self.retry_after_max))
    }

    /// The one place that gives statuses a meaning; `good` reads the body of a success.
    fn verdict<T>(
        &self,
        purpose: Purpose,
        answer: Answer,
        good: impl FnOnce(Vec<u8>) -> Option<T>,
    ) -> Verdict<T> {
        let response = match answer {
            Ok(response) => response.map(without_mark),
            Err(failure) => return Verdict::Failed(Cause::NotAnswered { purpose, failure }),
        };
        let status = response.status().as_u16();
        if response.status().is_success() {
            let bad = Verdict::Failed(Cause::BadBody { purpose });
            return good(response.into_body()).map_or(bad, Verdict::Good);
        }
        if response.status().is_redirection() {
            let to = redirected_to(response.headers(), &self.hidden);
            return Verdict::Failed(Cause::Redirected { purpose, status, to });
        }
        if !is_own(purpose, &response) {
            return Verdict::Failed(Cause::Stranger { purpose, status });
        }
        let (code, message) = error_body(response.body(), &self.hidden);
        let trouble = |message| Trouble { purpose, status, message };
        match (status, code.as_deref()) {
            (400, Some("MissingProperty")) => Verdict::Refused(Refusal::MissingUser, message),
            (401, _) => Verdict::Refused(Refusal::Unauthorized, message),
            (403, Some("RegionNotAllowed")) => Verdict::WrongRegion(message),
            (403, Some("TokenExpired")) => Verdict::Refused(Refusal::Expired, message),
            (403, Some("BadArgument")) => Verdict::Refused(Refusal::Forbidden, message),
            // What must not be said says nothing of who says it.
            (403, _) if matches!(purpose, Purpose::Post | Purpose::Upload) => {
                Verdict::Denied(Denial::Rejected, trouble(message))
            }
            (403, _) => Verdict::Refused(Refusal::Forbidden, message),
            (404 | 410, _) => Verdict::Denied(Denial::Missing, trouble(message)),
            (405 | 501, _) => Verdict::Denied(Denial::NoRoute, trouble(message)),
            (409, _) => Verdict::Denied(Denial::Exists, trouble(message)),
            (408 | 425 | 429 | 500.., _) => Verdict::Failed(trouble(message).into()),
            (_, _) => Verdict::Denied(Denial::Rejected, trouble(message)),
        }
    }
}

impl From<Trouble> for Cause {
    fn from(Trouble { purpose, status, message }: Trouble) -> Cause {
        Cause::Answered { purpose, status, message }
    }
}

/// A body without the byte order mark in front of it.
pub(crate) fn without_mark(mut body: Vec<u8>) -> Vec<u8> {
    if body.starts_with(MARK.encode_utf8(&mut [0; 4]).as_bytes()) {
        body.drain(..MARK.len_utf8());
    }
    body
}

/// As [`members`], of a body.
fn in_body<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    members(std::str::from_utf8(body).ok()?, names)
}

/// Whether `text` can stand for a conversation in a path and be kept; a dot segment would climb
/// out of its path, and no real id is near the limit.
pub(crate) fn is_conversation_id(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.len() <= CONVERSATION_BYTES_MAX
}

/// Takes each member by itself, so that one of an unexpected type spoils nothing else. Each text is
/// copied once, from the body to where it is kept.
fn grant(body: &[u8]) -> Option<Grant> {
    // The second spelling of the lifetime is that of offline-directline.
    let names = ["conversationId", "token", "expires_in", "expiresIn", "streamUrl"];
    let [conversation, token, expires_in, expires_in_as_well, stream_url] = in_body(body, names)?;
    let id = conversation.and_then(text).filter(|id| is_conversation_id(id));
    Some(Grant {
        conversation: id.map(Arc::from),
        token: token.and_then(text).and_then(|token| Secret::parse(&token)),
        lifetime: expires_in.or(expires_in_as_well).and_then(lifetime),
        stream_url: stream_url.and_then(text).map(Arc::from),
    })
}

/// A lifetime in seconds, written as any number or as text that holds one; one that is not positive
/// says nothing, and a huge one is bounded.
fn lifetime(raw: &RawValue) -> Option<Duration> {
    let text = text(raw).unwrap_or(Cow::Borrowed(raw.get()));
    let number = text.trim();
    let number = number.strip_prefix('+').unwrap_or(number);
    let has_no_sign = number.starts_with(|first: char| first.is_ascii_digit());
    let is_number = has_no_sign && serde_json::from_str::<IgnoredAny>(number).is_ok();
    // A number that is too large to be read is huge.
    let seconds = is_number.then(|| serde_json::from_str(number).unwrap_or(f64::INFINITY));
    let seconds = seconds.filter(|seconds| *seconds > 0.0)?;
    Some(Duration::from_secs_f64(seconds.min(LIFETIME_SECONDS_MAX)))
}

/// The id that a post got, if any; `None` if the answer is not the service's, which answers with an
/// object or with nothing.
fn post_id(body: &[u8]) -> Option<Option<Box<str>>> {
    if body.trim_ascii().is_empty() {
        return Some(None);
    }
    let [id] = in_body(body, ["id"])?;
    let id = id.and_then(text);
    let id = id.filter(|id| !id.is_empty() && id.len() <= CONVERSATION_BYTES_MAX);
    Some(id.map(Into::into))
}

/// Whether an error is the service's own word. What stands in between asks for a sign-in of its own
/// (407, 511), or answers in the name of others with a page.
fn is_own(purpose: Purpose, response: &Response<Vec<u8>>) -> bool {
    let (status, body) = (response.status(), response.body().trim_ascii());
    // Servers without a route say so with whatever page they have; that ends nothing here.
    let may_have_no_route = matches!(purpose, Purpose::Generate | Purpose::Reconnect);
    match status.as_u16() {
        // Of a request that is not answered yet, which no answer begins with.
        ..200 | 407 | 511 => false,
        408 | 425 | 429 | 500.. => true,
        404 | 405 | 410 if may_have_no_route => true,
        _ => {
            // Servers write messages in other encodings too, which spoils no JSON.
            let text = || String::from_utf8_lossy(body);
            let is_json = || serde_json::from_str::<IgnoredAny>(&text()).is_ok();
            body.is_empty() || is_name(status, body) || is_json()
        }
    }
}

/// Whether a body is the name of the status, as servers write it that have no more to say: in
/// whatever case, by RFC 9110 or those before it.
fn is_name(status: StatusCode, body: &[u8]) -> bool {
    let others: &[&str] = match status.as_u16() {
        413 => &["Content Too Large", "Request Entity Too Large"],
        414 => &["Request-URI Too Long", "Request-URI Too Large"],
        416 => &["Requested Range Not Satisfiable"],
        418 => &["(Unused)"],
        422 => &["Unprocessable Content"],
        _ => &[],
    };
    let mut names = others.iter().copied().chain(status.canonical_reason());
    names.any(|name| name.as_bytes().eq_ignore_ascii_case(body))
}

/// The origin that a redirect leads to, which is all that is fit to be told of it.
fn redirected_to(headers: &HeaderMap, hidden: &Hidden) -> Option<Box<str>> {
    let url = Url::parse(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    is_web.then(|| hidden.redact(&url.origin().ascii_serialization()).into())
}

/// The code and the message of an error body, best effort: it may be absent, HTML or anything.
fn error_body(body: &[u8], hidden: &Hidden) -> (Option<String>, Message) {
    let [error, outer] = in_body(body, ["error", "message"]).unwrap_or_default();
    let inner = error.and_then(|error| members(error.get(), ["code", "message"]));
    let [code, inner] = inner.unwrap_or_default();
    let message = inner.or(outer).and_then(text);
    let code = code.and_then(text).map(Cow::into_owned);
    (code, Message::new(&message.unwrap_or_default(), hidden))
}

/// Real ids have about 30 characters.
const CONVERSATION_BYTES_MAX: usize = 1_024;
/// A year; the Emulator says 2147483647 s, half of which overflows 32-bit timers.
const LIFETIME_SECONDS_MAX: f64 = 31_536_000.0;

#[cfg(test)]
mod tests;
