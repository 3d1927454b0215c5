//! What operators are given: a dashboard that shows figures that there are.

use std::collections::BTreeSet;

use directline_relay::host::Figures;

const PREFIX: &str = "directline_relay_";

/// The figures that a text names.
fn named(text: &str) -> BTreeSet<&str> {
    let names = text.match_indices(PREFIX).map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    });
    names.collect()
}

#[test]
fn the_dashboard_shows_every_figure_and_no_other() {
    // Covers: RL-56
    let figures = Figures::default().text();
    let kinds = figures.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let known: BTreeSet<String> = kinds
        .filter_map(|line| line.split_once(' '))
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "histogram" => format!("{name}_bucket"),
            _ => name.to_owned(),
        })
        .collect();
    let shown = named(include_str!("../../operation/grafana/relay.json"));
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let missing: Vec<_> = known.difference(&shown).collect();
    let unknown: Vec<_> = shown.difference(&known).collect();
    // How many hosts a host knows of is what its lease is about, and shown by those themselves.
    assert_eq!((missing, unknown), (vec![&"directline_relay_hosts"], vec![]));
}
