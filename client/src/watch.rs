//! WATCH: notices that time has passed in which nothing could be done: the device slept, or the process
//! stood still. What was open before may be dead since, and looks alive.

use std::time::Duration;

/// When somebody looked last.
#[derive(Debug)]
pub(crate) struct Watch {
    seen: Duration,
}

impl Watch {
    pub(crate) fn new(now: Duration) -> Watch {
        Watch { seen: now }
    }

    /// Whether there was a sleep since the last look. One that is looked after every
    /// [`LOOK_EVERY`] is never wrong about that, unless somebody sets the clock.
    pub(crate) fn notices_sleep(&mut self, now: Duration) -> bool {
        let pause = now.saturating_sub(self.seen);
        self.seen = now;
        pause >= PAUSE_MIN
    }
}

/// How long a driver may rest without a look at the clock.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });
/// A busy machine lets nobody wait for so long beside that.
const PAUSE_MIN: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use directline::{Config, Credential, Event, Status};
    use directline_testbed::{Options, Testbed};

    use super::*;
    use crate::{Handle, Network, Proxy, Update};

    #[test]
    fn a_sleep_is_noticed_once_and_a_late_look_is_none() {
        // Covers: RC-7
        let seconds = Duration::from_secs;
        let mut watch = Watch::new(seconds(100));
        for (now, is_sleep) in
            [(105, false), (114, false), (124, true), (125, false), (20, false), (30, true)]
        {
            assert_eq!(watch.notices_sleep(seconds(now)), is_sleep, "{now}");
        }
    }

    /// Wakes up from an hour's sleep with a socket that looks open; the socket is replaced, though
    /// nothing has come over it and nothing will.
    fn sleeps(driver: &str, handle: &Handle, mut next: impl FnMut() -> Option<Update>) {
        let mut is_live = || {
            let is_status = |update: &Update| matches!(update, Update::Event(Event::Status(_)));
            let mut updates = std::iter::from_fn(&mut next).filter(is_status);
            updates.any(|update| update == Update::Event(Event::Status(Status::Live)))
        };
        assert!(is_live(), "{driver}");
        handle.clock().sleep(3_600);
        assert!(is_live(), "{driver} went on as before");
    }

    fn service() -> (Testbed, Config) {
        let testbed = Testbed::start(Options::default()).expect("a free port");
        let config = Config::builder(Credential::secret(testbed.secret()).expect("a credential"))
            .with_base(testbed.base())
            .with_keepalive_interval(None)
            .without_liveness_timeout()
            .build();
        (testbed, config.expect("valid"))
    }

    #[cfg(feature = "blocking")]
    #[test]
    fn the_blocking_driver_wakes_up() {
        // Covers: RC-7
        let (testbed, config) = service();
        let network = Network::default().with_proxy(Proxy::none());
        let opened = crate::blocking::Conversation::open(config, None, &network);
        let mut conversation = opened.expect("a thread");
        let handle = conversation.handle();
        sleeps("blocking", &handle, || conversation.next());
        assert_eq!(testbed.log().sockets_opened(), 2);
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn the_tokio_driver_wakes_up() {
        // Covers: RC-7
        let (testbed, config) = service();
        let network = Network::default().with_proxy(Proxy::none());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let guard = runtime.enter();
        let opened = crate::tokio::Conversation::open(config, None, &network);
        let mut conversation = opened.expect("a runtime");
        drop(guard);
        let handle = conversation.handle();
        sleeps("tokio", &handle, || runtime.block_on(conversation.next()));
        assert_eq!(testbed.log().sockets_opened(), 2);
    }
}
