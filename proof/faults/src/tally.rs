//! TALLY: what became of the faults, and whether each was caught by those that have to.

use crate::checker::Checker;
use crate::lane::{Finding, Outcome};
use crate::table;
use directline_faults::fault::Fault;

#[derive(Default)]
pub(crate) struct Tally {
    /// Who caught what it had to.
    killed: Vec<(&'static str, String)>,
    /// Who caught what it need not.
    also: Vec<String>,
    survivors: Vec<String>,
    broken: Vec<String>,
}

impl Tally {
    /// Says and notes what was found of a fault.
    pub(crate) fn tell(&mut self, fault: &Fault, findings: Result<Vec<Finding>, String>) {
        let Fault { name, clause, caught, .. } = fault;
        println!("{name} ({clause})");
        let findings = match findings {
            Ok(findings) => findings,
            Err(flaw) => {
                println!("    ERROR {flaw}");
                return self.broken.push(name.clone());
            }
        };
        for Finding { checker, outcome, seconds } in findings {
            let must = caught.contains(&checker);
            match outcome {
                Outcome::Killed(words) if must => {
                    println!("    {checker:<9} killed   {seconds:>6.1} s  {words}");
                    self.killed.push((checker, name.clone()));
                }
                Outcome::Killed(words) => {
                    println!("    {checker:<9} killed   {seconds:>6.1} s  {words} (not named)");
                    self.also
                        .push(format!("{name} is caught by the {checker}, and does not say so"));
                }
                Outcome::Survived if must => {
                    println!("    {checker:<9} SURVIVED {seconds:>6.1} s");
                    self.survivors.push(format!("{name} survives the {checker}"));
                }
                Outcome::Survived => println!("    {checker:<9} unseen   {seconds:>6.1} s"),
                Outcome::Broken(why) => {
                    println!("    {checker:<9} ERROR    {seconds:>6.1} s  {why}");
                    self.broken.push(name.clone());
                }
            }
        }
    }

    /// Says what it all came to; whether that is well.
    pub(crate) fn sum_up(
        &self,
        faults: &[Fault],
        checkers: &[&Checker],
        missing: &[&str],
        seconds: f64,
    ) -> bool {
        println!();
        for list in [&self.also, &self.survivors, &self.broken] {
            list.iter().for_each(|line| println!("{line}"));
        }
        figure("planted faults", &faults.len().to_string(), Some(">= 40"));
        for checker in checkers {
            let named = faults.iter().filter(|fault| fault.caught.contains(&checker.name)).count();
            let killed = self.killed.iter().filter(|(name, _)| *name == checker.name).count();
            let goal = format!("= {named}");
            figure(&format!("caught by the {}", checker.name), &killed.to_string(), Some(&goal));
        }
        for name in missing {
            figure(&format!("caught by the {name}"), "\"not run: it is not there\"", None);
        }
        for (what, names) in table::singled_out(faults) {
            println!("{what}: {}", names.join(", "));
            // What the model checker is for.
            let goal = (what == "caught by the model alone").then_some(">= 5");
            figure(&what, &names.len().to_string(), goal);
        }
        figure("seconds", &format!("{seconds:.0}"), None);
        self.survivors.is_empty() && self.broken.is_empty() && missing.is_empty()
    }
}

fn figure(name: &str, value: &str, goal: Option<&str>) {
    let goal = goal.map(|goal| format!(",\"goal\":\"{goal}\"")).unwrap_or_default();
    println!("FIGURE {{\"part\":\"planted faults\",\"name\":\"{name}\",\"value\":{value}{goal}}}");
}
