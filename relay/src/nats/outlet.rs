//! OUTLET: a stream that is written to, each message once and after the one before.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use bytes::Bytes;

use crate::nats::{Link, Problem};

/// A stream of messages with ids; cheap to clone.
#[derive(Clone)]
pub struct Outlet {
    link: Link,
    /// What is known of it is far more than a handle.
    stream: Arc<Stream>,
}

/// What came of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is stored under this number of the stream, now or before.
    Stored(u64),
    /// Somebody else has published on this subject since, so that it was not stored.
    Overtaken,
}

/// The last message on a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// Its number; 0 where there is none.
    pub sequence: u64,
    /// Its id.
    pub id: Option<String>,
}

impl Outlet {
    pub(crate) fn new(link: Link, stream: Stream) -> Outlet {
        Outlet { link, stream: Arc::new(stream) }
    }

    /// How many bytes a message may have, with its headers.
    pub fn room(&self) -> usize {
        let all = self.link.client().server_info().max_payload;
        let own = usize::try_from(self.stream.cached_info().config.max_message_size);
        own.ok().filter(|own| *own > 0).map_or(all, |own| own.min(all))
    }

    /// The last message on `subject`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn last(&self, subject: &str) -> Result<Last, Problem> {
        match self.stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => {
                let id = message.headers.get(NATS_MESSAGE_ID).map(ToString::to_string);
                Ok(Last { sequence: message.sequence, id })
            }
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok(Last::default()),
                LastRawMessageErrorKind::JetStream(said) => Err(Problem::Other(said.to_string())),
                _ => Err(self.link.silence()),
            },
        }
    }

    /// Publishes under an id after the message numbered `after`, 0 where there is none on this subject.
    ///
    /// # Errors
    ///
    /// When there is no answer: whether it was stored is not known then, and it may be repeated.
    pub async fn publish(
        &self,
        subject: &str,
        id: &str,
        headers: HeaderMap,
        payload: Bytes,
        after: u64,
    ) -> Result<Published, Problem> {
        // What is set as a whole would take away what was set before.
        let message = PublishMessage::build().headers(headers).payload(payload).message_id(id);
        let message = message.expected_last_subject_sequence(after);
        let sent = self.link.context().send_publish(subject.to_owned(), message).await;
        let answered = match sent {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(stored) => Ok(Published::Stored(stored.sequence)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                // A cluster may look at the order first and at ids afterwards.
                let last = self.last(subject).await?;
                let is_ours = last.id.as_deref() == Some(id);
                Ok(if is_ours { Published::Stored(last.sequence) } else { Published::Overtaken })
            }
            Err(error) => Err(self.problem(&error)),
        }
    }

    fn problem(&self, error: &PublishError) -> Problem {
        match error.kind() {
            PublishErrorKind::TimedOut => self.link.silence(),
            _ => Problem::Other(error.to_string()),
        }
    }
}
