//! What happens to a session.

use directline::{CloseReason, Failure, Input, Misuse, Moment, PostKey, Purpose, RequestId};
use http::Response;

use super::{Host, response, set, token};

impl Host {
    #[track_caller]
    pub(crate) fn handle(&mut self, input: Input) -> &mut Host {
        assert!(self.log.len() < STORY_MAX, "the story has no end");
        if let Input::Post { key, .. } | Input::Upload { key, .. } = &input {
            self.outcomes.remove(&key.0);
        }
        self.log.push((Moment::from_millis(self.now), input.clone()));
        self.session
            .handle(Moment::from_millis(self.now), input)
            .expect("the host makes no mistake");
        self.latest = self.latest.max(self.now);
        self.drain();
        self
    }

    /// Makes a mistake; nothing may come of it but its name.
    #[track_caller]
    pub(crate) fn mistakes(&mut self, input: Input) -> Misuse {
        let before = self.session.clone();
        let later = Moment::from_millis(self.now + 1_000_000);
        let misuse = self.session.handle(later, input).expect_err("that is a mistake");
        assert!(self.session == before, "a mistake changes nothing");
        misuse
    }

    /// Answers the youngest request under way.
    #[track_caller]
    pub(crate) fn answers(&mut self, status: u16, body: &str) -> &mut Host {
        self.answers_with(response(status, &[], body))
    }

    #[track_caller]
    pub(crate) fn answers_with(&mut self, response: Response<Vec<u8>>) -> &mut Host {
        let request = self.in_flight.pop().expect("a request waits for an answer");
        self.lands(request, Input::Response { request, response })
    }

    /// Answers the request for `purpose`.
    #[track_caller]
    pub(crate) fn answers_to(&mut self, purpose: Purpose, status: u16, body: &str) -> &mut Host {
        self.summon(purpose);
        self.answers(status, body)
    }

    /// Answers, once more or late, the `number`th request of all.
    pub(crate) fn answers_late(&mut self, number: usize, status: u16, body: &str) -> &mut Host {
        let (request, _) = self.requests[number - 1];
        self.in_flight.retain(|waiting| *waiting != request);
        self.lands(request, Input::Response { request, response: response(status, &[], body) })
    }

    #[track_caller]
    fn lands(&mut self, request: RequestId, input: Input) -> &mut Host {
        self.landing = Some(request);
        self.handle(input);
        self.landing = None;
        self
    }

    #[track_caller]
    pub(crate) fn fails(&mut self, failure: Failure) -> &mut Host {
        let request = self.in_flight.pop().expect("a request waits for an answer");
        self.lands(request, Input::RequestFailed { request, failure })
    }

    /// Answers a start or a reconnect as the service does, with a new stream URL.
    #[track_caller]
    pub(crate) fn grants(&mut self) -> &mut Host {
        self.grants_also("")
    }

    /// The same with more members, such as `,"token":"t2"`.
    #[track_caller]
    pub(crate) fn grants_also(&mut self, members: &str) -> &mut Host {
        self.urls += 1;
        let url = format!("wss://d.example/{}", self.urls);
        let body = format!(r#"{{"conversationId":"c","streamUrl":"{url}"{members}}}"#);
        self.answers(200, &body)
    }

    /// Grants and opens at once.
    #[track_caller]
    pub(crate) fn goes_live(&mut self) -> &mut Host {
        self.grants().opens()
    }

    /// Grants a reconnect that was asked for beside other requests.
    #[track_caller]
    pub(crate) fn grants_to_reconnect(&mut self) -> &mut Host {
        self.summon(Purpose::Reconnect);
        self.grants()
    }

    #[track_caller]
    pub(crate) fn opens(&mut self) -> &mut Host {
        let socket = self.current();
        self.handle(Input::SocketOpened { socket })
    }

    #[track_caller]
    pub(crate) fn frame(&mut self, text: &str) -> &mut Host {
        let socket = self.current();
        self.handle(Input::Frame { socket, text: text.into() })
    }

    /// A frame with activities of these ids, such as `"a b"`, and with a watermark.
    #[track_caller]
    pub(crate) fn says(&mut self, ids: &str, watermark: &str) -> &mut Host {
        self.frame(&set(ids, watermark))
    }

    #[track_caller]
    pub(crate) fn closes(&mut self, code: u16, reason: &str) -> &mut Host {
        self.ends_socket(CloseReason::Closed { code, reason: reason.into() })
    }

    #[track_caller]
    pub(crate) fn breaks(&mut self) -> &mut Host {
        self.ends_socket(CloseReason::Broken)
    }

    #[track_caller]
    pub(crate) fn refuses(&mut self, status: u16) -> &mut Host {
        self.ends_socket(CloseReason::Refused { status: Some(status) })
    }

    #[track_caller]
    pub(crate) fn ends_socket(&mut self, reason: CloseReason) -> &mut Host {
        let socket = self.socket.take().expect("there is a socket");
        self.handle(Input::SocketClosed { socket, reason })
    }

    /// The post number `key`, an activity that says so.
    pub(crate) fn posts(&mut self, key: u64) -> &mut Host {
        let activity = format!(r#"{{"text":"{key}"}}"#);
        self.handle(Input::Post { key: PostKey(key), activity })
    }

    pub(crate) fn supplies(&mut self, name: &str) -> &mut Host {
        self.handle(Input::NewToken(token(name)))
    }
}

/// Who waits for something that never comes is told so.
const STORY_MAX: usize = 30_000;
