//! What a judge says of evidence that was made up.

use std::time::Duration;

use super::evidence::Evidence;
use super::step::Step;
use super::{Case, judge::Judge};
use crate::bot::Bot;
use crate::log::{Author, CredentialKind, Ending, FrameFate, Log, LogEvent};
use crate::plan::fault::{Fault, GarbageKind};
use crate::plan::occasion::Occasion;
use crate::script::Script;
use crate::service::conversation::Recorded;
use crate::service::sockets::Disruption;

fn json(text: &str) -> String {
    format!(r#"{{"id":"c|{text}","text":"{text}","type":"message"}}"#)
}

fn recorded(text: &str, author: Author) -> Recorded {
    let id = Some(format!("c|{text}"));
    Recorded { id, kind: String::from("message"), json: json(text), author }
}

/// The bot has said one and three, the user two; all of it was shown.
fn good() -> Evidence {
    Evidence {
        log: Log::default(),
        recorded: vec![
            recorded("one", Author::Bot),
            recorded("two", Author::User),
            recorded("three", Author::Bot),
        ],
        shown: ["one", "two", "three"].map(json).to_vec(),
        written: String::from("connected"),
        sent: vec![String::from("two")],
        ended: None,
        secrets: vec![String::from("hush")],
    }
}

fn judge(fields: &str) -> Judge {
    let text = format!("[[case]]\nclause = 'WM-6'\nname = 'x'\n{fields}");
    Case::parse(&text).expect("valid").remove(0).judge
}

fn said(fields: &str, evidence: &Evidence) -> String {
    judge(fields).judge(evidence).join("; ")
}

#[test]
fn without_a_word_everything_is_shown_once_in_order_and_posted_once() {
    assert_eq!(said("", &good()), "");
    let mut evidence = good();
    evidence.shown.remove(1);
    assert_eq!(said("", &evidence), "\"two\" was never shown");
    let mut evidence = good();
    evidence.shown.push(json("one"));
    assert_eq!(said("", &evidence), "\"one\" was shown 2 times");
    let mut evidence = good();
    evidence.shown.swap(0, 2);
    let order = "shown was [\"three\", \"two\", \"one\"], it must be in the order [\"one\", \"two\", \
                 \"three\"]";
    assert_eq!(said("", &evidence), order);
    assert_eq!(said("in_any_order = true", &evidence), "");
    evidence.shown.push(json("four"));
    assert_eq!(said("in_any_order = true", &evidence), "\"four\" was shown, which nobody said");
    let mut evidence = good();
    evidence.shown.push(String::from("connected"));
    let told = "\"connected\" is on stdout and no activity, each line there must be one, as JSON";
    assert_eq!(said("", &evidence), told);
    let mut evidence = good();
    evidence.sent.push(String::from("more"));
    assert_eq!(said("", &evidence), "posted was [\"two\"], it must be [\"two\", \"more\"]");
    assert_eq!(said("only_posted = ['two']", &evidence), "");
    let mut evidence = good();
    evidence.written.push_str("with hush");
    assert_eq!(said("", &evidence), "a secret, a token or a stream URL was written");
}

#[test]
fn what_was_written_anew_is_the_same_unless_each_byte_counts() {
    let mut evidence = good();
    evidence.shown[1] = evidence.shown[1].replace(',', ", ");
    assert_eq!(said("", &evidence), "");
    let told = "\"two\" was shown with other bytes than were received: from character 15 on, \
                `{\"id\":\"c|two\", \"text\":\"two\", \"type\":\"mes…` instead of \
                `{\"id\":\"c|two\",\"text\":\"two\",\"type\":\"messa…`";
    assert_eq!(said("exactly = true", &evidence), told);
    assert_eq!(said("exactly = true", &good()), "");
}

#[test]
fn only_what_is_named_is_shown() {
    assert_eq!(said("only_shown = ['one', 'two', 'three']", &good()), "");
    assert_eq!(
        said("only_shown = ['one']", &good()),
        "shown was [\"one\", \"two\", \"three\"], it must be [\"one\"]"
    );
}

fn asked(log: &mut Log, number: u64, millis: u64, watermark: Option<&str>, status: Option<u16>) {
    let received = LogEvent::RequestReceived {
        request: number,
        route: Some(Occasion::Reconnect),
        method: String::from("GET"),
        path: String::from("/"),
        watermark: watermark.map(String::from),
        credential: CredentialKind::Token,
    };
    log.push(Duration::from_millis(millis), received);
    if let Some(status) = status {
        let answered = LogEvent::RequestAnswered { request: number, status };
        log.push(Duration::from_millis(millis + 5), answered);
    }
}

fn framed(log: &mut Log, watermark: &str, fate: FrameFate) {
    let (socket, conversation) = (1, String::from("c"));
    let watermark = Some(String::from(watermark));
    let frame = LogEvent::FrameSent { socket, conversation, ids: Vec::new(), watermark, fate };
    log.push(Duration::ZERO, frame);
}

#[test]
fn requests_are_what_they_must_be() {
    let mut evidence = good();
    let log = &mut evidence.log;
    asked(log, 1, 0, None, Some(503));
    framed(log, "\"6\"", FrameFate::Whole);
    framed(log, "null", FrameFate::Whole);
    framed(log, "\"7\"", FrameFate::Lost);
    asked(log, 2, 900, Some("6"), Some(200));
    asked(log, 3, 1_000, Some("6"), None);
    // Others are none of these.
    let other = LogEvent::RequestReceived {
        request: 9,
        route: Some(Occasion::Post),
        method: String::from("POST"),
        path: String::from("/"),
        watermark: None,
        credential: CredentialKind::Secret,
    };
    log.push(Duration::from_millis(1_010), other);
    for (fields, told) in [
        ("count = 3", ""),
        ("count = 2", "3 requests `reconnect` came, it must be 2"),
        ("at_most = 2", "3 requests `reconnect` came, it must be at most 2"),
        ("at_least = 4", "3 requests `reconnect` came, it must be at least 4"),
        ("watermark = 'newest'", ""),
        (
            "watermark = 'none'",
            "request 2 `reconnect` has the watermark \"6\", it must be none; request 3 `reconnect` \
             has the watermark \"6\", it must be none",
        ),
        ("nth = 1, watermark = 'none'", ""),
        ("nth = 4", "request 4 `reconnect` never came"),
        ("credential = 'token'", ""),
        (
            "nth = 1, credential = 'secret'",
            "request 1 `reconnect` came with token, it must be secret",
        ),
        ("nth = 1, status = 503", ""),
        ("nth = 2, status = 503", "request 2 `reconnect` got 200, it must be 503"),
        ("nth = 3, status = 200", "request 3 `reconnect` got nothing, it must be 200"),
        ("nth = 2, pause_ms = 895", ""),
        (
            "nth = 2, pause_ms = 896",
            "request 2 `reconnect` came 895 ms after the answer before it, it must be at least 896 ms",
        ),
    ] {
        let fields = format!("requests = [{{ on = 'reconnect', {fields} }}]");
        assert_eq!(said(&fields, &evidence), told, "{fields}");
    }
    // A number is a watermark too, and an empty one is none.
    let log = &mut evidence.log;
    framed(log, "8", FrameFate::Whole);
    framed(log, "\"\"", FrameFate::Whole);
    asked(log, 4, 2_000, Some("8"), None);
    let last = "requests = [{ on = 'reconnect', nth = 4, watermark = 'newest' }]";
    assert_eq!(said(last, &evidence), "");
}

#[test]
fn the_bot_is_the_one_that_is_named_or_follows_the_script() {
    let bot = |service: &str| {
        let text = format!("[[case]]\nclause = 'WM-6'\nname = 'x'\nservice = {{ {service} }}");
        Case::parse(&text).expect("valid").remove(0).options.bot
    };
    assert_eq!(bot(""), Bot::Silent);
    for (name, named) in [
        ("silent", Bot::Silent),
        ("echo", Bot::Echo),
        ("typing", Bot::EchoWithTyping),
        ("counting", Bot::Counting),
    ] {
        assert_eq!(bot(&format!("bot = '{name}'")), named);
    }
    let script = Script::parse("[[step]]\nsay = ['x']").expect("valid");
    assert_eq!(bot("bot = 'echo', script = [{ say = ['x'] }]"), Bot::Scripted(script));
}

#[test]
fn sockets_are_counted_and_stand_alone() {
    let mut evidence = good();
    let opened = |socket| LogEvent::SocketOpened { socket, conversation: String::from("c") };
    let closed = |socket| LogEvent::SocketClosed {
        socket,
        conversation: String::from("c"),
        code: None,
        ending: Ending::Dropped,
    };
    for event in [opened(1), closed(1), opened(2)] {
        evidence.log.push(Duration::ZERO, event);
    }
    assert_eq!(said("sockets = { count = 2 }\none_socket = true", &evidence), "");
    assert_eq!(
        said("sockets = { at_least = 3 }", &evidence),
        "2 sockets have opened, it must be at least 3"
    );
    assert_eq!(
        said("sockets = { at_most = 1 }", &evidence),
        "2 sockets have opened, it must be at most 1"
    );
    evidence.log.push(Duration::ZERO, opened(3));
    assert_eq!(said("one_socket = true", &evidence), "socket 3 was opened beside socket 2");
}

/// Or a client that keeps to its defaults would be waited for as long as it waits for a service that may
/// never say anything: five minutes.
#[test]
fn who_falls_silent_has_shown_a_sign_of_life_before() {
    // Covers: RC-12
    let falls_silent =
        |case: &Case| case.steps.iter().any(|step| matches!(step, Step::Cut(Disruption::Silence)));
    let all = Case::all();
    let cases: Vec<_> = all.iter().filter(|case| falls_silent(case)).collect();
    assert!(!cases.is_empty());
    for case in cases {
        let is_sign = |fault: &Fault| {
            matches!(fault, Fault::Garbage { value: GarbageKind::Blank, instead: false })
        };
        assert!(case.options.plan.rules().iter().any(|rule| is_sign(&rule.fault)), "{}", case.name);
    }
}
