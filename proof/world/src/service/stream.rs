//! A stream: what one socket has been sent, and how the rest is cut into frames.

use serde_json::Value;

use super::Service;
use crate::faults::Faults;
use crate::operation::{FrameKind, ReplayKind, WatermarkKind};
use crate::random::Random;
use crate::record::{Entry, begin_numbering};
use crate::setup::{Marks, Setup};

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    conversation: usize,
    from: usize,
    next: usize,
    /// How many activities a set of the replay holds at most; zero where chance decides.
    chunk: usize,
    /// Whether everything is sent once more.
    again: bool,
}

/// One message on its way to the host.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// `None` for a message that is no UTF-8.
    pub(crate) text: Option<String>,
    /// What the message holds, or would hold had it not been damaged.
    pub(crate) serials: Vec<u32>,
    /// The watermark that it says, if it says one that can be used.
    pub(crate) mark: Option<String>,
    pub(crate) is_readable: bool,
}

impl Stream {
    pub(super) fn open(conversation: usize, from: usize, faults: &mut Faults) -> Stream {
        let mut stream = Stream { conversation, from, next: from, chunk: 0, again: false };
        match faults.replay() {
            None => {}
            Some((ReplayKind::Overlap, back)) => {
                stream.next = from.saturating_sub(usize::from(back) + 1);
            }
            Some((ReplayKind::FromStart, _)) => stream.next = 0,
            Some((ReplayKind::OneSet, _)) => stream.chunk = usize::MAX,
            Some((ReplayKind::OneByOne, _)) => stream.chunk = 1,
            Some((ReplayKind::Twice, _)) => stream.again = true,
        }
        stream
    }

    pub(super) fn start(&self) -> (usize, usize) {
        (self.conversation, self.from)
    }

    pub(super) fn flush(
        &mut self,
        service: &Service,
        faults: &mut Faults,
        random: &mut Random,
    ) -> Vec<Payload> {
        let log = service.conversations[self.conversation].log.as_slice();
        let begun = self.next;
        let mut payloads = Vec::new();
        while self.next < log.len() {
            let chunk = if self.chunk == 0 {
                1 + random.index(service.setup.set_max())
            } else {
                self.chunk
            };
            // A set above the host's limit would be refused for its size, which is a fault of its
            // own and is ordered as such.
            let end = self.next.saturating_add(chunk).min(log.len());
            let end = self.next + fitting(service.setup, &log[self.next..end]);
            let kind = faults.frame();
            let rest = &log[end..];
            if kind == Some(FrameKind::Swapped)
                && !rest.is_empty()
                && !begin_numbering(&log[self.next..])
            {
                // The later set goes first; its watermark covers nothing that is still to come.
                let last = end + fitting(service.setup, &rest[..rest.len().min(2)]);
                let early = said(service.mark(self.conversation, self.next));
                payloads.push(set(&log[end..last], early, None));
                self.push(service, &log[self.next..end], last, None, faults, &mut payloads);
                self.next = last;
                continue;
            }
            self.push(service, &log[self.next..end], end, kind, faults, &mut payloads);
            self.next = end;
        }
        self.chunk = 0;
        if std::mem::take(&mut self.again) {
            self.next = begun;
            payloads.append(&mut self.flush(service, faults, random));
        }
        payloads
    }

    /// One set, with what chance puts before it.
    fn push(
        &self,
        service: &Service,
        entries: &[Entry],
        end: usize,
        kind: Option<FrameKind>,
        faults: &mut Faults,
        payloads: &mut Vec<Payload>,
    ) {
        let mark = watermark(service, self.conversation, end, self.next, faults.watermark());
        let here = || service.mark(self.conversation, self.next);
        if let Some(text) = kind.and_then(|kind| self.before(service, kind)) {
            let is_readable =
                !matches!(kind, Some(FrameKind::Garbage | FrameKind::WrongActivities));
            let mark = (kind == Some(FrameKind::WatermarkOnly)).then(here);
            payloads.push(Payload { text: Some(text), serials: Vec::new(), mark, is_readable });
        }
        payloads.push(set(entries, mark, kind));
    }

    /// A message that holds no activities.
    fn before(&self, service: &Service, kind: FrameKind) -> Option<String> {
        Some(match kind {
            FrameKind::Blank => String::new(),
            FrameKind::Space => " \r\n\t ".to_owned(),
            FrameKind::Null => "null".to_owned(),
            FrameKind::Array => "[]".to_owned(),
            FrameKind::UnknownRoot => "{\"voice\":{\"activities\":[1]}}".to_owned(),
            FrameKind::WatermarkOnly => {
                let mark = Value::from(service.mark(self.conversation, self.next));
                format!("{{\"watermark\":{mark}}}")
            }
            FrameKind::NullActivities => "{\"activities\":null}".to_owned(),
            FrameKind::Garbage => "{\"activities\":[{\"id\":".to_owned(),
            FrameKind::Deep => format!("{{\"x\":{}{}}}", "[".repeat(400), "]".repeat(400)),
            FrameKind::WrongActivities => "{\"activities\":{\"id\":\"x\"}}".to_owned(),
            FrameKind::Oversize => {
                format!("\"{}\"", "x".repeat(service.setup.frame_bytes_max().min(LARGE)))
            }
            FrameKind::Cut
            | FrameKind::BadElements
            | FrameKind::Garbled
            | FrameKind::ExtraRoot
            | FrameKind::Spaced
            | FrameKind::Swapped
            | FrameKind::Marked => return None,
        })
    }
}

/// A set of activities, damaged as `kind` has it.
fn set(entries: &[Entry], (written, mark): Said, kind: Option<FrameKind>) -> Payload {
    let elements = entries.iter().map(|entry| entry.text.as_str());
    let mut text = match kind {
        Some(FrameKind::Spaced) => {
            let elements: Vec<_> = elements.collect();
            format!("\n{{ \"activities\" : [ {} ]\t{written} }} ", elements.join(" ,\n"))
        }
        Some(FrameKind::ExtraRoot) => {
            let elements: Vec<_> = elements.collect();
            let elements = elements.join(",");
            format!("{{\"x\":[{{\"activities\":[]}}],\"activities\":[{elements}]{written}}}")
        }
        Some(FrameKind::BadElements) => {
            let mut elements: Vec<_> = elements.collect();
            let bad = ["null", "7", "\"x\"", "[{\"id\":\"y\"}]", "1e999"];
            for (at, bad) in bad.into_iter().enumerate() {
                elements.insert(at.min(elements.len()), bad);
            }
            format!("{{\"activities\":[{}]{written}}}", elements.join(","))
        }
        Some(FrameKind::Marked) => format!("\u{feff}{}", plain_set(entries, &written)),
        _ => plain_set(entries, &written),
    };
    let serials = entries.iter().map(|entry| entry.serial).collect();
    match kind {
        Some(FrameKind::Cut) => {
            let end = (0..text.len() / 2).rev().find(|&end| text.is_char_boundary(end));
            text.truncate(end.unwrap_or(0).max(1));
            Payload { text: Some(text), serials, mark: None, is_readable: false }
        }
        Some(FrameKind::Garbled) => Payload { text: None, serials, mark: None, is_readable: false },
        _ => Payload { text: Some(text), serials, mark, is_readable: true },
    }
}

fn plain_set(entries: &[Entry], mark: &str) -> String {
    let bytes: usize = entries.iter().map(|entry| entry.text.len() + 1).sum();
    let mut text = String::with_capacity(bytes + mark.len() + 20);
    text.push_str("{\"activities\":[");
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&entry.text);
    }
    text.push(']');
    text.push_str(mark);
    text.push('}');
    text
}

/// What a set says of the watermark: as a member after a comma, and what a client makes of it.
pub(super) type Said = (String, Option<String>);

fn said(mark: String) -> Said {
    (format!(",\"watermark\":{}", Value::from(mark.as_str())), Some(mark))
}

/// What a set says that ends at `end` and begins at `start`.
pub(super) fn watermark(
    service: &Service,
    conversation: usize,
    end: usize,
    start: usize,
    fault: Option<(WatermarkKind, u16)>,
) -> Said {
    let at = |position| said(service.mark(conversation, position));
    let none = |written: &str| (written.to_owned(), None);
    match fault {
        None => at(end),
        Some((WatermarkKind::Null, _)) => none(",\"watermark\":null"),
        Some((WatermarkKind::Missing, _)) => none(""),
        Some((WatermarkKind::Empty, _)) => none(",\"watermark\":\"\""),
        Some((WatermarkKind::Number, _)) if service.setup.marks() == Marks::Decimal => {
            let digits = service.mark(conversation, end);
            (format!(",\"watermark\":{digits}"), Some(digits))
        }
        Some((WatermarkKind::Number, _)) => at(end),
        Some((WatermarkKind::Stale, back)) => at(start.saturating_sub(usize::from(back))),
        Some((WatermarkKind::Unusable, _)) => none(",\"watermark\":{\"a\":1}"),
        Some((WatermarkKind::First, _)) => at(0),
        Some((WatermarkKind::TooLong, _)) => {
            (format!(",\"watermark\":\"{}\"", "w".repeat(4_097)), None)
        }
    }
}

/// How many of these fit into one frame; at least one.
fn fitting(setup: Setup, entries: &[Entry]) -> usize {
    let (mut bytes, most) = (0, setup.frame_bytes_max().min(LARGE).saturating_sub(1_024));
    let fits = |entry: &&Entry| {
        bytes += entry.text.len() + 16;
        bytes < most
    };
    entries.iter().take_while(fits).count().max(1)
}

/// As large as anything gets that the service sends.
const LARGE: usize = 64 << 10;
