//! Checkpoint files: written whole, after what they cover, and good to resume from.

use std::fs;
use std::path::Path;

use directline_client::directline::Checkpoint;
use directline_testbed::Options;

use super::program::Program;
use crate::talk::{recorded, say, testbed};

#[test]
fn a_signal_leaves_a_checkpoint_that_resumes_to_the_message() {
    // Covers: TM-7, WM-6
    for (signal, driver) in [("TERM", "tokio"), ("INT", "blocking")] {
        let testbed = testbed(Options::default());
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("checkpoint");
        let more = ["--driver", driver, "--checkpoint", file.to_str().expect("text")];
        let mut program = Program::chat(&testbed, &more);
        let id = program.conversation();
        let mut lines = Vec::new();
        for number in 0..30 {
            say(&testbed, &id, &number.to_string());
            lines.push(program.line());
        }
        program.signal(signal);
        let ended = program.end();
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        lines.extend(ended.out);
        assert_only(&file);
        say(&testbed, &id, "while away");
        let mut program = Program::chat(&testbed, &more);
        lines.push(program.line());
        say(&testbed, &id, "new");
        lines.push(program.line());
        program.signal(signal);
        lines.extend(program.end().out);
        assert_eq!(lines, recorded(&testbed, &id));
    }
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    // Covers: TM-7
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    let more = ["--checkpoint", file.to_str().expect("text")];
    let mut program = Program::chat(&testbed, &more);
    let id = program.conversation();
    let mut lines = Vec::new();
    for number in 0..300 {
        say(&testbed, &id, &number.to_string());
    }
    for _ in 0..150 {
        lines.push(program.line());
    }
    program.signal("KILL");
    let ended = program.end();
    assert_eq!(ended.code, None, "killed");
    lines.extend(ended.out);
    let all = recorded(&testbed, &id);
    let covered = read(&file).map(|checkpoint| position(&checkpoint));
    // What the file covers was written out before.
    assert!(covered.is_none_or(|covered| covered <= lines.len()), "{covered:?} {}", lines.len());
    assert_eq!(lines, all[..lines.len()]);
    let mut program = if covered.is_some() {
        Program::chat(&testbed, &more)
    } else {
        Program::chat(&testbed, &[more[0], more[1], "--conversation", &id])
    };
    say(&testbed, &id, "the last");
    let all = recorded(&testbed, &id);
    let again: Vec<_> = (covered.unwrap_or(0)..all.len()).map(|_| program.line()).collect();
    assert_eq!(again, all[covered.unwrap_or(0)..]);
}

#[test]
fn checkpoints_are_kept_up_to_date_while_it_runs() {
    // Covers: WM-5
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    let mut program = Program::chat(&testbed, &["--checkpoint", file.to_str().expect("text")]);
    let id = program.conversation();
    say(&testbed, &id, "one");
    program.line();
    say(&testbed, &id, "two");
    program.line();
    // It is on its way; whoever waits for nothing more may wait for it.
    while read(&file).is_none_or(|checkpoint| position(&checkpoint) < 2) {
        std::thread::yield_now();
    }
    let text = fs::read_to_string(&file).expect("readable");
    assert!(!text.contains(testbed.secret()) && text.contains(&id), "{text}");
}

#[test]
fn a_conversation_can_be_taken_up_at_a_watermark() {
    // Covers: WM-6, WM-8
    let testbed = testbed(Options::default());
    let minted = testbed.generate_token(None);
    let id = minted.conversation;
    for text in ["zero", "one", "two"] {
        say(&testbed, &id, text);
    }
    let mut program = Program::chat(&testbed, &["--conversation", &id, "--watermark", "0"]);
    assert_eq!([program.line(), program.line()], recorded(&testbed, &id)[1..]);
    let mut program = Program::chat(&testbed, &["--conversation", &id]);
    assert_eq!(program.line(), recorded(&testbed, &id)[0]);
}

#[test]
fn a_second_user_of_the_file_is_told_at_once() {
    // Covers: RC-8
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    let more = ["--checkpoint", file.to_str().expect("text")];
    let mut first = Program::chat(&testbed, &more);
    let id = first.conversation();
    first.told("connected");
    let requests = testbed.log().requests().len();
    let ended = Program::chat(&testbed, &more).end();
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    let told = ended.errors.concat();
    assert!(told.contains("checkpoint\" is in use by another directline"), "{told}");
    assert_eq!(testbed.log().requests().len(), requests, "nothing was asked for");
    // Whether the first ends well or not, the next may have it.
    for signal in ["KILL", "INT"] {
        say(&testbed, &id, "hello");
        first.line();
        while read(&file).is_none() {
            std::thread::yield_now();
        }
        first.signal(signal);
        first.end();
        first = Program::chat(&testbed, &more);
        first.told("connected");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through() {
    // Covers: WM-5
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let (place, link) = (folder.path().join("place"), folder.path().join("link"));
    fs::create_dir(&place).expect("created");
    let file = place.join("checkpoint");
    // What it leads to need not be there yet.
    std::os::unix::fs::symlink("place/checkpoint", &link).expect("linked");
    for _ in 0..2 {
        let mut program = Program::chat(&testbed, &["--checkpoint", link.to_str().expect("text")]);
        program.told("connected");
        program.signal("INT");
        assert_eq!(program.end().code, Some(0));
        assert!(fs::symlink_metadata(&link).expect("still there").is_symlink());
        assert!(read(&file).is_some());
        assert_only(&file);
    }
    assert_eq!(testbed.conversations().len(), 1, "it was resumed");
    // One that leads nowhere is no file that is not there yet.
    let own = folder.path().join("own");
    std::os::unix::fs::symlink("own", &own).expect("linked");
    let ended = Program::chat(&testbed, &["--checkpoint", own.to_str().expect("text")]).end();
    assert_eq!(ended.code, Some(2), "{}", ended.seen);
    assert!(ended.seen.contains("cannot be resumed from and was left alone"), "{}", ended.seen);
}

/// A chat whose checkpoint lies in this folder and has been written; the conversation, and the file.
#[cfg(unix)]
fn chat_in(
    testbed: &directline_testbed::Testbed,
    place: &Path,
) -> (Program, String, std::path::PathBuf) {
    fs::create_dir(place).expect("created");
    let file = place.join("checkpoint");
    let mut program = Program::chat(testbed, &["--checkpoint", file.to_str().expect("text")]);
    let id = program.conversation();
    program.told("connected");
    while read(&file).is_none() {
        std::thread::yield_now();
    }
    (program, id, file)
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_is_told_once_and_so_is_its_end() {
    // Covers: WM-5
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("place");
    let (mut program, id, file) = chat_in(&testbed, &place);
    // Whoever may do anything is not kept out by permissions, but by a folder that is gone.
    let away = folder.path().join("away");
    fs::rename(&place, &away).expect("moved");
    say(&testbed, &id, "one");
    program.line();
    program.told("cannot be written");
    for text in ["two", "three", "four"] {
        say(&testbed, &id, text);
        program.line();
    }
    fs::rename(&away, &place).expect("moved back");
    say(&testbed, &id, "five");
    program.line();
    program.told("the checkpoint file is written again");
    assert_eq!(program.seen.matches("cannot be written").count(), 1, "{}", program.seen);
    program.signal("INT");
    let ended = program.end();
    assert_eq!(ended.code, Some(0), "{}", ended.seen);
    assert_eq!(position(&read(&file).expect("written")), 5);
}

#[cfg(unix)]
#[test]
fn a_checkpoint_that_was_never_written_is_told_at_the_end() {
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("place");
    let (mut program, id, _) = chat_in(&testbed, &place);
    fs::rename(&place, folder.path().join("away")).expect("moved");
    say(&testbed, &id, "one");
    program.told("cannot be written");
    program.signal("INT");
    let ended = program.end();
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    let last = ended.errors.last().expect("last words");
    assert!(last.starts_with("error: the checkpoint file ") && last.contains("written"), "{last}");
}

#[test]
fn a_conversation_may_be_named_beside_its_checkpoint() {
    let testbed = testbed(Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    let id = testbed.generate_token(None).conversation;
    fs::write(&file, Checkpoint::new(&*id).expect("an id").to_json()).expect("written");
    let path = file.to_str().expect("text");
    let mut program = Program::chat(&testbed, &["--checkpoint", path, "--conversation", &id]);
    assert_eq!(program.conversation(), id);
}

/// The file and no leftovers beside it.
fn assert_only(file: &Path) {
    let folder = fs::read_dir(file.parent().expect("a folder")).expect("readable");
    let names: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(names, [file]);
}

fn read(file: &Path) -> Option<Checkpoint> {
    let text = fs::read_to_string(file).ok()?;
    Some(Checkpoint::from_json(&text).expect("always whole"))
}

/// How many activities a checkpoint covers, as the testbed counts.
fn position(checkpoint: &Checkpoint) -> usize {
    checkpoint.watermark().map_or(0, |watermark| 1 + watermark.parse::<usize>().expect("decimal"))
}
