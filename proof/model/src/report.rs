//! REPORT: what a run amounted to, for people and, line by line, for the report of the proof.

use std::time::Duration;

use directline_world::excuse::{Excuse, RULES, Rule};

use crate::fault::Fault;
use crate::graph::{self, Edges};
use crate::scope::Scope;
use crate::scopes::{self, Set};

/// What the exploration of one scope came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) states: u64,
    pub(crate) transitions: u64,
    pub(crate) depth: usize,
    pub(crate) is_closed: bool,
    pub(crate) edges: Edges,
    pub(crate) faults: Vec<(Fault, u64)>,
    /// How often each rule was needed that forgives.
    pub(crate) excuses: Vec<(&'static Excuse, u64)>,
    pub(crate) slowest: u64,
    pub(crate) rescued: u64,
    pub(crate) took: Duration,
    /// The broken property with the way that leads there, step by step.
    pub(crate) violation: Option<String>,
}

/// Every set with its scopes.
pub(crate) fn list() {
    for set in Set::ALL {
        println!("{set}:");
        for scope in scopes::of(set) {
            println!("  {:<12} {}", scope.name, scope.about);
            println!("  {:<12} {}", "", bounds(&scope));
        }
    }
}

/// The bounds of a scope in one line.
pub(crate) fn bounds(scope: &Scope) -> String {
    let token = scope
        .token_life
        .map_or("no token expiry".to_owned(), |life| format!("tokens of {} s", life / 1_000));
    format!(
        "{} activities, {} frames in flight, {} faults of {} kinds, {} posts, {token}",
        scope.activities,
        scope.frames,
        scope.budget,
        scope.faults.len(),
        scope.posts,
    )
}

pub(crate) fn print(outcome: &Outcome, scope: &Scope) {
    let Outcome { name, states, transitions, depth, took, slowest, rescued, .. } = outcome;
    let closed = if outcome.is_closed { "closed" } else { "CUT OFF" };
    println!("{name:<12} {}", bounds(scope));
    println!(
        "{:<12} {states} distinct states, {transitions} transitions, depth {depth}, {closed}, {:.1} s",
        "",
        took.as_secs_f64()
    );
    println!(
        "{:<12} {} edges of the graph, slowest recovery {slowest} ms of {} ms allowed ({rescued} steps)",
        "",
        outcome.edges.len(),
        scope.timing.recovery(scope.polls()),
    );
    let idle: Vec<_> = outcome.faults.iter().filter(|(_, count)| *count == 0).collect();
    for (fault, _) in idle {
        println!("{:<12} NEVER HAPPENED: {fault}", "");
    }
    if let Some(violation) = &outcome.violation {
        println!("{name:<12} VIOLATED\n{violation}");
    }
}

/// The sums over all scopes; gives whether every sum is as it must be.
pub(crate) fn sums(set: Set, outcomes: &[Outcome], is_whole: bool) -> bool {
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let (states, transitions) = (sum(|one| one.states), sum(|one| one.transitions));
    let seconds: f64 = outcomes.iter().map(|one| one.took.as_secs_f64()).sum();
    let is_closed = outcomes.iter().all(|one| one.is_closed);
    let violations = outcomes.iter().filter(|one| one.violation.is_some()).count();
    let edges: Edges = outcomes.iter().flat_map(|one| one.edges.iter().copied()).collect();
    let (missing, undrawn) = (graph::missing(&edges), graph::undrawn(&edges));
    let mut kinds: Vec<_> =
        outcomes.iter().flat_map(|one| &one.faults).filter(|(_, count)| *count > 0).collect();
    kinds.sort();
    kinds.dedup_by_key(|(fault, _)| *fault);
    println!();
    let is_excused = print_excuses(outcomes, transitions);
    let odds = outcomes.iter().map(|one| (one.states as f64).powi(2) / 2_f64.powi(65)).sum::<f64>();
    let goal = match set {
        Set::Push => "\">= 5000000\"",
        Set::Release => "\">= 100000000\"",
        Set::Kill => "null",
    };
    figure("distinct states", &states.to_string(), goal);
    figure("transitions", &transitions.to_string(), "null");
    figure("scopes", &outcomes.len().to_string(), "null");
    figure("closed", &is_closed.to_string(), "\"true\"");
    figure("violations", &violations.to_string(), "\"0\"");
    figure("edges gone along", &edges.len().to_string(), "null");
    figure("edges drawn", &graph::drawn().len().to_string(), "null");
    figure("edges missing", &missing.len().to_string(), "\"0\"");
    figure("edges not drawn", &undrawn.len().to_string(), "\"0\"");
    figure("fault kinds that happened", &kinds.len().to_string(), "\">= 8\"");
    let deepest = outcomes.iter().map(|one| one.depth).max().unwrap_or(0);
    figure("depth", &deepest.to_string(), "null");
    let slowest = outcomes.iter().map(|one| one.slowest).max().unwrap_or(0);
    figure("slowest recovery, ms", &slowest.to_string(), "null");
    figure("seconds", &format!("{seconds:.1}"), "null");
    figure("odds of a fingerprint collision", &format!("{odds:.2e}"), "null");
    // A part of the scopes cannot have seen everything, nor can the small ones that faults are shown to.
    let is_whole = is_whole && set != Set::Kill;
    for row in missing.iter().filter(|_| is_whole) {
        println!("never gone along, though drawn: {row}");
    }
    for row in &undrawn {
        println!("gone along, though not drawn: {row}");
    }
    let graph_fits = !is_whole || missing.is_empty();
    violations == 0 && undrawn.is_empty() && graph_fits && is_excused
}

/// Prints how often each rule was needed that forgives; gives whether none was too often.
fn print_excuses(outcomes: &[Outcome], transitions: u64) -> bool {
    // Also by those who look for the way on from a state.
    let steps = transitions + outcomes.iter().map(|one| one.rescued).sum::<u64>();
    let mut is_right = true;
    for (at, excuse) in RULES.iter().enumerate() {
        let times: u64 = outcomes.iter().map(|one| one.excuses[at].1).sum();
        let rate = rate(excuse.rule);
        let most = if rate == 0 { 0 } else { LEAST + rate * steps / 1_000_000 };
        if times.max(most) > 0 {
            let name = format!("excused by {}, {}", excuse.clause, excuse.name);
            figure(&name, &times.to_string(), &format!("\"<= {most}\""));
        }
        if times > most {
            println!("{excuse}: {times} times, at most {most}");
            is_right = false;
        }
    }
    is_right
}

/// How often in a million steps a rule may be needed; in spaces that are gone through as a whole
/// each is, wherever it can be. One that is not named has no place here.
fn rate(rule: Rule) -> u64 {
    match rule {
        // One scope repeats what has no id, at every step.
        Rule::Idless => 60_000,
        Rule::Unreadable | Rule::Early => 20_000,
        Rule::Bare | Rule::LateLive => 5_000,
        Rule::Renumbered | Rule::Unavailable | Rule::Unwanted | Rule::Ancient => 1_000,
        _ => 0,
    }
}

/// So often in the smallest space.
const LEAST: u64 = 500;

fn figure(name: &str, value: &str, goal: &str) {
    println!("FIGURE {{\"part\":\"model\",\"name\":\"{name}\",\"value\":{value},\"goal\":{goal}}}");
}
