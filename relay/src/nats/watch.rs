//! WATCH: what stands in a bucket and what is written to it, as it is written.

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::consumer::{Consumer, DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;

use crate::nats::{Entry, Link, Problem};

/// What stands under every key, and then whatever is written, in the order of the revisions; of several
/// values of one key some may be left out, but never the last.
pub struct Watch {
    messages: Ordered,
    prefix: String,
    /// How much of what stood there at the beginning is still to come.
    to_come: u64,
    /// Whether it was said that all of that has come.
    is_synced: bool,
}

/// What a watch has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What stands under a key.
    Entry {
        /// Which.
        key: String,
        /// What.
        entry: Entry,
    },
    /// All that stood there when the watch began was told; said once.
    Synced,
}

impl Watch {
    pub(crate) async fn begin(
        link: &Link,
        stream: &Stream,
        prefix: &str,
    ) -> Result<Watch, Problem> {
        let config = OrderedConfig {
            filter_subject: format!("{prefix}>"),
            deliver_policy: DeliverPolicy::LastPerSubject,
            replay_policy: ReplayPolicy::Instant,
            ..OrderedConfig::default()
        };
        let made = stream.create_consumer(config).await;
        let consumer: Consumer<OrderedConfig> = made.map_err(|error| link.because(&error))?;
        let to_come = consumer.cached_info().num_pending;
        let messages = consumer.messages().await.map_err(|error| link.because(&error))?;
        Ok(Watch { messages, prefix: prefix.to_owned(), to_come, is_synced: false })
    }

    /// What comes next. An error ends it, and another watch has to begin.
    ///
    /// # Errors
    ///
    /// When NATS does not go on with it.
    pub async fn next(&mut self) -> Result<Seen, Problem> {
        loop {
            if self.to_come == 0 && !self.is_synced {
                self.is_synced = true;
                return Ok(Seen::Synced);
            }
            let Some(message) = self.messages.next().await else {
                return Err(Problem::Other(String::from("a watch has ended")));
            };
            let message = message.map_err(|error| Problem::Other(error.to_string()))?;
            self.to_come = self.to_come.saturating_sub(1);
            let revision = message.info().map_err(|error| Problem::Other(error.to_string()))?;
            let revision = revision.stream_sequence;
            let Some(key) = message.subject.strip_prefix(&self.prefix) else { continue };
            let none = HeaderMap::new();
            let headers = message.headers.as_ref().unwrap_or(&none);
            let entry = Entry::new(headers, message.payload.clone(), revision);
            return Ok(Seen::Entry { key: key.to_owned(), entry });
        }
    }
}
