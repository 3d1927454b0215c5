//! TRACEABILITY: a table of every clause with everything that holds it, drawn from the contract and
//! the `Covers` lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::blessed;
use super::clauses::{covers, sentences, texts, verdicts};
use super::tidy::read;

/// The columns behind the sentence, each with the beginnings of the paths that belong to it; the
/// first that fits wins.
const COLUMNS: [(&str, &[&str]); 5] = [
    ("stories", &["tests/it/stories/"]),
    (
        "properties, simulation, corpora, small domains",
        &[
            "tests/it/judges/property",
            "tests/it/judges/simulation",
            "tests/it/judges/corpus",
            "tests/it/tables/exhaustive",
            "tests/it/tables/frames",
            "proof/simulation/",
            "proof/domains/",
            "proof/world/",
        ],
    ),
    ("model, other proof", &["proof/"]),
    ("drivers and testbed", &["client/", "testbed/"]),
    ("units and checks", &["src/", "tests/"]),
];

fn column(path: &str) -> usize {
    let is_in = |(_, paths): &(&str, &[&str])| paths.iter().any(|begin| path.starts_with(begin));
    COLUMNS.iter().position(is_in).unwrap_or_else(|| panic!("{path} belongs to no column"))
}

/// The tests that hold a clause: by column, then by file, by name.
type Tests<'a> = BTreeMap<usize, BTreeMap<&'a str, Vec<String>>>;

fn table(contract: &str, files: &[(String, String)]) -> String {
    let mut all: BTreeMap<&str, Tests<'_>> = BTreeMap::new();
    for (path, text) in files {
        let covers = covers(text);
        let shown = covers.covered.into_iter().map(|(id, test)| (id, test.to_owned()));
        let named = covers.named.into_iter().map(|(id, test)| (id, format!("{test} (among many)")));
        let judged = verdicts(path, text).into_iter().map(|id| (id, "*judges*".to_owned()));
        for (id, test) in judged.chain(shown).chain(named) {
            let tests = all.entry(id).or_default().entry(column(path)).or_default();
            tests.entry(path).or_default().push(test);
        }
    }
    let heads: Vec<_> = COLUMNS.iter().map(|(head, _)| *head).collect();
    let mut text = format!(
        "{HEAD}| clause | promise | {} |\n|---|---|{}\n",
        heads.join(" | "),
        "---|".repeat(COLUMNS.len())
    );
    for (id, sentence) in sentences(contract) {
        let none = Tests::new();
        let tests = all.get(id).unwrap_or(&none);
        let cells: Vec<_> = (0..COLUMNS.len()).map(|at| cell(tests.get(&at))).collect();
        let sentence = sentence.replace('|', "\\|");
        writeln!(text, "| {id} | {sentence} | {} |", cells.join(" | "))
            .expect("a string takes all");
    }
    text
}

fn cell(files: Option<&BTreeMap<&str, Vec<String>>>) -> String {
    let files = files.into_iter().flatten().map(|(path, tests)| {
        let name = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let parts: Vec<_> = name.rsplit('/').take(2).collect();
        // The folder tells files of the same name apart.
        let name = parts.into_iter().rev().collect::<Vec<_>>().join("/");
        format!("[{name}](../{path}): {}", tests.join(", "))
    });
    files.collect::<Vec<_>>().join("<br>")
}

const HEAD: &str = "\
# What holds each promise

Generated from [CONTRACT.md](../CONTRACT.md) and the `Covers` lines of the tests by
`DIRECTLINE_BLESS=1 cargo test`, and compared by `cargo test`; do not edit. A clause that nothing shows
and a test that names an unknown clause fail `tests/it/texts/clauses.rs`. *Among many* marks a test that
names more clauses than it shows in particular; *judges*, an oracle that holds every run, state or step
of a simulation, the model or the reference to the clause.

";

#[test]
fn the_table_says_what_the_tests_say() {
    let table = table(&read("CONTRACT.md"), &texts());
    assert!(table.lines().count() > 70, "the clauses are there");
    blessed::document("docs/traceability.md", &table);
}

#[test]
fn a_clause_lists_its_tests_by_kind_and_file() {
    let covered = concat!("    // Cov", "ers: AA-1\n");
    let file = |path: &str, test: &str| (path.to_owned(), format!("fn {test}() {{\n{covered}"));
    let files = [
        file("tests/it/stories/start.rs", "a_story"),
        file("client/tests/it/talk.rs", "a_talk"),
        file("src/cursor.rs", "a_unit"),
        file("proof/model/src/main.rs", "a_proof"),
        ("proof/model/src/judge.rs".to_owned(), "told(\"AA-1\"); told(\"AA-1\")".to_owned()),
        ("src/judge.rs".to_owned(), "told(\"AA-2\")".to_owned()),
    ];
    let table = table("- AA-1 Some | thing.\n- AA-2 Another.\n", &files);
    let rows: Vec<_> = table.lines().skip_while(|line| !line.starts_with("| AA")).collect();
    assert_eq!(
        rows,
        [
            "| AA-1 | Some \\| thing. | [stories/start](../tests/it/stories/start.rs): a_story |  \
             | [src/judge](../proof/model/src/judge.rs): *judges*\
             <br>[src/main](../proof/model/src/main.rs): a_proof \
             | [it/talk](../client/tests/it/talk.rs): a_talk | [src/cursor](../src/cursor.rs): a_unit |",
            "| AA-2 | Another. |  |  |  |  |  |",
        ]
    );
}
