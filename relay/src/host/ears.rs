//! EARS: what a host hears of the buckets that all watch, and of the queue, as long as it is there.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use futures_util::StreamExt;
use tokio::sync::Barrier;
use tokio::sync::mpsc::Sender;

use crate::core::{Address, Fact, Found, HostName, Name};
use crate::host::news::{Fault, News};
use crate::nats::{Bucket, Entry, Kind, Names, Posts, Problem, Seen, Stores};

/// Watches the buckets of hosts and of conversations; once all that stands in both was told, that is.
pub(crate) fn watch(stores: &Stores, news: &Sender<News>) {
    let both = Arc::new(Barrier::new(2));
    let host = |key: &str| HostName::new(key).ok().map(Address::Host);
    let conversation = |key: &str| Name::new(key).ok().map(Address::Conversation);
    tokio::spawn(follow(stores.hosts.clone(), host, news.clone(), both.clone()));
    tokio::spawn(follow(stores.conversations.clone(), conversation, news.clone(), both));
}

async fn follow(
    bucket: Bucket,
    address: impl Fn(&str) -> Option<Address>,
    news: Sender<News>,
    both: Arc<Barrier>,
) {
    let (mut both, mut watch, mut failures) = (Some(both), bucket.watch(), 0_u32);
    loop {
        let next = tokio::select! {
            next = watch.next() => next,
            () = news.closed() => return,
        };
        let told = match next {
            Ok(Seen::Entry { key, entry }) => Some(seen(&address, &key, entry)),
            Ok(Seen::Synced) => match both.take() {
                // One of the two tells it for both, once both are there.
                Some(both) if both.wait().await.is_leader() => Some(News::Fact(Fact::Synced)),
                _ => None,
            },
            // It goes on where it was; that a reader ends now and then is nothing to tell.
            Err(problem) => {
                tokio::time::sleep(PAUSE).await;
                failures += 1;
                if let Some(told) = (failures > FAILURES).then_some(News::Problem(problem)) {
                    // Nobody listens any more when the host is gone.
                    let _ = news.send(told).await;
                }
                continue;
            }
        };
        failures = 0;
        if let Some(told) = told {
            // Nobody listens any more when the host is gone.
            let _ = news.send(told).await;
        }
    }
}

fn seen(address: impl Fn(&str) -> Option<Address>, key: &str, entry: Entry) -> News {
    match address(key) {
        Some(address) => News::Fact(Fact::Seen { address, found: found(entry) }),
        None => {
            let shown: String = key.chars().take(64).collect();
            News::Fault(Fault::new(
                "key",
                format!("a bucket has the key {shown:?}, which is no name"),
            ))
        }
    }
}

/// What stands under a key, as text; what is none is told as it can be.
pub(crate) fn found(entry: Entry) -> Found {
    let text = |value: bytes::Bytes| String::from_utf8_lossy(&value).into();
    Found { revision: entry.revision, value: entry.value.map(text) }
}

/// Hears of posts that were stored, and looks now and then for those it has not heard of.
///
/// # Errors
///
/// When NATS does not let it hear of them.
pub(crate) async fn notices(
    client: &Client,
    names: &Names,
    posts: Posts,
    news: &Sender<News>,
) -> Result<(), Problem> {
    let wrong = |error: async_nats::SubscribeError| Problem::Other(error.to_string());
    let mut notices = client.subscribe(names.all(Kind::Queued)).await.map_err(wrong)?;
    let (names, heard) = (names.clone(), news.clone());
    tokio::spawn(async move {
        while let Some(notice) = notices.next().await {
            let Some(name) = names.conversation(&notice.subject, Kind::Queued) else { continue };
            if heard.send(News::Notice(name)).await.is_err() {
                return;
            }
        }
    });
    let looked = news.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(LOOK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            // Without an answer the next look will have one.
            for name in posts.waiting().await.unwrap_or_default() {
                if looked.send(News::Notice(name)).await.is_err() {
                    return;
                }
            }
            if looked.is_closed() {
                return;
            }
        }
    });
    Ok(())
}

const PAUSE: Duration = Duration::from_millis(200);
/// So many in a row are none of a connection that was lost.
const FAILURES: u32 = 10;
/// Notices get lost where a connection does.
const LOOK_EVERY: Duration = Duration::from_secs(5);
