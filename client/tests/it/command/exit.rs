//! The exit status tells how it ended, and the last words what to do.

use directline_testbed::{Answer, Fault, Occasion, Options, Rule};

use super::program::Program;
use crate::talk::testbed;

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
