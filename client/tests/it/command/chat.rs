//! Conversations over stdin and stdout.

use directline_testbed::{Bot, Fault, Occasion, Options, Plan, Rule, Trigger, When};

use super::program::Program;
use crate::talk::{PATIENCE, recorded, say, testbed};

#[test]
fn json_lines_are_the_activities_to_the_byte() {
    // Covers: RX-1, RX-2
    for driver in ["tokio", "blocking"] {
        let breaks = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before });
        let breaks = breaks.expect("allowed").with_trigger(Trigger::Every(5));
        let testbed = testbed(Options::default().with_plan(Plan::new(vec![breaks])));
        let mut program = Program::chat(&testbed, &["--driver", driver, "--end-on-eof"]);
        let id = program.conversation();
        let value = "{ \"n\"\r\n\t:\r1.00,\n\"m\": 0}";
        let odd = format!(r#"{{"type":"event","name":"a\nb \u00e9 ü","value":{value}}}"#);
        testbed.say(&id, &odd).expect("it is there");
        assert!(recorded(&testbed, &id)[0].contains("\r\n\t:\r1.00,\n"));
        let mut lines = vec![program.line()];
        for number in 0..20 {
            program.type_line(&format!("line {number}"));
            lines.push(program.line());
            lines.push(program.line());
        }
        program.end_input();
        let ended = program.end();
        assert_eq!((ended.code, ended.out.len()), (Some(0), 0), "{:?}", ended.errors);
        let expected: Vec<_> =
            recorded(&testbed, &id).iter().map(|json| json.replace(['\n', '\r'], "")).collect();
        assert_eq!(lines, expected);
        assert!(ended.errors.iter().any(|line| line.contains("connection lost (1006), retrying")));
    }
}

#[test]
fn the_end_of_the_input_waits_for_outcomes_and_answers() {
    // Covers: TX-1
    let testbed = testbed(Options::default().with_bot(Bot::EchoWithTyping));
    let mut program = Program::chat(&testbed, &["--end-on-eof", "--user", "dl_ann"]);
    for line in ["one", "", "two", "three"] {
        program.type_line(line);
    }
    program.end_input();
    let id = program.conversation();
    let ended = program.end();
    assert_eq!(ended.code, Some(0));
    // Three lines, for each a typing activity and an answer; the empty one is not sent.
    assert_eq!(ended.out.len(), 9);
    assert_eq!(ended.out, recorded(&testbed, &id));
    assert!(ended.out[0].contains(r#""id":"dl_ann""#), "{}", ended.out[0]);
}

#[test]
fn a_doubt_is_told_and_so_is_its_end() {
    // Covers: TX-2, TX-4
    for driver in ["tokio", "blocking"] {
        let testbed = testbed(Options::default().with_bot(Bot::Silent));
        let mut program = Program::chat(&testbed, &["--end-on-eof", "--driver", driver]);
        let id = program.conversation();
        program.told("connected");
        for (occasion, fault) in [
            (Occasion::Post, Fault::Reset { when: When::After }),
            // The echo comes after the doubt.
            (Occasion::Frame, Fault::Delay { delay_ms: 300 }),
        ] {
            testbed.inject(Rule::once(occasion, fault).expect("allowed"));
        }
        program.type_line("are you there?");
        program.end_input();
        program.told("nobody knows whether this was sent (sending broke off): are you there?");
        program.told("this was sent after all: are you there?");
        let ended = program.end();
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        assert_eq!(ended.out, recorded(&testbed, &id));
        assert_eq!(ended.out.len(), 1);
    }
}

#[test]
fn in_a_pipe_nothing_is_a_command() {
    // Covers: TX-1
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let base = testbed.base();
    let arguments = ["chat", "--domain", &base, "--end-on-eof"];
    let mut program = Program::run(&arguments, &[("DIRECTLINE_SECRET", testbed.secret())]);
    let lines = ["/quit", "//x", "1", "/upload a", " a "];
    lines.iter().for_each(|line| program.type_line(line));
    program.end_input();
    let id = program.conversation();
    let ended = program.end();
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    let sent = recorded(&testbed, &id);
    assert_eq!(sent.len(), lines.len());
    for (json, line) in sent.iter().zip(lines) {
        assert!(json.contains(&format!("\"text\":\"{line}\"")), "{line}: {json}");
    }
}

#[test]
fn it_is_told_who_is_connected_to_and_with_what() {
    // Covers: CR-7
    let testbed = testbed(Options::default());
    let (base, secret) = (testbed.base(), testbed.secret());
    let token = testbed.generate_token(None).token;
    let domain = format!("{base}/v3/directline/");
    for (arguments, variables, with) in [
        (&["--secret", secret][..], &[][..], ""),
        (&["--token", &*token], &[], ""),
        (&[], &[("DIRECTLINE_SECRET", secret)], " with DIRECTLINE_SECRET"),
        (&[], &[("DIRECTLINE_TOKEN", &*token)], " with DIRECTLINE_TOKEN"),
        // One that is empty is none.
        (
            &[],
            &[("DIRECTLINE_SECRET", ""), ("DIRECTLINE_TOKEN", &*token)],
            " with DIRECTLINE_TOKEN",
        ),
    ] {
        let mut all = vec!["chat", "--domain", &domain];
        all.extend(arguments);
        let mut program = Program::run(&all, variables);
        assert_eq!(program.told("connecting"), format!("connecting to {base}{with}…"));
        program.told("connected");
        program.signal("INT");
        assert_eq!(program.end().code, Some(0));
    }
    // Nothing is sent there, since the name leads nowhere without its proxy.
    let proxy = [("DIRECTLINE_TOKEN", "left-over"), ("HTTPS_PROXY", "http://127.0.0.1:9")];
    let mut program = Program::run(&["chat"], &proxy);
    let told = program.told("connecting");
    assert_eq!(told, "connecting to https://directline.botframework.com with DIRECTLINE_TOKEN…");
}

#[test]
fn the_end_of_the_input_alone_ends_nothing() {
    // Covers: LV-2
    let testbed = testbed(Options::default());
    let mut program = Program::chat(&testbed, &[]);
    program.end_input();
    let id = program.conversation();
    program.told("connected");
    say(&testbed, &id, "still there?");
    assert!(program.line().contains("still there?"));
    program.signal("INT");
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn polling_works_without_a_socket() {
    // Covers: PO-1
    let testbed = testbed(Options::default());
    let more = ["--no-websocket", "--set", "poll.interval=200ms", "--end-on-eof"];
    let mut program = Program::chat(&testbed, &more);
    program.type_line("hello");
    program.end_input();
    let id = program.conversation();
    let ended = program.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.out, recorded(&testbed, &id));
    assert_eq!(ended.out.len(), 2);
    assert_eq!(testbed.log().sockets_opened(), 0);
}

#[test]
fn readers_get_text_that_cannot_harm_their_terminal() {
    // Covers: CR-7
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let (base, secret) = (testbed.base(), testbed.secret());
    let mut program = Program::run(&["chat", "--domain", &base, "--secret", secret], &[]);
    let id = program.conversation();
    let from = r#""from":{"id":"bot","name":"Bot\u001b[31m"}"#;
    let activity = format!(r#"{{"type":"message",{from},"text":"a\u001b[2Jb\u009b\nc"}}"#);
    testbed.say(&id, &activity).expect("it is there");
    assert_eq!(program.line(), "Bot\\u{1b}[31m: a\\u{1b}[2Jb\\u{9b}");
    assert!(program.line().trim_start().starts_with('c'));
    testbed.close_all(4000, "\u{1b}[31mred");
    assert!(program.told("4000").contains("closed (4000 \\u{1b}[31mred), retrying in"));
    program.type_line("mine");
    assert_eq!(program.line(), "user1: mine");
    program.signal("TERM");
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn readers_in_a_pipe_get_whole_answers_only() {
    // Covers: RX-1
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let (base, secret) = (testbed.base(), testbed.secret());
    let mut program = Program::run(&["chat", "--domain", &base], &[("DIRECTLINE_SECRET", secret)]);
    let id = program.conversation();
    program.told("connected");
    for (kind, stream, text) in [
        ("typing", "informative", "searching"),
        ("typing", "streaming", "A quick"),
        ("typing", "streaming", "A quick brown"),
        ("message", "final", "A quick brown fox."),
    ] {
        let data = format!(r#"{{"streamType":"{stream}","streamId":"s"}}"#);
        let from = r#""from":{"id":"bot"}"#;
        let activity =
            format!(r#"{{"type":"{kind}",{from},"text":"{text}","channelData":{data}}}"#);
        testbed.say(&id, &activity).expect("it is there");
    }
    assert_eq!(program.line(), "bot: A quick brown fox.");
    assert_eq!(program.told("searching"), "… searching");
    program.signal("INT");
    let ended = program.end();
    assert_eq!((ended.code, ended.out.len()), (Some(0), 0), "{}", ended.seen);
}

#[test]
fn no_credential_and_no_stream_url_is_ever_shown() {
    // Covers: CR-7, SU-6
    let testbed = testbed(Options::default());
    let mut program = Program::chat(&testbed, &["--end-on-eof"]);
    let id = program.conversation();
    program.told("connected");
    for fault in [
        Fault::StreamUrl { value: directline_testbed::UrlFlaw::Http },
        Fault::StreamUrl { value: directline_testbed::UrlFlaw::Expired },
    ] {
        testbed.inject(Rule::once(Occasion::Reconnect, fault).expect("allowed"));
        testbed.close_all(1011, "");
        program.told("connected");
    }
    say(&testbed, &id, "done");
    program.end_input();
    let ended = program.end();
    let seen = ended.seen;
    assert_eq!(ended.code, Some(0), "{seen}");
    for hidden in [testbed.secret(), "ws://", "Bearer", "t="] {
        assert!(!seen.contains(hidden), "{hidden} is in {seen}");
    }
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    // Covers: RX-6
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    let base = testbed.base();
    let secret = testbed.secret();
    // As in `directline chat … | head -n 1`.
    let script = format!(
        "{:?} chat --json --domain {base} --checkpoint {} | head -n 1",
        env!("CARGO_BIN_EXE_directline"),
        file.display()
    );
    let mut shell = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {script}")])
        .env("DIRECTLINE_SECRET", secret)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a shell");
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_opened() == 1));
    let id = testbed.conversations().remove(0);
    // The first is read; some later one meets the closed pipe.
    while testbed.log().sockets_closed() == 0 {
        say(&testbed, &id, "again");
        let _ = testbed
            .wait_until(std::time::Duration::from_millis(20), |log| log.sockets_closed() > 0);
    }
    drop(shell.stdin.take());
    let output = shell.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!told.contains("panicked") && !told.contains("error"), "{told}");
}
