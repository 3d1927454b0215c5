//! A line of the terminal that is written again and again, until what it tells is whole.

use std::io::{self, Write};

use directline_activity::text::plain;

#[derive(Debug)]
pub(crate) struct GrowingLine {
    columns: usize,
    /// Whether something else stands below it, so that the cursor is never on it.
    is_above: bool,
    /// The stream whose text stands on the line that the cursor is on, or was before its end.
    stream: Option<Box<str>>,
}

impl GrowingLine {
    pub(crate) fn new(columns: usize) -> GrowingLine {
        GrowingLine { columns, is_above: false, stream: None }
    }

    /// Above a line that is edited: all that is written there ends with a line break.
    pub(crate) fn above(columns: usize) -> GrowingLine {
        GrowingLine { is_above: true, ..GrowingLine::new(columns) }
    }

    /// Writes `text` in place of what the line holds. Of a long one the end is shown, since that
    /// is where it grows.
    pub(crate) fn write(
        &mut self,
        out: &mut impl Write,
        stream: &str,
        name: &str,
        text: &str,
    ) -> io::Result<()> {
        let is_there = self.stream.replace(stream.into()).is_some();
        let name = plain(name).replace('\n', " ");
        let text = plain(text).replace('\n', " ");
        let room = self.columns.saturating_sub(columns(&name) + ": ".len());
        let shown = end_of(&text, room);
        // A line that wraps could not be taken back: a narrower terminal cuts it.
        let (up, end) = match (self.is_above, is_there) {
            (true, true) => (UP, "\n"),
            (true, false) => ("", "\n"),
            (false, _) => ("", ""),
        };
        write!(out, "{up}{CLEAR}{WRAP_OFF}{name}: {shown}{WRAP_ON}{end}")
    }

    /// Takes the line back, if it is about `stream`.
    pub(crate) fn clear(&mut self, out: &mut impl Write, stream: &str) -> io::Result<()> {
        if self.stream.as_deref() != Some(stream) {
            return Ok(());
        }
        self.stream = None;
        match self.is_above {
            // A line break has to end it, and what follows takes its place.
            true => writeln!(out, "{UP}{CLEAR}{UP}"),
            false => out.write_all(CLEAR.as_bytes()),
        }
    }

    /// Leaves the line as it is, so that something else can be written below.
    pub(crate) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        match self.stream.take() {
            Some(_) if !self.is_above => out.write_all(b"\n"),
            _ => Ok(()),
        }
    }

    /// The cursor is on another line already.
    pub(crate) fn left(&mut self) {
        self.stream = None;
    }
}

/// `text`, or as much of its end as there is room for.
fn end_of(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub("…".chars().count());
    let mut start = text.len();
    for (index, character) in text.char_indices().rev() {
        let width = width(character);
        if width > left {
            break;
        }
        left -= width;
        start = index;
    }
    format!("…{}", &text[start..])
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Too much for some, never too little: emoji and East Asian scripts take two columns.
fn width(character: char) -> usize {
    if character < '\u{1100}' || character == '…' { 1 } else { 2 }
}

/// To the start of the line, and all of it away.
const CLEAR: &str = "\r\x1b[2K";
const UP: &str = "\x1b[1A";
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_end_is_shown() {
        assert_eq!(end_of("short", 5), "short");
        assert_eq!(end_of("longer", 5), "…nger");
        assert_eq!(end_of("ab 🙂🙂", 5), "…🙂🙂");
        assert_eq!(end_of("ab 🙂🙂", 4), "…🙂");
        assert_eq!(end_of("anything", 0), "…");
    }

    #[test]
    fn a_name_takes_room_from_the_text() {
        for (name, text, shown) in [
            ("bot", "0123456789", "bot: 0123456789"),
            ("bot", "0123456789ab", "bot: …3456789ab"),
            ("漢", "0123456789abcdef", "漢: …6789abcdef"),
            // The last letter that takes one column, and the first that may take two.
            ("\u{10ff}", "0123456789abcdef", "\u{10ff}: …56789abcdef"),
            ("\u{1100}", "0123456789abcdef", "\u{1100}: …6789abcdef"),
        ] {
            let mut out = Vec::new();
            GrowingLine::new(15).write(&mut out, "s", name, text).expect("memory");
            let line = format!("{CLEAR}{WRAP_OFF}{shown}{WRAP_ON}");
            assert_eq!(String::from_utf8(out).expect("text"), line);
        }
    }

    #[test]
    fn above_a_line_that_is_edited_each_ends_with_a_break() {
        let (mut line, mut out) = (GrowingLine::above(20), Vec::new());
        line.write(&mut out, "s", "b", "one").expect("memory");
        line.write(&mut out, "s", "b", "two").expect("memory");
        line.clear(&mut out, "s").expect("memory");
        line.write(&mut out, "t", "b", "three").expect("memory");
        line.finish(&mut out).expect("memory");
        let line = |text: &str| format!("{CLEAR}{WRAP_OFF}b: {text}{WRAP_ON}\n");
        let (one, two, three) = (line("one"), line("two"), line("three"));
        let expected = format!("{one}{UP}{two}{UP}{CLEAR}{UP}\n{three}");
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    #[test]
    fn only_what_is_there_is_taken_back_or_left() {
        let (mut line, mut out) = (GrowingLine::new(20), Vec::new());
        let mut written = |act: &mut dyn FnMut(&mut GrowingLine, &mut Vec<u8>)| {
            act(&mut line, &mut out);
            String::from_utf8(std::mem::take(&mut out)).expect("text")
        };
        let clear = |stream: &'static str| {
            move |line: &mut GrowingLine, out: &mut Vec<u8>| {
                line.clear(out, stream).expect("memory can be written to");
            }
        };
        let mut finish = |line: &mut GrowingLine, out: &mut Vec<u8>| {
            line.finish(out).expect("memory can be written to");
        };
        let mut write = |line: &mut GrowingLine, out: &mut Vec<u8>| {
            line.write(out, "s", "b\x1bt", "one\ntwo").expect("memory can be written to");
        };
        assert_eq!(written(&mut finish), "");
        assert_eq!(written(&mut write), "\r\x1b[2K\x1b[?7lb\\u{1b}t: one two\x1b[?7h");
        assert_eq!(written(&mut clear("t")), "");
        assert_eq!(written(&mut clear("s")), "\r\x1b[2K");
        assert_eq!(written(&mut finish), "");
        written(&mut write);
        assert_eq!(written(&mut finish), "\n");
        assert_eq!(written(&mut clear("s")), "");
        written(&mut write);
        assert_eq!(written(&mut |line, _| line.left()), "");
        assert_eq!(written(&mut finish), "", "the cursor has left it");
    }
}
