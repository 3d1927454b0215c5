//! QUEUE: whose next post is wanted, and who looks for it. Whoever has been looked for in vain waits for
//! a notice; what notices missed is found by a look at the whole queue now and then.

use std::collections::BTreeMap;

use tokio::sync::mpsc::Sender;

use crate::core::Name;
use crate::host::news::News;
use crate::nats::{Posts, Problem, Queued};

/// The posts that are wanted.
pub(crate) struct Queue {
    posts: Posts,
    news: Sender<News>,
    places: BTreeMap<Name, Place>,
}

/// Where a conversation's owner is in its queue.
#[derive(Debug)]
struct Place {
    epoch: u64,
    /// Everything before is dealt with.
    from: u64,
    /// The next is wanted.
    is_wanted: bool,
    is_looking: bool,
    /// There may be more since the look began.
    looks_again: bool,
}

impl Queue {
    pub(crate) fn new(posts: Posts, news: Sender<News>) -> Queue {
        Queue { posts, news, places: BTreeMap::new() }
    }

    /// The next post is wanted; under another epoch all that waits is seen anew.
    pub(crate) fn fetch(&mut self, conversation: &Name, epoch: u64) {
        let place = self.places.entry(conversation.clone()).or_insert_with(|| Place::new(epoch));
        if place.epoch != epoch {
            *place = Place::new(epoch);
        }
        place.is_wanted = true;
        self.look(conversation);
    }

    /// None is wanted any more.
    pub(crate) fn unfetch(&mut self, conversation: &Name) {
        self.places.remove(conversation);
    }

    /// This one and all before it are dealt with; it is removed in the end.
    pub(crate) fn acknowledge(&mut self, conversation: &Name, sequence: u64) {
        if let Some(place) = self.places.get_mut(conversation) {
            place.from = place.from.max(sequence + 1);
        }
        self.remove(sequence);
    }

    /// There may be a post for this conversation.
    pub(crate) fn notice(&mut self, conversation: &Name) {
        if let Some(place) = self.places.get_mut(conversation) {
            place.looks_again = place.is_looking;
            if place.is_wanted && !place.is_looking {
                self.look(conversation);
            }
        }
    }

    /// What a look has found: gives it where it is still wanted.
    pub(crate) fn fetched(
        &mut self,
        conversation: &Name,
        epoch: u64,
        found: Result<Option<Queued>, Problem>,
    ) -> Option<Queued> {
        let place = self.places.get_mut(conversation).filter(|place| place.epoch == epoch)?;
        let looks_again = std::mem::take(&mut place.looks_again);
        place.is_looking = false;
        if !place.is_wanted {
            return None;
        }
        match found {
            Ok(Some(queued)) if queued.sequence >= place.from => {
                place.is_wanted = false;
                Some(queued)
            }
            Ok(None) if !looks_again => None,
            // It was dealt with meanwhile, there is something newer, or there was no answer.
            _ => {
                self.look(conversation);
                None
            }
        }
    }

    /// What was found is no post: it is removed, and the next is looked for.
    pub(crate) fn skip(&mut self, conversation: &Name, sequence: u64) {
        self.acknowledge(conversation, sequence);
        if let Some(place) = self.places.get_mut(conversation) {
            place.is_wanted = true;
            self.look(conversation);
        }
    }

    fn look(&mut self, conversation: &Name) {
        let Some(place) = self.places.get_mut(conversation).filter(|place| !place.is_looking)
        else {
            return;
        };
        place.is_looking = true;
        let (epoch, from) = (place.epoch, place.from);
        let (posts, news) = (self.posts.clone(), self.news.clone());
        let conversation = conversation.clone();
        tokio::spawn(async move {
            let found = posts.next(&conversation, from).await;
            if found.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
            // Nobody listens any more when the host is gone.
            let _ = news.send(News::Fetched { conversation, epoch, found }).await;
        });
    }

    fn remove(&self, sequence: u64) {
        let (posts, news) = (self.posts.clone(), self.news.clone());
        tokio::spawn(async move {
            for _ in 0..TRIES {
                match posts.remove(sequence).await {
                    Ok(()) => return,
                    // Nobody listens any more when the host is gone.
                    Err(problem) => _ = news.send(News::Problem(problem)).await,
                }
                tokio::time::sleep(PAUSE).await;
            }
            // It comes again to whoever owns the conversation next, who knows it.
        });
    }
}

impl Place {
    fn new(epoch: u64) -> Place {
        Place { epoch, from: 0, is_wanted: false, is_looking: false, looks_again: false }
    }
}

/// How long nothing is asked of a NATS that has not answered.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);
const TRIES: u32 = 10;
