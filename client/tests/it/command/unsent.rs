//! What was said and not sent is told, however soon it is over, in one wording and after why.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use directline_testbed::{Answer, Fault, Occasion, Options, Rule};

use super::program::{Ended, Program, end_of};
use crate::talk::{PATIENCE, say, testbed};

/// A start that fails at once, with these lines on stdin.
fn fails(driver: &str, attempts: &str, lines: &[String]) -> Ended {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("an address").port()
    };
    let base = format!("http://127.0.0.1:{port}");
    let quick = ["--set", "backoff.initial=1ms", "--set", "backoff.max=1ms"];
    let mut arguments = vec!["chat", "--domain", &base, "--driver", driver, "--attempts", attempts];
    arguments.extend(quick);
    let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "hush-hush")]);
    lines.iter().for_each(|line| program.type_line(line));
    program.end_input();
    program.end()
}

/// Where a line that begins like this stands.
fn place(ended: &Ended, words: &str) -> usize {
    let place = ended.errors.iter().position(|line| line.starts_with(words));
    place.unwrap_or_else(|| panic!("{words:?} is not told: {:#?}", ended.errors))
}

#[test]
fn a_line_is_told_after_why_it_was_not_sent() {
    // Covers: TX-3
    for driver in ["tokio", "blocking"] {
        // Each time the line comes at another moment.
        for _ in 0..8 {
            for attempts in ["1", "3"] {
                let ended = fails(driver, attempts, &["hi".into(), String::new(), "you".into()]);
                assert_eq!(ended.code, Some(1), "{}", ended.seen);
                let refused = place(&ended, "starting the conversation could not be sent");
                let gave_up = place(&ended, "error: gave up after");
                assert!(refused < gave_up, "{:#?}", ended.errors);
                let last = &ended.errors[gave_up + 1..];
                assert_eq!(last, ["not sent: hi", "not sent: you"], "{:#?}", ended.errors);
                let gave_up = match attempts {
                    "1" => "error: gave up after 1 failed attempt",
                    _ => "error: gave up after 3 failed attempts in a row",
                };
                assert!(ended.errors.iter().any(|line| line == gave_up), "{:#?}", ended.errors);
            }
        }
    }
}

#[test]
fn of_many_lines_the_first_are_told_and_the_rest_as_one() {
    // Covers: TX-3
    let lines: Vec<_> = (0..1_000).map(|number| format!("line {number}")).collect();
    let ended = fails("tokio", "1", &lines);
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    let told = &ended.errors[place(&ended, "error: ") + 1..];
    assert!(told.len() >= 65, "{told:#?}");
    assert_eq!(told[63], "not sent: line 63");
    assert_eq!(told.last().expect("many"), "not sent: the rest of the input");
}

#[test]
fn what_is_wrong_with_the_arguments_is_told_alone() {
    let mut program =
        Program::run(&["chat", "--set", "no.such=1"], &[("DIRECTLINE_TOKEN", "hush")]);
    program.type_line("hi");
    program.end_input();
    let ended = program.end();
    assert_eq!((ended.code, ended.errors.len()), (Some(2), 1), "{}", ended.seen);
    assert!(ended.errors[0].starts_with("error: --set"), "{}", ended.seen);
}

#[test]
fn two_signals_at_once_are_one() {
    // Covers: TX-5
    for driver in ["tokio", "blocking"] {
        let testbed = testbed(Options::default());
        let busy = Fault::Answer(Answer::status(503));
        testbed.inject(Rule::always(Occasion::Generate, busy).expect("allowed"));
        let mut program = Program::chat(&testbed, &["--driver", driver]);
        program.type_line("hi");
        program.told("503");
        // As `timeout` does: the process, and then its group.
        program.signal_twice("TERM");
        let ended = program.end();
        assert_eq!(ended.code, Some(6), "{}", ended.seen);
        let last = ended.errors.last_chunk().expect("two lines");
        assert_eq!(last, &["not sent: hi", "error: 1 message was not sent"]);
    }
}

#[test]
fn who_signals_again_later_does_not_wait() {
    // Covers: TX-5
    let testbed = testbed(Options::default());
    let mut child = Command::new(env!("CARGO_BIN_EXE_directline"))
        .args(["chat", "--json", "--domain", &testbed.base()])
        .env("DIRECTLINE_SECRET", testbed.secret())
        .env("NO_PROXY", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command was built");
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_opened() == 1));
    let id = testbed.conversations().remove(0);
    // More than a pipe takes that nobody reads: it waits for a reader, whoever wants it to end.
    say(&testbed, &id, &"x".repeat(200_000));
    let mut out = child.stdout.take().expect("piped");
    out.read_exact(&mut [0; 1]).expect("it writes");
    let signal = || {
        let id = child.id().to_string();
        let status = Command::new("kill").args(["-s", "INT", &id]).status();
        assert!(status.is_ok_and(|status| status.success()), "it still runs");
    };
    signal();
    // Time that passes, for one of them.
    let _ = testbed.wait_until(Duration::from_millis(300), |_| false);
    signal();
    assert_eq!(end_of(&mut child).code(), Some(130));
}
