//! ARGUMENTS: which set of scopes to explore, and how.

use std::time::Duration;

use crate::scope::Scope;
use crate::scopes;

/// What to do.
#[derive(Debug)]
pub(crate) enum Order {
    List,
    Run(Run),
}

/// What to explore.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) set: scopes::Set,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) minutes: Option<Duration>,
    pub(crate) threads: usize,
}

/// Reads the command line.
///
/// # Errors
///
/// What is wrong with it, and what is allowed.
pub(crate) fn read(args: impl Iterator<Item = String>) -> Result<Order, String> {
    let (mut set, mut name, mut minutes, mut threads) = (None, None, None, None);
    let (mut faults, mut activities) = (None, None);
    let mut args = args;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => return Ok(Order::List),
            "--scope" => name = Some(shell::value(&arg, &mut args)?),
            "--minutes" => minutes = Some(shell::number(&arg, &mut args, 1..=10_000)?),
            "--threads" => threads = Some(shell::number(&arg, &mut args, 1..=64)?),
            "--faults" => faults = Some(shell::number(&arg, &mut args, 1..=200)?),
            "--activities" => activities = Some(shell::number(&arg, &mut args, 1..=12)?),
            text => match scopes::Set::parse(text).filter(|_| set.is_none()) {
                Some(own) => set = Some(own),
                None => return Err(format!("argument is {text:?}")),
            },
        }
    }
    let set = set.ok_or("no set of scopes is named")?;
    let mut all = scopes::of(set);
    if let Some(name) = name {
        let names: Vec<_> = all.iter().map(|scope| scope.name).collect();
        let allowed = names.join(", ");
        all.retain(|scope| scope.name == name);
        if all.is_empty() {
            return Err(format!("--scope is {name:?}, allowed in {set}: {allowed}"));
        }
    }
    for scope in &mut all {
        scope.budget = faults.unwrap_or(scope.budget);
        scope.activities = activities.unwrap_or(scope.activities);
    }
    let minutes = minutes.map(|minutes: u64| Duration::from_secs(minutes * 60));
    Ok(Order::Run(Run { set, scopes: all, minutes, threads: threads.unwrap_or(2) }))
}

pub(crate) const USAGE: &str = "usage: directline-model push|kill|release [--scope NAME] [--minutes N] \
                     [--faults N] [--activities N] [--threads N], or --list";

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(args: &[&str]) -> String {
        let read = read(args.iter().map(|arg| (*arg).to_owned()));
        read.err().unwrap_or_else(|| panic!("{args:?} is taken"))
    }

    #[test]
    fn bad_arguments_get_a_clear_message() {
        assert!(refused(&["push", "--scope", "nowhere"]).contains("\"nowhere\", allowed in push"));
        assert!(refused(&["push", "--minutes", "0"]).contains("--minutes is \"0\""));
        assert!(refused(&["push", "--minutes"]).contains("wants a value"));
        assert!(refused(&["sometimes"]).contains("argument is \"sometimes\""));
        assert!(refused(&[]).contains("no set"));
        assert!(refused(&["push", "release"]).contains("argument is \"release\""));
    }
}
