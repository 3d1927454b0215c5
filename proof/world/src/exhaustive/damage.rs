//! Every cut and every damaged byte of every corpus frame: the session finds in it what the obvious
//! reader finds.

use std::path::Path;

use directline::{Action, Event, Input, Output, Session, SocketId};

use crate::check;
use crate::live::{LIVE_AT, live_session};
use crate::violation::{Verdict, ensure};

/// Every frame that is kept: those with their right readings, and those that fuzzing has found.
pub fn corpus(root: &Path) -> Vec<Vec<u8>> {
    let read = |path: &Path| {
        std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let files = |folder: &str| {
        let folder = root.join(folder);
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    };
    let mut frames: Vec<_> = files("fuzz/corpus/frame").iter().map(|path| read(path)).collect();
    for path in files("tests/it/tables/frames") {
        if path.extension().is_some_and(|extension| extension == "ndjson") {
            frames.extend(read(&path).split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }
    }
    frames.retain(|frame| !frame.is_empty());
    frames.sort();
    frames.dedup();
    frames
}

/// Gives frames to copies of one live session.
pub struct Reader {
    live: (Session, SocketId),
}

impl Reader {
    pub fn live() -> Reader {
        Reader { live: live_session() }
    }

    /// One frame; what is no text is told as the host tells it.
    pub(crate) fn read(&self, frame: &[u8]) -> Verdict {
        match std::str::from_utf8(frame) {
            Ok(text) => check::frame_on(&self.live, text),
            Err(_) => self.garbled(),
        }
    }

    fn garbled(&self) -> Verdict {
        let (mut session, socket) = self.live.clone();
        session.handle(LIVE_AT, Input::Garbled { socket }).expect("no mistake of the host");
        let outputs: Vec<_> = std::iter::from_fn(|| session.poll()).collect();
        let is_news = |output: &Output| matches!(output, Output::Event(Event::Delivered(_)));
        let is_shut = |output: &Output| matches!(output, Output::Action(Action::Shut { .. }));
        let has_mark = session.checkpoint().is_some_and(|own| own.watermark().is_some());
        let is_right = outputs.iter().any(is_shut) && !outputs.iter().any(is_news) && !has_mark;
        ensure(is_right, "RX-4", || format!("no text gave {outputs:?}"))
    }

    /// Every beginning and every end of a frame; gives how many there are.
    pub fn read_cuts(&self, frame: &[u8]) -> Result<u64, String> {
        let mut count = 0;
        for at in 0..=frame.len() {
            for cut in [&frame[..at], &frame[at..]] {
                self.told(cut)?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// A frame with one byte of it replaced by each of `others` in turn; gives how many there are.
    pub fn read_damaged(
        &self,
        frame: &[u8],
        others: impl Iterator<Item = u8> + Clone,
    ) -> Result<u64, String> {
        let mut damaged = frame.to_vec();
        let mut count = 0;
        for at in 0..frame.len() {
            for other in others.clone().filter(|other| *other != frame[at]) {
                damaged[at] = other;
                self.told(&damaged)?;
                count += 1;
            }
            damaged[at] = frame[at];
        }
        Ok(count)
    }

    fn told(&self, frame: &[u8]) -> Result<(), String> {
        self.read(frame)
            .map_err(|violation| format!("{:?}: {violation}", String::from_utf8_lossy(frame)))
    }
}
