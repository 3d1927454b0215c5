//! PARTS: whose mutants are made, and what they face. The machine comes first: it is what the
//! promise is about.

/// What is mutated.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// The package that cargo-mutants finds it by, and what it leaves out.
    pub(crate) package: &'static str,
    pub(crate) config: Option<&'static str>,
    /// The root of its crate.
    pub(crate) root: &'static str,
    /// Its files, as git takes them.
    pub(crate) files: &'static [&'static str],
    /// Where the tests are, beside those in the files themselves.
    pub(crate) tests: &'static [&'static str],
    /// What cargo builds of them.
    pub(crate) programs: &'static [&'static str],
    /// Whether its tests are over real sockets: they mostly wait, and on a busy machine one may fail for
    /// no reason.
    pub(crate) has_sockets: bool,
    /// Which mutants may survive.
    pub(crate) may_survive: Survivors,
    /// Which of its tests draw their cases: what only they catch is caught by chance.
    pub(crate) chance: &'static [&'static str],
    /// What judges another part is faced with mutants of that one, too.
    pub(crate) breaks: Option<&'static Part>,
}

/// Which mutants of a part may survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survivors {
    /// None, and chance alone catches none.
    None,
    /// Those for which a reason is written down.
    WithReason,
    /// They are listed. A judge's matter where a machine is broken in just their way, which those that are
    /// broken here may not be.
    Listed,
}

/// The tests that draw their cases.
const CHANCE: &[&str] = &["judges::corpus::", "judges::property::", "judges::simulation::"];

/// Those of the text of the sources, which no mutant faces: its lines are longer, and a planted fault
/// fits them no more.
pub(crate) const OF_TEXTS: [&str; 4] =
    ["texts::tidy::", "texts::clauses::", "texts::traceability::", "texts::planted::"];

const OF_JUDGES: &[&str] = &[
    "--package=directline",
    "--package=directline-world",
    "--package=directline-simulation",
    "--tests",
];
const OF_CLIENT: &[&str] = &[
    "--package=directline-client",
    // Without it nothing is told to subscribers.
    "--features=tracing",
    "--lib",
    "--bins",
    "--test=it",
    "--test=tracing",
];

const MACHINE: Part = Part {
    name: "machine",
    package: "directline",
    config: Some(".cargo/mutants.toml"),
    root: "src/lib.rs",
    files: &["src"],
    tests: &["tests", "src/*tests.rs", "proof/world"],
    // No examples, and of the tests beside the suite those that see what is only slower.
    programs: &["--package=directline", "--lib", "--test=it", "--test=allocations"],
    has_sockets: false,
    may_survive: Survivors::None,
    chance: CHANCE,
    breaks: None,
};

pub(crate) const PARTS: [Part; 5] = [
    MACHINE,
    Part {
        name: "drivers",
        package: "directline-client",
        config: None,
        root: "client/src/lib.rs",
        files: &["client/src", ":!client/src/bin"],
        tests: &["client/tests"],
        programs: OF_CLIENT,
        has_sockets: true,
        may_survive: Survivors::WithReason,
        chance: CHANCE,
        breaks: None,
    },
    Part {
        name: "command",
        package: "directline-client",
        config: None,
        root: "client/src/bin/directline/main.rs",
        files: &["client/src/bin"],
        tests: &["client/tests"],
        programs: OF_CLIENT,
        has_sockets: true,
        may_survive: Survivors::WithReason,
        chance: CHANCE,
        breaks: None,
    },
    Part {
        name: "testbed",
        package: "directline-testbed",
        config: None,
        root: "testbed/src/lib.rs",
        files: &["testbed/src"],
        tests: &["testbed/tests"],
        programs: &["--package=directline-testbed", "--lib", "--test=it"],
        has_sockets: true,
        may_survive: Survivors::WithReason,
        chance: CHANCE,
        breaks: None,
    },
    // The oracle and the reference model, whose tests are the runs that are drawn: what makes them too
    // strict is an alarm there, and what makes them too mild is another word, or none, on a machine that
    // is broken (`broken`).
    Part {
        name: "judges",
        package: "directline-world",
        config: None,
        root: "proof/world/src/lib.rs",
        files: &[
            "proof/world/src/oracle.rs",
            "proof/world/src/oracle",
            "proof/world/src/reference",
        ],
        tests: &["tests", "proof/world"],
        programs: OF_JUDGES,
        has_sockets: false,
        may_survive: Survivors::Listed,
        chance: &[],
        breaks: Some(&Part { programs: OF_JUDGES, ..MACHINE }),
    },
];

impl Part {
    /// How many mutants face tests side by side.
    pub(crate) fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.has_sockets { cores * 4 } else { cores }
    }

    /// How often a test has to fail, one time after the other, to have caught a mutant.
    pub(crate) fn times(&self) -> usize {
        if self.has_sockets { 2 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mutant_is_left_out_by_its_place() {
        for part in PARTS {
            let Some(config) = part.config else { continue };
            let path = std::path::Path::new(crate::ROOT).join(config);
            let text = std::fs::read_to_string(path).expect(config);
            let has_place = |line: &&str| {
                let after = line.split(".rs:").nth(1).unwrap_or_default();
                after.starts_with(|first: char| first.is_ascii_digit() || "([\\".contains(first))
            };
            assert_eq!(text.lines().find(has_place), None, "{config}");
        }
    }
}
