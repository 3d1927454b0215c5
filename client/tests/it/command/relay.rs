//! `directline relay`, which is a program of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::command::program::Program;

#[test]
fn it_becomes_the_program_of_that_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path");
    let command = folder.path().join("directline");
    fs::copy(env!("CARGO_BIN_EXE_directline"), &command).expect("copied");
    let run = |arguments: &[&str]| {
        let all: Vec<_> = [&["relay"], arguments].concat();
        Program::run_at(&command, &all, &[("PATH", path)]).end()
    };
    let ended = run(&["--nats", "nats://127.0.0.1:1"]);
    assert_eq!(ended.code, Some(1));
    let said = "error: there is no directline-relay beside this program or on the path: ";
    assert!(ended.errors[0].starts_with(said), "{:?}", ended.errors);

    let program = folder.path().join("directline-relay");
    fs::write(&program, "#!/bin/sh\necho \"$@\"\nexit 7\n").expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("made to run");
    let ended = run(&["--nats", "nats://127.0.0.1:1", "--help"]);
    assert_eq!(
        (ended.code, ended.out.join("\n")),
        (Some(7), "--nats nats://127.0.0.1:1 --help".into())
    );
}
