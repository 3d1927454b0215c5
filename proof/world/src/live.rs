//! A session with the least of a host, and one with an open socket in one call.

use std::sync::Arc;

use directline::{Action, Config, Credential, Input, Moment, Output, RequestId, Session, SocketId};
use http::Response;

/// Hands in and takes out, and remembers what is to be answered; nothing of it is on the heap.
pub struct Bare {
    pub session: Session,
    pub now: Moment,
    pub request: Option<RequestId>,
    pub socket: Option<SocketId>,
}

impl Bare {
    /// A session that has just begun.
    pub fn begin(config: impl Into<Arc<Config>>) -> Bare {
        let session = Session::new(config, Moment::ZERO);
        let mut bare = Bare { session, now: Moment::ZERO, request: None, socket: None };
        bare.drain();
        bare
    }

    pub fn hand(&mut self, input: Input) {
        self.session.handle(self.now, input).expect("no mistake");
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Action(Action::Send { request, .. }) => self.request = Some(request),
                Output::Action(Action::Open { socket, .. }) => self.socket = Some(socket),
                _ => {}
            }
        }
    }

    /// Time passes to the next deadline.
    pub fn wait(&mut self) {
        self.now = self.session.deadline().expect("something is due some day");
        self.hand(Input::Timeout);
    }

    /// Answers the last request with success.
    pub fn answer(&mut self, body: &str) {
        let request = self.request.take().expect("something was asked");
        self.hand(Input::Response { request, response: Response::new(body.into()) });
    }

    /// Opens the last socket.
    pub fn open(&mut self) -> SocketId {
        let socket = self.socket.take().expect("a socket was asked for");
        self.hand(Input::SocketOpened { socket });
        socket
    }
}

/// A session that is live, at the moment `LIVE_AT`, with nothing queued.
pub fn live_session() -> (Session, SocketId) {
    let token = Credential::token("tok.cwA.live").expect("a credential");
    let config = Config::builder(token).with_base("https://service.example").build();
    live_session_with(config.expect("a valid configuration"))
}

/// As [`live_session`], with a configuration that holds a token.
pub fn live_session_with(config: Config) -> (Session, SocketId) {
    let mut bare = Bare::begin(config);
    bare.now = Moment::from_millis(1);
    bare.answer(
        r#"{"conversationId":"c-us","expires_in":1800,"streamUrl":"wss://service.example/s?t=k"}"#,
    );
    bare.now = LIVE_AT;
    let socket = bare.open();
    (bare.session, socket)
}

/// The first request that a session has queued.
pub fn first_request(session: &mut Session) -> RequestId {
    std::iter::from_fn(|| session.poll())
        .find_map(|output| match output {
            Output::Action(Action::Send { request, .. }) => Some(request),
            _ => None,
        })
        .expect("a request is sent")
}

pub const LIVE_AT: Moment = Moment::from_millis(2);
