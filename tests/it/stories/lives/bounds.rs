//! What is bounded stays so through a checkpoint, and forgets the same in both lives.

use directline::{Builder, Checkpoint, Failure, Input, PostKey};

use super::{Mood, comes_back, goes_on, heard};
use crate::transcript::{Host, config, lasting, set};

const IDS_MAX: usize = 16;

/// One activity with an id, at a second of an hour.
fn stamped(id: &str, second: usize) -> String {
    let time = format!("2026-11-20T12:{:02}:{:02}Z", second / 60, second % 60);
    format!(r#"{{"activities":[{{"id":"{id}","timestamp":"{time}"}}],"watermark":"1"}}"#)
}

/// Both lives of a host that has heard these frames.
fn lives(builder: Builder, frames: &[String]) -> [Host; 2] {
    let mut host = Host::live(config(builder));
    frames.iter().for_each(|frame| _ = host.frame(frame));
    let mut lives = [goes_on(&host), host.resumed()];
    lives.iter_mut().for_each(|life| comes_back(life, Mood::Takes));
    lives
}

#[test]
fn both_lives_have_forgotten_the_same_ids() {
    // Covers: DD-5, TM-7, RX-6
    let arbitrary = |n: usize| format!("{:x}-{n}", n * 7_919 % 997);
    let scattered = |n: usize| format!("c|{}", n * 37 % 101);
    let mixed = |n: usize| if n % 3 == 0 { arbitrary(n) } else { scattered(n) };
    let prefixed = |n: usize| format!("p{}|{n}", n % 5);
    let long = |n: usize| format!("{n}{}", "x".repeat(700));
    let names: [&dyn Fn(usize) -> String; 5] = [&arbitrary, &scattered, &mixed, &prefixed, &long];
    for (at, name) in names.into_iter().enumerate() {
        for count in [1, IDS_MAX - 1, IDS_MAX, IDS_MAX + 1, 3 * IDS_MAX] {
            let said: Vec<_> = (0..count).map(|n| set(&name(n), "1")).collect();
            // The numbering begins anew in the midst of it.
            let stamp = |n: usize| stamped(&name(n % (count / 2 + 1)), n);
            let renumbered: Vec<_> = (0..count).map(stamp).collect();
            for frames in [said, renumbered] {
                let settings = lasting().with_seen_ids_max(IDS_MAX);
                let mut lives = lives(settings, &frames);
                for more in 0..2 {
                    for frame in &frames {
                        let [one, other] = lives.clone().map(|mut life| {
                            life.frame(frame);
                            heard(&life).join("\n")
                        });
                        assert_eq!(one, other, "names {at}, {count} frames, {more} more, {frame}");
                    }
                    // One more makes them forget another.
                    let another = stamped(&name(1_000 + more), 3_000 + more);
                    lives.iter_mut().for_each(|life| _ = life.frame(&another));
                }
            }
        }
    }
}

/// Says the post `key`, whose echo will have the same key.
fn say(host: &mut Host, key: u64) {
    let activity = format!(r#"{{"channelData":{{"clientActivityID":"k{key}"}}}}"#);
    host.handle(Input::Post { key: PostKey(key), activity });
}

#[test]
fn both_lives_doubt_the_same_posts() {
    // Covers: TX-2, RX-6, TM-7
    let settings = || lasting().with_echo_keys(true).with_posts_in_checkpoint(true);
    for doubts in 0..5 {
        for is_in_flight in [false, true] {
            let mut host = Host::live(config(settings().with_posts_max(2)));
            (1..=doubts).for_each(|key| {
                say(&mut host, key);
                host.fails(Failure::Broken);
            });
            if is_in_flight {
                say(&mut host, 9);
            }
            let lives = [goes_on(&host), host.resumed()];
            let [one, other] = lives.map(|mut life| {
                comes_back(&mut life, Mood::Takes);
                for key in (1..=doubts).chain([9]) {
                    let data = format!(r#""channelData":{{"clientActivityID":"k{key}"}}"#);
                    life.frame(&format!(r#"{{"activities":[{{"id":"e{key}",{data}}}]}}"#));
                }
                heard(&life).join("\n")
            });
            assert_eq!(one, other, "{doubts} doubts, in flight {is_in_flight}");
        }
    }
}

#[test]
fn a_smaller_bound_holds_from_the_first_moment() {
    // Covers: DD-5, TX-1, TX-2, RX-6
    let settings = || lasting().with_echo_keys(true).with_posts_in_checkpoint(true);
    let mut host = Host::live(config(settings()));
    for key in 1..=4 {
        say(&mut host, key);
        host.fails(Failure::Broken);
    }
    (11..=15).for_each(|key| say(&mut host, key));
    let written = host.checkpoint().to_json();
    for max in 1..6 {
        let read = Checkpoint::from_json(&written).expect("what was written");
        let settings = settings().with_posts_max(max);
        let mut life = Host::resume(config(settings), read);
        let kept = max.min(4);
        assert_eq!(life.session.pending_posts(), kept, "12 to 15, as many as there is room for");
        life.forget();
        (21..=25).for_each(|key| say(&mut life, key));
        assert_eq!(life.lines("posted").len(), 5 - (max - kept), "the queue is full");
        assert_eq!(life.session.pending_posts(), max);
        let doubted = life.checkpoint().to_json().matches("\"echo_key\"").count();
        assert_eq!(doubted, max.min(5), "1 to 4, and 11, which was in flight");
    }
}
