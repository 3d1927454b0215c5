//! What runs have found, over all shards, for one state of the source.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// The mutants by what became of them.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    caught: BTreeSet<String>,
    unviable: BTreeSet<String>,
    missed: BTreeSet<String>,
    slow: BTreeSet<String>,
}

/// How many mutants of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) all: usize,
    pub(crate) tested: usize,
    pub(crate) viable: usize,
    pub(crate) missed: usize,
}

impl Kept {
    /// Reads the lists that cargo-mutants keeps below `state`.
    pub(crate) fn read(state: &Path) -> Result<Kept, String> {
        let mut kept = Kept::default();
        let Ok(parts) = fs::read_dir(state) else { return Ok(kept) };
        for part in parts {
            let part = part.map_err(|error| error.to_string())?.path();
            let names = |list: &str| lines(&part.join("mutants.out").join(list));
            kept.caught.extend(names("caught.txt"));
            kept.unviable.extend(names("unviable.txt"));
            kept.unviable.extend(lines(&part.join(UNVIABLE_BEFORE)));
            kept.missed.extend(names("missed.txt"));
            kept.slow.extend(names("timeout.txt"));
            // Among these are those that did not compile.
            kept.caught.extend(names("previously_caught.txt"));
        }
        // A later run may have caught what an earlier one missed.
        kept.missed.retain(|name| !kept.caught.contains(name));
        kept.caught.retain(|name| !kept.unviable.contains(name));
        Ok(kept)
    }

    pub(crate) fn groups(&self) -> [(&'static str, &BTreeSet<String>); 4] {
        [
            ("caught", &self.caught),
            ("unviable", &self.unviable),
            ("missed", &self.missed),
            ("too slow", &self.slow),
        ]
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.groups().iter().any(|(_, names)| names.contains(name))
    }
}

fn lines(list: &Path) -> Vec<String> {
    let text = fs::read_to_string(list).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The mutants of earlier runs that did not compile: cargo-mutants skips them in the next run, and
/// does not tell them from those that were caught.
const UNVIABLE_BEFORE: &str = "unviable-before.txt";

/// Keeps what the next run would forget.
pub(crate) fn remember(part: &Path) -> std::io::Result<()> {
    let before = part.join(UNVIABLE_BEFORE);
    let mut names: BTreeSet<String> = lines(&before).into_iter().collect();
    names.extend(lines(&part.join("mutants.out").join("unviable.txt")));
    let names: Vec<_> = names.into_iter().collect();
    fs::write(before, names.join("\n"))
}

/// The mutants of each file, and how far they are tested.
pub(crate) fn by_file(all: &[String], kept: &Kept) -> BTreeMap<String, Count> {
    let mut files: BTreeMap<String, Count> = BTreeMap::new();
    for name in all {
        let file = name.split(':').next().unwrap_or(name);
        let count = files.entry(file.to_owned()).or_default();
        let is_tested = kept.has(name);
        count.all += 1;
        count.tested += usize::from(is_tested);
        count.viable += usize::from(is_tested && !kept.unviable.contains(name));
        count.missed += usize::from(kept.missed.contains(name));
    }
    files
}

/// A name for what `folder` holds: mutants are named by their lines, so that results are good for
/// the same text only.
pub(crate) fn state_of(folder: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| format!("{folder:?}: {error}"))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let text = fs::read(&file).map_err(|error| format!("{file:?}: {error}"))?;
        (file.strip_prefix(folder).ok(), text).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_add_up_and_a_later_catch_counts() {
        let state = std::env::temp_dir().join(format!("directline-kept-{}", std::process::id()));
        let write = |part: &str, list: &str, names: &str| {
            let folder = state.join(part).join("mutants.out");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join(list), names).expect("a file");
        };
        write("0-of-2", "caught.txt", "src/a.rs:1:1: x\n");
        write("0-of-2", "unviable.txt", "src/a.rs:3:1: x\n");
        write("0-of-2", "missed.txt", "src/a.rs:2:1: x\nsrc/b.rs:1:1: x\n");
        remember(&state.join("0-of-2")).expect("it can be written");
        write("0-of-2", "unviable.txt", "");
        write("1-of-2", "previously_caught.txt", "src/a.rs:2:1: x\nsrc/a.rs:3:1: x\n");
        let kept = Kept::read(&state).expect("readable");
        fs::remove_dir_all(&state).expect("it is there");
        let sizes = kept.groups().map(|(_, names)| names.len());
        assert_eq!(sizes, [2, 1, 1, 0]);
        let all = ["src/a.rs:1:1: x", "src/a.rs:2:1: x", "src/a.rs:3:1: x", "src/b.rs:1:1: x"];
        let mut all = all.map(str::to_owned).to_vec();
        all.push("src/b.rs:9:1: x".into());
        let files = by_file(&all, &kept);
        assert_eq!(files["src/a.rs"], Count { all: 3, tested: 3, viable: 2, missed: 0 });
        assert_eq!(files["src/b.rs"], Count { all: 2, tested: 1, viable: 1, missed: 1 });
    }

    #[test]
    fn another_text_is_another_state() {
        let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        let other = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../coverage/src"));
        assert_eq!(state_of(here), state_of(here));
        assert_ne!(state_of(here), state_of(other));
    }
}
