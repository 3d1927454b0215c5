//! CLIENTS: who takes the frames, the bare libraries and our drivers on top of them.

use std::hint::black_box;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use directline_world::live::{LIVE_AT, live_session};

use directline_client::directline::{
    Config, Credential, Event, Input, Output, Session, SocketId, Status,
};
use directline_client::{Update, blocking, tokio as asynchronous};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tungstenite::Message;

use crate::service::Service;
use crate::usage::{between, of_process};

/// What is taken off the socket.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) frames: usize,
    pub(crate) activities: usize,
}

/// What a client takes for everything that a service sends.
pub(crate) type Client = fn(&Service, Load) -> Cost;

/// What it took.
pub(crate) struct Cost {
    pub(crate) time: Duration,
    /// Of processors, the service's left out; where that can be known.
    pub(crate) cpu: Option<Duration>,
}

/// Runs from the moment at which the service begins to send.
struct Watch<'a> {
    service: &'a Service,
    begun: Instant,
    cpu: Option<Duration>,
}

impl Watch<'_> {
    fn start(service: &Service) -> Watch<'_> {
        service.go();
        Watch { service, begun: Instant::now(), cpu: of_process() }
    }

    fn stop(self) -> Cost {
        let time = self.begun.elapsed();
        let service = self.service.spent();
        Cost { time, cpu: between(service, between(self.cpu, of_process())) }
    }
}

/// A library on its own, with nothing but the machine on top of it, and under our driver.
pub(crate) struct Trio {
    pub(crate) name: &'static str,
    pub(crate) bare: Client,
    pub(crate) machine: Client,
    pub(crate) driver: Client,
}

pub(crate) const TRIOS: [Trio; 3] = [
    Trio {
        name: "tokio, current thread",
        bare: |service, load| library_tokio(&current_thread(), service, load, Count::default()),
        machine: |service, load| library_tokio(&current_thread(), service, load, Machine::new()),
        driver: |service, load| driver_tokio(&current_thread(), service, load),
    },
    Trio {
        name: "tokio, multi thread",
        bare: |service, load| library_tokio(&multi_thread(), service, load, Count::default()),
        machine: |service, load| library_tokio(&multi_thread(), service, load, Machine::new()),
        driver: |service, load| driver_tokio(&multi_thread(), service, load),
    },
    Trio {
        name: "blocking",
        bare: |service, load| library_blocking(service, load, Count::default()),
        machine: |service, load| library_blocking(service, load, Machine::new()),
        driver: driver_blocking,
    },
];

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

fn library_tokio(runtime: &Runtime, service: &Service, load: Load, mut taker: impl Taker) -> Cost {
    runtime.block_on(async {
        let line = tokio::net::TcpStream::connect(&service.address).await.expect("it listens");
        line.set_nodelay(true).expect("an option of every socket");
        let url = format!("ws://{}/stream", service.address);
        let (mut stream, _) =
            tokio_tungstenite::client_async(url, line).await.expect("a handshake");
        let watch = Watch::start(service);
        while !taker.has_all(load) {
            taker.take(stream.next().await.expect("more comes").expect("a message"));
        }
        watch.stop()
    })
}

fn library_blocking(service: &Service, load: Load, mut taker: impl Taker) -> Cost {
    let line = TcpStream::connect(&service.address).expect("it listens");
    line.set_nodelay(true).expect("an option of every socket");
    let url = format!("ws://{}/stream", service.address);
    let (mut stream, _) = tungstenite::client(url, line).expect("a handshake");
    let watch = Watch::start(service);
    while !taker.has_all(load) {
        taker.take(stream.read().expect("a message"));
    }
    watch.stop()
}

/// What is done with a message on the spot.
trait Taker {
    fn take(&mut self, message: Message);
    fn has_all(&self, load: Load) -> bool;
}

/// Nothing: frames are counted.
#[derive(Default)]
struct Count(usize);

impl Taker for Count {
    fn take(&mut self, message: Message) {
        self.0 += usize::from(matches!(black_box(message), Message::Text(_)));
    }

    fn has_all(&self, load: Load) -> bool {
        self.0 >= load.frames
    }
}

/// What no driver can do without: the machine reads it and hands the activities out.
struct Machine {
    session: Session,
    socket: SocketId,
    activities: usize,
}

impl Machine {
    fn new() -> Machine {
        let (session, socket) = live_session();
        Machine { session, socket, activities: 0 }
    }
}

impl Taker for Machine {
    fn take(&mut self, message: Message) {
        let Message::Text(text) = message else { return };
        let input = Input::Frame { socket: self.socket, text: text.as_str().to_owned() };
        self.session.handle(LIVE_AT, input).expect("frames are no mistakes");
        while let Some(output) = self.session.poll() {
            if let Output::Event(Event::Delivered(batch)) = black_box(output) {
                self.activities += batch.len();
            }
        }
    }

    fn has_all(&self, load: Load) -> bool {
        self.activities >= load.activities
    }
}

fn driver_tokio(runtime: &Runtime, service: &Service, load: Load) -> Cost {
    runtime.block_on(async {
        let mut conversation = asynchronous::Conversation::start(config(&service.address))
            .expect("there is a runtime");
        let mut taken = Taken::default();
        while !taken.is_live {
            taken.take(conversation.next().await, load);
        }
        let watch = Watch::start(service);
        while taken.activities < load.activities {
            taken.take(conversation.next().await, load);
        }
        watch.stop()
    })
}

fn driver_blocking(service: &Service, load: Load) -> Cost {
    let mut conversation =
        blocking::Conversation::start(config(&service.address)).expect("a thread");
    let mut taken = Taken::default();
    while !taken.is_live {
        taken.take(conversation.next(), load);
    }
    let watch = Watch::start(service);
    while taken.activities < load.activities {
        taken.take(conversation.next(), load);
    }
    watch.stop()
}

pub(crate) fn config(address: &str) -> Config {
    Config::builder(Credential::token("hush.t").expect("a credential"))
        .with_base(format!("http://{address}"))
        .build()
        .expect("valid")
}

/// What an application has been handed.
#[derive(Default)]
struct Taken {
    is_live: bool,
    activities: usize,
}

impl Taken {
    fn take(&mut self, update: Option<Update>, load: Load) {
        match update.expect("the end comes first") {
            Update::Activity(received) => {
                black_box(received.json());
                self.activities += 1;
            }
            Update::Event(Event::Status(Status::Live)) => self.is_live = true,
            Update::Event(Event::Status(status)) if self.is_live => {
                panic!("{status:?} after {} of {} activities", self.activities, load.activities)
            }
            Update::Event(_) => {}
            Update::Ended(end) => panic!("the session ended: {end}"),
        }
    }
}
