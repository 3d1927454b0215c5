//! Markdown, lightly: marks that are understood are taken off, everything else stays as it is.
//!
//! What comes in has been made harmless; what is added here is all that a terminal may act on.

use super::Style;
use super::paper::{bold, italic, link};

/// The lines of a text.
pub(super) fn lines(text: &str, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let begin = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| begin.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (Some(_), _) => lines.push(line.to_owned()),
            (None, None) => lines.push(outside_code(line, style)),
        }
    }
    lines
}

fn outside_code(line: &str, style: Style) -> String {
    let line = line.trim_end();
    let begin = line.trim_start();
    let indent = &line[..line.len() - begin.len()];
    let after_marks = begin.trim_start_matches('#');
    let level = begin.len() - after_marks.len();
    if (1..=6).contains(&level) && after_marks.starts_with(' ') {
        return bold(style, &inline(after_marks.trim(), Style::Plain));
    }
    match begin.strip_prefix("* ").or_else(|| begin.strip_prefix("+ ")) {
        Some(item) => format!("{indent}- {}", inline(item, style)),
        None => format!("{indent}{}", inline(begin, style)),
    }
}

/// A text on one line.
pub(super) fn inline(text: &str, style: Style) -> String {
    nested(text, style, LEVELS_MAX)
}

fn nested(text: &str, style: Style, levels: usize) -> String {
    let Some(levels) = levels.checked_sub(1) else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = text[..text.len() - rest.len()].chars().next_back();
        let taken = match first {
            '\\' => escaped(rest),
            '`' => code(rest),
            '<' => address(rest, style),
            '!' | '[' => reference(rest, style, levels),
            '*' | '_' => emphasis(rest, before, style, levels),
            _ => None,
        };
        let (shown, length) = taken.unwrap_or_else(|| (first.to_string(), first.len_utf8()));
        out.push_str(&shown);
        rest = &rest[length..];
    }
    out
}

/// What is shown, and the length of what it stands for.
type Taken = Option<(String, usize)>;

fn escaped(rest: &str) -> Taken {
    let next = rest[1..].chars().next().filter(char::is_ascii_punctuation)?;
    Some((next.to_string(), 2))
}

fn code(rest: &str) -> Taken {
    let after = rest.trim_start_matches('`');
    let mark = &rest[..rest.len() - after.len()];
    let Some(end) = near(after).find(mark) else {
        return Some((mark.to_owned(), mark.len()));
    };
    let inside = &after[..end];
    Some((inside.trim_matches(' ').to_owned(), 2 * mark.len() + end))
}

/// `<https://…>`.
fn address(rest: &str, style: Style) -> Taken {
    let end = near(rest).find('>')?;
    let url = &rest[1..end];
    let is_url = ["http://", "https://", "mailto:"].iter().any(|begin| url.starts_with(begin));
    (is_url && !url.contains(' ')).then(|| (link(style, url), end + 1))
}

/// `[text](url)` and `![text](url "title")`.
fn reference(rest: &str, style: Style, levels: usize) -> Taken {
    let after = rest.strip_prefix('!').unwrap_or(rest).strip_prefix('[')?;
    let middle = near(after).find("](")?;
    let (label, target) = (&after[..middle], &after[middle + 2..]);
    // The label of a link may hold a picture, but no other link begins in it.
    if label.contains('[') && !label.starts_with("![") {
        return None;
    }
    let end = near(target).find(')')?;
    let url = target[..end].split(' ').find(|word| !word.is_empty()).unwrap_or_default();
    let url = url.trim_start_matches('<').trim_end_matches('>');
    let label = nested(label, style, levels);
    let shown = match (label.is_empty() || label == url, url.is_empty()) {
        (_, true) => label,
        (true, false) => link(style, url),
        (false, false) => format!("{label} ({})", link(style, url)),
    };
    Some((shown, rest.len() - target.len() + end + 1))
}

fn emphasis(rest: &str, before: Option<char>, style: Style, levels: usize) -> Taken {
    let mark = &rest[..1];
    let run = rest.len() - rest.trim_start_matches(mark).len();
    if run > 3 {
        return Some((rest[..run].to_owned(), run));
    }
    let mark = &rest[..run.min(2)];
    let is_in_word = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
    // An underscore in the middle of a word is one.
    if mark.starts_with('_') && is_in_word(before) {
        return None;
    }
    let after = &rest[mark.len()..];
    let mut from = 0;
    for _ in 0..TRIES_MAX {
        let end = from + near(after).get(from..)?.find(mark)?;
        let inside = &after[..end];
        let beyond = after[end + mark.len()..].chars().next();
        let is_blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let is_open = is_blank(inside.chars().next())
            || is_blank(inside.chars().next_back())
            // Of more marks than these the last ones close; two are not one that closes.
            || beyond == mark.chars().next()
            || (mark.len() == 1 && inside.ends_with(mark))
            || (mark.starts_with('_') && is_in_word(beyond));
        if !is_open {
            let inside = nested(inside, style, levels);
            let shown = if mark.len() == 2 { bold(style, &inside) } else { italic(style, &inside) };
            return Some((shown, 2 * mark.len() + end));
        }
        from = end + 1;
    }
    None
}

/// As far as the other end of something is looked for, so that a text of nothing but marks costs
/// little.
fn near(text: &str) -> &str {
    let mut end = text.len().min(NEAR_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

const NEAR_BYTES_MAX: usize = 1_000;
/// How many marks are looked at whether they close another.
const TRIES_MAX: usize = 16;
/// How many marks may be inside each other.
const LEVELS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        lines(text, Style::Plain).join("\n")
    }

    #[test]
    fn marks_that_are_understood_are_taken_off() {
        for (text, shown) in [
            (
                "**bold** and *slanted* and __bold__ and _slanted_",
                "bold and slanted and bold and slanted",
            ),
            ("***both*** **a *b* c**", "both a b c"),
            ("`a *b*` ``c`d``", "a *b* c`d"),
            ("[here](https://a.example/b_c_d \"title\")", "here (https://a.example/b_c_d)"),
            (
                "![cat](https://c.example) <https://d.example>",
                "cat (https://c.example) https://d.example",
            ),
            ("[https://e.example](https://e.example) [x]()", "https://e.example x"),
            ("\\*no\\* \\[x]", "*no* [x]"),
            ("# Title #1\n####### none", "Title #1\n####### none"),
            ("* one\n  + two\n- three\n1. four", "- one\n  - two\n- three\n1. four"),
            ("```rust\nlet *a* = b;\n```\n*c*", "let *a* = b;\nc"),
        ] {
            assert_eq!(plain(text), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_mark_stays() {
        for text in [
            "2 * 3 * 4 = 24",
            "_a_b",
            "snake_case_name and a__b__c",
            "a ** b",
            "[1]: https://a.example \"Title\"",
            "[x] (y) [z",
            "`open",
            "<b>bold</b> a < b > c",
            "**open",
            "**",
            "\\u{1b}[2J",
            "C:\\dir",
            "ä*ö",
            "~~~",
        ] {
            let expected = if text == "~~~" { "" } else { text };
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn a_terminal_is_told_what_is_bold_slanted_or_a_link() {
        let shown = |text: &str| lines(text, Style::Terminal).join("\n");
        assert_eq!(shown("**a** *b*"), "\u{1b}[1ma\u{1b}[22m \u{1b}[3mb\u{1b}[23m");
        assert_eq!(shown("# *a*"), "\u{1b}[1ma\u{1b}[22m");
        let url = "https://a.example";
        let linked = format!("\u{1b}]8;;{url}\u{1b}\\{url}\u{1b}]8;;\u{1b}\\");
        assert_eq!(shown(&format!("[x]({url})")), format!("x ({linked})"));
        for other in ["file:///etc/passwd", "javascript:x", "https://ä.example", "https://a\\u{1b}"]
        {
            assert_eq!(shown(&format!("[x]({other})")), format!("x ({other})"));
        }
        assert_eq!(shown("[x](data:text/html;base64,AAAA)"), "x (data:text/html…)");
    }

    #[test]
    fn a_text_of_nothing_but_marks_costs_little() {
        for mark in ["*", "_", "[", "`", "*_", "![", "<", "**a ", "[a](", "*a* _"] {
            let text = format!("x {}", mark.repeat(100_000));
            assert!(!lines(&text, Style::Terminal).is_empty(), "{mark}");
        }
    }
}
