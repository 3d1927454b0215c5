use std::fmt::Write as _;

use super::*;
use crate::wire::base::Base;

/// A phase for every node, and whether it sends. `Ended` is the last node: of one more before it this
/// array would be too short.
fn phases() -> [(Phase, Node, bool); Node::Ended as usize + 1] {
    let at = Moment::ZERO;
    let live = Live {
        stable_at: None,
        probe_at: None,
        heard: at,
        answers: false,
        is_quiet: false,
        echo_by: at,
    };
    [
        (Phase::Asking(Ask::Generate), Node::Generating, true),
        (Phase::Asking(Ask::Start), Node::Starting, true),
        (Phase::Asking(Ask::Reconnect), Node::Reconnecting, true),
        (Phase::Opening { by: at, catch_up: CatchUp::No }, Node::Opening, true),
        (Phase::Live(live), Node::Live, true),
        (Phase::Waiting { until: at }, Node::Waiting, true),
        (Phase::Polling, Node::Polling, true),
        (Phase::NeedsToken { since: at }, Node::NeedsToken, false),
        (Phase::Offline { since: at }, Node::Offline, false),
        (Phase::Ended, Node::Ended, false),
    ]
}

/// One of each, in the order of the table.
fn signals() -> [Signal; 14] {
    let base = Base::parse("https://d.example").expect("a base");
    let url = StreamUrl::parse("wss://d.example/s?t=x".into(), &base)
        .ok()
        .flatten()
        .expect("a stream URL");
    let at = Moment::ZERO;
    let live = Live {
        stable_at: None,
        probe_at: None,
        heard: at,
        answers: false,
        is_quiet: false,
        echo_by: at,
    };
    [
        Signal::Elapsed,
        Signal::Prepared,
        Signal::Again,
        Signal::Granted(Offer { url, by: at, catch_up: CatchUp::No }),
        Signal::Joined,
        Signal::Failed { until: at },
        Signal::Stranded,
        Signal::Exhausted,
        Signal::Opened(live),
        Signal::Woke,
        Signal::Down,
        Signal::Up,
        Signal::Supplied,
        Signal::Finished,
    ]
}

/// The word before what a value brings.
fn word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().unwrap_or("").to_owned()
}

const HEAD: &str = "\
# The pictures in README.md and DESIGN.md are drawn from this, by `proof/world/src/graph.rs`.
# node + signal -> step
";

/// The whole graph as text, one row for each node and signal, one for each set of facts.
fn table() -> String {
    let mut table = String::from(HEAD);
    for (_, node, _) in phases() {
        for signal in signals() {
            let name = word(&signal);
            let step = step(node, signal).map_or("Stay".to_owned(), |step| word(&step));
            writeln!(table, "{:<13}{name:<10} -> {step}", format!("{node:?}"))
                .expect("a string takes everything");
        }
    }
    table.push_str("\n# online/conversation/generates/socket/early, bearer -> plan\n");
    for bearer in [Bearer::Nothing, Bearer::Secret, Bearer::Token] {
        for bits in 0..32 {
            let fact = |bit| bits & (16 >> bit) != 0;
            let (is_online, has_conversation) = (fact(0), fact(1));
            let (generates, wants_socket, is_early) = (fact(2), fact(3), fact(4));
            let facts =
                Facts { is_online, bearer, has_conversation, generates, wants_socket, is_early };
            let bearer = format!("{bearer:?}");
            writeln!(table, "{bits:05b} {bearer:<7} -> {:?}", plan(facts))
                .expect("a string takes everything");
        }
    }
    table
}

#[test]
fn the_graph_is_the_one_that_was_reviewed() {
    // Covers: RC-1, RC-5, RC-7, CR-4, LV-2
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tables/golden/phases.txt");
    let table = table();
    if std::env::var_os("DIRECTLINE_BLESS").is_some() {
        std::fs::write(path, &table).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert!(table == golden, "the graph has changed; review it with DIRECTLINE_BLESS=1\n{table}");
}

#[test]
fn there_is_no_way_back_from_the_end() {
    for signal in signals() {
        assert_eq!(step(Node::Ended, signal), None);
    }
}

#[test]
fn every_phase_is_a_node_and_only_a_network_that_is_up_is_sent_over() {
    for (phase, node, sends) in phases() {
        assert_eq!((phase.node(), phase.sends()), (node, sends));
    }
}
