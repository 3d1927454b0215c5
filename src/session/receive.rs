//! Receiving: signs of life, activity sets, and what cannot be read.

use super::Session;
use super::link::Held;
use crate::batch::Batch;
use crate::cursor::Source;
use crate::error::{Cause, End, Gap, GapCause, Loss, Next};
use crate::id::SocketId;
use crate::output::Event;
use crate::wire::activity_set::{ActivitySet, Position, Unreadable, read};

/// What a set was like, beyond what it brought.
pub(super) struct SetFacts {
    pub(super) is_known: bool,
    pub(super) is_empty: bool,
    /// Whether something was handed out.
    pub(super) has_news: bool,
    /// Whether something with an id was new, or the watermark is another one.
    pub(super) has_moved: bool,
    /// Whether a watermark was in it, whichever.
    pub(super) has_watermark: bool,
}

impl Session {
    pub(super) fn frame(&mut self, socket: SocketId, text: String) {
        if !self.heard(socket) {
            return;
        }
        if text.len() > self.settings().frame_bytes_max {
            return self.blocked(GapCause::FrameTooLarge, Loss::FrameTooLarge, Held::Open);
        }
        if text.trim_ascii().is_empty() {
            return self.answers();
        }
        match self.take_set(text, Source::Frame) {
            Ok(set) if set.is_known => {}
            Ok(_) => self.counters.unknown_frames += 1,
            Err(Unreadable) => self.unreadable(),
        }
    }

    pub(super) fn garbled(&mut self, socket: SocketId) {
        if self.heard(socket) {
            self.unreadable();
        }
    }

    pub(super) fn pong(&mut self, socket: SocketId) {
        if self.heard(socket) {
            self.answers();
        }
    }

    /// Notes a sign of life; `false` when the socket is not the one we want.
    fn heard(&mut self, socket: SocketId) -> bool {
        if self.phase.socket() != Some(socket) {
            return false;
        }
        // What arrives on a socket shows that it is open, even if nobody said so.
        self.opened(socket);
        self.phase.hear(self.now);
        true
    }

    /// The peer answers probes or sends empty frames: from now on its silence means something.
    fn answers(&mut self) {
        self.phase.trust_silence();
    }

    /// Takes a set in and hands on what is new in it.
    ///
    /// # Errors
    ///
    /// When it cannot be read; nothing has changed then.
    pub(super) fn take_set(
        &mut self,
        text: String,
        source: Source,
    ) -> Result<SetFacts, Unreadable> {
        let ActivitySet { mut activities, bad_elements, watermark, is_known } = read(&text)?;
        let is_empty = activities.is_empty() && bad_elements == 0;
        let has_watermark = matches!(watermark, Position::At(_));
        let news = self.cursor.take(&text, &mut activities, &watermark, source);
        if self.is_taking_bearings(source) {
            activities.clear();
        }
        self.counters.duplicates += news.duplicates;
        self.counters.bad_elements += bad_elements as u64;
        self.counters.delivered += activities.len() as u64;
        let has_moved = news.has_moved || news.has_progress;
        if news.has_progress {
            self.link.has_replayed = false;
        }
        let has_news = !activities.is_empty();
        let is_end = news.is_end && has_news;
        if has_news {
            // A post whose echo is here is not kept any more.
            self.find_echoes(&text, &activities);
            let checkpoint = self.position();
            self.tell(Event::Delivered(Batch::new(text, activities, checkpoint)));
        }
        if bad_elements > 0 {
            self.fault(Cause::BadElements { count: bad_elements }, Next::Continues);
        }
        if news.bad_watermark {
            self.fault(Cause::BadWatermark, Next::Continues);
        }
        if is_end {
            self.finish(End::Completed, Held::Open);
        }
        Ok(SetFacts { is_known, is_empty, has_news, has_moved, has_watermark })
    }

    /// Something came that should have been a set. It is asked for once more by a replay from the
    /// watermark; what cannot be read then either is passed over, and the gap is told.
    fn unreadable(&mut self) {
        if self.link.has_replayed {
            self.fault(Cause::UnreadableFrame, Next::Continues);
            self.tell(Event::Gap(Gap { cause: GapCause::UnreadableFrame }));
        } else {
            self.link.has_replayed = true;
            self.lost(Loss::Replayed, Held::Open);
        }
    }

    /// The socket ends at a frame that it cannot get past. It is asked for once more, since a
    /// replay may be cut otherwise; if that does not help, the next reconnect begins behind it, and
    /// the gap is told.
    pub(super) fn blocked(&mut self, cause: GapCause, loss: Loss, held: Held) {
        if self.link.has_replayed {
            self.tell(Event::Gap(Gap { cause }));
            self.link.passes_over = true;
            self.cursor.drop_stream_watermark();
        }
        self.link.has_replayed = true;
        self.lost(loss, held);
    }
}
