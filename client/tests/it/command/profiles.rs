//! The same conversation with every server in use.

use directline_testbed::{Fault, Occasion, Options, Profile, Rule, Testbed};

use super::program::{Ended, Program};
use crate::talk::testbed;

#[test]
fn the_same_chat_works_with_every_server() {
    // Covers: SU-5, PO-1, WM-3, TX-1, RC-11
    for name in Profile::names() {
        for driver in ["tokio", "blocking"] {
            let profile = Profile::named(name).expect("it is built in");
            let testbed = testbed(Options::default().with_profile(profile));
            let ended = talk(&testbed, profile, &["--driver", driver]);
            assert_eq!(ended.code, Some(0), "{name}, {driver}: {}", ended.seen);
            assert_eq!(texts(&ended), expected(), "{name}, {driver}: {}", ended.seen);
        }
    }
}

#[test]
fn the_end_of_the_input_waits_for_the_next_poll() {
    // Covers: PO-1, PO-2
    // Longer than what is waited for where answers are pushed.
    let interval = "poll.interval=1500ms";
    let profile = Profile::OfflineDirectline;
    let testbed = testbed(Options::default().with_profile(profile));
    // The poll that follows a post comes too late for what the bot says much later.
    let late = Fault::Delay { delay_ms: 1_200 };
    let rule = Rule::always(Occasion::Activities, late).expect("allowed");
    testbed.inject(rule);
    let ended = talk(&testbed, profile, &["--set", interval]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert_eq!(texts(&ended), expected(), "{}", ended.seen);
}

#[test]
fn who_has_no_token_for_a_user_is_told_how_to_get_one() {
    // Covers: CR-7
    let mut service = Program::run(&["serve", "--port", "0", "--profile", "indirectline"], &[]);
    let mut next = || service.line();
    let said: Vec<_> = std::iter::from_fn(|| Some(next())).take(9).collect();
    let command = said.last().expect("some").trim();
    let base = command.rsplit(' ').next().expect("where it is").to_owned();
    let wanted = format!("DIRECTLINE_TOKEN=$TOKEN directline chat --user me --domain {base}");
    assert_eq!(command, wanted);
    // As it says: a token for a user, and it talks.
    let url = format!("{base}/v3/directline/tokens/generate");
    assert!(said.iter().any(|line| line.trim() == url), "{said:?}");
    let body = r#"{"userId":"me","password":"any"}"#;
    let mut answer = ureq::post(url).send(body).expect("an answer");
    let answer = answer.body_mut().read_to_string().expect("a body");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let token = answer["token"].as_str().expect("a token");
    let arguments = ["chat", "--json", "--end-on-eof", "--user", "me", "--domain", &base];
    let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", token)]);
    program.type_line("hello");
    program.end_input();
    let ended = program.end();
    assert_eq!((ended.code, ended.out.len()), (Some(0), 2), "{}", ended.seen);
    // Whoever has a secret alone is told what is missing.
    let ended = Program::run(&arguments, &[("DIRECTLINE_SECRET", "hush-hush")]).end();
    let last = ended.errors.last().expect("last words");
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    assert!(last.contains("userId cannot be null!; this server starts with a token"), "{last}");
    assert!(last.contains("tokens/generate") && last.contains("set DIRECTLINE_TOKEN"), "{last}");
}

fn talk(testbed: &Testbed, profile: Profile, more: &[&str]) -> Ended {
    let base = testbed.base();
    let mut arguments = vec!["chat", "--json", "--end-on-eof", "--domain", &base];
    for setting in ["backoff.initial=5ms", "backoff.max=50ms", "poll.interval=200ms"] {
        arguments.extend(["--set", setting]);
    }
    arguments.extend(more);
    let minted;
    // The one that knows no secrets.
    let credential = match profile {
        Profile::InDirectLine => {
            minted = testbed.generate_token(Some("user1"));
            ("DIRECTLINE_TOKEN", minted.token.as_str())
        }
        _ => ("DIRECTLINE_SECRET", testbed.secret()),
    };
    let mut program = Program::run(&arguments, &[credential]);
    for line in LINES {
        program.type_line(line);
    }
    program.end_input();
    program.end()
}

/// What was shown of the messages, in order of their text: servers differ in when an echo comes.
fn texts(ended: &Ended) -> Vec<String> {
    let activity = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    let text = |line| activity(line)["text"].as_str().map(str::to_owned);
    let mut texts: Vec<_> = ended.out.iter().filter_map(text).collect();
    texts.sort();
    texts
}

fn expected() -> Vec<String> {
    let mut texts: Vec<_> = LINES.iter().map(|&line| line.to_owned()).collect();
    texts.extend(LINES.iter().map(|line| format!("echo: {line}")));
    texts.sort();
    texts
}

const LINES: [&str; 4] = ["first", "second", "third", "vierte Zeile 🙂"];
