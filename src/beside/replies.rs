//! REPLIES: answers that a bot streams piece by piece, put in order for display.
//!
//! The answer of a language model comes as `typing` activities and ends with one activity that
//! holds the whole. A piece holds all of the text so far, and replaces the one before; or it says
//! that it holds only what is new, and is added. What has to be known is which piece is the
//! newest, what is shown, and which streams are over. A session delivers these activities like any
//! other; it knows nothing of streams.

#[cfg(test)]
mod delta;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod nameless;
#[cfg(test)]
mod places;
mod read;
mod so_far;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;

use self::read::{Kind, Part, Said};
use self::so_far::SoFar;

/// Says of each activity what a display should do with it where a bot streams its answers.
///
/// Give it every activity, in the order of arrival. Pieces of several streams may be mixed, come
/// out of order, come twice, come after the end, or not at all: what is shown never goes back,
/// and whatever was missed, the final piece makes it whole. A message is never held back.
///
/// A piece that says `"chunkType":"delta"` is added to what is shown. Where one is missing, nothing
/// is added any more, and the final piece is waited for. A piece that names no stream belongs to
/// the open one that it replies to, or that replies to the same; else to the last one of the same
/// sender; unless it is the first by its number, or there is none to follow: then it begins one.
/// A stream that no piece has named is over, too, once its sender begins another or says something
/// else.
///
/// What is kept is the text that is shown, up to 64 KiB of it, for the last 256 streams that there
/// was news of; a piece of a stream forgotten since begins it anew.
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
    /// Older than what is shown already, behind the end of its stream, or to be added behind a
    /// piece that is missing: show nothing. Never said of a message that holds anything.
    Late,
}

/// What is known of one stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Stream {
    id: Box<str>,
    /// Whose first piece it was.
    sender: Box<str>,
    /// What that piece replied to.
    reply: Option<Box<str>>,
    tie: Tie,
    stage: Stage,
}

/// What its pieces hold on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Tie {
    /// A piece has named the stream, so that the last one will.
    Named,
    /// None has yet; those to come may just follow.
    Followed,
    /// None has, and the sender has gone on to something else.
    Left,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Open(SoFar),
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
    /// Text that is no activity is [`Piece::Plain`], and so is a piece without a usable id that
    /// has nothing to follow.
    pub fn take<'a>(&mut self, activity: &'a str) -> Piece<'a> {
        let Some(mut said) = Said::of(activity) else { return Piece::Plain };
        let part = said.part.take().map(|part| (self.stream_of(&said, &part), part));
        let Some((Some(id), part)) = part else {
            if said.is_message {
                self.leave(&said.sender);
            }
            return Piece::Plain;
        };
        let mut stream = self.remove(&id).unwrap_or_else(|| {
            if part.stream.is_none() {
                self.leave(&said.sender);
            }
            Stream::begun_by(&id, &said)
        });
        if part.stream.is_some() {
            stream.tie = Tie::Named;
        }
        let (stage, piece) = stream.stage.after(id, part);
        if self.streams.len() >= STREAMS_MAX {
            self.streams.pop_front();
        }
        self.streams.push_back(Stream { stage, ..stream });
        piece
    }

    /// The streams that have begun and not ended, the one without news for longest first. At the
    /// end of a conversation these answers stay unfinished.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.streams.iter().filter(|stream| stream.is_open()).map(|stream| &*stream.id)
    }

    /// The id of the stream that a part belongs to, or begins.
    fn stream_of<'a>(&self, said: &Said<'a>, part: &Part<'a>) -> Option<Cow<'a, str>> {
        if part.stream.is_some() {
            return part.stream.clone();
        }
        // It may be a first piece that comes late or twice.
        let is_known = |own: &Cow<'a, str>| self.streams.iter().any(|stream| *stream.id == **own);
        let own = said.own.clone();
        if own.as_ref().is_some_and(is_known) {
            return own;
        }
        let followed = if part.kind.is_first() { None } else { self.followed(said, part.kind) };
        match (followed, part.kind) {
            (Some(stream), _) => Some(Cow::Owned(stream.id.to_string())),
            // Something must have come before the end.
            (None, Kind::Final { .. }) => None,
            // The first piece is named by its own id, which the bot learns by sending it.
            (None, Kind::Informative(_) | Kind::Streaming { .. }) => own,
        }
    }

    /// The open stream that goes on with what names none, the last one that there was news of.
    fn followed(&self, said: &Said<'_>, kind: Kind) -> Option<&Stream> {
        let reply = said.reply.as_deref();
        let open = || self.streams.iter().rev().filter(|stream| stream.is_open());
        // Where pieces are named, one that is not is the first of another stream, unless its
        // number says no.
        let is_own = |stream: &Stream| {
            *stream.sender == *said.sender && (stream.tie == Tie::Followed || !kind.may_be_first())
        };
        let is_meant = |stream: &&Stream| {
            let is_alike = || is_own(stream) && stream.reply.as_deref() == reply;
            reply.is_some_and(|id| *stream.id == *id || is_alike())
        };
        let is_before =
            |stream: &&Stream| is_own(stream) && (stream.reply.is_none() || reply.is_none());
        open().find(is_meant).or_else(|| open().find(is_before))
    }

    /// What its sender has not named yet is left behind, until a piece does name it.
    fn leave(&mut self, sender: &str) {
        for stream in &mut self.streams {
            if stream.tie == Tie::Followed && *stream.sender == *sender {
                stream.tie = Tie::Left;
            }
        }
    }

    /// Takes out what is known of a stream.
    fn remove(&mut self, id: &str) -> Option<Stream> {
        let known = self.streams.iter().rposition(|stream| &*stream.id == id);
        known.and_then(|index| self.streams.remove(index))
    }
}

impl Stream {
    fn begun_by(id: &str, said: &Said<'_>) -> Stream {
        Stream {
            id: id.into(),
            sender: (&*said.sender).into(),
            reply: said.reply.as_deref().map(Into::into),
            tie: Tie::Followed,
            stage: Stage::Open(SoFar::default()),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_)) && self.tie != Tie::Left
    }
}

impl Stage {
    /// Where a stream stands after this part of it, and what the part is to the display.
    fn after<'a>(self, stream: Cow<'a, str>, part: Part<'a>) -> (Stage, Piece<'a>) {
        let Part { text, kind, .. } = part;
        match (kind, self) {
            (Kind::Informative(_) | Kind::Streaming { .. }, Stage::Over) => {
                (Stage::Over, Piece::Late)
            }
            (Kind::Informative(sequence), Stage::Open(mut so_far)) => {
                let is_news = so_far.inform(sequence);
                let piece = if is_news { Piece::Informed { stream, text } } else { Piece::Late };
                (Stage::Open(so_far), piece)
            }
            (Kind::Streaming { sequence, is_delta: false }, Stage::Open(mut so_far)) => {
                let is_news = so_far.replace(sequence, &text);
                let piece = if is_news { Piece::Grown { stream, text } } else { Piece::Late };
                (Stage::Open(so_far), piece)
            }
            (Kind::Streaming { sequence, is_delta: true }, Stage::Open(mut so_far)) => {
                let piece = match so_far.add(sequence, &text) {
                    Some(text) => Piece::Grown { stream, text: Cow::Owned(text.to_owned()) },
                    None => Piece::Late,
                };
                (Stage::Open(so_far), piece)
            }
            // A second message that ends the same stream breaks the rules, but somebody wrote it.
            (Kind::Final { is_message, has_content }, Stage::Over)
                if !(is_message && has_content) =>
            {
                (Stage::Over, Piece::Late)
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
/// comes late by seconds, not by hundreds of answers. With three ids of up to
/// [`read::ID_BYTES_MAX`] and a text of up to [`so_far::TEXT_BYTES_MAX`] that is 17 MiB at worst.
const STREAMS_MAX: usize = 256;
