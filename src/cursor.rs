//! CURSOR: the watermark and the ids handed out.

use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::known::Known;
use crate::watermark::Watermark;
use crate::wire::activity_set::{Element, Kind, Position};
use crate::wire::timestamp::Timestamp;

/// Where a session stands in its conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Cursor {
    watermark: Option<Watermark>,
    known: Arc<Known>,
    known_max: usize,
    /// While the history is read: what the live frames said meanwhile. It covers activities that
    /// no page has brought yet, so it must not become the watermark before the last page.
    ahead: Option<Option<Watermark>>,
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

impl Cursor {
    pub(crate) fn new(watermark: Option<Watermark>, known: Arc<Known>, known_max: usize) -> Cursor {
        let known = Arc::new(Arc::unwrap_or_clone(known).bounded(known_max));
        Cursor { watermark, known, known_max, ..Cursor::default() }
    }

    /// What a reconnect carries: the last watermark received, whatever it covers.
    pub(crate) fn stream_watermark(&self) -> Option<&Watermark> {
        self.ahead.as_ref().and_then(Option::as_ref).or(self.watermark.as_ref())
    }

    /// What a request for a page carries: all before it was handed out.
    pub(crate) fn page_watermark(&self) -> Option<&Watermark> {
        self.watermark.as_ref()
    }

    /// Takes a set in: leaves in `activities`, which lie in `frame`, what was not handed out before,
    /// then moves the watermark.
    pub(crate) fn take(
        &mut self,
        frame: &str,
        activities: &mut Vec<Element>,
        position: &Position<'_>,
        source: Source,
    ) -> News {
        let (mut news, max) = (News::default(), self.known_max);
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
                let place = match (&mut self.ahead, source) {
                    (Some(ahead), Source::Frame) => ahead,
                    (None, Source::Frame) | (_, Source::Page) => &mut self.watermark,
                };
                if place.as_deref() != Some(text) {
                    *place = Some(Watermark::from(&**text));
                    news.has_moved = true;
                }
            }
        }
        news
    }

    /// Gives up the watermark of [`Cursor::stream_watermark`], which the service refused or which
    /// leads nowhere.
    pub(crate) fn drop_stream_watermark(&mut self) {
        match &mut self.ahead {
            Some(ahead) if ahead.is_some() => *ahead = None,
            Some(_) | None => self.watermark = None,
        }
    }

    /// Gives up the watermark of [`Cursor::page_watermark`], which the service refused.
    pub(crate) fn drop_page_watermark(&mut self) {
        self.watermark = None;
    }

    /// From now on pages move the watermark, and frames only what will follow the last page.
    pub(crate) fn begin_history(&mut self) {
        self.ahead.get_or_insert(None);
    }

    /// Whether a socket that was opened at [`Cursor::stream_watermark`] replays all that the
    /// history has still to bring: the frames have named no later watermark than the pages.
    pub(crate) fn stream_covers_history(&self) -> bool {
        self.ahead == Some(None)
    }

    /// The last page is in: what the frames said in the meantime is true now.
    pub(crate) fn finish_history(&mut self) {
        if let Some(Some(watermark)) = self.ahead.take() {
            self.watermark = Some(watermark);
        }
    }

    /// Polling goes on where the history stopped: only what the pages said is true.
    pub(crate) fn hand_history_over(&mut self) {
        self.ahead = None;
    }

    /// The checkpoint that covers all that was taken in.
    pub(crate) fn checkpoint(&self, conversation: &Arc<str>) -> Checkpoint {
        let (watermark, known) = (self.watermark.clone(), Arc::clone(&self.known));
        Checkpoint::from_parts(Arc::clone(conversation), watermark, known)
    }
}
