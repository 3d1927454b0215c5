//! Every attempt up to the 65,536th, counted by a session that never gets through.

use std::time::Duration;

use directline::{Event, Failure, Input, Next, Output};

use super::stand::{Stand, patient, secret};

/// Gives how many attempts there were.
pub fn every_attempt() -> u64 {
    let millis = Duration::from_millis;
    let builder =
        patient(secret()).with_secret_only(true).with_backoff(millis(1_000), millis(30_000));
    let mut stand = Stand::resumed("never gets through", builder, "7");
    for failures in 1..=ATTEMPTS {
        let request = stand.asked.pop().expect("a request").request;
        stand.asked.clear();
        stand
            .session
            .handle(moment(stand.now), Input::RequestFailed { request, failure: Failure::NotSent })
            .expect("it was sent");
        let told = stand.drain().into_iter().find_map(|output| match output {
            Output::Event(Event::Faulted(fault)) => Some(fault.next),
            _ => None,
        });
        let Some(Next::Retries { at, attempt }) = told else { panic!("{failures}: {told:?}") };
        assert_eq!(attempt, failures + 1);
        let pause = at.as_millis() - stand.now;
        let bound = 1_000_u64.saturating_mul(1 << (failures - 1).min(20)).min(30_000);
        assert!((250..=bound).contains(&pause), "{failures}: {pause} ms of {bound}");
        stand.now = at.as_millis();
        stand.feed(Input::Timeout);
    }
    u64::from(ATTEMPTS)
}

fn moment(millis: u64) -> directline::Moment {
    directline::Moment::from_millis(millis)
}

const ATTEMPTS: u32 = 65_536;
