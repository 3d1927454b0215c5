//! TALKS: the sessions of a process, stood in for (`process.rs` says why).

use directline::Checkpoint;
use directline_relay::core::{Activity, Ending, Fact, Name, Outcome, SessionId};
use directline_world::violation::{Verdict, Violation, ensure};

use crate::process::{Message, Step, Talk};
use crate::setup::Kind;
use crate::world::{Event, Host, Sending, World};

impl World<'_> {
    pub(crate) fn begin(
        &mut self,
        host: usize,
        name: Name,
        session: SessionId,
        from: Option<&Checkpoint>,
        is_late: bool,
    ) -> Verdict {
        let (now, a_second) = (self.now, self.setup.settings.starts_a_second);
        let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
        let local = process.local(now).as_millis();
        process.begins.retain(|at| at + 1_000 > local);
        // One that it had in hand when it fell asleep was due before, or had decided on.
        process.begins.extend((!is_late && !process.has_woken).then_some(local));
        let begun = u32::try_from(process.begins.len()).unwrap_or(u32::MAX);
        ensure(begun <= a_second, "RL-30", || {
            format!("{begun} begin within a second, {a_second} may")
        })?;
        let conversation = from.and_then(|from| from.conversation().parse().ok());
        let position = from.and_then(|from| from.watermark()?.parse().ok()).unwrap_or(0);
        let talk =
            Talk { session, conversation, position, is_held: false, waits: None, left: None };
        process.talks.insert(name.clone(), talk);
        let (life, pause) = (self.hosts[host].life, 10 + self.random.below(200));
        let step = Message::Talk(name, session, Step::Open);
        self.after(pause, Event::Process(host, life, step));
        if is_late { Ok(()) } else { self.sockets(host) }
    }

    /// No other host that is awake has a session of what this one has one of.
    pub(crate) fn sockets(&self, host: usize) -> Verdict {
        let awake = |host: &Host| host.process.as_ref().is_some_and(|process| !process.sleeps);
        if !awake(&self.hosts[host]) {
            return Ok(());
        }
        let Some(process) = &self.hosts[host].process else { return Ok(()) };
        for (at, other) in self.hosts.iter().enumerate().filter(|(at, _)| *at != host) {
            let Some(other) = other.process.as_ref().filter(|other| !other.sleeps) else {
                continue;
            };
            if let Some(name) = process.talks.keys().find(|name| other.talks.contains_key(name)) {
                let what = format!("{name} has a session of relay-{host} and one of relay-{at}");
                return Err(Violation::new("RL-2", what));
            }
        }
        Ok(())
    }

    /// The session of that name, if it is this one.
    pub(crate) fn talk(
        &mut self,
        host: usize,
        name: &Name,
        session: SessionId,
    ) -> Option<&mut Talk> {
        let process = self.hosts[host].process.as_mut()?;
        process.talks.get_mut(name).filter(|talk| talk.session == session)
    }

    /// Whether a post has left, and is not answered.
    fn has_left(&self, host: usize, name: &Name) -> bool {
        let talks = self.hosts[host].process.as_ref().map(|process| &process.talks);
        talks.and_then(|talks| talks.get(name)).is_some_and(|talk| talk.left.is_some())
    }

    pub(crate) fn end_talk(&mut self, host: usize, name: &Name) -> Option<Talk> {
        self.hosts[host].process.as_mut()?.talks.remove(name)
    }

    /// What happens in a session, as facts.
    pub(crate) fn talks(
        &mut self,
        host: usize,
        name: Name,
        session: SessionId,
        step: Step,
    ) -> Vec<Fact> {
        let (conversation, life) = (name.clone(), self.hosts[host].life);
        match step {
            Step::Open => {
                let opened = self.talk(host, &name, session).and_then(|talk| talk.conversation);
                let opened = opened.unwrap_or_else(|| self.service.open(&name));
                if let Some(talk) = self.talk(host, &name, session) {
                    talk.conversation = Some(opened);
                }
                self.after(
                    1,
                    Event::Process(host, life, Message::Talk(name, session, Step::Deliver)),
                );
                let checkpoint = Checkpoint::new(opened.to_string()).expect("an id");
                vec![Fact::Joined { conversation, session, checkpoint }]
            }
            Step::Deliver => self.deliver(host, name, session),
            Step::Depart(key) => {
                let Some(talk) = self.talk(host, &name, session) else { return vec![] };
                // One at a time, once it is open: the answer to one whose echo was seen may be still to
                // come.
                let is_free = talk.left.is_none() && talk.conversation.is_some();
                if !is_free && talk.waits.is_some() {
                    let step = Message::Talk(name, session, Step::Depart(key));
                    self.after(20, Event::Process(host, life, step));
                    return vec![];
                }
                if talk.waits.take_if(|waits| *waits == key).is_some() {
                    talk.left = Some(key.clone());
                    let opened = talk.conversation.unwrap_or(0);
                    let way = self.about(40);
                    let sending = Sending { name, session, conversation: opened, key };
                    self.after(way, Event::Post(host, life, sending));
                }
                vec![]
            }
            Step::Answer(key, outcome) => {
                let Some(talk) = self.talk(host, &name, session) else { return vec![] };
                match talk.left.take_if(|left| *left == key) {
                    Some(key) => vec![Fact::Outcome { conversation, session, key, outcome }],
                    None => vec![],
                }
            }
            // Where nothing goes wrong, what has left is waited for.
            Step::End(_) if self.setup.kind != Kind::Mixed && self.has_left(host, &name) => vec![],
            Step::End(ending) => self.end(host, &name, session, ending),
            Step::Lack => vec![Fact::NeedsCredential { conversation, session }],
        }
    }

    fn deliver(&mut self, host: usize, name: Name, session: SessionId) -> Vec<Fact> {
        let most = if self.random.chance(5) { BATCH_MAX } else { 4 };
        let (count, ends, life) =
            (1 + self.random.index(most), self.setup.ends, self.hosts[host].life);
        let Some(talk) = self.hosts[host].process.as_mut().and_then(|it| it.talks.get_mut(&name))
        else {
            return vec![];
        };
        let Some(opened) = talk.conversation.filter(|_| !talk.is_held) else { return vec![] };
        let log = self.service.log(opened);
        let rest = &log.activities[talk.position.min(log.activities.len())..];
        let activities: Vec<Activity> = rest.iter().take(count).cloned().collect();
        if activities.is_empty() {
            return vec![];
        }
        talk.position += activities.len();
        let (position, is_last) = (talk.position, activities.len() == rest.len());
        let is_over = log.is_over && is_last;
        let open = position.saturating_sub(self.oracle.on_stream(&name));
        self.oracle.open = self.oracle.open.max(open);
        let again = Message::Talk(name.clone(), session, Step::Deliver);
        self.after(2, Event::Process(host, life, again));
        let checkpoint = Checkpoint::new(opened.to_string()).expect("an id");
        let checkpoint = checkpoint.with_watermark(position.to_string()).expect("a watermark");
        let conversation = name.clone();
        let mut facts = vec![Fact::Delivered { conversation, session, activities, checkpoint }];
        if is_over {
            facts.extend(self.end(
                host,
                &name,
                session,
                Ending::Over("the bot ended it".to_owned()),
            ));
        } else if self.is_bad() && self.random.chance(ends) {
            let step = if self.random.chance(50) { Step::End(Ending::Again) } else { Step::Lack };
            self.after(1, Event::Process(host, life, Message::Talk(name, session, step)));
        }
        facts
    }

    /// What a session had said before it was dropped may still be on its way.
    pub(crate) fn haunt(&mut self, host: usize, name: &Name, session: SessionId) {
        let far = if self.random.chance(50) { 10 } else { 3_000 };
        let (life, way) = (self.hosts[host].life, self.about(far));
        let mut facts = self.deliver(host, name.clone(), session);
        if let Some(key) = self.talk(host, name, session).and_then(|talk| talk.left.clone()) {
            let (conversation, outcome) = (name.clone(), Some(Outcome::Unknown));
            facts.push(Fact::Outcome { conversation, session, key, outcome });
        }
        for fact in facts {
            self.after(way, Event::Process(host, life, Message::Fact(fact)));
        }
    }

    /// A session ends by itself, and tells what became of its post.
    fn end(&mut self, host: usize, name: &Name, session: SessionId, ending: Ending) -> Vec<Fact> {
        let Some(talk) = self.end_talk(host, name) else { return vec![] };
        let conversation = name.clone();
        let told = |key, outcome| Fact::Outcome {
            conversation: conversation.clone(),
            session,
            key,
            outcome,
        };
        let left = talk.left.map(|key| told(key, Some(Outcome::Unknown)));
        let waits = talk.waits.map(|key| told(key, None));
        let ended = Fact::Ended { conversation: conversation.clone(), session, ending };
        left.into_iter().chain(waits).chain([ended]).collect()
    }
}

/// The largest batch.
pub(crate) const BATCH_MAX: usize = 30;
