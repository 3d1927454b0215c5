//! CURSOR: which conversation, the watermark, and the ids handed out.

use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::known::Known;
use crate::watermark::Watermark;
use crate::wire::activity_set::{Element, Kind, Position};
use crate::wire::timestamp::Timestamp;

/// Where a session stands in its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cursor {
    pub(crate) conversation: Conversation,
    /// How far it was handed out; while the history is read, by its pages.
    pub(crate) watermark: Option<Watermark>,
    /// While the history is read; at rest it takes no room.
    pub(crate) ahead: Option<Box<Ahead>>,
    pub(crate) known: Arc<Known>,
    /// Whether the host wants only what is new, and nothing has shown what that is.
    pub(crate) takes_bearings: bool,
    /// Whether the stream was replayed because of something unreadable, with nothing new since.
    pub(crate) has_replayed: bool,
    /// Whether the next socket begins behind what none can get past.
    pub(crate) passes_over: bool,
}

/// The conversation of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Conversation {
    Unknown,
    /// An answer has named it, but the service has not let us in.
    Named(Arc<str>),
    Joined(Arc<str>),
}

/// What the live frames said while the history was read. It covers activities that no page has brought
/// yet, so it must not become the watermark before the last page; unless the stream replays all of it
/// as well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ahead {
    pub(crate) watermark: Option<Watermark>,
    pub(crate) is_replayed: bool,
}

/// What came in: by the socket or by a page. Each has its own idea of how far we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Frame,
    Page,
}

/// What a set was like, beside the activities in it that were not known before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) duplicates: u64,
    /// Whether an activity with an id of its own was among it.
    pub(crate) has_progress: bool,
    pub(crate) is_end: bool,
    /// Whether the set named another watermark than the one before.
    pub(crate) has_moved: bool,
    pub(crate) bad_watermark: bool,
}

impl News {
    /// Whether an activity is handed out, as `admit` says of its id and its timestamp.
    fn sorts(
        &mut self,
        frame: &str,
        element: Element,
        admit: impl FnOnce(Option<&str>, Option<Timestamp>) -> bool,
    ) -> bool {
        let id = match element.kind {
            Kind::Revision => None,
            Kind::EndOfConversation | Kind::Other => element.id(frame),
        };
        // The clock of what is no duplicate by its id says nothing of ids either.
        let timestamp = id.as_ref().and_then(|_| element.timestamp(frame));
        let is_new = admit(id.as_deref(), timestamp);
        self.duplicates += u64::from(!is_new);
        self.has_progress |= is_new && id.is_some();
        self.is_end |= is_new && element.kind == Kind::EndOfConversation;
        is_new
    }
}

impl Conversation {
    pub(crate) fn id(&self) -> Option<&Arc<str>> {
        match self {
            Conversation::Unknown => None,
            Conversation::Named(id) | Conversation::Joined(id) => Some(id),
        }
    }
}

impl Cursor {
    /// At the beginning of a conversation that is not known yet.
    pub(crate) fn begin() -> Cursor {
        Cursor::at(Conversation::Unknown, None, Arc::default())
    }

    /// Where a checkpoint was taken, as far as `known_max` ids reach back.
    pub(crate) fn resume(checkpoint: Checkpoint, known_max: usize) -> Cursor {
        let (conversation, watermark, known) = checkpoint.into_parts();
        let known = Arc::new(Arc::unwrap_or_clone(known).bounded(known_max));
        Cursor::at(Conversation::Joined(conversation), watermark, known)
    }

    fn at(conversation: Conversation, watermark: Option<Watermark>, known: Arc<Known>) -> Cursor {
        Cursor {
            conversation,
            watermark,
            ahead: None,
            known,
            takes_bearings: false,
            has_replayed: false,
            passes_over: false,
        }
    }

    /// The conversation, once we are in it.
    pub(crate) fn joined(&self) -> Option<&Arc<str>> {
        match &self.conversation {
            Conversation::Joined(id) => Some(id),
            Conversation::Unknown | Conversation::Named(_) => None,
        }
    }

    /// The conversation, as far as it has a name.
    pub(crate) fn named(&self) -> Option<&Arc<str>> {
        self.conversation.id()
    }

    /// What an answer calls the conversation.
    pub(crate) fn name(&mut self, id: Option<Arc<str>>) {
        self.conversation = id.map_or(Conversation::Unknown, Conversation::Named);
    }

    /// The service has let us in: gives the conversation, which has a name.
    pub(crate) fn join(&mut self) -> Option<&Arc<str>> {
        if let Some(id) = self.conversation.id().cloned() {
            self.conversation = Conversation::Joined(id);
        }
        self.joined()
    }

    /// The host wants only what is new, and pages have to show where that begins.
    pub(crate) fn take_bearings(&mut self) {
        self.takes_bearings = true;
    }

    /// Whether pages only show where the new begins.
    pub(crate) fn takes_bearings(&self) -> bool {
        self.takes_bearings
    }

    /// A page or an open socket shows where the new begins.
    pub(crate) fn found_bearings(&mut self) {
        self.takes_bearings = false;
    }

    /// A socket is open: what it was to pass over is behind it.
    pub(crate) fn opened(&mut self) {
        self.passes_over = false;
        self.takes_bearings = false;
    }

    /// Whether the next socket brings less than was said since the watermark, and shall.
    pub(crate) fn skips(&self) -> bool {
        self.passes_over || self.takes_bearings
    }

    /// The stream is replayed because of something unreadable; gives whether it was before, with
    /// nothing new since.
    pub(crate) fn note_replay(&mut self) -> bool {
        std::mem::replace(&mut self.has_replayed, true)
    }

    /// The next socket begins behind what none can get past.
    pub(crate) fn pass_over(&mut self) {
        self.passes_over = true;
        self.drop_stream_watermark();
    }

    /// What a reconnect carries: the last watermark received, whatever it covers.
    pub(crate) fn stream_watermark(&self) -> Option<&Watermark> {
        let ahead = self.ahead.as_ref().and_then(|ahead| ahead.watermark.as_ref());
        ahead.or(self.watermark.as_ref())
    }

    /// What a request for a page carries: all before it was handed out.
    pub(crate) fn page_watermark(&self) -> Option<&Watermark> {
        self.watermark.as_ref()
    }

    /// Takes a set in: leaves in `activities`, which lie in `frame`, what was not handed out before,
    /// then moves the watermark. No more than `known_max` ids are remembered.
    pub(crate) fn take(
        &mut self,
        frame: &str,
        activities: &mut Vec<Element>,
        position: &Position<'_>,
        source: Source,
        known_max: usize,
    ) -> News {
        let (mut news, max) = (News::default(), known_max);
        // What checkpoints share is copied only for something new.
        match Arc::get_mut(&mut self.known) {
            Some(known) => activities.retain(|element| {
                news.sorts(frame, *element, |id, timestamp| known.admit(id, timestamp, max))
            }),
            None => activities.retain(|element| {
                news.sorts(frame, *element, |id, timestamp| match (id, timestamp) {
                    (Some(id), _) if self.known.is_duplicate(id, timestamp) => false,
                    (None, None) => true,
                    _ => Arc::make_mut(&mut self.known).admit(id, timestamp, max),
                })
            }),
        }
        match position {
            Position::Unsaid => {}
            Position::Unusable => news.bad_watermark = true,
            Position::At(text) => {
                let place = match &mut self.ahead {
                    Some(ahead) if source == Source::Frame => &mut ahead.watermark,
                    Some(_) | None => &mut self.watermark,
                };
                let said = Some(Watermark::from(&**text));
                if *place != said {
                    *place = said;
                    news.has_moved = true;
                }
            }
        }
        if news.has_progress {
            self.has_replayed = false;
        }
        news
    }

    /// The service refused the watermark of [`Cursor::stream_watermark`], whoever else holds it.
    pub(crate) fn stream_watermark_refused(&mut self) {
        let refused = self.stream_watermark().cloned();
        self.drop_stream_watermark();
        self.watermark.take_if(|own| refused.as_ref() == Some(own));
    }

    /// Gives up the watermark of [`Cursor::stream_watermark`], which leads nowhere.
    fn drop_stream_watermark(&mut self) {
        let dropped = self.ahead.as_mut().and_then(|ahead| ahead.watermark.take());
        if dropped.is_none() {
            self.watermark = None;
        }
    }

    /// The service refused the watermark of [`Cursor::page_watermark`], whoever else holds it.
    pub(crate) fn page_watermark_refused(&mut self) {
        let refused = self.watermark.take();
        if let Some(ahead) = &mut self.ahead {
            ahead.watermark.take_if(|own| refused.as_ref() == Some(own));
        }
    }

    /// From now on pages have a watermark of their own, beside a stream that replays what they
    /// bring, or does not.
    pub(crate) fn begin_history(&mut self, replays: bool) {
        match &mut self.ahead {
            None => self.ahead = Some(Ahead { watermark: None, is_replayed: replays }.into()),
            Some(ahead) => {
                ahead.is_replayed = replays && (ahead.is_replayed || ahead.watermark.is_none());
            }
        }
    }

    /// Whether a socket that was opened at [`Cursor::stream_watermark`] replays all that the
    /// history has still to bring: the frames have named no later watermark than the pages.
    pub(crate) fn stream_covers_history(&self) -> bool {
        self.ahead.as_ref().is_some_and(|ahead| ahead.watermark.is_none())
    }

    /// The last page is in: what the frames said in the meantime is true now.
    pub(crate) fn finish_history(&mut self) {
        if let Some(watermark) = self.ahead.take().and_then(|ahead| ahead.watermark) {
            self.watermark = Some(watermark);
        }
    }

    /// Polling goes on where the history stopped: only what the pages said is true.
    pub(crate) fn hand_history_over(&mut self) {
        self.ahead = None;
    }

    /// The checkpoint that covers all that was taken in, of a conversation that has a name.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let conversation = self.named().map_or_else(Arc::default, Arc::clone);
        let is_replayed = self.ahead.as_ref().is_some_and(|ahead| ahead.is_replayed);
        let watermark = if is_replayed { self.stream_watermark() } else { self.page_watermark() };
        let watermark = watermark.cloned();
        // Pages that only show where the new begins are no position before the last of them.
        let watermark = watermark.filter(|_| !self.takes_bearings);
        let checkpoint = Checkpoint::from_parts(conversation, watermark, Arc::clone(&self.known));
        if self.takes_bearings { checkpoint } else { checkpoint.placed() }
    }
}
