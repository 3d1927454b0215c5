//! THE SERVICE: conversations as logs of activities, and which posts it took. It is always there: what
//! a session makes of a service that is not, the machine's own simulation asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use directline_relay::core::{Activity, Name, PostKey};

/// All conversations that were ever opened.
#[derive(Default)]
pub(crate) struct Service {
    logs: Vec<Log>,
    /// How often each post was taken, with the sequences in the queue of those that were, in order.
    taken: BTreeMap<PostKey, u32>,
}

/// One conversation.
pub(crate) struct Log {
    pub(crate) name: Name,
    pub(crate) activities: Vec<Activity>,
    /// Where the present numbering began.
    base: usize,
    pub(crate) is_over: bool,
}

/// How an activity is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kind<'a> {
    pub(crate) echo: Option<&'a PostKey>,
    pub(crate) has_no_id: bool,
    pub(crate) begins_numbering: bool,
    pub(crate) is_end: bool,
}

impl Service {
    /// Opens a conversation.
    pub(crate) fn open(&mut self, name: &Name) -> usize {
        let activities = Vec::new();
        self.logs.push(Log { name: name.clone(), activities, base: 0, is_over: false });
        self.logs.len() - 1
    }

    pub(crate) fn log(&self, conversation: usize) -> &Log {
        &self.logs[conversation]
    }

    /// All that were opened under a name.
    pub(crate) fn all(&self, name: &Name) -> impl Iterator<Item = usize> {
        self.logs.iter().enumerate().filter(move |(_, log)| log.name == *name).map(|(at, _)| at)
    }

    /// The one that was opened last under a name.
    pub(crate) fn last(&self, name: &Name) -> Option<usize> {
        self.logs.iter().rposition(|log| log.name == *name)
    }

    /// Something is said, at `now`.
    pub(crate) fn say(&mut self, conversation: usize, kind: Kind<'_>, now: u64) {
        let log = &mut self.logs[conversation];
        if log.is_over {
            return;
        }
        let at = log.activities.len();
        if kind.begins_numbering {
            log.base = at;
        }
        log.is_over = kind.is_end;
        // As the service has them: a number in the conversation, from the beginning of its numbering.
        let id = (!kind.has_no_id).then(|| format!("{conversation}|{:07}", at - log.base));
        log.activities.push(Activity {
            id,
            // Later than whatever was said before, so that a number that comes again is told apart.
            stamp: format!("{now}.{at}"),
            echo: kind.echo.map(|key| key.as_str().to_owned()),
            json: Arc::from(format!("{{\"at\":\"{conversation}|{at}\"}}")),
        });
    }

    /// Takes a post; gives how often it did.
    pub(crate) fn take(&mut self, key: &PostKey) -> u32 {
        let taken = self.taken.entry(key.clone()).or_default();
        *taken += 1;
        *taken
    }

    pub(crate) fn taken(&self, key: &PostKey) -> u32 {
        self.taken.get(key).copied().unwrap_or(0)
    }

    /// Which activity of which conversation a text is.
    pub(crate) fn place(json: &str) -> Option<(usize, usize)> {
        let (conversation, at) =
            json.strip_prefix("{\"at\":\"")?.strip_suffix("\"}")?.split_once('|')?;
        Some((conversation.parse().ok()?, at.parse().ok()?))
    }
}
