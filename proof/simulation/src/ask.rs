//! What is asked for on the command line.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    Years { years: f64, fork_runs: u64, is_strict: bool },
    Kill { by_lists: bool },
    Forks(Range<u64>),
    Seed(u64),
    Run(String),
    ForksOfSeed(u64),
    ForksOfRun(String),
}

pub(crate) const USAGE: &str = "\
usage: directline-simulation COMMAND
  push        100 years, and 150 runs killed at every step
  release     1,000 years, and 4,000 runs killed at every step
  --years Y   so many years, and nothing else
  forks N, forks M..N
              so many runs killed at every step, or those from M on
  kill        stops at the first violation; a quick look, for planted faults, at drawn runs
  kill lists  the same at those runs that end in a list of operations written by hand
  seed N      one run with all that goes in and comes out
  run HEX     the same, of a run that was printed
  forks seed N, forks run HEX
              one run killed at every step; all of the first that breaks a promise";

impl Ask {
    /// # Errors
    ///
    /// What nobody understands, and what is allowed.
    pub(crate) fn read(arguments: &[String]) -> Result<Ask, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["push"] => Ok(Ask::Years { years: 100.0, fork_runs: 150, is_strict: true }),
            ["release"] => Ok(Ask::Years { years: 1_000.0, fork_runs: 4_000, is_strict: true }),
            ["kill"] => Ok(Ask::Kill { by_lists: false }),
            ["kill", "lists"] => Ok(Ask::Kill { by_lists: true }),
            ["--years", years] => {
                Ok(Ask::Years { years: read_years(years)?, fork_runs: 0, is_strict: false })
            }
            ["--years" | "forks" | "seed" | "run"] | ["forks", "seed" | "run"] => {
                Err(format!("{} wants a value", words.join(" ")))
            }
            ["forks", runs] => Ok(Ask::Forks(read_range("forks", runs)?)),
            ["seed", seed] => Ok(Ask::Seed(read_number("seed", seed)?)),
            ["forks", "seed", seed] => Ok(Ask::ForksOfSeed(read_number("seed", seed)?)),
            ["forks", "run", hex] => Ok(Ask::ForksOfRun((*hex).to_owned())),
            ["run", hex] => Ok(Ask::Run((*hex).to_owned())),
            [] => Err("a command is missing".to_owned()),
            _ => Err(format!("{:?} is no command", words.join(" "))),
        }
    }
}

fn read_years(text: &str) -> Result<f64, String> {
    let years = text.parse::<f64>().ok().filter(|years| (0.001..=1e6).contains(years));
    years.ok_or_else(|| format!("--years is {text:?}, allowed is a number from 0.001 to 1000000"))
}

fn read_number(name: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{name} is {text:?}, allowed is a whole number"))
}

fn read_range(name: &str, text: &str) -> Result<Range<u64>, String> {
    match text.split_once("..") {
        Some((from, to)) => Ok(read_number(name, from)?..read_number(name, to)?),
        None => Ok(0..read_number(name, text)?),
    }
}

#[cfg(test)]
mod tests {
    use super::Ask;

    fn read(line: &str) -> Result<Ask, String> {
        Ask::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_nobody_understands_is_said_and_not_guessed() {
        assert_eq!(read("seed 12"), Ok(Ask::Seed(12)));
        assert_eq!(
            read("seed 0x12"),
            Err("seed is \"0x12\", allowed is a whole number".to_owned())
        );
        assert_eq!(read("seed"), Err("seed wants a value".to_owned()));
        assert_eq!(read("forks seed"), Err("forks seed wants a value".to_owned()));
        assert_eq!(read("forks 7"), Ok(Ask::Forks(0..7)));
        assert_eq!(read("forks 3..7"), Ok(Ask::Forks(3..7)));
        assert_eq!(read("forks run 00"), Ok(Ask::ForksOfRun("00".to_owned())));
        assert_eq!(read("pusch"), Err("\"pusch\" is no command".to_owned()));
        assert!(read("--years 0").is_err() && read("--years nan").is_err() && read("").is_err());
        assert!(matches!(read("--years 2.5"), Ok(Ask::Years { fork_runs: 0, .. })));
    }
}
