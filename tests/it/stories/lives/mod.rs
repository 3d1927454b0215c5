//! TWO LIVES of one conversation: a session that goes on after all its connections broke, and one
//! that is resumed from a checkpoint taken just before. Whoever hears both cannot tell them apart,
//! so that what a checkpoint leaves out shows, whatever it is.

mod bounds;
mod ids;
mod posts;

use directline::{Failure, Purpose};

use crate::transcript::{Host, set};

/// How a good service answers a post after the break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Takes,
    Fails,
}

/// The life that goes on: the socket breaks, and so does every request under way.
fn goes_on(host: &Host) -> Host {
    let mut life = host.clone();
    life.forget();
    if life.has_socket() {
        life.breaks();
    }
    while life.awaits_any() {
        life.fails(Failure::Broken);
    }
    life
}

/// Connects and answers until there is nothing left to do.
fn comes_back(life: &mut Host, mood: Mood) {
    for _ in 0..ROUNDS {
        if life.awaits(Purpose::Reconnect) {
            life.grants_to_reconnect().opens();
        } else if life.awaits(Purpose::Activities) {
            life.answers_to(Purpose::Activities, 200, &set("", ""));
        } else if life.awaits(Purpose::Post) && mood == Mood::Takes {
            life.answers_to(Purpose::Post, 200, r#"{"id":"taken"}"#);
        } else if life.awaits(Purpose::Post) {
            life.answers_to(Purpose::Post, 502, "");
        } else if !life.has_socket() || life.deadline().is_some_and(|at| at < life.now() + SOON) {
            life.times_out();
        } else {
            return;
        }
    }
    panic!("it never comes to rest");
}

/// What the application and the service hear of a life, without how it gets there.
fn heard(life: &Host) -> Vec<&str> {
    let of_interest = ["delivered", "posted", "activities may", "ended", "GET", "POST"];
    of_interest.iter().flat_map(|start| life.lines(start)).collect()
}

/// Every word of up to `length` letters.
fn words<T: Copy>(letters: &[T], length: usize) -> Vec<Vec<T>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..length {
        let longer = |word: &Vec<T>| {
            letters.iter().map(|letter| [word.as_slice(), &[*letter]].concat()).collect::<Vec<_>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// More than any of these lives takes.
const ROUNDS: usize = 100;
/// Whatever is due later is a matter of days and not of coming back.
const SOON: u64 = 10_000;
