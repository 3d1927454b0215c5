//! PARTS: whose mutants are made, and what they face. The machine comes first: it is what the
//! promise is about.

/// What is mutated.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// The package that cargo-mutants finds it by, and its configuration.
    pub(crate) package: &'static str,
    pub(crate) config: &'static str,
    /// Its files, as git takes them.
    pub(crate) files: &'static [&'static str],
    /// Where the tests are, beside those in the files themselves.
    pub(crate) tests: &'static [&'static str],
    pub(crate) passes: &'static [Pass],
    /// Whether no mutant may survive; of the others the survivors are listed with reasons.
    pub(crate) is_strict: bool,
}

/// Tests that mutants face together; what they leave faces the next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Also the name of its profile of nextest.
    pub(crate) name: &'static str,
    /// What cargo builds with.
    pub(crate) profile: &'static str,
    /// Whether its tests draw cases: what only they catch is caught by chance.
    pub(crate) is_chance: bool,
}

/// Most fall to these, which need no optimized build.
const QUICK: Pass = Pass { name: "mutants-quick", profile: "mutants-quick", is_chance: false };
/// The other exact ones.
const EXACT: Pass = Pass { name: "mutants-exact", profile: "mutants", is_chance: false };
const CHANCE: Pass = Pass { name: "mutants-chance", profile: "mutants", is_chance: true };
/// Those over real sockets, which mostly wait.
const SOCKETS: Pass = Pass { name: "mutants-sockets", profile: "mutants-quick", is_chance: false };

pub(crate) const PARTS: [Part; 5] = [
    Part {
        name: "machine",
        package: "directline",
        config: ".cargo/mutants.toml",
        files: &["src"],
        tests: &["tests", "src/*tests.rs", "proof/world"],
        passes: &[QUICK, EXACT, CHANCE],
        is_strict: true,
    },
    Part {
        name: "drivers",
        package: "directline-client",
        config: "proof/mutation/client.toml",
        files: &["client/src", ":!client/src/bin"],
        tests: &["client/tests"],
        passes: &[SOCKETS],
        is_strict: false,
    },
    Part {
        name: "command",
        package: "directline-client",
        config: "proof/mutation/client.toml",
        files: &["client/src/bin"],
        tests: &["client/tests"],
        passes: &[SOCKETS],
        is_strict: false,
    },
    Part {
        name: "testbed",
        package: "directline-testbed",
        config: "proof/mutation/testbed.toml",
        files: &["testbed/src"],
        tests: &["testbed/tests"],
        passes: &[SOCKETS],
        is_strict: false,
    },
    // The oracle and the reference model.
    Part {
        name: "judges",
        package: "directline-world",
        config: "proof/mutation/judges.toml",
        files: &[
            "proof/world/src/oracle.rs",
            "proof/world/src/oracle",
            "proof/world/src/reference",
        ],
        tests: &["tests", "proof/world"],
        passes: &[QUICK, CHANCE],
        is_strict: false,
    },
];

impl Part {
    /// What follows a pass.
    pub(crate) fn after(&self, pass: &Pass) -> Option<&'static Pass> {
        self.passes.iter().skip_while(|own| *own != pass).nth(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mutant_is_left_out_by_its_place() {
        for part in PARTS {
            let path = std::path::Path::new(crate::ROOT).join(part.config);
            let text = std::fs::read_to_string(path).expect(part.config);
            let has_place = |line: &&str| {
                let after = line.split(".rs:").nth(1).unwrap_or_default();
                after.starts_with(|first: char| first.is_ascii_digit() || "([\\".contains(first))
            };
            assert_eq!(text.lines().find(has_place), None, "{}", part.config);
        }
    }

    #[test]
    fn the_pass_of_chance_comes_last() {
        for part in PARTS {
            let chance = part.passes.iter().position(|pass| pass.is_chance);
            assert!(chance.is_none_or(|at| at + 1 == part.passes.len()), "{}", part.name);
            assert!(part.after(&part.passes[part.passes.len() - 1]).is_none());
        }
    }
}
