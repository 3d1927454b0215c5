//! Text from the network, made harmless for a terminal.

use std::fmt::Write as _;

/// `text` with everything escaped that could move a cursor, change a colour or turn text around.
pub(crate) fn plain(text: &str) -> String {
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

fn is_harmful(character: char) -> bool {
    // Beside the control characters those that embed, override or isolate a writing direction,
    // and the line separators that some terminals act on.
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        assert_eq!(plain("a\x1b[2Jb\u{9b}31m\u{7}"), "a\\u{1b}[2Jb\\u{9b}31m\\u{7}");
        assert_eq!(plain("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(plain("zwei\r\nZeilen\tä 🙂"), "zwei\nZeilen ä 🙂");
    }
}
