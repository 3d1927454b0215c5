//! An agent of Copilot Studio whose endpoint is in trouble: what may pass is waited for.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::command::program::{Ended, Program};
use crate::tls::{Service, YEAR_FAR, answer, answer_tls};

/// An endpoint whose answers on `path` begin with these, and are good then.
fn troubled(path: &'static str, troubles: &'static [&'static str]) -> Service {
    let count = AtomicUsize::new(0);
    answer_tls("localhost", YEAR_FAR, move |request| {
        let is_meant = request.lines().next().is_some_and(|line| line.contains(path));
        let nth = if is_meant { count.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
        match troubles.get(nth) {
            Some(trouble) => format!("HTTP/1.1 {trouble}").into_bytes(),
            None => answer(request),
        }
    })
}

/// A chat with the agent there.
struct Chat {
    program: Program,
    _authority: tempfile::NamedTempFile,
}

fn chat(service: &Service, more: &[&str]) -> Chat {
    let authority = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(authority.path(), &service.authority).expect("it can be written");
    let agent = "powervirtualagents/botsbyschema/cr_a/directline/token?api-version=1";
    let url = format!("{}/{agent}", service.base);
    let path = authority.path().to_str().expect("a path in UTF-8");
    let mut arguments = vec!["chat", "--json", "--copilot-token-url", &url, "--ca-file", path];
    arguments.extend(["--set", "backoff.initial=5ms", "--set", "backoff.max=20ms"]);
    arguments.extend(more);
    let mut program = Program::run(&arguments, &[]);
    program.type_line("hi");
    Chat { program, _authority: authority }
}

fn end(chat: Chat) -> Ended {
    let ended = chat.program.end();
    assert!(!ended.seen.contains(ASSUMED), "the agent says where: {}", ended.seen);
    assert!(!ended.seen.contains("hush"), "{}", ended.seen);
    ended
}

/// How often each of both was asked for.
fn asked(service: &Service) -> (usize, usize) {
    let all: Vec<_> = service.requests.try_iter().collect();
    let count = |path| all.iter().filter(|request| request.contains(path)).count();
    (count(TOKEN), count(SETTINGS))
}

#[test]
fn trouble_that_may_pass_is_waited_for() {
    // Covers: RC-1, RX-8
    for (path, what) in
        [(SETTINGS, "asking for the channel settings"), (TOKEN, "asking for a token")]
    {
        let service = troubled(path, &PASSING);
        let mut chat = chat(&service, &[]);
        for (number, words) in (2..).zip([
            "was answered with status 503, retrying",
            "was answered with a body that cannot be read, retrying",
            "was answered with status 429, retrying",
            "was redirected to http://portal.example (status 302), retrying",
            "was answered with status 403, and not by the service, retrying",
            "broke off (localhost:",
        ]) {
            let told = chat.program.told(&format!("{what} {words}"));
            assert!(told.contains(&format!("attempt {number}")), "{told}");
            let is_strange = ["read", "redirected", "not by"].iter().any(|it| words.contains(it));
            assert_eq!(
                told.contains("; if this network wants a sign-in, sign in"),
                is_strange,
                "{told}"
            );
        }
        assert!(chat.program.line().contains("sealed"));
        chat.program.signal("TERM");
        end(chat);
        let (tokens, settings) = asked(&service);
        assert_eq!(settings, PASSING.len() + 1);
        // Each is for another conversation: a good one is kept.
        assert_eq!(tokens, if path == SETTINGS { 1 } else { PASSING.len() + 1 });
    }
}

#[test]
fn trouble_is_waited_for_as_long_as_it_is_wanted() {
    // Covers: RC-1
    for (limit, words) in [
        (["--attempts", "1"], "error: gave up after 1 failed attempt"),
        (["--attempts", "3"], "error: gave up after 3 failed attempts in a row"),
        (["--give-up-after", "1ms"], "error: gave up after "),
    ] {
        let service = troubled(SETTINGS, &[PASSING[0]; 9]);
        let ended = end(chat(&service, &limit));
        assert_eq!(ended.code, Some(1), "{}", ended.seen);
        let last = ended.errors.last_chunk::<3>().expect("three lines");
        assert!(last[0].ends_with("settings was answered with status 503"), "{last:?}");
        assert!(last[1].starts_with(words), "{last:?}");
        assert_eq!(last[2], "not sent: hi");
    }
}

#[test]
fn who_does_not_want_to_wait_is_told_what_was_not_sent() {
    // Covers: TX-5
    let service = troubled(SETTINGS, &[PASSING[0]; 9]);
    let more = ["--set", "backoff.initial=60s", "--set", "backoff.max=60s"];
    let mut chat = chat(&service, &more);
    chat.program.told("503");
    chat.program.signal_twice("TERM");
    let ended = end(chat);
    assert_eq!(ended.code, Some(6), "{}", ended.seen);
    let last = ended.errors.last_chunk().expect("two lines");
    assert_eq!(last, &["not sent: hi", "error: 1 message was not sent"]);
}

#[test]
fn what_will_not_pass_ends_it_at_once() {
    // Covers: CR-4
    for (path, trouble, code, words) in [
        (TOKEN, "404 Not Found\r\ncontent-length: 0\r\n\r\n", 1, "that Copilot Studio shows"),
        (TOKEN, "401 No\r\ncontent-length: 2\r\n\r\n{}", 3, "check that the agent is published"),
        (SETTINGS, "403 No\r\ncontent-length: 2\r\n\r\n{}", 3, "asking for the channel settings"),
        (SETTINGS, "400 No\r\ncontent-length: 2\r\n\r\n{}", 1, "was answered with status 400"),
    ] {
        let troubles = Vec::leak(vec![trouble]);
        let service = troubled(path, troubles);
        let ended = end(chat(&service, &[]));
        assert_eq!(ended.code, Some(code), "{}", ended.seen);
        let last = ended.errors.last_chunk::<2>().expect("two lines");
        assert!(last[0].starts_with("error: ") && last[0].contains(words), "{last:?}");
        assert_eq!(last[1], "not sent: hi");
        assert_eq!(ended.errors.len(), 3, "{:?}", ended.errors);
        assert_eq!(asked(&service), (1, 1));
    }
}

#[test]
fn where_nothing_says_where_the_agent_is_that_is_told() {
    // As older gateways answer, which have no settings.
    let service = troubled(SETTINGS, &["404 Not Found\r\ncontent-length: 0\r\n\r\n"]);
    // What comes next is out of reach.
    let nowhere = ["--attempts", "1", "--proxy", "http://127.0.0.1:9", "--no-proxy", "localhost"];
    let ended = chat(&service, &nowhere).program.end();
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    assert!(ended.seen.contains(ASSUMED) && !ended.seen.contains("hush"), "{}", ended.seen);
}

const ASSUMED: &str = "nothing says where the agent is, so the public service is asked for it";
const TOKEN: &str = "/directline/token?";
const SETTINGS: &str = "/regionalchannelsettings";
/// Answers after their version; the last one is none.
const PASSING: [&str; 6] = [
    "503 Busy\r\ncontent-length: 0\r\n\r\n",
    "200 OK\r\ncontent-length: 6\r\n\r\n<html>",
    "429 Often\r\ncontent-length: 0\r\n\r\n",
    "302 Moved\r\nlocation: http://portal.example/in\r\ncontent-length: 0\r\n\r\n",
    "403 No\r\ncontent-length: 6\r\n\r\n<html>",
    "what\r\n\r\n",
];
