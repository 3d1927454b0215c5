//! What a session at rest occupies: the value itself, and all that it holds on the heap.

use std::sync::Arc;

use directline::{
    Checkpoint, CloseReason, Config, Credential, Input, Output, PostKey, Session, SocketId, Status,
};
use directline_world::live::Bare;

/// A live session that rests, beside the texts of its tokens and of its stream URL.
const SESSION_MAX: usize = 1_024;
/// The ids of a conversation that the service numbers, however long it is.
const NUMBERED_MAX: usize = 160;
/// An arbitrary id, beside its text: it is in a tree and in a queue.
const ARBITRARY_MAX: usize = 96;

#[test]
fn the_values_themselves_are_small() {
    for (name, size, allowed) in [
        ("Session", size_of::<Session>(), 648),
        ("Output", size_of::<Output>(), 104),
        ("Input", size_of::<Input>(), 144),
        ("Config", size_of::<Config>(), 56),
        ("Checkpoint", size_of::<Checkpoint>(), 56),
    ] {
        println!("{name}: {size} bytes");
        assert!(size <= allowed, "{name} has {size} bytes, allowed are {allowed}");
    }
}

#[test]
fn a_session_that_has_seen_much_and_rests_is_small() {
    let first =
        Config::builder(Credential::token(token(0)).expect("a credential")).build().expect("valid");
    let of_all = Arc::new(first.clone());
    let own =
        || first.with_credential(Credential::token(token(0)).expect("a credential")).with_seed(7);
    rests_within("with the configuration of all", || Arc::clone(&of_all));
    // Of one of its own nothing is kept but what is common to all, once it has begun.
    rests_within("with a configuration of its own", || Arc::new(own()));
}

fn rests_within(name: &str, config: impl Fn() -> Arc<Config>) {
    let mut session = None;
    let counted = allocation_counter::measure(|| session = Some(at_rest(config())));
    // The token in hand and the one before it, which is still hidden in case that a peer quotes it.
    let text = 2 * token(0).len() + url(0).len();
    let heap = held(&counted) - text;
    let bytes = size_of::<Session>() + heap;
    println!("a session {name}: {bytes} bytes, of these {heap} on the heap");
    assert!(bytes <= SESSION_MAX, "{name}: {bytes} bytes, allowed are {SESSION_MAX}");
    drop(session);
}

#[test]
fn a_million_ids_that_the_service_has_numbered_are_next_to_nothing() {
    // Covers: DD-5
    let checkpoint = checkpoint_after((0..1_000).map(|block| {
        let ids = block * 1_000..(block + 1) * 1_000;
        ids.map(numbered).collect()
    }));
    let bytes = known_bytes(checkpoint);
    println!("a million ids that the service has numbered: {bytes} bytes");
    assert!(bytes <= NUMBERED_MAX, "{bytes} bytes, allowed are {NUMBERED_MAX}");
}

#[test]
fn arbitrary_ids_cost_what_the_configuration_allows() {
    // Covers: DD-5
    let id = |number: usize| format!("{number:08x}-0000-4000-8000-000000000000");
    let blocks = |blocks: std::ops::Range<usize>| {
        blocks.map(move |block| (block * 1_000..(block + 1) * 1_000).map(id).collect())
    };
    let full = known_bytes(checkpoint_after(blocks(0..9)));
    let overfull = known_bytes(checkpoint_after(blocks(0..30)));
    let (ids, text) = (8_192, id(0).len());
    println!("{ids} arbitrary ids: {full} bytes; after 30,000: {overfull}");
    let allowed = NUMBERED_MAX + ids * (text + ARBITRARY_MAX);
    assert!(full <= allowed && overfull <= allowed, "allowed are {allowed} bytes");
    assert!(full > ids * text, "that many are kept");
}

/// What goes with the last holder of a checkpoint, beside its conversation id and watermark.
fn known_bytes(checkpoint: Checkpoint) -> usize {
    let texts = [Some(checkpoint.conversation()), checkpoint.watermark()];
    // Each with the two counts of an `Arc`.
    let texts = texts.iter().flatten().map(|text| (16 + text.len()).next_multiple_of(8));
    let texts: usize = texts.sum();
    let counted = allocation_counter::measure(|| drop(checkpoint));
    let freed = usize::try_from(-counted.bytes_current).expect("something is given back");
    freed - texts
}

/// What a session remembers that was told of activities with these ids, a frame for each list.
fn checkpoint_after(frames: impl Iterator<Item = Vec<String>>) -> Checkpoint {
    let config =
        Config::builder(Credential::token(token(0)).expect("a credential")).build().expect("valid");
    let (mut host, socket) = live(config.into());
    frames.for_each(|ids| take(&mut host, socket, &ids));
    host.session.checkpoint().expect("the conversation is known")
}

/// A session that has been through everything once: activities, a post, a refresh, a loss and a
/// reconnect. It is live, and nothing is queued.
fn at_rest(config: Arc<Config>) -> Session {
    let (mut host, socket) = live(config);
    take(&mut host, socket, &[numbered(0)]);
    host.hand(Input::Post { key: PostKey(1), activity: r#"{"type":"message"}"#.to_owned() });
    host.answer(r#"{"id":"6bFxjYOVNoe-us|0000001"}"#);
    take(&mut host, socket, &[numbered(1), numbered(2)]);
    while host.request.is_none() {
        host.wait();
        host.hand(Input::Pong { socket });
    }
    host.answer(&grant(2));
    host.hand(Input::SocketClosed { socket, reason: CloseReason::Broken });
    while host.request.is_none() {
        host.wait();
    }
    host.answer(&grant(3));
    let socket = host.open();
    take(&mut host, socket, &[numbered(3)]);
    let Bare { session, .. } = host;
    assert_eq!((session.status(), session.pending_posts()), (Status::Live, 0));
    session
}

/// Activities with these ids, and one without that has a timestamp.
fn take(host: &mut Bare, socket: SocketId, ids: &[String]) {
    let delivered = host.session.counters().delivered;
    let activity = |id: &String| format!(r#"{{"type":"message","id":"{id}"}}"#);
    let all: Vec<_> = ids.iter().map(activity).collect();
    let text = format!(
        r#"{{"activities":[{{"timestamp":"2026-11-20T12:00:00Z"}},{}],"watermark":"0000042"}}"#,
        all.join(",")
    );
    host.hand(Input::Frame { socket, text });
    assert_eq!(host.session.counters().delivered - delivered, 1 + ids.len() as u64);
}

fn live(config: Arc<Config>) -> (Bare, SocketId) {
    let mut host = Bare::begin(config);
    host.answer(&grant(1));
    let socket = host.open();
    (host, socket)
}

fn grant(number: usize) -> String {
    let (token, url) = (token(number), url(number));
    format!(r#"{{"conversationId":"6bFxjYOVNoe-us","token":"{token}","expires_in":1800,"#)
        + &format!(r#""streamUrl":"{url}"}}"#)
}

fn url(number: usize) -> String {
    format!("wss://directline.botframework.com/v3/s?watermark=-&t={number:0600}")
}

fn numbered(number: usize) -> String {
    format!("6bFxjYOVNoe-us|{number:07}")
}

/// As long as those of the service; all of one length.
fn token(number: usize) -> String {
    format!("{number:01200}")
}

fn held(counted: &allocation_counter::AllocationInfo) -> usize {
    usize::try_from(counted.bytes_current).expect("something is held")
}
