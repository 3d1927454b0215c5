//! What the user sees: activities on stdout, everything else on stderr.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use directline_activity::text::{Style, plain};
use directline_activity::{Activity, ActivityKind};
use directline_client::directline::{Piece, Replies};

use crate::args::Chat;
use crate::console::{self, Console};
use crate::line::GrowingLine;
use crate::list::List;
use crate::record;
use crate::said::Said;
use crate::words::{speaker, words};

pub(crate) struct Screen<Out = Box<dyn Write>, Errors = Box<dyn Write>> {
    out: Out,
    errors: Errors,
    is_json: bool,
    has_colours: bool,
    status_has_colours: bool,
    style: Style,
    user: String,
    replies: Replies,
    /// Where answers grow; `None` where a line cannot be taken back.
    line: Option<GrowingLine>,
    /// What was typed on the terminal, which shows it already.
    typed: VecDeque<String>,
    hides_typed: bool,
    /// The newest numbered list.
    list: Option<List>,
    said: Said,
}

impl Screen {
    /// On the console, if there is one: above the line that is edited there.
    pub(crate) fn new(chat: &Chat, console: Option<&Console>) -> Screen {
        let (is_json, user) = (chat.json, chat.user.as_str());
        let is_capable = env::var_os("TERM").is_none_or(|value| value != "dumb");
        let wants_colours =
            is_capable && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let (are_errors_terminal, has_colours) =
            (io::stderr().is_terminal(), wants_colours && is_terminal);
        let (out, errors, line): (Box<dyn Write>, Box<dyn Write>, _) = match console {
            Some(console) => {
                let columns = console::columns().unwrap_or_else(columns);
                let errors: Box<dyn Write> = match are_errors_terminal {
                    true => Box::new(console.above()),
                    false => Box::new(io::stderr()),
                };
                (Box::new(console.above()), errors, Some(GrowingLine::above(columns)))
            }
            // What is recorded goes to stdout.
            None if record::is_stdout(chat) => {
                (Box::new(BufWriter::new(io::stderr())), Box::new(io::stderr()), None)
            }
            None => {
                let has_line = is_terminal && is_capable && !is_json;
                let line = has_line.then(|| GrowingLine::new(columns()));
                (Box::new(BufWriter::new(io::stdout())), Box::new(io::stderr()), line)
            }
        };
        Screen {
            out,
            errors,
            is_json,
            has_colours,
            status_has_colours: wants_colours && are_errors_terminal,
            // Links that can be followed are what such terminals understand or leave out.
            style: if has_colours { Style::Terminal } else { Style::Plain },
            user: user.into(),
            replies: Replies::new(),
            line,
            typed: VecDeque::new(),
            hides_typed: io::stdin().is_terminal() && is_terminal,
            list: None,
            said: Said::default(),
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
        let Ok(activity) = Activity::from_json(json) else {
            self.tell("something that cannot be shown was said: /raw shows it as it came");
            return Ok(());
        };
        match self.replies.take(json) {
            Piece::Plain => self.say(&activity),
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
                self.say(&ended(activity))
            }
            Piece::Withdrawn { stream } => self.take_back(&stream),
            Piece::Late => Ok(()),
        }
    }

    fn say(&mut self, activity: &Activity) -> io::Result<()> {
        let Some(words) = words(activity, self.style) else { return Ok(()) };
        let id = activity.from.as_ref().and_then(|from| from.id.as_deref());
        let is_own = id == Some(&*self.user);
        let name = speaker(activity);
        let indent = format!("\n{}", " ".repeat(name.chars().count() + 2));
        let text = words.text.replace('\n', &indent);
        let text = match (self.has_colours, is_own) {
            (false, _) => format!("{name}: {text}\n"),
            (true, true) => format!("\x1b[32m{name}:\x1b[0m {text}\n"),
            (true, false) => format!("\x1b[1;36m{name}:\x1b[0m {text}\n"),
        };
        if !is_own {
            self.list = List::of(activity, words.buttons).or(self.list.take());
        }
        self.said.push(&text);
        if is_own && self.was_typed(activity) {
            return Ok(());
        }
        self.finish_line()?;
        self.out.write_all(text.as_bytes())
    }

    /// What was said last, again.
    pub(crate) fn show_again(&mut self, count: usize) -> io::Result<()> {
        self.finish_line()?;
        if self.said.is_empty() {
            self.tell("nothing was said yet");
        }
        self.out.write_all(self.said.last(count).as_bytes())
    }

    /// The newest numbered list.
    pub(crate) fn list(&self) -> Option<&List> {
        self.list.as_ref()
    }

    /// The user has said something.
    pub(crate) fn answered(&mut self) {
        if let Some(list) = &mut self.list {
            list.answered();
        }
    }

    /// Shows how far an answer has come, where that can be taken back.
    fn grow(&mut self, activity: &Activity, stream: &str, text: &str) -> io::Result<()> {
        match &mut self.line {
            Some(line) => line.write(&mut self.out, stream, &speaker(activity), text),
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
        let _ = self.errors.flush();
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

    /// A line was typed, so the terminal's cursor has moved on.
    pub(crate) fn line_ended(&mut self) {
        if let Some(growing) = self.line.as_mut().filter(|_| self.hides_typed) {
            growing.left();
        }
    }

    /// Remembers a line that the terminal has shown when it was typed.
    pub(crate) fn typed(&mut self, line: &str) {
        if self.hides_typed {
            self.typed.push_back(line.into());
            if self.typed.len() > TYPED_MAX {
                self.typed.pop_front();
            }
        }
    }

    fn was_typed(&mut self, activity: &Activity) -> bool {
        let text = activity.text.as_deref().unwrap_or_default();
        let index = self.typed.iter().position(|line| line == text);
        index.and_then(|index| self.typed.remove(index)).is_some()
    }
}

/// The activity that ends a stream. Some bots end one with a piece of typing.
fn ended(mut activity: Activity) -> Activity {
    if activity.kind == Some(ActivityKind::Typing) {
        activity.kind = Some(ActivityKind::Message);
    }
    activity
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
