//! Requests over HTTP, on a few threads that keep their connections for the next one.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::thread;

use directline::{Config, Failure, Purpose, Request, RequestId};
use http::{Method, Response};
use ureq::Agent;

use super::exchange::{Opener, Unasked};
use super::hold_back;
use super::line::Dialler;
use super::waits::Waits;
use crate::core::Core;
use crate::obstacle::not_sent;
use crate::wire::{answered, outgoing};

/// Sends requests; dropping it calls off those under way, and ends the threads.
pub(super) struct Requests {
    core: Arc<Core>,
    config: Arc<Config>,
    dialler: Dialler,
    workers: Vec<Worker>,
}

/// The far end of a thread that sends one request at a time.
struct Worker {
    jobs: Sender<(RequestId, Request)>,
    desk: Arc<Desk>,
}

/// What a worker is at, so that it can be called off that and nothing else.
struct Desk {
    waits: Arc<Waits>,
    current: Mutex<Option<RequestId>>,
}

impl Requests {
    pub(super) fn new(core: Arc<Core>, config: Arc<Config>, dialler: Dialler) -> Requests {
        Requests { core, config, dialler, workers: Vec::new() }
    }

    pub(super) fn send(&mut self, request: RequestId, message: Request) {
        if self.hand_out(request, message).is_err() {
            // Nobody could be found to do it, so nothing was sent.
            self.core.report(answered(request, Err(Failure::NotSent)));
        }
    }

    pub(super) fn cancel(&self, request: RequestId) {
        for worker in &self.workers {
            worker.desk.call_off(|current| current == request);
        }
    }

    fn hand_out(&mut self, request: RequestId, message: Request) -> io::Result<()> {
        let free = self.workers.iter().position(|worker| worker.desk.take(request));
        let index = match free {
            Some(index) => index,
            None => self.hire(request)?,
        };
        let handed = self.workers[index].jobs.send((request, message));
        if handed.is_err() {
            // Its thread is gone.
            self.workers.swap_remove(index);
        }
        handed.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// A new worker, who is at `request` from the start.
    fn hire(&mut self, request: RequestId) -> io::Result<usize> {
        if self.workers.len() >= WORKERS_MAX {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        let (jobs, inbox) = channel();
        let desk = Arc::new(Desk { waits: Waits::new()?, current: Mutex::new(Some(request)) });
        let clerk = Clerk::new(self, desk.clone());
        thread::Builder::new()
            .name("directline-request".into())
            .spawn(move || clerk.work(&inbox))?;
        self.workers.push(Worker { jobs, desk });
        Ok(self.workers.len() - 1)
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.desk.call_off(|_| true);
        }
    }
}

impl Desk {
    fn current(&self) -> MutexGuard<'_, Option<RequestId>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `request` on the desk, if it is empty.
    fn take(&self, request: RequestId) -> bool {
        let mut current = self.current();
        let is_free = current.is_none();
        if is_free {
            self.waits.begin();
            *current = Some(request);
        }
        is_free
    }

    fn clear(&self) {
        *self.current() = None;
    }

    fn call_off(&self, is_meant: impl Fn(RequestId) -> bool) {
        // Under the lock, so that the next request is not called off in its place.
        if self.current().is_some_and(is_meant) {
            self.waits.interrupt();
        }
    }
}

/// What lives on a worker's thread.
struct Clerk {
    core: Arc<Core>,
    agent: Agent,
    desk: Arc<Desk>,
    /// Whether a byte of the current request has left.
    has_sent: Arc<AtomicBool>,
    body_bytes_max: usize,
}

impl Clerk {
    fn new(requests: &Requests, desk: Arc<Desk>) -> Clerk {
        let has_sent = Arc::new(AtomicBool::new(false));
        let opener = Opener {
            dialler: requests.dialler.clone(),
            waits: desk.waits.clone(),
            has_sent: has_sent.clone(),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        let agent = Agent::with_parts(config, opener, Unasked);
        let body_bytes_max = requests.config.body_bytes_max();
        Clerk { core: requests.core.clone(), agent, desk, has_sent, body_bytes_max }
    }

    fn work(&self, inbox: &Receiver<(RequestId, Request)>) {
        for (request, message) in inbox {
            if message.purpose() == Purpose::Activities {
                self.await_room();
            }
            self.has_sent.store(false, Ordering::SeqCst);
            let fact = answered(request, self.exchange(message));
            hold_back(&self.core, &fact);
            // Free before the answer is told, for the next request may follow from it at once.
            self.desk.clear();
            self.core.report(fact);
        }
    }

    /// A page brings activities, for which there has to be room.
    fn await_room(&self) {
        let waits = &self.desk.waits;
        let waker = Waker::from(waits.clone());
        let mut context = Context::from_waker(&waker);
        while !waits.is_interrupted() && self.core.poll_room(&mut context).is_pending() {
            if waits.wait(None).is_err() {
                return;
            }
        }
    }

    fn exchange(&self, message: Request) -> Result<Response<Vec<u8>>, Failure> {
        let request = outgoing(message);
        let result = if request.method() == Method::GET {
            self.agent.run(request.map(|_| ()))
        } else {
            let (parts, body) = request.into_parts();
            self.agent.run(http::Request::from_parts(parts, body.as_ref()))
        };
        let response = result.map_err(|error| self.failure(&error))?;
        let (parts, mut body) = response.into_parts();
        // One more than is allowed, so that a body of just that size is told from a larger one.
        let limit = self.body_bytes_max as u64 + 1;
        let read = body.with_config().limit(limit).read_to_vec();
        let bytes = read.map_err(|error| self.failure(&error))?;
        if bytes.len() > self.body_bytes_max {
            return Err(Failure::TooLarge);
        }
        Ok(Response::from_parts(parts, bytes))
    }

    fn failure(&self, error: &ureq::Error) -> Failure {
        match error {
            ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge,
            _ if self.has_sent.load(Ordering::SeqCst) => Failure::Broken,
            ureq::Error::Io(error) => not_sent(error),
            _ => Failure::NotSent,
        }
    }
}

/// A session has at most four requests under way, each for another purpose; the others may be
/// stuck in name resolution, which cannot be called off.
const WORKERS_MAX: usize = 8;
