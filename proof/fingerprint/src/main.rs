//! One hash over all that the machine puts out in simulated runs. The same seeds give the same
//! hash in every build: debug or release, 32 or 64 bits, old compiler or new.

#[macro_use]
extern crate directline_shell as shell;

mod hash;
mod run;
mod texts;

use std::process::ExitCode;

use self::run::{Tally, of_seed};

#[derive(Debug, PartialEq, Eq)]
struct Order {
    seeds: u64,
    first: u64,
    shows_each: bool,
}

fn main() -> ExitCode {
    shell::asked(USAGE, Order::read).carry_out()
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Order, String> {
        let mut order = Order { seeds: 1_000, first: 0, shows_each: false };
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--seeds" => order.seeds = shell::number(&name, &mut arguments, 1..=u64::MAX)?,
                "--first" => order.first = shell::number(&name, &mut arguments, 0..=u64::MAX)?,
                "--each" => order.shows_each = true,
                _ => return Err(format!("{name:?} is not known")),
            }
        }
        let is_in_range = order.first.checked_add(order.seeds).is_some();
        is_in_range.then_some(order).ok_or_else(|| "--first and --seeds go past 2^64".to_owned())
    }

    fn carry_out(&self) -> ExitCode {
        let mut total = Tally::NOTHING;
        texts::add_to(&mut total.hash);
        for seed in self.first..self.first + self.seeds {
            match of_seed(seed) {
                Ok(tally) => {
                    if self.shows_each {
                        println!("seed {seed}: {}", tally.hash);
                    }
                    total.add(&tally);
                }
                Err(violation) => {
                    eprintln!("seed {seed} breaks a promise: {violation}");
                    return ExitCode::FAILURE;
                }
            }
        }
        let Tally { hash, inputs, outputs } = total;
        let (seeds, bits) = (self.seeds, usize::BITS);
        println!("{seeds} seeds, {inputs} inputs, {outputs} outputs, {bits} bits: {hash}");
        ExitCode::SUCCESS
    }
}

const USAGE: &str = "usage: directline-fingerprint [--seeds N] [--first N] [--each]";

#[cfg(test)]
mod tests {
    use super::{Order, of_seed};

    fn read(line: &str) -> Result<Order, String> {
        Order::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_checked() {
        assert_eq!(read(""), Ok(Order { seeds: 1_000, first: 0, shows_each: false }));
        let order = read("--seeds 7 --first 9 --each");
        assert_eq!(order, Ok(Order { seeds: 7, first: 9, shows_each: true }));
        for (bad, says) in [
            ("--seeds", "--seeds wants a value"),
            ("--seeds 0", "--seeds is \"0\", allowed is 1 to 18446744073709551615"),
            ("--first x", "--first is \"x\", allowed is 0 to 18446744073709551615"),
            ("--first 18446744073709551615", "--first and --seeds go past 2^64"),
            ("--sedes 1", "\"--sedes\" is not known"),
        ] {
            assert_eq!(read(bad), Err(says.to_owned()));
        }
    }

    #[test]
    fn a_seed_has_one_hash_and_another_seed_another() {
        // Covers: TM-2
        let hash = |seed| of_seed(seed).expect("no promise is broken").hash;
        assert_eq!(hash(0), hash(0));
        assert_ne!(hash(0), hash(1));
    }
}
