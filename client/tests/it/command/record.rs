//! A conversation that is written down, gone through again, made into a test and drawn.

use std::fs;
use std::path::Path;
use std::time::Duration;

use directline_client::directline::{Config, Credential, Input, Moment, Session};
use directline_record::{Recorder, Recording};
use directline_testbed::{Bot, Options, Plan, Testbed};

use super::program::{Ended, Program};
#[cfg(unix)]
use super::terminal::Terminal;

fn run(arguments: &[&str]) -> Ended {
    Program::run(arguments, &[]).end()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn the_demonstration_replays_without_a_difference_with_either_driver() {
    // Covers: TM-2
    let folder = tempfile::tempdir().expect("a folder");
    for driver in ["tokio", "blocking"] {
        let path = folder.path().join(driver);
        let ended = run(&["chat", "--demo", "--driver", driver, "--record", text(&path)]);
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        let ended = run(&["replay", text(&path)]);
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        let recording = Recording::parse(&fs::read_to_string(&path).expect("it was written"));
        let recording = recording.expect("a recording");
        assert!(recording.steps().len() > 400, "{} steps", recording.steps().len());
        assert_eq!(recording.replay().difference(), None);
    }
}

/// A few lines with a service that breaks, written down; gives the recording and the secret.
fn talk(path: &Path) -> (String, String) {
    let plan = Plan::named("demo").expect("a plan");
    let options = Options::default().with_plan(plan).with_bot(Bot::Echo);
    let testbed = Testbed::start(options).expect("a service");
    let secret = testbed.secret().to_owned();
    let mut program = Program::chat(&testbed, &["--end-on-eof", "--record", text(path)]);
    for number in 0..12 {
        // A user who pastes what nobody should.
        program.type_line(&format!("line {number} {secret}"));
        program.line();
        program.line();
    }
    program.end_input();
    assert_eq!(program.end().code, Some(0));
    (fs::read_to_string(path).expect("it was written"), secret)
}

#[test]
fn no_credential_stands_in_a_recording_or_on_a_page() {
    // Covers: CR-7, SU-6
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.jsonl");
    let (recording, secret) = talk(&path);
    let page = run(&["timeline", text(&path)]);
    assert_eq!(page.code, Some(0), "{}", page.seen);
    assert!(recording.contains("line 11 ") && page.seen.contains("line 11 "));
    for shown in [&recording, &page.seen] {
        assert!(!shown.contains(&secret));
        assert!(!shown.contains(".cwA."), "tokens of the service look so");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "what was said is for its user alone");
    }
}

#[test]
fn a_recording_is_not_written_over_unless_that_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.jsonl");
    fs::write(&path, "precious").expect("a file");
    let ended = run(&["chat", "--demo", "--record", text(&path)]);
    assert_eq!(ended.code, Some(2), "{}", ended.seen);
    assert!(ended.seen.contains("allowed is a file that does not exist yet, or --overwrite"));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "precious");
    let ended = run(&["chat", "--demo", "--record", text(&path), "--overwrite"]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert_eq!(run(&["replay", text(&path)]).code, Some(0));
}

#[test]
fn a_recording_goes_to_stdout_alone() {
    let ended = run(&["chat", "--demo", "--record", "-"]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    let recording =
        Recording::parse(&(ended.out.join("\n") + "\n")).expect("nothing else is there");
    assert_eq!(recording.damage(), None);
    assert_eq!(recording.replay().difference(), None);
    assert!(ended.errors.iter().any(|line| line.contains("message 1")), "it is shown on stderr");
}

#[test]
fn the_first_difference_is_told_with_its_line_and_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.jsonl");
    let (recording, _) = talk(&path);
    let live = r#"{"out":{"event":{"status":"live"}}}"#;
    let line = recording.lines().position(|line| line == live).expect("it was live") + 1;
    fs::write(&path, recording.replacen(live, r#"{"out":{"event":{"status":"polling"}}}"#, 1))
        .expect("a file");
    let ended = run(&["replay", text(&path)]);
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    for part in [
        format!("line {line}, at "),
        r#"expected {"event":{"status":"polling"}}"#.into(),
        r#"found    {"event":{"status":"live"}}"#.into(),
    ] {
        assert!(ended.seen.contains(&part), "{part}: {}", ended.seen);
    }
}

#[test]
fn what_is_damaged_or_newer_is_told_and_what_was_good_is_shown() {
    // Covers: RX-6
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.jsonl");
    let (recording, _) = talk(&path);
    let lines: Vec<_> = recording.lines().collect();
    let cut = format!("{}\n{{\"at\":", lines[..20].join("\n"));
    fs::write(&path, cut).expect("a file");
    let ended = run(&["replay", text(&path), "--from", "0s"]);
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    assert!(ended.seen.contains("line 21: it is cut off: "), "{}", ended.seen);
    assert!(ended.out.iter().any(|line| line.contains("\"joined\"")), "{}", ended.seen);
    let ended = run(&["timeline", text(&path)]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.seen.contains("line 21: it is cut off: ") && ended.seen.contains("\"joined\""));
    for garbage in [&b"{\"out\":{\"nope\":1}}"[..], b"{\"misuse\":\"\xff\"}"] {
        let bytes = [lines[..20].join("\n").as_bytes(), b"\n", garbage, b"\n"].concat();
        fs::write(&path, bytes).expect("a file");
        for command in ["replay", "timeline"] {
            let ended = run(&[command, text(&path)]);
            assert_eq!(ended.code, Some(1), "{}", ended.seen);
            assert!(ended.seen.contains("line 21: "), "{}", ended.seen);
        }
    }
    fs::write(&path, recording.replacen("\"version\":1", "\"version\":2", 1)).expect("a file");
    for command in ["replay", "timeline"] {
        let ended = run(&[command, text(&path)]);
        assert_eq!((ended.code, ended.out.len()), (Some(2), 0), "{}", ended.seen);
        let newer = "line 1: version is 2, allowed is 1: a newer directline is needed";
        assert!(ended.seen.contains(newer), "{}", ended.seen);
    }
    for (other, says) in [
        ("", "line 1: it is empty"),
        ("hello\n", "line 1: this is no recording"),
        ("{}\n", "no recording"),
    ] {
        fs::write(&path, other).expect("a file");
        for command in ["replay", "timeline"] {
            let ended = run(&[command, text(&path)]);
            assert_eq!(ended.code, Some(2), "{}", ended.seen);
            assert!(ended.seen.contains(says), "{}", ended.seen);
        }
    }
}

#[test]
fn a_replay_stops_at_events_and_shows_how_things_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.jsonl");
    talk(&path);
    let ended = run(&["replay", text(&path), "--break", "joined", "--break", "gap"]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    for part in [
        "at joined: ",
        "status Connecting, due ",
        "checkpoint {\"version\":1",
        "gap never came out",
    ] {
        assert!(ended.seen.contains(part), "{part}: {}", ended.seen);
    }
    let ended = run(&["replay", text(&path), "--break", "nosuch"]);
    assert_eq!(ended.code, Some(2), "{}", ended.seen);
    let allowed = "--break is \"nosuch\", allowed are send, cancel, open, ";
    assert!(ended.seen.contains(allowed), "{}", ended.seen);
    let ended = run(&["replay", text(&path), "--from", "2s", "--until", "1s"]);
    assert_eq!(ended.code, Some(2), "{}", ended.seen);
    let allowed = "--until is 1s, allowed is 2s, which is --from, or more";
    assert!(ended.seen.contains(allowed), "{}", ended.seen);
    let ended = run(&["replay", text(&path), "--from", "1000s"]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert!(ended.out[0].starts_with("nothing is there from 1000s on: the recording ends at "));
    let all = run(&["replay", text(&path), "--from", "0s"]).out.len();
    let part = run(&["replay", text(&path), "--until", "5ms"]).out.len();
    assert!(part < all, "{part} of {all} lines");
}

/// A session whose network goes down at its first second and up at its second, and so on.
pub(super) fn blinks(path: &Path, seconds: u64) {
    let config = Config::builder(Credential::token("hush.t").expect("a credential"))
        .with_base("http://x.example")
        .build()
        .expect("valid")
        .with_seed(7);
    let began = Moment::from_millis(5_000);
    let mut recorder = Recorder::begin(Vec::new(), &config, None, began);
    let mut session = Session::new(config, began);
    std::iter::from_fn(|| session.poll()).for_each(|output| recorder.output(&output));
    for second in 1..=seconds {
        let at = began.saturating_add(Duration::from_secs(second));
        let input = if second % 2 == 1 { Input::NetworkDown } else { Input::NetworkUp };
        recorder.input(&session, at, &input);
        session.handle(at, input).expect("a hint");
        std::iter::from_fn(|| session.poll()).for_each(|output| recorder.output(&output));
    }
    fs::write(path, recorder.sink()).expect("a file");
}

#[test]
fn a_replay_shows_the_times_that_are_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blinks.jsonl");
    blinks(&path, 4);
    let all = ["it begins", "1.000s", "2.000s", "3.000s", "4.000s"];
    for (arguments, shown, inputs) in [
        (&["--from", "0s"][..], &all[..], 4),
        (&["--from", "2s"], &all[2..], 4),
        (&["--until", "2s"], &all[..3], 2),
        (&["--from", "1s", "--until", "1s"], &all[1..2], 1),
        (&["--from", "4s"], &all[4..], 4),
        (&["--from", "5s"], &[], 4),
        (&[], &[], 4),
    ] {
        let ended = run(&[&["replay", text(&path)], arguments].concat());
        assert_eq!((ended.code, ended.errors.len()), (Some(0), 0), "{}", ended.seen);
        let (last, lines) = ended.out.split_last().expect("a summary");
        let steps = lines.iter().filter(|line| line.contains("s  in ") || line.contains("begins"));
        let steps: Vec<_> = steps.collect();
        assert_eq!(steps.len(), shown.len(), "{arguments:?}: {steps:#?}");
        assert!(steps.iter().zip(shown).all(|(line, at)| line.contains(at)), "{steps:#?}");
        assert!(last.starts_with(&format!("the same: {inputs} inputs, ")), "{last}");
        let is_behind = arguments.contains(&"5s");
        let told: Vec<_> = lines.iter().filter(|line| line.starts_with("nothing")).collect();
        assert_eq!(told.is_empty(), !is_behind, "{told:#?}");
        let nothing = "nothing is there from 5s on: the recording ends at 4s";
        assert!(told.iter().all(|line| *line == nothing), "{told:#?}");
    }
    let outputs = fs::read_to_string(&path).expect("text").matches("{\"out\":").count();
    let last = run(&["replay", text(&path)]).out.pop().expect("a summary");
    assert!(last.ends_with(&format!(", {outputs} outputs")), "{last}: {outputs}");
}

#[test]
fn another_version_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blinks.jsonl");
    blinks(&path, 1);
    let recording = fs::read_to_string(&path).expect("text");
    let own = format!("\"crate\":\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(recording.contains(&own), "{recording}");
    fs::write(&path, recording.replacen(&own, "\"crate\":\"0.0.7\"", 1)).expect("a file");
    let ended = run(&["replay", text(&path)]);
    let told = format!("recorded by 0.0.7, replayed by {}", env!("CARGO_PKG_VERSION"));
    assert_eq!((ended.code, ended.errors), (Some(0), vec![told]));
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_a_replay_ends_it_quietly() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blinks.jsonl");
    // More than a pipe holds.
    blinks(&path, 3_000);
    let replay = format!("{:?} replay {} --from 0s", env!("CARGO_BIN_EXE_directline"), text(&path));
    let ended = |script: String| {
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &format!("set -o pipefail; {script}")]);
        let output = shell.output().expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(ended(format!("{replay} | true")), (Some(0), String::new()));
    // Whoever has no more room is told.
    if cfg!(target_os = "linux") {
        let (code, told) = ended(format!("{replay} > /dev/full"));
        assert_eq!(code, Some(1), "{told}");
        assert!(told.starts_with("error: stdout cannot be written to: "), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_replay_waits_where_it_stops_for_who_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blinks.jsonl");
    blinks(&path, 6);
    let arguments = ["replay", text(&path), "--break", "status"];
    for (keys, stops) in [("q\n", 2), ("\u{4}", 2), ("\n", 3)] {
        let mut terminal = Terminal::plain(&arguments);
        terminal.until("a stop", |seen| seen.matches("at status: ").count() == 1);
        terminal.keys("\n");
        terminal.until("a stop", |seen| seen.matches("at status: ").count() == 2);
        terminal.keys(keys);
        if stops == 3 {
            terminal.until("a stop", |seen| seen.matches("at status: ").count() == 3);
            terminal.keys("q\n");
        }
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(0), "{seen}");
        assert_eq!(seen.matches("at status: ").count(), stops, "{seen}");
        assert!(!seen.contains("the same: "), "{seen}");
    }
}

#[test]
fn a_recording_becomes_a_test_that_holds_what_was_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, test) = (folder.path().join("talk.jsonl"), folder.path().join("it_went_wrong.rs"));
    let (recording, _) = talk(&path);
    let ended = run(&["replay", text(&path), "--write-test", text(&test)]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert!(ended.seen.contains("put it into tests/"), "{}", ended.seen);
    let source = fs::read_to_string(&test).expect("it was written");
    assert!(source.contains("fn it_went_wrong() {") && source.contains(&recording));
    let told = source.matches("\"event\":").count();
    assert!(told > recording.matches("{\"out\":{\"event\":").count(), "once more, as expected");
    let nothing = folder.path().join("nothing.rs");
    let ended = run(&["replay", text(&path), "--from", "1000s", "--write-test", text(&nothing)]);
    assert_eq!(ended.code, Some(2), "{}", ended.seen);
    assert!(!nothing.exists(), "a test of nothing");
}

#[test]
fn a_test_of_a_time_holds_what_led_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, test) = (folder.path().join("blinks.jsonl"), folder.path().join("blinks.rs"));
    blinks(&path, 4);
    let recording = fs::read_to_string(&path).expect("text");
    let ended = run(&["replay", text(&path), "--until", "2s", "--write-test", text(&test)]);
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    let source = fs::read_to_string(&test).expect("it was written");
    let third = recording.find("{\"at\":8000").expect("three seconds after its beginning");
    let (before, after) = recording.split_at(third);
    assert!(source.contains(before), "{source}");
    assert!(!source.contains(after.lines().next().expect("a line")), "{source}");
    let (_, expected) = source.split_once("EXPECTED: &[&str] = &[").expect("a list");
    let (expected, _) = expected.split_once("\n];").expect("its end");
    assert!(expected.contains("\"status\"") && !expected.contains("\"send\""), "{expected}");
}

#[test]
fn what_is_made_of_a_recording_is_not_written_over_unless_that_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, made) = (folder.path().join("talk.jsonl"), folder.path().join("made.rs"));
    talk(&path);
    for (command, option) in [("replay", "--write-test"), ("timeline", "--output")] {
        fs::write(&made, "precious").expect("a file");
        let ended = run(&[command, text(&path), option, text(&made)]);
        assert_eq!(ended.code, Some(2), "{}", ended.seen);
        let allowed = "allowed is a file that does not exist yet, or --overwrite";
        assert!(ended.seen.contains(allowed) && ended.seen.contains(option), "{}", ended.seen);
        assert_eq!(fs::read_to_string(&made).expect("it is there"), "precious");
        // That is told before anything is read.
        let ended = run(&[command, "no/such/recording", option, text(&made)]);
        assert!(ended.seen.contains(allowed) && ended.seen.contains(option), "{}", ended.seen);
        let ended = run(&[command, text(&path), option, text(&made), "--overwrite"]);
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        assert_ne!(fs::read_to_string(&made).expect("it is there"), "precious");
    }
}
