//! PRESS: publications. Of each conversation one is under way at a time.

use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use bytes::Bytes;

use crate::core::{Answer, Name, OrderId, Publication, Subject};
use crate::host::hands::Hands;
use crate::host::news::{Fault, News};
use crate::nats::{Last, Problem, Published};

impl Hands {
    /// Publishes, after what was the last on its subject while this host had its lease.
    pub(super) fn publish(&self, id: OrderId, publication: Publication) {
        let subject = publication.subject.of(self.names.tenant());
        let mut body = Bytes::copy_from_slice(publication.body.as_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in &publication.headers {
            headers.insert(*name, value.as_str());
        }
        let message_id = publication.message_id;
        let (outlet, last) = match &publication.subject {
            Subject::Activity(name) => (&self.stores.activities, self.lasts.get(name).copied()),
            Subject::Outcome(_) => (&self.stores.outcomes, None),
        };
        let (outlet, news, figures) = (outlet.clone(), self.news.clone(), self.figures.clone());
        let room = outlet.room();
        if body.len() + HEADERS_MAX > room {
            let name = publication.subject.conversation();
            let flaw = format!("it has {} bytes, and NATS takes {room} in all", body.len());
            self.fault(Fault::of(name, "activity", flaw));
            body = omitted(&publication.body).into();
        }
        let (clock, begun, margin) = (self.clock, self.clock.now(), self.options.settings.margin);
        let asked = Instant::now();
        self.answer(id, move || async move {
            // Whoever published last is the owner, or was: a publication of his that comes late finds
            // another after the one it names, and is not stored.
            let after = match last {
                Some(after) => after,
                None => {
                    surely_last(outlet.last(&subject), || clock.now().since(begun), margin).await?
                }
            };
            let stored = outlet.publish(&subject, &message_id, headers, body, after).await?;
            if let Subject::Activity(conversation) = publication.subject {
                let last = match stored {
                    Published::Stored(sequence) => {
                        figures.published.inc();
                        figures.lag.observe(asked.elapsed().as_secs_f64());
                        Some(sequence.max(after))
                    }
                    Published::Overtaken => {
                        figures.overtaken.inc();
                        None
                    }
                };
                // Told before the answer, since the next publication needs it.
                let _ = news.send(News::Stored(conversation, last)).await;
            }
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

/// The number of the last message, if it was read so soon after the order that the lease was not over:
/// else it may be what the next owner has published.
async fn surely_last(
    read: impl Future<Output = Result<Last, Problem>>,
    passed: impl FnOnce() -> Duration,
    margin: Duration,
) -> Result<u64, Problem> {
    let last = read.await?;
    if passed() < margin { Ok(last.sequence) } else { Err(Problem::Silent(margin)) }
}

/// What stands in the place of an activity that is too large: it says which that was.
fn omitted(activity: &str) -> String {
    let whole: serde_json::Value = serde_json::from_str(activity).unwrap_or_default();
    let [id, timestamp] = ["id", "timestamp"].map(|member| &whole[member]);
    let bytes = activity.len();
    let data = serde_json::json!({"directline": {"omitted": whole["type"], "bytes": bytes}});
    serde_json::json!({"type": "event", "name": "directline.omitted", "id": id, "timestamp": timestamp, "channelData": data})
        .to_string()
}

/// More than the headers of a publication have.
const HEADERS_MAX: usize = 4 * 1024;

fn answered(published: Published) -> Answer {
    match published {
        Published::Stored(sequence) => Answer::Done(sequence),
        Published::Overtaken => Answer::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_after_a_sleep_is_nothing_to_publish_behind() {
        // Covers: RL-53
        let margin = Duration::from_secs(2);
        let read = |passed| {
            let last = Last { sequence: 5, id: None };
            surely_last(async { Ok(last) }, move || passed, margin)
        };
        let soon = margin - Duration::from_millis(1);
        assert_eq!(read(soon).await, Ok(5));
        assert_eq!(read(margin).await, Err(Problem::Silent(margin)));
    }
}
