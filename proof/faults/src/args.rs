//! What is asked for on the command line.

use directline_faults::fault::CATCHERS;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) lists: bool,
    pub(crate) only: Vec<String>,
    /// Empty for all.
    pub(crate) by: Vec<String>,
    /// Whether a fault is also shown to those that need not catch it.
    pub(crate) to_all: bool,
    pub(crate) jobs: usize,
}

pub(crate) const USAGE: &str = "\
directline-faults: plants each fault in a copy of the sources and sees it caught

  --list        tells the faults and who catches each, and runs nothing
  --only NAME   this fault only, or all whose names hold NAME; may be repeated
  --by NAME     only those faults that this one catches, and nobody else; may be repeated;
                tests, simulator, lists or model; default: all
  --to-all      shows each fault to those as well that need not catch it
  --jobs N      so many copies at a time, 1 to 8; default: 1

tests      the tests that take no time and draw nothing by chance
simulator  drawn runs of the simulated world
lists      those of its runs that end in a list of operations written by hand
model      the model checker
relay      drawn runs of hosts that share conversations";

/// Reads the arguments; an error says which is wrong and what is allowed.
pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args { jobs: 1, ..Args::default() };
    while let Some(name) = given.next() {
        match name.as_str() {
            "--list" => args.lists = true,
            "--to-all" => args.to_all = true,
            "--only" => args.only.push(shell::value(&name, &mut given)?),
            "--by" => {
                let by = shell::value(&name, &mut given)?;
                if !CATCHERS.contains(&by.as_str()) {
                    let allowed = CATCHERS.join(", ");
                    return Err(format!("{name} is {by:?}, allowed is one of {allowed}"));
                }
                args.by.push(by);
            }
            "--jobs" => args.jobs = shell::number(&name, &mut given, 1..=8)?,
            other => return Err(format!("{other:?} is not known")),
        }
    }
    Ok(args)
}
