//! A host with a virtual clock that plays both the network and the application, and writes down
//! what a session wants: one line for each output, so that a test compares whole stories.
//!
//! Ids are numbered from 1 in the order of their appearance. Moments of retries depend on the
//! seed and are left out of the lines; [`Host::pause`] tells them.

mod lines;
mod make;
mod play;

use std::collections::BTreeMap;

use directline::{
    Action, Batch, Checkpoint, Config, Event, Input, Moment, Output, PostOutcome, Purpose, Request,
    RequestId, Session, SocketId, Status,
};

pub(crate) use self::make::{
    config, error, lasting, millis, plain, response, seconds, set, short, site, token, with,
};

/// Something that happens to a host.
pub(crate) type Act = fn(&mut Host);

#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) session: Session,
    config: Config,
    now: u64,
    latest: u64,
    /// What was seen since the last [`Host::then`].
    lines: Vec<String>,
    delivered: Vec<String>,
    sent: Vec<String>,
    /// Everything that went in, to play it again.
    pub(crate) log: Vec<(Moment, Input)>,
    pub(crate) batches: Vec<Batch>,
    /// The checkpoints that it was told to store.
    pub(crate) stored: Vec<Checkpoint>,
    /// How many activities were handed out.
    count: u64,
    /// Which posts have an outcome, and whether it is the last.
    outcomes: BTreeMap<u64, bool>,
    /// Every request ever, and those that wait for an answer.
    requests: Vec<(RequestId, Request)>,
    in_flight: Vec<RequestId>,
    /// The one whose answer goes in right now.
    landing: Option<RequestId>,
    sockets: Vec<SocketId>,
    socket: Option<SocketId>,
    urls: u32,
    has_ended: bool,
}

impl Host {
    pub(crate) fn new(config: Config) -> Host {
        Host::with(Session::new(config.clone(), Moment::ZERO), config)
    }

    pub(crate) fn resume(config: Config, checkpoint: Checkpoint) -> Host {
        Host::with(Session::resume(config.clone(), checkpoint, Moment::ZERO), config)
    }

    /// A new conversation `c` with an open socket, at 0 ms.
    pub(crate) fn live(config: Config) -> Host {
        let mut host = Host::new(config);
        host.goes_live().forget();
        host
    }

    fn with(session: Session, config: Config) -> Host {
        let mut host = Host {
            session,
            config,
            now: 0,
            latest: 0,
            lines: Vec::new(),
            delivered: Vec::new(),
            sent: Vec::new(),
            log: Vec::new(),
            batches: Vec::new(),
            stored: Vec::new(),
            count: 0,
            outcomes: BTreeMap::new(),
            requests: Vec::new(),
            in_flight: Vec::new(),
            landing: None,
            sockets: Vec::new(),
            socket: None,
            urls: 0,
            has_ended: false,
        };
        host.drain();
        host
    }

    // Time.

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Sets the clock; nobody notices before the next input.
    pub(crate) fn at(&mut self, millis: u64) -> &mut Host {
        self.now = millis;
        self
    }

    pub(crate) fn after(&mut self, millis: u64) -> &mut Host {
        self.at(self.now + millis)
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        self.session.deadline().map(Moment::as_millis)
    }

    /// How long the session wants to sleep.
    #[track_caller]
    pub(crate) fn pause(&self) -> u64 {
        self.deadline().expect("something is due") - self.now
    }

    pub(crate) fn tick(&mut self) -> &mut Host {
        self.handle(Input::Timeout)
    }

    /// Sleeps until the deadline.
    #[track_caller]
    pub(crate) fn times_out(&mut self) -> &mut Host {
        let due = self.deadline().expect("something is due");
        self.at(due).tick();
        assert!(self.deadline().is_none_or(|next| next > due), "what is due is dealt with");
        self
    }

    /// Sleeps until `millis`, woken at every deadline on the way.
    pub(crate) fn sleeps_until(&mut self, millis: u64) -> &mut Host {
        while self.deadline().is_some_and(|due| due <= millis) {
            self.times_out();
        }
        self.at(millis).tick()
    }

    // What the session did.

    /// Compares everything since the last call with these lines.
    #[track_caller]
    pub(crate) fn then(&mut self, expected: &str) -> &mut Host {
        let expected: Vec<_> =
            expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let lines = std::mem::take(&mut self.lines);
        assert!(
            lines == expected,
            "expected at {} ms:\n    {}\nbut it went:\n    {}\n",
            self.now,
            expected.join("\n    "),
            lines.join("\n    "),
        );
        self.forget()
    }

    /// Nothing at all since the last call.
    #[track_caller]
    pub(crate) fn nothing(&mut self) -> &mut Host {
        self.then("")
    }

    /// No request waits for an answer.
    #[track_caller]
    pub(crate) fn nothing_under_way(&mut self) -> &mut Host {
        assert!(!self.awaits_any(), "{:?} waits for an answer", self.awaited());
        self
    }

    /// As if everything so far had been compared.
    pub(crate) fn forget(&mut self) -> &mut Host {
        self.lines.clear();
        self.delivered.clear();
        self.sent.clear();
        self
    }

    /// The activities since the last call, by their ids or else as they are.
    pub(crate) fn delivered(&mut self) -> String {
        std::mem::take(&mut self.delivered).join(" ")
    }

    /// The requests since the last call, as lines.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    /// The lines since the last [`Host::then`] that begin with `start`.
    pub(crate) fn lines(&self, start: &str) -> Vec<&str> {
        self.lines.iter().map(String::as_str).filter(|line| line.starts_with(start)).collect()
    }

    pub(crate) fn status(&self) -> Status {
        self.session.status()
    }

    /// Whether a request for `purpose` waits for an answer.
    pub(crate) fn awaits(&self, purpose: Purpose) -> bool {
        self.in_flight.iter().any(|waiting| self.request(*waiting).purpose() == purpose)
    }

    pub(crate) fn awaits_any(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// The purpose of the youngest request under way.
    pub(crate) fn awaited(&self) -> Option<Purpose> {
        self.in_flight.last().map(|waiting| self.request(*waiting).purpose())
    }

    pub(crate) fn has_socket(&self) -> bool {
        self.socket.is_some()
    }

    pub(crate) fn socket_number(&self, number: usize) -> SocketId {
        self.sockets[number - 1]
    }

    pub(crate) fn all_requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().map(|(_, request)| request)
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.session.checkpoint().expect("the conversation is known and all batches are taken")
    }

    /// Another host that goes on in a new session, from the checkpoint as it is written down.
    pub(crate) fn resumed(&self) -> Host {
        let written = self.checkpoint().to_json();
        let read = Checkpoint::from_json(&written).expect("what was written");
        Host::resume(self.config.clone(), read)
    }

    fn current(&self) -> SocketId {
        self.socket.expect("there is a socket")
    }

    #[track_caller]
    fn summon(&mut self, purpose: Purpose) {
        let at = self.in_flight.iter().position(|id| self.request(*id).purpose() == purpose);
        let request = self.in_flight.remove(at.expect("such a request waits for an answer"));
        self.in_flight.push(request);
    }

    fn request(&self, id: RequestId) -> &Request {
        let found = self.requests.iter().find(|(request, _)| *request == id);
        &found.expect("it was sent").1
    }

    fn drain(&mut self) {
        let mut last = None;
        loop {
            let deadline = self.deadline();
            let Some(output) = self.session.poll() else { break };
            assert_eq!(deadline, Some(self.latest), "while outputs wait, the deadline is now");
            assert!(!self.has_ended, "nothing follows the end, and yet: {output:?}");
            last = match &output {
                Output::Event(Event::Delivered(batch)) => Some(batch.checkpoint().clone()),
                _ => None,
            };
            let line = match output {
                Output::Action(action) => self.perform(action),
                Output::Event(event) => self.note(event),
            };
            self.lines.push(line);
        }
        // After a batch nothing is known that its own checkpoint does not know.
        assert!(last.is_none() || last == self.session.checkpoint(), "{last:?}");
        assert_eq!(self.session.counters().delivered, self.count);
    }

    /// Does what a host does, and watches that no order contradicts the one before.
    fn perform(&mut self, action: Action) -> String {
        match action {
            Action::Send { request, message } => {
                let is_ask = |purpose| {
                    matches!(purpose, Purpose::Generate | Purpose::Start | Purpose::Reconnect)
                };
                let overlaps = self.in_flight.iter().any(|waiting| {
                    let other = self.request(*waiting).purpose();
                    other == message.purpose() || (is_ask(other) && is_ask(message.purpose()))
                });
                assert!(!overlaps, "one request at a time: {message:?}");
                let line = lines::request(&message, self.config.base());
                self.sent.push(line.clone());
                self.in_flight.push(request);
                self.requests.push((request, message));
                line
            }
            Action::Cancel { request } => {
                let at = self.in_flight.iter().position(|waiting| *waiting == request);
                let is_under_way = at.map(|at| self.in_flight.remove(at)).is_some();
                let is_late = self.landing == Some(request);
                assert!(is_under_way || is_late, "only what is under way is cancelled");
                format!("cancel {:?}", self.request(request).purpose())
            }
            Action::Open { socket, url } => {
                assert_eq!(self.socket, None, "one socket at a time");
                self.socket = Some(socket);
                self.sockets.push(socket);
                format!("open {}", url.expose())
            }
            Action::Probe { socket } => {
                assert_eq!(self.socket, Some(socket), "only an open socket is probed");
                "probe".into()
            }
            Action::Shut { socket } => {
                assert_eq!(self.socket.take(), Some(socket), "only a wanted socket is shut");
                let number = self.sockets.iter().position(|known| *known == socket);
                format!("shut {}", number.expect("it was opened") + 1)
            }
        }
    }

    fn note(&mut self, event: Event) -> String {
        let line = lines::event(&event);
        match event {
            Event::Delivered(batch) => {
                self.count += batch.len() as u64;
                self.delivered.extend(batch.iter().map(|activity| lines::name(activity.json())));
                self.batches.push(batch);
            }
            Event::Posted { key, outcome } => {
                let is_last = !matches!(outcome, PostOutcome::Unknown { .. });
                let before = self.outcomes.insert(key.0, is_last);
                let is_news = before.is_none_or(|was_last| !was_last && is_last);
                assert!(is_news, "after an outcome comes nothing, after a doubt no doubt: {line}");
            }
            Event::Checkpoint(checkpoint) => self.stored.push(checkpoint),
            Event::Ended(_) => self.has_ended = true,
            _ => {}
        }
        line
    }
}
