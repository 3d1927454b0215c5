//! Style that matters, as a test.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const TREES: [&str; 11] = [
    "src", "tests", "activity", "client", "record", "relay", "testbed", "examples", "benches",
    "fuzz", "proof",
];
const LINES_MAX: usize = 400;
const COLUMNS_MAX: usize = 110;

/// The text of a file of the project.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below these directories, by its path from the root, in order; nothing built.
pub(crate) fn sources(trees: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    for tree in trees {
        collect(Path::new(tree), &mut files);
    }
    files.sort();
    files
}

fn collect(directory: &Path, files: &mut Vec<String>) {
    // A tree that a package left out is no fault.
    let Ok(entries) = fs::read_dir(Path::new(ROOT).join(directory)) else { return };
    for entry in entries {
        let entry = entry.expect("a directory can be read");
        let path = directory.join(entry.file_name());
        let built = ["target", "artifacts", "coverage", "corpus"];
        if entry.file_type().expect("a file has a type").is_dir() {
            if !built.iter().any(|name| path.ends_with(name)) {
                collect(&path, files);
            }
        } else {
            files.push(path.to_str().expect("names are UTF-8").replace('\\', "/"));
        }
    }
}

pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// Every line of Rust in these trees, as `path:number` and text.
fn rust_lines(trees: &[&str]) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for path in sources(trees).into_iter().filter(|path| is_rust(path)) {
        let text = read(&path);
        let numbered = text.lines().enumerate();
        lines.extend(numbered.map(|(at, line)| (format!("{path}:{}", at + 1), line.to_owned())));
    }
    assert!(lines.len() > 1_000, "the sources are there");
    lines
}

/// The part of a line before a comment, without what is in string literals.
fn code(line: &str) -> String {
    let (mut code, mut is_text, mut chars) = (String::new(), false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\\' if is_text => _ = chars.next(),
            // A quote as a character is no string.
            '\'' if !is_text && chars.peek() == Some(&'"') => _ = chars.next(),
            '"' => is_text = !is_text,
            '/' if !is_text && chars.peek() == Some(&'/') => break,
            _ if !is_text => code.push(c),
            _ => {}
        }
    }
    code
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn files_are_short() {
    let long = |path: &String| is_rust(path) && read(path).lines().count() > LINES_MAX;
    let found: Vec<_> = sources(&TREES).into_iter().filter(long).collect();
    none("more than 400 lines", &found);
}

#[test]
fn lines_are_short() {
    let mut found = Vec::new();
    for (place, line) in rust_lines(&TREES) {
        // A string, a row of a table and a list of clauses cannot always be broken.
        let is_whole = ["\"", "//! |", "/// |", concat!("// Cov", "ers: ")];
        let is_whole = is_whole.iter().any(|piece| line.contains(piece));
        if line.chars().count() > COLUMNS_MAX && !is_whole {
            found.push(format!("{place}: {line}"));
        }
    }
    none("more than 110 columns", &found);
}

#[test]
fn nothing_is_left_for_later() {
    let banned = ["todo!", "unimplemented!", "dbg!", "#[ignore"];
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    let mut found = Vec::new();
    for (place, line) in rust_lines(&TREES) {
        let is_note = notes.iter().any(|note| line.contains(note));
        let line = code(&line);
        if is_note || banned.iter().any(|word| line.contains(word)) {
            found.push(place);
        }
    }
    none("unfinished", &found);
}

#[test]
fn no_file_is_compiled_twice_and_nothing_dead_is_kept() {
    let banned = ["#[path", "allow(dead_code"];
    let lines = rust_lines(&TREES).into_iter();
    let found = lines.filter(|(_, line)| banned.iter().any(|word| code(line).contains(word)));
    none("shared by a path, or dead", &found.map(|(place, _)| place).collect::<Vec<_>>());
}

#[test]
fn the_machine_reads_no_clock_no_chance_and_no_environment() {
    // Covers: TM-1, TM-2
    let banned = [
        "Instant",
        "SystemTime",
        "std::env",
        "env::var",
        "std::thread",
        "std::fs",
        "std::net",
        "std::process",
        "println!",
        "print!",
        "rand::",
        "getrandom",
        "HashMap",
        "HashSet",
        "RandomState",
        "thread_local",
        "static ",
        "unsafe ",
    ];
    let mut found = Vec::new();
    // The core of the relay is as pure as the machine.
    let core = sources(&["relay/src"]);
    let core = core.into_iter().filter(|path| path.starts_with("relay/src/core"));
    for path in sources(&["src"]).into_iter().chain(core) {
        let text = read(&path);
        // Unit tests may read the golden file.
        let is_test_file = path.ends_with("/tests.rs");
        let lines = text.lines().take_while(|line| !is_test_file && *line != "#[cfg(test)]");
        for (number, line) in lines.enumerate() {
            let line = code(line).replace("'static ", "");
            if let Some(word) = banned.iter().find(|word| line.contains(**word)) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    none("the machine is pure", &found);
}

/// What each module of the machine may use of its siblings; the session may use all.
const LAYERS: [(&str, &[&str]); 28] = [
    ("wire", &["error", "input", "redact", "secret", "config", "unreached", "wire"]),
    ("graph", &["id", "time", "wire"]),
    ("connection", &["config", "error", "graph", "pace", "retry", "time", "timer", "wire"]),
    ("credentials", &["error", "few", "id", "secret", "time", "timer"]),
    ("flights", &["id", "input", "time", "timer"]),
    ("cursor", &["checkpoint", "known", "watermark", "wire"]),
    ("outbox", &["error", "id", "output", "time", "wire"]),
    ("retry", &["time"]),
    ("pull", &["retry", "time"]),
    ("known", &["few", "wire"]),
    ("checkpoint", &["known", "outbox", "watermark", "wire"]),
    ("watermark", &[]),
    ("few", &[]),
    ("batch", &["checkpoint", "wire"]),
    ("config", &["error", "retry", "secret", "wire"]),
    ("error", &["id", "input", "redact", "secret", "time", "unreached"]),
    ("redact", &["secret"]),
    ("id", &[]),
    ("time", &[]),
    ("pace", &["time"]),
    ("timer", &["time"]),
    ("input", &["id", "secret", "unreached", "wire"]),
    ("unreached", &[]),
    ("secret", &[]),
    // What stands beside the session uses none of its rooms.
    ("beside", &["config", "error", "redact", "secret", "wire"]),
    ("outputs", &["error", "output"]),
    ("unproven", &["graph"]),
    ("output", &["batch", "checkpoint", "error", "id", "time", "wire"]),
];

/// The siblings that a line uses, by their names.
fn used(line: &str) -> Vec<String> {
    let line = code(line);
    let after = |piece: &str| {
        let end = piece.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        piece[..end.unwrap_or(piece.len())].to_owned()
    };
    // A type of the root is nobody's part; a list in braces would hide what it names.
    let is_part = |piece: &&str| !piece.starts_with(|c: char| c.is_ascii_uppercase());
    line.split("crate::").skip(1).filter(is_part).map(after).collect()
}

#[test]
fn the_parts_do_not_know_each_other() {
    let mut found = Vec::new();
    for (module, allowed) in LAYERS {
        let (file, folder) = (format!("src/{module}.rs"), format!("src/{module}/"));
        let files = sources(&["src"]);
        let files: Vec<_> =
            files.iter().filter(|path| **path == file || path.starts_with(&folder)).collect();
        assert!(!files.is_empty(), "{module} is there");
        for path in files {
            for (number, line) in read(path).lines().enumerate() {
                let strangers = used(line)
                    .into_iter()
                    .filter(|name| name != module && !allowed.contains(&name.as_str()));
                found.extend(strangers.map(|name| format!("{path}:{}: {name}", number + 1)));
            }
        }
    }
    none("only the session knows all parts", &found);
}

#[test]
fn every_part_has_its_layer() {
    let root = sources(&["src"]).into_iter().filter(|path| path.matches('/').count() == 1);
    let names = root.map(|path| path["src/".len()..].trim_end_matches(".rs").to_owned());
    let is_placed = |name: &String| LAYERS.iter().any(|(module, _)| module == name);
    let strays: Vec<_> = names
        .filter(|name| !matches!(name.as_str(), "lib" | "session" | "proof") && !is_placed(name))
        .collect();
    none("without a layer", &strays);
}

/// Whose methods a file of the session calls, by the files that have them.
fn calls() -> Vec<(String, Vec<String>)> {
    let mut files = sources(&["src/session"]);
    files.push("src/session.rs".to_owned());
    let texts: Vec<_> = files.iter().map(|path| read(path)).collect();
    let has = |text: &str, name: &str| text.contains(&format!("fn {name}("));
    let called = |text: &str| -> Vec<String> {
        let pieces = text.split("self.").skip(1);
        let names = pieces.filter_map(|piece| piece.split_once('(')).map(|(name, _)| name);
        let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        names.filter(is_name).map(str::to_owned).collect()
    };
    let of = |own: &str, text: &str| {
        let names = called(text);
        let others = files.iter().zip(&texts).filter(|(path, _)| *path != own);
        let is_called = |other: &str| names.iter().any(|name| has(other, name) && !has(text, name));
        others.filter(|(_, other)| is_called(other)).map(|(path, _)| path.clone()).collect()
    };
    files.iter().zip(&texts).map(|(path, text)| (path.clone(), of(path, text))).collect()
}

#[test]
fn the_rooms_of_the_session_call_each_other_one_way() {
    let mut left = calls();
    assert!(left.iter().map(|(_, others)| others.len()).sum::<usize>() > 20, "they do call");
    // Whoever calls nobody that is left goes, until nobody does; a circle would stay.
    loop {
        let names: Vec<_> = left.iter().map(|(path, _)| path.clone()).collect();
        let before = left.len();
        left.retain(|(_, others)| others.iter().any(|other| names.contains(other)));
        if left.len() == before {
            break;
        }
    }
    let circle: Vec<_> = left.into_iter().map(|(path, _)| path).collect();
    none("no room calls one that calls it", &circle);
}

#[test]
fn of_the_configuration_the_wire_knows_the_user_only() {
    let mut found = Vec::new();
    for path in sources(&["src/wire"]) {
        let text = read(&path);
        let strays = text.lines().filter(|line| code(line).contains("crate::config::"));
        let strays = strays.filter(|line| line.trim() != "use crate::config::User;");
        found.extend(strays.map(|line| format!("{path}: {line}")));
    }
    none("the wire knows no settings", &found);
}

#[test]
fn the_oldest_compiler_is_named_in_one_place() {
    let mut manifests = vec!["Cargo.toml".to_owned()];
    manifests.extend(sources(&TREES).into_iter().filter(|path| path.ends_with("Cargo.toml")));
    let named: Vec<_> = manifests
        .iter()
        .flat_map(|path| {
            let lines: Vec<_> = read(path).lines().map(str::to_owned).collect();
            lines.into_iter().map(move |line| (path, line))
        })
        .filter(|(_, line)| line.trim_start().starts_with("rust-version = "))
        .collect();
    let [(path, line)] = named.as_slice() else { panic!("named in {named:?}") };
    assert_eq!(path.as_str(), "Cargo.toml");
    let version = line.split('"').nth(1).expect("a version");
    let mut texts: Vec<_> =
        ["README.md", "DESIGN.md", "clippy.toml", ".ci/run"].map(str::to_owned).into();
    texts.extend(sources(&["src", "examples"]));
    let exists = |path: &String| Path::new(ROOT).join(path).is_file();
    let repeated: Vec<_> =
        texts.into_iter().filter(|path| exists(path) && read(path).contains(version)).collect();
    none("the manifest alone names the oldest compiler", &repeated);
}

#[test]
fn the_test_command_of_the_readme_is_the_one_that_runs() {
    let readme = read("README.md");
    let commands = readme.lines().filter_map(|line| line.split(" # ").next()).map(str::trim);
    let command = commands.into_iter().find(|line| line.starts_with("cargo test"));
    let command = command.expect("README.md says how to run the tests");
    assert!(read(".ci/run").contains(command), ".ci/run does not run `{command}`");
}

#[test]
fn every_tool_of_the_proof_knows_help_and_bears_a_reader_that_goes() {
    let is_tool = |path: &String| path.ends_with("/src/main.rs");
    let tools: Vec<_> = sources(&["proof"]).into_iter().filter(is_tool).collect();
    // The package that is published holds no proof.
    assert!(tools.is_empty() || tools.len() > 5, "{tools:?}");
    // Before all else, so that every part prints by it.
    let shell = "\n\n#[macro_use]\nextern crate directline_shell as shell;\n";
    let knows = |text: String| {
        let (before, _) = text.split_once(shell).unwrap_or((&text, ""));
        before != text && !before.contains("mod ") && text.contains("shell::asked(")
    };
    let found: Vec<_> = tools.into_iter().filter(|path| !knows(read(path))).collect();
    none("without proof/shell", &found);
}

#[test]
fn strings_and_comments_are_no_code() {
    assert_eq!(code("a(\"b\\\"c\") // d"), "a() ");
    assert_eq!(code("x == '\"' && y // z"), "x == ' && y ");
    assert_eq!(used("use crate::wire::base::Base; // crate::graph"), ["wire"]);
}

#[test]
fn cases_are_drawn_in_one_place() {
    let is_drawing = |path: &String| {
        ["tests/it/judges/draw.rs", "tests/it/texts/tidy.rs"].contains(&path.as_str())
    };
    let is_property = |path: &String| path.starts_with("tests/it/judges/property");
    let files = sources(&["src", "tests", "client", "testbed"]);
    let files =
        files.into_iter().filter(|path| is_rust(path) && !is_drawing(path) && !is_property(path));
    let draws =
        |path: &String| ["proptest::", "fastrand::"].iter().any(|name| read(path).contains(name));
    none("drawn beside tests/it/judges/draw.rs", &files.filter(draws).collect::<Vec<_>>());
}
