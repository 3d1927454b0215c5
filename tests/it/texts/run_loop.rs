//! The run loop, which stands in three places and is one text.

use super::tidy::read;

/// From the trait to the end of the function, of a text without comment marks.
fn run_loop(text: &str) -> &str {
    let begin = text.find("trait Host {").expect("the trait");
    let run = begin + text[begin..].find("\nfn run(").expect("the function");
    let end = run + text[run..].find("\n}\n").expect("its end");
    &text[begin..end]
}

#[test]
fn the_run_loop_is_one_text_wherever_it_stands() {
    let readme = read("README.md");
    let shown = run_loop(&readme);
    assert!(shown.lines().count() <= 24, "a stranger can type it from memory");
    assert_eq!(shown, run_loop(&read("examples/offline.rs")), "the example runs it");
    let front = read("src/lib.rs");
    let front: String = front
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    assert_eq!(shown, run_loop(&front), "the front page compiles it");
}
