//! THE TREE: a copy of the workspace, in which mutants are built.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{self, Build};
use crate::part::Part;
use crate::rewrite;
use crate::text;

pub(crate) struct Tree {
    part: &'static Part,
    /// The same for all parts: cargo takes what lies at one place in two copies for one and the same, and
    /// would see by no time of a file that the other one's switches are in it.
    folder: PathBuf,
    /// Where it is built.
    target: PathBuf,
    /// What is added to the root of the crate.
    module: String,
    /// The files of the part, as they are.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Tree {
    /// Copies what git knows, as it lies there, into this folder; `count` mutants are to be told apart
    /// in it.
    ///
    /// # Errors
    ///
    /// When git or a file cannot be read, or one cannot be written.
    pub(crate) fn copy(
        root: &Path,
        folder: &Path,
        part: &'static Part,
        count: usize,
    ) -> Result<Tree, String> {
        let (folder, target) = (folder.join("tree"), folder.join("build"));
        let all = text::git(root, &["ls-files"], "")?;
        let own = own_files(root, part)?;
        remove_others(&folder, &all.lines().map(|file| folder.join(file)).collect::<Vec<_>>())?;
        let module = rewrite::module(count, rewrite::MUTANT);
        let mut tree = Tree { part, folder, target, module, texts: BTreeMap::new() };
        for file in all.lines().filter(|file| root.join(file).is_file()) {
            let bytes = fs::read(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
            match own.contains(file) {
                // These are written with their switches.
                true => tree.add(file, bytes)?,
                false => tree.write(file, &bytes)?,
            }
        }
        Ok(tree)
    }

    /// The same copy, in which another part breaks as well, in one of `count` ways.
    ///
    /// # Errors
    ///
    /// When git or a file cannot be read.
    pub(crate) fn breaking(
        &self,
        root: &Path,
        part: &'static Part,
        count: usize,
    ) -> Result<Tree, String> {
        let (folder, target) = (self.folder.clone(), self.target.clone());
        let module = rewrite::module(count, rewrite::BROKEN);
        let mut tree = Tree { part, folder, target, module, texts: BTreeMap::new() };
        for file in own_files(root, part)? {
            let bytes = fs::read(root.join(&file)).map_err(|error| format!("{file}: {error}"))?;
            tree.add(&file, bytes)?;
        }
        Ok(tree)
    }

    /// Takes note of the text of a file of the part.
    fn add(&mut self, file: &str, bytes: Vec<u8>) -> Result<(), String> {
        let text = String::from_utf8(bytes).map_err(|error| format!("{file}: {error}"))?;
        self.texts.insert(file.to_owned(), text);
        Ok(())
    }

    /// Puts a text into the place of a file's own.
    pub(crate) fn put(&self, file: &str, text: &str) -> Result<(), String> {
        match file == self.part.root {
            true => self.write(file, [text, &self.module].concat().as_bytes()),
            false => self.write(file, text.as_bytes()),
        }
    }

    /// Leaves a file that is the same alone, which cargo sees by its time.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.folder.join(file);
        if fs::read(&path).is_ok_and(|own| own == bytes) {
            return Ok(());
        }
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn build(&self) -> Result<Build, String> {
        cargo::build(self.part, &self.folder, &self.target)
    }
}

/// The sources of a part that are there.
fn own_files(root: &Path, part: &Part) -> Result<BTreeSet<String>, String> {
    let all = text::git(root, &[&["ls-files", "--", part.root], part.files].concat(), "")?;
    let is_own = |file: &&str| file.ends_with(".rs") && root.join(file).is_file();
    let sources = all.lines().filter(is_own);
    Ok(sources.map(str::to_owned).collect())
}

/// Removes what was there before and is not among these.
fn remove_others(folder: &Path, files: &[PathBuf]) -> Result<(), String> {
    for own in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = own.path();
        if path.is_dir() {
            remove_others(&path, files)?;
        } else if !files.contains(&path) {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PARTS;

    #[test]
    fn a_copy_is_what_git_knows_and_its_root_has_the_switch() {
        let folder = std::env::temp_dir().join(format!("directline-tree-{}", std::process::id()));
        let root = Path::new(crate::ROOT);
        fs::create_dir_all(folder.join("tree/old")).expect("a folder");
        fs::write(folder.join("tree/old/file"), "").expect("a file");
        let tree = Tree::copy(root, &folder, &PARTS[0], 3).expect("a copy");
        assert!(!folder.join("tree/old/file").exists(), "what is gone");
        let read = |file: &str| fs::read_to_string(folder.join("tree").join(file)).expect(file);
        let own = fs::read_to_string(root.join("Cargo.toml")).expect("it is there");
        assert_eq!(read("Cargo.toml"), own);
        assert!(
            tree.texts.contains_key("src/session.rs") && !tree.texts.contains_key("Cargo.toml")
        );
        for file in ["src/lib.rs", "src/session.rs"] {
            tree.put(file, "// new\n").expect("it is written");
        }
        assert_eq!(read("src/session.rs"), "// new\n");
        assert_eq!(read("src/lib.rs"), ["// new\n", &rewrite::module(3, rewrite::MUTANT)].concat());
        fs::remove_dir_all(&folder).expect("it is there");
    }
}
