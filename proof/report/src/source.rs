//! SOURCE: on what a stage ran, and when.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// What the repository held when a stage began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) date: String,
    pub(crate) commit: String,
    /// Git's name for the content of `src/`, without one while that is changed and not committed.
    machine: Option<String>,
}

impl Source {
    pub(crate) fn now(root: &Path) -> Source {
        let said = |words: &[&str]| said(root, words);
        let is_clean = |paths: &[&str]| {
            let status = ["git", "status", "--porcelain", "--untracked-files=no", "--"];
            said(&[&status, paths].concat()).is_some_and(|changes| changes.is_empty())
        };
        let commit = said(&["git", "rev-parse", "--short=12", "HEAD"]);
        let commit = commit.unwrap_or_else(|| "not known".to_owned());
        let changed = if is_clean(&[".", ":!docs"]) { "" } else { " and changes" };
        let date = said(&["date", "-u", "+%Y-%m-%d %H:%M"]).unwrap_or_default();
        let machine = said(&["git", "rev-parse", "HEAD:src"]).filter(|_| is_clean(&["src"]));
        Source { date, commit: commit + changed, machine }
    }

    /// Whether what was found then is good for the machine as it is now.
    pub(crate) fn is_same_machine(&self, other: &Source) -> bool {
        self.machine.is_some() && self.machine == other.machine
    }
}

/// What a command prints, if it succeeds.
pub(crate) fn said(root: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new(words[0]).args(&words[1..]).current_dir(root).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_committed_text_is_the_same_machine() {
        let source = |machine: Option<&str>| Source {
            date: String::new(),
            commit: "c".into(),
            machine: machine.map(str::to_owned),
        };
        assert!(source(Some("a")).is_same_machine(&source(Some("a"))));
        assert!(!source(Some("a")).is_same_machine(&source(Some("b"))));
        assert!(!source(None).is_same_machine(&source(None)));
    }
}
