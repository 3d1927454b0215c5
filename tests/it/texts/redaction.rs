//! Secrets, tokens and stream URLs show in nothing that is printed, whatever happens.

use std::fmt::{Debug, Write as _};

use directline::{
    Action, Checkpoint, CloseReason, Config, Credential, Event, Failure, Input, Moment, Output,
    PostKey, Purpose, RequestId, Secret, Session, SocketId, Token, Upload, UploadFile, User, Way,
};

use crate::transcript::{Host, config, lasting, response};

/// What must never show. `T0` is configured, the others come from the service or the host.
const MARKS: [&str; 8] =
    ["MARKs", "MARK0", "MARK1", "MARK2", "MARK3", "MARKurl", "MARKpost", "MARKtext"];

/// Runs a session without understanding it, and prints everything there is.
struct Printer {
    session: Session,
    now: u64,
    request: Option<RequestId>,
    socket: Option<SocketId>,
    printed: String,
    sends: usize,
}

impl Printer {
    fn new(config: Config) -> Printer {
        let mut printer = Printer {
            session: Session::new(config.clone(), Moment::ZERO),
            now: 0,
            request: None,
            socket: None,
            printed: String::new(),
            sends: 0,
        };
        printer.print(&config);
        printer.drain();
        printer
    }

    fn print(&mut self, value: &dyn Debug) {
        writeln!(self.printed, "{value:?}\n{value:#?}").expect("a string takes everything");
    }

    fn goes(&mut self, input: Input) -> &mut Printer {
        self.print(&input);
        let result = self.session.handle(Moment::from_millis(self.now), input);
        if let Err(misuse) = result {
            writeln!(self.printed, "{misuse} {misuse:?}").expect("a string takes everything");
        }
        self.drain();
        self
    }

    fn answers(&mut self, status: u16, body: &str) -> &mut Printer {
        let request = self.request.expect("a request");
        self.goes(Input::Response { request, response: response(status, &[], body) })
    }

    fn times_out(&mut self) -> &mut Printer {
        self.now = self.session.deadline().map_or(self.now, Moment::as_millis);
        self.goes(Input::Timeout)
    }

    fn frame(&mut self, text: &str) -> &mut Printer {
        let socket = self.socket.expect("a socket");
        self.goes(Input::Frame { socket, text: text.into() })
    }

    fn closes(&mut self, reason: &str) -> &mut Printer {
        let socket = self.socket.expect("a socket");
        let reason = CloseReason::Closed { code: 1008, reason: reason.into() };
        self.goes(Input::SocketClosed { socket, reason })
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            // A batch and an application's own posts are the application's; all else is ours.
            if !matches!(output, Output::Event(Event::Delivered(_))) {
                self.print(&output);
            }
            if let Output::Event(event) = &output {
                // For a log; a batch shows nothing of what was said there.
                self.printed.push_str(&serde_json::to_string(event).expect("data"));
            }
            match output {
                Output::Action(Action::Send { request, message }) => {
                    self.request = Some(request);
                    self.sends += 1;
                    writeln!(self.printed, "{}", message.url()).expect("a string");
                    self.print(&message.into_http().headers());
                }
                Output::Action(Action::Open { socket, url }) => {
                    self.socket = Some(socket);
                    writeln!(self.printed, "{url} {url:?}").expect("a string");
                }
                Output::Event(Event::Faulted(fault)) => {
                    writeln!(self.printed, "{fault} {}", fault.cause).expect("a string");
                }
                Output::Event(Event::Ended(end)) => {
                    writeln!(self.printed, "{end}").expect("a string");
                }
                _ => {}
            }
        }
        let session = self.session.clone();
        self.print(&session);
        self.print(&session.status());
        if let Some(checkpoint) = session.checkpoint() {
            self.print(&checkpoint);
            self.printed.push_str(&checkpoint.to_json());
        }
    }

    #[track_caller]
    fn is_clean(&self) {
        for mark in MARKS {
            let at = self.printed.find(mark);
            let context = at.map(|at| &self.printed[at.saturating_sub(200)..at + mark.len()]);
            assert_eq!(context, None, "{mark} shows");
        }
        assert!(self.sends > 0 && self.printed.len() > 1_000, "something was printed");
    }
}

fn by_token() -> Config {
    let user = User { id: "dl_1".into(), name: None };
    config(
        crate::transcript::with(Credential::token("MARK0").expect("a credential")).with_user(user),
    )
}

fn by_secret() -> Config {
    config(crate::transcript::with(Credential::secret("MARKs").expect("a credential")))
}

fn granted(token: &str) -> String {
    format!(
        r#"{{"conversationId":"c","token":"{token}","expires_in":60,"streamUrl":"wss://d.example/s?t=MARKurl{token}"}}"#
    )
}

/// An error that echoes these credentials.
fn echo(code: &str, tokens: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"invalid token: Bearer {tokens}!"}}}}"#)
}

fn token(text: &str) -> Input {
    Input::NewToken(Token::new(text).expect("a token"))
}

fn post() -> Input {
    Input::Post { key: PostKey(1), activity: r#"{"text":"MARKpost"}"#.into() }
}

#[test]
fn a_conversation_with_all_its_troubles_shows_nothing() {
    // Covers: CR-7, SU-6
    let mut printer = Printer::new(by_token());
    printer.answers(500, &echo("x", "MARK0")).times_out().answers(201, &granted("MARK1"));
    let socket = printer.socket.expect("a socket");
    printer.goes(Input::SocketOpened { socket }).frame(r#"{"activities":[{"x":"MARKtext"}]}"#);
    printer.goes(post()).answers(400, &echo("BadArgument", "MARK1"));
    printer.frame("{MARKtext").times_out().answers(403, &echo("BadArgument", "MARK1"));
    printer.goes(token("MARK2")).answers(403, &echo("TokenExpired", "MARK2 MARK2"));
    printer.goes(token("MARK2")).goes(token("MARK3"));
    printer.answers(403, &echo("TokenExpired", "MARK3")).is_clean();
}

#[test]
fn a_secret_shows_in_nothing() {
    // Covers: CR-7
    let mut printer = Printer::new(by_secret());
    printer.answers(503, &echo("x", "MARKs")).times_out().answers(200, &granted("MARK1"));
    printer.answers(401, &echo("x", "MARK1")).answers(200, &granted("MARK2"));
    printer.answers(201, &granted("MARK2")).times_out().times_out().times_out();
    printer.answers(400, &echo("MissingProperty", "MARK2 MARKs")).goes(Input::Close).is_clean();
    let mut printer = Printer::new(by_secret());
    printer.answers(404, "").answers(403, &echo("RegionNotAllowed", "MARKs")).is_clean();
    let mut printer = Printer::new(by_secret());
    printer.answers(404, "").answers(400, &echo("BadArgument", "MARKs")).is_clean();
}

#[test]
fn where_a_credential_would_show_there_is_a_mark() {
    // Covers: CR-7
    let shown = format!(
        "{:?}",
        [
            Credential::secret("MARKs").expect("a credential"),
            Credential::token("MARK0").expect("a credential")
        ]
    );
    assert_eq!(shown, "[Secret(Secret(***)), Token(Token { text: Secret(***), lifetime: None })]");
}

#[test]
fn a_late_answer_does_not_show_the_token_it_was_asked_with() {
    // Covers: CR-7
    let mut printer = Printer::new(by_token());
    printer.answers(201, r#"{"conversationId":"c","streamUrl":"wss://d.example/s?t=x"}"#);
    let socket = printer.socket.expect("a socket");
    printer.goes(Input::SocketOpened { socket }).goes(post()).goes(token("MARK1"));
    printer.answers(400, &echo("BadArgument", "MARK0")).is_clean();
}

#[test]
fn what_comes_with_a_refusal_is_hidden_also_when_escaped_or_cut() {
    // Covers: CR-7
    for message in [
        "\\u004dARK0 is no good",
        &format!("{}MARK0", " ".repeat(400)),
        &format!("{}MARK0", "x".repeat(297)),
        "MARK0MARK0",
        "\\\"MARK0\\\"\\n",
    ] {
        let mut printer = Printer::new(by_token());
        printer.answers(403, &format!(r#"{{"error":{{"message":"{message}"}}}}"#));
        printer.is_clean();
        let mut printer = Printer::new(by_token());
        printer.answers(400, &format!(r#"{{"message":"{message}"}}"#)).is_clean();
    }
}

#[test]
fn a_url_that_cannot_be_used_is_not_shown_either() {
    // Covers: SU-6, CR-7
    for url in
        ["ws://d.example/MARKurl", "MARKurl://x", "wss://d.example/MARKurl\\u0001", "wss:MARKurl"]
    {
        let mut printer = Printer::new(by_token());
        printer.answers(201, &format!(r#"{{"conversationId":"c","streamUrl":"{url}"}}"#));
        printer.times_out().is_clean();
    }
}

#[test]
fn a_close_reason_that_echoes_token_and_url_is_hidden() {
    // Covers: CR-7, SU-6
    let mut printer = Printer::new(by_token());
    printer.answers(201, r#"{"conversationId":"c","streamUrl":"wss://d.example/s?x=1&t=MARKurl"}"#);
    printer.closes("MARKurl is not for MARK0").times_out().is_clean();
}

#[test]
fn files_and_unsent_posts_show_nothing() {
    // Covers: CR-7, TX-6
    let builder = crate::transcript::with(Credential::token("MARK0").expect("a credential"))
        .with_echo_keys(true);
    let mut printer = Printer::new(config(builder));
    let file = UploadFile::new("cat.jpg", "image/jpeg", *b"MARKpost");
    let upload = Upload::new(vec![file]).with_activity(r#"{"text":"MARKtext"}"#);
    printer.goes(post()).goes(Input::Upload { key: PostKey(2), upload });
    printer.answers(201, r#"{"conversationId":"c","streamUrl":"wss://d.example/s?t=MARKurl"}"#);
    let socket = printer.socket.expect("a socket");
    printer.goes(Input::SocketOpened { socket }).answers(502, &echo("BotError", "MARK0"));
    printer.answers(413, &echo("MessageSizeTooBig", "MARK0")).is_clean();
}

#[test]
fn what_is_hidden_leaves_a_mark_or_its_size() {
    // Covers: CR-7
    let mut printer = Printer::new(by_token());
    let file = UploadFile::new("cat.jpg", "image/jpeg", *b"MARKpost");
    assert_eq!(format!("{file:?}"), "UploadFile(\"cat.jpg\", 8 bytes)");
    let upload = Upload::new(vec![file]);
    assert_eq!(format!("{upload:?}"), "Upload { files: [\"cat.jpg\"], bytes: 8 }");
    printer.goes(post()).goes(Input::Upload { key: PostKey(2), upload });
    printer.answers(201, &granted("MARK1"));
    let socket = printer.socket.expect("a socket");
    printer.goes(Input::SocketOpened { socket });
    printer.frame(r#"{"activities":[{"id":"a"}],"watermark":"7"}"#).is_clean();
    for shown in [
        "Request { method: POST, url: ",
        "body_bytes: 19, .. }",
        "*** StreamUrl(***)",
        "Post(1, 19 bytes)",
        "Post(2, EncodedUpload(",
        "Some(\"7\")",
    ] {
        assert!(printer.printed.contains(shown), "{shown}");
    }
}

#[test]
fn polling_shows_nothing() {
    // Covers: CR-7
    let builder = crate::transcript::with(Credential::token("MARK0").expect("a credential"))
        .with_way(Way::Polling);
    let mut printer = Printer::new(config(builder));
    printer.answers(201, &granted("MARK1")).answers(500, &echo("x", "MARK1")).times_out();
    let request = printer.request.expect("a request");
    printer.goes(Input::RequestFailed { request, failure: Failure::Broken }).times_out();
    printer.answers(403, &echo("BadArgument", "MARK1")).is_clean();
}

#[test]
fn mistakes_and_bad_settings_show_nothing() {
    // Covers: CR-7
    let mut printer = Printer::new(by_token());
    let post = |activity: &str| Input::Post { key: PostKey(1), activity: activity.into() };
    printer.goes(post("MARKpost")).goes(post("{\"x\":\"MARKpost\"")).goes(Input::Close);
    printer.goes(post("{}")).is_clean();
    for text in ["MARK0 MARK1", "MARKs\n\u{fc}"] {
        let error = Credential::token(text).expect_err("no credential");
        assert!(!format!("{error} {error:?}").contains("MARK"));
    }
    let bad = [
        Config::builder(Credential::token("MARK0").expect("a credential"))
            .with_base("https://MARK1@d.example"),
        Config::builder(Credential::token("MARK0").expect("a credential"))
            .with_base("https://d.example?t=MARKurl"),
        Config::builder(Credential::token("MARK0").expect("a credential"))
            .with_base("nonsense#MARKurl"),
    ];
    for builder in bad {
        let mut text = format!("{builder:?}");
        if !text.contains("MARKurl") && !text.contains("MARK1@") {
            assert!(!text.contains("MARK"), "{text}");
        }
        text = builder.build().expect_err("no configuration").to_string();
        assert!(!text.contains("MARK"), "{text}");
    }
    let error = Secret::new("MARK0 ").map(|secret| format!("{secret} {secret:?}"));
    assert_eq!(error.as_deref().ok(), Some("*** Secret(***)"));
}

#[test]
fn the_marks_would_be_found() {
    let mut printer = Printer::new(by_token());
    printer.printed.push_str("MARK0");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| printer.is_clean()));
    assert!(found.is_err());
}

#[test]
fn a_request_never_sees_its_own_token_told_however_old() {
    // Covers: CR-7
    let place = Checkpoint::new("c").and_then(|own| own.with_watermark("1")).expect("a place");
    let settings = config(lasting().with_attempts_at_once(100));
    let mut host = Host::resume(settings, place);
    let token = |n: usize| format!("{n}-sesame-{n}");
    host.grants_also(&format!(r#","token":"{}""#, token(0))).opens().posts(1);
    for n in 1..20 {
        host.after(1_000).handle(Input::Woke);
        host.grants_also(&format!(r#","token":"{}""#, token(n))).opens();
    }
    let message = format!("{} is too old", token(0));
    let body = format!(r#"{{"error":{{"code":"BadArgument","message":"{message}"}}}}"#);
    host.forget().answers_to(Purpose::Post, 400, &body);
    assert_eq!(host.lines("posted"), ["posted 1 rejected 400: *** is too old"]);
}

#[test]
fn a_stream_url_that_a_peer_quotes_is_hidden() {
    // Covers: SU-6
    let url = "wss://d.example/v3/directline/conversations/c/stream?watermark=-&t=MARK";
    for quoted in
        [url.to_owned(), url.replace('/', "%2F"), url[..40].to_owned(), url[30..].to_owned()]
    {
        let mut host = Host::new(config(lasting()));
        host.answers(201, &format!(r#"{{"conversationId":"c","streamUrl":"{url}"}}"#)).opens();
        host.forget().closes(1008, &format!("{quoted} refused"));
        assert_eq!(host.lines("fault"), ["fault: connection closed (1008 *** refused); attempt 2"]);
    }
}
