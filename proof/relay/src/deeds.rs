//! DEEDS: what goes wrong, and when. After the bad time all is well again.

use std::collections::BTreeSet;

use directline_relay::core::{Address, Fact, Name, Order};
use directline_world::violation::{Verdict, ensure};

use crate::process::{MILLION, Message, Process};
use crate::server::watch_of;
use crate::setup::Kind;
use crate::world::{Event, Host, World};

/// Something that is done to the world.
pub(crate) enum Deed {
    /// A process begins on a host that has none.
    Boot(usize),
    Wake(usize),
    Start(Name),
    End(Name),
    /// A name that was free is used again.
    Again(Name),
    /// A host is cut off from NATS for so long.
    Cut(usize, u64),
    /// Something goes wrong, and something else will.
    Mishap,
    /// A host is told to leave, and another will be.
    Roll(usize),
    /// One host dies, or falls asleep for good.
    Strike,
    /// What it had, others have.
    Struck(Vec<Name>),
}

impl World<'_> {
    /// What is known to come from the beginning.
    pub(crate) fn plan(&mut self) {
        for host in 0..self.hosts.len() {
            let at = if host == 0 { 0 } else { self.random.below(8_000) };
            self.at(at, Event::Deed(Deed::Boot(host)));
            // Whoever died in the bad time is back.
            let back = self.setup.bad + self.random.below(5_000);
            self.at(back, Event::Deed(Deed::Boot(host)));
        }
        for name in self.names.clone() {
            let at = self.random.below(5_000);
            self.at(at, Event::Deed(Deed::Start(name.clone())));
            self.at(at, Event::Say(name.clone()));
            self.at(at, Event::App(name));
        }
        match self.setup.kind {
            Kind::Mixed | Kind::Storm => self.at(3_000, Event::Deed(Deed::Mishap)),
            Kind::Takeover => self.at(40_000, Event::Deed(Deed::Strike)),
            Kind::Rolling => self.at(15_000, Event::Deed(Deed::Roll(0))),
        }
    }

    pub(crate) fn act(&mut self, deed: Deed) -> Verdict {
        match deed {
            Deed::Boot(host) => self.boot(host),
            Deed::Wake(host) => return self.wake(host),
            Deed::Start(name) => return self.command(&name, false),
            Deed::End(name) => return self.command(&name, true),
            Deed::Again(name) => return self.begin_again(&name),
            Deed::Cut(host, time) => self.cut(host, time),
            Deed::Mishap => return self.mishap(),
            Deed::Roll(host) => {
                let next = (host + 1) % self.hosts.len();
                self.after(25_000, Event::Deed(Deed::Roll(next)));
                if self.is_bad() {
                    return self.leave(host);
                }
            }
            Deed::Strike => self.strike(),
            Deed::Struck(names) => {
                for name in names {
                    let has = |host: &crate::world::Host| {
                        let process = host.process.as_ref().filter(|process| !process.sleeps);
                        process.is_some_and(|process| process.talks.contains_key(&name))
                    };
                    ensure(
                        self.hosts.iter().any(has) || self.service_is_over(&name),
                        "RL-5",
                        || {
                            format!(
                                "{name} has no session a lease and two seconds after its host died"
                            )
                        },
                    )?;
                }
            }
        }
        Ok(())
    }

    fn boot(&mut self, host: usize) {
        if self.hosts[host].process.is_some() {
            return;
        }
        let skew = self.setup.skew;
        let rate = MILLION + self.random.below(2 * skew * 10 + 1) - skew * 10;
        let nonce = u64::from_le_bytes(self.random.bytes());
        let (settings, name) = (self.setup.settings.clone(), self.hosts[host].name.clone());
        self.hosts[host].process = Some(Process::new(settings, name, nonce, self.now, rate));
        self.hosts[host].is_watching = [false; 2];
        for address in self.nats.watched(self.now) {
            self.hosts[host].unseen[watch_of(address)].insert(address.clone());
        }
        self.begin_watch(host, 0);
        self.begin_watch(host, 1);
        self.log(|| format!("relay-{host} begins"));
    }

    /// The process is no more; what it has sent may still arrive.
    pub(crate) fn stop(&mut self, host: usize) {
        self.oracle.tally.deaths += 1;
        // What the servers have lost nobody else may have known.
        for address in self.nats.recover() {
            self.tell_watches(&address);
        }
        self.log(|| format!("relay-{host} is no more"));
        let own = &mut self.hosts[host];
        (own.process, own.life) = (None, own.life + 1);
        own.unseen = Default::default();
    }

    pub(crate) fn sleep(&mut self, host: usize, nap: u64, in_hand: Option<Order>) {
        let Some(process) = &mut self.hosts[host].process else { return };
        if process.sleeps {
            return;
        }
        self.oracle.tally.naps += 1;
        self.oracle.tally.in_hand += u64::from(in_hand.is_some());
        (process.sleeps, process.in_hand) = (true, in_hand);
        self.log(|| format!("relay-{host} sleeps for {nap} ms"));
        let until = (self.now + nap).min(self.setup.bad.max(self.now + 1));
        self.at(until, Event::Deed(Deed::Wake(host)));
    }

    fn leave(&mut self, host: usize) -> Verdict {
        let life = self.hosts[host].life;
        self.log(|| format!("relay-{host} is to leave"));
        self.reach(host, life, Message::Fact(Fact::Drain))
    }

    fn mishap(&mut self) -> Verdict {
        if !self.is_bad() {
            return Ok(());
        }
        let pause = self.about(self.setup.deeds_every);
        self.after(pause, Event::Deed(Deed::Mishap));
        let host = self.random.index(self.hosts.len());
        let lease = self.lease();
        let time = match self.random.below(3) {
            0 => self.about(lease / 8),
            1 => self.about(lease / 2),
            _ => self.about(lease * 2),
        };
        let until = (self.now + time).min(self.setup.bad);
        let is_storm = self.setup.kind == Kind::Storm;
        match self.random.below(if is_storm { 2 } else { 13 }) {
            0 | 1 => {
                if self.hosts[host].process.is_some() {
                    self.stop(host);
                    self.after(time, Event::Deed(Deed::Boot(host)));
                }
            }
            2 | 3 => self.sleep(host, time, None),
            4 | 5 => self.cut(host, time),
            6 => {
                self.log(|| format!("NATS is down for {time} ms"));
                self.nats_down = until;
                if self.random.chance(30) && !self.nats.has_lost() {
                    let by = 1 + self.random.below(20);
                    let is_above = self.random.chance(30);
                    self.log(|| format!("and numbers anew, by {by}, above: {is_above}"));
                    self.nats.renumber(by, is_above);
                }
            }
            7 => {
                let most = self.about(3_000);
                self.log(|| format!("relay-{host} is slow, up to {most} ms, for {time} ms"));
                self.hosts[host].slow = (until, most);
            }
            8 => return self.leave(host),
            9 => {
                // What it asks for now is answered late, and then nothing for longer than a lease.
                let slow = self.now + lease / 3;
                self.log(|| format!("relay-{host} is slow, and cut off after that"));
                self.hosts[host].slow = (slow, lease / 3);
                self.at(slow, Event::Deed(Deed::Cut(host, lease * 3 / 2)));
            }
            10 => {
                let watch = self.random.index(2);
                self.log(|| format!("relay-{host} hears nothing of watch {watch} for {time} ms"));
                self.hosts[host].deaf[watch] = until;
            }
            11 => self.lose(),
            _ => {
                let name = self.names[self.random.index(self.names.len())].clone();
                if self.random.chance(20) {
                    return self.command(&name, true);
                }
                if let Some(conversation) = self.service.last(&name) {
                    for _ in 0..self.random.below(60) {
                        self.said(conversation, crate::service::Kind::default());
                    }
                }
            }
        }
        Ok(())
    }

    /// The servers lose the entry of a conversation, of which all hosts have heard.
    fn lose(&mut self) {
        let name = self.names[self.random.index(self.names.len())].clone();
        let address = Address::Conversation(name);
        // Who has not heard of it yet would write what stood there before.
        let has_heard = |process: &Process, unseen: &BTreeSet<Address>| {
            !process.sleeps && !unseen.contains(&address)
        };
        let knows =
            |host: &Host| host.process.as_ref().map(|process| has_heard(process, &host.unseen[1]));
        let mut know = self.hosts.iter().filter_map(knows).peekable();
        let is_known = know.peek().is_some() && know.all(|knows| knows);
        let stands = self.nats.get(&address, self.now).and_then(|found| found.value.as_ref());
        // Nor has who was told something else by a server that lags, or of another number.
        let is_right = self.setup.stale == 0 && !self.nats.is_renumbered;
        if is_known && is_right && stands.is_some() {
            self.log(|| format!("{address:?} is lost"));
            self.oracle.tally.lost += 1;
            self.nats.lose(&address);
            self.tell_watches(&address);
        }
    }

    fn cut(&mut self, host: usize, time: u64) {
        self.log(|| format!("relay-{host} is cut off for {time} ms"));
        self.hosts[host].cut = (self.now + time).min(self.setup.bad);
    }

    fn strike(&mut self) {
        let host = self.random.index(self.hosts.len());
        let Some(process) = &self.hosts[host].process else { return };
        let names: Vec<_> = process.talks.keys().cloned().collect();
        if self.random.chance(50) {
            self.stop(host);
        } else {
            self.sleep(host, self.setup.bad, None);
        }
        self.after(self.lease() + 2_000, Event::Deed(Deed::Struck(names)));
    }

    pub(crate) fn lease(&self) -> u64 {
        u64::try_from(self.setup.settings.lease.as_millis()).expect("small")
    }

    pub(crate) fn service_is_over(&self, name: &Name) -> bool {
        self.service.last(name).is_some_and(|last| self.service.log(last).is_over)
    }
}
