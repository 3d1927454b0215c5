//! What the user sees: activities on stdout, everything else on stderr.

use std::collections::VecDeque;
use std::env;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use directline_client::Received;
use serde_json::Value;

use crate::plain::plain;

pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    is_json: bool,
    has_colours: bool,
    status_has_colours: bool,
    user: String,
    /// What was typed on the terminal, which shows it already.
    typed: VecDeque<String>,
    hides_typed: bool,
}

impl Screen {
    pub(crate) fn new(is_json: bool, user: &str) -> Screen {
        let wants_colours = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|value| value != "dumb");
        Screen {
            out: BufWriter::new(io::stdout()),
            is_json,
            has_colours: wants_colours && io::stdout().is_terminal(),
            status_has_colours: wants_colours && io::stderr().is_terminal(),
            user: user.into(),
            typed: VecDeque::new(),
            hides_typed: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    /// Shows an activity; buffered until [`Screen::flush`].
    pub(crate) fn show(&mut self, received: &Received) -> io::Result<()> {
        if self.is_json {
            // Line breaks in JSON stand between tokens only, or they would be escaped.
            for piece in received.json().as_bytes().split(|byte| matches!(byte, b'\n' | b'\r')) {
                self.out.write_all(piece)?;
            }
            return self.out.write_all(b"\n");
        }
        let Ok(activity) = received.decode::<Value>() else { return Ok(()) };
        let Some(text) = describe(&activity) else { return Ok(()) };
        let is_own = activity["from"]["id"] == self.user.as_str();
        if is_own && self.was_typed(&activity) {
            return Ok(());
        }
        let name = plain(speaker(&activity)).replace('\n', " ");
        let indented = plain(&text).replace('\n', &format!("\n{}", " ".repeat(name.len() + 2)));
        match (self.has_colours, is_own) {
            (false, _) => writeln!(self.out, "{name}: {indented}"),
            (true, true) => writeln!(self.out, "\x1b[32m{name}:\x1b[0m {indented}"),
            (true, false) => writeln!(self.out, "\x1b[1;36m{name}:\x1b[0m {indented}"),
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
            let _ = self.out.flush();
        }
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }

    /// Writes lines where results go: to stdout, or to stderr if stdout holds JSON.
    pub(crate) fn report(&mut self, lines: &str) -> io::Result<()> {
        if self.is_json {
            io::stderr().lock().write_all(lines.as_bytes())
        } else {
            self.out.write_all(lines.as_bytes())
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

/// An activity in words; `None` for what is no news to a reader.
fn describe(activity: &Value) -> Option<String> {
    let kind = activity["type"].as_str().unwrap_or("message");
    let mut parts = Vec::new();
    match kind {
        "typing" => return None,
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
    Some(parts.join("\n"))
}

/// Typed lines whose echo may still come.
const TYPED_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
