//! Waiting: one place where a thread sleeps on its sockets, and from where others wake it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

/// Belongs to one thread, which alone waits; any other may wake it.
#[derive(Debug)]
pub(super) struct Waits {
    poll: Mutex<Poll>,
    registry: Registry,
    waker: Waker,
    is_interrupted: AtomicBool,
}

impl Waits {
    pub(super) fn new() -> io::Result<Arc<Waits>> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(&registry, WAKER)?;
        let is_interrupted = AtomicBool::new(false);
        Ok(Arc::new(Waits { poll: Mutex::new(poll), registry, waker, is_interrupted }))
    }

    /// From now on whatever happens to `stream` ends a wait.
    pub(super) fn watch(&self, stream: &mut TcpStream) -> io::Result<()> {
        self.registry.register(stream, STREAM, Interest::READABLE | Interest::WRITABLE)
    }

    /// Sleeps until something happened, whatever it was, or `limit` has passed. A caller tries
    /// first and sleeps only after the operating system has said that there is nothing to do.
    ///
    /// # Errors
    ///
    /// Whatever the operating system objects to.
    pub(super) fn wait(&self, limit: Option<Duration>) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut poll = self.poll.lock().unwrap_or_else(PoisonError::into_inner);
        match poll.poll(&mut events, limit) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Makes the thread give up what it is at, until [`Waits::begin`].
    pub(super) fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::SeqCst);
        self.rouse();
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.is_interrupted.load(Ordering::SeqCst)
    }

    /// Something new begins, which nobody has interrupted yet.
    pub(super) fn begin(&self) {
        self.is_interrupted.store(false, Ordering::SeqCst);
    }

    /// Ends the wait of the moment, or the next one.
    pub(super) fn rouse(&self) {
        // It fails only where the thread has nothing left to wait with.
        let _ = self.waker.wake();
    }
}

impl Wake for Waits {
    fn wake(self: Arc<Self>) {
        self.rouse();
    }
}

const WAKER: Token = Token(0);
const STREAM: Token = Token(1);
/// Few streams are watched at a time; more events than fit come with the next wait.
const EVENTS_MAX: usize = 8;
