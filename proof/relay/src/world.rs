//! THE WORLD: hosts, NATS, the service and the application, on one line of events. A run is its seed.

use std::collections::{BTreeMap, BTreeSet};

use directline_relay::core::{Address, HostName, Name, OrderId, PostKey};
use directline_world::random::Random;
use directline_world::violation::Verdict;

use crate::deeds::Deed;
use crate::nats::Nats;
use crate::oracle::Oracle;
use crate::process::{Message, Process};
use crate::service::Service;
use crate::setup::{Kind, Setup};

/// All there is.
pub(crate) struct World<'a> {
    pub(crate) setup: Setup,
    pub(crate) random: Random,
    pub(crate) now: u64,
    events: BTreeMap<(u64, u64), Event>,
    count: u64,
    pub(crate) hosts: Vec<Host>,
    pub(crate) names: Vec<Name>,
    pub(crate) nats: Nats,
    /// Until when the server is down.
    pub(crate) nats_down: u64,
    pub(crate) service: Service,
    pub(crate) oracle: Oracle,
    pub(crate) tell: Option<&'a mut dyn FnMut(String)>,
}

/// A machine that a process may run on.
pub(crate) struct Host {
    pub(crate) name: HostName,
    pub(crate) process: Option<Process>,
    /// Which of its processes it is: what belonged to one before reaches none.
    pub(crate) life: u64,
    /// Until when it is cut off from NATS, and how slow the way is.
    pub(crate) cut: u64,
    pub(crate) slow: (u64, u64),
    /// What its watches have still to tell, of the hosts and of the conversations: each goes its own
    /// pace.
    pub(crate) unseen: [BTreeSet<Address>; 2],
    pub(crate) is_watching: [bool; 2],
    /// Until when each tells nothing, though all else goes through.
    pub(crate) deaf: [u64; 2],
}

/// Something that is going to happen.
pub(crate) enum Event {
    /// Something reaches the server.
    Server(usize, u64, Request),
    /// Something reaches a process.
    Process(usize, u64, Message),
    /// A watch tells what it has to.
    Watch(usize, u64, usize),
    /// The service takes a post, or does not.
    Post(usize, u64, Sending),
    /// The bot says something.
    Say(Name),
    /// The application posts something.
    App(Name),
    Deed(Deed),
}

/// What a host asks of the server.
pub(crate) enum Request {
    Put { id: OrderId, address: Address, expected: u64, value: Option<String> },
    Read { id: OrderId, address: Address },
    Publish { id: OrderId, publication: directline_relay::core::Publication },
    Acknowledge { name: Name, sequence: u64 },
}

/// A post on its way.
pub(crate) struct Sending {
    pub(crate) name: Name,
    pub(crate) session: directline_relay::core::SessionId,
    pub(crate) conversation: usize,
    pub(crate) key: PostKey,
}

impl<'a> World<'a> {
    pub(crate) fn new(seed: u64, tell: Option<&'a mut dyn FnMut(String)>) -> World<'a> {
        let mut random = Random::new(seed);
        let setup = Setup::draw(seed, &mut random);
        let name = |at: usize| Name::new(format!("c{at}")).expect("a name");
        let host = |at: usize| HostName::new(format!("relay-{at}")).expect("a name");
        let host = |at: usize| Host {
            name: host(at),
            process: None,
            life: 0,
            cut: 0,
            slow: (0, 0),
            unseen: Default::default(),
            is_watching: [false; 2],
            deaf: [0; 2],
        };
        let lease = u64::try_from(setup.settings.lease.as_millis()).expect("small");
        let mut world = World {
            nats: Nats::new(lease, setup.window),
            hosts: (0..setup.hosts).map(host).collect(),
            names: (0..setup.conversations).map(name).collect(),
            oracle: Oracle::new(&setup),
            setup,
            random,
            now: 0,
            events: BTreeMap::new(),
            count: 0,
            nats_down: 0,
            service: Service::default(),
            tell,
        };
        world.plan();
        world
    }

    /// Runs to the end, and looks at what came of it.
    pub(crate) fn run(&mut self) -> Verdict {
        let end = self.setup.bad + self.setup.quiet;
        while let Some(((at, _), event)) = self.events.pop_first() {
            if at > end {
                break;
            }
            self.now = at;
            self.happen(event)?;
        }
        self.now = end;
        self.judge()
    }

    pub(crate) fn at(&mut self, at: u64, event: Event) {
        self.count += 1;
        self.events.insert((at.max(self.now), self.count), event);
    }

    pub(crate) fn after(&mut self, pause: u64, event: Event) {
        self.at(self.now + pause, event);
    }

    /// About so many milliseconds.
    pub(crate) fn about(&mut self, mean: u64) -> u64 {
        1 + self.random.below(2 * mean)
    }

    /// Whether things may still go wrong.
    pub(crate) fn is_bad(&self) -> bool {
        self.now < self.setup.bad
    }

    /// From then on nothing moves any more.
    pub(crate) fn still(&self) -> u64 {
        self.setup.bad + self.setup.quiet - STILL
    }

    pub(crate) fn log(&mut self, line: impl FnOnce() -> String) {
        if let Some(tell) = &mut self.tell {
            tell(format!("{:>9.3} {}", self.now as f64 / 1_000.0, line()));
        }
    }

    fn happen(&mut self, event: Event) -> Verdict {
        match event {
            Event::Server(host, life, request) => self.serve(host, life, request),
            Event::Process(host, life, message) => self.reach(host, life, message),
            Event::Watch(host, life, watch) => self.watch(host, life, watch),
            Event::Post(host, life, sending) => self.take_post(host, life, sending),
            Event::Say(name) => {
                self.say(&name);
                Ok(())
            }
            Event::App(name) => {
                self.post(&name);
                Ok(())
            }
            Event::Deed(deed) => self.act(deed),
        }
    }

    /// Whether anything goes through between a host and the server.
    pub(crate) fn is_linked(&self, host: usize) -> bool {
        self.now >= self.nats_down && self.now >= self.hosts[host].cut
    }

    /// How long a word takes from a host to the server or back.
    pub(crate) fn way(&mut self, host: usize) -> u64 {
        let (until, most) = self.hosts[host].slow;
        let slow = if self.now < until { self.random.below(most) } else { 0 };
        1 + self.random.below(6) + slow
    }

    /// Sends something to the server, unless it is lost.
    pub(crate) fn send(&mut self, host: usize, request: Request) {
        if self.is_linked(host) && !self.is_lost() {
            let (way, life) = (self.way(host), self.hosts[host].life);
            self.after(way, Event::Server(host, life, request));
        }
    }

    pub(crate) fn is_lost(&mut self) -> bool {
        let lost = self.setup.lost;
        self.is_bad() && self.random.chance(lost)
    }

    /// The bot says something, and goes on talking.
    fn say(&mut self, name: &Name) {
        if self.now >= self.setup.bad + SAYS_ON {
            return;
        }
        if let Some(conversation) = self.service.last(name) {
            let is_end = self.setup.kind == Kind::Mixed && self.random.below(400) == 0;
            let (idless, renumbered) = (self.setup.idless, self.setup.renumbered);
            let kind = crate::service::Kind {
                has_no_id: self.random.chance(idless),
                begins_numbering: self.random.chance(renumbered),
                is_end,
                echo: None,
            };
            self.said(conversation, kind);
        }
        let pause = self.about(self.setup.says_every);
        self.after(pause, Event::Say(name.clone()));
    }

    /// Something is said, and whoever listens hears of it.
    pub(crate) fn said(&mut self, conversation: usize, kind: crate::service::Kind<'_>) {
        self.service.say(conversation, kind, self.now);
        for host in 0..self.hosts.len() {
            let Some(process) = &self.hosts[host].process else { continue };
            let name = &self.service.log(conversation).name;
            let Some(talk) = process.talks.get(name) else { continue };
            if talk.conversation == Some(conversation) {
                let step = Message::Talk(name.clone(), talk.session, crate::process::Step::Deliver);
                let (life, way) = (self.hosts[host].life, self.random.below(30));
                self.after(way, Event::Process(host, life, step));
            }
        }
    }
}

/// So long after the bad time something is still said and posted.
pub(crate) const SAYS_ON: u64 = 10_000;
/// So long before the end all is at rest.
pub(crate) const STILL: u64 = 20_000;
