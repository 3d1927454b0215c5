//! THE STATE GRAPH as the reviewed table has it. Stands alone, so that others can hold what they have
//! seen against it: `#[path]` to this file and `include_str!` of `golden/phases.txt` are enough.

use std::collections::{BTreeMap, BTreeSet};

/// The rows of `golden/phases.txt`: `node signal -> step`, and where they begin with digits
/// `facts bearer -> plan`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Node, signal and step, in the order of the table.
    pub(crate) rows: Vec<(String, String, String)>,
    /// Facts (`online/conversation/generates/socket/early` as five digits), bearer and plan.
    pub(crate) plans: Vec<(String, String, String)>,
}

impl Graph {
    /// Reads the table.
    ///
    /// # Errors
    ///
    /// Names the line that is no row.
    pub(crate) fn parse(text: &str) -> Result<Graph, String> {
        let mut graph = Graph::default();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            let Ok([first, second, arrow, third]) = <[String; 4]>::try_from(words) else {
                return Err(format!("{line:?} is no row, allowed is `node signal -> step`"));
            };
            if arrow != "->" {
                return Err(format!("{line:?} has {arrow:?} where `->` is allowed"));
            }
            let is_plan = first.starts_with(|c: char| c.is_ascii_digit());
            let rows = if is_plan { &mut graph.plans } else { &mut graph.rows };
            rows.push((first, second, third));
        }
        Ok(graph)
    }

    /// The nodes, in the order of the table.
    pub(crate) fn nodes(&self) -> Vec<&str> {
        let mut nodes: Vec<&str> = self.rows.iter().map(|(node, ..)| node.as_str()).collect();
        nodes.dedup();
        nodes
    }

    /// The events, in the order of the table.
    pub(crate) fn events(&self) -> Vec<&str> {
        let first = self.nodes()[0];
        let of_first = self.rows.iter().filter(|(node, ..)| node == first);
        of_first.map(|(_, event, _)| event.as_str()).collect()
    }

    /// Every edge that is drawn: from, event, to. Where the next request decides, that is [`ASK`].
    pub(crate) fn edges(&self) -> BTreeSet<(&str, &str, &str)> {
        let rows = self.rows.iter().filter(|(.., step)| step != "Stay");
        rows.map(|(node, event, step)| (node.as_str(), event.as_str(), target(step))).collect()
    }

    /// Every edge that leads on from [`ASK`], with the words of the facts that all its rows share.
    pub(crate) fn choices(&self) -> BTreeMap<&str, String> {
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
        "Ask" | "AskForHost" => ASK,
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
pub(crate) const ASK: &str = "ask";
