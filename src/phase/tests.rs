//! Every node and event against the reviewed table, and every set of facts against the plan.

use std::fmt::Write as _;

use super::*;

pub(crate) const NODES: [Node; 10] = [
    Node::Generating,
    Node::Starting,
    Node::Reconnecting,
    Node::Opening,
    Node::Live,
    Node::Waiting,
    Node::Polling,
    Node::NeedsToken,
    Node::Offline,
    Node::Ended,
];

const EVENTS: [PhaseEvent; 12] = [
    PhaseEvent::Elapsed,
    PhaseEvent::Again,
    PhaseEvent::Granted,
    PhaseEvent::Joined,
    PhaseEvent::Failed,
    PhaseEvent::Exhausted,
    PhaseEvent::Opened,
    PhaseEvent::Woke,
    PhaseEvent::Down,
    PhaseEvent::Up,
    PhaseEvent::Supplied,
    PhaseEvent::Finished,
];

/// The whole graph as text, one row for each node and event, one for each set of facts.
fn table() -> String {
    let mut table = String::from("# node + event -> step\n");
    for node in NODES {
        for event in EVENTS {
            let step = transition(node, event);
            writeln!(table, "{:<13}{:<10} -> {step:?}", format!("{node:?}"), format!("{event:?}"))
                .expect("a string takes everything");
        }
    }
    table.push_str("\n# online, bearer, conversation, generates, socket -> plan\n");
    let both = [false, true];
    for is_online in both {
        for bearer in [Bearer::Nothing, Bearer::Secret, Bearer::Token] {
            for has_conversation in both {
                for generates in both {
                    for wants_socket in both {
                        let facts =
                            Facts { is_online, bearer, has_conversation, generates, wants_socket };
                        let yes = |fact| if fact { "yes" } else { "no " };
                        writeln!(
                            table,
                            "{} {:<7} {} {} {} -> {:?}",
                            yes(is_online),
                            format!("{bearer:?}"),
                            yes(has_conversation),
                            yes(generates),
                            yes(wants_socket),
                            plan(facts),
                        )
                        .expect("a string takes everything");
                    }
                }
            }
        }
    }
    table
}

#[test]
fn the_graph_is_the_one_that_was_reviewed() {
    // Covers: RC-1, RC-5, RC-7, CR-4, LV-2
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/phases.txt");
    let table = table();
    if std::env::var_os("DIRECTLINE_BLESS").is_some() {
        std::fs::write(path, &table).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert!(table == golden, "the graph has changed; review it with DIRECTLINE_BLESS=1\n{table}");
}

#[test]
fn there_is_no_way_back_from_the_end() {
    for event in EVENTS {
        assert_eq!(transition(Node::Ended, event), Step::Stay);
    }
}
