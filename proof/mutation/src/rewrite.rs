//! REWRITING: all mutants of a file in one text, each behind its switch. Nothing of the text is taken
//! away, and the texts that may take its place are as it was: no switch lies in another's.

use std::ops::Range;

use crate::sites::Site;

/// The text with all its switches.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    /// Where the text is that is there instead, by the number of its mutant.
    others: Vec<(Range<usize>, usize)>,
    /// Where the sites are, with the numbers of all their mutants.
    sites: Vec<(Range<usize>, Vec<usize>)>,
}

/// What an error at a place is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Blamed {
    /// The text of one mutant.
    Text(usize),
    /// A site of these, or the texts of these, and who knows which.
    Sites(Vec<usize>),
}

impl Rewritten {
    pub(crate) fn blamed(&self, place: &Range<usize>) -> Blamed {
        let has = |own: &Range<usize>| own.start <= place.start && place.end <= own.end;
        if let Some((_, number)) = self.others.iter().find(|(own, _)| has(own)) {
            return Blamed::Text(*number);
        }
        let around = self.sites.iter().filter(|(own, _)| has(own));
        if let Some((_, numbers)) = around.min_by_key(|(own, _)| own.len()) {
            return Blamed::Sites(numbers.clone());
        }
        let is_in = |own: &Range<usize>| place.start <= own.start && own.end <= place.end;
        let inside = self.others.iter().filter(|(own, _)| is_in(own));
        Blamed::Sites(inside.map(|(_, number)| *number).collect())
    }
}

/// A piece of text that comes in, and where.
struct Piece {
    at: usize,
    /// Among those at one place: the ends of what lies before it, the inner ones first, then the
    /// starts of bodies, then the starts of what follows, the outer ones first.
    order: (u8, usize),
    text: String,
    others: Vec<(Range<usize>, usize)>,
    /// Of which site, and whether it is its end.
    site: usize,
    is_end: bool,
}

pub(crate) fn rewritten(text: &str, sites: &[Site]) -> Rewritten {
    let mut pieces: Vec<_> =
        sites.iter().enumerate().flat_map(|(at, own)| parts(at, own)).collect();
    // It keeps the order of those that are alike.
    pieces.sort_by_key(|piece| (piece.at, piece.order));
    let mut new = Rewritten::default();
    let mut starts = vec![0; sites.len()];
    let mut done = 0;
    for piece in pieces {
        new.text += &text[done..piece.at];
        done = piece.at;
        let at = new.text.len();
        new.text += &piece.text;
        let moved = |(own, number): (Range<usize>, usize)| (at + own.start..at + own.end, number);
        new.others.extend(piece.others.into_iter().map(moved));
        match piece.is_end {
            true => {
                new.sites.push((starts[piece.site]..new.text.len(), sites[piece.site].numbers()));
            }
            false => starts[piece.site] = at,
        }
    }
    new.text += &text[done..];
    new
}

const END: u8 = 0;
const BODY: u8 = 1;
const START: u8 = 2;

/// What a site brings in: a piece, and one where it ends.
fn parts(site: usize, own: &Site) -> [Piece; 2] {
    let mut start = Piece {
        at: 0,
        order: (END, 0),
        text: String::new(),
        others: Vec::new(),
        site,
        is_end: false,
    };
    let mut end = Piece { text: String::new(), others: Vec::new(), is_end: true, ..start };
    match own {
        Site::Choice(range, others) => {
            let length = range.len();
            (start.at, start.order) = (range.start, (START, usize::MAX - length));
            (end.at, end.order) = (range.end, (END, length));
            start.text.push('(');
            for (number, other) in others {
                start.add(&format!("if {IS}({number}) {{ "), (*number, other), " } else ");
            }
            start.text += "{ ";
            end.text += " })";
        }
        Site::Start(at, others) => {
            (start.at, end.at) = (*at, *at);
            (start.order, end.order) = ((BODY, 0), (BODY, 1));
            for (number, other) in others {
                start.add(&format!("if {IS}({number}) {{ return "), (*number, other), "; } ");
            }
        }
        Site::Arm(at, number) => {
            (start.at, end.at) = (*at, *at);
            start.text = format!(" if !{IS}({number})");
        }
    }
    [start, end]
}

impl Piece {
    fn add(&mut self, before: &str, (number, other): (usize, &str), after: &str) {
        self.text += before;
        let from = self.text.len();
        self.text += other;
        self.others.push((from..self.text.len(), number));
        self.text += after;
    }
}

/// What asks for a mutant, in the crate that it is in.
const IS: &str = "crate::mutant::is";

/// What is added to the root of a crate of `count` mutants: which of them it is, by this variable, and
/// when it is asked to, a note of each that is reached, as four bytes. It takes no memory after it was
/// first asked.
pub(crate) fn module(count: usize, variable: &str) -> String {
    MODULE.replace("COUNT", &(count + 1).to_string()).replace(MUTANT, variable)
}

/// The variable that tells which mutant it is.
pub(crate) const MUTANT: &str = "DIRECTLINE_MUTANT";
/// The one that names the file for what is reached.
pub(crate) const REACHED: &str = "DIRECTLINE_MUTANT_REACHED";
/// The one that tells how the machine is broken that a mutant of a judge is faced with.
pub(crate) const BROKEN: &str = "DIRECTLINE_BROKEN";

const MODULE: &str = r#"
#[doc(hidden)]
pub mod mutant {
    use std::fs::File;
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    static ASKED: OnceLock<(u32, Option<File>)> = OnceLock::new();
    static REACHED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

    fn asked() -> (u32, Option<File>) {
        let number = std::env::var("DIRECTLINE_MUTANT").ok().and_then(|text| text.parse().ok());
        let file = std::env::var_os("DIRECTLINE_MUTANT_REACHED");
        let open = |path| File::options().append(true).create(true).open(path).expect("a file");
        (number.unwrap_or(u32::MAX), file.map(open))
    }

    pub fn is(number: u32) -> bool {
        let (asked, file) = ASKED.get_or_init(asked);
        if let Some(mut file) = file.as_ref() {
            if !REACHED[number as usize].swap(true, Relaxed) {
                file.write_all(&number.to_le_bytes()).expect("written");
            }
        }
        *asked == number
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::Genre::{self, *};
    use crate::mutant::tests::mutant;
    use crate::sites::sites;

    /// What becomes of `fn a() { … }` with this in it, of mutants by what is marked; `#1` stands for the
    /// question for the first.
    fn after(body: &str, changes: &[(Genre, &str, &str)]) -> String {
        let whole = |body: &str| format!("fn a() {{ {body} }}");
        let text = whole(body);
        let made = changes.iter().map(|(genre, marked, other)| {
            let (mutant, own) = mutant(*genre, &whole(marked), other);
            assert_eq!(own, text, "only the marks differ");
            mutant
        });
        let made: Vec<_> = made.collect();
        let numbered: Vec<_> = made.iter().enumerate().map(|(at, own)| (at + 1, own)).collect();
        let new = rewritten(&text, &sites(&text, &numbered).expect("it is Rust")).text;
        let mut new = new["fn a() { ".len()..new.len() - " }".len()].to_owned();
        for number in 1..=made.len() {
            new = new.replace(&format!("{IS}({number})"), &format!("#{number}"));
        }
        new
    }

    #[test]
    fn a_function_gives_a_value_at_once() {
        assert_eq!(
            after(
                "x < y",
                &[
                    (FnValue, "⟦x < y⟧", "true"),
                    (FnValue, "⟦x < y⟧", "false"),
                    (BinaryOperator, "x ⟦<⟧ y", "=="),
                ]
            ),
            "if #1 { return true; } if #2 { return false; } (if #3 { x == y } else { x < y })"
        );
    }

    #[test]
    fn operators_side_by_side_are_one_text_each() {
        // Another one binds another way: `(a - b) + c`.
        assert_eq!(
            after(
                "a - b * c",
                &[(BinaryOperator, "a ⟦-⟧ b * c", "/"), (BinaryOperator, "a - b ⟦*⟧ c", "+"),]
            ),
            "(if #1 { a / b * c } else if #2 { a - b + c } else { a - b * c })"
        );
        assert_eq!(
            after("a += b", &[(BinaryOperator, "a ⟦+=⟧ b", "-=")]),
            "(if #1 { a -= b } else { a += b })"
        );
    }

    #[test]
    fn no_switch_lies_in_what_is_there_instead() {
        assert_eq!(
            after(
                "f(a == b) && c",
                &[
                    (BinaryOperator, "f(a == b) ⟦&&⟧ c", "||"),
                    (BinaryOperator, "f(a ⟦==⟧ b) && c", "!="),
                ]
            ),
            "(if #1 { f(a == b) || c } else { f((if #2 { a != b } else { a == b })) && c })"
        );
        // Both start and one ends at one place.
        assert_eq!(
            after("!!a", &[(UnaryOperator, "⟦!⟧!a", ""), (UnaryOperator, "!⟦!⟧a", "")]),
            "(if #1 { !a } else { !(if #2 { a } else { !a }) })"
        );
        assert_eq!(
            after("-a - b", &[(UnaryOperator, "⟦-⟧a - b", ""), (BinaryOperator, "-a ⟦-⟧ b", "+")]),
            "(if #2 { -a + b } else { (if #1 { a } else { -a }) - b })"
        );
    }

    #[test]
    fn conditions_with_a_pattern_are_no_value() {
        assert_eq!(
            after(
                "if let A(b) = !c && d < e && f {}",
                &[
                    (BinaryOperator, "if let A(b) = !c ⟦&&⟧ d < e && f {}", "||"),
                    (BinaryOperator, "if let A(b) = !c && d ⟦<⟧ e && f {}", ">"),
                    (BinaryOperator, "if let A(b) = !c && d < e ⟦&&⟧ f {}", "||"),
                    (UnaryOperator, "if let A(b) = ⟦!⟧c && d < e && f {}", ""),
                ]
            ),
            "if let A(b) = (if #4 { c } else { !c }) && (if #2 { d > e } else { d < e }) && f {}"
        );
    }

    #[test]
    fn an_arm_is_passed_over() {
        assert_eq!(
            after(
                "match a { B(1) | C if d == e => f, G => h, _ => i }",
                &[
                    (
                        MatchArmGuard,
                        "match a { B(1) | C if ⟦d == e⟧ => f, G => h, _ => i }",
                        "true"
                    ),
                    (
                        MatchArmGuard,
                        "match a { B(1) | C if ⟦d == e⟧ => f, G => h, _ => i }",
                        "false"
                    ),
                    (BinaryOperator, "match a { B(1) | C if d ⟦==⟧ e => f, G => h, _ => i }", "!="),
                    (MatchArm, "match a { B(1) | C if d == e => f, ⟦G => h,⟧ _ => i }", ""),
                ]
            ),
            "match a { B(1) | C if (if #1 { true } else if #2 { false } else { \
             (if #3 { d != e } else { d == e }) }) => f, G if !#4 => h, _ => i }"
        );
        assert_eq!(
            after(
                "match a { B | C => d, _ => e }",
                &[(MatchArm, "match a { ⟦B | C => d,⟧ _ => e }", "")]
            ),
            "match a { B | C if !#1 => d, _ => e }"
        );
        // What it leaves nothing takes.
        let text = "match a { true => b, false => c, _ if d => e }";
        let marked = "match a { ⟦true => b,⟧ false => c, _ if d => e }";
        assert_eq!(after(text, &[(MatchArm, marked, "")]), text);
    }

    #[test]
    fn a_field_comes_from_the_base() {
        assert_eq!(
            after(
                "A { b: -1, c, ..d }",
                &[
                    (StructField, "A { ⟦b: -1,⟧ c, ..d }", ""),
                    (StructField, "A { b: -1, ⟦c,⟧ ..d }", ""),
                    (UnaryOperator, "A { b: ⟦-⟧1, c, ..d }", ""),
                ]
            ),
            "(if #1 { A {  c, ..d } } else if #2 { A { b: -1,  ..d } } else { \
             A { b: (if #3 { 1 } else { -1 }), c, ..d } })"
        );
    }

    #[test]
    fn what_the_compiler_works_out_has_no_switch() {
        for (text, genre, marked) in [
            ("const A: i8 = -1;", UnaryOperator, "const A: i8 = ⟦-⟧1;"),
            ("const fn b() -> u8 { 1 }", FnValue, "const fn b() -> u8 { ⟦1⟧ }"),
            ("let a = [b; 1 + 1];", BinaryOperator, "let a = [b; 1 ⟦+⟧ 1];"),
            ("let a: [u8; 1 + 1] = b;", BinaryOperator, "let a: [u8; 1 ⟦+⟧ 1] = b;"),
            ("match a { -1 => b, _ => c }", UnaryOperator, "match a { ⟦-⟧1 => b, _ => c }"),
            ("a(b)", Unknown, "⟦a⟧(b)"),
        ] {
            assert_eq!(after(text, &[(genre, marked, "")]), text);
        }
    }

    #[test]
    fn an_error_is_told_by_its_place() {
        let changes = [(2, "a != b".to_owned()), (5, "a < b".to_owned())];
        let inner = Site::Choice(5..6, vec![(7, "c".to_owned())]);
        let new = rewritten("a == b;", &[Site::Choice(0..6, Vec::from(changes)), inner]);
        let at = |words: &str| {
            let start = new.text.find(words).expect(words);
            new.blamed(&(start..start + words.len()))
        };
        assert_eq!(at("!="), Blamed::Text(2));
        assert_eq!(at("a < b"), Blamed::Text(5));
        assert_eq!(at("a =="), Blamed::Sites(vec![2, 5]));
        assert_eq!(at("else { b }"), Blamed::Sites(vec![7]));
        assert_eq!(at(&new.text), Blamed::Sites(vec![2, 5, 7]));
        assert_eq!(at(";"), Blamed::Sites(Vec::new()));
    }

    #[test]
    fn the_module_asks_for_these_variables() {
        let own = module(7, MUTANT);
        assert!(own.contains("[AtomicBool; 8]") && !own.contains("COUNT"));
        assert!([MUTANT, REACHED].iter().all(|name| own.contains(&format!("\"{name}\""))));
        let other = module(7, BROKEN);
        assert!(other.contains(&format!("\"{BROKEN}\"")) && !other.contains(MUTANT));
    }
}
