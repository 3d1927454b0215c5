//! What has been written so far. Nothing gets on it that has not been made harmless.

use super::button::Button;
use super::{Shown, Style, markdown};
use crate::plain::{is_harmful, line, plain};

pub(super) struct Paper {
    style: Style,
    lines: Vec<String>,
    buttons: Vec<Button>,
}

impl Paper {
    pub(super) fn new(style: Style) -> Paper {
        Paper { style, lines: Vec::new(), buttons: Vec::new() }
    }

    pub(super) fn shown(mut self) -> Shown {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        Shown { text: self.lines.join("\n"), buttons: self.buttons }
    }

    /// A text as it is, on as many lines as it has.
    pub(super) fn words(&mut self, text: &str) {
        self.lines.extend(plain(text.trim_end()).lines().map(str::to_owned));
    }

    /// A text whose marks are taken for what they mean.
    pub(super) fn markdown(&mut self, text: &str) {
        self.lines.extend(markdown::lines(&plain(text.trim_end()), self.style));
    }

    /// A text on a line of its own.
    pub(super) fn row(&mut self, text: &str) {
        self.lines.push(line(text));
    }

    pub(super) fn heading(&mut self, text: &str) {
        let text = line(text);
        if !text.is_empty() {
            self.lines.push(bold(self.style, &text));
        }
    }

    /// A name and what is to be said about it.
    pub(super) fn fact(&mut self, name: &str, value: &str) {
        let value = markdown::inline(&line(value), self.style);
        let name = line(name);
        match (name.is_empty(), value.is_empty()) {
            (true, true) => {}
            (true, false) => self.lines.push(value),
            (false, _) => {
                let name = format!("{}:", name.trim_end_matches(':'));
                self.lines.push(format!("{} {value}", bold(self.style, &name)).trim_end().into());
            }
        }
    }

    /// Something that is elsewhere: what it is, its name, and where.
    pub(super) fn elsewhere(&mut self, what: &str, name: Option<&str>, url: Option<&str>) {
        let name = name.map(line).unwrap_or_default();
        let what = format!("[{}]", format!("{} {name}", line(what)).trim());
        let url = url.filter(|url| !url.is_empty()).map(|url| link(self.style, &line(url)));
        self.lines.push(url.map_or(what.clone(), |url| format!("{what} {url}")));
    }

    /// A button, with the number by which it is answered, if it can be.
    pub(super) fn button(&mut self, button: Button) {
        let title = button.title();
        let row = match button.refused() {
            Some(told) => format!("  [-] {title} ({} is {})", told.field(), told.value()),
            None => {
                let number = self.buttons.len() + 1;
                let url = button.link().map(|url| link(self.style, &line(&url)));
                let url = url.map(|url| format!(": {url}")).unwrap_or_default();
                self.buttons.push(button.clone());
                format!("  [{number}] {title}{url}")
            }
        };
        self.lines.push(row);
    }

    /// An empty line, if something stands above it.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// How many lines there are.
    pub(super) fn height(&self) -> usize {
        self.lines.len()
    }

    /// Takes off the lines below this height.
    pub(super) fn cut(&mut self, height: usize) -> Vec<String> {
        self.lines.split_off(height)
    }

    /// Puts lines back that were taken off.
    pub(super) fn put(&mut self, lines: impl IntoIterator<Item = String>) {
        self.lines.extend(lines);
    }
}

pub(super) fn bold(style: Style, text: &str) -> String {
    marked(style, text, "\u{1b}[1m", "\u{1b}[22m")
}

pub(super) fn italic(style: Style, text: &str) -> String {
    marked(style, text, "\u{1b}[3m", "\u{1b}[23m")
}

fn marked(style: Style, text: &str, begin: &str, end: &str) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Terminal => format!("{begin}{text}{end}"),
    }
}

/// A link that was made harmless, always with where it leads. A terminal is told of it only if it
/// leads into the web, since some open whatever they are told.
pub(super) fn link(style: Style, url: &str) -> String {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let scheme = scheme.unwrap_or_default();
    if scheme == "data" {
        let end = url.find([',', ';']).unwrap_or(url.len());
        return format!("{}…", url[..end].chars().take(DATA_SHOWN_MAX).collect::<String>());
    }
    let is_web = matches!(&*scheme, "http" | "https" | "mailto");
    // What was escaped is no link any more, and other letters than ASCII are not for terminals.
    let is_ascii = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if style == Style::Terminal && is_web && is_ascii {
        debug_assert!(!url.contains(is_harmful), "it was made harmless");
        format!("\u{1b}]8;;{url}\u{1b}\\{url}\u{1b}]8;;\u{1b}\\")
    } else {
        url.to_owned()
    }
}

/// Of a link that is the thing itself.
const DATA_SHOWN_MAX: usize = 40;
