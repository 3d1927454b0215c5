//! A session with an open socket, in one call. Stands alone, so that benchmarks can include it.

use directline::{Action, Config, Credential, Input, Moment, Output, RequestId, Session, SocketId};
use http::Response;

/// A session that is live, at the moment `LIVE_AT`, with nothing queued.
pub fn live_session() -> (Session, SocketId) {
    let token = Credential::token("tok.cwA.live");
    let config = Config::builder(token).with_base("https://service.example").build();
    live_session_with(config.expect("a valid configuration"))
}

/// As [`live_session`], with a configuration that holds a token.
pub(crate) fn live_session_with(config: Config) -> (Session, SocketId) {
    let mut session = Session::new(config, Moment::ZERO);
    let request = first_request(&mut session);
    let answer =
        r#"{"conversationId":"c-us","expires_in":1800,"streamUrl":"wss://service.example/s?t=k"}"#;
    let response = Response::builder().status(201).body(answer.as_bytes().to_vec());
    let response = response.expect("a response");
    session.handle(Moment::from_millis(1), Input::Response { request, response }).expect("awaited");
    let socket = std::iter::from_fn(|| session.poll())
        .find_map(|output| match output {
            Output::Action(Action::Open { socket, .. }) => Some(socket),
            _ => None,
        })
        .expect("a socket is opened");
    session.handle(LIVE_AT, Input::SocketOpened { socket }).expect("asked for");
    while session.poll().is_some() {}
    (session, socket)
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
