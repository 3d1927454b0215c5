//! What is printed: a few readable lines, and one line a figure for the report.

use directline_world::tally::Tally;
use directline_world::world::fork::Forked;

use crate::crowd::Total;

/// Prints the totals, with goals where so many years were to be.
pub(crate) fn print(total: &Total, seconds: f64, wanted: Option<f64>) {
    let report = &total.report;
    for (kind, [runs, days, inputs, micros]) in &total.kinds {
        let seconds = *micros as f64 / 1e6;
        println!(
            "{kind:>6}: {runs} runs, {days} days, {inputs} inputs, {seconds:.1} s of one core"
        );
    }
    println!("{report}");
    let is_strict = wanted.is_some();
    let goal = |text| is_strict.then_some(text);
    let years = wanted.map(|years| format!(">= {years}"));
    figure("seeds", total.seeds, None);
    figure("simulated years", format!("{:.1}", total.years()), years.as_deref());
    figure("reconnects", report.opened - report.opened.min(report.lives), goal(">= 1000000"));
    figure("activities delivered", report.handed, goal(">= 20000000"));
    figure("duplicates dropped", report.duplicates, None);
    figure("kills", report.kills, None);
    figure("sessions", report.lives, None);
    figure("inputs", report.inputs, None);
    figure("posts", report.posts, None);
    figure("gaps told", report.gaps, None);
    for (excuse, count, most) in report.ledger.all(report.scale()) {
        let name = format!("excused by {}, {}", excuse.clause, excuse.name);
        let most = format!("<= {most}");
        figure(&name, count, is_strict.then_some(most.as_str()));
    }
    figure("lost", report.account.lost, goal("0"));
    figure("delivered twice", report.account.twice, goal("0"));
    figure("stuck", total.seeds - report.rested, goal("0"));
    // On two cores, of what every push runs.
    let quick = wanted.filter(|years| *years <= 100.0).map(|_| "<= 150");
    figure("seconds", format!("{seconds:.1}"), quick);
}

/// Prints how often each kind of trouble happened; gives how many never did.
pub(crate) fn print_tally(tally: &Tally) -> usize {
    let all = tally.expected();
    let mut line = String::new();
    let mut last = "";
    for (kind, name, times) in &all {
        if *kind != last {
            println!("{line}");
            line = format!("{kind}:");
            last = kind;
        }
        line.push_str(&format!(" {name} {times}"));
    }
    println!("{line}");
    let never: Vec<_> = all.iter().filter(|(_, _, times)| *times == 0).collect();
    for (kind, name, _) in &never {
        println!("NEVER HAPPENED: {kind} {name}");
    }
    figure("kinds of trouble", all.len(), None);
    figure("kinds of trouble that never happened", never.len(), Some("0"));
    never.len()
}

pub(crate) fn print_forks(runs: u64, forked: Forked, seconds: f64) {
    let Forked { steps, account } = forked;
    println!("{runs} runs killed at each of {steps} steps in {seconds:.1} s");
    figure("runs killed at every step", runs, None);
    figure("kills and resumes at every step", steps, None);
    figure("lost by these", account.lost, Some("0"));
    figure("delivered twice by these", account.twice, Some("0"));
    figure("seconds for them", format!("{seconds:.1}"), None);
}

fn figure(name: &str, value: impl std::fmt::Display, goal: Option<&str>) {
    let goal = goal.map(|goal| format!(",\"goal\":\"{goal}\"")).unwrap_or_default();
    println!("FIGURE {{\"part\":\"simulation\",\"name\":\"{name}\",\"value\":{value}{goal}}}");
}
