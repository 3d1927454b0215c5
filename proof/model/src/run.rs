//! RUN: explores scope after scope with stateright.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stateright::{Checker as _, HasDiscoveries, Model as _, Path};

use crate::args::Run;
use crate::model::SessionModel;
use crate::report::{self, Outcome};
use crate::scope::Scope;
use crate::step::Step;
use crate::world::World;

/// Explores all that was ordered; gives whether every promise was kept and every edge is as drawn.
pub(crate) fn all(order: &Run) -> bool {
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    for scope in &order.scopes {
        let left = order.minutes.map(|all| all.saturating_sub(begun.elapsed()));
        let outcome = explore(scope, left, order.threads);
        report::print(&outcome, scope);
        let is_broken = outcome.violation.is_some();
        outcomes.push(outcome);
        if is_broken {
            break;
        }
    }
    let is_whole = outcomes.len() == crate::scopes::of(order.set).len()
        && outcomes.iter().all(|outcome| outcome.is_closed);
    report::sums(order.set, &outcomes, is_whole)
}

/// Explores one scope to its end, to the first broken promise, or until time is up.
fn explore(scope: &Scope, limit: Option<Duration>, threads: usize) -> Outcome {
    explore_model(SessionModel::new(scope.clone()), limit, threads)
}

pub(crate) fn explore_model(
    model: SessionModel,
    limit: Option<Duration>,
    threads: usize,
) -> Outcome {
    let begun = Instant::now();
    let (name, seen) = (model.scope.name, Arc::clone(&model.seen));
    let builder = model.checker().threads(threads).finish_when(HasDiscoveries::AnyFailures);
    let builder = match limit {
        Some(limit) => builder.timeout(limit),
        None => builder,
    };
    let checker = builder.spawn_bfs().join();
    let took = begun.elapsed();
    let discoveries = checker.discoveries();
    let violation =
        discoveries.into_iter().min_by_key(|(_, path)| path.clone().into_actions().len());
    let violation = violation.map(|(broken, path)| tell(broken, checker.model(), path));
    let in_time = limit.is_none_or(|limit| took < limit);
    Outcome {
        name,
        states: checker.unique_state_count() as u64,
        transitions: checker.state_count() as u64,
        depth: checker.max_depth(),
        is_closed: in_time && violation.is_none(),
        edges: seen.all_edges(),
        faults: seen.counts().collect(),
        excuses: seen.excused().collect(),
        slowest: seen.slowest.load(std::sync::atomic::Ordering::Relaxed),
        rescued: seen.rescued.load(std::sync::atomic::Ordering::Relaxed),
        took,
        violation,
    }
}

/// The way to a broken promise, as a log.
fn tell(name: &str, model: &SessionModel, path: Path<World, Step>) -> String {
    let mut log = format!("  {name}\n");
    let mut last = None;
    for (at, (world, step)) in path.into_vec().into_iter().enumerate() {
        log.push_str(&format!("  {at:>3} {}\n", describe(&world)));
        if let Some(step) = step {
            log.push_str(&format!("      -> {step:?}\n"));
        }
        last = Some(world);
    }
    if let Some(world) = last {
        match (&world.broken, model.recovery(&world)) {
            (Some(broken), _) => log.push_str(&format!("  {}: {}\n", broken.clause, broken.how)),
            (None, Err(why)) => {
                log.push_str(&format!("  without faults from here on: {why}\n"));
                log.push_str(&onwards(model, world));
            }
            (None, Ok(_)) => log.push_str("  news of something long over changed the session\n"),
        }
    }
    log
}

/// How a state goes on when nothing goes wrong any more.
fn onwards(model: &SessionModel, mut world: World) -> String {
    let mut log = String::new();
    for _ in 0..40 {
        let Some(step) = model.next_calm(&world) else { break };
        world = model.after(&world, step);
        log.push_str(&format!("      -> {step:?}\n      {}\n", describe(&world)));
        if world.broken.is_some() {
            break;
        }
    }
    log
}

fn describe(world: &World) -> String {
    let lines: Vec<_> =
        world.lines.iter().map(|line| format!("{:?} {:?}", line.what, line.stage)).collect();
    let lane = world.lane.as_ref().map(|lane| format!("{:?} {:?}", lane.stage, lane.frames));
    let deadline = world.session.deadline().map(|at| at.since(directline::Session::ORIGIN));
    format!(
        "{:?}, said {}, handed {:b}, requests [{}], socket {}, due in {deadline:?}, {} faults left",
        world.session.status(),
        world.talk.said,
        world.host.handed,
        lines.join(", "),
        lane.unwrap_or("none".to_owned()),
        world.left.faults,
    )
}
