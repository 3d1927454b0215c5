//! The crate observed from outside, in four groups by what they ask; `tests/README.md` says where a
//! new test goes. `cargo quick` runs what is exact and takes about a second: all but the tests that
//! try many cases (see `judges::draw`) or all of a small domain.

mod judges;
mod stories;
mod tables;
mod texts;
mod transcript;
