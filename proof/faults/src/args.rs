//! What is asked for on the command line.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) lists: bool,
    pub(crate) only: Vec<String>,
    pub(crate) checkers: Vec<String>,
    pub(crate) jobs: usize,
}

pub(crate) const USAGE: &str = "\
directline-faults: plants each fault in a copy of the sources and sees it found

  --list           tells the faults and runs nothing
  --only NAME      this fault only, or all whose names hold NAME; may be repeated
  --checker NAME   simulator, model or reference; may be repeated; default: all
  --jobs N         so many copies at a time, 1 to 8; default: 1";

/// Reads the arguments; an error says which is wrong and what is allowed.
pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args { jobs: 1, ..Args::default() };
    while let Some(name) = given.next() {
        let mut value = |allowed: &str| {
            given.next().ok_or(format!("{name} has no value, allowed is {allowed}"))
        };
        match name.as_str() {
            "--list" => args.lists = true,
            "--only" => args.only.push(value("the name of a fault")?),
            "--checker" => {
                let allowed = "simulator, model or reference";
                let checker = value(allowed)?;
                if !["simulator", "model", "reference"].contains(&checker.as_str()) {
                    return Err(format!("--checker is {checker:?}, allowed is {allowed}"));
                }
                args.checkers.push(checker);
            }
            "--jobs" => {
                let text = value("1 to 8")?;
                let jobs = text.parse().ok().filter(|jobs| (1..=8).contains(jobs));
                args.jobs = jobs.ok_or(format!("--jobs is {text:?}, allowed is 1 to 8"))?;
            }
            other => return Err(format!("{other:?} is not known")),
        }
    }
    Ok(args)
}
