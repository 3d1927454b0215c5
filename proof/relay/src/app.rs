//! THE APPLICATION, which starts and ends conversations and posts to them, and the service's side of a
//! post.

use std::collections::BTreeMap;
use std::sync::Arc;

use directline_relay::core::{
    Address, Command, Entry, Fact, Name, Outcome, PostKey, Reply, Ticket, Wanted,
};
use directline_world::violation::{Verdict, ensure};

use crate::deeds::Deed;
use crate::process::{Message, Step};
use crate::service::Kind;
use crate::setup;
use crate::world::{Event, SAYS_ON, Sending, World};

/// What the application knows.
#[derive(Default)]
pub(crate) struct App {
    tickets: BTreeMap<Ticket, Asked>,
    /// What was started for sure, and what it has ended since.
    pub(crate) started: BTreeMap<Name, bool>,
    keys: BTreeMap<Name, Vec<PostKey>>,
    posted: u64,
}

#[derive(Clone)]
pub(crate) struct Asked {
    name: Name,
    is_end: bool,
    /// Asked for what was there under that name before.
    is_former: bool,
}

impl App {
    /// A name is used again, and is another's.
    pub(crate) fn forget(&mut self, name: &Name) {
        self.started.remove(name);
        self.keys.remove(name);
        let asked = self.tickets.values_mut().filter(|asked| asked.name == *name);
        asked.for_each(|asked| asked.is_former = true);
    }
}

impl World<'_> {
    /// A name that is free again is used again, unless what was posted under it before is still there.
    pub(crate) fn begin_again(&mut self, name: &Name) -> Verdict {
        if self.nats.waiting(name) > 0 || !self.oracle.removed.contains(name) {
            return Ok(());
        }
        self.log(|| format!("{name} is used again"));
        self.oracle.begins_again(name, &self.service);
        self.command(name, false)
    }

    /// Asks some host; again, until one says that it is done.
    pub(crate) fn command(&mut self, name: &Name, is_end: bool) -> Verdict {
        let is_done = match self.oracle.app.started.get(name) {
            None => false,
            Some(has_ended) => !is_end || *has_ended,
        };
        // Who asked before does not start a name that is free again.
        let is_done = is_done || self.oracle.removed.contains(name);
        if is_done || (is_end && !self.oracle.app.started.contains_key(name)) {
            return Ok(());
        }
        let again = if is_end { Deed::End(name.clone()) } else { Deed::Start(name.clone()) };
        self.after(2_000, Event::Deed(again));
        let host = self.random.index(self.hosts.len());
        if !self.is_linked(host) {
            return Ok(());
        }
        let ticket = Ticket(self.oracle.app.tickets.len() as u64);
        let asked = Asked { name: name.clone(), is_end, is_former: false };
        self.oracle.app.tickets.insert(ticket, asked);
        let conversation = name.clone();
        let command = if is_end {
            Command::End { conversation }
        } else {
            Command::Start { conversation, from: None }
        };
        let life = self.hosts[host].life;
        self.reach(host, life, Message::Fact(Fact::Command { ticket, command }))
    }

    /// What was said to be done is in the bucket.
    pub(crate) fn replied(&mut self, ticket: Ticket, reply: &Reply) -> Verdict {
        let asked = self.oracle.app.tickets.get(&ticket).filter(|asked| !asked.is_former);
        let Some(Asked { name, is_end, .. }) = asked.cloned() else { return Ok(()) };
        // What is over has begun, and nobody asks for that again; one before it may have been as well.
        let is_over = matches!(reply, Reply::Refused(reason) if reason.starts_with("it is over"));
        if is_over && self.entry(&name).is_some_and(|entry| entry.wanted != Wanted::Running) {
            self.oracle.app.started.entry(name).or_insert(false);
            return Ok(());
        }
        if *reply != Reply::Done {
            return Ok(());
        }
        let entry = self.entry(&name);
        let is_there =
            entry.as_ref().is_some_and(|entry| !is_end || entry.wanted != Wanted::Running);
        let was_removed = self.oracle.removed.contains(&name);
        ensure(is_there || was_removed, "RL-31", || {
            format!("{name} is said to be done, and {entry:?} stands there")
        })?;
        let has_ended = self.oracle.app.started.entry(name).or_insert(false);
        *has_ended |= is_end;
        Ok(())
    }

    /// What stands in the bucket, or stood there until the servers lost it.
    pub(crate) fn entry(&self, name: &Name) -> Option<Entry> {
        let address = Address::Conversation(name.clone());
        let found = self.nats.get(&address, self.now).or_else(|| self.nats.lost(&address))?;
        Some(serde_json::from_str(found.value.as_deref()?).expect("the core writes entries"))
    }

    /// The application posts something, and goes on doing so.
    pub(crate) fn post(&mut self, name: &Name) {
        if self.now >= self.setup.bad + SAYS_ON {
            return;
        }
        let pause = self.about(self.setup.posts_every);
        self.after(pause, Event::App(name.clone()));
        if self.now < self.nats_down || self.oracle.removed.contains(name) {
            return;
        }
        // To what is over little is posted: who does it all the time keeps the name from being free.
        let is_over = self.entry(name).is_some_and(|entry| entry.wanted != Wanted::Running);
        if is_over && !self.random.chance(5) {
            return;
        }
        let app = &mut self.oracle.app;
        app.posted += 1;
        let fresh = PostKey::new(format!("{name}-{}", app.posted)).expect("a key");
        // As many are remembered, and no more is promised.
        let keys = app.keys.entry(name.clone()).or_default();
        let remembered = usize::try_from(self.setup.settings.outcomes - 1).unwrap_or(0);
        let last = &keys[keys.len().saturating_sub(remembered)..];
        let again = last.get(self.random.index(last.len().max(1))).cloned();
        let is_again = self.random.chance(5);
        let key = again.filter(|_| is_again).unwrap_or(fresh);
        keys.push(key.clone());
        self.oracle.tally.answered_again += u64::from(is_again);
        let activity = Arc::from(format!("{{\"type\":\"message\",\"text\":\"{key}\"}}"));
        let sequence = self.nats.queue(name, key.clone(), activity);
        self.oracle.queued(name, &key, sequence);
        self.log(|| format!("application posts {key} as {sequence}"));
    }

    /// A post reaches the service.
    pub(crate) fn take_post(&mut self, host: usize, life: u64, sending: Sending) -> Verdict {
        let Sending { name, session, conversation, key } = sending;
        let (doubts, refusals) = (self.setup.doubts, self.setup.refusals);
        let is_refused = self.random.chance(refusals) || self.service.log(conversation).is_over;
        let is_doubtful = self.is_bad() && self.random.chance(doubts);
        let is_lost = is_doubtful && self.random.chance(30);
        let is_taken = !(is_refused || is_lost);
        self.log(|| format!("service: {key} taken: {is_taken}, doubtful: {is_doubtful}"));
        if is_taken {
            let taken = self.service.take(&key);
            ensure(taken == 1, "RL-20", || format!("{key} was sent {taken} times"))?;
            let talks = self.hosts[host].process.as_ref().map(|process| &process.talks);
            let is_alive = talks
                .and_then(|talks| talks.get(&name))
                .is_some_and(|talk| talk.session == session);
            self.oracle.taken(&name, &key, is_alive)?;
            if self.setup.echoes {
                self.said(conversation, Kind { echo: Some(&key), ..Kind::default() });
            }
            if self.random.chance(50) {
                self.said(conversation, Kind::default());
            }
        }
        let outcome = match (is_doubtful, is_taken) {
            (true, _) => Outcome::Unknown,
            (false, true) => Outcome::Sent { id: None },
            (false, false) => Outcome::Refused { reason: "the bot said so".to_owned() },
        };
        let slow =
            if self.is_bad() && self.setup.kind == setup::Kind::Mixed && self.random.chance(5) {
                5_000
            } else {
                50
            };
        let pause = self.about(slow);
        let step = Message::Talk(name, session, Step::Answer(key, Some(outcome)));
        self.after(pause, Event::Process(host, life, step));
        Ok(())
    }
}
