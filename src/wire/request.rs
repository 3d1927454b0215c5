//! Builds each request.

use std::fmt;
use std::sync::Arc;

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;

use super::base::Base;
use super::upload::EncodedUpload;
use crate::config::User;
use crate::error::Purpose;
use crate::secret::Secret;

/// One HTTP request to the service: plain text, so that it can be compared and kept.
///
/// ```
/// # use directline::{Action, Body, Config, Credential, Moment, Output, Session};
/// # let config = Config::builder(Credential::token("hush")?).build()?;
/// # let mut session = Session::new(config, Moment::ZERO);
/// # let message = std::iter::from_fn(|| session.poll()).find_map(|output| match output {
/// #     Output::Action(Action::Send { message, .. }) => Some(message),
/// #     _ => None,
/// # }).expect("a session begins with a request");
/// let request: http::Request<Body> = message.into_http();
/// assert!(request.body().is_empty(), "a start says nothing but whose it is");
/// assert_eq!(request.uri(), "https://directline.botframework.com/v3/directline/conversations");
/// assert!(request.headers()[http::header::AUTHORIZATION].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Request {
    purpose: Purpose,
    url: Box<str>,
    bearer: Secret,
    body: Body,
}

/// What is sent with a request: bytes that all copies share, so that an upload of megabytes is in
/// memory once, however often it has to be handed on.
///
/// It is `AsRef<[u8]>` and `'static`, which is what `bytes::Bytes::from_owner` and the like take; who
/// needs a vector of its own writes `body.as_ref().to_vec()`.
///
/// ```
/// use directline::Body;
///
/// let body = Body::from("{}".to_owned());
/// assert_eq!((body.as_ref(), body.len(), body.is_empty()), (&b"{}"[..], 2, false));
/// assert!(Body::default().is_empty());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Body(Payload);

#[derive(Clone, Default, PartialEq, Eq, Hash)]
enum Payload {
    #[default]
    Nothing,
    Json(Arc<str>),
    Upload(Arc<EncodedUpload>),
}

impl Body {
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Payload::Nothing => b"",
            Payload::Json(text) => text.as_bytes(),
            Payload::Upload(upload) => &upload.body,
        }
    }
}

/// JSON.
impl From<String> for Body {
    fn from(json: String) -> Body {
        Body(Payload::Json(json.into()))
    }
}

/// Shows how long it is, and not what it says.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("bytes", &self.len()).finish()
    }
}

impl Request {
    /// What it is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.purpose {
            Purpose::Generate
            | Purpose::Start
            | Purpose::Refresh
            | Purpose::Post
            | Purpose::Upload => Method::POST,
            Purpose::Reconnect | Purpose::Activities => Method::GET,
        }
    }

    /// The absolute URL; it holds no secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body; empty when there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The secret or token that goes with it.
    #[must_use]
    pub fn bearer(&self) -> &Secret {
        &self.bearer
    }

    /// The same as a request of the `http` crate, which every HTTP library takes; its body is not
    /// copied.
    #[must_use]
    pub fn into_http(self) -> http::Request<Body> {
        let mut builder = http::Request::builder()
            .method(self.method())
            .uri(self.url.as_ref())
            .header(AUTHORIZATION, self.bearer.bearer())
            .header(ACCEPT, "application/json");
        match &self.body.0 {
            Payload::Nothing => {}
            Payload::Json(_) => builder = builder.header(CONTENT_TYPE, "application/json"),
            Payload::Upload(upload) => {
                builder = builder.header(CONTENT_TYPE, &*upload.content_type);
                if let Some(disposition) = &upload.disposition {
                    builder = builder.header(CONTENT_DISPOSITION, disposition.as_bytes());
                }
            }
        }
        builder
            .body(self.body)
            .expect("base, path, query and headers were checked when they were made")
    }

    fn new(purpose: Purpose, url: String, bearer: Secret, body: Body) -> Request {
        Request { purpose, url: url.into(), bearer, body }
    }

    pub(crate) fn generate(base: &Base, secret: Secret, user: Option<&User>) -> Request {
        let url = at(base, &["tokens", "generate"]);
        Request::new(Purpose::Generate, url, secret, wishes(user, None))
    }

    pub(crate) fn start(
        base: &Base,
        bearer: Secret,
        user: Option<&User>,
        locale: Option<&str>,
    ) -> Request {
        let url = at(base, &["conversations"]);
        Request::new(Purpose::Start, url, bearer, wishes(user, locale))
    }

    pub(crate) fn reconnect(
        base: &Base,
        bearer: Secret,
        conversation: &str,
        watermark: Option<&str>,
    ) -> Request {
        let url = with_watermark(at(base, &["conversations", conversation]), watermark);
        Request::new(Purpose::Reconnect, url, bearer, Body::default())
    }

    pub(crate) fn refresh(base: &Base, bearer: Secret) -> Request {
        let url = at(base, &["tokens", "refresh"]);
        Request::new(Purpose::Refresh, url, bearer, Body::default())
    }

    pub(crate) fn activities(
        base: &Base,
        bearer: Secret,
        conversation: &str,
        watermark: Option<&str>,
    ) -> Request {
        let url = at(base, &["conversations", conversation, "activities"]);
        let url = with_watermark(url, watermark);
        Request::new(Purpose::Activities, url, bearer, Body::default())
    }

    pub(crate) fn post(
        base: &Base,
        bearer: Secret,
        conversation: &str,
        activity: Arc<str>,
    ) -> Request {
        let url = at(base, &["conversations", conversation, "activities"]);
        Request::new(Purpose::Post, url, bearer, Body(Payload::Json(activity)))
    }

    pub(crate) fn upload(
        base: &Base,
        bearer: Secret,
        conversation: &str,
        upload: Arc<EncodedUpload>,
    ) -> Request {
        let url = at(base, &["conversations", conversation, "upload"]);
        let url = with_query(url, "userId", upload.user.as_deref());
        Request::new(Purpose::Upload, url, bearer, Body(Payload::Upload(upload)))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("url", &self.url)
            .field("bearer", &self.bearer)
            .field("body_bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}

/// What a conversation or a token is asked for with.
#[derive(Serialize)]
struct Wishes<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Person<'a>>,
}

#[derive(Serialize)]
struct Person<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// A JSON object with what is wished; nothing when that is nothing.
fn wishes(user: Option<&User>, locale: Option<&str>) -> Body {
    if user.is_none() && locale.is_none() {
        return Body::default();
    }
    let user = user.map(|User { id, name }| Person { id, name: name.as_deref() });
    let json = serde_json::to_string(&Wishes { locale, user });
    Body::from(json.expect("text can always be written"))
}

fn at(base: &Base, path: &[&str]) -> String {
    let mut url = String::with_capacity(base.as_str().len() + ROOM);
    url.push_str(base.as_str());
    for segment in path {
        url.push('/');
        encode(segment, &mut url);
    }
    url
}

fn with_watermark(url: String, watermark: Option<&str>) -> String {
    with_query(url, "watermark", watermark)
}

/// An absent value leaves no parameter behind: an empty watermark means something else to the
/// service.
fn with_query(mut url: String, name: &str, value: Option<&str>) -> String {
    let Some(value) = value else { return url };
    url.push('?');
    url.push_str(name);
    url.push('=');
    encode(value, &mut url);
    url
}

/// Percent-encodes all but the unreserved characters of RFC 3986, so that the text is one path
/// segment or one query value to every server.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
}

/// In bytes: what routes, ids and watermarks of the field take behind the base.
const ROOM: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base::parse("https://d.example").expect("a base")
    }

    fn token() -> Secret {
        Secret::new("hush").expect("a token")
    }

    #[test]
    fn watermarks_are_one_encoded_query_value() {
        // Covers: WM-1, WM-6
        let url =
            |watermark| String::from(Request::reconnect(&base(), token(), "a/b", watermark).url());
        let path = "https://d.example/v3/directline/conversations/a%2Fb";
        assert_eq!(url(None), path);
        assert_eq!(url(Some("0000a-42")), format!("{path}?watermark=0000a-42"));
        assert_eq!(
            url(Some("a&b=c d+é%#")),
            format!("{path}?watermark=a%26b%3Dc%20d%2B%C3%A9%25%23")
        );
        assert_eq!(url(Some("-")), format!("{path}?watermark=-"));
    }

    #[test]
    fn nothing_shows_the_bearer() {
        // Covers: CR-7
        let request = Request::post(&base(), token(), "c", "{\"x\":\"hush\"}".into());
        assert!(!format!("{request:?}").contains("hush"));
        let http = request.into_http();
        assert!(!format!("{:?}", http.headers()).contains("hush"));
        assert_eq!(http.headers()[AUTHORIZATION], "Bearer hush");
        assert_eq!(http.headers()[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn bodies_hold_what_is_known_and_no_more() {
        let user = User { id: "dl_1".into(), name: Some("A \"B\"".into()) };
        let start = Request::start(&base(), token(), Some(&user), Some("de-DE"));
        let body = r#"{"locale":"de-DE","user":{"id":"dl_1","name":"A \"B\""}}"#;
        assert_eq!(start.body(), body.as_bytes());
        assert_eq!(Request::start(&base(), token(), None, None).body(), b"");
        assert_eq!(Request::generate(&base(), token(), None).body(), b"");
        assert_eq!(
            Request::refresh(&base(), token()).into_http().headers().get(CONTENT_TYPE),
            None
        );
    }
}
