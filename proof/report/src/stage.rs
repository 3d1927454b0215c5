//! STAGES of the release set, in order: what is quick to fail comes first.

/// One command of the set.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// What it shows, for the page.
    pub(crate) what: &'static str,
    pub(crate) command: &'static str,
    /// Whether it is given `--minutes` and its share of the time that is left.
    pub(crate) takes_minutes: bool,
    /// Its weight in sharing out the time; for the others the minutes that they may take.
    pub(crate) minutes: u64,
}

const fn fixed(
    name: &'static str,
    what: &'static str,
    minutes: u64,
    command: &'static str,
) -> Stage {
    Stage { name, what, command, takes_minutes: false, minutes }
}

const fn shared(
    name: &'static str,
    what: &'static str,
    weight: u64,
    command: &'static str,
) -> Stage {
    Stage { name, what, command, takes_minutes: true, minutes: weight }
}

pub(crate) const STAGES: [Stage; 12] = [
    fixed(
        "tests",
        "scenarios, properties, corpora, drivers over real sockets",
        15,
        "cargo test --locked",
    ),
    fixed(
        "small domains",
        "every status, close code, lifetime, cut and damaged byte",
        10,
        "cargo run --locked --release -q -p directline-domains",
    ),
    fixed("builds", "one hash of all outputs in every build", 20, "proof/builds --no-tests"),
    fixed(
        "coverage tools",
        "what reads the profiles, in a folder of its own",
        5,
        "proof/coverage/get-llvm target/llvm",
    ),
    fixed(
        "coverage",
        "what of the machine the tests run",
        20,
        "cargo run --locked --release -q -p directline-coverage -- --llvm target/llvm/bin",
    ),
    fixed(
        "reference model",
        "the session against a model written from the contract",
        15,
        "cargo run --locked --release -q -p directline-reference",
    ),
    fixed(
        "planted faults",
        "each is found by the simulator and by the model",
        45,
        "cargo run --locked --release -q -p directline-faults -- \
         --checker simulator --checker model --jobs 2",
    ),
    fixed(
        "simulation",
        "years of conversation on bad days",
        45,
        "cargo run --locked --release -q -p directline-simulation -- release",
    ),
    fixed(
        "instructions",
        "instructions of the paths that matter, under valgrind",
        10,
        "cargo run --locked -q -p directline-instructions -- --gate",
    ),
    shared(
        "model checking",
        "every reachable state within the printed bounds",
        3,
        "cargo run --locked --release -q -p directline-model -- release",
    ),
    shared("fuzzing", "coverage-guided, all targets", 2, "proof/fuzz"),
    shared(
        "mutation",
        "all small changes, one at a time, each caught by a test; runs add up",
        2,
        "cargo run --locked --release -q -p directline-mutation --",
    ),
];
