//! THE SERVER'S SIDE: what it does when something reaches it, what its watches tell, and what must be so
//! when it does.

use directline_relay::core::{Address, Answer, Entry, Fact, Found, HostEntry, HostState, Wanted};
use directline_world::violation::{Verdict, ensure};

use crate::deeds::Deed;
use crate::process::Message;
use crate::world::{Event, Request, World};

impl World<'_> {
    /// The server does what it was asked for; its answer may get lost.
    pub(crate) fn serve(&mut self, host: usize, life: u64, request: Request) -> Verdict {
        if self.now < self.nats_down {
            return Ok(());
        }
        let now = self.now;
        let answer = match request {
            Request::Put { id, address, expected, value } => {
                let lag = self.random.below(200);
                let before = match &address {
                    Address::Conversation(name) => self.entry(name),
                    Address::Host(_) | Address::Record(_) | Address::Leases(_) => None,
                };
                let was_lost = self.nats.lost(&address).is_some();
                let answer = self.nats.put(now, &address, expected, value.as_deref(), lag);
                if let Answer::Done(_) = answer {
                    self.oracle.tally.written_again += u64::from(was_lost);
                    self.oracle.stored(&address, value.as_deref())?;
                    self.fallen(&address, value.as_deref())?;
                    self.changed_hands(host, &address, before.as_ref())?;
                    self.stays_over(&address, before.as_ref())?;
                    self.left_nothing(&address, value.as_deref())?;
                    self.free_again(&address, value.as_deref());
                    if !matches!(address, Address::Record(_) | Address::Leases(_)) {
                        self.tell_watches(&address);
                    }
                }
                Fact::Answered { id, answer }
            }
            Request::Read { id, address } => {
                let stale = self.setup.stale;
                let is_stale = self.is_bad() && self.random.chance(stale);
                let found = match is_stale {
                    true => self.nats.get_stale(&address),
                    false => self.nats.get(&address, now),
                };
                Fact::Read { id, found: found.cloned() }
            }
            Request::Publish { id, publication } => {
                let (sequence, is_new) = self.nats.publish(now, &publication);
                self.log(|| {
                    format!(
                        "stream: {} {}",
                        publication.message_id,
                        if is_new { "stored" } else { "known" }
                    )
                });
                self.oracle.tally.dropped += u64::from(!is_new);
                if is_new {
                    self.oracle.published(&publication, &self.service, now)?;
                }
                Fact::Answered { id, answer: Answer::Done(sequence) }
            }
            Request::Acknowledge { name, sequence } => {
                if self.nats.acknowledge(&name, sequence) {
                    self.oracle.acknowledged(sequence)?;
                }
                return Ok(());
            }
        };
        if self.is_linked(host) && !self.is_lost() {
            let way = self.way(host);
            self.after(way, Event::Process(host, life, Message::Fact(answer)));
        }
        Ok(())
    }

    /// Whose lease the server has let go of has stopped before, unless it sleeps.
    fn fallen(&self, address: &Address, value: Option<&str>) -> Verdict {
        let Address::Host(name) = address else { return Ok(()) };
        let is_gone = value.is_some_and(|value| value.contains("\"gone\""));
        let host = self.hosts.iter().find(|host| host.name == *name && is_gone);
        let process = host.and_then(|host| host.process.as_ref()).filter(|own| !own.sleeps);
        let talks = process.map_or(0, |process| process.talks.len());
        ensure(talks == 0, "RL-3", || format!("{name} is gone, and has {talks} sessions"))
    }

    /// Of a conversation whose name is free again there is no record, which the next one would resume.
    fn left_nothing(&self, address: &Address, value: Option<&str>) -> Verdict {
        let (Address::Conversation(name), None) = (address, value) else { return Ok(()) };
        let record = self.nats.get(&Address::Record(name.clone()), self.now);
        let is_there = record.is_some_and(|found| found.value.is_some());
        ensure(!is_there, "RL-34", || format!("{name} is removed, and its record is there"))
    }

    /// What is over stays so until it is removed.
    fn stays_over(&self, address: &Address, before: Option<&Entry>) -> Verdict {
        let Address::Conversation(name) = address else { return Ok(()) };
        let was_over = before.is_some_and(|entry| entry.wanted != Wanted::Running);
        let is_running = self.entry(name).is_some_and(|entry| entry.wanted == Wanted::Running);
        ensure(!(was_over && is_running), "RL-34", || format!("{name} was over, and runs"))
    }

    /// Some names are used again once they are free.
    fn free_again(&mut self, address: &Address, value: Option<&str>) {
        let (Address::Conversation(name), None) = (address, value) else { return };
        if self.now + self.setup.quiet / 2 < self.still() && self.random.chance(50) {
            let pause = self.about(3_000);
            self.after(pause, Event::Deed(Deed::Again(name.clone())));
        }
    }

    /// Who takes a conversation from another host takes it from one whose lease is over.
    fn changed_hands(&self, host: usize, address: &Address, before: Option<&Entry>) -> Verdict {
        let Address::Conversation(name) = address else { return Ok(()) };
        let owner = before.and_then(|entry| entry.owner.clone());
        let now = self.entry(name).and_then(|entry| entry.owner);
        let Some(owner) = owner.filter(|owner| now.as_ref() != Some(owner)) else { return Ok(()) };
        let lease = self.nats.get(&Address::Host(owner.host.clone()), self.now);
        let holds = lease.and_then(|found| found.value.as_deref()).is_some_and(|value| {
            let own: HostEntry = serde_json::from_str(value).expect("the core writes leases");
            own.state != HostState::Gone && own.number == owner.number
        });
        ensure(!holds || self.hosts[host].name == owner.host, "RL-4", || {
            format!("relay-{host} takes {name} from {owner:?}, who lives")
        })
    }

    /// Something stands under a key that all watch.
    pub(crate) fn tell_watches(&mut self, address: &Address) {
        let watch = watch_of(address);
        for host in 0..self.hosts.len() {
            if self.hosts[host].process.is_some() {
                self.hosts[host].unseen[watch].insert(address.clone());
                self.begin_watch(host, watch);
            }
        }
    }

    /// A watch of a host tells what it has to, in a while.
    pub(crate) fn begin_watch(&mut self, host: usize, watch: usize) {
        if !std::mem::replace(&mut self.hosts[host].is_watching[watch], true) {
            let (way, life) = (self.way(host), self.hosts[host].life);
            self.after(way, Event::Watch(host, life, watch));
        }
    }

    /// A watch tells what it has to, if anything goes through.
    pub(crate) fn watch(&mut self, host: usize, life: u64, watch: usize) -> Verdict {
        if self.hosts[host].life != life {
            return Ok(());
        }
        if !self.is_linked(host) || self.now < self.hosts[host].deaf[watch] {
            // Looked for again, as a client does that has lost its connection.
            self.after(100, Event::Watch(host, life, watch));
            return Ok(());
        }
        self.hosts[host].is_watching[watch] = false;
        for address in std::mem::take(&mut self.hosts[host].unseen[watch]) {
            let found: Option<Found> = self.nats.get(&address, self.now).cloned();
            let nothing = Found { revision: 0, value: None };
            let is_lost = self.nats.lost(&address).is_some();
            if let Some(found) = found.or(is_lost.then_some(nothing)) {
                self.reach(host, life, Message::Fact(Fact::Seen { address, found }))?;
            }
        }
        let Some(process) = &mut self.hosts[host].process else { return Ok(()) };
        if std::mem::replace(&mut process.are_synced[watch], true) {
            return Ok(());
        }
        let are_synced = process.are_synced == [true; 2];
        if are_synced { self.reach(host, life, Message::Fact(Fact::Synced)) } else { Ok(()) }
    }
}

/// Which watch tells of a key.
pub(crate) fn watch_of(address: &Address) -> usize {
    usize::from(matches!(address, Address::Conversation(_)))
}
