//! What a service quotes of credentials: in errors, close reasons, redirects, pages and activities, in
//! whatever spelling. None of it is in the file, and a replay tells the same.

use directline::{
    Action, CloseReason, Config, Credential, Failure, Input, Moment, Obstacle, Output, PostKey,
    RequestId, Session, SocketId, Token, Unreached, Upload, UploadFile, User,
};
use directline_record::{Recorder, Recording};
use http::Response;

const SECRET: &str = "Site+Secret/cwA.q7Zt-0123456789abcdef";
const TOKEN: &str = "tok/en+1.cwA.zYxWvUtSrQpOnMlKjIhG";
const URL: &str =
    "wss://d.example/v3/directline/conversations/c-1/stream?watermark=-&t=kEy%2Bpart|0123456789";
const KEY: &str = "kEy%2Bpart|0123456789";

/// A session beside its recorder.
struct Stand {
    session: Session,
    recorder: Recorder<Vec<u8>>,
    now: u64,
    told: Vec<String>,
    request: Option<RequestId>,
    socket: Option<SocketId>,
}

impl Stand {
    fn new() -> Stand {
        let config = Config::builder(Credential::secret(SECRET).expect("a secret"))
            .with_base("https://d.example")
            .with_user(User { id: "dl_me".into(), name: None })
            .with_seed(3)
            .build()
            .expect("valid");
        let recorder = Recorder::begin(Vec::new(), &config, None, Moment::ZERO);
        let session = Session::new(config, Moment::ZERO);
        let told = Vec::new();
        let mut stand = Stand { session, recorder, now: 0, told, request: None, socket: None };
        stand.drain();
        stand
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            match &output {
                Output::Action(Action::Send { request, .. }) => self.request = Some(*request),
                Output::Action(Action::Open { socket, .. }) => self.socket = Some(*socket),
                Output::Action(_) => {}
                Output::Event(event) => {
                    self.told.push(serde_json::to_string(event).expect("an event"))
                }
            }
            self.recorder.output(&output);
        }
    }

    fn happens(&mut self, input: Input) {
        self.now += 50;
        self.at(self.now, input);
    }

    fn at(&mut self, millis: u64, input: Input) {
        let at = Moment::from_millis(millis);
        self.recorder.input(&self.session, at, &input);
        if let Err(misuse) = self.session.handle(at, input) {
            self.recorder.misuse(&misuse);
        }
        self.drain();
    }

    /// The request under way, or the next one.
    fn asked(&mut self) -> RequestId {
        loop {
            if let Some(request) = self.request.take() {
                return request;
            }
            self.now = self.session.deadline().expect("it waits for something").as_millis();
            self.at(self.now, Input::Timeout);
        }
    }

    fn answers(&mut self, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) {
        let request = self.asked();
        let response =
            headers.iter().fold(Response::builder().status(status), |response, (name, value)| {
                response.header(*name, *value)
            });
        let response = response.body(body.into()).expect("a response");
        self.happens(Input::Response { request, response });
    }
}

fn percent(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

fn life() -> Stand {
    let mut stand = Stand::new();
    let quote = format!("{SECRET} or {} or {} is wrong", percent(SECRET), SECRET.to_uppercase());
    stand.answers(503, &[], format!(r#"{{"error":{{"code":"X","message":"no {quote}"}}}}"#));
    stand.answers(500, &[("set-cookie", SECRET)], format!("<html>{quote}</html>"));
    let sign_in = format!("https://portal.example/in?back={}", percent(SECRET));
    stand.answers(302, &[("location", &sign_in), ("retry-after", "2")], "");
    stand.answers(500, &[], [&b"\xff\xfe"[..], SECRET.as_bytes()].concat());
    let grant = format!(r#"{{"conversationId":"c-1","token":" {TOKEN}\n","expires_in":1800}}"#);
    stand.answers(200, &[], grant.replace('/', "\\/"));
    let grant = format!(
        r#"{{"conversationId":"c-1","token":"{TOKEN}","streamUrl":" {} "}}"#,
        URL.replace('&', "&amp;")
    );
    stand.answers(201, &[], grant);
    let socket = stand.socket.expect("a socket is opened");
    stand.happens(Input::SocketOpened { socket });
    let text = format!(
        r#"{{"activities":[{{"id":"c-1|1","type":"message","text":"{TOKEN} {} {URL}",
            "attachments":[{{"contentUrl":"https://d.example/a/1?t={KEY}"}}]}}],"watermark":"1"}}"#,
        percent(TOKEN)
    );
    stand.happens(Input::Frame { socket, text });
    let activity = format!(r#"{{"type":"message","text":"my token is {TOKEN}"}}"#);
    stand.happens(Input::Post { key: PostKey(1), activity });
    stand.answers(
        502,
        &[],
        format!(r#"{{"error":{{"code":"BotError","message":"sent {TOKEN}"}}}}"#),
    );
    let file = UploadFile::new("a.txt", "text/plain", TOKEN.as_bytes());
    let upload = Upload::new(vec![file]).with_user("dl_me");
    stand.happens(Input::Upload { key: PostKey(2), upload });
    let nobody = Unreached::new("d.example", 443, Obstacle::Refused);
    let request = stand.asked();
    stand.happens(Input::RequestFailed { request, failure: Failure::Unreached(nobody) });
    let reason = format!("go away {URL} with {} {TOKEN}", &TOKEN[2..20]);
    stand.happens(Input::SocketClosed {
        socket,
        reason: CloseReason::Closed { code: 1011, reason },
    });
    let token = Token::new("another.token.of.the.host").expect("a token");
    stand.happens(Input::NewToken(token));
    stand.happens(Input::Close);
    stand
}

#[test]
fn nothing_of_a_credential_that_is_quoted_is_in_the_file() {
    // Covers: CR-7, SU-6
    let stand = life();
    assert!(
        stand.told.iter().any(|told| told.contains("***")),
        "something was quoted: {:#?}",
        stand.told
    );
    let mut file = Vec::new();
    let recorder = stand.recorder;
    file.extend_from_slice(recorder.sink());
    let text = String::from_utf8(file).expect("JSON");
    let small = text.to_lowercase();
    for hidden in [SECRET, TOKEN, KEY, "another.token.of.the.host"] {
        for spelled in [hidden.to_lowercase(), percent(hidden).to_lowercase()] {
            // Nor is any piece that would be no chance.
            for piece in spelled.as_bytes().windows(10) {
                let piece = std::str::from_utf8(piece).expect("ASCII");
                assert!(!small.contains(piece), "{hidden}: {piece}");
            }
        }
    }
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.contains(&hex), "the file that was sent is veiled too");
    for kept in
        ["wss://d.example/v3/directline/conversations/c-1/stream?watermark=-&t=", "my token is "]
    {
        assert!(text.contains(kept), "{kept}");
    }
}

#[test]
fn what_was_quoted_is_told_again_as_it_was() {
    // Covers: TM-2
    let stand = life();
    let text = String::from_utf8(stand.recorder.sink().clone()).expect("JSON");
    let recording = Recording::parse(&text).expect("it was just written");
    assert_eq!(recording.damage(), None);
    let difference = recording.replay().difference();
    assert_eq!(difference.as_ref().map(ToString::to_string), None);
}
