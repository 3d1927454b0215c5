//! Reads answers: which of the few things that matter to a session does this one say?

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use serde_json::value::RawValue;

use super::members::{Members, text};
use super::retry_after::retry_after;
use crate::error::{Message, Purpose, Refusal};
use crate::redact::Hidden;
use crate::secret::Secret;

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A conversation or a token, as far as the answer names them.
    Granted(Grant),
    /// A page of activities, not read yet.
    Page(String),
    /// The post was taken, under this id if the answer names one.
    Taken(Option<Box<str>>),
    /// Success, with a body that makes no sense.
    BadBody,
    /// It may well work later.
    Later(Trouble),
    /// This credential is not good for it.
    Refused(Refusal, Message),
    /// The bot is in another region.
    WrongRegion(Message),
    /// There is no such thing.
    Missing(Trouble),
    /// The server does not have this route.
    NoRoute(Trouble),
    /// The conversation exists already.
    Exists(Trouble),
    /// The request is wrong and stays wrong.
    Rejected(Trouble),
}

/// An error status with what goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) message: Message,
}

/// The parts of a conversation object, every one of which may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) conversation: Option<Arc<str>>,
    pub(crate) token: Option<Secret>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) stream_url: Option<String>,
}

/// The one place that gives statuses a meaning. What is hidden does not show in messages.
pub(crate) fn read(purpose: Purpose, response: Response<Vec<u8>>, hidden: &Hidden) -> Verdict {
    let status = response.status().as_u16();
    if response.status().is_success() {
        return success(purpose, response.into_body());
    }
    let retry_after = retry_after(response.headers());
    let (code, message) = error_body(response.body(), hidden);
    let trouble = |message| Trouble { status, retry_after, message };
    match (status, code.as_deref()) {
        (400, Some("MissingProperty")) => Verdict::Refused(Refusal::MissingUser, message),
        (401, _) => Verdict::Refused(Refusal::Unauthorized, message),
        (403, Some("RegionNotAllowed")) => Verdict::WrongRegion(message),
        (403, Some("TokenExpired")) => Verdict::Refused(Refusal::Expired, message),
        (403, _) => Verdict::Refused(Refusal::Forbidden, message),
        (404 | 410, _) => Verdict::Missing(trouble(message)),
        (405 | 501, _) => Verdict::NoRoute(trouble(message)),
        (409, _) => Verdict::Exists(trouble(message)),
        // Not followed, and not the last word either: a portal or gateway may redirect for a while.
        (300..=399, _) if !purpose.is_post() => Verdict::Later(trouble(message)),
        (408 | 425 | 429 | 500.., _) => Verdict::Later(trouble(message)),
        (_, _) => Verdict::Rejected(trouble(message)),
    }
}

fn success(purpose: Purpose, body: Vec<u8>) -> Verdict {
    match purpose {
        Purpose::Post | Purpose::Upload => Verdict::Taken(post_id(&body)),
        Purpose::Activities => match String::from_utf8(body) {
            Ok(text) => Verdict::Page(text),
            Err(_) => Verdict::BadBody,
        },
        Purpose::Generate | Purpose::Start | Purpose::Reconnect | Purpose::Refresh => {
            match serde_json::from_slice::<Members<'_>>(&body) {
                Ok(members) => Verdict::Granted(members.into()),
                Err(_) => Verdict::BadBody,
            }
        }
    }
}

/// Whether `text` can stand for a conversation in a path and be kept; a dot segment would climb
/// out of its path, and no real id is near the limit.
pub(crate) fn is_conversation_id(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.len() <= CONVERSATION_BYTES_MAX
}

impl From<Members<'_>> for Grant {
    /// Takes each member by itself, so that one of an unexpected type spoils nothing else.
    fn from(body: Members<'_>) -> Grant {
        let string = |name| body.get(name).and_then(text).map(Cow::into_owned);
        // The second spelling is that of offline-directline.
        let expires_in = body.get("expires_in").or_else(|| body.get("expiresIn"));
        Grant {
            conversation: string("conversationId")
                .filter(|id| is_conversation_id(id))
                .map(Arc::from),
            token: string("token").and_then(|token| Secret::parse(&token)),
            lifetime: expires_in.and_then(lifetime),
            stream_url: string("streamUrl"),
        }
    }
}

/// A lifetime in seconds, written as any number or as text that holds one; one that is not positive
/// says nothing, and a huge one is bounded.
fn lifetime(raw: &RawValue) -> Option<Duration> {
    let text = text(raw).unwrap_or(Cow::Borrowed(raw.get()));
    let seconds = text.trim().parse::<f64>().ok().filter(|seconds| *seconds > 0.0)?;
    Some(Duration::from_secs_f64(seconds.min(LIFETIME_SECONDS_MAX)))
}

fn post_id(body: &[u8]) -> Option<Box<str>> {
    let resource: Members<'_> = serde_json::from_slice(body).ok()?;
    let id = resource.get("id").and_then(text)?;
    (!id.is_empty() && id.len() <= CONVERSATION_BYTES_MAX).then(|| id.into())
}

/// The code and the message of an error body, best effort: it may be absent, HTML or anything.
fn error_body(body: &[u8], hidden: &Hidden) -> (Option<String>, Message) {
    let outer: Members<'_> = serde_json::from_slice(body).unwrap_or_default();
    let inner: Members<'_> = outer
        .get("error")
        .and_then(|error| serde_json::from_str(error.get()).ok())
        .unwrap_or_default();
    let message = inner.get("message").or_else(|| outer.get("message")).and_then(text);
    let code = inner.get("code").and_then(text).map(Cow::into_owned);
    (code, Message::new(&message.unwrap_or_default(), hidden))
}

/// Real ids have about 30 characters.
const CONVERSATION_BYTES_MAX: usize = 1_024;
/// A year; the Emulator says 2147483647 s, half of which overflows 32-bit timers.
const LIFETIME_SECONDS_MAX: f64 = 31_536_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(purpose: Purpose, status: u16, body: &str) -> Verdict {
        let response = Response::builder().status(status).body(body.as_bytes().to_vec());
        let hidden = Hidden::new(vec![Secret::new("hush").expect("a token")], None);
        read(purpose, response.expect("a response"), &hidden)
    }

    fn grant(body: &str) -> Grant {
        match verdict(Purpose::Reconnect, 200, body) {
            Verdict::Granted(grant) => grant,
            other => panic!("{body} gave {other:?}"),
        }
    }

    #[test]
    fn lifetimes_are_clamped_and_never_an_error() {
        // Covers: CR-2
        for (written, seconds) in [
            ("3600", Some(3_600.0)),
            ("1800.5", Some(1_800.5)),
            ("1", Some(1.0)),
            ("1e-9", Some(1e-9)),
            ("0", None),
            ("-7", None),
            ("1e12", Some(LIFETIME_SECONDS_MAX)),
            ("\"900\"", Some(900.0)),
            ("\"soon\"", None),
            ("null", None),
            ("[]", None),
            ("true", None),
            ("2147483647", Some(LIFETIME_SECONDS_MAX)),
            ("1e400", Some(LIFETIME_SECONDS_MAX)),
            ("\"NaN\"", None),
        ] {
            let grant = grant(&format!("{{\"expires_in\":{written}}}"));
            assert_eq!(grant.lifetime.map(|lifetime| lifetime.as_secs_f64()), seconds, "{written}");
        }
        assert_eq!(grant("{\"expiresIn\":5}").lifetime, Some(Duration::from_secs(5)));
        let both = grant("{\"expiresIn\":5,\"expires_in\":6}");
        assert_eq!(both.lifetime, Some(Duration::from_secs(6)), "the documented one");
    }

    #[test]
    fn members_of_a_wrong_type_spoil_nothing_else() {
        // Covers: RX-6
        let grant = grant(
            r#"{"conversationId":7,"token":{},"streamUrl":["x"],"expires_in":60,"eTag":null}"#,
        );
        assert_eq!(grant, Grant { lifetime: Some(Duration::from_secs(60)), ..Grant::default() });
        for bad in [
            "",
            "[",
            "[]",
            r#"["c","t",60,60,"wss://d.example"]"#,
            "null",
            "\"x\"",
            "{\"token\":\"a\"",
            "<html>",
        ] {
            assert_eq!(verdict(Purpose::Start, 200, bad), Verdict::BadBody, "{bad}");
        }
    }

    #[test]
    fn ids_that_would_climb_out_of_the_path_are_none() {
        for bad in ["", ".", "..", &"a".repeat(2_000)] {
            assert_eq!(grant(&format!("{{\"conversationId\":\"{bad}\"}}")).conversation, None);
        }
    }

    #[test]
    fn error_bodies_are_read_as_far_as_they_can_be() {
        // Covers: CR-4, CR-5
        let refused =
            |refusal, message| Verdict::Refused(refusal, Message::new(message, &Hidden::default()));
        let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"no hush"}}}}"#);
        for (status, body, expected) in [
            (403, error("TokenExpired"), refused(Refusal::Expired, "no ***")),
            (403, error("BadArgument"), refused(Refusal::Forbidden, "no ***")),
            (403, "<html>".into(), refused(Refusal::Forbidden, "")),
            (401, String::new(), refused(Refusal::Unauthorized, "")),
            (400, error("MissingProperty"), refused(Refusal::MissingUser, "no ***")),
            (
                403,
                error("RegionNotAllowed"),
                Verdict::WrongRegion(Message::new("no ***", &Hidden::default())),
            ),
        ] {
            assert_eq!(verdict(Purpose::Reconnect, status, &body), expected);
        }
    }

    /// One word for what an answer means.
    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Granted(_) | Verdict::Page(_) | Verdict::Taken(_) => "good",
            Verdict::BadBody => "bad body",
            Verdict::Later(_) => "later",
            Verdict::Refused(..) => "refused",
            Verdict::WrongRegion(_) => "wrong region",
            Verdict::Missing(_) => "missing",
            Verdict::NoRoute(_) => "no route",
            Verdict::Exists(_) => "exists",
            Verdict::Rejected(_) => "rejected",
        }
    }

    #[test]
    fn every_status_has_one_meaning() {
        // Covers: RX-6, CR-4
        for status in 100..=999 {
            for code in ["", "MissingProperty", "TokenExpired", "RegionNotAllowed", "BadArgument"] {
                for purpose in [Purpose::Start, Purpose::Post, Purpose::Activities] {
                    let body = format!(r#"{{"message":7,"error":{{"code":"{code}"}}}}"#);
                    let verdict = verdict(purpose, status, &body);
                    let expected = match (status, code) {
                        (200..=299, _) => "good",
                        (300..=399, _) if purpose == Purpose::Post => "rejected",
                        (300..=399 | 408 | 425 | 429, _) => "later",
                        (400, "MissingProperty") | (401, _) => "refused",
                        (403, "RegionNotAllowed") => "wrong region",
                        (403, _) => "refused",
                        (404 | 410, _) => "missing",
                        (405 | 501, _) => "no route",
                        (409, _) => "exists",
                        (500.., _) => "later",
                        _ => "rejected",
                    };
                    assert_eq!(word(&verdict), expected, "{status} {code} {purpose:?}");
                }
            }
        }
    }

    #[test]
    fn an_id_that_cannot_be_one_leaves_a_post_taken() {
        // Covers: TX-2
        let taken = |body: &str| match verdict(Purpose::Post, 200, body) {
            Verdict::Taken(id) => id.map(String::from),
            other => panic!("{body} gave {other:?}"),
        };
        assert_eq!(taken(r#"{"id":"c|1"}"#).as_deref(), Some("c|1"));
        let long = |length| format!(r#"{{"id":"{}"}}"#, "a".repeat(length));
        assert!(taken(&long(CONVERSATION_BYTES_MAX)).is_some());
        for bad in [r#"{"id":""}"#, r#"{"id":7}"#, "{}", "", &long(CONVERSATION_BYTES_MAX + 1)] {
            assert_eq!(taken(bad), None);
        }
    }
}
