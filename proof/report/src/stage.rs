//! STAGES of the release set, in order: what is quick to fail comes first; and the plan of the
//! time they take, which fits into one go.

/// One command of the set.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// What it shows, for the page.
    pub(crate) what: &'static str,
    pub(crate) command: &'static str,
    /// The minutes that it may take, builds included, on two cores that do nothing else.
    pub(crate) minutes: u64,
    /// Whether it is told with `--minutes` how long it has, and takes what the others leave.
    pub(crate) takes_minutes: bool,
}

const fn fixed(
    name: &'static str,
    minutes: u64,
    what: &'static str,
    command: &'static str,
) -> Stage {
    Stage { name, what, command, takes_minutes: false, minutes }
}

const fn shared(
    name: &'static str,
    minutes: u64,
    what: &'static str,
    command: &'static str,
) -> Stage {
    Stage { name, what, command, takes_minutes: true, minutes }
}

/// The time for all of it.
pub(crate) const MINUTES: u64 = 180;

pub(crate) const STAGES: [Stage; 13] = [
    fixed(
        "tests",
        6,
        "scenarios, properties, corpora, drivers over real sockets",
        "cargo test --locked",
    ),
    fixed(
        "other cases",
        6,
        "properties and simulation of the tests, drawn anew",
        "env DIRECTLINE_SEED=random DIRECTLINE_TIMES=40 cargo test --locked --release \
         -p directline --test it -- property:: simulation::",
    ),
    fixed(
        "small domains",
        4,
        "every status, close code, lifetime, cut and damaged byte",
        "cargo run --locked --release -q -p directline-domains",
    ),
    fixed("builds", 8, "one hash of all outputs in every build", "proof/builds --no-tests"),
    fixed(
        "coverage tools",
        1,
        "what reads the profiles, in a folder of its own",
        "proof/coverage/get-llvm target/llvm",
    ),
    fixed(
        "coverage",
        4,
        "what of the machine the tests run",
        "cargo run --locked --release -q -p directline-coverage -- --llvm target/llvm/bin",
    ),
    fixed(
        "instructions",
        3,
        "instructions of the paths that matter, under valgrind",
        "cargo run --locked -q -p directline-instructions -- --gate",
    ),
    fixed(
        "relays",
        2,
        "hosts that share conversations, their crashes and their NATS",
        "cargo run --locked --release -q -p directline-relay-proof -- push",
    ),
    fixed(
        "planted faults",
        28,
        "each is found by all who are said to find it",
        "cargo run --locked --release -q -p directline-faults -- --jobs 2",
    ),
    fixed(
        "simulation",
        26,
        "years of conversation on bad days",
        "cargo run --locked --release -q -p directline-simulation -- release",
    ),
    shared(
        "model checking",
        56,
        "every reachable state within the printed bounds",
        "cargo run --locked --release -q -p directline-model -- release",
    ),
    shared("fuzzing", 19, "coverage-guided, all targets; runs add up", "proof/fuzz"),
    shared(
        "mutation",
        12,
        "all small changes, one at a time, each caught by a test; runs add up",
        "cargo run --locked --release -q -p directline-mutation --",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_fits_into_one_go() {
        let minutes: u64 = STAGES.iter().map(|stage| stage.minutes).sum();
        assert!(minutes <= MINUTES, "{minutes} minutes are planned");
    }

    #[test]
    fn what_takes_the_rest_of_the_time_comes_last() {
        let first = STAGES.iter().position(|stage| stage.takes_minutes).unwrap_or(STAGES.len());
        assert!(STAGES[first..].iter().all(|stage| stage.takes_minutes));
    }
}
