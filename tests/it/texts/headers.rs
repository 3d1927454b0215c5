//! Does every header that the machine reads reach it, wherever headers are picked by name?

use super::tidy::read;

/// What names headers, and whether it sees the answer to a redirect: a page is told nothing of it.
const PICKED: [(&str, bool); 4] = [
    ("record/src/reveal.rs", true),
    ("testbed/src/http/cors.rs", false),
    ("web/src/inputs.rs", false),
    ("web/ts/conversation.ts", false),
];

/// The constants of `http` that a source takes from answers.
fn read_by(path: &str) -> Vec<String> {
    let source = read(path);
    let taken = source.lines().filter_map(|line| line.strip_prefix("use http::header::"));
    let names = taken.flat_map(|names| names.split(|c: char| !c.is_ascii_uppercase() && c != '_'));
    names.filter(|name| name.len() > 1).map(str::to_owned).collect()
}

#[test]
fn every_header_that_is_read_is_handed_over_recorded_and_exposed() {
    let read_names = ["src/wire/response.rs", "src/wire/retry_after.rs"].map(read_by).concat();
    assert_eq!(
        read_names,
        ["LOCATION", "DATE", "RETRY_AFTER"],
        "a new one is to be handed over, too"
    );
    for (path, sees_redirects) in PICKED {
        let source = read(path).to_ascii_uppercase().replace('-', "_");
        // A constant, a word of a list, or in a page's script a text of its own.
        let mark = if path.ends_with(".ts") { "\"" } else { "" };
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_' || c == '"' && !mark.is_empty();
        let is_said = |name: &str| {
            source.split(|c| !is_part(c)).any(|word| word == format!("{mark}{name}{mark}"))
        };
        for name in read_names.iter().filter(|name| sees_redirects || *name != "LOCATION") {
            assert!(is_said(name), "{path} forgets {name}");
        }
    }
}
