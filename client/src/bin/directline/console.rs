//! The terminal, while a line is edited on it: what comes in is written above that line.
//!
//! All of it is drawn by the thread that shows activities, so what is typed is never broken;
//! another one only waits for keys. The terminal's settings, which other programs need as they
//! were, are put back by [`give_back`].

use std::cell::RefCell;
use std::env;
use std::io::{self, IsTerminal, Stdout, Write};
use std::num::NonZeroU16;
use std::rc::Rc;
use std::thread;

use crossterm::event::{self, Event};
use crossterm::terminal;
use directline_activity::text::plain;

use crate::editor::{Act, Editor};
use crate::feed::{Feed, Happening};

/// Cheap to clone; all clones are the one terminal.
#[derive(Clone)]
pub(crate) struct Console {
    desk: Rc<RefCell<Desk<Stdout>>>,
}

struct Desk<Out> {
    out: Out,
    editor: Editor,
    /// Whether the line that is edited is on the screen.
    is_editing: bool,
    is_over: bool,
}

impl Console {
    /// The console, where people type and read on a terminal that can move its cursor.
    pub(crate) fn open() -> Option<Console> {
        let is_incapable = env::var("TERM").is_ok_and(|term| INCAPABLE.contains(&&*term));
        let is_there = io::stdin().is_terminal() && io::stdout().is_terminal();
        (is_there && !is_incapable).then(|| {
            let editor = Editor::default();
            let desk = Desk { out: io::stdout(), editor, is_editing: false, is_over: false };
            Console { desk: Rc::new(RefCell::new(desk)) }
        })
    }

    /// Where to write whole lines.
    pub(crate) fn above(&self) -> Above {
        Above { console: self.clone(), lines: Vec::new() }
    }

    /// Begins to read keys, which are fed.
    pub(crate) fn begin(&self, feed: &Feed) -> io::Result<Leave> {
        terminal::enable_raw_mode()?;
        let leave = Leave { console: self.clone() };
        self.desk.borrow_mut().begin()?;
        let feed = feed.clone();
        let reader = move || {
            while let Ok(event) = event::read() {
                feed.happen(Happening::Key(event));
            }
            // The terminal is gone.
            feed.happen(Happening::Stop);
        };
        // Not waited for: it waits for a key when the command ends.
        thread::Builder::new().name("keys".into()).spawn(reader)?;
        Ok(leave)
    }

    /// What a key comes to; a line that is entered stays on the screen.
    pub(crate) fn key(&self, event: &Event) -> io::Result<Act> {
        let mut desk = self.desk.borrow_mut();
        let act = desk.editor.take(event);
        match &act {
            Act::Edited => desk.draw("")?,
            Act::Entered(line) if line.is_empty() => desk.draw("")?,
            Act::Entered(line) => {
                let line = plain(line).replace('\n', "\n  ");
                desk.draw(&format!("{PROMPT}{line}\n"))?;
            }
            Act::Clear => {
                desk.out.write_all(CLEAR_ALL.as_bytes())?;
                desk.draw("")?;
            }
            Act::Suspend => {
                desk.end()?;
                terminal::disable_raw_mode()?;
                suspend();
                terminal::enable_raw_mode()?;
                desk.begin()?;
            }
            Act::EndOfInput | Act::Stop => {}
        }
        Ok(act)
    }

    /// Nothing more is to be typed.
    pub(crate) fn is_over(&self) -> io::Result<()> {
        let mut desk = self.desk.borrow_mut();
        desk.is_over = true;
        desk.draw("")
    }
}

impl<Out: Write> Desk<Out> {
    fn begin(&mut self) -> io::Result<()> {
        self.is_editing = true;
        self.out.write_all(PASTES_MARKED.as_bytes())?;
        self.draw("")
    }

    fn end(&mut self) -> io::Result<()> {
        self.is_editing = false;
        self.out.write_all(CLEAR_LINE.as_bytes())?;
        self.out.write_all(PASTES_UNMARKED.as_bytes())?;
        self.out.flush()
    }

    /// Writes whole lines, and the line that is edited below them.
    fn draw(&mut self, lines: &str) -> io::Result<()> {
        if !self.is_editing {
            self.out.write_all(lines.as_bytes())?;
            return self.out.flush();
        }
        // At once, or it would flicker. There, a line break does not return the cursor.
        let mut drawn = CLEAR_LINE.to_owned();
        drawn.push_str(&lines.replace('\n', "\r\n"));
        drawn.push_str(&self.line(columns().unwrap_or(COLUMNS)));
        self.out.write_all(drawn.as_bytes())?;
        self.out.flush()
    }

    /// The line that is edited, as a terminal shows it that is so wide, and the cursor in its place.
    fn line(&self, columns: usize) -> String {
        let prompt = if self.is_over { "" } else { PROMPT };
        let room = columns.saturating_sub(prompt.len() + 1).max(1);
        let (shown, cursor) = self.editor.visible(room);
        // A line that wraps could not be taken back.
        let line = format!("{WRAP_OFF}{prompt}{shown}{WRAP_ON}\r");
        match prompt.len() + cursor {
            // It would be read as one.
            0 => line,
            column => format!("{line}\x1b[{column}C"),
        }
    }
}

/// Writes above the line that is edited, line by line.
pub(crate) struct Above {
    console: Console,
    lines: Vec<u8>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.lines);
        self.console.desk.borrow_mut().draw(&String::from_utf8_lossy(&lines))
    }
}

/// Leaves the terminal as it was found, once dropped.
pub(crate) struct Leave {
    console: Console,
}

impl Drop for Leave {
    fn drop(&mut self) {
        if let Ok(mut desk) = self.console.desk.try_borrow_mut() {
            desk.is_editing = false;
        }
        give_back();
    }
}

/// Puts the terminal's settings back, if they were changed; from any thread.
pub(crate) fn give_back() {
    if terminal::is_raw_mode_enabled().is_ok_and(|is_raw| is_raw) {
        // There is nothing to be done where that fails: the terminal is gone.
        let _ = write!(io::stdout(), "{CLEAR_LINE}{PASTES_UNMARKED}");
        let _ = io::stdout().flush();
        let _ = terminal::disable_raw_mode();
    }
}

/// How wide the terminal is.
pub(crate) fn columns() -> Option<usize> {
    // One that does not know says zero.
    let columns = terminal::size().ok().and_then(|(columns, _)| NonZeroU16::new(columns));
    columns.map(|columns| columns.get().into())
}

/// Until whoever controls the jobs lets it go on.
#[cfg(unix)]
fn suspend() {
    use rustix::process::{Signal, kill_current_process_group};
    let _ = kill_current_process_group(Signal::TSTP);
}

#[cfg(not(unix))]
fn suspend() {}

const PROMPT: &str = "> ";
/// Where nothing above the prompt can be written.
const INCAPABLE: [&str; 3] = ["dumb", "cons25", "emacs"];
/// What terminals open with.
const COLUMNS: usize = 80;
/// To the start of the line, and all of it away.
const CLEAR_LINE: &str = "\r\x1b[2K";
const CLEAR_ALL: &str = "\x1b[2J\x1b[H";
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";
const PASTES_MARKED: &str = "\x1b[?2004h";
const PASTES_UNMARKED: &str = "\x1b[?2004l";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_edited_fits_with_its_cursor() {
        for (typed, is_over, shown, column) in [
            ("", false, "> ", "\x1b[2C"),
            ("", true, "", ""),
            ("abc", false, "> abc", "\x1b[5C"),
            // The cursor stands behind the text, in the last of ten columns.
            ("0123456789", false, "> 3456789", "\x1b[9C"),
            ("0123456789", true, "123456789", "\x1b[9C"),
        ] {
            let mut editor = Editor::default();
            editor.take(&Event::Paste(typed.into()));
            let desk = Desk { out: Vec::new(), editor, is_editing: true, is_over };
            let line = format!("{WRAP_OFF}{shown}{WRAP_ON}\r{column}");
            assert_eq!(desk.line(10), line, "{typed:?}");
        }
    }
}
