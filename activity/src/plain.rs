//! Text from the network, made harmless for a terminal: the one place that knows how.

use std::fmt::Write as _;

/// `text` with everything escaped that could move a cursor, change a colour or turn text around.
/// Only line breaks are left to do something.
///
/// ```
/// use directline_activity::text::plain;
///
/// assert_eq!(plain("a\u{1b}[2J\tb\r\nc"), "a\\u{1b}[2J b\nc");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let text = text.replace("\r\n", "\n");
    for character in text.chars() {
        match character {
            '\n' => plain.push('\n'),
            '\t' => plain.push(' '),
            _ if is_harmful(character) => {
                // Writing to a `String` cannot fail.
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(character));
            }
            _ => plain.push(character),
        }
    }
    plain
}

/// The same on one line.
#[must_use]
pub fn line(text: &str) -> String {
    plain(text.trim()).replace('\n', " ")
}

/// Whether a terminal could do something with it other than show it.
#[must_use]
pub fn is_harmful(character: char) -> bool {
    // Beside the control characters those that mark, embed, override or isolate a writing
    // direction, and the line separators that some terminals act on.
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        assert_eq!(plain("a\x1b[2Jb\u{9b}31m\u{7}"), "a\\u{1b}[2Jb\\u{9b}31m\\u{7}");
        assert_eq!(plain("x\u{202e}y\u{61c}z\r"), "x\\u{202e}y\\u{61c}z\\u{d}");
        assert_eq!(plain("zwei\r\nZeilen\tä 🙂"), "zwei\nZeilen ä 🙂");
        assert_eq!(line(" zwei\r\nZeilen\n"), "zwei Zeilen");
    }
}
