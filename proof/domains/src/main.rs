//! SMALL DOMAINS, the whole: every status and every close code in every phase, and every one-byte
//! damage (all 255 others at every place) and every cut of every corpus frame, the session's reading
//! against the obvious reader's. `cargo test` tries a stated part of the closes and of the damage.
//!
//! `cargo run --release -p directline-domains`

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use directline_world::exhaustive::damage::{Reader, corpus};
use directline_world::exhaustive::{backoff, closes, lifetimes, statuses};

#[macro_use]
extern crate directline_shell as shell;

const USAGE: &str = "usage: directline-domains [--threads N], N from 1 to 64 (default 2)";

/// How much was tried.
#[derive(Clone, Copy, Default)]
struct Tally {
    cuts: u64,
    damaged: u64,
}

fn main() -> ExitCode {
    let threads = shell::asked(USAGE, threads);
    let mut frames = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    // The long ones first, so that no thread is left alone with one.
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.len()));
    let bytes: usize = frames.iter().map(Vec::len).sum();
    println!("{} frames of {bytes} bytes in all, on {threads} threads", frames.len());
    let began = Instant::now();
    // These stop with a panic that says what differs.
    figure("answers, every status in every phase", statuses::every_answer(), "");
    figure("closes, every code in every phase", closes::every_close(false), "");
    figure("handshakes refused, every status in every phase", closes::every_refusal(), "");
    figure("attempts in a row", backoff::every_attempt(), ">= 65536");
    figure("ways to write a lifetime, in every answer", lifetimes::every_lifetime(), "");
    match read_all(&frames, threads) {
        Ok(Tally { cuts, damaged }) => {
            figure("corpus frames", frames.len() as u64, ">= 150");
            figure("frames, every cut of each", cuts, "");
            figure("frames, every damage of each byte", damaged, "");
            figure("differences from the obvious reader", 0, "0");
            figure("seconds", began.elapsed().as_secs(), "");
            ExitCode::SUCCESS
        }
        Err(difference) => {
            eprintln!("{difference}");
            figure("differences from the obvious reader", 1, "0");
            ExitCode::FAILURE
        }
    }
}

fn threads(mut words: impl Iterator<Item = String>) -> Result<usize, String> {
    let mut threads = 2;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--threads" => threads = shell::number(&word, &mut words, 1..=64)?,
            _ => return Err(format!("{word:?} is not known")),
        }
    }
    Ok(threads)
}

/// Each frame is taken by the next thread that is free.
fn read_all(frames: &[Vec<u8>], threads: usize) -> Result<Tally, String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let reader = Reader::live();
        let mut tally = Tally::default();
        while let Some(frame) = frames.get(next.fetch_add(1, Ordering::Relaxed)) {
            tally.cuts += reader.read_cuts(frame)?;
            tally.damaged += reader.read_damaged(frame, 0..=u8::MAX)?;
        }
        Ok(tally)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut total = Tally::default();
        for worker in workers {
            let tally: Tally = worker.join().unwrap_or_else(|_| Err("a panic".to_owned()))?;
            total.cuts += tally.cuts;
            total.damaged += tally.damaged;
        }
        Ok(total)
    })
}

fn figure(name: &str, value: u64, goal: &str) {
    let goal = if goal.is_empty() { String::new() } else { format!(",\"goal\":\"{goal}\"") };
    println!("FIGURE {{\"part\":\"small domains\",\"name\":\"{name}\",\"value\":{value}{goal}}}");
}

#[cfg(test)]
mod tests {
    use super::threads;

    #[test]
    fn what_is_not_understood_is_said() {
        let of = |words: &[&str]| threads(words.iter().map(|word| (*word).to_owned()));
        assert_eq!(of(&[]), Ok(2));
        assert_eq!(of(&["--threads", "8"]), Ok(8));
        let allowed = "--threads is \"0\", allowed is 1 to 64";
        assert_eq!(of(&["--threads", "0"]), Err(allowed.to_owned()));
        assert_eq!(of(&["--threads"]), Err("--threads wants a value".to_owned()));
        assert_eq!(of(&["--thread", "1"]), Err("\"--thread\" is not known".to_owned()));
    }
}
