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
