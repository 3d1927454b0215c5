//! PRESS: publications. Of each conversation one is under way at a time.

use std::time::Instant;

use async_nats::HeaderMap;
use bytes::Bytes;

use crate::core::{Answer, Name, OrderId, Publication, Subject};
use crate::host::hands::Hands;
use crate::host::news::News;
use crate::nats::Published;

impl Hands {
    /// Publishes; an activity only after the one that was published before it.
    pub(super) fn publish(&self, id: OrderId, publication: Publication) {
        let subject = publication.subject.of(self.names.tenant());
        let body = Bytes::copy_from_slice(publication.body.as_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in &publication.headers {
            headers.insert(*name, value.as_str());
        }
        let message_id = publication.message_id;
        let Subject::Activity(conversation) = publication.subject else {
            let outlet = self.stores.outcomes.clone();
            return self.answer(id, move || async move {
                let stored = outlet.publish(&subject, &message_id, headers, body, None).await?;
                Ok(answered(stored))
            });
        };
        let last = self.lasts.get(&conversation).copied();
        let (outlet, news) = (self.stores.activities.clone(), self.news.clone());
        let figures = self.figures.clone();
        let begun = Instant::now();
        self.answer(id, move || async move {
            // Whoever published last is the owner, or was: a publication of his that comes late finds
            // another after the one it names, and is not stored.
            let after = match last {
                Some(after) => after,
                None => outlet.last(&subject).await?.sequence,
            };
            let stored = outlet.publish(&subject, &message_id, headers, body, Some(after)).await?;
            let last = match stored {
                Published::Stored(sequence) => {
                    figures.published.inc();
                    figures.lag.observe(begun.elapsed().as_secs_f64());
                    Some(sequence.max(after))
                }
                Published::Overtaken => {
                    figures.overtaken.inc();
                    None
                }
            };
            // Told before the answer, since the next publication needs it.
            let _ = news.send(News::Stored(conversation, last)).await;
            Ok(answered(stored))
        });
    }

    /// The number of the last activity of a conversation on the stream, where it is known.
    pub(crate) fn stored(&mut self, conversation: Name, sequence: Option<u64>) {
        match sequence {
            Some(sequence) => {
                let last = self.lasts.entry(conversation).or_default();
                *last = sequence.max(*last);
            }
            None => {
                self.lasts.remove(&conversation);
            }
        }
    }
}

fn answered(published: Published) -> Answer {
    match published {
        Published::Stored(sequence) => Answer::Done(sequence),
        Published::Overtaken => Answer::Conflict,
    }
}
