//! What is generated into documents: compared, and written with `DIRECTLINE_BLESS=1`.

use std::path::Path;

/// Holds a document of the project against what it should be.
pub(crate) fn document(path: &str, expected: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::fs::read_to_string(&place).is_ok_and(|found| found == expected) {
        return;
    }
    assert!(
        std::env::var_os("DIRECTLINE_BLESS").is_some(),
        "{path} is not what is seen now; DIRECTLINE_BLESS=1 cargo test writes it:\n{expected}"
    );
    std::fs::write(&place, expected).unwrap_or_else(|error| panic!("{path}: {error}"));
}
