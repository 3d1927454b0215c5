//! How many allocations one frame costs on a session that is warm.

use directline::{Event, Input, Output, Session, SocketId};

#[path = "it/sim/live.rs"]
mod live;

use live::{LIVE_AT, live_session};

/// Hands a frame with `activities` new messages over and takes the batch; gives the allocations.
fn cost(session: &mut Session, socket: SocketId, first: usize, activities: usize) -> u64 {
    let activity =
        |number| format!("{{\"type\":\"message\",\"id\":\"c-us|{number:07}\",\"text\":\"x\"}}");
    let all: Vec<String> = (first..first + activities).map(activity).collect();
    let last = first + activities;
    let text = format!("{{\"activities\":[{}],\"watermark\":\"{last}\"}}", all.join(","));
    let mut batch = None;
    let counted = allocation_counter::measure(|| {
        session.handle(LIVE_AT, Input::Frame { socket, text }).expect("frames are no mistakes");
        batch = session.poll();
    });
    let Some(Output::Event(Event::Delivered(batch))) = batch else { panic!("{batch:?}") };
    assert_eq!(batch.len(), activities);
    counted.count_total
}

#[test]
fn a_warm_frame_costs_few_allocations() {
    let (mut session, socket) = live_session();
    let mut first = 0;
    for (activities, bound) in [(1, SINGLE_MAX), (200, REPLAY_MAX)] {
        for _ in 0..8 {
            cost(&mut session, socket, first, activities);
            first += activities;
        }
        // The host keeps no batch, so that nothing has to be copied for one.
        let cost = cost(&mut session, socket, first, activities);
        first += activities;
        println!("{activities} activities: {cost} allocations");
        assert!(cost <= bound, "{activities} activities cost {cost} allocations, allowed {bound}");
    }
}

/// Spans, the watermark and the growth of lists; whatever the length of the texts.
const SINGLE_MAX: u64 = 3;
/// As [`SINGLE_MAX`]: lists grow by doubling, so that 200 activities cost little more than one.
const REPLAY_MAX: u64 = 15;
