//! FITTING: which mutants can have a switch, as the compiler sees it. All are built together; one that
//! an error is about is taken out, until no error is left.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::{Build, Flaw, Program};
use crate::mutant::{Genre, Mutant};
use crate::rewrite::{Blamed, Rewritten, rewritten};
use crate::sites::{Site, sites};
use crate::text::file_of;
use crate::tree::Tree;

#[derive(Default)]
pub(crate) struct Fitted {
    pub(crate) programs: Vec<Program>,
    /// By their numbers, those that are behind a switch.
    pub(crate) switched: BTreeSet<usize>,
    /// Those whose own text is wrong, wherever it is.
    pub(crate) unviable: BTreeSet<usize>,
    /// The texts of the files.
    texts: BTreeMap<String, Rewritten>,
}

impl Fitted {
    /// Builds the tests with all mutants of `numbers` that can have a switch.
    ///
    /// # Errors
    ///
    /// When there is an error that no mutant is to blame for.
    pub(crate) fn of(
        tree: &Tree,
        all: &[Mutant],
        numbers: impl Iterator<Item = usize>,
    ) -> Result<Fitted, String> {
        let mut fitted = Fitted { switched: numbers.collect(), ..Fitted::default() };
        let mut files: BTreeSet<_> = tree.texts.keys().cloned().collect();
        loop {
            for file in std::mem::take(&mut files) {
                let text = fitted.rewrite(tree, all, &file)?;
                tree.put(&file, &text.text)?;
                fitted.texts.insert(file, text);
            }
            let flaws = match tree.build()? {
                Build::Done(programs) => {
                    fitted.programs = programs;
                    return Ok(fitted);
                }
                Build::Wrong(flaws) => flaws,
            };
            for flaw in &flaws {
                let (out, is_certain) = blamed(flaw, &fitted.texts, all);
                for number in out {
                    files.insert(file_of(&all[number].name));
                    fitted.switched.remove(&number);
                    if is_certain {
                        fitted.unviable.insert(number);
                    }
                }
            }
            if files.is_empty() {
                return Err(format!("the tests do not compile: {:#?}", flaws[0]));
            }
            println!("{} of {} have a switch", fitted.switched.len(), all.len());
        }
    }

    /// The text of a file with its switches.
    fn rewrite(&mut self, tree: &Tree, all: &[Mutant], file: &str) -> Result<Rewritten, String> {
        let text = &tree.texts[file];
        let is_here = |number: &&usize| file_of(&all[**number].name) == file;
        let own = self.switched.iter().filter(is_here).map(|number| (*number, &all[*number]));
        let own: Vec<_> = own.collect();
        let sites = sites(text, &own).map_err(|error| format!("{file}: {error}"))?;
        let placed: BTreeSet<_> = sites.iter().flat_map(Site::numbers).collect();
        own.iter().filter(|own| !placed.contains(&own.0)).for_each(|own| {
            self.switched.remove(&own.0);
        });
        Ok(rewritten(text, &sites))
    }

    /// The text of a file as it was built.
    pub(crate) fn text(&self, file: &str) -> &str {
        self.texts.get(file).map_or("", |own| &own.text)
    }
}

/// Whom an error is about, and whether it would be one without a switch, too.
fn blamed(flaw: &Flaw, texts: &BTreeMap<String, Rewritten>, all: &[Mutant]) -> (Vec<usize>, bool) {
    let at =
        |(file, place): &(String, _)| texts.get(file).map(|text: &Rewritten| text.blamed(place));
    let mut found = flaw.places.iter().filter_map(at);
    let first = found.next().unwrap_or(Blamed::Sites(Vec::new()));
    if let Blamed::Text(number) = first {
        return (vec![number], is_certain(&flaw.code, &all[number]));
    }
    // What it says beside may name one.
    let named = found.find(|own| matches!(own, Blamed::Text(_))).unwrap_or(first);
    match named {
        Blamed::Text(number) => (vec![number], false),
        Blamed::Sites(numbers) => (numbers, false),
    }
}

/// Whether an error in the text of a mutant does not come from what the switch has put around it.
fn is_certain(code: &str, mutant: &Mutant) -> bool {
    match mutant.genre {
        // A value that is returned at once has the type that the last one has.
        Genre::FnValue => ["E0277", "E0308", "E0425", "E0433", "E0599"].contains(&code),
        // Their operands are what they were.
        Genre::BinaryOperator => ["E0277", "E0368", "E0369"].contains(&code),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::tests::mutant;

    #[test]
    fn an_error_is_held_against_the_mutant_whose_text_it_is_in() {
        let (equal, text) = mutant(Genre::BinaryOperator, "fn a() { b ⟦+⟧ -c }", "-");
        let (minus, _) = mutant(Genre::UnaryOperator, "fn a() { b + ⟦-⟧c }", "");
        let own = sites(&text, &[(0, &equal), (1, &minus)]).expect("it is Rust");
        let texts = BTreeMap::from([("a.rs".to_owned(), rewritten(&text, &own))]);
        let all = [equal, minus];
        let new = &texts["a.rs"].text;
        let place = |words: &str| {
            let start = new.find(words).expect(words);
            ("a.rs".to_owned(), start..start + words.len())
        };
        let is = |code: &str, places: &[_]| {
            let places = Vec::from(places);
            blamed(&Flaw { code: code.to_owned(), words: String::new(), places }, &texts, &all)
        };
        assert_eq!(is("E0369", &[place("b - -c")]), (vec![0], true));
        assert_eq!(is("E0308", &[place("b - -c")]), (vec![0], false), "the switch may be to blame");
        assert_eq!(is("E0308", &[place("{ c }")]), (vec![1], false), "the site is");
        assert_eq!(
            is("E0308", &[place("else { -c"), place("- -c")]),
            (vec![0], false),
            "it is named"
        );
        assert_eq!(is("E0308", &[("b.rs".to_owned(), 0..9)]), (Vec::new(), false));
    }
}
