//! ARGUMENTS of the command line.

use crate::part::PARTS;

pub(crate) const USAGE: &str = "\
usage: directline-mutation [--minutes N] [--part NAME] [--file GLOB] [--report]";

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) minutes: Option<u64>,
    pub(crate) part: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) only_report: bool,
}

impl Args {
    /// # Errors
    ///
    /// What nobody understands, and what is allowed.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--minutes" => args.minutes = Some(shell::number(&word, &mut words, 1..=9_999)?),
                "--part" => args.part = Some(part(shell::value(&word, &mut words)?)?),
                "--file" => args.file = Some(shell::value(&word, &mut words)?),
                "--report" => args.only_report = true,
                _ => return Err(format!("{word:?} is not known")),
            }
        }
        Ok(args)
    }
}

fn part(name: String) -> Result<String, String> {
    let names = PARTS.map(|part| part.name);
    let is_known = names.contains(&name.as_str());
    is_known.then_some(()).ok_or(format!("--part is {name:?}, allowed is {}", names.join(", ")))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Result<Args, String> {
        Args::read(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(ask(&[]), Ok(Args::default()));
        assert_eq!(ask(&["--minutes", "7"]).map(|args| args.minutes), Ok(Some(7)));
        let part = ask(&["--part", "drivers"]).map(|args| args.part);
        assert_eq!(part, Ok(Some("drivers".to_owned())));
        for bad in ["0", "1.5", "-1", "x", ""] {
            let error = ask(&["--minutes", bad]).expect_err(bad);
            assert!(error.contains("allowed is 1 to 9999"), "{error}");
        }
        let error = ask(&["--part", "engine"]).expect_err("no such part");
        assert!(error.contains("machine, drivers"), "{error}");
        assert!(ask(&["--minutes"]).is_err() && ask(&["--fast"]).is_err());
    }
}
