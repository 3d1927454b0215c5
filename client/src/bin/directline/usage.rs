//! Wrong arguments in one sentence. What may be a credential in the wrong place is never repeated.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong with the arguments.
pub(crate) fn told(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg).unwrap_or_default();
    let name = name_of(option);
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let told = unknown(option, text(ContextKind::SuggestedArg));
            let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
            match usage.contains(" check") {
                true => format!("{told}; the command of a client goes behind --"),
                false => told,
            }
        }
        ErrorKind::InvalidSubcommand => {
            let meant = text(ContextKind::SuggestedSubcommand);
            let meant = meant.map_or(String::new(), |meant| format!(" (is {meant} meant?)"));
            format!("the first word is no command{meant}; --help tells them all")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{name} needs a value"),
        ErrorKind::InvalidValue => {
            let allowed = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(allowed)) => allowed.join(", "),
                _ => String::new(),
            };
            format!("{name} is {value:?}, allowed are {allowed}")
        }
        // What a parser says begins with what is allowed.
        ErrorKind::ValueValidation => match error.source() {
            Some(allowed) => format!("{name} is {value:?}, {allowed}"),
            None => format!("{name} is {value:?}, which is not allowed"),
        },
        ErrorKind::MissingRequiredArgument if option.contains("COMMAND") => {
            "COMMAND is missing; the command of a client goes behind --, as in directline check -- \
             your-client {base}"
                .into()
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{name} is missing; --help tells its meaning")
        }
        ErrorKind::ArgumentConflict => match others(error) {
            others if others == [name] => {
                format!("{name} is given twice, it can be given only once")
            }
            others => format!("{name} cannot be used with {}", others.join(", ")),
        },
        ErrorKind::TooManyValues => format!("{name} takes no value"),
        _ => sentence(&error.render().to_string()),
    }
}

/// An argument without what stands behind its name and around it: what it takes, and how often.
fn name_of(argument: &str) -> &str {
    let name = argument.split(' ').next().unwrap_or_default();
    name.trim_matches(['<', '>', '[', ']', '.'])
}

/// The names of what was given before, and leaves no room for an argument.
fn others(error: &clap::Error) -> Vec<&str> {
    match error.get(ContextKind::PriorArg) {
        Some(ContextValue::String(other)) => vec![name_of(other)],
        Some(ContextValue::Strings(others)) => others.iter().map(|it| name_of(it)).collect(),
        _ => Vec::new(),
    }
}

/// An argument that is none, and what is meant perhaps.
fn unknown(argument: &str, meant: Option<&str>) -> String {
    let meant = meant.map_or(String::new(), |meant| format!(" (is {meant} meant?)"));
    if argument.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        return format!("{argument} is no option, and no number and no time here is below zero");
    }
    if looks_like_an_option(argument) {
        return format!("{argument} is no option{meant}; --help tells them all");
    }
    "there is a word without its option in front, which is not shown, since it may be a secret; --help \
     tells the options"
        .into()
}

/// As options are written here, and hardly any credential.
fn looks_like_an_option(argument: &str) -> bool {
    let name = argument.strip_prefix("--").or(argument.strip_prefix('-')).unwrap_or_default();
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The first paragraph, in one line.
fn sentence(rendered: &str) -> String {
    let rendered = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let lines = rendered.lines().map(str::trim).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Longer than any option.
const NAME_BYTES_MAX: usize = 24;

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn each_mistake_is_one_sentence() {
        for (arguments, expected) in [
            (
                "chat --sekret x",
                "--sekret is no option (is --secret meant?); --help tells them all",
            ),
            ("chat --nonsense", "--nonsense is no option; --help tells them all"),
            ("chatt", "the first word is no command (is chat meant?); --help tells them all"),
            (
                "chat --attempts x",
                "--attempts is \"x\", allowed is a whole number from 1 to 4294967295",
            ),
            (
                "chat --attempts -1",
                "--attempts is \"-1\", allowed is a whole number from 1 to 4294967295",
            ),
            (
                "serve --seed -1",
                "--seed is \"-1\", allowed is a whole number from 0 to 18446744073709551615",
            ),
            (
                "serve --bot-patience -1s",
                "-1 is no option, and no number and no time here is below zero",
            ),
            (
                "check --json",
                "--json is no option; --help tells them all; the command of a client goes behind --",
            ),
            ("chat --driver x", "--driver is \"x\", allowed are tokio, blocking"),
            ("chat --token", "--token needs a value"),
            ("chat --json=yes", "--json takes no value"),
            (
                "check directline",
                "there is a word without its option in front, which is not shown, since it may be a \
                 secret; --help tells the options; the command of a client goes behind --",
            ),
            (
                "check",
                "COMMAND is missing; the command of a client goes behind --, as in directline check -- \
                 your-client {base}",
            ),
            ("replay", "FILE is missing; --help tells its meaning"),
            ("serve --port 1 --port 2", "--port is given twice, it can be given only once"),
            ("chat --json --json", "--json is given twice, it can be given only once"),
            ("check --list -- x", "--list cannot be used with COMMAND"),
            ("chat --secret a --token b", "--secret cannot be used with --token"),
            ("chat --demo --domain a --token b", "--demo cannot be used with --domain, --token"),
        ] {
            let words = ["directline"].into_iter().chain(arguments.split(' '));
            let error = Arguments::try_parse_from(words).expect_err(arguments);
            assert_eq!(told(&error), expected, "{arguments}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_told_in_one_line() {
        use std::os::unix::ffi::OsStrExt;
        let words = ["directline", "chat", "--user"].map(std::ffi::OsStr::new);
        let words = words.into_iter().chain([std::ffi::OsStr::from_bytes(b"\xff")]);
        let error = Arguments::try_parse_from(words).expect_err("no text");
        assert_eq!(told(&error), "invalid UTF-8 was detected in one or more arguments");
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for arguments in [
            "chat HUSH",
            "chat hush-hush",
            "serve HUSH",
            "HUSH",
            "hush-hush",
            "check HUSH -- x",
            "chat --json=HUSH",
            "chat --HUSH",
            "chat -HUSH",
            "replay a HUSH",
            "chat --secret x HUSH",
            "chat --hush-hush-hush-hush-hush-hush",
        ] {
            let words = ["directline"].into_iter().chain(arguments.split(' '));
            let error = Arguments::try_parse_from(words).expect_err(arguments);
            let told = told(&error).to_lowercase();
            assert!(!told.contains("hush"), "{arguments}: {told}");
        }
    }
}
