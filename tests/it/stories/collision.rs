//! Two clients, one conversation.

use directline::{Input, Purpose};

use crate::transcript::{Act, Host, config, lasting, plain, seconds};

#[test]
fn a_collision_leads_to_a_long_wait() {
    // Covers: RC-8
    for (code, reason) in [(1000, "collision"), (4_001, "Collision"), (1008, "stream COLLISION!")] {
        let mut host = Host::live(config(plain()));
        host.at(5_000).closes(code, reason);
        assert_eq!(host.pause(), 30_000, "{code} {reason}");
        host.at(34_999).tick();
        assert!(!host.awaits_any());
        host.at(35_000).tick();
        assert!(host.awaits(Purpose::Reconnect));
    }
    let mut host = Host::live(config(plain().with_collision_wait(seconds(7))));
    host.closes(1000, "collision");
    assert_eq!(host.pause(), 7_000, "it is configuration");
}

#[test]
fn a_collision_after_a_stable_connection_waits_as_well() {
    // Covers: RC-8, RC-2
    let mut host = Host::live(config(plain()));
    host.at(60_000).closes(1000, "collision");
    assert_eq!(host.pause(), 30_000);
}

#[test]
fn three_collisions_in_a_row_are_the_end() {
    // Covers: RC-8
    let mut host = Host::live(config(plain()));
    host.says("a", "1");
    for _ in 0..2 {
        host.closes(1000, "collision").times_out().goes_live();
    }
    host.forget();
    host.closes(1000, "collision").then(
        "
        status ended
        ended: another client owns this conversation (3 collisions in a row)
        ",
    );
    assert_eq!(host.checkpoint().watermark(), Some("1"));
}

#[test]
fn how_many_is_configuration() {
    // Covers: RC-8
    let mut host = Host::live(config(plain().with_collisions_max(1)));
    host.closes(1000, "collision");
    assert_eq!(host.lines("ended").len(), 1);
}

#[test]
fn another_loss_in_between_breaks_the_row() {
    // Covers: RC-8
    let mut host = Host::live(config(plain()));
    for _ in 0..4 {
        host.closes(1000, "collision").times_out().goes_live();
        host.closes(1000, "collision").times_out().goes_live();
        host.closes(1001, "").times_out().goes_live();
    }
    assert_eq!(host.lines("ended").len(), 0);
}

#[test]
fn a_failed_handshake_in_between_does_not() {
    // Covers: RC-8
    let mut host = Host::live(config(plain()));
    for _ in 0..2 {
        host.closes(1000, "collision").times_out().grants().breaks().times_out().goes_live();
    }
    host.closes(1000, "collision");
    assert_eq!(host.lines("ended").len(), 1);
}

#[test]
fn a_collision_during_the_handshake_counts() {
    // Covers: RC-8
    let mut host = Host::new(config(plain()));
    for _ in 0..2 {
        host.grants().closes(1000, "collision");
        assert_eq!(host.pause(), 30_000);
        host.times_out();
    }
    host.grants().closes(1000, "collision");
    assert_eq!(host.lines("ended").len(), 1);
}

/// Lets two clients take the conversation from each other, and counts how often they do.
fn evictions(wait: u64) -> usize {
    let client = || Host::live(config(lasting().with_collision_wait(seconds(wait))));
    let (mut owner, mut other) = (client(), client());
    other.breaks().times_out();
    for evictions in 0..100 {
        other.grants_to_reconnect().opens();
        owner.at(other.now()).closes(1000, "collision");
        let Some(due) = owner.deadline() else { return evictions };
        other.sleeps_until(due);
        owner.at(due).tick();
        std::mem::swap(&mut owner, &mut other);
    }
    panic!("they evict each other for ever");
}

#[test]
fn two_clients_do_not_evict_each_other_for_ever() {
    // Covers: RC-8
    assert!(evictions(30) < 6);
}

#[test]
fn nor_when_each_waits_until_the_other_is_stable() {
    // Covers: RC-8
    assert!(evictions(90) < 6);
}

#[test]
fn no_call_of_the_host_shortens_the_wait() {
    // Covers: RC-7, RC-8
    let calls: [Act; 2] = [
        |host| _ = host.handle(Input::Woke),
        |host| _ = host.handle(Input::NetworkDown).handle(Input::NetworkUp),
    ];
    for call in calls {
        let mut host = Host::live(config(plain()));
        host.at(5_000).closes(1000, "collision").at(6_000);
        call(&mut host);
        assert!(!host.awaits_any(), "the other client would be evicted");
        host.at(34_999).tick();
        assert!(!host.awaits_any());
        host.at(35_000).tick();
        assert!(host.awaits(Purpose::Reconnect));
    }
}
