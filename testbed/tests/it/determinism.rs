//! The same seed and the same requests meet the same faults.

use directline_testbed::{Bot, LogEvent, Plan, Testbed};

use crate::raw::Socket;
use crate::world::{World, quiet};

const PLAN: &str = "
    [[fault]]
    on = 'frame'
    chance = 0.3
    do = 'twice'
    [[fault]]
    on = 'frame'
    chance = 0.3
    do = 'watermark'
    value = 'null'
    [[fault]]
    on = 'activities'
    chance = 0.5
    do = 'answer'
    status = 500
";

/// Does the same things in the same order, and tells what the service noted.
fn run(seed: u64) -> (Vec<LogEvent>, String) {
    let plan = Plan::parse(PLAN).expect("valid");
    let world = World::with(quiet().with_bot(Bot::Counting).with_plan(plan).with_seed(seed));
    let started = world.start();
    let _socket = Socket::dial(&started.url).expect("a fresh URL");
    world.message(&started, "count 30");
    for _ in 0..10 {
        world.activities(&started, "");
    }
    (world.testbed.log().events().cloned().collect(), world.testbed.secret().to_string())
}

#[test]
fn the_same_seed_gives_the_same_log() {
    let (events, secret) = run(5);
    assert_eq!(run(5), (events.clone(), secret.clone()));
    let (others, other_secret) = run(6);
    assert_ne!(other_secret, secret);
    let faults = |events: &[LogEvent]| {
        let fired = events.iter().enumerate();
        let fired = fired.filter(|(_, event)| matches!(event, LogEvent::FaultFired { .. }));
        fired.map(|(index, _)| index).collect::<Vec<_>>()
    };
    assert_ne!(faults(&others), faults(&events));
    assert!(faults(&events).len() > 5);
}

#[test]
fn a_plan_may_bring_its_own_seed() {
    let chance = "seed = 3\n[[fault]]\non = 'start'\nchance = 0.5\ndo = 'answer'\nstatus = 500";
    let statuses = |seed| {
        let plan = Plan::parse(chance).expect("valid");
        let world = World::with(quiet().with_plan(plan).with_seed(seed));
        let start = |testbed: &Testbed| world.post("/conversations", testbed.secret(), "").status;
        (0..20).map(|_| start(&world.testbed)).collect::<Vec<_>>()
    };
    let once = statuses(1);
    assert_eq!(once, statuses(2));
    assert!(once.contains(&500) && once.contains(&201), "{once:?}");
}
