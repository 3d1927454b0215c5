//! PROPERTIES: what holds for every run of the simulated world, and for every text.

use directline::{
    Action, CloseReason, Failure, Input, Moment, Output, PostKey, RequestId, Session, SocketId,
};
use directline_world::check;
use directline_world::operation::{KINDS, Operation};
use directline_world::setup::Setup;
use directline_world::shrink::in_hex;
use directline_world::violation::Violation;
use directline_world::world::{record, run};
use http::Response;
use proptest::prelude::*;

use super::draw;

/// Each in a block of its own, with cases of its own.
macro_rules! properties {
    ($cases:expr; $($(#[$meta:meta])* fn $name:ident($($parameters:tt)*) $body:block)+) => {
        $(proptest! {
            #![proptest_config(draw::config(
                concat!(module_path!(), "::", stringify!($name)), $cases
            ))]

            $(#[$meta])*
            fn $name($($parameters)*) $body
        })+
    };
}

mod numberings;
mod replies;

/// Shrinks towards fewer, calmer operations on a plainer setup.
fn runs(count: usize) -> impl Strategy<Value = (Setup, Vec<Operation>)> {
    let operation = (0..KINDS, any::<u8>(), any::<u16>())
        .prop_map(|(kind, choice, detail)| Operation::shape(kind, choice, detail));
    let setup = any::<[u8; Setup::BYTES]>().prop_map(Setup::new);
    (setup, prop::collection::vec(operation, 0..count))
}

fn fail(violation: Violation) -> TestCaseError {
    TestCaseError::fail(violation.to_string())
}

/// As [`fail`], with the run in one word, for the simulation to tell.
fn fail_run(setup: Setup, operations: &[Operation]) -> impl Fn(Violation) -> TestCaseError {
    move |violation| {
        let run = in_hex(setup, operations);
        TestCaseError::fail(format!("{violation}; directline-simulation -- run {run}"))
    }
}

fn drain(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll()).collect()
}

/// The requests and sockets that these outputs ask for.
fn ids(outputs: &[Output]) -> (Vec<RequestId>, Vec<SocketId>) {
    let (mut requests, mut sockets) = (Vec::new(), Vec::new());
    for output in outputs {
        match output {
            Output::Action(Action::Send { request, .. }) => requests.push(*request),
            Output::Action(Action::Open { socket, .. }) => sockets.push(*socket),
            _ => {}
        }
    }
    (requests, sockets)
}

/// The same session, its clock at `now`.
fn at(session: &Session, now: Moment) -> Session {
    let mut session = session.clone();
    session.handle(now, Input::Timeout).expect("a timeout is never a mistake");
    session
}

properties! {
    96;

    #[test]
    fn every_run_keeps_every_promise((setup, operations) in runs(120)) {
        // Covers: WM-5, DD-1, RC-2, RC-5, RC-6, LV-1, LV-2, TM-7
        run(setup, &operations).map_err(fail_run(setup, &operations))?;
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs((setup, operations) in runs(60)) {
        // Covers: TM-1, TM-2
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            let mut outputs = drain(&mut session);
            for (now, input) in life.inputs {
                session.handle(now, input).expect("it was taken before");
                outputs.extend(drain(&mut session));
            }
            prop_assert!(outputs == life.outputs);
        }
    }

    #[test]
    fn draining_late_and_early_give_the_same(
        (setup, operations) in runs(60),
        every in 1_usize..50,
    ) {
        // Covers: TM-4
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            let mut outputs = Vec::new();
            for (step, (now, input)) in life.inputs.into_iter().enumerate() {
                session.handle(now, input).expect("it was taken before");
                if step % every == 0 {
                    // Not even all of them at a time.
                    outputs.extend(session.poll());
                }
            }
            outputs.extend(drain(&mut session));
            prop_assert!(outputs == life.outputs);
        }
    }

    #[test]
    fn timeouts_that_come_early_twice_or_from_the_past_change_nothing(
        (setup, operations) in runs(50),
        past in 0_u64..100_000,
    ) {
        // Covers: TM-3, TM-6
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            let mut outputs = drain(&mut session);
            let mut last = life.began;
            for (now, input) in life.inputs {
                let before = Moment::from_millis(now.as_millis().saturating_sub(1));
                if session.deadline().is_none_or(|by| before.max(last) < by) {
                    let early = at(&session, before);
                    prop_assert!(at(&early, before) == early, "twice is once");
                    session = early;
                    let output = session.poll();
                    prop_assert!(output.is_none(), "{output:?} at {before}, before its time");
                }
                // A moment that has passed counts as the latest; it may be anything then.
                let back = if now <= last { past } else { 0 };
                let told = now.as_millis().saturating_sub(back);
                last = last.max(now);
                session.handle(Moment::from_millis(told), input).expect("it was taken before");
                outputs.extend(drain(&mut session));
            }
            prop_assert!(outputs == life.outputs);
        }
    }

    #[test]
    fn what_nobody_waits_for_leaves_no_trace(
        (setup, operations) in runs(50),
        pick in any::<prop::sample::Index>(),
    ) {
        // Covers: TM-5, RC-5
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            let mut outputs = drain(&mut session);
            let (mut last, stop) = (life.began, pick.index(life.inputs.len() + 1));
            for (now, input) in life.inputs.into_iter().take(stop) {
                session.handle(now, input).expect("it was taken before");
                outputs.extend(drain(&mut session));
                last = last.max(now);
            }
            let session = at(&session, last);
            let (requests, sockets) = stale(&outputs);
            for input in stale_inputs(&requests, &sockets) {
                let shown = format!("{input:?}");
                let mut touched = session.clone();
                touched.handle(last, input).expect("stale news is no mistake");
                prop_assert!(touched == session, "{shown}");
            }
        }
    }

    #[test]
    fn mistakes_of_the_host_change_nothing((setup, operations) in runs(40)) {
        // Covers: TM-5, CR-5
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            for (now, input) in life.inputs.into_iter().take(400) {
                for mistake in mistakes() {
                    let before = session.clone();
                    let misuse = session.handle(Moment::from_millis(u64::MAX), mistake);
                    prop_assert!(misuse.is_err(), "a mistake was taken");
                    prop_assert!(session == before);
                }
                session.handle(now, input).expect("it was taken before");
            }
        }
    }

    #[test]
    fn a_deadline_that_is_met_moves((setup, operations) in runs(50)) {
        // Covers: TM-6, LV-2
        for life in record(setup, &operations).map_err(fail_run(setup, &operations))? {
            let mut session = life.begin();
            let mut last = life.began;
            for (now, input) in life.inputs {
                last = last.max(now);
                session.handle(now, input).expect("it was taken before");
                let is_queued = session.clone().poll().is_some();
                prop_assert!(!is_queued || session.deadline().is_some_and(|by| by <= last));
                _ = drain(&mut session);
            }
            // Left alone with nobody to answer, it goes on for ever and never spins.
            let mut repeats = 0;
            for _ in 0..300 {
                let Some(by) = session.deadline() else { break };
                session.handle(by, Input::Timeout).expect("a timeout is never a mistake");
                let outputs = drain(&mut session);
                let is_same = session.deadline() == Some(by) && outputs.is_empty();
                repeats = if is_same { repeats + 1 } else { 0 };
                prop_assert!(repeats < 4, "stuck at {by}");
            }
        }
    }

    #[test]
    fn a_process_that_dies_loses_nothing(
        (setup, mut operations) in runs(60),
        every in 1_usize..6,
        lag in 0_u16..4,
    ) {
        // Covers: TM-7, WM-5, DD-1
        let mut at = every;
        while at <= operations.len() {
            operations.insert(at, Operation::Kill { lag });
            at += every + 1;
        }
        run(setup, &operations).map_err(fail_run(setup, &operations))?;
    }
}

properties! {
    2_000;

    #[test]
    fn frames_are_read_as_the_obvious_reader_reads_them(frame in frames()) {
        // Covers: RX-1, RX-2, RX-3, WM-2, WM-3
        check::frame(&frame).map_err(fail)?;
    }

    #[test]
    fn no_bytes_in_a_frame_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // Covers: RX-6, RX-4
        check::frame(&String::from_utf8_lossy(&bytes)).map_err(fail)?;
    }

    #[test]
    fn no_answer_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        // Covers: RX-6, CR-2
        check::response(&bytes).map_err(fail)?;
    }
}

/// The requests and sockets that are over or given up by what these outputs say.
fn stale(outputs: &[Output]) -> (Vec<RequestId>, Vec<SocketId>) {
    let (mut requests, mut sockets) = (Vec::new(), Vec::new());
    for output in outputs {
        match output {
            Output::Action(Action::Cancel { request }) => requests.push(*request),
            Output::Action(Action::Shut { socket }) => sockets.push(*socket),
            _ => {}
        }
    }
    // All but the last socket are over, also those that the peer closed.
    let (_, opened) = ids(outputs);
    sockets.extend(opened.split_last().map_or(&[][..], |(_, before)| before));
    (requests, sockets)
}

fn stale_inputs(requests: &[RequestId], sockets: &[SocketId]) -> Vec<Input> {
    let set = r#"{"activities":[{"id":"stale","type":"message"}],"watermark":"stale"}"#;
    let mut inputs = Vec::new();
    for &request in requests.iter().rev().take(3) {
        let response = Response::new(set.as_bytes().to_vec());
        inputs.push(Input::Response { request, response });
        inputs.push(Input::RequestFailed { request, failure: Failure::Broken });
    }
    for &socket in sockets.iter().rev().take(3) {
        let reason = CloseReason::Closed { code: 1000, reason: "collision".to_owned() };
        inputs.push(Input::Frame { socket, text: set.to_owned() });
        inputs.push(Input::SocketOpened { socket });
        inputs.push(Input::Garbled { socket });
        inputs.push(Input::Pong { socket });
        inputs.push(Input::SocketClosed { socket, reason });
    }
    inputs
}

/// What a host should never do, whatever the state.
fn mistakes() -> Vec<Input> {
    let request: RequestId = serde_json::from_str("900000").expect("an id is a number");
    let socket: SocketId = serde_json::from_str("900000").expect("an id is a number");
    vec![
        Input::RequestFailed { request, failure: Failure::NotSent },
        Input::Frame { socket, text: "{\"activities\":[{\"id\":\"x\"}]}".to_owned() },
        Input::SocketOpened { socket },
        Input::SocketClosed { socket, reason: CloseReason::Broken },
        Input::Post { key: PostKey(900_000), activity: "[]".to_owned() },
    ]
}

/// Frames that look like frames, with everything in them that may go wrong.
fn frames() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-c|0-9]{0,3}",
        Just("messageUpdate".to_owned()),
        Just("endOfConversation".to_owned()),
        Just("\\u0069d".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\ud800".to_owned()),
        Just("]}\\\\,{\\\"".to_owned()),
    ];
    let key = prop_oneof![
        Just("id".to_owned()),
        Just("type".to_owned()),
        Just("i\\u0064".to_owned()),
        Just("activities".to_owned()),
        Just("watermark".to_owned()),
        Just("timestamp".to_owned()),
        Just("t\\u0079pe".to_owned()),
        Just("timestam\\u0070".to_owned()),
        Just("\\u0077atermark".to_owned()),
        Just("activ\\u0069ties".to_owned()),
        Just("gr\\u00f6\u{df}e\\n".to_owned()),
        Just("\\ud800".to_owned()),
        "[a-z]{0,2}",
    ];
    let space = || prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n\t")];
    let leaf = prop_oneof![
        4 => text.prop_map(|text| format!("\"{text}\"")),
        1 => Just("null".to_owned()), 1 => Just("true".to_owned()), 1 => Just("1e999".to_owned()),
        1 => (any::<i32>()).prop_map(|number| number.to_string()), 1 => Just("-0.5E-3".to_owned()),
        1 => Just("2026-11-20T12:00:00Z".to_owned()).prop_map(|time| format!("\"{time}\"")),
    ];
    let value = leaf.prop_recursive(4, 40, 6, move |inner| {
        let list =
            prop::collection::vec((space(), inner.clone(), space()), 0..5).prop_map(|items| {
                let items: Vec<_> =
                    items.into_iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
                format!("[{}]", items.join(","))
            });
        let object =
            prop::collection::vec((space(), key.clone(), space(), inner), 0..5).prop_map(|items| {
                let items: Vec<_> = items
                    .into_iter()
                    .map(|(a, key, b, value)| format!("{a}\"{key}\"{b}:{b}{value}{a}"))
                    .collect();
                format!("{{{}}}", items.join(","))
            });
        prop_oneof![1 => list, 2 => object]
    });
    let set =
        (prop::collection::vec(value.clone(), 0..6), value.clone(), any::<bool>(), any::<bool>());
    let set = set.prop_map(|(items, mark, has_mark, first)| {
        let (mark, items) =
            (format!("\"watermark\": {mark}"), format!("\"activities\":[{}]", items.join(" ,")));
        match (has_mark, first) {
            (false, _) => format!("{{{items}}}"),
            (true, true) => format!("{{{mark},{items}}}"),
            (true, false) => format!("{{{items},{mark} }}"),
        }
    });
    prop_oneof![5 => set, 1 => value]
}
