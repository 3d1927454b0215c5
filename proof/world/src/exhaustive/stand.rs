//! STAND: a session that was led to some phase, and everything that is under way there.

use std::time::Duration;

use directline::{
    Action, Builder, Checkpoint, CloseReason, Config, Credential, Input, Moment, Output, PostKey,
    Purpose, RequestId, Session, SocketId, Token, Upload, UploadFile,
};
use http::Response;

#[derive(Clone)]
pub(crate) struct Stand {
    pub(crate) name: &'static str,
    pub(crate) session: Session,
    pub(crate) now: u64,
    pub(crate) asked: Vec<Asked>,
    pub(crate) sockets: Vec<SocketId>,
    /// The status of the refusal that led to the token in hand, if there was one.
    pub(crate) refused: Option<u16>,
    /// Whether the last page was answered with 404.
    pub(crate) missed: bool,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) request: RequestId,
    pub(crate) purpose: Purpose,
    pub(crate) by_secret: bool,
    pub(crate) has_watermark: bool,
    /// Whether the session still waits for the answer.
    pub(crate) is_awaited: bool,
}

/// So long that whatever is under way stays so while half a token's life goes by.
pub(crate) fn patient(credential: Credential) -> Builder {
    let seconds = Duration::from_secs;
    Config::builder(credential)
        .with_base("https://service.example")
        .with_request_timeout(seconds(600))
        .with_connect_timeout(seconds(600))
        .with_stream_url_lifetime(seconds(3_600))
        .with_backoff(seconds(BACKOFF), seconds(BACKOFF))
        .with_probe_backoff(seconds(PROBE_BACKOFF), seconds(PROBE_BACKOFF))
        .with_retry_after_max(seconds(RETRY_AFTER_MAX))
        .with_keepalive_interval(None)
        .without_liveness_timeout()
}

/// A token whose refresh is due after 500 s.
pub(crate) fn token() -> Credential {
    Token::new("token-0").expect("a token").lasting(Duration::from_secs(1_000)).into()
}

/// A token that outlives every test.
pub(crate) fn lasting_token() -> Credential {
    Token::new("token-0").expect("a token").lasting(Duration::from_secs(10_000_000)).into()
}

pub(crate) fn secret() -> Credential {
    Credential::secret(SECRET).expect("a credential")
}

impl Stand {
    pub(crate) fn new(name: &'static str, builder: Builder) -> Stand {
        let config = builder.build().expect("a valid configuration");
        Stand::of(name, Session::new(config, Moment::ZERO))
    }

    /// Of a conversation that is known, with its watermark if there is one.
    pub(crate) fn resumed(name: &'static str, builder: Builder, watermark: &str) -> Stand {
        let config = builder.build().expect("a valid configuration");
        let mut checkpoint = Checkpoint::new("c-us").expect("an id");
        if !watermark.is_empty() {
            checkpoint = checkpoint.with_watermark(watermark).expect("short");
        }
        Stand::of(name, Session::resume(config, checkpoint, Moment::ZERO))
    }

    fn of(name: &'static str, session: Session) -> Stand {
        let (asked, sockets) = (Vec::new(), Vec::new());
        let mut stand =
            Stand { name, session, now: 0, asked, sockets, refused: None, missed: false };
        stand.drain();
        stand
    }

    /// Takes all outputs, and notes what is under way now.
    pub(crate) fn drain(&mut self) -> Vec<Output> {
        let outputs: Vec<_> = std::iter::from_fn(|| self.session.poll()).collect();
        for output in &outputs {
            match output {
                Output::Action(Action::Send { request, message }) => self.asked.push(Asked {
                    request: *request,
                    purpose: message.purpose(),
                    by_secret: message.bearer().expose() == SECRET,
                    has_watermark: message.url().contains("watermark="),
                    is_awaited: true,
                }),
                Output::Action(Action::Cancel { request }) => self.settled(*request),
                Output::Action(Action::Open { socket, .. }) => self.sockets.push(*socket),
                Output::Action(_) | Output::Event(_) => {}
            }
        }
        outputs
    }

    fn settled(&mut self, request: RequestId) {
        let asked = self.asked.iter_mut().find(|asked| asked.request == request);
        asked.expect("a request that was sent").is_awaited = false;
    }

    /// Gives an input and takes the outputs.
    pub(crate) fn feed(&mut self, input: Input) -> Vec<Output> {
        if let Input::Response { request, .. } | Input::RequestFailed { request, .. } = &input {
            self.settled(*request);
        }
        self.session.handle(Moment::from_millis(self.now), input).expect("no mistake of the host");
        self.drain()
    }

    pub(crate) fn with(mut self, input: Input) -> Stand {
        self.feed(input);
        self
    }

    /// Lets seconds pass, with every deadline in them.
    pub(crate) fn after(mut self, seconds: u64) -> Stand {
        let target = self.now + seconds * 1_000;
        while let Some(at) = self.session.deadline().filter(|at| at.as_millis() <= target) {
            self.now = at.as_millis();
            self.feed(Input::Timeout);
        }
        self.now = target;
        self.with(Input::Timeout)
    }

    /// Answers the request of this purpose that is under way.
    pub(crate) fn answered(mut self, purpose: Purpose, status: u16, body: &str) -> Stand {
        let is_it = |asked: &&Asked| asked.purpose == purpose && asked.is_awaited;
        let asked = self.asked.iter().find(is_it);
        let request = asked.unwrap_or_else(|| panic!("{}: no {purpose:?}", self.name)).request;
        self.feed(Input::Response { request, response: response(status, None, body) });
        self
    }

    /// As [`Stand::answered`], in the way that leads on.
    pub(crate) fn granted(self, purpose: Purpose) -> Stand {
        let body = good_body(purpose);
        self.answered(purpose, 200, body)
    }

    pub(crate) fn opened(self) -> Stand {
        let socket = self.socket();
        self.with(Input::SocketOpened { socket })
    }

    pub(crate) fn closed(self) -> Stand {
        let socket = self.socket();
        self.with(Input::SocketClosed { socket, reason: CloseReason::Broken })
    }

    pub(crate) fn collided(self) -> Stand {
        let (socket, reason) = (self.socket(), "collision".to_owned());
        self.with(Input::SocketClosed {
            socket,
            reason: CloseReason::Closed { code: 1000, reason },
        })
    }

    pub(crate) fn posted(self) -> Stand {
        let activity = "{\"type\":\"message\"}".to_owned();
        self.with(Input::Post { key: PostKey(1), activity })
    }

    pub(crate) fn uploaded(self) -> Stand {
        let upload = Upload::new(vec![UploadFile::new("a.png", "image/png", vec![1])]);
        self.with(Input::Upload { key: PostKey(2), upload: upload.with_user("u") })
    }

    /// The socket that was opened last.
    pub(crate) fn socket(&self) -> SocketId {
        *self.sockets.last().unwrap_or_else(|| panic!("{}: no socket", self.name))
    }

    /// The node of the state graph, as the session's own text shows it.
    pub(crate) fn node(&self) -> String {
        let text = format!("{:?}", self.session);
        let phase = text.split_once(" phase: ").expect("a session shows its phase").1;
        let word =
            |text: &str| text.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
        match phase.strip_prefix("Asking(").map(word).as_deref() {
            None => word(phase),
            Some("Generate") => "Generating".to_owned(),
            Some("Start") => "Starting".to_owned(),
            Some(_) => "Reconnecting".to_owned(),
        }
    }
}

pub(crate) fn response(status: u16, retry_after: Option<&str>, body: &str) -> Response<Vec<u8>> {
    let mut builder = Response::builder().status(status);
    if let Some(value) = retry_after {
        builder = builder.header("Retry-After", value);
    }
    builder.body(body.as_bytes().to_vec()).expect("a response")
}

/// The body that leads on.
pub(crate) fn good_body(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Generate => r#"{"conversationId":"c-us","token":"token-g","expires_in":9000000}"#,
        Purpose::Start | Purpose::Reconnect => {
            r#"{"conversationId":"c-us","streamUrl":"wss://service.example/s?t=key-0"}"#
        }
        Purpose::Refresh => r#"{"conversationId":"c-us","token":"token-r","expires_in":1000}"#,
        Purpose::Activities => r#"{"activities":[],"watermark":"7"}"#,
        Purpose::Post | Purpose::Upload => r#"{"id":"c-us|0000001"}"#,
    }
}

pub(crate) const SECRET: &str = "site-secret";
/// Seconds; every pause is drawn between a quarter and the whole.
pub(crate) const BACKOFF: u64 = 400;
pub(crate) const PROBE_BACKOFF: u64 = 4_000;
pub(crate) const RETRY_AFTER_MAX: u64 = 6_000;
