//! Small domains, completely, against the tables of `directline_world::exhaustive`: what a debug
//! build does in seconds. `cargo run --release -p directline-domains` takes the rest.

use std::path::Path;

use directline_world::exhaustive::damage::{Reader, corpus};
use directline_world::exhaustive::{backoff, closes, lifetimes, statuses};

#[test]
fn a_session_that_never_gets_through_stays_within_its_bounds_for_ever() {
    // Covers: RC-2, RC-3, RC-10
    println!("{} attempts", backoff::every_attempt());
}

#[test]
fn every_close_has_its_reaction_in_every_phase() {
    // Covers: RC-1, RC-2, RC-5, RC-8, TM-5
    println!("{} closes", closes::every_close(true));
}

#[test]
fn every_refused_handshake_says_that_the_url_is_stale() {
    // Covers: SU-1, SU-7, RC-1
    println!("{} refusals", closes::every_refusal());
}

#[test]
fn every_way_to_write_a_lifetime_is_read() {
    // Covers: CR-2, CR-3
    println!("{} lifetimes", lifetimes::every_lifetime());
}

#[test]
fn every_status_has_its_reaction_in_every_phase() {
    // Covers: CR-3, CR-4, CR-5, RC-4, TX-2, TX-3, TM-5, RX-6
    println!("{} answers", statuses::every_answer());
}

#[test]
fn every_cut_of_every_frame_is_read_right() {
    // Covers: RX-4, RX-6, WM-2
    let reader = Reader::live();
    let mut count = 0;
    for frame in corpus(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        count += reader.read_cuts(&frame).expect("read as the obvious reader reads it");
    }
    println!("{count} cuts");
    assert!(count > 10_000, "the corpora are there");
}

/// At every place: short frames with every byte there is, longer ones with what means something in
/// JSON, long ones with a quote.
#[test]
fn every_damaged_byte_of_every_short_frame_is_read_right() {
    // Covers: RX-1, RX-3, RX-4, RX-6
    let reader = Reader::live();
    let mut count = 0;
    for frame in corpus(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let damaged = if frame.len() <= SHORT {
            reader.read_damaged(&frame, 0..=u8::MAX)
        } else if frame.len() <= MIDDLE {
            reader.read_damaged(&frame, MEANINGFUL.into_iter())
        } else {
            reader.read_damaged(&frame, std::iter::once(b'"'))
        };
        count += damaged.expect("read as the obvious reader reads it");
    }
    println!("{count} damaged frames");
    assert!(count > 10_000, "the corpora are there");
}

/// What opens, closes, parts or escapes; a digit, a space, a control, and pieces of UTF-8.
const MEANINGFUL: [u8; 15] = *b"\"\\{}[],:0- \n\x00\x80\xc3";
/// In bytes. All bytes at all places of all frames are tried by `directline-domains`.
const SHORT: usize = 16;
const MIDDLE: usize = 64;
