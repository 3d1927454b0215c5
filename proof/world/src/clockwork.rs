//! Sessions at the points where their own clockwork is measured; for times, for instructions and
//! for allocations alike.

use std::time::Duration;

use directline::{
    Action, CloseReason, Config, Input, Moment, Output, RequestId, Session, SocketId, Token,
};
use http::Response;

use crate::live::{LIVE_AT, live_session, live_session_with};

/// A live session that everything has happened to, and a moment at which nothing is due.
pub fn idle() -> (Session, Moment) {
    let (mut session, socket) = live_session();
    take_in(&mut session, socket);
    (session, LIVE_AT.saturating_add(Duration::from_secs(1)))
}

/// A timeout that comes too early.
pub fn nothing_due(session: &mut Session, now: Moment) {
    session.handle(now, Input::Timeout).expect("a timeout is no mistake");
}

/// A live session whose keep-alives fire as often as is wanted, with nothing else in between.
pub struct KeepAlive {
    session: Session,
    socket: SocketId,
    /// How many may fire before the next sign of life.
    left: u32,
}

fn token() -> Token {
    Token::new("tok.cwA.live").expect("a token").lasting(Duration::from_secs(3_600))
}

impl KeepAlive {
    pub fn live() -> KeepAlive {
        let config = Config::builder(token())
            .with_base("https://service.example")
            .with_keepalive_interval(Some(INTERVAL))
            .with_liveness_timeout(Duration::from_secs(86_400))
            .with_stable_after(Duration::ZERO);
        let (mut session, socket) = live_session_with(config.build().expect("valid"));
        take_in(&mut session, socket);
        let mut keep_alive = KeepAlive { session, socket, left: RENEWED_EVERY };
        // The first to fire makes the socket stable and finds room in the queue.
        (0..8).for_each(|_| keep_alive.fire());
        keep_alive
    }

    /// One keep-alive: the deadline comes, the probe goes out, the next is armed. Now and then
    /// there is a sign of life, and a token for another hour.
    pub fn fire(&mut self) {
        let now = self.session.deadline().expect("a live session wants to probe");
        self.session.handle(now, Input::Timeout).expect("a timeout is no mistake");
        let probe = self.session.poll();
        assert!(matches!(probe, Some(Output::Action(Action::Probe { .. }))), "{probe:?}");
        self.left -= 1;
        if self.left == 0 {
            self.renew(now);
        }
    }

    fn renew(&mut self, now: Moment) {
        self.left = RENEWED_EVERY;
        self.session.handle(now, Input::Pong { socket: self.socket }).expect("issued");
        self.session.handle(now, Input::NewToken(token())).expect("not refused");
        while self.session.poll().is_some() {}
    }
}

/// A reconnect that is about to begin: a live session, and the answer to what it will ask.
pub struct Cycle {
    session: Session,
    socket: SocketId,
    response: Response<Vec<u8>>,
}

impl Cycle {
    pub fn live() -> Cycle {
        let (mut session, socket) = live_session();
        take_in(&mut session, socket);
        Cycle { session, socket, response: Response::new(ANSWER.into()) }
    }

    /// The loss, the pause, the request, the answer, the next socket. Gives the session back, so
    /// that its end is not part of what is measured.
    pub fn run(self) -> Session {
        let Cycle { mut session, socket, response } = self;
        let reason = CloseReason::Broken;
        session.handle(LIVE_AT, Input::SocketClosed { socket, reason }).expect("issued");
        while session.poll().is_some() {}
        let now = session.deadline().expect("a pause ends");
        session.handle(now, Input::Timeout).expect("a timeout is no mistake");
        let request = sent(&mut session);
        session.handle(now, Input::Response { request, response }).expect("issued");
        let socket = opened(&mut session);
        session.handle(now, Input::SocketOpened { socket }).expect("issued");
        while session.poll().is_some() {}
        session
    }
}

fn sent(session: &mut Session) -> RequestId {
    let mut sent = None;
    while let Some(output) = session.poll() {
        if let Output::Action(Action::Send { request, .. }) = output {
            sent = Some(request);
        }
    }
    sent.expect("a request is sent")
}

fn opened(session: &mut Session) -> SocketId {
    let mut opened = None;
    while let Some(output) = session.poll() {
        if let Output::Action(Action::Open { socket, .. }) = output {
            opened = Some(socket);
        }
    }
    opened.expect("a socket is dialled")
}

/// An activity and a watermark, so that the session knows both.
fn take_in(session: &mut Session, socket: SocketId) {
    let text = FRAME.to_owned();
    session.handle(LIVE_AT, Input::Frame { socket, text }).expect("issued");
    while session.poll().is_some() {}
}

/// What the service answers to a reconnect; the text of its token is as long as a real one's.
pub const ANSWER: &str = concat!(
    r#"{"conversationId":"c-us","token":"ew0KICAiYWxnIjogIlJTMjU2IiwNCiAgImtpZCI6ICJsY0oxUGp4"#,
    r#"dC1JYW9tOHZHOHRPd0FuWTZKOCIsDQogICJ4NXQiOiAibGNKMVBqeHQtSWFvbTh2Rzh0T3dBblk2SjgiLA0K","#,
    r#""expires_in":1800,"streamUrl":"wss://service.example/v3/directline/conversations/c-us/"#,
    r#"stream?watermark=1&t=ew0KICAiYWxnIjogIlJTMjU2IiwNCiAgImtpZCI6ICJsY0oxUGp4dC1JYW9tOHZH"#,
    r#"OHRPd0FuWTZKOCIsDQogICJ4NXQiOiAibGNKMVBqeHQtSWFvbTh2Rzh0T3dBblk2SjgiLA0K"}"#,
);
const FRAME: &str = concat!(
    r#"{"activities":[{"type":"message","id":"c-us|0000000","#,
    r#""timestamp":"2026-11-20T12:00:00Z","text":"x"}],"watermark":"1"}"#,
);
const INTERVAL: Duration = Duration::from_millis(100);
/// Often enough for the token of an hour, which is refreshed at its half.
const RENEWED_EVERY: u32 = 10_000;
