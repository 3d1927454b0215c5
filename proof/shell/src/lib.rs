//! SHELL: what every tool of the proof owes whoever calls it: an answer to `--help`, and no complaint
//! when nobody reads its output any more (`… --list | head -1`). A tool takes it before all else:
//!
//! ```text
//! #[macro_use]
//! extern crate directline_shell as shell;
//! ```

use std::fmt::Arguments;
use std::io::Write;

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

/// Where `--help` is among the arguments, tells the usage and ends the tool.
pub fn help(usage: &str) {
    if std::env::args().skip(1).any(|word| word == "--help") {
        println!("{usage}");
        std::process::exit(0);
    }
}

/// As a shell says it of a program that was ended by SIGPIPE.
const READER_GONE: i32 = 141;
