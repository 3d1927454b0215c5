//! TABLE: who catches what, as the faults say.

use directline_faults::fault::{CATCHERS, Fault};

/// Prints each fault with those that catch it.
pub(crate) fn print(faults: &[Fault]) {
    let width = faults.iter().map(|fault| fault.name.len()).max().unwrap_or(0);
    println!("{:<width$}  clause  {}", "fault", CATCHERS.join("  "));
    for fault in faults {
        let marks = CATCHERS.map(|one| {
            let mark = if fault.caught.contains(&one) { "x" } else { "." };
            format!("{mark:<0$}", one.len())
        });
        let Fault { name, clause, what, who, .. } = fault;
        println!("{name:<width$}  {clause:<6}  {}  {what} As {who}.", marks.join("  "));
    }
    println!();
    for one in CATCHERS {
        let count = faults.iter().filter(|fault| fault.caught.contains(&one)).count();
        println!("{count:>3} caught by the {one}");
    }
    for (what, names) in singled_out(faults) {
        println!("{:>3} {what}: {}", names.len(), names.join(", "));
    }
}

/// Those that hang on one catcher, by what they hang on.
pub(crate) fn singled_out(faults: &[Fault]) -> Vec<(String, Vec<&str>)> {
    let named = |is: &dyn Fn(&Fault) -> bool| -> Vec<&str> {
        let names = faults.iter().filter(|fault| is(fault));
        names.map(|fault| fault.name.as_str()).collect()
    };
    let alone = CATCHERS
        .into_iter()
        .map(|one| (format!("caught by the {one} alone"), named(&|fault| fault.caught == [one])));
    let by_list =
        |fault: &Fault| fault.caught.contains(&"lists") && !fault.caught.contains(&"simulator");
    let by_list = ("in the simulated world caught by a list alone".to_owned(), named(&by_list));
    alone.chain([by_list]).filter(|(_, names)| !names.is_empty()).collect()
}
