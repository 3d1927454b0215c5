//! BUCKET: keys with values and revisions, compared and set.
//!
//! A value that was removed leaves a mark with a revision behind, until the
//! bucket's age takes it away; whoever writes has to name it.
//!
//! A cluster of servers before 2.9.21 compares a revision when a write comes in, and not again when it
//! stores it: of several that are under way at once, all are stored, and all are told so. What it does
//! look at when it stores are ids. So a write that replaces a revision bears an id made of just that
//! revision, and whoever is second is told of a repeat. Where nothing is to stand, the comparison is made
//! when it stores and only then; and after each that fails there, a replica that is killed may number
//! anew and lose what it has. So it is looked first, and such a write seldom fails.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use bytes::Bytes;

use crate::nats::watch::Watch;
use crate::nats::{Link, Problem};

/// A bucket of keys and values, as `nats kv` shows it; cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    link: Link,
    /// What is known of it is far more than a handle.
    stream: Arc<Stream>,
    prefix: String,
}

/// What is under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The value; none where there never was one, or it was removed or has aged out.
    pub value: Option<Bytes>,
    /// What a write has to name; 0 where there is nothing.
    pub revision: u64,
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is stored, with this revision.
    Stored(u64),
    /// Somebody else has written since.
    Conflict,
}

impl Entry {
    pub(crate) fn new(headers: &HeaderMap, payload: Bytes, revision: u64) -> Entry {
        let value = Some(payload).filter(|_| headers.get(OPERATION).is_none());
        Entry { value, revision }
    }
}

impl Bucket {
    pub(crate) fn new(link: Link, stream: Stream, name: String) -> Bucket {
        Bucket { link, stream: Arc::new(stream), prefix: format!("$KV.{name}.") }
    }

    /// What is under `key`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn get(&self, key: &str) -> Result<Entry, Problem> {
        self.dated(key).await.map(|(entry, _)| entry)
    }

    /// The same, and when it was written, in nanoseconds since 1970 as all replicas have it.
    pub(crate) async fn dated(&self, key: &str) -> Result<(Entry, i128), Problem> {
        let found = self.stream.get_last_raw_message_by_subject(&self.subject(key)).await;
        match found {
            Ok(message) => {
                let written = message.time.unix_timestamp_nanos();
                let entry = Entry::new(&message.headers, message.payload, message.sequence);
                Ok((entry, written))
            }
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok((Entry::default(), 0)),
                LastRawMessageErrorKind::JetStream(said) => Err(Problem::Other(said.to_string())),
                _ => Err(self.link.silence()),
            },
        }
    }

    /// Puts `value` under `key` if the revision there is still `expected`. Waits while another write that
    /// expects the same is under way.
    ///
    /// # Errors
    ///
    /// When there is no answer: whether it was stored is not known then.
    pub async fn put(&self, key: &str, value: Bytes, expected: u64) -> Result<Written, Problem> {
        self.write(key, PublishMessage::build().payload(value), expected).await
    }

    /// Takes away what is under `key` if the revision there is still `expected`.
    ///
    /// # Errors
    ///
    /// As [`Bucket::put`].
    pub async fn remove(&self, key: &str, expected: u64) -> Result<Written, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, "DEL");
        self.write(key, PublishMessage::build().headers(headers), expected).await
    }

    /// Tells what stands under every key, and then whatever is written; see [`Watch`].
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(&self.link, &self.stream, self, &self.prefix)
    }

    /// The keys of `known` under which nothing stands, not even a mark, and those under which something does
    /// and which are not among it.
    pub(crate) async fn differs(&self, known: &HashSet<String>) -> Result<Vec<String>, Problem> {
        let info = self.stream.get_info().await.map_err(|_| self.link.silence())?;
        if info.state.messages == known.len() as u64 {
            return Ok(Vec::new());
        }
        let subjects = self.link.subjects(&self.stream, &self.subject(">")).await?;
        let key = |subject: &String| subject.strip_prefix(&self.prefix).map(str::to_owned);
        let there: HashSet<String> = subjects.iter().filter_map(key).collect();
        Ok(there.symmetric_difference(known).cloned().collect())
    }

    async fn write(
        &self,
        key: &str,
        message: PublishMessage,
        expected: u64,
    ) -> Result<Written, Problem> {
        if expected == 0 && self.get(key).await?.revision > 0 {
            return Ok(Written::Conflict);
        }
        let message = message.expected_last_subject_sequence(expected);
        let message = match expected {
            0 => message,
            _ => message.message_id(format!("{key}/{expected}")),
        };
        loop {
            let sent = self.link.context().send_publish(self.subject(key), message.clone()).await;
            let answered = match sent {
                Ok(answer) => answer.await,
                Err(error) => Err(error),
            };
            return match answered {
                Ok(stored) if stored.duplicate => Ok(Written::Conflict),
                Ok(stored) => Ok(Written::Stored(stored.sequence)),
                Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                    Ok(Written::Conflict)
                }
                // What became of the other one is known soon.
                Err(error) if error.to_string().contains(IN_PROCESS) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => Err(self.problem(&error)),
            };
        }
    }

    fn problem(&self, error: &async_nats::jetstream::context::PublishError) -> Problem {
        match error.kind() {
            PublishErrorKind::TimedOut => self.link.silence(),
            _ => Problem::Other(error.to_string()),
        }
    }

    fn subject(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

/// The code with which a newer server says that another message of that id is under way.
const IN_PROCESS: &str = "10158";
const PAUSE: Duration = Duration::from_millis(10);
/// The header that marks what was removed.
const OPERATION: &str = "KV-Operation";
