//! What the host knows about the network, and what a session makes of it.

use directline::{Credential, Failure, Input, Purpose, Status, Way};

use crate::transcript::{Act, Host, config, millis, plain, seconds, set, with};

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
    // Covers: RC-7
    let mut host = Host::new(config(plain().with_backoff(seconds(1), seconds(30))));
    for now in (0..10_000).step_by(10) {
        host.at(now).handle(Input::Woke);
        if host.awaits(Purpose::Reconnect) || host.awaits(Purpose::Start) {
            host.goes_live();
        }
    }
    let asked = host.lines("open").len();
    assert!((30..=41).contains(&asked), "{asked} in 10 s; the floor is 250 ms");
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
fn waking_asks_anew_unless_that_could_start_twice() {
    // Covers: RC-7, CR-6
    let mut host = Host::new(config(plain()));
    host.after(10_000).forget();
    host.handle(Input::Woke).then("cancel Start\nPOST conversations as t");
    let mut host = Host::new(config(with(Credential::secret("s"))));
    host.after(10_000).forget();
    host.handle(Input::Woke).then("cancel Generate\nPOST tokens/generate as s");
    host.answers(404, "").after(10_000).forget();
    host.handle(Input::Woke).nothing();
}

#[test]
fn a_network_that_returns_to_no_credential_says_so_at_once() {
    // Covers: CR-4, RC-7
    let builder = with(Credential::token_for("t", seconds(10)));
    let mut host = Host::live(config(builder.with_backoff(seconds(80), seconds(80))));
    host.at(1_000).handle(Input::NetworkDown).at(10_000).tick().at(11_000).forget();
    host.handle(Input::NetworkUp).then("status needstoken");
}
