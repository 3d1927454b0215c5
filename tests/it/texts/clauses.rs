//! Each contract and its tests hold each other: every clause is covered, and every `Covers:` line
//! names clauses that exist.

use std::collections::{BTreeMap, BTreeSet};

use super::tidy::{is_rust, read, sources};

/// The clauses of a contract, and those of them that are not built yet.
fn contract(text: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let clauses = text
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.split(' ').next())
        .filter(|word| is_clause(word))
        .collect();
    let unbuilt = text
        .lines()
        .filter_map(|line| line.strip_prefix("Not built yet: "))
        .flat_map(|ids| ids.trim_end_matches('.').split(", "))
        .collect();
    (clauses, unbuilt)
}

/// Two capitals, a dash, a number.
fn is_clause(word: &str) -> bool {
    let Some((group, number)) = word.split_once('-') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    group.len() == 2 && group.bytes().all(|byte| byte.is_ascii_uppercase()) && is_number
}

/// The sentence of every clause, in the order of the contract.
pub(crate) fn sentences(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(' '));
    lines.filter(|(id, _)| is_clause(id)).collect()
}

/// What the tests of a file say of clauses, each with the name of the test.
#[derive(Default)]
pub(crate) struct Covers<'a> {
    /// The clauses that a test shows.
    pub(crate) covered: Vec<(&'a str, &'a str)>,
    /// Those that one only names among many.
    pub(crate) named: Vec<(&'a str, &'a str)>,
    /// What is wrong with the way it is said.
    wrong: Vec<String>,
}

pub(crate) fn covers(text: &str) -> Covers<'_> {
    let Covers { mut covered, mut named, mut wrong } = Covers::default();
    let (mut before, mut test) = ("", "");
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if let Some((_, rest)) = trimmed.split_once("fn ").filter(|(head, _)| is_head(head)) {
            test = rest.split(['(', '<']).next().unwrap_or("");
        }
        // In two pieces, so that this line is not taken for one.
        if let Some((start, list)) = trimmed.split_once(concat!("Cov", "ers:")) {
            let ids: Vec<_> = list.strip_prefix(' ').unwrap_or("").split(", ").collect();
            let is_comment = start == "// ";
            let opens_a_test = before.ends_with('{');
            if !is_comment || !opens_a_test || !ids.iter().all(|id| is_clause(id)) {
                wrong.push(format!("line {}: {trimmed}", number + 1));
            }
            // Who names very many watches over them all, and shows none in particular.
            let shown = if ids.len() <= CLAUSES_SHOWN_MAX { &mut covered } else { &mut named };
            shown.extend(ids.into_iter().map(|id| (id, test)));
        }
        before = trimmed;
    }
    Covers { covered, named, wrong }
}

/// Where oracles are: what they find broken they name by its clause, first in a text.
const ORACLES: [&str; 3] = ["proof/world/src/", "proof/model/src/", RELAY_PROOF];

/// The clauses that the oracles of a file judge by.
pub(crate) fn verdicts<'a>(path: &str, text: &'a str) -> BTreeSet<&'a str> {
    let is_oracle = ORACLES.iter().any(|begin| path.starts_with(begin));
    let words = text.split('"').map(|piece| piece.split(' ').next().unwrap_or(""));
    words.filter(|word| is_oracle && is_clause(word)).collect()
}

/// What may stand before `fn`.
fn is_head(text: &str) -> bool {
    text.split(' ').all(|word| matches!(word, "" | "async" | "pub" | "pub(crate)" | "const"))
}

/// Every file that may say what it covers of the machine, with its text.
pub(crate) fn texts() -> Vec<(String, String)> {
    let texts = texts_of(&["src", "tests", "client", "testbed", "proof"]);
    texts.into_iter().filter(|(path, _)| !path.starts_with(RELAY_PROOF)).collect()
}

fn texts_of(trees: &[&str]) -> Vec<(String, String)> {
    let files = sources(trees).into_iter().filter(|path| is_rust(path));
    // This file quotes clauses that do not exist.
    let files = files.filter(|path| path != "tests/it/texts/clauses.rs");
    files.map(|path| (path.clone(), read(&path))).collect()
}

/// Everything that is wrong between a contract and files with their names.
fn complaints<'a>(
    contract_text: &str,
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let (clauses, unbuilt) = contract(contract_text);
    let mut complaints = Vec::new();
    let (mut covered, mut named) = (BTreeMap::new(), BTreeMap::new());
    for (name, text) in files {
        let covers = covers(text);
        complaints.extend(covers.wrong.iter().map(|line| format!("{name}, {line}: malformed")));
        covers.covered.into_iter().for_each(|(id, _)| _ = covered.insert(id, name));
        covers.named.into_iter().for_each(|(id, _)| _ = named.insert(id, name));
        verdicts(name, text).into_iter().for_each(|id| _ = named.insert(id, name));
    }
    for (id, name) in covered.iter().chain(&named) {
        if !clauses.contains(id) {
            complaints.push(format!("{name} covers {id}, which is no clause"));
        }
        if unbuilt.contains(id) {
            complaints.push(format!("{name} covers {id}, which is said to be not built yet"));
        }
    }
    let missing = clauses.iter().filter(|id| !covered.contains_key(*id) && !unbuilt.contains(*id));
    complaints.extend(missing.map(|id| format!("{id} is covered by no test")));
    complaints.extend(unbuilt.difference(&clauses).map(|id| format!("{id} is no clause")));
    complaints
}

const CLAUSES_SHOWN_MAX: usize = 8;
/// What judges the relay, which has a contract of its own.
const RELAY_PROOF: &str = "proof/relay/";

#[test]
fn every_clause_is_covered_and_every_cover_is_a_clause() {
    let text = read("CONTRACT.md");
    assert!(contract(&text).0.len() >= 60, "the contract has its clauses");
    let files = texts();
    let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let complaints = complaints(&text, files);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_relay_and_its_contract_hold_each_other() {
    let text = read("relay/CONTRACT.md");
    assert!(contract(&text).0.len() >= 30, "the contract has its clauses");
    let files = texts_of(&["relay", "proof/relay"]);
    let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let complaints = complaints(&text, files);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_story_shows_a_clause() {
    let stories = sources(&["tests/it/stories"]);
    assert!(stories.len() > 10, "the stories are there");
    for path in stories {
        let text = read(&path);
        let count = |piece: &str| text.lines().filter(|line| line.trim() == piece).count();
        let covers = text.lines().filter(|line| line.contains(concat!("// Cov", "ers: "))).count();
        assert_eq!(count("#[test]"), covers, "{path}");
    }
}

#[test]
fn what_is_wrong_is_found() {
    let contract =
        "Not built yet: AA-3, AA-4.\n- AA-1 One.\n- AA-2 Two.\n- AA-3 Three.\n- AA-4 x\n";
    let line = |rest: &str| format!("fn a() {{\n    // {}{rest}\n", concat!("Cov", "ers:"));
    let told = |text: &str| complaints(contract, [("f", text)].into_iter());
    assert_eq!(told(&line(" AA-1, AA-2")), Vec::<String>::new());
    assert_eq!(told(&line(" AA-1")), ["AA-2 is covered by no test"]);
    assert_eq!(told(&line(" AA-1, AA-2, AA-9")), ["f covers AA-9, which is no clause"]);
    let early = told(&line(" AA-1, AA-2, AA-3"));
    assert_eq!(early, ["f covers AA-3, which is said to be not built yet"]);
    for malformed in ["AA-1, AA-2", " AA-1,AA-2", " AA-1, AA-2.", "", " AA-1, AA-2, "] {
        assert!(told(&line(malformed))[0].ends_with("malformed"), "{malformed}");
    }
    let astray = format!("let x = 1;\n// {} AA-1, AA-2\n", concat!("Cov", "ers:"));
    assert!(told(&astray)[0].ends_with("malformed"), "not the first line of a test");
    let many = told(&line(&format!(" AA-1{}", ", AA-2".repeat(8))));
    assert_eq!(many, ["AA-1 is covered by no test", "AA-2 is covered by no test"]);
    let judged = complaints(contract, [("proof/world/src/a.rs", "told(\"AA-9\")")].into_iter());
    assert!(judged.contains(&"proof/world/src/a.rs covers AA-9, which is no clause".to_owned()));
    let unknown = complaints("Not built yet: ZZ-1.\n", [].into_iter());
    assert_eq!(unknown, ["ZZ-1 is no clause"]);
}
