//! What is counted: each function once, as valgrind sees it, without what prepares it.
//!
//! `cargo run -p directline-instructions` runs it, prints the table and holds the limits.
#![allow(missing_docs, unreachable_pub, reason = "what the macros write is not ours to change")]

use std::hint::black_box;

use directline::{Input, Moment, Session, SocketId};
use directline_world::clockwork::{self, ANSWER, Cycle, KeepAlive};
use directline_world::live::{LIVE_AT, live_session};
use gungraun::{library_benchmark, library_benchmark_group, main};
use serde::de::IgnoredAny;

// What goes in and comes out is boxed, so that no session is moved about while it is counted.

#[library_benchmark]
#[bench::one(idle())]
fn deadline(idle: Box<Idle>) -> Box<Idle> {
    black_box(black_box(&idle).0.deadline());
    idle
}

#[library_benchmark]
#[bench::one(idle())]
fn nothing_due(mut idle: Box<Idle>) -> Box<Idle> {
    let now = idle.1;
    clockwork::nothing_due(black_box(&mut idle.0), now);
    idle
}

#[library_benchmark]
#[bench::one(Box::new(KeepAlive::live()))]
fn keep_alive(mut keep_alive: Box<KeepAlive>) -> Box<KeepAlive> {
    black_box(&mut keep_alive).fire();
    keep_alive
}

#[library_benchmark]
#[bench::one(Cycle::live())]
fn reconnect(cycle: Cycle) -> Session {
    black_box(cycle).run()
}

#[library_benchmark]
#[bench::one(ANSWER)]
fn skip_answer(answer: &str) {
    ignore(black_box(answer));
}

#[library_benchmark]
#[bench::small(warm(1, 138))]
#[bench::typical(warm(3, 480))]
#[bench::card(warm(1, 40_750))]
#[bench::replay(warm(200, 1_009))]
fn deliver((mut session, socket, text): Warm) -> Box<Session> {
    take(&mut session, socket, black_box(text));
    session
}

#[library_benchmark]
#[bench::small(frame(1, 1, 138))]
#[bench::typical(frame(1, 3, 480))]
#[bench::card(frame(1, 1, 40_750))]
#[bench::replay(frame(1, 200, 1_009))]
fn skip(text: String) -> String {
    ignore(black_box(&text));
    text
}

library_benchmark_group!(
    name = counts,
    benchmarks = [deadline, nothing_due, keep_alive, reconnect, skip_answer, deliver, skip]
);
main!(library_benchmark_groups = counts);

type Idle = (Session, Moment);
type Warm = (Box<Session>, SocketId, String);

fn idle() -> Box<Idle> {
    Box::new(clockwork::idle())
}

/// A live session that has taken a frame of this kind before, and the next.
fn warm(activities: usize, text: usize) -> Warm {
    let (mut session, socket) = live_session();
    take(&mut session, socket, frame(0, activities, text));
    (Box::new(session), socket, frame(1, activities, text))
}

fn take(session: &mut Session, socket: SocketId, text: String) {
    session.handle(LIVE_AT, Input::Frame { socket, text }).expect("frames are no mistakes");
    while let Some(output) = session.poll() {
        black_box(&output);
    }
}

fn ignore(text: &str) {
    serde_json::from_str::<IgnoredAny>(text).expect("a frame is JSON");
}

/// A set of messages as the service writes them, each with a text of so many characters.
fn frame(block: usize, activities: usize, text: usize) -> String {
    let words = "Ihre Bestellung \u{2014} No. 17 \\\"express\\\" \\n ";
    let mut text: String = words.chars().cycle().take(text).collect();
    // An escape must not be cut in two.
    text.truncate(text.trim_end_matches('\\').len());
    let activity = |number: usize| {
        format!(
            "{{\"type\":\"message\",\"id\":\"conv-us|{block}{number:06}\",\
             \"timestamp\":\"2026-11-20T12:00:00.{number:07}Z\",\"channelId\":\"directline\",\
             \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"conv-us\"}},\
             \"text\":\"{text}\"}}"
        )
    };
    let all: Vec<String> = (0..activities).map(activity).collect();
    format!("{{\"activities\":[{}],\"watermark\":\"{activities}\"}}", all.join(","))
}
