//! How many allocations a session makes by itself: at rest none, and few for a reconnect.

use std::hint::black_box;

use directline_world::clockwork::{ANSWER, Cycle, KeepAlive, idle, nothing_due};

#[test]
fn what_time_alone_brings_about_costs_none() {
    let (mut session, now) = idle();
    let mut keep_alive = KeepAlive::live();
    let counted = allocation_counter::measure(|| {
        black_box(session.deadline());
        nothing_due(&mut session, now);
        (0..100).for_each(|_| keep_alive.fire());
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_reconnect_costs_few_allocations() {
    let cycle = Cycle::live();
    let mut session = None;
    let counted = allocation_counter::measure(|| session = Some(cycle.run()));
    println!("a reconnect: {} allocations, {} bytes", counted.count_total, counted.bytes_total);
    assert!(counted.count_total <= RECONNECT_MAX, "{}", counted.count_total);
    let allowed = RECONNECT_ANSWERS * ANSWER.len() as u64 + RECONNECT_BYTES;
    assert!(counted.bytes_total <= allowed, "{} bytes", counted.bytes_total);
}

/// The request's URL, the members of the answer, the texts of its token and URL, the stream URL as
/// it is read and made, what is hidden, and the queue.
const RECONNECT_MAX: u64 = 30;
/// In bytes: the texts of the answer, so many times over, and all else.
const RECONNECT_ANSWERS: u64 = 4;
const RECONNECT_BYTES: u64 = 2_048;
