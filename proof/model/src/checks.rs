//! CHECKS: single promises, each held against one output.

use directline::{End, Moment, PostKey, PostOutcome, Purpose, Request, Session};

use crate::host::Post;
use crate::service::token_name;
use crate::talk::{echo_key, mask, place, place_in_query};
use crate::under_way::{Bearer, What};
use crate::world::World;

/// What a request is, or a broken promise when it is nothing that was ever wanted.
pub(crate) fn read(world: &mut World, message: &Request) -> Option<(What, Bearer, Option<u8>)> {
    let bearer = match message.bearer().expose() {
        "secret" => Some(Bearer::Secret),
        text => token_name(text).map(Bearer::Token),
    };
    let url = message.url();
    if bearer.is_none() || !url.starts_with(BASE) {
        world.fail("CR-8", format!("{url} with a bearer that nobody gave it"));
    }
    let carried = url.split_once("?watermark=").map(|(_, mark)| place_in_query(mark));
    if carried == Some(None) {
        world.fail("WM-1", format!("{url} carries a watermark that nobody said"));
    }
    let what = match message.purpose() {
        Purpose::Generate => What::Generate,
        Purpose::Start => What::Start,
        Purpose::Reconnect => What::Reconnect,
        Purpose::Refresh => What::Refresh,
        Purpose::Activities => What::Page,
        Purpose::Post | Purpose::Upload => What::Post(post_number(world, message)?),
    };
    Some((what, bearer?, carried.flatten()))
}

/// Which post this is; remembers the key that the session has put into it.
pub(crate) fn post_number(world: &mut World, message: &Request) -> Option<u8> {
    let body = String::from_utf8_lossy(message.body());
    let number = body.split_once("\"text\":\"p").and_then(|(_, rest)| rest[..1].parse().ok());
    let Some(number) = number else {
        world.fail("TX-4", format!("{body} is not what was to be sent"));
        return None;
    };
    if let Some((_, rest)) = body.split_once("\"clientActivityID\":\"") {
        let key = rest.split('"').next().unwrap_or_default();
        if echo_key(usize::from(number)).get_or_init(|| key.to_owned()) != key {
            world.fail("TX-4", format!("post {number} has another key than before"));
        }
    }
    Some(number)
}

/// WM-4, WM-6: a watermark that is held is carried, and it is the last one received.
/// Gives whether a reconnect without it is forgiven.
pub(crate) fn check_mark(world: &mut World, what: What, mark: Option<u8>) -> bool {
    let is_bare = mark.is_none() && what == What::Reconnect && world.host.marks != [None; 2];
    match mark {
        Some(_) if !world.host.marks.contains(&mark) => {
            let held = world.host.marks;
            world.fail("WM-4", format!("{what:?} carried {mark:?}, received last were {held:?}"));
        }
        None if is_bare => {
            if !std::mem::take(&mut world.host.may_drop) {
                world.fail("WM-6", "a reconnect without the watermark that is held");
            }
            world.host.marks = [None; 2];
        }
        _ => {}
    }
    is_bare
}

/// WM-5: whatever a checkpoint's watermark covers was handed out.
pub(crate) fn check_covers(world: &mut World, checkpoint: &directline::Checkpoint) {
    let Some(mark) = checkpoint.watermark() else { return };
    let Some(covered) = place(mark) else {
        return world.fail("WM-1", format!("a checkpoint at {mark}, which nobody said"));
    };
    let missing = mask(0, covered) & !world.host.accounted();
    if missing != 0 {
        world.fail("WM-5", format!("a checkpoint covers {covered}, but not {missing:b}"));
    }
}

/// DD-5: the memory for ids is bounded.
pub(crate) fn check_size(world: &mut World, checkpoint: &directline::Checkpoint) {
    let size = serde_json::to_string(checkpoint).map_or(usize::MAX, |text| text.len());
    if size > IDS_BYTES_MAX + REST_BYTES_MAX {
        world.fail("DD-5", format!("a checkpoint of {size} bytes"));
    }
}

/// TX-1, TX-2: in order, one at a time, and never again once some of it was sent.
pub(crate) fn check_post(world: &mut World, post: u8) {
    let own = world.host.posts[usize::from(post)];
    if own != Post::Waiting {
        return world.fail("TX-2", format!("post {post} was sent again, though it is {own:?}"));
    }
    let before = &world.host.posts[..usize::from(post)];
    if before.iter().any(|post| post.is_open()) {
        world.fail("TX-1", format!("post {post} overtakes another"));
    }
}

pub(crate) fn check_outcome(world: &mut World, key: PostKey, outcome: &PostOutcome) {
    let at = usize::try_from(key.0).unwrap_or(usize::MAX);
    let Some(&own) = world.host.posts.get(at) else {
        return world.fail("TX-5", format!("{key:?} is nobody's post"));
    };
    let was_taken = world.service.taken >> at & 1 == 1;
    let is_open = own.is_open();
    let (next, fits) = match outcome {
        PostOutcome::Sent { .. } => (Post::Sent, was_taken && (is_open || own == Post::Unknown)),
        PostOutcome::Unknown { .. } => (Post::Unknown, own == Post::Exposed),
        PostOutcome::Rejected { .. } => (Post::Rejected, own == Post::Refused && !was_taken),
        PostOutcome::NotSent | PostOutcome::QueueFull => {
            (Post::NotSent, own == Post::Waiting && !was_taken)
        }
        _ => (Post::NotSent, false),
    };
    world.host.posts[at] = next;
    if !fits {
        world.fail("TX-5", format!("post {at} is {own:?}, taken: {was_taken}, told: {outcome:?}"));
    }
}

/// A refresh is sent: at half the life of its token, and with a pause after the last.
pub(crate) fn check_refresh(world: &mut World, now: Moment, floor: u64) {
    world.host.may_need = true;
    if world.host.refresh_by.is_some_and(|at| at < now) {
        return world.fail("CR-2", "a token was refreshed after half its life");
    }
    if world.host.refresh_not_before.is_some_and(|at| now < at) {
        return world.fail("RC-4", "a refresh was sent before its Retry-After");
    }
    let last = world.host.refreshed_at.replace(now);
    if last.is_some_and(|last| last.as_millis() + floor > now.as_millis()) {
        world.fail("CR-3", "a refresh was sent without a pause");
    }
}

/// TX-2, TX-4: nothing is unknown of a post whose echo was handed out.
pub(crate) fn check_echoes(world: &mut World) {
    let is_handed = |echo: u8| world.host.handed & mask(echo, echo + 1) != 0;
    let is_settled =
        |(post, echo): (&Post, &Option<u8>)| *post != Post::Unknown || !echo.is_some_and(is_handed);
    if !world.host.posts.iter().zip(&world.talk.echoes).all(is_settled) {
        world.fail("TX-4", "a post is unknown, and its echo was handed out");
    }
}

/// The name of an end, for lists of those that a scope allows.
pub(crate) fn end_name(end: &End) -> &'static str {
    match end {
        End::Closed => "closed",
        End::Completed => "completed",
        End::Gone => "gone",
        End::Collision { .. } => "collision",
        End::Refused { .. } => "refused",
        End::WrongRegion { .. } => "region",
        End::WrongConversation => "other conversation",
        End::Rejected { .. } => "rejected",
        End::GaveUp { .. } => "gave up",
        _ => "unknown",
    }
}

/// Whether two sessions differ at all, once the edges they went along are left out.
pub(crate) fn is_same(mut one: Session, mut other: Session) -> bool {
    one.take_edges();
    other.take_edges();
    one == other
}

/// The least memory for ids: 16 of 256 bytes each on average.
const IDS_BYTES_MAX: usize = 16 * 256;
/// All else in a checkpoint.
const REST_BYTES_MAX: usize = 1_000;
const BASE: &str = "https://service.example/v3/directline/";
