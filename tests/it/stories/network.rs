//! What the host knows about the network, and what a session makes of it.

use directline::{Checkpoint, Failure, Input, Purpose, Status, Way};

use crate::transcript::{
    Act, Host, config, error, lasting, millis, plain, response, seconds, set, site, token, with,
};

fn patient() -> directline::Config {
    config(plain().with_backoff(seconds(20), seconds(60)))
}

#[test]
fn waking_reconnects_without_backoff() {
    // Covers: RC-7
    let mut host = Host::live(patient());
    host.at(10_000).breaks();
    assert!(host.pause() >= 5_000);
    host.at(10_100).forget();
    host.handle(Input::Woke).then(
        "
        GET conversations/c as t
        status connecting
        ",
    );
}

#[test]
fn waking_abandons_a_handshake() {
    // Covers: RC-7, SU-1
    let mut host = Host::new(patient());
    host.grants().after(10_000).forget();
    host.handle(Input::Woke).then("shut 1\nGET conversations/c as t");
}

#[test]
fn waking_after_a_long_sleep_holds_every_deadline_against_the_clock() {
    // Covers: RC-7, CR-3, CR-4
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    host.at(1_800_000).handle(Input::Woke).after(1_000).tick();
    assert_eq!(host.lines("fault"), ["fault: connection went silent; attempt 1"]);
    assert_eq!(host.lines("needs token"), ["needs token"]);
    assert_eq!(host.status(), Status::NeedsToken);
    assert_eq!(host.deadline(), None);
    assert!(!host.awaits_any(), "what was begun on the way is cancelled");
}

#[test]
fn waking_in_a_loop_does_not_hammer() {
    // Covers: RC-7, RC-13
    let mut host = Host::new(config(plain().with_backoff(seconds(1), seconds(30))));
    let mut asked = Vec::new();
    for now in (0..600_000).step_by(50) {
        host.at(now).handle(Input::Woke);
        if host.awaits(Purpose::Reconnect) || host.awaits(Purpose::Start) {
            asked.push(now);
            host.goes_live();
        }
    }
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= 250), "the floor is 250 ms");
    let minutes = asked.len() - asked.iter().position(|at| *at >= 60_000).expect("a minute");
    assert_eq!(minutes, 9 * 12, "in the long run one every 5 s");
}

#[test]
fn nothing_brings_more_attempts_than_the_long_run_allows() {
    // Covers: RC-13, RC-2, RC-7
    let acts: [(&str, Act); 3] = [
        ("wakes", |host| _ = host.handle(Input::Woke)),
        ("flaps", |host| _ = host.handle(Input::NetworkDown).handle(Input::NetworkUp)),
        ("breaks", |host| _ = host.breaks()),
    ];
    for (name, act) in acts {
        // Hardly any backoff, and every connection is stable at once.
        let builder = lasting().with_stable_after(millis(0)).with_attempts_at_once(20);
        let place = Checkpoint::new("c").and_then(|own| own.with_watermark("1"));
        let mut host = Host::resume(config(builder), place.expect("a place"));
        let mut asked = 0;
        while host.now() < 600_000 {
            if host.awaits_any() {
                asked += 1;
                host.goes_live();
            } else if host.has_socket() {
                act(&mut host);
            }
            host.after(100).tick();
        }
        assert!((120..=140).contains(&asked), "{name}: {asked} in ten minutes");
    }
}

#[test]
fn what_could_not_be_tried_is_no_outage() {
    // Covers: RC-10
    let patient = || lasting().with_outage_max(seconds(600)).with_backoff(seconds(20), seconds(60));
    let nights: [Act; 3] = [
        |host| _ = host.handle(Input::NetworkDown).after(28_800_000).handle(Input::NetworkUp),
        |host| {
            host.breaks().times_out().answers(403, &error("TokenExpired")).after(28_800_000);
            host.supplies("t2");
        },
        // The host slept.
        |host| _ = host.breaks().after(28_800_000).tick(),
    ];
    for night in nights {
        let mut host = Host::live(config(patient()));
        host.says("a", "1").at(10_000);
        night(&mut host);
        assert!(host.awaits(Purpose::Reconnect), "{:?}", host.status());
        let (begun, by) = (host.now(), host.now() + 580_000);
        while host.now() < by {
            host.fails(Failure::NotSent);
            assert!(host.lines("ended").is_empty(), "{} s later", (host.now() - begun) / 1_000);
            host.times_out();
        }
        while host.fails(Failure::NotSent).lines("ended").is_empty() {
            host.times_out();
        }
    }
}

#[test]
fn what_the_service_asked_for_holds_against_the_host() {
    // Covers: RC-4, RC-7
    let calls: [Act; 3] = [
        |host| _ = host.handle(Input::Woke),
        |host| _ = host.handle(Input::NetworkDown).handle(Input::NetworkUp),
        |host| _ = host.supplies("t2"),
    ];
    for call in calls {
        let mut host = Host::new(patient());
        host.answers_with(response(429, &[("Retry-After", "300")], ""));
        for second in 1..300 {
            host.at(second * 1_000 - 1);
            call(&mut host);
            host.tick();
            assert!(!host.awaits_any(), "{second}");
        }
        host.at(300_000).tick();
        assert!(host.awaits(Purpose::Start));
    }
}

#[test]
fn waking_in_a_loop_does_not_hammer_while_polling() {
    // Covers: RC-7, PO-2
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a", "1"));
    for now in (0..10_000).step_by(10) {
        host.at(now).handle(Input::Woke);
        if host.awaits(Purpose::Activities) {
            host.answers(200, &set("", "1"));
        }
    }
    let asked = host.all_requests().count();
    assert!((10..=52).contains(&asked), "{asked} in 10 s; the floor is 200 ms");
}

#[test]
fn waking_polls_at_once() {
    // Covers: RC-7
    let mut host =
        Host::new(config(plain().with_way(Way::Polling).with_poll_interval(seconds(60))));
    host.grants().answers(200, &set("", "1")).forget();
    host.at(30_000).handle(Input::Woke);
    assert_eq!(host.sent(), ["GET conversations/c/activities?watermark=1 as t"]);
}

#[test]
fn while_the_network_is_down_nothing_is_attempted() {
    // Covers: RC-7, LV-2
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    host.handle(Input::NetworkDown).then("shut 1\nstatus offline");
    host.posts(1).handle(Input::Woke).sleeps_until(890_000).nothing();
    host.handle(Input::NetworkUp).then(
        "
        GET conversations/c?watermark=1 as t
        status connecting
        ",
    );
    host.goes_live();
    assert!(host.awaits(Purpose::Post), "and what waited goes on");
}

#[test]
fn every_phase_rests_while_the_network_is_down() {
    // Covers: RC-7, RC-5
    let prepare: [(&str, Act); 5] = [
        ("cancel Start", |_| {}),
        ("shut 1", |host| _ = host.grants()),
        ("shut 1", |host| _ = host.goes_live()),
        ("", |host| _ = host.fails(Failure::NotSent)),
        ("cancel Reconnect", |host| _ = host.goes_live().breaks().times_out()),
    ];
    for (ended, prepare) in prepare {
        let mut host = Host::new(config(plain()));
        prepare(&mut host);
        host.forget().handle(Input::NetworkDown);
        host.then(&format!("{ended}\nstatus offline"));
        host.handle(Input::NetworkDown).after(1).tick().nothing();
        host.handle(Input::NetworkUp);
        assert_eq!(host.sent().len(), 1, "and begins at once");
    }
}

#[test]
fn polling_rests_too() {
    // Covers: RC-7, PO-2
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("", "1")).times_out().forget();
    host.handle(Input::NetworkDown).then("cancel Activities\nstatus offline");
    host.sleeps_until(100_000).nothing();
    host.handle(Input::NetworkUp).then(
        "
        GET conversations/c/activities?watermark=1 as t
        status polling
        ",
    );
}

#[test]
fn the_network_may_be_up_as_often_as_it_likes() {
    // Covers: RC-7, TM-3
    let mut host = Host::live(config(plain()));
    let before = host.session.clone();
    host.handle(Input::NetworkUp).handle(Input::NetworkUp).nothing();
    assert!(host.session == before);
}

#[test]
fn a_network_that_flaps_does_not_hammer() {
    // Covers: RC-7
    let mut host = Host::live(config(plain().with_backoff(millis(1_000), seconds(30))));
    for now in (0..10_000).step_by(10) {
        host.at(now).handle(Input::NetworkDown).handle(Input::NetworkUp);
        if host.awaits(Purpose::Reconnect) {
            host.goes_live();
        }
    }
    let asked = host.all_requests().filter(|sent| sent.purpose() == Purpose::Reconnect).count();
    assert!(asked <= 40, "{asked} in 10 s");
}

#[test]
fn a_token_may_come_while_the_network_is_down() {
    // Covers: RC-7, CR-4
    let mut host = Host::live(config(plain()));
    host.says("a", "1").handle(Input::NetworkDown).sleeps_until(1_800_000).forget();
    host.supplies("t2").handle(Input::NetworkUp).then(
        "
        GET conversations/c?watermark=1 as t2
        status connecting
        ",
    );
    assert_eq!(host.status(), Status::Connecting);
}

#[test]
fn a_token_that_was_awaited_waits_for_the_network() {
    // Covers: RC-7, CR-4
    let mut host = Host::live(config(plain()));
    host.says("a", "1").breaks().times_out().answers(401, "");
    assert_eq!(host.status(), Status::NeedsToken);
    host.handle(Input::NetworkDown).forget().supplies("t2").then("status offline");
    host.after(2_000).handle(Input::NetworkUp).then(
        "
        GET conversations/c?watermark=1 as t2
        status connecting
        ",
    );
}

#[test]
fn waking_asks_anew_unless_that_could_start_twice() {
    // Covers: RC-7, CR-6
    let mut host = Host::new(config(plain()));
    host.after(10_000).forget();
    host.handle(Input::Woke).then("cancel Start\nPOST conversations as t");
    let mut host = Host::new(config(with(site("s"))));
    host.after(10_000).forget();
    host.handle(Input::Woke).then("cancel Generate\nPOST tokens/generate as s");
    host.answers(404, "").after(10_000).forget();
    host.handle(Input::Woke).nothing();
}

#[test]
fn a_network_that_returns_to_no_credential_says_so_at_once() {
    // Covers: CR-4, RC-7
    let builder = with(token("t").lasting(seconds(10)));
    let mut host = Host::live(config(builder.with_backoff(seconds(80), seconds(80))));
    host.at(1_000).handle(Input::NetworkDown).at(10_000).tick().at(11_000).forget();
    host.handle(Input::NetworkUp).then("status needstoken");
}
