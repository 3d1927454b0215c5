//! The tools that come from elsewhere: a toolchain that instruments branches, and an LLVM that
//! reads its profiles.

use std::path::PathBuf;
use std::process::Command;

/// Everything that is needed, found.
pub(crate) struct Tools {
    pub(crate) toolchain: String,
    pub(crate) cov: PathBuf,
    pub(crate) profdata: PathBuf,
}

/// What a program says of itself.
fn says(program: &PathBuf, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The number behind a phrase, such as the 22 of `LLVM version: 22.1.2`.
fn major(text: &str, phrase: &str) -> Option<u32> {
    let rest = text.split_once(phrase)?.1.trim_start_matches(':').trim_start();
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// One LLVM tool that is at least as new as the compiler.
fn tool(name: &str, folder: Option<&str>, wanted: u32) -> Result<PathBuf, String> {
    let versioned = format!("{name}-{wanted}");
    let names = [versioned.as_str(), name];
    let candidates = names.map(|name| match folder {
        Some(folder) => PathBuf::from(folder).join(name),
        None => PathBuf::from(name),
    });
    let is_new = |path: &PathBuf| {
        let version = says(path, &["--version"]).and_then(|text| major(&text, "LLVM version"));
        version.is_some_and(|version| version >= wanted)
    };
    candidates.into_iter().find(is_new).ok_or_else(|| {
        let place = folder.unwrap_or("the path");
        format!(
            "{name} of LLVM {wanted} or newer in {place}; Debian's package llvm-{wanted} has it \
             (dpkg -x unpacks it and its libraries into a folder of their own, for --llvm FOLDER)"
        )
    })
}

/// Finds all of them, or says what is missing and how to get it.
pub(crate) fn find(folder: Option<&str>, toolchain: &str) -> Result<Tools, String> {
    let plus = format!("+{toolchain}");
    let rustc = says(&"rustc".into(), &[&plus, "-vV"]).ok_or(format!(
        "the toolchain {toolchain}, to count branches; rustup toolchain install {toolchain}"
    ))?;
    if !rustc.contains("-nightly") {
        return Err(format!(
            "a nightly compiler: {toolchain} is none, and only those count branches; \
             rustup toolchain install nightly"
        ));
    }
    let wanted = major(&rustc, "LLVM version").ok_or("the LLVM version of rustc -vV")?;
    Ok(Tools {
        toolchain: plus,
        cov: tool("llvm-cov", folder, wanted)?,
        profdata: tool("llvm-profdata", folder, wanted)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_where_each_tool_writes_them() {
        assert_eq!(major("host: x\nLLVM version: 22.1.2\n", "LLVM version"), Some(22));
        assert_eq!(major("Debian LLVM version 14.0.6\n", "LLVM version"), Some(14));
        assert_eq!(major("LLVM version: new", "LLVM version"), None);
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let missing = tool("llvm-cov", Some("/nowhere"), 22).expect_err("there is none");
        assert!(missing.contains("/nowhere") && missing.contains("Debian's package llvm-22"));
    }
}
