//! Files that somebody has written by hand: not one of them is large, and what has no end is none.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The text of a file.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(..=BYTES_MAX) => Ok(text),
        _ => Err(io::Error::other("it has more than 16 MiB")),
    }
}

/// Far above what anybody writes by hand.
const BYTES_MAX: u64 = 16 << 20;
