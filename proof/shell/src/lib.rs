//! SHELL: what every tool of the proof owes whoever calls it: an answer to `--help`, a word on what it
//! does not understand, and no complaint when nobody reads its output any more (`… --list | head -1`).
//! A tool takes it before all else:
//!
//! ```text
//! #[macro_use]
//! extern crate directline_shell as shell;
//! ```

use std::env::Args;
use std::fmt::{Arguments, Display};
use std::io::Write;
use std::iter::Skip;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The standard one panics where the reader has gone.
#[macro_export]
macro_rules! println {
    () => { $crate::print(format_args!("\n")) };
    ($($words:tt)+) => { $crate::print(format_args!("{}\n", format_args!($($words)+))) };
}

/// Prints, or ends the tool where the reader has gone.
pub fn print(words: Arguments<'_>) {
    if std::io::stdout().write_fmt(words).is_err() {
        std::process::exit(READER_GONE);
    }
}

/// Reads the arguments. Where `--help` is among them it tells the usage and ends the tool; so it does
/// where they are not understood, with what is wrong.
pub fn asked<T>(usage: &str, read: impl FnOnce(Skip<Args>) -> Result<T, String>) -> T {
    let words = || std::env::args().skip(1);
    if words().any(|word| word == "--help") {
        println!("{usage}");
        std::process::exit(0);
    }
    read(words()).unwrap_or_else(|flaw| {
        eprintln!("{flaw}\n\n{usage}");
        std::process::exit(NOT_UNDERSTOOD)
    })
}

/// The value that follows a name.
///
/// # Errors
///
/// When there is none.
pub fn value(name: &str, words: &mut impl Iterator<Item = String>) -> Result<String, String> {
    words.next().ok_or_else(|| format!("{name} wants a value"))
}

/// The number that follows a name.
///
/// # Errors
///
/// When there is none, or it is not among those that are allowed.
pub fn number<T: FromStr + PartialOrd + Display>(
    name: &str,
    words: &mut impl Iterator<Item = String>,
    allowed: RangeInclusive<T>,
) -> Result<T, String> {
    let text = value(name, words)?;
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    let (least, most) = (allowed.start(), allowed.end());
    number.ok_or_else(|| format!("{name} is {text:?}, allowed is {least} to {most}"))
}

const NOT_UNDERSTOOD: i32 = 2;
/// As a shell says it of a program that was ended by SIGPIPE.
const READER_GONE: i32 = 141;
