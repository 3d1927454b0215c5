//! How many allocations one frame costs on a session that is warm: the list in its batch.

use directline::{Event, Input, Output, Session, SocketId};
use directline_world::live::{LIVE_AT, live_session};

/// Hands a frame with `activities` new messages over and takes the batch; gives the allocations.
fn cost(session: &mut Session, socket: SocketId, first: usize, activities: usize) -> u64 {
    // All that JSON has, so that none of it is left to the reader of what is rare.
    let rest =
        r#""value": [true, false,null,0,-1.5e+3,1E5,"\"\u00e9",{"a":[],"b":{}},[{"c":[1]}]]"#
            .replace(", ", ",\r\n\t ");
    let activity = |number| {
        let text = "x".repeat(240);
        format!(r#"{{"type":"message","id":"c-us|{number:07}","text":"{text}",{rest}}}"#)
    };
    let all: Vec<String> = (first..first + activities).map(activity).collect();
    let last = first + activities;
    let text = format!("{{\"activities\":[{}],\"watermark\":\"{last}\"}}", all.join(","));
    let bytes = text.len() as u64;
    let mut batch = None;
    let counted = allocation_counter::measure(|| {
        session.handle(LIVE_AT, Input::Frame { socket, text }).expect("frames are no mistakes");
        batch = session.poll();
    });
    let Some(Output::Event(Event::Delivered(batch))) = batch else { panic!("{batch:?}") };
    assert_eq!(batch.len(), activities);
    assert!(counted.bytes_total < bytes, "the list takes less than the text");
    counted.count_total
}

#[test]
fn a_warm_frame_costs_one_allocation() {
    let (mut session, socket) = live_session();
    let mut first = 0;
    for activities in [1, 2, 200] {
        for _ in 0..8 {
            cost(&mut session, socket, first, activities);
            first += activities;
        }
        // The host keeps no batch, so that nothing has to be copied for one.
        let cost = cost(&mut session, socket, first, activities);
        first += activities;
        assert!(cost <= 1, "{activities} activities cost {cost} allocations");
    }
}

#[test]
fn a_frame_without_activities_costs_none() {
    let (mut session, socket) = live_session();
    for text in [r#"{"activities":[],"watermark":"5"}"#, r#"{ "watermark": "6" }"#] {
        let text = text.to_owned();
        let counted = allocation_counter::measure(|| {
            session.handle(LIVE_AT, Input::Frame { socket, text }).expect("no mistake");
        });
        assert_eq!(counted.count_total, 0);
    }
}

#[test]
fn an_empty_activity_costs_no_more_than_another() {
    let (mut session, socket) = live_session();
    let text = r#"{"activities":[{},{"type":"message"},{}]}"#.to_owned();
    let mut batch = None;
    let counted = allocation_counter::measure(|| {
        session.handle(LIVE_AT, Input::Frame { socket, text }).expect("no mistake");
        batch = session.poll();
    });
    assert!(matches!(batch, Some(Output::Event(Event::Delivered(batch))) if batch.len() == 3));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn escapes_in_names_cost_none() {
    let (mut session, socket) = live_session();
    for number in 0..8 {
        let text = format!(
            r#"{{"v\u006fice":0,"\u0061ctivities":[{{"n\u0061me":[null],"\u0069d":"c|{number}"}}]}}"#
        );
        let mut batch = None;
        let counted = allocation_counter::measure(|| {
            session.handle(LIVE_AT, Input::Frame { socket, text }).expect("no mistake");
            batch = session.poll();
        });
        assert!(matches!(batch, Some(Output::Event(Event::Delivered(batch))) if batch.len() == 1));
        // The first id makes room for those that follow.
        assert!(number == 0 || counted.count_total == 1, "{} at {number}", counted.count_total);
    }
}
