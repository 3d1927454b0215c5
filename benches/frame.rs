//! From a frame to its delivery: `handle` and `poll`, beside the yardstick of merely skipping over
//! the same bytes as JSON.
//!
//! `cargo bench --bench frame` measures both and prints, last, how the one stands to the other.

use std::hint::black_box;
use std::time::{Duration, Instant};

use directline::{Input, Session, SocketId};
use divan::Bencher;
use divan::counter::BytesCount;
use serde::de::IgnoredAny;

#[path = "../tests/it/sim/live.rs"]
mod live;

use live::{LIVE_AT, live_session};

/// Activities in a frame, and the length of the text of each: about 364 B, 2.1 KB, 43 KB and, as a
/// replay brings it, 249 KB.
const SIZES: [(usize, usize); 4] = [(1, 138), (3, 480), (1, 40_750), (200, 1_009)];

fn main() {
    divan::main();
    ratios();
}

#[divan::bench(args = SIZES.map(|size| frame(size).len()))]
fn deliver(bencher: Bencher<'_, '_>, bytes: usize) {
    let text = frame_of(bytes);
    let (session, socket) = warm(&text);
    bencher
        .counter(BytesCount::new(bytes))
        .with_inputs(|| (session.clone(), text.clone()))
        .bench_local_values(|(session, text)| take(session, socket, text));
}

#[divan::bench(args = SIZES.map(|size| frame(size).len()))]
fn skip(bencher: Bencher<'_, '_>, bytes: usize) {
    let text = frame_of(bytes);
    bencher.counter(BytesCount::new(bytes)).bench_local(|| ignore(black_box(&text)));
}

/// The shortest of many runs of each, and their ratio.
fn ratios() {
    println!("\n{:>9}  {:>12}  {:>12}  {:>6}", "bytes", "deliver", "skip", "ratio");
    for size in SIZES {
        let text = frame(size);
        let (session, socket) = warm(&text);
        let rounds = (20_000_000 / text.len()).clamp(200, 20_000);
        let deliver = shortest(
            rounds,
            || (session.clone(), text.clone()),
            |(session, text)| take(session, socket, text),
        );
        let skip = shortest(rounds, || (), |()| ignore(black_box(&text)));
        let ratio = deliver.as_secs_f64() / skip.as_secs_f64();
        println!("{:>9}  {deliver:>12.1?}  {skip:>12.1?}  {ratio:>6.2}", text.len());
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn shortest<I, O>(rounds: usize, input: impl Fn() -> I, run: impl Fn(I) -> O) -> Duration {
    let once = |input: I| {
        let begun = Instant::now();
        let output = black_box(run(black_box(input)));
        let elapsed = begun.elapsed();
        drop(output);
        elapsed
    };
    (0..rounds).map(|_| once(input())).min().unwrap_or_default()
}

/// Gives the session back, so that its end is not part of what is measured.
fn take(mut session: Session, socket: SocketId, text: String) -> Session {
    session.handle(LIVE_AT, Input::Frame { socket, text }).expect("frames are no mistakes");
    while let Some(output) = session.poll() {
        black_box(&output);
    }
    session
}

fn ignore(text: &str) {
    serde_json::from_str::<IgnoredAny>(text).expect("a frame is JSON");
}

/// A live session that has taken frames of this kind before.
fn warm(text: &str) -> (Session, SocketId) {
    let (session, socket) = live_session();
    let before = text.replace("conv-us|1", "conv-us|0");
    (take(session, socket, before), socket)
}

fn frame_of(bytes: usize) -> String {
    let size = SIZES.into_iter().find(|size| frame(*size).len() == bytes);
    frame(size.expect("one of the sizes"))
}

/// A set of messages as the service writes them.
fn frame((activities, text): (usize, usize)) -> String {
    let words = "Ihre Bestellung \u{2014} No. 17 \\\"express\\\" \\n ";
    let activity = |number: usize| {
        let mut text: String = words.chars().cycle().take(text).collect();
        // An escape must not be cut in two.
        text.truncate(text.trim_end_matches('\\').len());
        format!(
            "{{\"type\":\"message\",\"id\":\"conv-us|1{number:06}\",\
             \"timestamp\":\"2026-11-20T12:00:00.{number:07}Z\",\"channelId\":\"directline\",\
             \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"conv-us\"}},\
             \"text\":\"{text}\"}}"
        )
    };
    let all: Vec<String> = (0..activities).map(activity).collect();
    format!("{{\"activities\":[{}],\"watermark\":\"{activities}\"}}", all.join(","))
}
