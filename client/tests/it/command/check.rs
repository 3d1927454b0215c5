//! Clients that are held to the contract by its cases.

use super::program::{Ended, Program};

/// Some cases with this client; the rest of them are for whoever has more time.
fn check(only: &[&str], client: &[&str]) -> Ended {
    let mut arguments = vec!["check", "--limit", "10s"];
    for clause in only {
        arguments.extend(["--only", *clause]);
    }
    arguments.push("--");
    arguments.extend(client);
    Program::run(&arguments, &[]).end()
}

/// The command itself, in a hurry.
const CHAT: &str = concat!(
    env!("CARGO_BIN_EXE_directline"),
    " chat --json --domain {base} --set backoff.initial=20ms --set backoff.max=200ms \
     --set request.timeout=2s --set keepalive.interval=500ms --set liveness.timeout=2s \
     --set poll.interval=200ms",
);

#[test]
fn the_command_passes_what_it_is_asked() {
    // Covers: WM-1, WM-6, DD-1, SU-5, RX-4, TX-2
    let client: Vec<&str> = CHAT.split(' ').collect();
    let ended = check(&["WM", "DD-1", "SU-5", "RX-4", "TX-2"], &client);
    let told = ended.out.join("\n");
    assert_eq!(ended.code, Some(0), "{told} {:?}", ended.errors);
    let last = ended.out.last().expect("a summary");
    assert!(last.contains(" passed, 0 failed"), "{told}");
    assert!(ended.out.len() > 20 && ended.out.iter().rev().skip(1).all(|it| it.starts_with("ok ")));
}

#[cfg(unix)]
#[test]
fn a_client_that_repeats_itself_is_found() {
    // Covers: DD-1
    let twice = format!("{CHAT} | sed -u p");
    let ended = check(&["RX-3", "RX-5"], &["sh", "-c", &twice]);
    let told = ended.out.join("\n");
    assert_eq!(ended.code, Some(1), "{told}");
    assert!(told.contains("FAILED  RX-3  a bad element is skipped"), "{told}");
    assert!(told.contains("\"one\" was shown 2 times"), "{told}");
    for who in ["client", "service"] {
        assert!(told.contains(&format!("what the {who} told last:\n        | ")), "{told}");
    }
    assert!(told.contains("| connected") && told.contains("socket 1: open for"), "{told}");
    assert!(told.contains("0 passed, 2 failed"), "{told}");
    assert!(ended.errors.concat().contains("has not passed 2 cases"), "{:?}", ended.errors);
}

#[cfg(unix)]
#[test]
fn who_interrupts_it_leaves_nothing_behind() {
    // Covers: RX-6
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("running");
    let client = format!("echo $$ > '{}'; exec cat", file.display());
    let arguments = ["check", "--jobs", "1", "--only", "RX-5", "--", "sh", "-c", &client];
    let program = Program::run(&arguments, &[]);
    let id = loop {
        match std::fs::read_to_string(&file) {
            Ok(id) if id.ends_with('\n') => break id,
            _ => std::thread::yield_now(),
        }
    };
    program.signal("INT");
    let ended = program.end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.concat().contains("interrupted"), "{:?}", ended.errors);
    let alive = std::process::Command::new("kill").args(["-0", id.trim()]).output().expect("run");
    assert!(!alive.status.success(), "{id} still runs");
}

#[test]
fn the_cases_can_be_listed_and_written_by_hand() {
    // Covers: RX-6
    let listed = Program::run(&["check", "--list"], &[]).end();
    assert_eq!(listed.code, Some(0));
    assert!(listed.out.len() >= 40, "{}", listed.out.len());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[[case]]\nclause = 'RX-1'\nname = 'mine'\n").expect("written");
    let path = file.to_str().expect("text");
    let own = Program::run(&["check", "--cases", path, "--list"], &[]).end();
    assert_eq!(own.out, ["RX-1  mine"]);
    std::fs::write(&file, "[[case]]\nclause = 3\n").expect("written");
    for (arguments, words) in [
        (&["--cases", path, "--list"][..], "case 1: `clause` is 3, it must be a text"),
        (&["--cases", "nowhere", "--list"], "\"nowhere\" can't be read"),
        (&["--only", "XX-1", "--list"], "--only is \"XX-1\", allowed is one of WM-1"),
        (&["--jobs", "0", "--list"], "allowed is a whole number from 1 to 64"),
        (&["--limit", "long", "--list"], "allowed is a time such as"),
        (&["--limit", "0s", "--list"], "--limit is \"0s\", allowed is a time such as"),
        (&["--limit=-1s", "--list"], "--limit is \"-1s\", allowed is a time such as"),
        (&[], "COMMAND"),
    ] {
        let mut all = vec!["check"];
        all.extend(arguments);
        let ended = Program::run(&all, &[]).end();
        let told = ended.errors.join("\n");
        assert_eq!(ended.code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
}

#[test]
fn a_client_that_cannot_be_started_is_told_once() {
    // Covers: RX-6
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("client");
    std::fs::write(&file, "not to be executed").expect("written");
    let file = file.to_str().expect("text");
    for client in ["no-such-command", "./no/such/command", file] {
        let ended = check(&[], &[client, "{base}"]);
        assert_eq!(ended.code, Some(2), "{:?}", ended.errors);
        assert!(ended.out.is_empty(), "{:?}", ended.out);
        let [told] = &ended.errors[..] else { panic!("{:?}", ended.errors) };
        assert!(told.starts_with(&format!("error: {client:?} can't be started: ")), "{told}");
    }
}
