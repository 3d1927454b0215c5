//! POSTS: the queue of what is to be sent, read by conversation and in order.
//!
//! A consumer for each of ten thousand conversations would be dear, and one for all would hand a post to
//! a host that does not own its conversation. So the owner reads the next message of its own subject, and
//! removes it when it is dealt with, which is what an acknowledgement does. That there is something to
//! read is told by what the stream republishes, without texts; what was missed is found by looking.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{DeleteMessageErrorKind, RawMessageErrorKind, Stream};
use bytes::Bytes;

use crate::core::Name;
use crate::nats::{Kind, Link, Names, Problem};

/// The queue of posts; cheap to clone.
#[derive(Clone)]
pub struct Posts {
    link: Link,
    /// What is known of it is far more than a handle.
    stream: Arc<Stream>,
    names: Names,
}

/// One that waits.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Its number in the queue.
    pub sequence: u64,
    /// What came with it.
    pub headers: HeaderMap,
    /// What is to be sent, as it was put in.
    pub payload: Bytes,
}

impl Posts {
    pub(crate) fn new(link: Link, stream: Stream, names: Names) -> Posts {
        Posts { link, stream: Arc::new(stream), names }
    }

    /// The first post of `conversation` from number `from` on.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn next(&self, conversation: &Name, from: u64) -> Result<Option<Queued>, Problem> {
        let subject = self.names.subject(conversation, Kind::Post);
        let found = self.stream.raw_message_builder().sequence(from).next_by_subject(subject);
        match found.send().await {
            Ok(message) => Ok(Some(Queued {
                sequence: message.sequence,
                headers: message.headers,
                payload: message.payload,
            })),
            Err(error) => match error.kind() {
                RawMessageErrorKind::NoMessageFound => Ok(None),
                RawMessageErrorKind::JetStream(said) => Err(Problem::Other(said.to_string())),
                _ => Err(self.link.silence()),
            },
        }
    }

    /// Takes a post out for good; it is no error if it is gone already.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn remove(&self, sequence: u64) -> Result<(), Problem> {
        match self.stream.delete_message(sequence).await {
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                DeleteMessageErrorKind::JetStream(said) if is_gone(&said.to_string()) => Ok(()),
                DeleteMessageErrorKind::JetStream(said) => Err(Problem::Other(said.to_string())),
                _ => Err(self.link.silence()),
            },
        }
    }

    /// The conversations that have posts waiting.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn waiting(&self) -> Result<Vec<Name>, Problem> {
        let subjects = self.link.subjects(&self.stream, &self.names.all(Kind::Post)).await?;
        let conversation = |subject: &String| self.names.conversation(subject, Kind::Post);
        Ok(subjects.iter().filter_map(conversation).collect())
    }
}

/// A stream has one code for all that hinders a removal, and says the rest in words.
fn is_gone(said: &str) -> bool {
    said.contains("no message found") || said.contains("sequence not found")
}
