//! What a service asks for is waited for in full, whatever a driver rounds.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use directline_client::directline::{Config, Credential, Event, Next};

use crate::server::serve;
use crate::talk::{Driver, with_both_drivers};

with_both_drivers!(a_wait_is_as_long_as_the_service_has_asked_for);

fn a_wait_is_as_long_as_the_service_has_asked_for(driver: Driver) {
    // Covers: RC-4
    // Each answer comes in another part of a millisecond.
    for round in 0..20 {
        let answered = Arc::new(Mutex::new(None));
        let noted = answered.clone();
        let (base, _requests) = serve(move |_| {
            noted.lock().expect("nobody panics").get_or_insert_with(Instant::now);
            b"HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n".to_vec()
        });
        let config = Config::builder(Credential::token("hush-hush").expect("a credential"))
            .with_base(base)
            .with_backoff(Duration::from_millis(5), Duration::from_millis(5));
        let mut talk = driver.start(config.build().expect("valid"));
        let at = talk.event(|event| match event {
            Event::Faulted(fault) => match fault.next {
                Next::Retries { at, .. } => Some(at),
                _ => None,
            },
            _ => None,
        });
        let left = talk.handle.time_until(at);
        let next = Instant::now() + left;
        let answered = answered.lock().expect("nobody panics").expect("it has answered");
        let wait = next.duration_since(answered);
        assert!(wait >= Duration::from_secs(1), "{driver:?}, {round}: {wait:?}");
    }
}
