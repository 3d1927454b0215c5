//! What is published with each crate, as far as texts can say; `.ci/packages` looks at the lists.

use std::path::Path;

use super::tidy::{read, sources};

const CRATES: [&str; 4] = ["", "activity/", "client/", "testbed/"];

/// A package that is unpacked has no siblings.
fn crates() -> impl Iterator<Item = &'static str> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    CRATES.into_iter().filter(|folder| root.join(folder).is_dir())
}

/// Copies, for a symbolic link is a line of text where a system or an archive has none.
#[test]
fn the_licences_are_the_same_everywhere() {
    for folder in crates() {
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert!(read(&format!("{folder}{licence}")) == read(licence), "{folder}{licence}");
        }
    }
}

#[test]
fn every_crate_introduces_itself() {
    for folder in crates() {
        let manifest = read(&format!("{folder}Cargo.toml"));
        for key in ["description", "readme", "documentation", "keywords", "categories", "include"] {
            let is_there = manifest.lines().any(|line| line.starts_with(&format!("{key} = ")));
            assert!(is_there, "{folder}Cargo.toml: {key}");
        }
    }
}

/// Where the links of a document lead that leave for no other host, with their part if they name one.
fn links(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let targets = text.split("](").skip(1).filter_map(|piece| piece.split(')').next());
    let own = targets.filter(|target| !target.contains("://"));
    own.map(|target| {
        target.split_once('#').map_or((target, None), |(path, part)| (path, Some(part)))
    })
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

#[test]
fn no_link_of_a_document_is_broken() {
    let mut documents: Vec<_> =
        ["README.md", "DESIGN.md", "CONTRACT.md", "CHANGELOG.md"].map(str::to_owned).into();
    let below = sources(&["activity", "client", "testbed", "tests", "proof", "docs"]);
    documents.extend(below.into_iter().filter(|path| path.ends_with(".md")));
    let (mut seen, mut broken) = (0, Vec::new());
    for document in documents {
        let text = read(&document);
        let folder = Path::new(&document).parent().expect("a file is in a folder");
        for (path, part) in links(&text) {
            seen += 1;
            let target =
                if path.is_empty() { Path::new(&document).into() } else { folder.join(path) };
            let is_there = Path::new(env!("CARGO_MANIFEST_DIR")).join(&target).exists();
            let has = |part: &str| {
                let text = read(target.to_str().expect("names are UTF-8"));
                text.lines()
                    .filter_map(|line| line.strip_prefix('#'))
                    .any(|heading| anchor(heading.trim_start_matches('#')) == part)
            };
            if !is_there || part.is_some_and(|part| !has(part)) {
                broken.push(format!("{document}: {path}#{}", part.unwrap_or_default()));
            }
        }
    }
    assert!(seen > 40, "the documents are there: {seen}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn headings_are_called_as_they_are_linked() {
    assert_eq!(anchor(" WM — Watermark"), "wm--watermark");
    let found: Vec<_> = links("[a](b.md#c) [d](https://e) [f](#g) [h](i)").collect();
    assert_eq!(found, [("b.md", Some("c")), ("", Some("g")), ("i", None)]);
}
