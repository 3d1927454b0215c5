//! What a typed line means: a text, a number of a button, or a command.

use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Nothing,
    Say(String),
    Press {
        number: String,
        values: BTreeMap<String, String>,
    },
    Help,
    Quit,
    Status,
    Upload(PathBuf),
    History(usize),
    Raw,
    /// Why the line means nothing, in one sentence.
    Mistake(String),
}

impl Typed {
    /// Reads a line. What begins with a slash is a command or a mistake, and never sent.
    pub(crate) fn read(line: &str) -> Typed {
        let line = line.trim();
        if line.is_empty() {
            return Typed::Nothing;
        }
        if line.bytes().all(|byte| byte.is_ascii_digit()) {
            return Typed::Press { number: line.to_owned(), values: BTreeMap::new() };
        }
        let Some(rest) = line.strip_prefix('/') else { return Typed::Say(line.to_owned()) };
        if rest.starts_with('/') {
            return Typed::Say(rest.to_owned());
        }
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        command(name, argument.trim()).unwrap_or_else(Typed::Mistake)
    }
}

fn command(name: &str, argument: &str) -> Result<Typed, String> {
    let alone = |typed| match argument {
        "" => Ok(typed),
        argument => Err(format!("/{name} stands alone, without {argument:?}")),
    };
    match name {
        "help" => alone(Typed::Help),
        "quit" => alone(Typed::Quit),
        "status" => alone(Typed::Status),
        "raw" => alone(Typed::Raw),
        "say" if argument.is_empty() => Err("/say needs a text".into()),
        "say" => Ok(Typed::Say(argument.to_owned())),
        "upload" if argument.is_empty() => Err("/upload needs a file".into()),
        "upload" => Ok(Typed::Upload(path(argument))),
        "history" if argument.is_empty() => Ok(Typed::History(HISTORY_SHOWN)),
        "history" => match argument.parse() {
            Ok(count) if count > 0 => Ok(Typed::History(count)),
            _ => Err(format!("/history is {argument:?}, allowed is a number of messages")),
        },
        "press" => pressed(argument),
        _ => Err(format!(
            "/{name} is no command: /help tells them, and //{name} is sent as a text that begins \
             with a slash"
        )),
    }
}

/// `N ID=VALUE ID=VALUE`, where values may hold spaces.
fn pressed(argument: &str) -> Result<Typed, String> {
    let mut words = argument.split_whitespace();
    let number = words.next().unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("/press begins with {number:?}, allowed is the number of a button"));
    }
    let mut filled: Vec<(String, String)> = Vec::new();
    for word in words {
        match (word.split_once('='), filled.last_mut()) {
            (Some((id, value)), _) => filled.push((id.to_owned(), value.to_owned())),
            (None, Some((_, value))) => {
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => {
                return Err(format!("/press {number} has {word:?}, allowed is ID=VALUE"));
            }
        }
    }
    Ok(Typed::Press { number: number.to_owned(), values: filled.into_iter().collect() })
}

/// A path as shells would take it: without its quotes, and from home.
fn path(text: &str) -> PathBuf {
    let unquoted = ['"', '\''].into_iter().find_map(|quote| {
        text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.is_empty())
    });
    let text = unquoted.unwrap_or(text);
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(text),
    }
}

/// What `/help` tells.
pub(crate) const HELP: &str = "\
/help            tells this
/quit            ends, so that it can be resumed (also Ctrl-C; Ctrl-D waits for the last answer)
/status          tells where the conversation stands
/upload FILE     sends a file
/history [N]     shows the last N messages again, 10 unless said
/raw             shows the newest activity as JSON
N                presses button N of the newest list
/press N ID=…    presses it with what its card asks for filled in
/say TEXT        sends TEXT, whatever it looks like; //TEXT sends /TEXT
anything else    is sent as a message
";
const HISTORY_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_texts_numbers_or_commands() {
        let say = |text: &str| Typed::Say(text.into());
        let press = |number: &str, values: &[(&str, &str)]| Typed::Press {
            number: number.into(),
            values: values.iter().map(|(id, value)| ((*id).into(), (*value).into())).collect(),
        };
        for (line, typed) in [
            ("", Typed::Nothing),
            ("  ", Typed::Nothing),
            (" hello ", say("hello")),
            ("//help me", say("/help me")),
            ("/say 7", say("7")),
            ("7", press("7", &[])),
            ("7.", say("7.")),
            ("-1", say("-1")),
            ("/press 2 a=b c  d=e=f", press("2", &[("a", "b c"), ("d", "e=f")])),
            ("/help", Typed::Help),
            ("/quit", Typed::Quit),
            ("/status", Typed::Status),
            ("/raw", Typed::Raw),
            ("/history", Typed::History(10)),
            ("/history 3", Typed::History(3)),
            ("/upload \"a b.txt\"", Typed::Upload("a b.txt".into())),
        ] {
            assert_eq!(Typed::read(line), typed, "{line:?}");
        }
    }

    #[test]
    fn paths_are_taken_as_shells_take_them() {
        let home = std::env::var_os("HOME").map_or("~".into(), PathBuf::from);
        for (text, expected) in [
            ("~/a", home.join("a")),
            ("'~/a b'", home.join("a b")),
            ("~a", "~a".into()),
            ("\"\"", "\"\"".into()),
            ("'a\"", "'a\"".into()),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_and_never_sent() {
        for (line, words) in [
            ("/", "/ is no command"),
            ("/hlep", "/hlep is no command: /help tells them, and //hlep is sent"),
            ("/quit now", "/quit stands alone, without \"now\""),
            ("/upload", "/upload needs a file"),
            ("/say", "/say needs a text"),
            ("/history x", "/history is \"x\", allowed is a number of messages"),
            ("/history 0", "/history is \"0\""),
            ("/history -1", "/history is \"-1\""),
            ("/press", "/press begins with \"\", allowed is the number of a button"),
            ("/press x", "/press begins with \"x\""),
            ("/press 1 x", "/press 1 has \"x\", allowed is ID=VALUE"),
        ] {
            let Typed::Mistake(told) = Typed::read(line) else { panic!("{line} is a mistake") };
            assert!(told.starts_with(words), "{line}: {told}");
        }
    }
}
