//! Every close code, those that may not go over the wire too, with every kind of reason, in every
//! phase; and every way to refuse a handshake.

use directline::{Cause, CloseReason, Event, Input, Loss, Output, Purpose};

use super::observed::{Reaction, reaction, sent};
use super::stand::{BACKOFF, Stand};
use super::stands;

/// What a host may find in a close frame.
const REASONS: [&str; 3] = ["", "Socket COLLISION.", "going away"];

/// What the loss of a socket must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// Nobody wants that socket any more.
    Ignored,
    /// A pause, then an attempt.
    Pause,
    /// A pause, long enough to look for a socket rarely.
    LongPause,
    /// An attempt at once.
    AtOnce,
    /// The third collision in a row.
    End,
}

/// The stands that have had a socket, each with what follows a close without and with a collision.
fn stands_with_sockets() -> Vec<(Stand, Lost, Lost)> {
    let stable = stands::live("is stable").after(60);
    let mut stands = vec![(stable, Lost::AtOnce, Lost::Pause)];
    for (node, stand) in stands::all().into_iter().filter(|(_, stand)| !stand.sockets.is_empty()) {
        let (plain, collided) = match (node, stand.name) {
            ("Live", "is stable") => (Lost::AtOnce, Lost::Pause),
            ("Live", "is live, without a history") => (Lost::AtOnce, Lost::Pause),
            ("Live", "has collided twice") => (Lost::Pause, Lost::End),
            ("Opening", "opens while it polls") => (Lost::LongPause, Lost::LongPause),
            ("Live" | "Opening", _) => (Lost::Pause, Lost::Pause),
            _ => (Lost::Ignored, Lost::Ignored),
        };
        stands.push((stand, plain, collided));
    }
    stands
}

fn check(stand: &Stand, reason: &CloseReason, loss: &Loss, lost: Lost) {
    let mut after = stand.clone();
    let input = Input::SocketClosed { socket: stand.socket(), reason: reason.clone() };
    let outputs = after.feed(input);
    let place = || format!("{}, {loss:?}, {outputs:?}", stand.name);
    let seen = reaction(&outputs, after.now);
    let pause = match seen {
        Reaction::Waits(millis) => Some(millis),
        _ => None,
    };
    let waits = |least, most| pause.is_some_and(|pause| (least..=most).contains(&pause));
    let told = outputs.iter().find_map(|output| match output {
        Output::Event(Event::Faulted(fault)) => Some(&fault.cause),
        _ => None,
    });
    let is_told = matches!(told, Some(Cause::SocketLost(told)) if told == loss);
    match lost {
        Lost::Ignored => assert!(after.session == stand.session, "{}", place()),
        Lost::Pause => {
            assert!(is_told && waits(BACKOFF * 250, BACKOFF * 1_000), "{}", place());
            assert!(!sent(&outputs).contains(&Purpose::Reconnect), "{}", place());
        }
        Lost::LongPause => assert!(is_told && waits(1_000_000, 4_000_000), "{}", place()),
        Lost::AtOnce => {
            assert!(is_told && waits(0, 0), "{}", place());
            assert!(sent(&outputs).contains(&Purpose::Reconnect), "{}", place());
        }
        Lost::End => assert_eq!(seen, Reaction::EndsCollision, "{}", place()),
    }
}

/// Every code in every stand; gives how many closes there were. In `turns`, codes beyond 4,999, which
/// nobody may send, and stands without a socket, each come with one of the other only.
pub fn every_close(turns: bool) -> u64 {
    let mut count = 0;
    let stands = stands_with_sockets();
    for lost in [Lost::Ignored, Lost::Pause, Lost::LongPause, Lost::AtOnce, Lost::End] {
        assert!(stands.iter().any(|(_, plain, collided)| *plain == lost || *collided == lost));
    }
    for (number, (stand, plain, collided)) in stands.iter().enumerate() {
        for code in 0..=u16::MAX {
            let is_own_turn = usize::from(code) % stands.len() == number;
            let matters = code <= CODE_ON_THE_WIRE_MAX && *plain != Lost::Ignored;
            if turns && !matters && !is_own_turn {
                continue;
            }
            for reason in REASONS {
                let loss = Loss::Closed { code, reason: reason.into() };
                let lost = if reason.contains("COLLISION") { *collided } else { *plain };
                let reason = CloseReason::Closed { code, reason: reason.to_owned() };
                check(stand, &reason, &loss, lost);
                count += 1;
            }
        }
    }
    count
}

/// Every status that a handshake may be refused with, in every stand; gives how many there were.
pub fn every_refusal() -> u64 {
    let mut count = 0;
    for (stand, plain, _) in stands_with_sockets() {
        for status in (100..=999).map(Some).chain([None]) {
            let reason = CloseReason::Refused { status };
            check(&stand, &reason, &Loss::Refused { status }, plain);
            count += 1;
        }
        check(&stand, &CloseReason::Broken, &Loss::Broken, plain);
    }
    count
}

/// RFC 6455, 7.4.2.
const CODE_ON_THE_WIRE_MAX: u16 = 4_999;
