//! The line that is being typed, and those before it.

use std::collections::VecDeque;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use directline_activity::text::is_harmful;
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar;

#[derive(Debug, Default)]
pub(crate) struct Editor {
    input: Input,
    past: VecDeque<String>,
    /// Which of the past lines is shown, counted from the newest; and what was typed before.
    recalled: Option<(usize, String)>,
}

/// What a key comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The line may look different.
    Edited,
    /// This line is done.
    Entered(String),
    /// Ctrl-D on an empty line.
    EndOfInput,
    /// Ctrl-C.
    Stop,
    /// Ctrl-Z.
    Suspend,
    /// Ctrl-L.
    Clear,
}

impl Editor {
    pub(crate) fn take(&mut self, event: &Event) -> Act {
        match event {
            Event::Paste(text) => self.paste(text),
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.key(event, key),
            _ => {}
        }
        Act::Edited
    }

    fn key(&mut self, event: &Event, key: &KeyEvent) -> Act {
        let is_empty = self.input.value().is_empty();
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) | (KeyCode::Char('j' | 'm'), KeyModifiers::CONTROL) => {
                return self.enter();
            }
            (KeyCode::Char('c'), KeyModifiers::CONTROL) => return Act::Stop,
            (KeyCode::Char('z'), KeyModifiers::CONTROL) => return Act::Suspend,
            (KeyCode::Char('l'), KeyModifiers::CONTROL) => return Act::Clear,
            (KeyCode::Char('d'), KeyModifiers::CONTROL) if is_empty => return Act::EndOfInput,
            (KeyCode::Char('d'), KeyModifiers::CONTROL) => {
                self.input.handle(InputRequest::DeleteNextChar);
            }
            (KeyCode::Up, _) | (KeyCode::Char('p'), KeyModifiers::CONTROL) => self.recall(true),
            (KeyCode::Down, _) | (KeyCode::Char('n'), KeyModifiers::CONTROL) => self.recall(false),
            (KeyCode::Char('b'), KeyModifiers::ALT) => {
                self.input.handle(InputRequest::GoToPrevWord);
            }
            (KeyCode::Char('f'), KeyModifiers::ALT) => {
                self.input.handle(InputRequest::GoToNextWord);
            }
            (KeyCode::Char('d'), KeyModifiers::ALT) => {
                self.input.handle(InputRequest::DeleteNextWord);
            }
            _ => {
                if let Some(request) = to_input_request(event) {
                    self.input.handle(request);
                }
            }
        }
        Act::Edited
    }

    /// Lines that are pasted together stay one text.
    fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        let is_fit = |c: &char| *c == '\n' || !is_harmful(*c);
        let text: String = text.trim_end_matches('\n').chars().filter(is_fit).collect();
        let (mut value, cursor) = (self.input.value().to_owned(), self.input.cursor());
        let place = value.char_indices().nth(cursor).map_or(value.len(), |(place, _)| place);
        value.insert_str(place, &text);
        // What was cut before can still be put back.
        self.input =
            self.input.clone().with_value(value).with_cursor(cursor + text.chars().count());
    }

    fn enter(&mut self) -> Act {
        let line = self.input.value_and_reset();
        self.recalled = None;
        if !line.trim().is_empty() && self.past.back() != Some(&line) {
            self.past.push_back(line.clone());
            if self.past.len() > PAST_MAX {
                self.past.pop_front();
            }
        }
        Act::Entered(line)
    }

    fn recall(&mut self, is_older: bool) {
        let (place, draft) = match (self.recalled.take(), is_older) {
            (None, true) => (0, self.input.value().to_owned()),
            (None, false) => return,
            (Some((place, draft)), true) => (place + 1, draft),
            (Some((0, draft)), false) => {
                self.input = Input::new(draft);
                return;
            }
            (Some((place, draft)), false) => (place - 1, draft),
        };
        let Some(oldest) = self.past.len().checked_sub(1) else { return };
        let place = place.min(oldest);
        self.input = Input::new(self.past[oldest - place].clone());
        self.recalled = Some((place, draft));
    }

    /// The part of the line that there is room for, and the column of the cursor in it. It may be
    /// longer at its end; nothing in it can harm a terminal.
    pub(crate) fn visible(&self, columns: usize) -> (String, usize) {
        let scroll = self.input.visual_scroll(columns);
        let mut passed = 0;
        let shown = self.input.value().chars().skip_while(|c| {
            let is_left = passed < scroll;
            passed += c.width().unwrap_or(1);
            is_left
        });
        // Some take no room of their own.
        let shown = shown.take(4 * columns);
        let shown = shown.map(|c| if is_harmful(c) { '␤' } else { c }).collect();
        (shown, self.input.visual_cursor().saturating_sub(scroll))
    }
}

const PAST_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut Editor, code: KeyCode, modifiers: KeyModifiers) -> Act {
        editor.take(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    fn keys(editor: &mut Editor, text: &str) {
        for c in text.chars() {
            assert_eq!(press(editor, KeyCode::Char(c), KeyModifiers::NONE), Act::Edited);
        }
    }

    fn control(editor: &mut Editor, c: char) -> Act {
        press(editor, KeyCode::Char(c), KeyModifiers::CONTROL)
    }

    #[test]
    fn lines_are_edited_and_recalled() {
        let mut editor = Editor::default();
        keys(&mut editor, "halo");
        press(&mut editor, KeyCode::Left, KeyModifiers::NONE);
        keys(&mut editor, "l");
        control(&mut editor, 'a');
        control(&mut editor, 'd');
        keys(&mut editor, "H");
        assert_eq!(editor.visible(80), ("Hallo".into(), 1));
        let entered = |text: &str| Act::Entered(text.into());
        assert_eq!(press(&mut editor, KeyCode::Enter, KeyModifiers::NONE), entered("Hallo"));
        keys(&mut editor, "zwei");
        assert_eq!(control(&mut editor, 'm'), entered("zwei"));
        keys(&mut editor, "dr");
        for (is_older, shown) in
            [(true, "zwei"), (true, "Hallo"), (true, "Hallo"), (false, "zwei"), (false, "dr")]
        {
            let code = if is_older { KeyCode::Up } else { KeyCode::Down };
            press(&mut editor, code, KeyModifiers::NONE);
            assert_eq!(editor.visible(80).0, shown);
        }
        press(&mut editor, KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(editor.visible(80), ("dr".into(), 2));
    }

    #[test]
    fn words_are_passed_and_deleted_with_alt() {
        let mut editor = Editor::default();
        keys(&mut editor, "one two three");
        let alt = |editor: &mut Editor, c: char| press(editor, KeyCode::Char(c), KeyModifiers::ALT);
        alt(&mut editor, 'b');
        alt(&mut editor, 'b');
        assert_eq!(editor.visible(80).1, "one ".len());
        alt(&mut editor, 'f');
        assert_eq!(editor.visible(80).1, "one two ".len());
        alt(&mut editor, 'd');
        assert_eq!(editor.visible(80).0, "one two ");
    }

    #[test]
    fn a_key_that_is_let_go_is_no_other_key() {
        let mut editor = Editor::default();
        keys(&mut editor, "a");
        let key = |c, modifiers| {
            Event::Key(KeyEvent::new_with_kind(KeyCode::Char(c), modifiers, KeyEventKind::Release))
        };
        assert_eq!(editor.take(&key('a', KeyModifiers::NONE)), Act::Edited);
        assert_eq!(editor.take(&key('c', KeyModifiers::CONTROL)), Act::Edited);
        assert_eq!(editor.visible(80).0, "a");
    }

    #[test]
    fn lines_are_kept_that_say_something_new() {
        let mut editor = Editor::default();
        let mut enter = |text: &str| {
            keys(&mut editor, text);
            press(&mut editor, KeyCode::Enter, KeyModifiers::NONE);
            editor.past.iter().cloned().collect::<Vec<_>>()
        };
        for text in ["one", "", " ", "one", "two"] {
            enter(text);
        }
        assert_eq!(enter("one"), ["one", "two", "one"]);
        let past = (0..PAST_MAX).map(|number| enter(&number.to_string())).last();
        let past = past.expect("at least one");
        assert_eq!((past.len(), &*past[0]), (PAST_MAX, "0"));
        let past = enter("the last");
        assert_eq!((past.len(), &*past[0]), (PAST_MAX, "1"));
    }

    #[test]
    fn keys_that_end_something_do() {
        let mut editor = Editor::default();
        press(&mut editor, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(control(&mut editor, 'd'), Act::EndOfInput);
        assert_eq!(control(&mut editor, 'c'), Act::Stop);
        assert_eq!(control(&mut editor, 'z'), Act::Suspend);
        assert_eq!(control(&mut editor, 'l'), Act::Clear);
        keys(&mut editor, "x");
        control(&mut editor, 'a');
        assert_eq!(control(&mut editor, 'd'), Act::Edited);
        assert_eq!(editor.visible(80).0, "");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_cursor_is_shown() {
        let mut editor = Editor::default();
        keys(&mut editor, "0123456789漢字");
        assert_eq!(editor.visible(6), ("89漢字".into(), 6));
        press(&mut editor, KeyCode::Home, KeyModifiers::NONE);
        assert_eq!(editor.visible(6), ("0123456789漢字".into(), 0));
    }

    #[test]
    fn what_is_pasted_is_one_harmless_text() {
        let mut editor = Editor::default();
        editor.take(&Event::Paste("a\r\nb\tc\u{1b}[2J\r".into()));
        assert_eq!(editor.visible(80).0, "a␤b c[2J");
        assert_eq!(
            press(&mut editor, KeyCode::Enter, KeyModifiers::NONE),
            Act::Entered("a\nb c[2J".into())
        );
        keys(&mut editor, "ad");
        press(&mut editor, KeyCode::Left, KeyModifiers::NONE);
        editor.take(&Event::Paste("bc".into()));
        assert_eq!(editor.visible(80), ("abcd".into(), 3));
        editor.take(&Event::Paste("x".repeat(300_000)));
        assert!(editor.visible(80).0.len() <= 320);
    }
}
