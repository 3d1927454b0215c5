//! What counts as an attempt, how long the service may put the next one off, and what forgives.

use directline::{Checkpoint, Failure, Input, Purpose, Status, Way};

use crate::transcript::{
    Act, Host, config, lasting, plain, response, seconds, set, site, token, with,
};

/// Which attempt the last fault said would be next.
fn next_attempt(host: &Host) -> u32 {
    let last = host.lines("fault").last().map(|line| (*line).to_owned()).expect("a fault");
    last.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("an attempt")
}

/// A session whose socket has opened and been lost four times, each time too soon.
fn shaken() -> Host {
    let mut host = Host::live(config(lasting().with_echo_keys(true)));
    host.says("a", "1");
    for _ in 0..4 {
        host.breaks().times_out().goes_live();
    }
    host
}

#[test]
fn nothing_but_a_stable_connection_forgives() {
    // Covers: RC-3
    let acts: [(&str, Act); 12] = [
        ("nothing", |_| {}),
        ("an activity", |host| _ = host.says("b", "2")),
        ("a new token", |host| _ = host.supplies("t2")),
        ("a blank frame", |host| _ = host.frame("")),
        ("a post that is taken", |host| _ = host.posts(1).answers(200, "{}")),
        ("waking", |host| _ = host.after(300).handle(Input::Woke).goes_live()),
        ("a network that comes back", |host| {
            host.handle(Input::NetworkDown).after(1_000).handle(Input::NetworkUp).goes_live();
        }),
        ("a token in the answer", |host| {
            host.after(300).handle(Input::Woke).grants_also(r#","token":"t2""#).opens();
        }),
        ("a watermark that is refused", |host| {
            host.after(300).handle(Input::Woke).answers(400, "").goes_live();
            host.answers(200, &set("", "9"));
        }),
        ("a frame that is replayed", |host| _ = host.frame("<html>").times_out().goes_live()),
        ("nearly a minute", |host| _ = host.after(59_999).tick()),
        ("a timeout", |host| _ = host.tick()),
    ];
    for (name, act) in acts {
        let mut host = shaken();
        act(&mut host);
        host.forget().breaks();
        assert!(next_attempt(&host) >= 6, "{name}: attempt {}", next_attempt(&host));
    }
    let mut host = shaken();
    host.after(60_000).tick().breaks().fails(Failure::Broken);
    assert_eq!(next_attempt(&host), 2, "a minute does");
}

#[test]
fn a_start_does_not_wait_until_its_token_is_dead() {
    // Covers: RC-13, LV-1
    let builder = with(site("s")).with_attempts_at_once(1);
    let mut host = Host::new(config(builder));
    let token = r#"{"conversationId":"c","token":"t1","expires_in":1}"#;
    host.answers_to(Purpose::Generate, 200, token);
    assert!(host.awaits(Purpose::Start), "one every five seconds, and the token lives for one");
    // Both count.
    host.forget().fails(Failure::Broken);
    let status = host.session.status();
    assert!(
        matches!(status, Status::Waiting { until } if until.as_millis() >= 10_000),
        "{status:?}"
    );
    // What the service asks for holds here too.
    let mut host = Host::new(config(with(site("s"))));
    host.answers_with(response(404, &[("Retry-After", "30")], ""));
    assert!(!host.awaits(Purpose::Start));
}

#[test]
fn a_post_that_was_taken_makes_the_next_failure_the_first() {
    // Covers: TX-3, RC-2
    let builder = lasting().with_backoff(seconds(1), seconds(600));
    let mut host = Host::live(config(builder));
    host.posts(1).posts(2);
    for attempt in 2..8 {
        host.fails(Failure::NotSent);
        assert_eq!(next_attempt(&host), attempt);
        host.times_out();
    }
    host.answers(200, "{}").fails(Failure::NotSent);
    assert_eq!(next_attempt(&host), 2);
    assert!(host.pause() <= 1_000, "{} ms", host.pause());
}

#[test]
fn a_page_that_comes_ends_an_outage() {
    // Covers: RC-10, PO-1
    let mut host = Host::new(config(
        lasting()
            .with_way(Way::Polling)
            .with_outage_max(seconds(600))
            .with_poll_interval(seconds(60))
            .with_backoff(seconds(1), seconds(30)),
    ));
    host.grants();
    for _ in 0..30 {
        host.answers(200, &set("", "1")).times_out();
    }
    let came = host.now() - 60_000;
    while host.lines("ended").is_empty() {
        assert!(host.now() < came + 700_000, "it never gives up");
        host.fails(Failure::NotSent);
        if host.lines("ended").is_empty() {
            host.times_out();
        }
    }
    assert!(host.now() >= came + 600_000, "after {} ms", host.now() - came);
}

/// A request of each kind, under way.
fn asking() -> [(Purpose, fn() -> Host); 7] {
    [
        (Purpose::Generate, || Host::new(config(with(site("s"))))),
        (Purpose::Start, || Host::new(config(lasting().without_liveness_timeout()))),
        (Purpose::Reconnect, || {
            Host::resume(
                config(lasting().without_liveness_timeout()),
                Checkpoint::new("c").expect("an id"),
            )
        }),
        (Purpose::Refresh, || {
            let token = token("t").lasting(seconds(2_000));
            let mut host = Host::live(config(with(token).without_liveness_timeout()));
            host.at(1_000_000).tick();
            host
        }),
        (Purpose::Activities, || {
            let mut host =
                Host::new(config(lasting().without_liveness_timeout().with_way(Way::Polling)));
            host.grants();
            host
        }),
        (Purpose::Activities, || {
            let mut host = Host::resume(
                config(lasting().without_liveness_timeout()),
                Checkpoint::new("c").expect("an id"),
            );
            host.goes_live();
            host
        }),
        (Purpose::Post, || {
            let mut host = Host::live(config(lasting().without_liveness_timeout()));
            host.posts(1);
            host
        }),
    ]
}

#[test]
fn whatever_is_asked_waits_as_long_as_the_service_says() {
    // Covers: RC-4
    for (purpose, asking) in asking() {
        let statuses: &[u16] = match purpose {
            // Of any other it is not known that it was not taken.
            Purpose::Post => &[429],
            // The first of two is not believed.
            Purpose::Activities => &[408, 429, 500, 502, 503, 504, 302, 404, 405, 409, 413, 501],
            _ => &[408, 425, 429, 500, 502, 503, 504, 302, 307],
        };
        for status in statuses {
            for (said, waits) in [("200", 200_000), ("9999", 300_000)] {
                let mut host = asking();
                let from = host.now();
                assert!(host.awaits(purpose), "{purpose:?}");
                host.answers_with(response(*status, &[("Retry-After", said)], ""));
                while !host.awaits(purpose) {
                    host.times_out();
                }
                let waited = host.now() - from;
                let most = waits + 2_000;
                assert!((waits..=most).contains(&waited), "{purpose:?}, {status}: {waited} ms");
            }
        }
    }
}

#[test]
fn a_host_that_calls_all_the_time_is_connected_all_the_same() {
    // Covers: LV-1, RC-7
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    // Answers and handshakes take twelve seconds, calls come every ten.
    let mut answered = None;
    for second in 1..=60 {
        host.after(1_000);
        if second % 10 == 0 {
            host.handle(Input::Woke);
        }
        let begun = *answered.get_or_insert(second);
        match (second - begun, host.awaited(), host.has_socket()) {
            (12, Some(Purpose::Reconnect), _) => {
                host.grants_to_reconnect();
                answered = None;
            }
            (12, None, true) => {
                host.opens();
                assert_eq!(host.status(), Status::Live);
                return;
            }
            _ => {}
        }
    }
    panic!("never connected");
}

#[test]
fn urls_that_come_too_late_lead_to_polling() {
    // Covers: LV-1, RC-11, SU-2
    let mut host = Host::live(config(plain().with_request_timeout(seconds(70))));
    host.says("a", "1").breaks();
    for _ in 0..5 {
        host.times_out().after(56_000).grants_to_reconnect();
    }
    assert!(host.awaits(Purpose::Activities), "pages bring what is said");
}
