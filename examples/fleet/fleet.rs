//! Many sessions in one process: a list of them, what each talks to, and one agenda for all.

use std::error::Error;

use directline::{
    CloseReason, Config, Credential, Event, Input, Misuse, Moment, Output, Session, Status,
};
use fastrand::Rng;
use http::Response;

use crate::agenda::Agenda;
use crate::calendar::Calendar;
use crate::service::{Habits, News, Service};

/// A fleet, and the services that it talks to.
pub(crate) struct Fleet {
    sessions: Vec<Session>,
    services: Vec<Service>,
    habits: &'static Habits,
    agenda: Agenda,
    /// What is on its way to which session.
    network: Calendar<(u32, News)>,
    rng: Rng,
    pub(crate) now: Moment,
    /// Facts handed to sessions.
    pub(crate) events: u64,
}

impl Fleet {
    /// So many sessions that begin one by one, while those before them go on.
    pub(crate) fn begin(
        count: u32,
        habits: &'static Habits,
        seed: u64,
    ) -> Result<Fleet, Box<dyn Error>> {
        let first = Config::builder(Credential::token("fleet")?)
            .with_base("https://fleet.example")
            .build()?;
        let mut rng = Rng::with_seed(seed);
        let mut fleet = Fleet {
            sessions: Vec::with_capacity(count as usize),
            services: Vec::with_capacity(count as usize),
            habits,
            agenda: Agenda::new(count),
            network: Calendar::new(),
            rng: rng.fork(),
            now: Moment::ZERO,
            events: 0,
        };
        for index in 0..count {
            let begins = habits.begins_within * u64::from(index) / u64::from(count);
            fleet.run_until(Moment::from_millis(begins))?;
            // A token of its own for each, and a seed, or all would wait and return in step.
            let token = Credential::token(format!("fleet.{index}.0"))?;
            let config = first.with_credential(token).with_seed(rng.u64(..));
            fleet.sessions.push(Session::new(config, fleet.now));
            fleet.services.push(Service::default());
            fleet.see_to(index);
        }
        Ok(fleet)
    }

    /// Lets everything happen that happens by `end`.
    pub(crate) fn run_until(&mut self, end: Moment) -> Result<(), Misuse> {
        loop {
            let (arrives, is_due) = (self.network.next_at(), self.agenda.next_at());
            let next = arrives.into_iter().chain(is_due).min();
            let Some(at) = next.filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            if arrives == Some(at) {
                if let Some((index, news)) = self.network.pop() {
                    self.arrives(index, news)?;
                }
            } else if let Some(index) = self.agenda.pop(self.now) {
                // The deadline may have moved on since it was entered.
                if self.sessions[index as usize].deadline().is_some_and(|due| due <= self.now) {
                    self.hand(index, Input::Timeout)?;
                } else {
                    self.see_to(index);
                }
            }
        }
        self.now = end;
        Ok(())
    }

    fn arrives(&mut self, index: u32, news: News) -> Result<(), Misuse> {
        let service = &mut self.services[index as usize];
        let input = match news {
            News::Answer { request, purpose } => {
                let response = Response::new(service.answer(index, purpose, self.habits));
                Input::Response { request, response }
            }
            News::Opened { socket } => {
                for (delay, news) in service.open(socket, self.habits, &mut self.rng) {
                    self.network.enter(after(self.now, delay), (index, news));
                }
                Input::SocketOpened { socket }
            }
            News::Pong { socket } => Input::Pong { socket },
            News::Frame { socket } => {
                let said = service.say(socket, self.habits, &mut self.rng);
                let Some((text, next)) = said else { return Ok(()) };
                if let Some(next) = next {
                    self.network.enter(after(self.now, next), (index, News::Frame { socket }));
                }
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

    fn hand(&mut self, index: u32, input: Input) -> Result<(), Misuse> {
        self.events += 1;
        self.sessions[index as usize].handle(self.now, input)?;
        self.see_to(index);
        Ok(())
    }

    /// Does what a session wants done, and sees to its deadline.
    fn see_to(&mut self, index: u32) {
        let place = index as usize;
        let (session, service) = (&mut self.sessions[place], &mut self.services[place]);
        while let Some(output) = session.poll() {
            match output {
                Output::Action(action) => {
                    if let Some((delay, news)) = service.perform(&action, &mut self.rng) {
                        self.network.enter(after(self.now, delay), (index, news));
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
            let (delivered, said) = (counters.delivered, u64::from(service.said));
            if delivered != said {
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
