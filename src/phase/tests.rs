use std::fmt::Write as _;

use super::*;
use crate::id::Mint;

const NODES: [Node; 10] = [
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

const HEAD: &str = "\
# The pictures in README.md and DESIGN.md are drawn from this. To read it elsewhere: `tests/it/graph.rs`
# stands alone; `Graph::parse(include_str!(..))`, then `edges()`, and `choices()` for where `ask` leads.
# node + event -> step
";

/// The whole graph as text, one row for each node and event, one for each set of facts.
fn table() -> String {
    let mut table = String::from(HEAD);
    for node in NODES {
        for event in EVENTS {
            let step = transition(node, event);
            writeln!(table, "{:<13}{:<10} -> {step:?}", format!("{node:?}"), format!("{event:?}"))
                .expect("a string takes everything");
        }
    }
    table.push_str("\n# online/conversation/generates/socket, bearer -> plan\n");
    for bearer in [Bearer::Nothing, Bearer::Secret, Bearer::Token] {
        for bits in 0..16 {
            let fact = |bit| bits & (8 >> bit) != 0;
            let (is_online, has_conversation) = (fact(0), fact(1));
            let (generates, wants_socket) = (fact(2), fact(3));
            let facts = Facts { is_online, bearer, has_conversation, generates, wants_socket };
            let bearer = format!("{bearer:?}");
            writeln!(table, "{bits:04b} {bearer:<7} -> {:?}", plan(facts))
                .expect("a string takes everything");
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

#[test]
fn every_phase_is_a_node_and_holds_its_own_request_or_socket() {
    let (mut mint, at) = (Mint::default(), Moment::ZERO);
    let (request, other, socket) = (mint.request(), mint.request(), mint.socket());
    let asking = |what| {
        let bearer = BearerId::SECRET;
        Asking { what, request, bearer, sent: at, by: at, has_watermark: false }
    };
    let live = Live { socket, stable_at: None, probe_at: None, heard: at, answers: false };
    for (phase, node, asks, has_socket) in [
        (Phase::Asking(asking(Ask::Generate)), Node::Generating, true, false),
        (Phase::Asking(asking(Ask::Start)), Node::Starting, true, false),
        (Phase::Asking(asking(Ask::Reconnect)), Node::Reconnecting, true, false),
        (Phase::Opening { socket, by: at, catch_up: false }, Node::Opening, false, true),
        (Phase::Live(live), Node::Live, false, true),
        (Phase::Waiting { until: at }, Node::Waiting, false, false),
        (Phase::Polling, Node::Polling, false, false),
        (Phase::NeedsToken { since: at }, Node::NeedsToken, false, false),
        (Phase::Offline { since: at }, Node::Offline, false, false),
        (Phase::Ended, Node::Ended, false, false),
    ] {
        assert_eq!(phase.node(), node);
        assert_eq!(phase.asking(request).is_some(), asks, "{node:?}");
        assert_eq!(phase.asking(other), None, "{node:?}");
        assert_eq!(phase.socket(), has_socket.then_some(socket), "{node:?}");
    }
}

#[test]
fn only_an_open_socket_is_heard() {
    let (socket, at, now) = (Mint::default().socket(), Moment::ZERO, Moment::from_millis(7));
    let live = Live { socket, stable_at: None, probe_at: None, heard: at, answers: false };
    let opening = Phase::Opening { socket, by: at, catch_up: false };
    for (before, after) in [
        (Phase::Live(live), Phase::Live(Live { heard: now, answers: true, ..live })),
        (opening, opening),
    ] {
        let mut phase = before;
        phase.hear(now);
        phase.trust_silence();
        assert_eq!(phase, after);
    }
}
