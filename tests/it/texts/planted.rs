//! The planted faults still fit the sources; whether each is caught, `directline-faults` sees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use directline_faults::fault;

use super::tidy::read;

#[test]
fn every_planted_fault_fits_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("proof/faults/faults");
    // The package that is published holds no proof.
    if !folder.exists() {
        return;
    }
    let faults = fault::all(&folder).expect("readable faults");
    assert!(faults.len() >= 40, "{} faults", faults.len());
    let contract = read("CONTRACT.md") + &read("relay/CONTRACT.md");
    let mut seen = BTreeSet::new();
    for fault in &faults {
        assert!(contract.contains(&format!("- {} ", fault.clause)), "{}: no clause", fault.name);
        assert!(!fault.edits.is_empty(), "{} changes nothing", fault.name);
        let mut changed = BTreeMap::new();
        for edit in &fault.edits {
            let text = changed.entry(&edit.path).or_insert_with(|| read(&edit.path));
            *text = edit.apply(text).unwrap_or_else(|flaw| panic!("{}: {flaw}", fault.name));
        }
        assert!(seen.insert(changed), "{} is planted twice", fault.name);
    }
}

#[test]
fn some_faults_are_found_by_the_model_checker_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proof/faults/faults");
    if !folder.exists() {
        return;
    }
    let faults = fault::all(&folder).expect("readable faults");
    let alone = faults.iter().filter(|fault| fault.caught == ["model"]).count();
    assert!(alone >= 5, "{alone} faults show what the model checker is for");
}

#[test]
fn a_fault_that_cannot_be_read_is_refused() {
    let head = "what: w\nwho: x\nclause: WM-1\ncaught: tests, model\n\n=== src/a.rs\n";
    let edit = "<<<<\na\n====\nb\n>>>>\n";
    let read = fault::parse("f", &format!("{head}{edit}")).expect("a fault");
    assert_eq!(read.caught, ["tests", "model"]);
    assert_eq!(read.edits[0].apply("xay"), Ok("xby".to_owned()));
    assert!(read.edits[0].apply("aa").expect_err("ambiguous").contains("2 times"));
    assert!(read.edits[0].apply("").expect_err("gone").contains("0 times"));
    for bad in [
        String::new(),
        format!("who: x\nclause: WM-1\ncaught: tests\n\n=== src/a.rs\n{edit}"),
        format!("{head}{edit}").replace("caught: tests, model\n", ""),
        format!("{head}{edit}").replace("tests, model", ""),
        format!("{head}{edit}").replace("tests, model", "tests,model"),
        format!("{head}{edit}").replace("tests, model", "model, tests"),
        format!("{head}{edit}").replace("tests, model", "tests, luck"),
        format!("{head}<<<<\na\n====\nb\n"),
        format!("{head}<<<<\na\n====\na\n>>>>\n"),
        format!("{head}a\n====\nb\n>>>>\n"),
    ] {
        assert!(fault::parse("f", &bad).expect_err("flawed").starts_with("f: "), "{bad}");
    }
}
