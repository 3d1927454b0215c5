//! DRIVER: what a process does with what reaches it, and with the orders of its core. A real one does the
//! same with real things.

use directline::Token;
use directline_relay::core::{Address, Answer, Fact, Name, Order, OrderId};
use directline_world::violation::{Verdict, ensure};

use crate::deeds::Deed;
use crate::process::{Message, Step};
use crate::setup::Kind;
use crate::world::{Event, Request, World};

impl World<'_> {
    /// Something reaches a process; while it sleeps it waits.
    pub(crate) fn reach(&mut self, host: usize, life: u64, message: Message) -> Verdict {
        if self.hosts[host].life != life {
            return Ok(());
        }
        match &mut self.hosts[host].process {
            None => Ok(()),
            Some(process) if process.sleeps => {
                process.inbox.push_back(message);
                Ok(())
            }
            Some(_) => self.step(host, message),
        }
    }

    /// A process that slept goes on: with what it had in hand, then with what came meanwhile.
    pub(crate) fn wake(&mut self, host: usize) -> Verdict {
        let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
        if !std::mem::take(&mut process.sleeps) {
            return Ok(());
        }
        let (in_hand, life) = (process.in_hand.take(), self.hosts[host].life);
        self.log(|| format!("relay-{host} wakes, with {in_hand:?} in hand"));
        if let Some(order) = in_hand {
            self.perform(host, order, true)?;
        }
        if let Some(process) = &mut self.hosts[host].process {
            process.has_woken = true;
        }
        self.step(host, Message::Timeout)?;
        if let Some(process) = &mut self.hosts[host].process {
            process.has_woken = false;
        }
        self.sockets(host)?;
        let process = self.hosts[host].process.as_mut();
        let waiting = process.map(|process| std::mem::take(&mut process.inbox)).unwrap_or_default();
        waiting.into_iter().try_for_each(|message| self.reach(host, life, message))
    }

    fn step(&mut self, host: usize, message: Message) -> Verdict {
        for fact in self.facts(host, message) {
            self.oracle.tally.steps += 1;
            if self.tell.is_some() {
                let line = format!("relay-{host} < {fact:?}");
                self.log(|| line);
            }
            let now = self.now;
            let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
            process.core.handle(process.local(now), fact);
        }
        self.drain(host)
    }

    /// Performs what the core orders; now and then the process falls asleep over it.
    fn drain(&mut self, host: usize) -> Verdict {
        loop {
            let now = self.now;
            let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
            if process.sleeps {
                return Ok(());
            }
            let local = process.local(now);
            let Some(order) = process.core.poll(local) else { break };
            let pauses = self.setup.pauses;
            if self.is_bad() && self.random.chance(pauses) && !matches!(order, Order::Note(_)) {
                let lease = self.lease();
                let nap = self.about(lease);
                self.sleep(host, nap, Some(order));
                return Ok(());
            }
            self.perform(host, order, false)?;
        }
        let now = self.now;
        let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
        let due = process.core.deadline().map(|at| process.global(at).max(now + 1));
        if due.is_some() && due != process.timer {
            process.timer = due;
            let life = self.hosts[host].life;
            self.at(due.unwrap_or(now), Event::Process(host, life, Message::Timeout));
        }
        Ok(())
    }

    fn perform(&mut self, host: usize, order: Order, is_late: bool) -> Verdict {
        if self.tell.is_some() {
            let line = format!("relay-{host} > {order:?}");
            self.log(|| line);
        }
        let life = self.hosts[host].life;
        match order {
            Order::Put { id, address, expected, value } => {
                self.ask(host, id, Request::Put { id, address, expected, value });
            }
            Order::Read { id, address } => self.ask(host, id, Request::Read { id, address }),
            Order::Publish { id, publication } => {
                self.ask(host, id, Request::Publish { id, publication });
            }
            Order::Acknowledge { conversation, sequence } => {
                self.send(host, Request::Acknowledge { name: conversation, sequence });
            }
            Order::AskCredential { conversation, .. } => {
                let is_there =
                    !(self.is_bad() && self.setup.kind == Kind::Mixed && self.random.chance(10));
                let credential = is_there.then(|| Token::new(TOKEN).expect("a token").into());
                let pause = self.about(20);
                let fact = Fact::Credential { conversation, credential };
                self.after(pause, Event::Process(host, life, Message::Fact(fact)));
            }
            Order::Begin { conversation, session, from, .. } => {
                self.begin(host, conversation, session, from.as_ref(), is_late)?;
            }
            Order::Renew { .. } => {}
            Order::Give { conversation, session, key, .. } => {
                if !is_late {
                    let record = self.nats.get(&Address::Record(conversation.clone()), self.now);
                    self.oracle.given(&conversation, &key, record)?;
                }
                let slow = if self.is_bad() && self.random.chance(5) { 4_000 } else { 100 };
                let pause = self.about(slow);
                if let Some(talk) = self.talk(host, &conversation, session) {
                    ensure(talk.waits.is_none(), "RL-21", || {
                        format!("{key} is given while another is out")
                    })?;
                    talk.waits = Some(key.clone());
                    let step = Message::Talk(conversation, session, Step::Depart(key));
                    self.after(pause, Event::Process(host, life, step));
                }
            }
            Order::Drop { conversation, session } => {
                if self.talk(host, &conversation, session).is_some() {
                    self.haunt(host, &conversation, session);
                    self.end_talk(host, &conversation);
                }
            }
            Order::Hold { conversation, session } => {
                if let Some(talk) = self.talk(host, &conversation, session) {
                    talk.is_held = true;
                }
            }
            Order::Resume { conversation, session } => {
                if let Some(talk) = self.talk(host, &conversation, session) {
                    talk.is_held = false;
                    let step = Message::Talk(conversation, session, Step::Deliver);
                    self.after(1, Event::Process(host, life, step));
                }
            }
            Order::Fetch { conversation, epoch } => {
                if let Some(process) = &mut self.hosts[host].process {
                    process.fetching.insert(conversation.clone(), epoch);
                }
                self.after(1, Event::Process(host, life, Message::Fetch(conversation, epoch)));
            }
            Order::Unfetch { conversation } => {
                if let Some(process) = &mut self.hosts[host].process {
                    process.fetching.remove(&conversation);
                }
            }
            Order::Reply { ticket, reply } => self.replied(ticket, &reply)?,
            Order::Note(note) => self.oracle.noted(&note, self.now),
            Order::Leave => {
                self.stop(host);
                let pause = self.about(3_000);
                self.after(pause, Event::Deed(Deed::Boot(host)));
            }
        }
        Ok(())
    }

    /// Asks the server; who hears nothing in time says so.
    fn ask(&mut self, host: usize, id: OrderId, request: Request) {
        if let Some(process) = &mut self.hosts[host].process {
            process.open.insert(id);
        }
        let is_removal = matches!(request, Request::Put { value: None, .. });
        if self.now >= self.still() {
            let count = match is_removal {
                true => &mut self.oracle.removed_in_peace,
                false => &mut self.oracle.asked_in_peace,
            };
            *count += 1;
        }
        self.send(host, request);
        let wait = u64::try_from(self.setup.settings.answer_wait.as_millis()).expect("small");
        let fact = Fact::Answered { id, answer: Answer::Unanswered };
        let life = self.hosts[host].life;
        self.after(wait, Event::Process(host, life, Message::Fact(fact)));
    }

    /// What a message is to the core.
    fn facts(&mut self, host: usize, message: Message) -> Vec<Fact> {
        match message {
            Message::Fact(Fact::Post { conversation, epoch, sequence, key, activity }) => {
                // One that comes for who fetched before leaves what is fetched now as it is.
                if let Some(process) = &mut self.hosts[host].process {
                    if process.fetching.get(&conversation) == Some(&epoch) {
                        process.fetching.remove(&conversation);
                    }
                }
                vec![Fact::Post { conversation, epoch, sequence, key, activity }]
            }
            Message::Fact(fact) => {
                let id = match fact {
                    Fact::Answered { id, .. } | Fact::Read { id, .. } => Some(id),
                    _ => None,
                };
                let process = self.hosts[host].process.as_mut();
                // Each order has one answer, whichever is first.
                let is_first = id.is_none_or(|id| process.is_some_and(|own| own.open.remove(&id)));
                if is_first { vec![fact] } else { vec![] }
            }
            Message::Timeout => vec![Fact::Timeout],
            Message::Fetch(name, epoch) => {
                self.fetch(host, name, epoch);
                vec![]
            }
            Message::Talk(name, session, step) => {
                if self.talk(host, &name, session).is_none() {
                    return vec![];
                }
                self.talks(host, name, session, step)
            }
        }
    }

    fn fetch(&mut self, host: usize, name: Name, epoch: u64) {
        let Some(process) = &self.hosts[host].process else { return };
        if process.fetching.get(&name) != Some(&epoch) {
            return;
        }
        let life = self.hosts[host].life;
        if self.is_linked(host) && !self.is_lost() {
            if let Some(post) = self.nats.fetch(&name) {
                let crate::nats::Queued { sequence, key, activity } = post;
                let conversation = name.clone();
                let fact = Fact::Post { conversation, epoch, sequence, key, activity };
                let way = self.way(host);
                self.after(way, Event::Process(host, life, Message::Fact(fact)));
            }
        }
        // Looked at again, whether it was lost or there was none.
        self.after(400, Event::Process(host, life, Message::Fetch(name, epoch)));
    }
}

/// What must stand nowhere.
pub(crate) const TOKEN: &str = "t0ken-of-nobody";
