//! Whatever happened before: once the world behaves, the stream is live again.

use directline::{CloseReason, Failure, Input, Purpose, Status, Way};

use crate::transcript::{Act, Host, config, error, plain, seconds, set};

const CEILING: u64 = 30_000;

/// Ways into trouble, each from a new session.
fn troubles() -> Vec<(&'static str, Act)> {
    vec![
        ("starting", |_| {}),
        ("start failed", |host| _ = host.fails(Failure::NotSent)),
        ("start failed often", |host| {
            for _ in 0..40 {
                host.fails(Failure::Broken).times_out();
            }
        }),
        ("start unreadable", |host| _ = host.answers(200, "<html>")),
        ("opening", |host| _ = host.grants()),
        ("refused", |host| _ = host.grants().refuses(403)),
        ("live", |host| _ = host.goes_live()),
        ("lost", |host| _ = host.goes_live().breaks()),
        ("lost when stable", |host| _ = host.goes_live().after(60_000).breaks()),
        ("reconnecting", |host| _ = host.goes_live().breaks().times_out()),
        ("reconnecting fails", |host| {
            host.goes_live().breaks();
            for _ in 0..40 {
                host.times_out().answers(503, "");
            }
        }),
        ("bad url", |host| {
            _ = host.answers(200, r#"{"conversationId":"c","streamUrl":"ws://x"}"#);
        }),
        ("unreadable", |host| _ = host.goes_live().frame("{")),
        ("too large", |host| _ = host.goes_live().ends_socket(CloseReason::FrameTooLarge)),
        ("refused watermark", |host| {
            _ = host.goes_live().says("a", "1").breaks().times_out().answers(400, "");
        }),
        ("in the history", |host| _ = host.goes_live().breaks().times_out().goes_live()),
        ("woken", |host| _ = host.goes_live().after(1_000).handle(Input::Woke)),
        ("back online", |host| {
            host.goes_live().handle(Input::NetworkDown).after(7_000).handle(Input::NetworkUp);
        }),
        ("with a new token", |host| _ = host.answers(403, "").supplies("u")),
        ("sending", |host| _ = host.goes_live().posts(1)),
        ("refreshing", |host| _ = host.goes_live().after(900_000).tick()),
    ]
}

/// Lets the world behave, each answer after `delay`, and tells how long it takes to be live.
fn recovers(host: &mut Host, delay: u64) -> u64 {
    let start = host.now();
    let mut answered_at = None;
    while host.status() != Status::Live {
        let acts = host.has_socket()
            || [Purpose::Generate, Purpose::Start, Purpose::Reconnect]
                .into_iter()
                .any(|purpose| host.awaits(purpose));
        let due = host.deadline().expect("something is due");
        let at = *answered_at.get_or_insert(host.now() + delay);
        if !acts || due < at {
            host.times_out();
            if !acts {
                answered_at = None;
            }
            continue;
        }
        answered_at = None;
        host.at(at);
        if host.has_socket() {
            host.opens();
        } else if host.awaits(Purpose::Reconnect) {
            host.grants_to_reconnect();
        } else {
            host.grants();
        }
    }
    host.now() - start
}

#[test]
fn from_every_trouble_there_is_a_way_back() {
    // Covers: LV-1
    for (name, trouble) in troubles() {
        for delay in [0, 1_000, 19_000] {
            let builder = plain().with_backoff(seconds(1), seconds(30));
            let mut host = Host::new(config(builder));
            trouble(&mut host);
            let took = recovers(&mut host, delay);
            let bound = CEILING + 3 * 20_000;
            assert!(took <= bound, "{name}: {took} ms with answers after {delay} ms");
            host.says("new", "9");
            assert!(host.delivered().ends_with("new"), "{name}");
        }
    }
}

#[test]
fn no_state_waits_for_ever() {
    // Covers: LV-2
    for (name, trouble) in troubles() {
        let mut host = Host::new(config(plain()));
        trouble(&mut host);
        assert!(host.deadline().is_some(), "{name}");
    }
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    assert!(host.grants().deadline().is_some());
    assert!(host.answers(200, &set("", "")).deadline().is_some());
}

#[test]
fn only_four_states_have_no_deadline() {
    // Covers: LV-2
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().answers(403, "");
    assert_eq!((host.status(), host.deadline()), (Status::NeedsToken, None));
    let mut host = Host::live(config(plain()));
    host.handle(Input::NetworkDown).at(1_800_000).tick();
    assert_eq!((host.status(), host.deadline()), (Status::Offline, None));
    let mut host = Host::live(config(plain()));
    host.handle(Input::Close);
    assert_eq!((host.status(), host.deadline()), (Status::Ended, None));
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.sleeps_until(899_999).at(900_000).tick().answers(404, "").sleeps_until(1_800_000);
    assert_eq!((host.status(), host.deadline()), (Status::Live, None), "nor needs it one");
}

/// What a hostile server may answer.
const BODIES: [&str; 16] = [
    "",
    "null",
    "[]",
    "{}",
    "{\"conversationId\":\"c\"}",
    "{\"conversationId\":\"..\",\"token\":\"a\\nb\",\"streamUrl\":\"wss://d.example/x\"}",
    "{\"conversationId\":{\"a\":[]},\"token\":[],\"expires_in\":{},\"streamUrl\":7}",
    "{\"conversationId\":\"c\",\"token\":\"t9\",\"expires_in\":-1e308,\"streamUrl\":\"::\"}",
    "{\"conversationId\":\"c\",\"expires_in\":1e999,\"streamUrl\":\"wss://d.example/\u{0}\"}",
    "{\"activities\":[{\"id\":\"\"},7,null],\"watermark\":[]}",
    "{\"activities\":{\"id\":\"a\"}}",
    "{\"error\":\"x\"}",
    "{\"error\":{\"code\":[],\"message\":{}}}",
    "{\"error\":{\"code\":\"TokenExpired\"}}",
    "{\"id\":{}}",
    "\u{feff}<html>",
];

#[test]
fn nothing_a_server_answers_is_the_hosts_mistake() {
    // Covers: RX-6, TM-5
    for (name, trouble) in troubles() {
        for body in BODIES {
            for status in [200, 204, 302, 400, 401, 403, 404, 409, 429, 500, 501, 999] {
                let mut host = Host::new(config(plain()));
                trouble(&mut host);
                for _ in 0..6 {
                    if host.awaits_any() {
                        host.answers(status, body);
                    } else if host.has_socket() {
                        host.frame(body);
                    } else if host.deadline().is_some() {
                        host.times_out();
                    }
                }
                assert!(host.all_requests().count() < 60, "{name}, {status}, {body}");
            }
        }
    }
}

#[test]
fn nothing_a_server_answers_makes_a_session_hammer() {
    // Covers: RX-6, CR-3, PO-2
    for way in [Way::Stream, Way::Polling] {
        for body in BODIES.into_iter().chain([error("TokenExpired").as_str(), &set("a", "1")]) {
            for status in [200, 204, 400, 401, 403, 404, 409, 429, 500] {
                let builder = plain().with_backoff(seconds(1), seconds(30)).with_way(way);
                let mut host = Host::new(config(builder));
                host.grants();
                if host.has_socket() {
                    host.opens().breaks();
                }
                for _ in 0..400 {
                    if host.now() > 60_000 || host.deadline().is_none() {
                        break;
                    }
                    match host.awaits_any() {
                        true => host.answers(status, body),
                        false => host.times_out(),
                    };
                }
                let count = host.all_requests().count();
                assert!(count <= 150, "{count} in {} ms: {way:?}, {status}, {body}", host.now());
            }
        }
    }
}
