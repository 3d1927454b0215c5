//! WATCH: what stands in a bucket and what is written to it, as it is written.

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::stream::Stream;

use crate::nats::{Entry, Link, Problem, Tail};

/// What stands under every key, and then whatever is written, in the order of the revisions; of several
/// values of one key some may be left out, but never the last.
pub struct Watch {
    tail: Tail,
    prefix: String,
    /// Whether it was said that all that stood there has come.
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
    pub(crate) fn new(link: &Link, stream: &Stream, prefix: &str) -> Watch {
        let tail = Tail::new(link, stream, &format!("{prefix}>"), DeliverPolicy::LastPerSubject);
        Watch { tail, prefix: prefix.to_owned(), is_synced: false }
    }

    /// What comes next. After an error it may be asked again, better after a pause.
    ///
    /// # Errors
    ///
    /// When NATS does not go on with it; nothing is left out.
    pub async fn next(&mut self) -> Result<Seen, Problem> {
        loop {
            if !self.is_synced && self.tail.still_to_come().await? == 0 {
                self.is_synced = true;
                return Ok(Seen::Synced);
            }
            let (message, revision) = self.tail.next().await?;
            let Some(key) = message.subject.strip_prefix(&self.prefix) else { continue };
            let none = HeaderMap::new();
            let headers = message.headers.as_ref().unwrap_or(&none);
            let entry = Entry::new(headers, message.payload.clone(), revision);
            return Ok(Seen::Entry { key: key.to_owned(), entry });
        }
    }
}
