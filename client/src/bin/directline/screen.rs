//! What the user sees: activities on stdout, everything else on stderr.

use std::collections::VecDeque;
use std::env;
use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};

use directline_client::directline::{Piece, Replies};
use serde_json::Value;

use crate::line::GrowingLine;
use crate::plain::plain;

pub(crate) struct Screen<Out = BufWriter<Stdout>, Errors = Stderr> {
    out: Out,
    errors: Errors,
    is_json: bool,
    has_colours: bool,
    status_has_colours: bool,
    user: String,
    replies: Replies,
    /// Where answers grow; `None` where a line cannot be taken back.
    line: Option<GrowingLine>,
    /// What was typed on the terminal, which shows it already.
    typed: VecDeque<String>,
    hides_typed: bool,
}

impl Screen {
    pub(crate) fn new(is_json: bool, user: &str) -> Screen {
        let is_capable = env::var_os("TERM").is_none_or(|value| value != "dumb");
        let wants_colours =
            is_capable && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        Screen {
            out: BufWriter::new(io::stdout()),
            errors: io::stderr(),
            is_json,
            has_colours: wants_colours && is_terminal,
            status_has_colours: wants_colours && io::stderr().is_terminal(),
            user: user.into(),
            replies: Replies::new(),
            line: (is_terminal && is_capable && !is_json).then(|| GrowingLine::new(columns())),
            typed: VecDeque::new(),
            hides_typed: io::stdin().is_terminal() && is_terminal,
        }
    }
}

impl<Out: Write, Errors: Write> Screen<Out, Errors> {
    /// Shows an activity; buffered until [`Screen::flush`].
    pub(crate) fn show(&mut self, json: &str) -> io::Result<()> {
        if self.is_json {
            // Line breaks in JSON stand between tokens only, or they would be escaped.
            for piece in json.as_bytes().split(|byte| matches!(byte, b'\n' | b'\r')) {
                self.out.write_all(piece)?;
            }
            return self.out.write_all(b"\n");
        }
        let Ok(activity) = serde_json::from_str::<Value>(json) else { return Ok(()) };
        match self.replies.take(json) {
            Piece::Plain => match describe(&activity) {
                Some(text) => self.say(&activity, &text),
                None => Ok(()),
            },
            Piece::Informed { stream, text } => {
                let text = format!("… {text}");
                if self.line.is_none() {
                    self.tell(text.trim_end());
                }
                self.grow(&activity, &stream, &text)
            }
            Piece::Grown { stream, text } => {
                let text = if text.is_empty() { "…" } else { &*text };
                self.grow(&activity, &stream, text)
            }
            Piece::Finished { stream, .. } => {
                self.take_back(&stream)?;
                // Some bots end a stream with one more piece of typing.
                let kind = kind(&activity);
                let text = words(if kind == "typing" { "message" } else { kind }, &activity);
                self.say(&activity, &text)
            }
            Piece::Withdrawn { stream } => self.take_back(&stream),
            Piece::Late => Ok(()),
        }
    }

    fn say(&mut self, activity: &Value, text: &str) -> io::Result<()> {
        let is_own = activity["from"]["id"] == self.user.as_str();
        if is_own && self.was_typed(activity) {
            return Ok(());
        }
        self.finish_line()?;
        let name = plain(speaker(activity)).replace('\n', " ");
        let indented = plain(text).replace('\n', &format!("\n{}", " ".repeat(name.len() + 2)));
        match (self.has_colours, is_own) {
            (false, _) => writeln!(self.out, "{name}: {indented}"),
            (true, true) => writeln!(self.out, "\x1b[32m{name}:\x1b[0m {indented}"),
            (true, false) => writeln!(self.out, "\x1b[1;36m{name}:\x1b[0m {indented}"),
        }
    }

    /// Shows how far an answer has come, where that can be taken back.
    fn grow(&mut self, activity: &Value, stream: &str, text: &str) -> io::Result<()> {
        match &mut self.line {
            Some(line) => line.write(&mut self.out, stream, speaker(activity), text),
            None => Ok(()),
        }
    }

    fn take_back(&mut self, stream: &str) -> io::Result<()> {
        match &mut self.line {
            Some(line) => line.clear(&mut self.out, stream),
            None => Ok(()),
        }
    }

    /// Leaves an answer that is not whole as it is: what follows has a line of its own.
    pub(crate) fn finish_line(&mut self) -> io::Result<()> {
        match &mut self.line {
            Some(line) => line.finish(&mut self.out),
            None => Ok(()),
        }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Tells what is going on. What may come from the network is made harmless.
    pub(crate) fn tell(&mut self, line: &str) {
        let line = plain(line).replace('\n', " ");
        let line =
            if self.status_has_colours { format!("\x1b[2m{line}\x1b[0m\n") } else { line + "\n" };
        // In order with what was shown before, if both go to the same terminal. Whether anybody
        // still reads either is found out elsewhere.
        if !self.is_json {
            let _ = self.finish_line();
            let _ = self.out.flush();
        }
        let _ = self.errors.write_all(line.as_bytes());
    }

    /// Writes lines where results go: to stdout, or to stderr if stdout holds JSON.
    pub(crate) fn report(&mut self, lines: &str) -> io::Result<()> {
        if self.is_json {
            self.errors.write_all(lines.as_bytes())
        } else {
            self.finish_line()?;
            self.out.write_all(lines.as_bytes())
        }
    }

    /// Remembers a line that the terminal has shown when it was typed.
    pub(crate) fn typed(&mut self, line: &str) {
        if self.hides_typed {
            // Its end has moved the cursor on.
            if let Some(growing) = &mut self.line {
                growing.left();
            }
            self.typed.push_back(line.into());
            if self.typed.len() > TYPED_MAX {
                self.typed.pop_front();
            }
        }
    }

    fn was_typed(&mut self, activity: &Value) -> bool {
        let text = activity["text"].as_str().unwrap_or_default();
        let index = self.typed.iter().position(|line| line == text);
        index.and_then(|index| self.typed.remove(index)).is_some()
    }
}

fn speaker(activity: &Value) -> &str {
    let from = &activity["from"];
    let name = from["name"].as_str().filter(|name| !name.is_empty());
    name.or_else(|| from["id"].as_str()).unwrap_or("somebody")
}

fn kind(activity: &Value) -> &str {
    activity["type"].as_str().unwrap_or("message")
}

/// An activity in words; `None` for what is no news to a reader.
fn describe(activity: &Value) -> Option<String> {
    let kind = kind(activity);
    (kind != "typing").then(|| words(kind, activity))
}

fn words(kind: &str, activity: &Value) -> String {
    let mut parts = Vec::new();
    match kind {
        "endOfConversation" => parts.push("[ends the conversation]".to_owned()),
        "message" => {}
        _ => {
            let name = activity["name"].as_str().unwrap_or_default();
            parts.push(format!("[{}]", format!("{kind} {name}").trim_end()));
        }
    }
    parts.extend(activity["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned));
    for attachment in activity["attachments"].as_array().into_iter().flatten() {
        let kind = attachment["contentType"].as_str().unwrap_or("unknown");
        let name = attachment["name"].as_str().unwrap_or_default();
        parts.push(format!("[{}]", format!("attachment {kind} {name}").trim_end()));
    }
    let choices = activity["suggestedActions"]["actions"].as_array().into_iter().flatten();
    let titles: Vec<_> = choices.filter_map(|choice| choice["title"].as_str()).collect();
    if !titles.is_empty() {
        parts.push(format!("[choices: {}]", titles.join(", ")));
    }
    if parts.is_empty() {
        parts.push("[empty message]".into());
    }
    parts.join("\n")
}

/// How wide the terminal is, as far as anybody says so.
fn columns() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(COLUMNS)
}

/// What terminals open with.
const COLUMNS: usize = 80;
/// Typed lines whose echo may still come.
const TYPED_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use serde_json::json;

    use super::*;

    /// A terminal that both outputs go to, as it would look, and all that was written to it.
    #[derive(Clone, Default)]
    struct Terminal(Rc<RefCell<Vec<u8>>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Terminal {
        fn screen(&self, line: Option<GrowingLine>) -> Screen<Terminal, Terminal> {
            Screen {
                out: self.clone(),
                errors: self.clone(),
                is_json: false,
                has_colours: false,
                status_has_colours: false,
                user: "me".into(),
                replies: Replies::new(),
                hides_typed: line.is_some(),
                line,
                typed: VecDeque::new(),
            }
        }

        /// The lines as they are seen.
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.borrow().clone()).expect("text");
            let text = text.replace("\x1b[?7l", "").replace("\x1b[?7h", "");
            let seen = |line: &str| line.rsplit("\r\x1b[2K").next().map(str::to_owned);
            text.split('\n').filter_map(seen).collect()
        }
    }

    fn piece(kind: &str, stream: &str, sequence: u64, text: &str) -> String {
        let data = json!({
            "streamType": kind, "streamId": stream, "streamSequence": sequence
        });
        let activity = if kind == "final" { "message" } else { "typing" };
        let from = json!({"id": "bot"});
        json!({"type": activity, "from": from, "text": text, "channelData": data}).to_string()
    }

    fn message(from: &str, text: &str) -> String {
        json!({"type": "message", "from": {"id": from}, "text": text}).to_string()
    }

    #[test]
    fn an_answer_grows_in_place() {
        let terminal = Terminal::default();
        let mut screen = terminal.screen(Some(GrowingLine::new(20)));
        for (json, lines) in [
            (message("bot", "ask"), &["bot: ask", ""][..]),
            (piece("informative", "s", 1, "searching"), &["bot: ask", "bot: … searching"]),
            (piece("streaming", "s", 2, ""), &["bot: ask", "bot: …"]),
            (piece("streaming", "s", 3, "A quick"), &["bot: ask", "bot: A quick"]),
            (piece("streaming", "s", 2, "A"), &["bot: ask", "bot: A quick"]),
            (
                piece("streaming", "s", 4, "A quick\nbrown fox"),
                &["bot: ask", "bot: …uick brown fox"],
            ),
            (message("bot", "psst"), &["bot: ask", "bot: …uick brown fox", "bot: psst", ""]),
        ] {
            screen.show(&json).expect("memory can be written to");
            assert_eq!(terminal.lines(), lines, "{json}");
        }
        screen.show(&piece("streaming", "s", 5, "A quick")).expect("written");
        screen.show(&piece("final", "s", 6, "A quick\nbrown fox jumps.")).expect("written");
        screen.show(&piece("streaming", "s", 7, "late")).expect("written");
        assert_eq!(terminal.lines()[3..], ["bot: A quick", "     brown fox jumps.", ""]);
    }

    #[test]
    fn what_comes_in_between_has_a_line_of_its_own() {
        let terminal = Terminal::default();
        let mut screen = terminal.screen(Some(GrowingLine::new(40)));
        screen.show(&piece("streaming", "s", 1, "one")).expect("written");
        screen.tell("connected");
        screen.show(&piece("streaming", "s", 2, "one two")).expect("written");
        assert_eq!(terminal.lines(), ["bot: one", "connected", "bot: one two"]);
        // What is typed ends the line by itself, and its echo is shown by the terminal.
        terminal.clone().write_all(b"typed\n").expect("written");
        screen.typed("typed");
        screen.show(&message("me", "typed")).expect("written");
        screen.show(&piece("streaming", "s", 3, "one two three")).expect("written");
        assert_eq!(terminal.lines()[2..], ["bot: one twotyped", "bot: one two three"]);
        screen.show(&piece("final", "s", 4, "")).expect("written");
        assert_eq!(terminal.lines()[3..], [""], "the bot thought better of it");
        screen.show(&piece("streaming", "t", 1, "unfinished")).expect("written");
        screen.finish_line().expect("written");
        screen.finish_line().expect("written");
        assert_eq!(terminal.lines()[3..], ["bot: unfinished", ""]);
    }

    #[test]
    fn elsewhere_only_the_whole_answer_is_shown() {
        let terminal = Terminal::default();
        let mut screen = terminal.screen(None);
        screen.show(&piece("informative", "s", 1, "searching")).expect("written");
        screen.show(&piece("streaming", "s", 2, "A quick")).expect("written");
        let end = piece("final", "s", 3, "A quick fox.").replace("\"message\"", "\"typing\"");
        screen.show(&end).expect("written");
        assert_eq!(terminal.lines(), ["… searching", "bot: A quick fox.", ""]);
        assert!(!terminal.0.borrow().contains(&b'\x1b'));
    }

    #[test]
    fn json_is_shown_piece_by_piece_as_it_came() {
        let terminal = Terminal::default();
        let mut screen = terminal.screen(None);
        screen.is_json = true;
        let pieces = [piece("streaming", "s", 1, "A"), piece("final", "s", 2, "AB")];
        for piece in &pieces {
            screen.show(piece).expect("written");
        }
        assert_eq!(terminal.lines(), [&*pieces[0], &*pieces[1], ""]);
    }

    #[test]
    fn activities_are_described_in_words() {
        for (activity, words) in [
            (json!({"type": "message", "text": "hi"}), Some("hi")),
            (json!({"type": "typing"}), None),
            (json!({"type": "event", "name": "x"}), Some("[event x]")),
            (
                json!({"type": "message", "attachments": [{"contentType": "image/png"}]}),
                Some("[attachment image/png]"),
            ),
            (
                json!({"suggestedActions": {"actions": [{"title": "a"}, {"title": "b"}]}}),
                Some("[choices: a, b]"),
            ),
            (json!({"type": 7, "text": [], "attachments": {}}), Some("[empty message]")),
        ] {
            assert_eq!(describe(&activity).as_deref(), words, "{activity}");
        }
    }
}
