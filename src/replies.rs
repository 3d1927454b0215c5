//! REPLIES: answers that a bot streams piece by piece, put in order for display.
//!
//! The answer of a language model comes as `typing` activities, each with all of the text so far,
//! and ends with one activity that holds the whole. A piece replaces the one before, so there is
//! nothing to join and no text to keep. What has to be known is which piece is the newest and
//! which streams are over. A session delivers these activities like any other; it knows nothing
//! of streams.

#[cfg(test)]
mod memory;
#[cfg(test)]
mod places;
mod read;

use std::borrow::Cow;
use std::collections::VecDeque;

use self::read::{Kind, Part};

/// Says of each activity what a display should do with it where a bot streams its answers.
///
/// Give it every activity, in the order of arrival. Pieces of several streams may be mixed, come
/// out of order, come twice, come after the end, or not at all: what is shown never goes back,
/// and whatever was missed, the final piece makes it whole. A message is never held back.
///
/// The text is that of the activity at hand. What is kept is one number for each of the last 256
/// streams that there was news of; a piece of a stream forgotten since begins it anew.
///
/// ```
/// use directline::{Piece, Replies};
///
/// let mut replies = Replies::new();
/// // The first piece names no stream: it is the stream.
/// let first = r#"{"type":"typing","id":"a-1","text":"A quick",
///     "channelData":{"streamType":"streaming","streamSequence":1}}"#;
/// assert_eq!(replies.take(first), Piece::Grown { stream: "a-1".into(), text: "A quick".into() });
///
/// let third = r#"{"type":"typing","id":"a-3","text":"A quick brown fox",
///     "channelData":{"streamType":"streaming","streamId":"a-1","streamSequence":3}}"#;
/// let second = r#"{"type":"typing","id":"a-2","text":"A quick brown",
///     "channelData":{"streamType":"streaming","streamId":"a-1","streamSequence":2}}"#;
/// assert!(matches!(replies.take(third), Piece::Grown { text, .. } if text.ends_with("fox")));
/// assert_eq!(replies.take(second), Piece::Late);
/// assert_eq!(replies.open().collect::<Vec<_>>(), ["a-1"]);
///
/// let last = r#"{"type":"message","id":"a-4","text":"A quick brown fox jumps.",
///     "channelData":{"streamType":"final","streamId":"a-1"}}"#;
/// assert!(matches!(replies.take(last), Piece::Finished { text, .. } if text.ends_with("jumps.")));
/// assert_eq!(replies.take(third), Piece::Late);
/// assert_eq!(replies.open().count(), 0);
///
/// assert_eq!(replies.take(r#"{"type":"message","text":"Anything else?"}"#), Piece::Plain);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replies {
    /// The one that has been without news for longest comes first.
    streams: VecDeque<Stream>,
}

/// What an activity is to a display. Whatever is shown of a stream replaces what was shown of it
/// before; its id says where that is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a piece that is not shown is an answer that nobody reads"]
pub enum Piece<'a> {
    /// No part of a stream: show it as any other activity.
    Plain,
    /// The bot says what it is about, such as "Searching your documents…".
    Informed {
        /// The id of the stream.
        stream: Cow<'a, str>,
        /// What the bot is about.
        text: Cow<'a, str>,
    },
    /// The answer so far. It may be shorter than before, since a bot may correct itself, and it
    /// may be empty, which a display shows as typing.
    Grown {
        /// The id of the stream.
        stream: Cow<'a, str>,
        /// All of the text so far, as Markdown.
        text: Cow<'a, str>,
    },
    /// The whole answer: show this activity, with its attachments, in place of the stream.
    Finished {
        /// The id of the stream.
        stream: Cow<'a, str>,
        /// The text of the answer, empty when it consists of attachments.
        text: Cow<'a, str>,
    },
    /// The bot thought better of it: remove what is shown of the stream.
    Withdrawn {
        /// The id of the stream.
        stream: Cow<'a, str>,
    },
    /// Older than what is shown already, or behind the end of its stream: show nothing. Never
    /// said of a message that holds anything.
    Late,
}

/// What is known of one stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Stream {
    id: Box<str>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    /// The number of the piece that is shown, once there was one with a number.
    Open(Option<u64>),
    /// Finished or withdrawn.
    Over,
}

impl Replies {
    /// Knows of no stream yet.
    #[must_use]
    pub fn new() -> Replies {
        Replies::default()
    }

    /// Takes the next activity, as JSON, and says what to do with it.
    ///
    /// Text that is no activity is [`Piece::Plain`], and so is a piece without a usable id.
    pub fn take<'a>(&mut self, activity: &'a str) -> Piece<'a> {
        let Some(part) = Part::read(activity) else { return Piece::Plain };
        let Stream { id, stage } = self.remove(&part.stream);
        let (stage, piece) = stage.after(part);
        self.streams.push_back(Stream { id, stage });
        piece
    }

    /// The streams that have begun and not ended, the one without news for longest first. At the
    /// end of a conversation these answers stay unfinished.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        let is_open = |stream: &&Stream| matches!(stream.stage, Stage::Open(_));
        self.streams.iter().filter(is_open).map(|stream| &*stream.id)
    }

    /// Takes out what is known of a stream and leaves room for one.
    fn remove(&mut self, id: &str) -> Stream {
        let known = self.streams.iter().rposition(|stream| &*stream.id == id);
        if let Some(stream) = known.and_then(|index| self.streams.remove(index)) {
            return stream;
        }
        if self.streams.len() >= STREAMS_MAX {
            self.streams.pop_front();
        }
        Stream { id: id.into(), stage: Stage::Open(None) }
    }
}

impl Stage {
    /// Where a stream stands after this part of it, and what the part is to the display.
    fn after(self, part: Part<'_>) -> (Stage, Piece<'_>) {
        let Part { stream, text, kind } = part;
        match (kind, self) {
            (Kind::Informative(_) | Kind::Streaming(_), Stage::Over) => (self, Piece::Late),
            (Kind::Informative(sequence) | Kind::Streaming(sequence), Stage::Open(shown)) => {
                // Without a number, the order of arrival is all there is to go by.
                if sequence.is_some() && sequence <= shown {
                    return (self, Piece::Late);
                }
                let piece = match kind {
                    Kind::Informative(_) => Piece::Informed { stream, text },
                    _ => Piece::Grown { stream, text },
                };
                (Stage::Open(sequence.or(shown)), piece)
            }
            // A second message that ends the same stream breaks the rules, but somebody wrote it.
            (Kind::Final { is_message, has_content }, Stage::Over)
                if !(is_message && has_content) =>
            {
                (self, Piece::Late)
            }
            (Kind::Final { has_content: true, .. }, _) => {
                (Stage::Over, Piece::Finished { stream, text })
            }
            (Kind::Final { has_content: false, .. }, _) => {
                (Stage::Over, Piece::Withdrawn { stream })
            }
        }
    }
}

/// How many streams are remembered, open or over. A bot has a handful open at a time, and a piece
/// comes late by seconds, not by hundreds of answers. With ids of up to
/// [`read::STREAM_ID_BYTES_MAX`] that is a quarter of a megabyte at worst.
const STREAMS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn interim(stream: &str, sequence: u64) -> String {
        format!(
            r#"{{"type":"typing","id":"{stream}.{sequence}","text":"{sequence}","channelData":
            {{"streamType":"streaming","streamId":"{stream}","streamSequence":{sequence}}}}}"#
        )
    }

    fn end(kind: &str, stream: &str, text: &str) -> String {
        format!(
            r#"{{"type":"{kind}","text":"{text}","entities":
            [{{"type":"streaminfo","streamType":"final","streamId":"{stream}"}}]}}"#
        )
    }

    /// One word for what a piece is, and its text.
    fn shown(piece: Piece<'_>) -> String {
        match piece {
            Piece::Plain => "plain".into(),
            Piece::Informed { text, .. } => format!("informed {text}"),
            Piece::Grown { text, .. } => format!("grown {text}"),
            Piece::Finished { text, .. } => format!("finished {text}"),
            Piece::Withdrawn { .. } => "withdrawn".into(),
            Piece::Late => "late".into(),
        }
    }

    fn plays(lines: &[(String, &str)]) {
        let mut replies = Replies::new();
        for (activity, expected) in lines {
            assert_eq!(shown(replies.take(activity)), *expected, "{activity}");
        }
    }

    #[test]
    fn what_is_older_than_what_is_shown_is_late() {
        plays(&[
            (interim("s", 3), "grown 3"),
            (interim("s", 1), "late"),
            (interim("s", 3), "late"),
            (interim("s", 4).replace("\"streaming\"", "\"informative\""), "informed 4"),
            (interim("s", 4), "late"),
            (interim("s", 5).replace("\"text\":\"5\",", ""), "grown "),
            (interim("t", 1), "grown 1"),
            (end("message", "s", "all"), "finished all"),
            (interim("s", 9), "late"),
            (interim("t", 2), "grown 2"),
        ]);
    }

    #[test]
    fn pieces_without_a_number_come_in_the_order_of_arrival() {
        let unnumbered =
            |text: &str| interim("s", 0).replace(":0}", ":null}").replace("\"text\":\"0\"", text);
        plays(&[
            (unnumbered("\"text\":\"a\""), "grown a"),
            (unnumbered("\"text\":\"b\""), "grown b"),
            (interim("s", 7), "grown 7"),
            (unnumbered("\"text\":\"c\""), "grown c"),
            (interim("s", 7), "late"),
        ]);
    }

    #[test]
    fn a_message_is_never_late_and_an_end_without_content_withdraws_once() {
        plays(&[
            (end("message", "a", "all of it"), "finished all of it"),
            (end("typing", "a", ""), "late"),
            (end("message", "a", ""), "late"),
            (end("message", "a", "another end"), "finished another end"),
            (interim("b", 1), "grown 1"),
            (end("typing", "b", ""), "withdrawn"),
            (interim("b", 2), "late"),
            (end("typing", "b", "more"), "late"),
            (end("message", "b", "after all"), "finished after all"),
            (end("message", "c", ""), "withdrawn"),
        ]);
    }

    #[test]
    fn the_stream_without_news_for_longest_is_forgotten_first() {
        let mut replies = Replies::new();
        let names: Vec<_> = (0..STREAMS_MAX).map(|number| format!("s{number}")).collect();
        for name in &names {
            let _ = replies.take(&interim(name, 5));
        }
        assert!(replies.open().eq(names.iter()));
        // News of the first, though it is late, leaves the second as the oldest.
        assert_eq!(replies.take(&interim("s0", 4)), Piece::Late);
        assert_eq!(shown(replies.take(&interim("new", 1))), "grown 1");
        assert_eq!(replies.streams.len(), STREAMS_MAX);
        assert_eq!(replies.take(&interim("s0", 4)), Piece::Late);
        assert_eq!(shown(replies.take(&interim("s1", 4))), "grown 4");
        assert_eq!(replies.streams.len(), STREAMS_MAX);
    }
}
