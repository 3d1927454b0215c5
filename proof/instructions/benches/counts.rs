//! What is counted: each function once, as valgrind sees it, without what prepares it.
//!
//! `cargo run -p directline-instructions` runs it, prints the table and holds the limits.
#![allow(missing_docs, unreachable_pub, reason = "what the macros write is not ours to change")]

use std::hint::black_box;

use directline::{Input, Moment, Session, SocketId};
use directline_world::clockwork::{self, ANSWER, Cycle, KeepAlive};
use directline_world::live::{LIVE_AT, live_session};
use directline_world::tricky;
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
#[bench::small(warm(made(1, 138)))]
#[bench::gap(warm(gap()))]
#[bench::typical(warm(made(3, 480)))]
#[bench::card(warm(made(1, 40_750)))]
#[bench::replay(warm(made(200, 1_009)))]
#[bench::tricky(warm([0, 1].map(tricky::frame)))]
fn deliver((mut session, socket, text): Warm) -> Box<Session> {
    take(&mut session, socket, black_box(text));
    session
}

#[library_benchmark]
#[bench::small(made(1, 138))]
#[bench::gap(gap())]
#[bench::typical(made(3, 480))]
#[bench::card(made(1, 40_750))]
#[bench::replay(made(200, 1_009))]
#[bench::tricky([0, 1].map(tricky::frame))]
fn skip([before, text]: [String; 2]) -> [String; 2] {
    ignore(black_box(&text));
    [before, text]
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

/// A live session that has taken the first frame, and the one after it.
fn warm([before, text]: [String; 2]) -> Warm {
    let (mut session, socket) = live_session();
    take(&mut session, socket, before);
    (Box::new(session), socket, text)
}

/// Two frames that follow each other.
fn made(activities: usize, text: usize) -> [String; 2] {
    [0, 1].map(|number| frame(number * activities, activities, text))
}

/// Two small ones, with a million numbers missing between them.
fn gap() -> [String; 2] {
    [0, 1_000_000].map(|first| frame(first, 1, 138))
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
fn frame(first: usize, activities: usize, text: usize) -> String {
    let words = "Ihre Bestellung \u{2014} No. 17 \\\"express\\\" \\n ";
    let mut text: String = words.chars().cycle().take(text).collect();
    // An escape must not be cut in two.
    text.truncate(text.trim_end_matches('\\').len());
    let activity = |number: usize| {
        format!(
            "{{\"type\":\"message\",\"id\":\"conv-us|{number:07}\",\
             \"timestamp\":\"2026-11-20T12:00:00.{number:07}Z\",\"channelId\":\"directline\",\
             \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"conv-us\"}},\
             \"text\":\"{text}\"}}"
        )
    };
    let last = first + activities;
    let all: Vec<String> = (first..last).map(activity).collect();
    format!("{{\"activities\":[{}],\"watermark\":\"{last}\"}}", all.join(","))
}
