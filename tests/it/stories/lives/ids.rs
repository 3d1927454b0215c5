//! What was handed out, and where that was: every story of three frames, and all that may follow.

use directline::{Checkpoint, Config};

use super::{Mood, comes_back, goes_on, heard, words};
use crate::transcript::{Host, config, lasting};

/// One frame with an activity of each kind, at each of a few moments.
const FRAMES: [&str; 9] = [
    r#"{"activities":[{"id":"a","timestamp":"2026-11-20T12:00:01Z"}],"watermark":"1"}"#,
    r#"{"activities":[{"id":"a","timestamp":"2026-11-20T12:00:05Z"}],"watermark":null}"#,
    r#"{"activities":[{"id":"b"}]}"#,
    r#"{"activities":[{"id":"c|1","timestamp":"2026-11-20T12:00:02Z"}],"watermark":"2"}"#,
    r#"{"activities":[{"id":"c|2","timestamp":"2026-11-20T12:00:03Z"}]}"#,
    r#"{"activities":[{"id":"c|1","timestamp":"2026-11-20T12:00:09Z"}],"watermark":"9"}"#,
    r#"{"activities":[{"type":"typing","timestamp":"2026-11-20T12:00:07Z"}]}"#,
    r#"{"activities":[{"id":"c|2","type":"messageUpdate","timestamp":"2026-11-20T12:00:08Z"}]}"#,
    r#"{"activities":[],"watermark":"5"}"#,
];

fn settings() -> Config {
    config(lasting().without_liveness_timeout())
}

/// The lives that follow a story: the one that goes on, one that is resumed from where the session
/// says it is, and one from where its last batch says so, if nothing came after it.
fn lives(story: &[&str]) -> Vec<Host> {
    let mut host = Host::live(settings());
    let mut last = None;
    for frame in story {
        let before = host.batches.len();
        host.frame(frame);
        last = host.batches.get(before).map(|batch| batch.checkpoint().to_json());
    }
    let mut lives = vec![goes_on(&host), host.resumed()];
    let read = |json: String| Checkpoint::from_json(&json).expect("what was written");
    lives.extend(last.map(|json| Host::resume(settings(), read(json))));
    lives.iter_mut().for_each(|life| comes_back(life, Mood::Takes));
    lives
}

#[track_caller]
fn are_alike(lives: &[Host], story: &[&str], sequel: &[&str]) {
    let [first, others @ ..] = lives else { panic!("there is one at least") };
    for other in others {
        assert_eq!(
            heard(other),
            heard(first),
            "after\n{}\nand\n{}",
            story.join("\n"),
            sequel.join("\n")
        );
    }
}

/// Goes on with every word of up to `length` frames.
fn compare(lives: &[Host], story: &[&str], sequel: &mut Vec<&'static str>, length: usize) {
    are_alike(lives, story, sequel);
    if sequel.len() < length {
        for frame in FRAMES {
            let mut next = lives.to_vec();
            next.iter_mut().for_each(|life| _ = life.frame(frame));
            sequel.push(frame);
            compare(&next, story, sequel, length);
            sequel.pop();
        }
    }
}

#[test]
fn what_was_handed_out_passes_through_every_checkpoint() {
    // Covers: TM-7, DD-1, DD-2, DD-3, WM-2, WM-4, WM-5, WM-6
    for story in words(&FRAMES, 3) {
        compare(&lives(&story), &story, &mut Vec::new(), if story.len() < 3 { 2 } else { 1 });
    }
}

#[test]
fn who_keeps_every_checkpoint_hears_what_others_hear() {
    // Covers: DD-1, DD-2, DD-3, TM-4
    for story in words(&FRAMES, 3) {
        let (mut keeps, mut drops) = (Host::live(settings()), Host::live(settings()));
        for frame in &story {
            keeps.frame(frame);
            drops.frame(frame).batches.clear();
        }
        assert_eq!(heard(&keeps), heard(&drops), "after\n{}", story.join("\n"));
        assert_eq!(keeps.session.counters(), drops.session.counters());
        assert_eq!(keeps.checkpoint(), drops.checkpoint(), "after\n{}", story.join("\n"));
    }
}
