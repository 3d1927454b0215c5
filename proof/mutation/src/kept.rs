//! What runs have found, file by file. It is kept with the project, so that runs add up over days
//! and machines; what was found in a file counts as long as the text of that file stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The mutants of each file by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Kept {
    files: BTreeMap<String, Found>,
}

/// What was found in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// The text, by its hash.
    text: String,
    caught: BTreeSet<String>,
    unviable: BTreeSet<String>,
    /// What the quick tests left to the others, which are still to be run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    left: BTreeSet<String>,
    missed: BTreeSet<String>,
    slow: BTreeSet<String>,
}

/// Which tests the mutants of a run face. Most fall to the quick ones, which need no optimized
/// build; the rest faces them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    Quick,
    Whole,
}

/// The texts of the files by their hashes.
pub(crate) type Texts = BTreeMap<String, String>;

impl Pass {
    pub(crate) const ALL: [Pass; 2] = [Pass::Quick, Pass::Whole];

    /// Its profile of cargo and of nextest, and the name of its folder.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Pass::Quick => "mutants-quick",
            Pass::Whole => "mutants",
        }
    }

    /// The lists that cargo-mutants writes, and what they are here.
    fn lists(self) -> [(&'static str, Of); 4] {
        let (missed, slow): (Of, Of) = match self {
            Pass::Quick => (|found| &mut found.left, |found| &mut found.left),
            Pass::Whole => (|found| &mut found.missed, |found| &mut found.slow),
        };
        [
            ("caught.txt", |found| &mut found.caught),
            ("unviable.txt", |found| &mut found.unviable),
            ("missed.txt", missed),
            ("timeout.txt", slow),
        ]
    }
}

impl Found {
    const SETS: [Of; 5] = [
        |found| &mut found.caught,
        |found| &mut found.unviable,
        |found| &mut found.left,
        |found| &mut found.missed,
        |found| &mut found.slow,
    ];

    fn done(&self, pass: Pass) -> impl Iterator<Item = &String> {
        let faced = [&self.left, &self.missed, &self.slow].into_iter().flatten();
        self.caught.iter().chain(&self.unviable).chain(faced.filter(move |_| pass == Pass::Quick))
    }

    fn has(&self, name: &str) -> bool {
        [&self.caught, &self.unviable, &self.missed, &self.slow]
            .iter()
            .any(|names| names.contains(name))
    }
}

impl Kept {
    /// What an earlier run wrote, as far as it is about these texts.
    ///
    /// # Errors
    ///
    /// When the file cannot be read as one.
    pub(crate) fn read(path: &Path, texts: &Texts) -> Result<Kept, String> {
        let mut kept = match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| format!("{}: {error}", path.display()))?,
            Err(_) => Kept::default(),
        };
        kept.files.retain(|file, found| texts.get(file) == Some(&found.text));
        Ok(kept)
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::write(path, json + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Adds what a run of cargo-mutants has left in `folder`, which was about `texts`.
    pub(crate) fn add(&mut self, pass: Pass, folder: &Path, texts: &Texts) {
        let names = |list: &str| fs::read_to_string(folder.join(list)).unwrap_or_default();
        for (list, of) in pass.lists() {
            for name in names(list).lines() {
                let file = file_of(name);
                let Some(text) = texts.get(file) else { continue };
                let found = self.files.entry(file.to_owned()).or_default();
                found.text.clone_from(text);
                // The later verdict counts: tests get better.
                for set in Found::SETS {
                    set(found).remove(name);
                }
                of(found).insert(name.to_owned());
            }
        }
    }

    /// The mutants that need not be tried again in such a run.
    pub(crate) fn done(&self, pass: Pass) -> impl Iterator<Item = &str> {
        self.files.values().flat_map(move |found| found.done(pass)).map(String::as_str)
    }

    /// Those that have faced the quick tests alone.
    pub(crate) fn left(&self) -> usize {
        self.files.values().map(|found| found.left.len()).sum()
    }

    pub(crate) fn caught(&self) -> usize {
        self.files.values().map(|found| found.caught.len()).sum()
    }

    pub(crate) fn unviable(&self) -> usize {
        self.files.values().map(|found| found.unviable.len()).sum()
    }

    pub(crate) fn missed(&self) -> impl Iterator<Item = &str> {
        self.files.values().flat_map(|found| &found.missed).map(String::as_str)
    }

    pub(crate) fn slow(&self) -> impl Iterator<Item = &str> {
        self.files.values().flat_map(|found| &found.slow).map(String::as_str)
    }

    /// Only what is about these mutants: others are not made any more.
    pub(crate) fn among(mut self, all: &[String]) -> Kept {
        let all: BTreeSet<_> = all.iter().collect();
        for found in self.files.values_mut() {
            for set in Found::SETS {
                set(found).retain(|name| all.contains(name));
            }
        }
        self
    }

    /// For each file how many of these mutants there are, and how many have a verdict.
    pub(crate) fn by_file(&self, all: &[String]) -> BTreeMap<String, (usize, usize)> {
        let mut files = BTreeMap::<String, (usize, usize)>::new();
        for name in all {
            let file = file_of(name);
            let is_tested = self.files.get(file).is_some_and(|found| found.has(name));
            let (count, tested) = files.entry(file.to_owned()).or_default();
            *count += 1;
            *tested += usize::from(is_tested);
        }
        files
    }
}

fn file_of(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

type Of = fn(&mut Found) -> &mut BTreeSet<String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_add_up_as_long_as_the_text_stays() {
        let folder = std::env::temp_dir().join(format!("directline-kept-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let write = |list: &str, names: &str| {
            fs::write(folder.join(list), names).expect("a file");
        };
        let texts = |a: &str| {
            let text = |file: &str, text: &str| (file.to_owned(), text.to_owned());
            Texts::from([text("src/a.rs", a), text("src/b.rs", "1")])
        };
        let mut kept = Kept::default();
        write("caught.txt", "src/a.rs:1:1: x\n");
        write("unviable.txt", "src/a.rs:3:1: x\n");
        write("missed.txt", "src/a.rs:2:1: x\nsrc/b.rs:1:1: x\n");
        kept.add(Pass::Quick, &folder, &texts("1"));
        assert_eq!((kept.left(), kept.missed().count()), (2, 0), "others may catch them yet");
        assert_eq!((kept.done(Pass::Quick).count(), kept.done(Pass::Whole).count()), (4, 2));
        write("missed.txt", "src/a.rs:2:1: x\n");
        write("caught.txt", "src/b.rs:1:1: x\n");
        kept.add(Pass::Whole, &folder, &texts("1"));
        assert_eq!((kept.caught(), kept.unviable(), kept.left()), (2, 1, 0));
        assert_eq!(kept.missed().collect::<Vec<_>>(), ["src/a.rs:2:1: x"]);
        assert_eq!((kept.done(Pass::Quick).count(), kept.done(Pass::Whole).count()), (4, 3));
        let all = ["src/a.rs:1:1: x", "src/a.rs:2:1: x", "src/b.rs:1:1: x", "src/b.rs:9:1: x"];
        let files = kept.by_file(&all.map(str::to_owned));
        assert_eq!((files["src/a.rs"], files["src/b.rs"]), ((2, 2), (2, 1)));
        let fewer = kept.clone().among(&["src/a.rs:1:1: x".to_owned()]);
        assert_eq!((fewer.caught(), fewer.unviable(), fewer.missed().count()), (1, 0, 0));
        let path = folder.join("kept.json");
        kept.write(&path).expect("it can be written");
        assert_eq!(Kept::read(&path, &texts("1")), Ok(kept));
        let later = Kept::read(&path, &texts("2")).expect("readable");
        assert_eq!((later.caught(), later.unviable()), (1, 0), "another text has other mutants");
        write("kept.json", "{");
        assert!(Kept::read(&path, &texts("1")).is_err());
        fs::remove_dir_all(&folder).expect("it is there");
    }
}
