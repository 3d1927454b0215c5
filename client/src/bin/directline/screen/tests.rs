//! What a terminal looks like, whatever comes in.

use std::cell::RefCell;
use std::collections::BTreeMap;
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
            style: Style::Plain,
            has_colours: false,
            status_has_colours: false,
            user: "me".into(),
            replies: Replies::new(),
            hides_typed: line.is_some(),
            line,
            typed: VecDeque::new(),
            list: None,
            said: Said::default(),
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
        (piece("streaming", "s", 4, "A quick\nbrown fox"), &["bot: ask", "bot: …uick brown fox"]),
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
fn of_what_was_typed_the_newest_is_remembered() {
    let terminal = Terminal::default();
    let mut screen = terminal.screen(Some(GrowingLine::new(40)));
    for number in 0..=TYPED_MAX {
        screen.typed(&number.to_string());
    }
    for (text, lines) in [("1", 0), ("0", 1), ("1", 2)] {
        screen.show(&message("me", text)).expect("written");
        let shown = terminal.lines().iter().filter(|line| line.starts_with("me: ")).count();
        assert_eq!(shown, lines, "{text}");
    }
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
    screen.line_ended();
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
fn a_line_that_was_typed_on_ends_once() {
    let terminal = Terminal::default();
    let mut screen = terminal.screen(Some(GrowingLine::new(40)));
    screen.show(&piece("streaming", "s", 1, "one")).expect("written");
    terminal.clone().write_all(b"typed\n").expect("written");
    screen.line_ended();
    screen.tell("connected");
    assert_eq!(terminal.lines(), ["bot: onetyped", "connected", ""]);
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
fn what_cannot_be_read_is_not_passed_over_in_silence() {
    let terminal = Terminal::default();
    let mut screen = terminal.screen(None);
    let deep = format!(r#"{{"type":"message","value":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    screen.show(&deep).expect("written");
    assert!(terminal.lines()[0].contains("cannot be shown"), "{:?}", terminal.lines());
}

#[test]
fn the_newest_list_is_the_bots_and_what_was_said_can_be_shown_again() {
    let terminal = Terminal::default();
    let mut screen = terminal.screen(None);
    let asked = |title: &str| {
        let action = json!({"type": "imBack", "title": title, "value": title});
        let from = json!({"id": "bot"});
        let suggested = json!({"actions": [action]});
        json!({"type": "message", "from": from, "suggestedActions": suggested}).to_string()
    };
    assert!(screen.list().is_none());
    for title in ["old", "new"] {
        screen.show(&asked(title)).expect("written");
    }
    screen.show(&message("bot", "well?")).expect("written");
    screen.show(&message("me", "hm")).expect("written");
    let list = format!("{:?}", screen.list().expect("a list"));
    assert!(list.contains("new") && !list.contains("old"), "{list}");
    let press = |screen: &Screen<Terminal, Terminal>| {
        crate::list::press(screen.list(), "1", &BTreeMap::new()).is_ok()
    };
    assert!(press(&screen));
    screen.answered();
    assert!(!press(&screen), "what is suggested is good for one answer");
    screen.show_again(2).expect("written");
    let lines = terminal.lines();
    assert_eq!(lines[lines.len() - 3..], ["bot: well?", "me: hm", ""]);
}
