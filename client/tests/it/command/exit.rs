//! The exit status tells how it ended, and the last words what to do.

use std::io::Write;
use std::time::Duration;

use directline_testbed::{Answer, Fault, Occasion, Options, Rule, Trigger, When};

use super::program::Program;
use crate::talk::{PATIENCE, say, testbed};

#[test]
fn a_refused_credential_is_3() {
    // Covers: CR-4, CR-5
    let testbed = testbed(Options::default());
    let base = testbed.base();
    for variable in ["DIRECTLINE_SECRET", "DIRECTLINE_TOKEN"] {
        let ended = Program::run(&["chat", "--domain", &base], &[(variable, "wrong-one")]).end();
        assert_eq!(ended.code, Some(3), "{variable}: {}", ended.seen);
        let last = ended.errors.last().expect("last words");
        assert!(last.contains("credential") && last.contains("check that"), "{last}");
        assert!(!ended.seen.contains("wrong-one"), "{}", ended.seen);
    }
}

#[test]
fn a_token_that_ran_out_is_3() {
    // Covers: CR-4
    let testbed = testbed(Options::default());
    let base = testbed.base();
    let minted = testbed.generate_token(None);
    let token = [("DIRECTLINE_TOKEN", minted.token.as_str())];
    let mut program = Program::run(&["chat", "--domain", &base], &token);
    program.told("connected");
    testbed.expire_tokens();
    testbed.close_all(1001, "");
    let ended = program.end();
    assert_eq!(ended.code, Some(3), "{}", ended.seen);
    assert!(ended.errors.last().expect("last words").contains("expired"), "{}", ended.seen);
}

#[test]
fn a_token_without_a_user_is_3_and_explained() {
    // Covers: CR-1, CR-4
    let testbed = testbed(Options::default());
    let base = testbed.base();
    let minted = testbed.generate_token(None);
    let answer = Answer::status(400).with_code("MissingProperty");
    let rule = Rule::always(Occasion::Reconnect, Fault::Answer(answer)).expect("allowed");
    testbed.inject(rule);
    let token = [("DIRECTLINE_TOKEN", minted.token.as_str())];
    let mut program = Program::run(&["chat", "--domain", &base], &token);
    program.told("connected");
    testbed.close_all(1001, "");
    let ended = program.end();
    assert_eq!(ended.code, Some(3), "{}", ended.seen);
    let last = ended.errors.last().expect("last words");
    assert!(last.contains("lacks a user id starting with dl_"), "{last}");
}

#[test]
fn a_wrong_region_is_3_and_the_service_is_quoted() {
    // Covers: CR-5
    let testbed = testbed(Options::default());
    let answer =
        Answer::status(403).with_code("RegionNotAllowed").with_message("use \u{1b}[1meurope");
    testbed.inject(Rule::always(Occasion::Generate, Fault::Answer(answer)).expect("allowed"));
    let ended = Program::chat(&testbed, &[]).end();
    assert_eq!(ended.code, Some(3), "{}", ended.seen);
    let last = ended.errors.last().expect("last words");
    assert!(last.contains("europe") && last.contains("--domain"), "{last}");
    assert!(!ended.seen.contains('\u{1b}'));
}

#[test]
fn a_conversation_that_is_gone_is_4() {
    // Covers: RC-1
    let testbed = testbed(Options::default());
    let ended = Program::chat(&testbed, &["--conversation", "nobody-knows-it"]).end();
    assert_eq!(ended.code, Some(4), "{}", ended.seen);
    assert!(ended.errors.last().expect("last words").contains("start a new one"));
    // No time is named that would not come true.
    let looked = ended.seen.matches("looking whether the conversation is still there").count();
    assert_eq!(looked, 1, "{}", ended.seen);
    assert!(!ended.seen.contains("retrying"), "{}", ended.seen);
}

#[test]
fn another_client_is_given_way_to() {
    // Covers: RC-8
    let testbed = testbed(Options::default());
    let mut program = Program::chat(&testbed, &[]);
    program.told("connected");
    testbed.close_all(1000, "collision");
    // The backoff is 50 ms at most here.
    let wait = program.told("collision");
    assert!(wait.contains("retrying in 30.0 s") || wait.contains("retrying in 29.9 s"), "{wait}");
    assert!(wait.contains("another client has this conversation open"), "{wait}");
}

#[test]
fn a_rejected_start_is_1() {
    // Covers: RC-1
    let testbed = testbed(Options::default());
    let answer = Answer::status(418).with_message("no coffee here");
    testbed.inject(Rule::always(Occasion::Start, Fault::Answer(answer)).expect("allowed"));
    let ended = Program::chat(&testbed, &[]).end();
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    let last = ended.errors.last().expect("last words");
    assert!(last.contains("418") && last.contains("no coffee here"), "{last}");
}

#[test]
fn the_end_of_the_conversation_is_0() {
    // Covers: RX-5
    let testbed = testbed(Options::default());
    let mut program = Program::chat(&testbed, &[]);
    let id = program.conversation();
    testbed.say(&id, r#"{"type":"endOfConversation","text":"bye"}"#).expect("it is there");
    let ended = program.end();
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert_eq!(ended.out.len(), 1);
}

#[test]
fn giving_up_is_1_and_tells_after_what() {
    // Covers: RC-1
    let answer = Answer::status(503);
    for limit in [["--attempts", "3"], ["--give-up-after", "30ms"]] {
        let testbed = testbed(Options::default());
        let fault = Fault::Answer(answer.clone());
        testbed.inject(Rule::always(Occasion::Generate, fault).expect("allowed"));
        let ended = Program::chat(&testbed, &limit).end();
        assert_eq!(ended.code, Some(1), "{}", ended.seen);
        let last = ended.errors.last().expect("last words");
        assert!(last.contains("gave up after"), "{last}");
    }
}

#[test]
fn what_is_not_sent_shows_in_the_status() {
    // Covers: TX-3
    for driver in ["tokio", "blocking"] {
        let testbed = testbed(Options::default());
        let answer = Answer::status(400).with_message("mind your language");
        let rule = Rule::always(Occasion::Post, Fault::Answer(answer)).expect("allowed");
        testbed.inject(rule.with_trigger(Trigger::Nth([1].into())));
        let mut program = Program::chat(&testbed, &["--end-on-eof", "--driver", driver]);
        program.type_line("damn");
        program.type_line("hello");
        program.end_input();
        let ended = program.end();
        assert_eq!(ended.code, Some(6), "{}", ended.seen);
        assert!(ended.seen.contains("mind your language: damn"), "{}", ended.seen);
        assert_eq!(ended.errors.last().expect("last words"), "error: 1 message was not sent");
    }
}

#[test]
fn a_line_that_can_never_be_sent_is_told_by_its_text() {
    // Covers: TX-1
    let testbed = testbed(Options::default());
    let mut program = Program::chat(&testbed, &["--end-on-eof"]);
    program.type_line(&format!("too long {}", "x".repeat(270_000)));
    program.end_input();
    let ended = program.end();
    assert_eq!(ended.code, Some(6));
    let told = ended.errors.iter().find(|line| line.contains("not sent, since")).expect("told");
    assert!(told.contains("allowed is") && told.contains(": too long xxx"), "{told}");
    assert!(told.len() < 300 && !told.contains("post 0"), "{told}");
}

#[test]
fn a_reader_who_leaves_takes_what_was_not_sent_along() {
    // Covers: TX-5
    let testbed = testbed(Options::default());
    testbed
        .inject(Rule::always(Occasion::Post, Fault::Hang { when: When::Before }).expect("allowed"));
    let script = format!(
        "{:?} chat --json --domain {} | head -n 1",
        env!("CARGO_BIN_EXE_directline"),
        testbed.base()
    );
    let mut shell = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {script}")])
        .env("DIRECTLINE_SECRET", testbed.secret())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a shell");
    writeln!(shell.stdin.as_mut().expect("piped"), "hello").expect("it reads");
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_opened() == 1));
    let id = testbed.conversations().remove(0);
    while testbed.log().sockets_closed() == 0 {
        say(&testbed, &id, "again");
        let _ = testbed.wait_until(Duration::from_millis(20), |log| log.sockets_closed() > 0);
    }
    drop(shell.stdin.take());
    let output = shell.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{told}");
    assert!(told.contains("hello"), "{told}");
}

#[test]
fn what_the_bot_failed_with_is_told_beside_the_doubt() {
    // Covers: TX-2
    let testbed = testbed(Options::default());
    let answer = Answer::status(502).with_code("BotError").with_message("the kitchen is on fire");
    let rule = Rule::once(Occasion::Post, Fault::Answer(answer)).expect("allowed");
    testbed.inject(rule);
    let mut program = Program::chat(&testbed, &["--end-on-eof"]);
    program.type_line("soup?");
    program.end_input();
    let told = program.told("nobody knows whether this was sent");
    assert!(told.contains("502") && told.contains("the kitchen is on fire"), "{told}");
    assert!(told.ends_with(": soup?"), "{told}");
    let ended = program.end();
    assert_eq!(ended.code, Some(6), "{}", ended.seen);
}
