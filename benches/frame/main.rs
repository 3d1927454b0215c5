//! A frame, from `handle` until `poll` has handed its batch out, beside other ways to look at the
//! same bytes.
//!
//! `cargo bench --bench frame` prints, for each corpus, nanoseconds and the ratio to the yardstick
//! (serde_json reads it all and keeps nothing), each the best of many rounds that take turns. With
//! `DIRECTLINE_FRAMES` set to a folder with `a_small.ndjson`, `b_mix.ndjson`, `c_large.ndjson` and
//! `d_replay.ndjson` it reads those; otherwise it makes frames of the same sizes. With `--features proof`
//! it also measures the scanner alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use directline::{Event, Input, Output, Session, SocketId};
use directline_world::live::{LIVE_AT, live_session};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

mod corpora;
mod serde_pass;

use corpora::Corpus;

/// A way to look at all frames of a corpus; gives how long that took.
type Way = fn(&Corpus) -> Duration;

/// Each with whether it reads what is tricky: one that borrows its texts does not.
const WAYS: &[(&str, Way, bool)] = &[
    ("serde_json IgnoredAny, the yardstick", |corpus| each(corpus, skip), true),
    ("this crate: handle until poll", deliver, true),
    ("  the same, the last batch held", deliver_and_hold, true),
    #[cfg(feature = "proof")]
    ("  its scanner alone", |corpus| each(corpus, directline::scan), true),
    ("one serde pass, id and type", |corpus| each(corpus, ids_and_types), false),
    (
        "one serde pass, with spans",
        |corpus| each(corpus, |frame| serde_pass::read(frame).len()),
        false,
    ),
    ("Vec<&RawValue>, then each again", |corpus| each(corpus, raw_values), false),
    ("by hand: Value, HashSet<String>", by_hand, true),
];

fn main() {
    let corpora = corpora::all();
    let best: Vec<Vec<Duration>> = corpora.iter().map(shortest).collect();
    print!("{:38}", "per frame");
    for corpus in &corpora {
        print!("{:>22}", format!("{}, {} B", corpus.name, corpus.bytes / corpus.frames.len()));
    }
    println!();
    for (row, (name, ..)) in WAYS.iter().enumerate() {
        print!("{name:38}");
        for (corpus, best) in corpora.iter().zip(&best) {
            let ratio = best[row].as_secs_f64() / best[0].as_secs_f64();
            let each = best[row].as_nanos() / corpus.frames.len() as u128;
            let is_measured = best[row] < Duration::MAX;
            let shown = if is_measured { format!("{each} ns  {ratio:.2}") } else { "-".into() };
            print!("{shown:>22}");
        }
        println!();
    }
}

/// The best round of every way; a round takes the ways in turn.
fn shortest(corpus: &Corpus) -> Vec<Duration> {
    let mut best = vec![Duration::MAX; WAYS.len()];
    for _ in 0..(200_000_000 / corpus.bytes).clamp(20, ROUNDS_MAX) {
        for (best, (_, way, reads_tricky)) in best.iter_mut().zip(WAYS) {
            if *reads_tricky || !corpus.is_tricky {
                *best = way(corpus).min(*best);
            }
        }
    }
    best
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn timed(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

fn each<T>(corpus: &Corpus, look: impl Fn(&str) -> T) -> Duration {
    timed(|| {
        for frame in &corpus.frames {
            black_box(look(black_box(frame)));
        }
    })
}

/// A live session takes the frames, which are its own from then on. They are copied a few at a
/// time, as warm as a frame that has just come in: all ways read from the cache.
fn deliver(corpus: &Corpus) -> Duration {
    delivered(corpus, &mut |_| {})
}

/// Who stores a batch with its checkpoint has it while the next one comes in.
fn deliver_and_hold(corpus: &Corpus) -> Duration {
    let mut last = None;
    delivered(corpus, &mut |output| {
        if let Output::Event(Event::Delivered(_)) = output {
            last = Some(output);
        }
    })
}

fn delivered(corpus: &Corpus, keep: &mut impl FnMut(Output)) -> Duration {
    let (mut session, socket) = live_session();
    // The first under an id that is no number warms it up.
    take(&mut session, socket, corpus.frames[0].replace("us|0", "us-0"), keep);
    let mut taken = Duration::ZERO;
    for frames in corpus.frames.chunks(16) {
        let frames = frames.to_vec();
        taken += timed(|| {
            for frame in frames {
                take(&mut session, socket, frame, keep);
            }
        });
    }
    taken
}

fn take(session: &mut Session, socket: SocketId, text: String, keep: &mut impl FnMut(Output)) {
    session.handle(LIVE_AT, Input::Frame { socket, text }).expect("frames are no mistakes");
    while let Some(output) = session.poll() {
        keep(black_box::<Output>(output));
    }
}

fn skip(frame: &str) {
    serde_json::from_str::<IgnoredAny>(frame).expect("a frame is JSON");
}

#[derive(Deserialize)]
struct Set<T> {
    activities: Vec<T>,
    watermark: Option<String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Option<&'a str>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a str>,
}

fn ids_and_types(frame: &str) -> usize {
    let set: Set<Head<'_>> = serde_json::from_str(frame).expect("a set");
    set.activities.iter().filter(|head| head.id.is_some() && head.kind.is_some()).count()
}

fn raw_values(frame: &str) -> usize {
    #[derive(Deserialize)]
    struct Raw<'a> {
        #[serde(borrow)]
        activities: Vec<&'a RawValue>,
    }
    let set: Raw<'_> = serde_json::from_str(frame).expect("a set");
    let head = |raw: &&RawValue| serde_json::from_str::<Head<'_>>(raw.get()).is_ok();
    set.activities.iter().filter(|raw| head(raw)).count()
}

#[expect(clippy::disallowed_types, reason = "what is measured is what others do")]
fn by_hand(corpus: &Corpus) -> Duration {
    let (mut seen, mut watermark) = (std::collections::HashSet::new(), None);
    timed(|| {
        for frame in &corpus.frames {
            let mut set: Set<Value> = serde_json::from_str(frame).expect("a set");
            set.activities.retain(|activity| match activity["id"].as_str() {
                Some(id) => seen.insert(id.to_owned()),
                None => true,
            });
            watermark = set.watermark.or(watermark.take());
            black_box(set.activities);
        }
    })
}

const ROUNDS_MAX: usize = 400;
