//! Many sessions in one process: a list of them, what each talks to, and one agenda for all.

use std::error::Error;
use std::sync::Arc;

use directline::{
    CloseReason, Config, Credential, Event, Input, Misuse, Moment, Output, Session, Status,
};
use fastrand::Rng;
use http::Response;

use crate::agenda::{Agenda, Item};
use crate::service::{News, Service, begins_at};

/// A fleet, and the service that it talks to.
pub(crate) struct Fleet {
    sessions: Vec<Session>,
    services: Vec<Service>,
    agenda: Agenda<(usize, News)>,
    rng: Rng,
    pub(crate) now: Moment,
    /// Facts handed to sessions.
    pub(crate) events: u64,
}

impl Fleet {
    pub(crate) fn new(count: usize, seed: u64) -> Result<Fleet, Box<dyn Error>> {
        let first = Config::builder(Credential::token("fleet")?)
            .with_base("https://fleet.example")
            .build()?;
        let mut rng = Rng::with_seed(seed);
        let mut fleet = Fleet {
            sessions: Vec::with_capacity(count),
            services: Vec::with_capacity(count),
            agenda: Agenda::new(count),
            rng: rng.fork(),
            now: Moment::ZERO,
            events: 0,
        };
        for index in 0..count {
            // A token of its own for each, and a seed, or all would wait and return in step.
            let token = Credential::token(format!("fleet.{index}.0"))?;
            let config = first.with_credential(token).with_seed(rng.u64(..));
            fleet.now = begins_at(&mut rng);
            fleet.sessions.push(Session::new(Arc::new(config), fleet.now));
            fleet.services.push(Service::default());
            fleet.see_to(index);
        }
        fleet.now = Moment::ZERO;
        Ok(fleet)
    }

    /// Lets everything happen that happens by `end`.
    pub(crate) fn run_until(&mut self, end: Moment) -> Result<(), Misuse> {
        while self.now < end {
            let Some((at, item)) = self.agenda.pop() else { return Ok(()) };
            self.now = self.now.max(at);
            match item {
                Item::Session(index) => {
                    // The deadline may have moved on since it was entered.
                    if self.sessions[index].deadline().is_some_and(|due| due <= self.now) {
                        self.hand(index, Input::Timeout)?;
                    } else {
                        self.see_to(index);
                    }
                }
                Item::Other((index, news)) => self.arrives(index, news)?,
            }
        }
        Ok(())
    }

    fn arrives(&mut self, index: usize, news: News) -> Result<(), Misuse> {
        let service = &mut self.services[index];
        let input = match news {
            News::Answer { request, purpose } => {
                let response = Response::new(service.answer(index, purpose));
                Input::Response { request, response }
            }
            News::Opened { socket } => {
                for (delay, news) in service.open(socket, &mut self.rng) {
                    self.agenda.enter(after(self.now, delay), (index, news));
                }
                Input::SocketOpened { socket }
            }
            News::Pong { socket } => Input::Pong { socket },
            News::Frame { socket } => {
                let Some((text, next)) = service.say(socket, &mut self.rng) else { return Ok(()) };
                self.agenda.enter(after(self.now, next), (index, News::Frame { socket }));
                Input::Frame { socket, text }
            }
            News::Broken { socket } => {
                if !service.break_off(socket) {
                    return Ok(());
                }
                Input::SocketClosed { socket, reason: CloseReason::Broken }
            }
        };
        self.hand(index, input)
    }

    fn hand(&mut self, index: usize, input: Input) -> Result<(), Misuse> {
        self.events += 1;
        self.sessions[index].handle(self.now, input)?;
        self.see_to(index);
        Ok(())
    }

    /// Does what a session wants done, and sees to its deadline.
    fn see_to(&mut self, index: usize) {
        let (session, service) = (&mut self.sessions[index], &mut self.services[index]);
        while let Some(output) = session.poll() {
            match output {
                Output::Action(action) => {
                    if let Some((delay, news)) = service.perform(&action, &mut self.rng) {
                        self.agenda.enter(after(self.now, delay), (index, news));
                    }
                }
                Output::Event(Event::Ended(end)) => panic!("session {index} ended: {end}"),
                // A host would hand batches on here.
                Output::Event(_) => {}
            }
        }
        self.agenda.see_to(index, session.deadline());
    }

    /// Whether every session has had everything happen to it, and lost and repeated nothing; what
    /// is amiss otherwise.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (index, (session, service)) in self.sessions.iter().zip(&self.services).enumerate() {
            let counters = session.counters();
            if counters.delivered != service.said {
                let (delivered, said) = (counters.delivered, service.said);
                return Err(format!("session {index}: {delivered} delivered of {said} said"));
            }
            let (drops, refreshes) = (service.drops, service.refreshes);
            if drops == 0 || refreshes == 0 || counters.duplicates == 0 {
                return Err(format!(
                    "session {index}: {drops} drops, {refreshes} refreshes, {} repeats",
                    counters.duplicates
                ));
            }
        }
        Ok(())
    }

    /// The sessions alone, without what they were talking to.
    pub(crate) fn into_sessions(self) -> Vec<Session> {
        self.sessions
    }

    pub(crate) fn live(&self) -> usize {
        self.sessions.iter().filter(|session| session.status() == Status::Live).count()
    }
}

fn after(now: Moment, delay: u64) -> Moment {
    Moment::from_millis(now.as_millis() + delay)
}
