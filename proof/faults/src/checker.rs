//! The checkers: what each fault is shown to.

use std::path::Path;
use std::time::Duration;

/// One that ends with 1 (tests: 101) when a promise is broken and with 0 when it finds nothing.
pub(crate) struct Checker {
    /// One of [`CATCHERS`](directline_faults::fault::CATCHERS).
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Where it lives.
    folder: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// The program of a package of this workspace, built for release, with its arguments.
    Program { package: &'static str, arguments: &'static [&'static str] },
    /// The machine's own tests but those whose names begin with these.
    Tests { but: &'static [&'static str] },
}

pub(crate) const CHECKERS: &[Checker] = &[
    Checker {
        name: "tests",
        kind: Kind::Tests {
            but: &[
                // Drawn by chance, or long.
                "corpus::",
                "exhaustive::",
                "property::",
                "simulation::",
                // Of the text of the sources, which every fault changes.
                "clauses::",
                "planted::",
                "tidy::",
                "traceability::",
            ],
        },
        folder: "tests/it",
    },
    program("simulator", "directline-simulation", &["kill"], "proof/simulation"),
    program("lists", "directline-simulation", &["kill", "lists"], "proof/simulation"),
    program("model", "directline-model", &["kill"], "proof/model"),
    program("relay", "directline-relay-proof", &["kill"], "proof/relay"),
];

const fn program(
    name: &'static str,
    package: &'static str,
    arguments: &'static [&'static str],
    folder: &'static str,
) -> Checker {
    Checker { name, kind: Kind::Program { package, arguments }, folder }
}

impl Checker {
    /// Far more than it takes when it finds nothing.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(match self.kind {
            Kind::Program { .. } => 300,
            Kind::Tests { .. } => 60,
        })
    }

    pub(crate) fn exists(&self, root: &Path) -> bool {
        root.join(self.folder).is_dir()
    }
}
