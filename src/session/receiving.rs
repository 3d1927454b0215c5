//! RECEIVING: the socket from its handshake to its loss, signs of life, activity sets, and what
//! cannot be read.

use super::Session;
use crate::batch::Batch;
use crate::connection::Lost;
use crate::cursor::Source;
use crate::error::{Cause, End, Gap, Loss, Next};
use crate::graph::{CatchUp, Live, Phase, Signal};
use crate::id::SocketId;
use crate::input::CloseReason;
use crate::output::{Action, Event};
use crate::pull::{PageFacts, PullPurpose};
use crate::wire::MARK;
use crate::wire::activity_set::{ActivitySet, Position, Unreadable, read_set};

impl Session {
    pub(super) fn opened(&mut self, socket: SocketId) {
        let Phase::Opening { catch_up, .. } = self.connection.phase() else { return };
        if self.flights.socket() != Some(socket) {
            return;
        }
        self.connection.opened();
        self.cursor.opened();
        self.read_history(catch_up);
        self.advance(Signal::Opened(Live::opened(&self.config.settings, self.now)));
    }

    fn read_history(&mut self, catch_up: CatchUp) {
        if self.pull.is_for(PullPurpose::Polling) {
            self.stop_pulling();
        }
        if catch_up != CatchUp::No {
            self.cursor.begin_history(catch_up == CatchUp::RestoredPosts);
            self.pull.begin(PullPurpose::History, self.now);
        } else if self.pull.is_for(PullPurpose::History) && self.cursor.stream_covers_history() {
            self.cursor.finish_history();
            self.stop_pulling();
        }
    }

    pub(super) fn closed(&mut self, socket: SocketId, reason: CloseReason) {
        if self.flights.socket() != Some(socket) {
            return;
        }
        self.flights.hang_up();
        match reason {
            CloseReason::Refused { status } => self.lost(Loss::Refused { status }),
            CloseReason::Unreached(unreached) => self.lost(Loss::Unreached(unreached)),
            CloseReason::Broken => self.lost(Loss::Broken),
            CloseReason::FrameTooLarge => self.blocked(Gap::FrameTooLarge, Loss::FrameTooLarge),
            CloseReason::Unreadable => self.blocked(Gap::UnreadableFrame, Loss::Unreadable),
            CloseReason::Closed { code, reason } => {
                let mut reason = self.hidden().redact(&reason);
                let mut end = reason.len().min(CLOSE_REASON_BYTES);
                // Nothing is in the middle of a character at 0.
                while !reason.is_char_boundary(end) {
                    end -= 1;
                }
                reason.truncate(end);
                self.lost(Loss::Closed { code, reason: reason.into() });
            }
        }
    }

    /// The socket is gone, or never came to be.
    pub(super) fn lost(&mut self, loss: Loss) {
        if !self.connection.is_live() {
            self.count_unopened(0);
        }
        match self.connection.lost(&self.config.settings, &loss, self.now) {
            Lost::Again => {
                let at = self.next_attempt();
                // It was stable, so that nothing failed before it.
                self.out.fault(Cause::SocketLost(loss), Next::Retries { at, attempt: 1 });
                self.advance(Signal::Again);
            }
            Lost::Failed => self.fail(Cause::SocketLost(loss)),
            Lost::Evicted { collisions } => self.finish(End::Collision { collisions }),
        }
    }

    pub(super) fn probe(&mut self) {
        let interval = self.config.settings.keepalive_interval;
        self.connection.probe_next(interval.map(|interval| self.now.saturating_add(interval)));
        if let Some(socket) = self.flights.socket() {
            self.out.act(Action::Probe { socket });
        }
    }

    pub(super) fn frame(&mut self, socket: SocketId, mut text: String) {
        if !self.heard(socket) {
            return;
        }
        if text.starts_with(MARK) {
            text.drain(..MARK.len_utf8());
        }
        if text.len() > self.config.settings.frame_bytes_max {
            return self.blocked(Gap::FrameTooLarge, Loss::FrameTooLarge);
        }
        if text.trim_ascii().is_empty() {
            return self.connection.trust_silence();
        }
        match self.take_set(text, Source::Frame) {
            Ok(Some(_)) => {}
            Ok(None) => self.counters.unknown_frames += 1,
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
            self.connection.trust_silence();
        }
    }

    /// Notes a sign of life; `false` when the socket is not the one we want.
    fn heard(&mut self, socket: SocketId) -> bool {
        if self.flights.socket() != Some(socket) {
            return false;
        }
        // What arrives on a socket shows that it is open, even if nobody said so.
        self.opened(socket);
        self.connection.hear(self.now);
        true
    }

    /// Takes a set in, hands on what is new in it, and says what it was like; `None` for a root that
    /// is no activity set.
    ///
    /// # Errors
    ///
    /// When it cannot be read; nothing has changed then.
    pub(super) fn take_set(
        &mut self,
        text: String,
        source: Source,
    ) -> Result<Option<PageFacts>, Unreadable> {
        let ActivitySet { mut activities, bad_elements, watermark, is_known } = read_set(&text)?;
        let is_empty = activities.is_empty() && bad_elements == 0;
        let has_watermark = matches!(watermark, Position::At(_));
        let ids_max = self.config.settings.seen_ids_max;
        let news = self.cursor.take(&text, &mut activities, &watermark, source, ids_max);
        if source == Source::Page && self.cursor.takes_bearings() {
            activities.clear();
        }
        self.counters.duplicates += news.duplicates;
        self.counters.bad_elements += bad_elements as u64;
        self.counters.delivered += activities.len() as u64;
        let has_moved = news.has_moved || news.has_progress;
        let has_news = !activities.is_empty();
        let is_end = news.is_end && has_news;
        if has_news {
            // A post whose echo is here is not kept any more.
            self.find_echoes(&text, &activities);
            let checkpoint = self.position();
            self.out.tell(Event::Delivered(Batch::new(text, activities, checkpoint)));
        }
        if bad_elements > 0 {
            self.out.fault(Cause::BadElements { count: bad_elements }, Next::Continues);
        }
        if news.bad_watermark {
            self.out.fault(Cause::BadWatermark, Next::Continues);
        }
        if is_end {
            self.finish(End::Completed);
        }
        let facts = PageFacts { is_empty, has_moved, has_news, has_watermark };
        Ok(is_known.then_some(facts))
    }

    /// Something came that should have been a set. It is asked for once more by a replay from the
    /// watermark; what cannot be read then either is passed over, and the gap is told.
    fn unreadable(&mut self) {
        if self.cursor.note_replay() {
            self.out.fault(Cause::UnreadableFrame, Next::Continues);
            self.out.tell(Event::Gap(Gap::UnreadableFrame));
        } else {
            self.lost(Loss::Replayed);
        }
    }

    /// The socket ends at a frame that it cannot get past. It is asked for once more, since a
    /// replay may be cut otherwise; if that does not help, the next reconnect begins behind it, and
    /// the gap is told.
    fn blocked(&mut self, cause: Gap, loss: Loss) {
        if self.cursor.note_replay() {
            self.out.tell(Event::Gap(cause));
            self.cursor.pass_over();
        }
        self.lost(loss);
    }
}

/// All that a close frame can hold (RFC 6455, 5.5.1).
const CLOSE_REASON_BYTES: usize = 123;
