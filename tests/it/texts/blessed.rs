//! What is generated into documents: compared, and written with `DIRECTLINE_BLESS=1`.

use std::path::Path;

use super::tidy::read;

/// Holds the region of a document between `<!-- begin: NAME (generated) -->` and
/// `<!-- end: NAME -->` against what it should be.
pub(crate) fn region(path: &str, name: &str, expected: &str) {
    let text = read(path);
    let (begin, end) =
        (format!("<!-- begin: {name} (generated) -->\n"), format!("<!-- end: {name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path} has no {begin}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{path} has no {end}"));
    if found != expected {
        bless(path, &format!("{before}{begin}{expected}{end}{after}"), name);
    }
}

/// As [`region`], for a whole document.
pub(crate) fn document(path: &str, expected: &str) {
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file() || read(path) != expected {
        bless(path, expected, "all of it");
    }
}

fn bless(path: &str, text: &str, what: &str) {
    assert!(
        std::env::var_os("DIRECTLINE_BLESS").is_some(),
        "{path} ({what}) is not what its sources say; DIRECTLINE_BLESS=1 cargo test writes it"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
