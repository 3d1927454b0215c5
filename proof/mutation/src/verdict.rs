//! VERDICTS on mutants, each as one line of text.

use serde::{Deserialize, Serialize};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Verdict {
    /// By this test, which tries the same every time.
    Caught(String),
    /// By what it says of a machine with this change.
    ByBroken(String),
    /// By this test alone, which draws what it tries.
    ByChance(String),
    Unviable,
    Missed,
}

impl Verdict {
    /// Whether other tests could not change it.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Verdict::Caught(_) | Verdict::ByBroken(_) | Verdict::Unviable)
    }
}

const CAUGHT: &str = "caught by ";
const BY_BROKEN: &str = "caught by what it says of ";
const BY_CHANCE: &str = "caught by chance alone, by ";

impl From<Verdict> for String {
    fn from(verdict: Verdict) -> String {
        match verdict {
            Verdict::Caught(test) => format!("{CAUGHT}{test}"),
            Verdict::ByBroken(change) => format!("{BY_BROKEN}{change}"),
            Verdict::ByChance(test) => format!("{BY_CHANCE}{test}"),
            Verdict::Unviable => "does not compile".to_owned(),
            Verdict::Missed => "missed".to_owned(),
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
            _ => {}
        }
        let by_broken = after(BY_BROKEN).map(Verdict::ByBroken);
        let other = by_broken.or_else(|| after(BY_CHANCE).map(Verdict::ByChance));
        let verdict = other.or_else(|| after(CAUGHT).map(Verdict::Caught));
        verdict.ok_or_else(|| format!("{text:?} is no verdict"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_reads_back() {
        let test = || "a::b".to_owned();
        for verdict in [
            Verdict::Caught(test()),
            Verdict::ByBroken(test()),
            Verdict::ByChance(test()),
            Verdict::Unviable,
            Verdict::Missed,
        ] {
            assert_eq!(Verdict::try_from(String::from(verdict.clone())), Ok(verdict));
        }
        assert!(Verdict::try_from("guilty".to_owned()).is_err());
    }
}
