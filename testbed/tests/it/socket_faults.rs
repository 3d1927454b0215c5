//! Sockets that end, fall silent or never open.

use std::time::{Duration, Instant};

use directline_testbed::{Answer, Ending, Fault, FaultKind, FrameFate, LogEvent, Occasion, When};

use crate::raw::{Seen, Socket};
use crate::world::{A_MOMENT, World, quiet, texts};

fn close(when: When) -> Fault {
    Fault::Close { code: 4242, reason: "enough".to_string(), when }
}

/// What the socket shows from a frame that meets the fault, and what a replay brings after it.
fn meet(fault: Fault) -> (Vec<Seen>, Vec<String>) {
    let silent = matches!(fault, Fault::HalfOpen { .. });
    let world = World::meeting(Occasion::Frame, fault);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let mut seen = vec![socket.see()];
    if matches!(seen[0], Seen::Text(_)) {
        seen.push(if silent { socket.see_within(A_MOMENT) } else { socket.see() });
    }
    let replayed = texts(&world.reopen(&started, "?watermark=-").set());
    (seen, replayed)
}

fn is_set(seen: &Seen) -> bool {
    matches!(seen, Seen::Text(text) if text.contains(r#""text":"a""#))
}

#[test]
fn a_frame_can_end_the_socket_before_it_is_sent() {
    let closed = Seen::Closed(4242, "enough".to_string());
    let collided = Seen::Closed(1000, "collision".to_string());
    let when = When::Before;
    for (fault, expected) in [
        (close(when), closed),
        (Fault::Collision { when }, collided),
        (Fault::Drop { when }, Seen::Ended),
        (Fault::Reset { when }, Seen::Reset),
        (Fault::Cut, Seen::Ended),
    ] {
        let (seen, replayed) = meet(fault.clone());
        assert_eq!(seen, [expected], "{fault:?}");
        assert_eq!(replayed, ["a"], "{fault:?}");
    }
}

#[test]
fn a_cut_frame_stops_in_the_middle_of_its_bytes() {
    let world = World::meeting(Occasion::Frame, Fault::Cut);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let bytes = socket.bytes();
    let recorded = &world.testbed.recorded(&started.conversation)[0].json;
    let whole = format!("{{\"activities\":[{recorded}],\"watermark\":\"0\"}}");
    assert_eq!(bytes[0], 0x81, "a whole text frame is announced");
    assert_eq!(u16::from_be_bytes([bytes[2], bytes[3]]) as usize, whole.len());
    assert!(whole.as_bytes().starts_with(&bytes[4..]) && bytes.len() - 4 < whole.len());
    assert!(bytes.len() > whole.len() / 3);
}

#[test]
fn a_frame_can_end_the_socket_after_it_is_sent() {
    let when = When::After;
    for (fault, expected) in [
        (close(when), Seen::Closed(4242, "enough".to_string())),
        (Fault::Collision { when }, Seen::Closed(1000, "collision".to_string())),
        (Fault::Drop { when }, Seen::Ended),
        (Fault::HalfOpen { when }, Seen::Nothing),
    ] {
        let (seen, _) = meet(fault.clone());
        assert!(is_set(&seen[0]), "{fault:?}: {seen:?}");
        assert_eq!(seen[1], expected, "{fault:?}");
    }
}

#[test]
fn half_open_means_that_nothing_arrives_any_more() {
    let world = World::meeting(Occasion::Frame, Fault::HalfOpen { when: When::Before });
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    world.say(&started, "b");
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing);
    socket.send(tungstenite::Message::Ping(b"p".as_slice().into()));
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing, "no pong either");
    let lost =
        |event: &LogEvent| matches!(event, LogEvent::FrameSent { fate: FrameFate::Lost, .. });
    assert_eq!(world.testbed.log().count(lost), 2);
    assert_eq!(world.testbed.open_sockets(), 0);
    let mut next = world.reopen(&started, "?watermark=-");
    assert_eq!(texts(&next.set()), ["a", "b"]);
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing, "not even a collision");
    let log = world.testbed.log();
    let hung = |event: &LogEvent| {
        matches!(event, LogEvent::SocketClosed { ending: Ending::Hung, code: None, .. })
    };
    assert_eq!(log.count(hung), 1);
}

#[test]
fn a_socket_can_end_as_soon_as_it_opens() {
    let world = World::meeting(Occasion::Open, close(When::Before));
    let started = world.start();
    world.say(&started, "a");
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    assert_eq!(socket.see(), Seen::Closed(4242, "enough".to_string()));
    world.inject(Occasion::Open, close(When::After));
    let mut socket = world.reopen(&started, "?watermark=-");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(socket.see(), Seen::Closed(4242, "enough".to_string()));
}

#[test]
fn a_replay_can_be_late() {
    let world = World::meeting(Occasion::Open, Fault::Delay { delay_ms: 50 });
    let started = world.start();
    world.say(&started, "a");
    let begun = Instant::now();
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert!(begun.elapsed() >= Duration::from_millis(50), "{:?}", begun.elapsed());
}

#[test]
fn a_handshake_can_be_refused_or_broken_off() {
    let refused = |fault: Fault| {
        let world = World::meeting(Occasion::Handshake, fault);
        let started = world.start();
        let outcome = Socket::dial(&started.url).err();
        let again = Socket::dial(&started.url).err();
        assert_eq!(world.testbed.log().sockets_opened(), usize::from(again.is_none()));
        (outcome, again)
    };
    let answer = Answer::status(401);
    assert_eq!(refused(Fault::Answer(answer.clone())), (Some(401), None));
    // The service has taken the URL for used, though its answer said otherwise.
    let taken = answer.with_when(When::After);
    assert_eq!(refused(Fault::Answer(taken)), (Some(401), Some(403)));
    assert_eq!(refused(Fault::Drop { when: When::Before }), (Some(0), None));
    assert_eq!(refused(Fault::Reset { when: When::After }), (Some(0), Some(403)));
}

#[test]
fn a_handshake_in_time_opens_late() {
    // A busy machine may take its time to dial, so that the URL is stale before.
    let opened = [300, 1200, 4800].into_iter().any(|lifetime_ms| {
        let lifetime = Duration::from_millis(lifetime_ms);
        let world = World::with(quiet().with_stream_url_lifetime(lifetime));
        world.inject(Occasion::Handshake, Fault::Delay { delay_ms: lifetime_ms + 50 });
        let started = world.start();
        let begun = Instant::now();
        let opened = Socket::dial(&started.url).is_ok();
        assert!(begun.elapsed() > lifetime);
        opened
    });
    assert!(opened, "it was fresh when the handshake arrived");
}

#[test]
fn a_handshake_can_be_slow_or_hang() {
    let world = World::meeting(Occasion::Handshake, Fault::Delay { delay_ms: 50 });
    let started = world.start();
    let begun = Instant::now();
    assert!(Socket::dial(&started.url).is_ok());
    assert!(begun.elapsed() >= Duration::from_millis(50));
    world.inject(Occasion::Handshake, Fault::Hang { when: When::Before });
    let mut call = world.call("GET", "", "", "");
    call.target = started.url.split_at(started.url.find("/v3").expect("a path")).1.to_string();
    let stream = call.write(world.testbed.address()).expect("written");
    world
        .wait_for(|event| matches!(event, LogEvent::RequestAbandoned { ending: Ending::Hung, .. }));
    stream.set_read_timeout(Some(A_MOMENT)).expect("a socket option");
    let silence = std::io::Read::read(&mut &stream, &mut [0]).expect_err("no answer").kind();
    assert!(matches!(silence, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert_eq!(world.fired(FaultKind::Hang), 1);
}
