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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_and_not_cut() {
        let path = std::env::temp_dir().join(format!("testbed-large-{}", std::process::id()));
        let read_of = |length| {
            File::create(&path)
                .and_then(|file| file.set_len(length))
                .expect("a writable directory");
            read(&path).map(|text| text.len() as u64)
        };
        let (largest, larger) = (read_of(BYTES_MAX), read_of(BYTES_MAX + 1));
        std::fs::remove_file(&path).expect("it was there");
        assert_eq!(largest.expect("allowed"), BYTES_MAX);
        assert_eq!(larger.expect_err("too large").to_string(), "it has more than 16 MiB");
    }
}
