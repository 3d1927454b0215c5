//! THE DRAW: where the tests that try many cases begin, and how many they try. Unless asked for
//! something else they take the same cases every time.
//!
//! | variable | |
//! |---|---|
//! | `DIRECTLINE_SEED` | a number draws other cases; `random` draws the number too |
//! | `DIRECTLINE_TIMES` | so many times as many cases |
//! | `DIRECTLINE_SHRINK` | `0` tells what fails as it was found, at once |
//!
//! Each of them prints both: with a failure, and always after `cargo test -- --show-output`.
//! What fails leaves a file in `target/failures` with the command that repeats it.

use std::fmt::Debug;
use std::path::Path;
use std::sync::OnceLock;

use proptest::test_runner::{
    Config, FailurePersistence, FileFailurePersistence, PersistedSeed, RngSeed,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Draw {
    seed: u32,
    times: u32,
}

impl Draw {
    fn read(seed: Option<&str>, times: Option<&str>) -> Result<Draw, String> {
        let seed = match seed {
            None => 0,
            Some("random") => fastrand::u32(..),
            Some(text) => text.parse().map_err(|_| {
                format!("DIRECTLINE_SEED is {text:?}, allowed is random or 0 to {}", u32::MAX)
            })?,
        };
        let times = times.map_or(Some(1), |text| text.parse().ok());
        let times = times.filter(|times| (1..=TIMES_MAX).contains(times));
        let times = times.ok_or(format!("DIRECTLINE_TIMES is not 1 to {TIMES_MAX}"))?;
        Ok(Draw { seed, times })
    }

    /// As it is asked for; all tests of a process have the same one.
    fn now() -> Draw {
        static DRAWN: OnceLock<Draw> = OnceLock::new();
        *DRAWN.get_or_init(|| {
            let variable = |name| std::env::var(name).ok();
            let (seed, times) = (variable("DIRECTLINE_SEED"), variable("DIRECTLINE_TIMES"));
            Draw::read(seed.as_deref(), times.as_deref()).unwrap_or_else(|flaw| panic!("{flaw}"))
        })
    }

    /// What repeats a test.
    fn command(self, test: &str) -> String {
        let Draw { seed, times } = self;
        let times = if times == 1 { String::new() } else { format!(" DIRECTLINE_TIMES={times}") };
        format!("DIRECTLINE_SEED={seed}{times} cargo test -p directline --test it {test}")
    }
}

/// The first of the numbers, one a case, that a test tries in a row. Draws do not overlap.
pub(crate) fn first() -> u64 {
    let Draw { seed, times } = Draw::now();
    println!("DIRECTLINE_SEED={seed} DIRECTLINE_TIMES={times}");
    u64::from(seed) << 32
}

/// How many of something a test tries that tries `count` of it by itself.
pub(crate) fn times(count: u64) -> u64 {
    u64::from(Draw::now().times) * count
}

/// How many tries to make something shorter that fails, where a test makes so many by itself.
pub(crate) fn tries(count: u32) -> u32 {
    let shrinks = std::env::var_os("DIRECTLINE_SHRINK").is_none_or(|own| own != "0");
    if shrinks { count } else { 0 }
}

/// Ends a test that found something.
pub(crate) fn fail(test: &str, what: &str) -> ! {
    panic!("{}", leave(test, what))
}

/// Leaves a file about a failure; gives what to print of it: the command that repeats it.
fn leave(test: &str, what: &str) -> String {
    let draw = Draw::now();
    let text = format!("{}\n{what}\n", draw.command(test));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("failures");
    let file = folder.join(format!("{}-{}.txt", test.replace("::", "-"), draw.seed));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, &text));
    match written {
        Ok(()) => format!("{text}kept in {}", file.display()),
        Err(error) => format!("{text}not kept, {}: {error}", file.display()),
    }
}

/// How a property is tried, which is named by its path: with its own cases, the kept ones first.
pub(crate) fn config(property: &'static str, cases: u32) -> Config {
    // Properties that begin alike would try the same runs.
    let name = property.rsplit("::").next().unwrap_or(property);
    let own = name.bytes().fold(0, |own: u64, byte| own * 31 % 0xFFFF_FFFB + u64::from(byte));
    Config {
        cases: cases.saturating_mul(Draw::now().times),
        rng_seed: RngSeed::Fixed(first() ^ own),
        failure_persistence: Some(Box::new(Kept { property })),
        max_shrink_iters: tries(4_000),
        ..Config::default()
    }
}

/// Reads the seeds that are kept with the project, and writes none there by itself.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    property: &'static str,
}

impl FailurePersistence for Kept {
    fn load_persisted_failures2(&self, file: Option<&'static str>) -> Vec<PersistedSeed> {
        FileFailurePersistence::Direct(REGRESSIONS).load_persisted_failures2(file)
    }

    fn save_persisted_failure2(
        &mut self,
        _: Option<&'static str>,
        seed: PersistedSeed,
        shrunken: &dyn Debug,
    ) {
        let what = format!("a line for proptest-regressions:\n{seed} # shrinks to {shrunken:?}");
        println!("{}", leave(self.property.trim_start_matches("it::"), &what));
    }

    fn box_clone(&self) -> Box<dyn FailurePersistence> {
        Box::new(self.clone())
    }

    fn eq(&self, other: &dyn FailurePersistence) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// Committed beside the manifest; proptest would look for them below `tests/`.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/property.txt");
/// With more the numbers of a draw would run into the next one's.
const TIMES_MAX: u32 = 1_000_000;

#[test]
fn the_same_cases_come_every_time_unless_others_are_asked_for() {
    let read = Draw::read;
    assert_eq!(read(None, None), Ok(Draw { seed: 0, times: 1 }));
    assert_eq!(read(Some("7"), Some("30")), Ok(Draw { seed: 7, times: 30 }));
    let random = [(); 8].map(|()| read(Some("random"), None).map(|draw| draw.seed));
    assert!(random.iter().any(|own| *own != random[0]), "{random:?}");
    for seed in ["", "-1", "4294967296", "x"] {
        let flaw = read(Some(seed), None).expect_err(seed);
        assert!(flaw.contains("allowed is random or 0 to 4294967295"), "{flaw}");
    }
    for times in ["", "0", "-1", "1000001", "x"] {
        assert!(read(None, Some(times)).expect_err(times).contains("1 to 1000000"), "{times}");
    }
}

#[test]
fn a_failure_says_what_repeats_it() {
    let draw = Draw { seed: 7, times: 30 };
    assert_eq!(
        draw.command("property::x"),
        "DIRECTLINE_SEED=7 DIRECTLINE_TIMES=30 cargo test -p directline --test it property::x"
    );
    assert!(!Draw { times: 1, ..draw }.command("x").contains("TIMES"));
}

#[test]
fn each_property_draws_its_own_cases() {
    let [one, other] = ["one", "other"].map(|name| config(name, 1).rng_seed);
    assert!(one != other && one == config("one", 1).rng_seed, "{one:?} {other:?}");
}
