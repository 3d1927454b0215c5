//! What the endpoint's answers hold: a token, a conversation, and perhaps where it takes place.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use serde::Deserialize;
use serde_json::Value;

use super::{Asked, CopilotError, claims};
use crate::config::{Builder, Config};
use crate::error::{Cause, ConfigError, Message, Purpose};
use crate::redact::Hidden;
use crate::secret::{Secret, Token};
use crate::wire::base::{Base, shown};
use crate::wire::response::{Grant, Reader, Trouble, Verdict, without_mark};

/// A conversation that the token endpoint has made: what to begin a session with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Conversation {
    id: Option<Arc<str>>,
    token: Token,
    /// `None` for the public one.
    base: Option<Base>,
    base_source: BaseSource,
}

/// How the base of a [`Conversation`] came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseSource {
    /// The channel settings name it.
    Settings,
    /// There are no channel settings, and the token says for which of the known Direct Line
    /// services it was made. It is read without checking its signature, which only the service
    /// can; the worst that a forged one does is to be refused by the wrong region.
    Token,
    /// Nothing names it, so it is the public service. An agent in a region answers with
    /// [`End::WrongRegion`](crate::End::WrongRegion); then [`Builder::with_base`] helps.
    Assumed,
}

impl Conversation {
    /// Reads the answers to [`token_request`](super::Endpoint::token_request) and
    /// [`settings_request`](super::Endpoint::settings_request).
    ///
    /// Older gateways have no channel settings and answer 404; [`Conversation::base_source`] says
    /// what was done about it.
    ///
    /// # Errors
    ///
    /// [`CopilotError`] says which answer is of no use. Nothing has begun, so asking again later
    /// does no harm.
    pub fn from_answers(
        token: Response<Vec<u8>>,
        settings: Response<Vec<u8>>,
    ) -> Result<Conversation, CopilotError> {
        let (token, settings) = (token.map(without_mark), settings.map(without_mark));
        let grant = grant(token)?;
        let text = grant.token.ok_or(CopilotError::NoToken)?;
        let (base, base_source) = match named_base(settings, &text)? {
            Some(base) => (Some(base), BaseSource::Settings),
            None => match claims::base(&text) {
                Some(base) => (Some(base), BaseSource::Token),
                None => (None, BaseSource::Assumed),
            },
        };
        let Grant { conversation: id, lifetime, .. } = grant;
        Ok(Conversation { id, token: Token { text, lifetime }, base, base_source })
    }

    /// The id of the conversation, if the endpoint named it; starting it names it again.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The token, for this conversation only; its lifetime counts from its answer.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// How the base came to be known.
    #[must_use]
    pub fn base_source(&self) -> BaseSource {
        self.base_source
    }

    /// Starts the configuration of a session with this token at this base. Begin the session at
    /// once, since the lifetime counts from its beginning.
    pub fn builder(&self) -> Builder {
        let builder = Config::builder(self.token.clone());
        match &self.base {
            Some(base) => builder.with_base(base.as_str()),
            None => builder,
        }
    }
}

/// The answer has the form of a generated token, and is read as one.
fn grant(answer: Response<Vec<u8>>) -> Result<Grant, CopilotError> {
    let status = answer.status().as_u16();
    let words = own_words(answer.body());
    match (reader(Hidden::default()).grant(Purpose::Generate, Ok(answer)), words) {
        (Verdict::Good(grant), _) if grant.token.is_some() => Ok(grant),
        // Also told with success.
        (_, Some(message)) => Err(CopilotError::Answered { asked: Asked::Token, status, message }),
        (Verdict::Good(grant), None) => Ok(grant),
        (verdict, None) => Err(refusal(Asked::Token, status, verdict)),
    }
}

/// What the endpoint calls an error, in a shape that is not the service's: a number and a word.
fn own_words(body: &[u8]) -> Option<Message> {
    #[derive(Deserialize)]
    struct Words {
        #[serde(rename = "ErrorCode")]
        code: Option<Value>,
        #[serde(rename = "ErrorMessage")]
        message: Option<String>,
    }
    let Words { code, message } = serde_json::from_slice(body).ok()?;
    let code = code.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    let words: Vec<String> = code.into_iter().chain(message).collect();
    (!words.is_empty()).then(|| Message::new(&words.join(" "), &Hidden::default()))
}

/// The base that the settings name; `None` where there are no settings.
fn named_base(answer: Response<Vec<u8>>, token: &Secret) -> Result<Option<Base>, CopilotError> {
    #[derive(Deserialize)]
    struct Settings {
        #[serde(rename = "channelUrlsById")]
        channels: Channels,
    }
    #[derive(Deserialize)]
    struct Channels {
        directline: Option<String>,
    }
    let asked = Asked::Settings;
    let status = answer.status().as_u16();
    if status == NOT_FOUND {
        return Ok(None);
    }
    let reader = reader(Hidden::new(vec![token.clone()], None));
    if !answer.status().is_success() {
        return Err(refusal(asked, status, reader.grant(Purpose::Generate, Ok(answer))));
    }
    let settings: Settings =
        serde_json::from_slice(answer.body()).map_err(|_| CopilotError::BadBody { asked })?;
    let text = settings.channels.directline.unwrap_or_default();
    if text.trim().is_empty() {
        return Err(CopilotError::NoBase);
    }
    // The gateway made the token, so it may say where to take it, but not in plain text.
    let base = Base::parse(&text).and_then(|base| match base.is_encrypted() {
        true => Ok(Some(base)),
        false => Err(ConfigError::new("base", shown(&text), "an https URL")),
    });
    base.map_err(|error| CopilotError::BadBase(Message::new(&error.to_string(), &reader.hidden)))
}

/// Nothing is asked for again here, so no wait matters.
fn reader(hidden: Hidden) -> Reader {
    Reader { hidden, retry_after_max: Duration::ZERO }
}

fn refusal(asked: Asked, status: u16, verdict: Verdict<Grant>) -> CopilotError {
    let message = match verdict {
        Verdict::Refused(_, message)
        | Verdict::WrongRegion(message)
        | Verdict::Denied(_, Trouble { message, .. })
        | Verdict::Failed(Cause::Answered { message, .. }) => message,
        // A page of whoever has answered says nothing that is worth repeating.
        Verdict::Failed(Cause::Stranger { .. } | Cause::Redirected { .. }) => Message::default(),
        Verdict::Failed(_) | Verdict::Good(_) => return CopilotError::BadBody { asked },
    };
    CopilotError::Answered { asked, status, message }
}

/// How older gateways answer for a route that they do not have.
const NOT_FOUND: u16 = 404;

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = r#"{"token":"hush","expires_in":3600,"conversationId":"FBf9-eu"}"#;

    fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
        let response = Response::builder().status(status).body(body.as_bytes().to_vec());
        response.expect("a response")
    }

    fn settings(base: &str) -> Response<Vec<u8>> {
        let urls = serde_json::json!({ "channelUrlsById": { "directline": base, "web": 7 } });
        answer(200, &urls.to_string())
    }

    fn base(conversation: &Conversation) -> String {
        let config = conversation.builder().build().expect("what was read can be used");
        config.base().to_owned()
    }

    #[test]
    fn the_answers_are_all_that_a_session_needs() {
        let read = Conversation::from_answers(
            answer(200, TOKEN),
            settings("https://europe.directline.botframework.com/"),
        );
        let read = read.expect("both answers are good");
        assert_eq!(read.id(), Some("FBf9-eu"));
        let token = Token::new("hush").expect("a token").lasting(Duration::from_secs(3_600));
        assert_eq!(*read.token(), token);
        assert_eq!(read.base_source(), BaseSource::Settings);
        assert_eq!(base(&read), "https://europe.directline.botframework.com/v3/directline");
        let config = read.builder().build().expect("valid");
        assert_eq!(config.credential, token.into());
        assert!(!format!("{read:?} {:?}", read.builder()).contains("hush"));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        // Covers: RX-8
        let marked =
            |answer: Response<Vec<u8>>| answer.map(|body| [&b"\xEF\xBB\xBF"[..], &body].concat());
        let base = "https://europe.directline.botframework.com/";
        let read = Conversation::from_answers(marked(answer(200, TOKEN)), marked(settings(base)));
        assert_eq!(read.expect("both answers are good").base_source(), BaseSource::Settings);
    }

    #[test]
    fn without_settings_the_token_or_else_the_public_service_is_taken() {
        let public = "https://directline.botframework.com/v3/directline";
        let read = Conversation::from_answers(answer(200, TOKEN), answer(404, "<html>"));
        let read = read.expect("older gateways have no settings");
        assert_eq!((read.base_source(), &*base(&read)), (BaseSource::Assumed, public));

        // {"aud":"https://europe.directline.botframework.com/"}
        let token = "e30.eyJhdWQiOiJodHRwczovL2V1cm9wZS5kaXJlY3RsaW5lLmJvdGZyYW1ld29yay5jb20vIn0.x";
        let body = format!(r#"{{"token":"{token}"}}"#);
        let read = Conversation::from_answers(answer(200, &body), answer(404, ""));
        let read = read.expect("the token is enough");
        let europe = "https://europe.directline.botframework.com/v3/directline";
        assert_eq!((read.base_source(), &*base(&read)), (BaseSource::Token, europe));
        assert_eq!((read.id(), read.token().lifetime()), (None, None));
    }

    #[test]
    fn only_settings_that_are_not_there_let_something_else_name_the_base() {
        for status in 100..600_u16 {
            for body in ["", "<html>", "{}", TOKEN] {
                let read = Conversation::from_answers(answer(200, TOKEN), answer(status, body));
                assert_eq!(read.is_ok(), status == 404, "{status} {body}");
            }
        }
        // {"aud":"https://europe.directline.botframework.com/"}
        let token = "e30.eyJhdWQiOiJodHRwczovL2V1cm9wZS5kaXJlY3RsaW5lLmJvdGZyYW1ld29yay5jb20vIn0.x";
        let body = format!(r#"{{"token":"{token}"}}"#);
        let india = "https://india.directline.botframework.com";
        let read = Conversation::from_answers(answer(201, &body), settings(india));
        let read = read.expect("both answers are good");
        let named = format!("{india}/v3/directline");
        assert_eq!((read.base_source(), base(&read)), (BaseSource::Settings, named));
    }

    #[test]
    fn an_answer_without_a_token_is_an_error() {
        let error = |status, body: &str| {
            let settings = settings("https://x.example");
            let read = Conversation::from_answers(answer(status, body), settings);
            let error = read.expect_err(body).to_string();
            assert!(!error.contains("hush") && !error.contains('\n'), "{error}");
            error
        };
        let unreadable = "asking for a token was answered with a body that cannot be read";
        for body in ["", "{", "[]", "null", "<html>hush", "\"hush\"", "{\"token\":\"hush\""] {
            assert_eq!(error(200, body), unreadable);
        }
        let useless = "the token endpoint gave no token that can be used";
        for token in
            ["null", "7", "\"\"", "{}", "\"hush hush\"", "\"hush\\r\\nX: y\"", "\"\\ud800\""]
        {
            assert_eq!(error(200, &format!("{{\"token\":{token}}}")), useless);
        }
        assert_eq!(error(200, "{}"), useless);
        let body = r#"{"error":{"code":"NotFound","message":"no\nagent"},"token":"hush"}"#;
        let said = "asking for a token was answered with status 404: no agent";
        assert_eq!(error(404, body), said);
        let body = r#"{"error":{"code":"RegionNotAllowed","message":"use europe"}}"#;
        let said = "asking for a token was answered with status 403: use europe";
        assert_eq!(error(403, body), said);
        for status in [302, 400, 401, 403, 404, 405, 409, 410, 429, 500, 503] {
            let said = format!("asking for a token was answered with status {status}");
            assert_eq!(error(status, "<html>hush"), said);
        }
    }

    #[test]
    fn the_endpoints_own_code_and_words_are_told() {
        // Covers: CR-5
        let body = r#"{"ErrorCode":4103,"ErrorMessage":"ItemWithIdNotFound"}"#;
        for status in [200, 401, 404] {
            let read =
                Conversation::from_answers(answer(status, body), settings("https://x.example"));
            let told = format!(
                "asking for a token was answered with status {status}: 4103 ItemWithIdNotFound"
            );
            assert_eq!(read.expect_err("no token").to_string(), told);
        }
        let body = r#"{"ErrorCode":"x","token":"hush","conversationId":"c"}"#;
        let read = Conversation::from_answers(answer(200, body), settings("https://x.example"));
        assert!(read.is_ok(), "what has a token is good");
    }

    #[test]
    fn settings_that_lead_astray_are_an_error() {
        let error = |settings: Response<Vec<u8>>| {
            let error = Conversation::from_answers(answer(200, TOKEN), settings);
            let error = error.expect_err("these settings are no good").to_string();
            assert!(!error.contains("hush") && error.len() < 600, "{error}");
            error
        };
        for bad in [
            "http://europe.directline.botframework.com/",
            "HTTP://x.example/hush",
            "ws://x.example",
            "ftp://x.example",
            "//x.example",
            "javascript:alert(1)",
            "europe.directline.botframework.com",
            "https://hush@x.example",
            "https://u:p@x.example",
            "https://x.example/?t=hush",
            "https://x.example/#hush",
            "https://a.azurewebsites.net/.bot/v3/directline",
            &format!("http://x.example/{}", "a".repeat(5_000)),
        ] {
            let said = error(settings(bad));
            assert!(said.starts_with("the channel settings name a base that cannot"), "{said}");
        }
        let none = "the channel settings name no Direct Line service";
        assert_eq!(error(settings(" ")), none);
        assert_eq!(error(answer(200, r#"{"channelUrlsById":{"directline":null}}"#)), none);
        assert_eq!(error(answer(200, r#"{"channelUrlsById":{}}"#)), none);
        let unreadable =
            "asking for the channel settings was answered with a body that cannot be read";
        let deep = format!("{{\"x\":{}", "[".repeat(100_000));
        for body in ["", "{}", "[]", "null", "\"hush\"", r#"{"channelUrlsById":"hush"}"#, &deep] {
            assert_eq!(error(answer(200, body)), unreadable);
        }
        let said = "asking for the channel settings was answered with status 503: *** is no good";
        assert_eq!(error(answer(503, r#"{"message":"hush is no good"}"#)), said);
    }
}
