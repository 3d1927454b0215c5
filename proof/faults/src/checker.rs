//! The checkers: what each fault is shown to.

use std::path::Path;

/// A command that ends with 1 when a promise is broken and with 0 when it finds nothing.
pub(crate) struct Checker {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// Where it lives.
    folder: &'static str,
}

pub(crate) const CHECKERS: &[Checker] = &[
    Checker {
        name: "simulator",
        package: "directline-simulation",
        arguments: &["kill"],
        folder: "proof/simulation",
    },
    Checker {
        name: "model",
        package: "directline-model",
        arguments: &["kill"],
        folder: "proof/model",
    },
    Checker {
        name: "reference",
        package: "directline-reference",
        arguments: &["--steps", "2000000"],
        folder: "proof/reference",
    },
];

impl Checker {
    pub(crate) fn exists(&self, root: &Path) -> bool {
        root.join(self.folder).join("Cargo.toml").is_file()
    }
}
