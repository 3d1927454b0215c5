//! The run loop against a service in memory: a conversation whose socket drops after every second
//! message, and which loses none. Runs anywhere, on virtual time, and ends by itself.
//!
//! `cargo run --example offline`

use std::collections::VecDeque;

use directline::{
    Action, Batch, CloseReason, Config, Credential, End, Event, Input, Misuse, Moment, Output,
    Purpose, RequestId, Session, SocketId,
};

trait Host {
    fn now(&self) -> Moment;
    fn perform(&mut self, action: Action); // never blocks; its answer is an input later on
    fn show(&mut self, batch: &Batch);
    fn note(&mut self, event: Event);
    fn wait(&mut self, until: Option<Moment>) -> Input; // what happens next, or a timeout then
}

fn run(mut session: Session, host: &mut dyn Host) -> Result<End, Misuse> {
    loop {
        while let Some(output) = session.poll() {
            match output {
                Output::Action(action) => host.perform(action),
                Output::Event(Event::Delivered(batch)) => host.show(&batch),
                Output::Event(Event::Ended(end)) => return Ok(end),
                Output::Event(event) => host.note(event),
            }
        }
        let input = host.wait(session.deadline());
        session.handle(host.now(), input)?;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::builder(Credential::token("in-memory")?).with_seed(1).build()?;
    let session = Session::new(config, Moment::ZERO);
    let mut service = Service::default();
    let end = run(session, &mut service)?;
    println!("{} received over {} sockets: {end}", service.received.len(), service.sockets);
    assert_eq!(service.received, service.said);
    assert!(service.sockets > 10 && end == End::Completed);
    Ok(())
}

/// Says twenty-five things, drops the socket after every second one, and replays what was missed.
#[derive(Default)]
struct Service {
    now: Moment,
    said: Vec<String>,
    received: Vec<String>,
    sockets: usize,
    open: Option<SocketId>,
    inbox: VecDeque<Input>,
}

impl Host for Service {
    fn now(&self) -> Moment {
        self.now
    }

    fn show(&mut self, batch: &Batch) {
        self.received.extend(batch.iter().map(|activity| activity.json().to_owned()));
    }

    fn note(&mut self, event: Event) {
        println!("{} {event:?}", self.now);
    }

    fn wait(&mut self, until: Option<Moment>) -> Input {
        self.inbox.pop_front().unwrap_or_else(|| {
            // Nothing happens at once? Then time passes, up to the deadline.
            self.now = until.map_or(self.now, |until| until.max(self.now));
            self.tick().unwrap_or(Input::Timeout)
        })
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Send { request, message } => {
                assert!(matches!(message.purpose(), Purpose::Start | Purpose::Reconnect));
                let from = message.url().split_once("watermark=").map_or("0", |(_, mark)| mark);
                let nonce = self.sockets;
                self.answer(request, &format!("wss://in.memory/stream?from={from}&t={nonce}"));
            }
            Action::Open { socket, url } => {
                self.open = Some(socket);
                self.sockets += 1;
                self.inbox.push_back(Input::SocketOpened { socket });
                let from = url.expose().split(['=', '&']).nth(1).and_then(|mark| mark.parse().ok());
                for index in from.unwrap_or(0)..self.said.len() {
                    self.inbox.push_back(self.frame(socket, index));
                }
            }
            Action::Shut { socket } => self.open = self.open.filter(|open| *open != socket),
            Action::Cancel { .. } | Action::Probe { .. } => {}
        }
    }
}

impl Service {
    /// Something is said; every second time the socket breaks before it arrives.
    fn tick(&mut self) -> Option<Input> {
        let socket = self.open?;
        let index = self.said.len();
        let kind = if index == 24 { "endOfConversation" } else { "message" };
        self.said.push(format!(r#"{{"type":"{kind}","id":"c|{index:07}"}}"#));
        if index % 2 == 1 {
            self.open = None;
            return Some(Input::SocketClosed { socket, reason: CloseReason::Broken });
        }
        Some(self.frame(socket, index))
    }

    fn frame(&self, socket: SocketId, index: usize) -> Input {
        let (activity, mark) = (&self.said[index], index + 1);
        let text = format!(r#"{{"activities":[{activity}],"watermark":"{mark}"}}"#);
        Input::Frame { socket, text }
    }

    fn answer(&mut self, request: RequestId, stream_url: &str) {
        let body = format!(r#"{{"conversationId":"c","streamUrl":"{stream_url}"}}"#);
        let response = http::Response::new(body.into_bytes());
        self.inbox.push_back(Input::Response { request, response });
    }
}
