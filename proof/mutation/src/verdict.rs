//! VERDICTS on mutants, each as one line of text.

use serde::{Deserialize, Serialize};

use crate::part::{Part, Pass};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Verdict {
    /// By this test, which tries the same every time.
    Caught(String),
    /// By this test alone, which draws what it tries.
    ByChance(String),
    Unviable,
    /// It is still to face the tests of this pass.
    Left(String),
    Missed,
    Slow,
}

/// What a run of cargo-mutants says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Caught(String),
    Unviable,
    Missed,
    TimedOut,
}

impl Verdict {
    pub(crate) fn of(outcome: Outcome, part: &Part, pass: &Pass) -> Verdict {
        match (outcome, part.after(pass)) {
            (Outcome::Caught(test), _) if pass.is_chance => Verdict::ByChance(test),
            (Outcome::Caught(test), _) => Verdict::Caught(test),
            (Outcome::Unviable, _) => Verdict::Unviable,
            (_, Some(next)) => Verdict::Left(next.name.to_owned()),
            (Outcome::Missed, None) => Verdict::Missed,
            (Outcome::TimedOut, None) => Verdict::Slow,
        }
    }

    /// Whether other tests could not change it.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Verdict::Caught(_) | Verdict::Unviable)
    }
}

const CAUGHT: &str = "caught by ";
const BY_CHANCE: &str = "caught by chance alone, by ";
const LEFT: &str = "left to ";

impl From<Verdict> for String {
    fn from(verdict: Verdict) -> String {
        match verdict {
            Verdict::Caught(test) => format!("{CAUGHT}{test}"),
            Verdict::ByChance(test) => format!("{BY_CHANCE}{test}"),
            Verdict::Unviable => "does not compile".to_owned(),
            Verdict::Left(pass) => format!("{LEFT}{pass}"),
            Verdict::Missed => "missed".to_owned(),
            Verdict::Slow => "too slow".to_owned(),
        }
    }
}

impl TryFrom<String> for Verdict {
    type Error = String;

    fn try_from(text: String) -> Result<Verdict, String> {
        let after = |start| text.strip_prefix(start).map(str::to_owned);
        match text.as_str() {
            "does not compile" => return Ok(Verdict::Unviable),
            "missed" => return Ok(Verdict::Missed),
            "too slow" => return Ok(Verdict::Slow),
            _ => {}
        }
        let by_chance = after(BY_CHANCE).map(Verdict::ByChance);
        let verdict = by_chance.or_else(|| after(CAUGHT).map(Verdict::Caught));
        verdict
            .or_else(|| after(LEFT).map(Verdict::Left))
            .ok_or_else(|| format!("{text:?} is no verdict"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PARTS;

    #[test]
    fn a_verdict_reads_back() {
        let test = || "a::b".to_owned();
        for verdict in [
            Verdict::Caught(test()),
            Verdict::ByChance(test()),
            Verdict::Unviable,
            Verdict::Left(test()),
            Verdict::Missed,
            Verdict::Slow,
        ] {
            assert_eq!(Verdict::try_from(String::from(verdict.clone())), Ok(verdict));
        }
        assert!(Verdict::try_from("guilty".to_owned()).is_err());
    }

    #[test]
    fn what_chance_alone_catches_is_not_caught() {
        let machine = &PARTS[0];
        let [quick, exact, chance] = machine.passes else { panic!("three passes") };
        let of = |outcome, pass| Verdict::of(outcome, machine, pass);
        let caught = || Outcome::Caught("a::b".to_owned());
        assert_eq!(of(caught(), quick), Verdict::Caught("a::b".to_owned()));
        assert_eq!(of(caught(), chance), Verdict::ByChance("a::b".to_owned()));
        assert_eq!(of(Outcome::Missed, quick), Verdict::Left(exact.name.to_owned()));
        assert_eq!(of(Outcome::TimedOut, exact), Verdict::Left(chance.name.to_owned()));
        assert_eq!(of(Outcome::Missed, chance), Verdict::Missed);
        assert_eq!(of(Outcome::TimedOut, chance), Verdict::Slow);
        assert_eq!(of(Outcome::Unviable, chance), Verdict::Unviable);
    }
}
