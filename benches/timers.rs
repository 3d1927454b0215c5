//! What a session costs while nothing, or only its own clockwork, happens; and a reconnect from the
//! loss of the socket to the next one, without the network in between.
//!
//! `cargo bench --bench timers` measures each and prints, last, how it stands to its yardstick: the
//! earliest of five deadlines, or merely skipping over the answer to the reconnect.

use std::hint::black_box;
use std::time::{Duration, Instant};

use directline_world::clockwork::{self, Cycle, KeepAlive, idle};
use divan::Bencher;
use serde::de::IgnoredAny;

/// What is too short for a clock is done so many times at once.
const TIMES: u32 = 1_000;

fn main() {
    divan::main();
    ratios();
}

#[divan::bench(sample_count = 1_000)]
fn deadline(bencher: Bencher<'_, '_>) {
    let (session, _) = idle();
    bencher.bench_local(|| black_box(&session).deadline());
}

#[divan::bench(sample_count = 1_000)]
fn nothing_due(bencher: Bencher<'_, '_>) {
    let (mut session, now) = idle();
    bencher.bench_local(|| clockwork::nothing_due(black_box(&mut session), now));
}

#[divan::bench(sample_count = 1_000)]
fn keep_alive(bencher: Bencher<'_, '_>) {
    let mut keep_alive = KeepAlive::live();
    bencher.bench_local(|| keep_alive.fire());
}

#[divan::bench]
fn reconnect(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(Cycle::live).bench_local_values(Cycle::run);
}

#[divan::bench]
fn skip_answer(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| skip(black_box(clockwork::ANSWER)));
}

/// The shortest of many runs of each, and how it stands to its yardstick.
fn ratios() {
    let (mut session, now) = idle();
    let mut keep_alive = KeepAlive::live();
    let five = [5_u64, 4, 3, 2, 1].map(Some);
    let least = each(|| _ = black_box(earliest_of_five(black_box(&five))));
    let answer = each(|| skip(black_box(clockwork::ANSWER)));
    println!("\n{:>32}  {:>10}  {:>10}  {:>6}", "", "time", "yardstick", "ratio");
    let row = |name: &str, time: f64, yardstick: f64| {
        println!("{name:>32}  {time:>7.1} ns  {yardstick:>7.1} ns  {:>6.2}", time / yardstick);
    };
    row("deadline", each(|| _ = black_box(black_box(&session).deadline())), least);
    row("a timeout with nothing due", each(|| clockwork::nothing_due(&mut session, now)), least);
    row("a keep-alive that fires", each(|| keep_alive.fire()), least);
    row("a reconnect", shortest(2_000, Cycle::live, Cycle::run), answer);
}

/// Nanoseconds of one of many runs in a row.
fn each(mut run: impl FnMut()) -> f64 {
    let many = || (0..TIMES).for_each(|_| run());
    let mut many = many;
    shortest(500, || (), |()| many()) / f64::from(TIMES)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn shortest<I, O>(rounds: usize, input: impl Fn() -> I, mut run: impl FnMut(I) -> O) -> f64 {
    let mut once = |input: I| {
        let begun = Instant::now();
        let output = black_box(run(black_box(input)));
        let elapsed = begun.elapsed();
        drop(output);
        elapsed
    };
    let shortest = (0..rounds).map(|_| once(input())).min();
    shortest.unwrap_or(Duration::MAX).as_secs_f64() * 1e9
}

/// The least that anybody could do who has five deadlines.
fn earliest_of_five(deadlines: &[Option<u64>; 5]) -> Option<u64> {
    deadlines.iter().flatten().min().copied()
}

fn skip(answer: &str) {
    serde_json::from_str::<IgnoredAny>(answer).expect("an answer is JSON");
}
