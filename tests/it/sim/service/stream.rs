//! A stream: what one socket has been sent, and how the rest is cut into frames.

use super::Service;
use crate::sim::faults::Faults;
use crate::sim::operation::{FrameKind, ReplayKind, WatermarkKind};
use crate::sim::random::Random;
use crate::sim::record::Entry;
use crate::sim::setup::{FRAME_BYTES_MAX, Marks};

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
        let log = &service.conversations[self.conversation].log;
        let begun = self.next;
        let mut payloads = Vec::new();
        while self.next < log.len() {
            let chunk = if self.chunk == 0 { 1 + random.index(4) } else { self.chunk };
            // A set above the host's limit would be refused for its size, which is a fault of its
            // own and is ordered as such.
            let end = self.next.saturating_add(chunk).min(log.len());
            let end = (self.next + 1..=end)
                .take_while(|&end| bytes(&log[self.next..end]) < FRAME_BYTES_MAX - 1_024)
                .last()
                .unwrap_or(self.next + 1);
            self.push(service, &log[self.next..end], end, faults, &mut payloads);
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
        faults: &mut Faults,
        payloads: &mut Vec<Payload>,
    ) {
        let mark = watermark(service, end, self.next, faults.watermark());
        let kind = faults.frame();
        if let Some(text) = kind.and_then(|kind| self.before(service, kind)) {
            let is_readable = kind != Some(FrameKind::Garbage);
            payloads.push(Payload { text: Some(text), serials: Vec::new(), is_readable });
        }
        let mut elements: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        if kind == Some(FrameKind::BadElements) {
            let bad = ["null", "7", "\"x\"", "[{\"id\":\"y\"}]", "1e999"];
            bad.iter()
                .enumerate()
                .for_each(|(at, bad)| elements.insert(at.min(elements.len()), bad));
        }
        let text = match kind {
            Some(FrameKind::Spaced) => {
                format!("\n{{ \"activities\" : [ {} ]\t{mark} }} ", elements.join(" ,\n"))
            }
            Some(FrameKind::ExtraRoot) => {
                format!(
                    "{{\"x\":[{{\"activities\":[]}}],\"activities\":[{}]{mark}}}",
                    elements.join(",")
                )
            }
            _ => format!("{{\"activities\":[{}]{mark}}}", elements.join(",")),
        };
        let serials = entries.iter().map(|entry| entry.serial).collect();
        payloads.push(match kind {
            Some(FrameKind::Cut) => {
                let mut text = text;
                let end = (0..text.len() / 2).rev().find(|&end| text.is_char_boundary(end));
                text.truncate(end.unwrap_or(0).max(1));
                Payload { text: Some(text), serials, is_readable: false }
            }
            Some(FrameKind::Garbled) => Payload { text: None, serials, is_readable: false },
            _ => Payload { text: Some(text), serials, is_readable: true },
        });
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
                let mark = serde_json::Value::from(service.mark(self.next));
                format!("{{\"watermark\":{mark}}}")
            }
            FrameKind::NullActivities => "{\"activities\":null}".to_owned(),
            FrameKind::Garbage => "{\"activities\":[{\"id\":".to_owned(),
            FrameKind::Oversize => format!("\"{}\"", "x".repeat(FRAME_BYTES_MAX)),
            FrameKind::Cut
            | FrameKind::BadElements
            | FrameKind::Garbled
            | FrameKind::ExtraRoot
            | FrameKind::Spaced => return None,
        })
    }
}

/// The watermark member of a set that ends at `end` and begins at `start`, after a comma.
pub(super) fn watermark(
    service: &Service,
    end: usize,
    start: usize,
    fault: Option<(WatermarkKind, u16)>,
) -> String {
    let text =
        |position| format!(",\"watermark\":{}", serde_json::Value::from(service.mark(position)));
    match fault {
        None => text(end),
        Some((WatermarkKind::Null, _)) => ",\"watermark\":null".to_owned(),
        Some((WatermarkKind::Missing, _)) => String::new(),
        Some((WatermarkKind::Empty, _)) => ",\"watermark\":\"\"".to_owned(),
        Some((WatermarkKind::Number, _)) if service.setup.marks() == Marks::Decimal => {
            format!(",\"watermark\":{end}")
        }
        Some((WatermarkKind::Number, _)) => text(end),
        Some((WatermarkKind::Stale, back)) => text(start.saturating_sub(usize::from(back))),
        Some((WatermarkKind::Unusable, _)) => ",\"watermark\":{\"a\":1}".to_owned(),
        Some((WatermarkKind::First, _)) => text(0),
    }
}

fn bytes(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.text.len() + 16).sum()
}
