//! TAIL: the messages of a stream from one of them on, in order and without an end. A reader that NATS
//! has lost is made anew where it was, as soon as that is noticed: when the connection is another one, or
//! when there is no sign of life.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{self, Config};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use tokio::sync::watch;

use crate::nats::{Link, Problem};

/// The messages on one subject of a stream.
pub struct Tail {
    link: Link,
    stream: Stream,
    filter: String,
    from: DeliverPolicy,
    reader: Option<Reader>,
    /// The number of the last message that was handed out.
    last: u64,
    /// Whether a new reader begins at the start again.
    begins_anew: bool,
}

struct Reader {
    messages: pull::Stream,
    connection: watch::Receiver<u64>,
    /// How many messages it has handed out.
    read: u64,
    /// How much there was when it was made.
    pending: u64,
}

impl Tail {
    /// What is on `filter`, from `from` on.
    #[must_use]
    pub fn new(link: &Link, stream: &Stream, filter: &str, from: DeliverPolicy) -> Tail {
        let (link, stream, filter) = (link.clone(), stream.clone(), filter.to_owned());
        Tail { link, stream, filter, from, reader: None, last: 0, begins_anew: false }
    }

    /// The same, but that each new reader begins where the first one did.
    pub(crate) fn beginning_anew(self) -> Tail {
        Tail { begins_anew: true, ..self }
    }

    /// The next message and its number. After an error it may be asked again, better after a pause.
    ///
    /// # Errors
    ///
    /// When NATS does not go on with it; nothing is left out.
    pub async fn next(&mut self) -> Result<(Message, u64), Problem> {
        loop {
            self.ready().await?;
            let Some(reader) = &mut self.reader else { continue };
            let next = tokio::select! {
                _ = reader.connection.changed() => None,
                next = reader.messages.next() => next,
            };
            let Some(Ok(message)) = next else {
                self.reader = None;
                let why = "a reader has ended, and another begins";
                return Err(Problem::Other(String::from(why)));
            };
            let info = message.info().map_err(|error| Problem::Other(error.to_string()))?;
            let (number, count) = (info.stream_sequence, info.consumer_sequence);
            reader.read += 1;
            if count != reader.read {
                // Something was dropped on the way.
                self.reader = None;
                continue;
            }
            if number > self.last {
                self.last = number;
                return Ok((message, number));
            }
        }
    }

    /// How much there was at the beginning that is still to come; more than was written since.
    pub(crate) async fn still_to_come(&mut self) -> Result<u64, Problem> {
        self.ready().await?;
        Ok(self.reader.as_ref().map_or(0, |reader| reader.pending.saturating_sub(reader.read)))
    }

    async fn ready(&mut self) -> Result<(), Problem> {
        if self.reader.is_some() {
            return Ok(());
        }
        let connection = self.link.connections();
        if self.begins_anew {
            self.last = 0;
        }
        let deliver_policy = match self.last {
            0 => self.from,
            last => DeliverPolicy::ByStartSequence { start_sequence: last + 1 },
        };
        let config = Config {
            filter_subject: self.filter.clone(),
            deliver_policy,
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..Config::default()
        };
        let made = self.stream.create_consumer(config).await;
        let consumer: Consumer<Config> = made.map_err(|error| self.link.because(&error))?;
        let pending = consumer.cached_info().num_pending;
        let messages = consumer.stream().max_messages_per_batch(BATCH).expires(EXPIRES);
        let messages = messages.heartbeat(HEARTBEAT).messages().await;
        let messages = messages.map_err(|error| self.link.because(&error))?;
        self.reader = Some(Reader { messages, connection, read: 0, pending });
        Ok(())
    }
}

const BATCH: usize = 256;
const EXPIRES: Duration = Duration::from_secs(20);
/// Twice as long without a sign of life, and another reader begins.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// When a server forgets a reader that nobody reads.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);
