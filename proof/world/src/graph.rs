//! THE STATE GRAPH as the reviewed tables have it, for all that hold against it what they have seen.

use std::collections::{BTreeMap, BTreeSet};

/// The rows of `golden/phases.txt`: `node signal -> step`, and where they begin with digits
/// `facts bearer -> plan`.
#[derive(Debug, Default)]
pub struct Graph {
    /// Node, signal and step, in the order of the table.
    pub rows: Vec<(&'static str, &'static str, &'static str)>,
    /// Facts (`online/conversation/generates/socket/early` as five digits), bearer and plan.
    pub plans: Vec<(&'static str, &'static str, &'static str)>,
}

/// Every edge that a session can go along: from, signal, to.
pub fn edges() -> Vec<[&'static str; 3]> {
    rows(include_str!("../../../tests/it/tables/golden/edges.txt"))
}

/// The rows of a table of so many words.
fn rows<const WORDS: usize>(table: &'static str) -> Vec<[&'static str; WORDS]> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = |line: &'static str| line.split_whitespace().collect::<Vec<_>>();
    let row = |line| words(line).try_into().unwrap_or_else(|_| panic!("{line:?} is no row"));
    lines.map(row).collect()
}

impl Graph {
    /// What was reviewed.
    pub fn reviewed() -> Graph {
        let mut graph = Graph::default();
        for [first, second, arrow, third] in
            rows(include_str!("../../../tests/it/tables/golden/phases.txt"))
        {
            assert_eq!(arrow, "->", "{first} {second}");
            let is_plan = first.starts_with(|c: char| c.is_ascii_digit());
            let rows = if is_plan { &mut graph.plans } else { &mut graph.rows };
            rows.push((first, second, third));
        }
        graph
    }

    /// The nodes, in the order of the table.
    pub fn nodes(&self) -> Vec<&'static str> {
        let mut nodes: Vec<_> = self.rows.iter().map(|(node, ..)| *node).collect();
        nodes.dedup();
        nodes
    }

    /// The events, in the order of the table.
    pub fn events(&self) -> Vec<&'static str> {
        let first = self.nodes()[0];
        self.rows.iter().filter(|(node, ..)| *node == first).map(|(_, event, _)| *event).collect()
    }

    /// Every edge that is drawn: from, event, to. Where the next request decides, that is [`ASK`].
    pub fn edges(&self) -> BTreeSet<(&'static str, &'static str, &'static str)> {
        let rows = self.rows.iter().filter(|(.., step)| *step != "Stay");
        rows.map(|(node, event, step)| (*node, *event, target(step))).collect()
    }

    /// Every edge that leads on from [`ASK`], with the words of the facts that all its rows share.
    pub fn choices(&self) -> BTreeMap<&str, String> {
        let mut rows: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (facts, bearer, plan) in &self.plans {
            rows.entry(target(plan)).or_default().push((facts, bearer));
        }
        rows.into_iter().map(|(to, rows)| (to, shared(&rows))).collect()
    }
}

/// The node that a step or a plan leads to.
fn target(step: &str) -> &str {
    match step {
        "Ask" | "AskForHost" | "AskBehind" => ASK,
        "Dial" => "Opening",
        "GoLive" => "Live",
        "Wait" => "Waiting",
        "Poll" => "Polling",
        "AwaitToken" => "NeedsToken",
        "Rest" => "Offline",
        "End" => "Ended",
        "Send(Generate)" => "Generating",
        "Send(Start)" => "Starting",
        "Send(Reconnect)" => "Reconnecting",
        other => panic!("{other:?} leads nowhere that is known"),
    }
}

/// What is the same in all these rows, in words.
fn shared(rows: &[(&str, &str)]) -> String {
    let digit = |at: usize| {
        let mut digits = rows.iter().map(|(facts, _)| facts.as_bytes()[at]);
        let first = digits.next()?;
        digits.all(|digit| digit == first).then_some(first == b'1')
    };
    let mut words = Vec::new();
    let mut bearers: Vec<_> = rows.iter().map(|(_, bearer)| *bearer).collect();
    bearers.sort_unstable();
    bearers.dedup();
    match bearers[..] {
        ["Nothing"] => words.push("no credential"),
        ["Secret"] => words.push("with the secret"),
        ["Token"] => words.push("with a token"),
        _ => {}
    }
    // That the network is up goes without saying.
    let names = [
        ("", "network down"),
        ("in a conversation", "no conversation yet"),
        ("token to be generated", "no token to be had"),
        ("socket wanted", "no socket wanted"),
        ("too soon", ""),
    ];
    for (at, (yes, no)) in names.into_iter().enumerate() {
        words.extend(digit(at).map(|is_so| if is_so { yes } else { no }));
    }
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

/// Where the facts decide what is asked for.
pub const ASK: &str = "ask";
