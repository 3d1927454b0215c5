//! FAULT: a mistake as text to find and text to put in its place, so that it survives whatever
//! moves around it, and who has to catch it.
//!
//! ```text
//! what: The watermark is moved before the set is delivered.
//! who: a client that did so
//! clause: WM-5
//! caught: tests, simulator, model
//!
//! === src/cursor.rs
//! <<<<
//! text that stands in that file exactly once
//! ====
//! what stands there instead
//! >>>>
//! ```

use std::fs;
use std::path::Path;

/// Who may be named as catching a fault, in this order.
pub const CATCHERS: [&str; 5] = ["tests", "simulator", "lists", "model", "relay"];

/// One fault; its name is that of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub name: String,
    pub what: String,
    pub who: String,
    pub clause: String,
    /// Each of these catches it; others may.
    pub caught: Vec<&'static str>,
    pub edits: Vec<Edit>,
}

/// One place where a fault changes the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub path: String,
    pub find: String,
    pub put: String,
}

/// All faults of a folder, by the numbers that their names begin with.
pub fn all(folder: &Path) -> Result<Vec<Fault>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut faults = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        faults.push(parse(&name, &text)?);
    }
    faults.sort_by_cached_key(|fault| (number(&fault.name), fault.name.clone()));
    Ok(faults)
}

fn number(name: &str) -> Option<u32> {
    name.split_once('-')?.0.parse().ok()
}

/// Reads a fault.
pub fn parse(name: &str, text: &str) -> Result<Fault, String> {
    let (head, rest) = text.split_once("\n=== ").ok_or(format!("{name}: no line `=== path`"))?;
    let field = |field: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
        line.map(str::to_owned).ok_or(format!("{name}: no line `{field}: …` before the edits"))
    };
    let edits: Result<_, _> = rest.split("\n=== ").map(|text| edit(name, text)).collect();
    Ok(Fault {
        name: name.to_owned(),
        what: field("what")?,
        who: field("who")?,
        clause: field("clause")?,
        caught: catchers(name, &field("caught")?)?,
        edits: edits?,
    })
}

fn catchers(name: &str, list: &str) -> Result<Vec<&'static str>, String> {
    let named: Vec<_> =
        CATCHERS.into_iter().filter(|one| list.split(", ").any(|it| it == *one)).collect();
    if named.is_empty() || named.join(", ") != list {
        let allowed = CATCHERS.join(", ");
        return Err(format!("{name}: caught is {list:?}, allowed are some of {allowed}, in order"));
    }
    Ok(named)
}

fn edit(name: &str, text: &str) -> Result<Edit, String> {
    let flaw = || format!("{name}: an edit is a path, `<<<<`, text, `====`, text, `>>>>`");
    let (path, rest) = text.split_once("\n<<<<\n").ok_or_else(flaw)?;
    let (find, rest) = rest.split_once("\n====\n").ok_or_else(flaw)?;
    let put = if rest.starts_with(">>>>") { "" } else { rest.split("\n>>>>").next().unwrap_or("") };
    let is_closed = rest.starts_with(">>>>") || rest.contains("\n>>>>");
    if !is_closed || find.is_empty() || find == put {
        return Err(flaw());
    }
    Ok(Edit { path: path.to_owned(), find: find.to_owned(), put: put.to_owned() })
}

impl Edit {
    /// The text of the file with the fault in it.
    pub fn apply(&self, text: &str) -> Result<String, String> {
        let found = text.matches(&self.find).count();
        if found != 1 {
            return Err(format!(
                "{} holds this {found} times, not once:\n{}",
                self.path, self.find
            ));
        }
        Ok(text.replacen(&self.find, &self.put, 1))
    }
}
