//! The picture of the states and its table, drawn from the reviewed table into the documents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use directline_world::graph::{ASK, Graph, edges};

use super::blessed;

/// The graph as a diagram: the edges between two nodes are one arrow, and what leads to one place
/// from nearly everywhere is one arrow from a box that says so.
fn diagram(graph: &Graph) -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), format!("    state {ASK} <<choice>>")];
    lines.push(format!("    [*] --> {ASK}"));
    for (to, facts) in graph.choices() {
        lines.push(format!("    {ASK} --> {to}: {facts}"));
    }
    let mut sources: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (from, event, to) in graph.edges() {
        sources.entry((event, to)).or_default().push(from);
    }
    let mut arrows: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let mut boxes: BTreeMap<String, String> = BTreeMap::new();
    for ((event, to), from) in &sources {
        if from.len() < FROM_NEARLY_EVERYWHERE {
            for from in from {
                arrows.entry((from, to)).or_default().push(event.to_lowercase());
            }
        } else {
            let others: Vec<_> =
                graph.nodes().into_iter().filter(|node| !from.contains(node)).collect();
            let name = format!("any but {}", others.join(", "));
            let arrow = format!("When{event} --> {to}: {}", event.to_lowercase());
            boxes.insert(format!("    state \"{name}\" as When{event}"), format!("    {arrow}"));
        }
    }
    for ((from, to), events) in &arrows {
        lines.push(format!("    {from} --> {to}: {}", events.join(", ")));
    }
    lines.extend(boxes.into_iter().flat_map(|(state, arrow)| [state, arrow]));
    format!("```mermaid\n{}\n```\n", lines.join("\n"))
}

/// The graph as a table: what each event leads to from each node.
fn matrix(graph: &Graph) -> String {
    let (seen, mut events) = (edges(), graph.events());
    events.retain(|event| graph.edges().iter().any(|(_, of, _)| of == event));
    let heads: Vec<_> = events.iter().map(|event| event.to_lowercase()).collect();
    let mut text = format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(events.len()));
    for node in graph.nodes() {
        let cells: Vec<_> = events
            .iter()
            .map(|event| {
                let edges = graph.edges();
                let edge = edges.iter().find(|(from, of, _)| *from == node && of == event);
                let is_it = |own: &&[&str; 3]| own[0] == node && own[1] == *event;
                match edge {
                    None => " ".to_owned(),
                    Some((.., to)) if *to != ASK => (*to).to_owned(),
                    Some(_) => {
                        let led: Vec<_> = seen.iter().filter(is_it).map(|own| own[2]).collect();
                        format!("*{}*", led.join(", "))
                    }
                }
            })
            .collect();
        writeln!(text, "| **{node}** | {} |", cells.join(" | ")).expect("a string takes all");
    }
    let choices = graph.choices();
    let choices: Vec<_> = choices.iter().map(|(to, facts)| format!("{to} ({facts})")).collect();
    writeln!(text, "\nIn italics: where the facts led; by them it is {}.", choices.join("; "))
        .expect("a string takes all");
    text
}

/// So many sources of one event are one box.
const FROM_NEARLY_EVERYWHERE: usize = 6;

#[test]
fn the_pictures_are_drawn_from_the_reviewed_table() {
    let graph = Graph::reviewed();
    blessed::region("README.md", "states", &diagram(&graph));
    blessed::region("DESIGN.md", "states", &matrix(&graph));
}

#[test]
fn every_edge_of_the_table_is_drawn() {
    let graph = Graph::reviewed();
    assert_eq!(graph.rows.len(), graph.nodes().len() * graph.events().len(), "nothing is left out");
    assert_eq!(graph.plans.len(), 96);
    let picture = diagram(&graph);
    let arrow = |from: &str, to: &str, label: &str| {
        picture.lines().any(|line| {
            let line = line.trim().split_once(": ");
            let is_it = |of: &str| of.split(", ").any(|word| word == label) || of == label;
            line.is_some_and(|(ends, of)| ends == format!("{from} --> {to}") && is_it(of))
        })
    };
    let edges = graph.edges();
    assert_eq!(edges.len(), 45);
    for (from, event, to) in edges {
        let label = event.to_lowercase();
        let is_drawn = arrow(from, to, &label);
        let boxed = format!(" as When{event}");
        let is_boxed = arrow(&format!("When{event}"), to, &label)
            && picture.lines().any(|line| line.ends_with(&boxed) && !line.contains(from));
        assert!(is_drawn || is_boxed, "{from} {event} {to} in\n{picture}");
    }
    for (to, facts) in graph.choices() {
        assert!(arrow(ASK, to, &facts), "{to}");
    }
}

#[test]
fn what_was_gone_along_is_what_the_table_allows() {
    let graph = Graph::reviewed();
    let (drawn, choices) = (graph.edges(), graph.choices());
    let seen = edges();
    for &[from, signal, to] in &seen {
        let is_row = |to: &str| drawn.contains(&(from, signal, to));
        let is_choice = is_row(ASK) && choices.contains_key(to);
        assert!(is_row(to) || is_choice, "{from} {signal} {to}");
    }
    let is_seen =
        |from: &str, signal: &str| seen.iter().any(|own| own[0] == from && own[1] == signal);
    let idle = drawn.iter().filter(|(from, signal, _)| !is_seen(from, signal));
    // A secret that generates tokens never runs out.
    assert_eq!(idle.collect::<Vec<_>>(), [&("Generating", "Stranded", "NeedsToken")]);
}
