//! What runs have found, part by part and file by file. It is kept with the project, so that runs
//! add up over days and machines. A verdict counts as long as the text of its file stays, and as
//! the test that it names is there; one that other tests could change, as long as the tests stay.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::part::Part;
use crate::text::{Texts, file_of};
use crate::verdict::Verdict;

/// By the names of the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Kept {
    parts: BTreeMap<String, Found>,
}

/// What was found in one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// The tests, by the hash of their texts.
    tests: String,
    files: BTreeMap<String, OfFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OfFile {
    /// The text, by its hash.
    text: String,
    mutants: BTreeMap<String, Verdict>,
}

impl Kept {
    /// # Errors
    ///
    /// When the file cannot be read as one.
    pub(crate) fn read(path: &Path) -> Result<Kept, String> {
        match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| format!("{}: {error}", path.display())),
            Err(_) => Ok(Kept::default()),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::write(path, json + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn part(&mut self, part: &Part) -> &mut Found {
        self.parts.entry(part.name.to_owned()).or_default()
    }
}

impl Found {
    /// Forgets what is not true any more, or might not be.
    pub(crate) fn refresh(&mut self, texts: &Texts) {
        let are_tests_same = self.tests == texts.tests;
        self.tests.clone_from(&texts.tests);
        self.files.retain(|file, own| texts.files.get(file) == Some(&own.text));
        for own in self.files.values_mut() {
            own.mutants.retain(|_, verdict| match verdict {
                Verdict::Caught(test) | Verdict::ByChance(test) if !texts.has_test(test) => false,
                verdict => are_tests_same || verdict.is_final(),
            });
        }
    }

    /// Adds what was found of a mutant of these texts.
    pub(crate) fn add(&mut self, texts: &Texts, name: &str, verdict: Verdict) {
        let Some(text) = texts.files.get(&file_of(name)) else { return };
        let own = self.files.entry(file_of(name)).or_default();
        own.text.clone_from(text);
        own.mutants.insert(name.to_owned(), verdict);
    }

    pub(crate) fn verdict(&self, name: &str) -> Option<&Verdict> {
        self.files.get(&file_of(name))?.mutants.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PARTS;

    fn texts(file: &str, tests: &str) -> Texts {
        Texts {
            files: BTreeMap::from([("src/a.rs".to_owned(), file.to_owned())]),
            tests: tests.to_owned(),
            words: "fn exact() {}\nfn drawn() {}\n".to_owned(),
        }
    }

    /// One of each kind.
    fn found() -> Found {
        let texts = texts("1", "1");
        let mut found = Found::default();
        found.refresh(&texts);
        let mut add = |place: u8, verdict| {
            found.add(&texts, &format!("src/a.rs:{place}:1: x"), verdict);
        };
        add(1, Verdict::Caught("it::exact".to_owned()));
        add(2, Verdict::Unviable);
        add(3, Verdict::Missed);
        add(4, Verdict::Missed);
        add(4, Verdict::ByChance("it::drawn".to_owned()));
        found
    }

    fn verdicts(found: &Found) -> Vec<String> {
        let verdict = |place: u8| found.verdict(&format!("src/a.rs:{place}:1: x")).cloned();
        let text = |verdict: Option<Verdict>| verdict.map_or("none".to_owned(), String::from);
        (1..6).map(|place| text(verdict(place))).collect()
    }

    #[test]
    fn runs_add_up_and_the_last_one_counts() {
        assert_eq!(
            verdicts(&found()),
            [
                "caught by it::exact",
                "does not compile",
                "missed",
                "caught by chance alone, by it::drawn",
                "none",
            ]
        );
    }

    #[test]
    fn a_verdict_lasts_as_long_as_what_it_rests_on() {
        let after = |texts: &Texts| {
            let mut found = found();
            found.refresh(texts);
            verdicts(&found)
        };
        let before = verdicts(&found());
        assert_eq!(after(&texts("1", "1")), before);
        assert_eq!(after(&texts("2", "1")), ["none"; 5], "another text has other mutants");
        let others = [&before[0], &before[1], "none", "none", "none"];
        assert_eq!(after(&texts("1", "2")), others, "other tests may catch what chance did");
        let fewer = Texts { words: "fn drawn() {}".to_owned(), ..texts("1", "1") };
        assert_eq!(after(&fewer)[0], "none", "the test that caught it is gone");
    }

    #[test]
    fn what_is_kept_reads_back() {
        let path = std::env::temp_dir().join(format!("directline-{}.json", std::process::id()));
        let mut kept = Kept::default();
        *kept.part(&PARTS[0]) = found();
        kept.write(&path).expect("it can be written");
        assert_eq!(Kept::read(&path), Ok(kept));
        fs::write(&path, "{").expect("it can be written");
        assert!(Kept::read(&path).is_err());
        fs::remove_file(&path).expect("it is there");
        assert_eq!(Kept::read(&path), Ok(Kept::default()));
    }
}
