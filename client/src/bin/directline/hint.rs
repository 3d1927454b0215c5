//! How to go on another time.

use directline_client::directline::{Checkpoint, End};

use crate::args::Chat;

/// The command that takes the conversation up again, where that is possible. No credential is in
/// it: those of arguments are better put into the environment.
pub(crate) fn to_resume(chat: &Chat, position: &Checkpoint, end: &End) -> Option<String> {
    let is_over = matches!(end, End::Completed) || !end.is_resumable();
    // The embedded service is gone, and a token endpoint's token is for a new conversation.
    let has_credential = chat.secret.is_some()
        || chat.token.is_some()
        || ["DIRECTLINE_SECRET", "DIRECTLINE_TOKEN"].iter().any(|name| is_set(name));
    if is_over || !has_credential || chat.copilot_token_url.is_some() {
        return None;
    }
    let mut command = "directline chat".to_owned();
    let mut add = |option: &str, value: &str| command.push_str(&with(option, value));
    if let Some(domain) = &chat.domain {
        add("--domain", domain);
    }
    if let Some(file) = &chat.ca_file {
        add("--ca-file", &file.display().to_string());
    }
    if chat.user != DEFAULT_USER {
        add("--user", &chat.user);
    }
    if chat.no_websocket {
        command.push_str(" --no-websocket");
    }
    let mut add = |option: &str, value: &str| command.push_str(&with(option, value));
    match (&chat.checkpoint, position.watermark()) {
        (Some(file), _) => add("--checkpoint", &file.display().to_string()),
        (None, watermark) => {
            add("--conversation", position.conversation());
            if let Some(watermark) = watermark {
                add("--watermark", watermark);
            }
        }
    }
    Some(format!("to go on: {command}"))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn with(option: &str, value: &str) -> String {
    // What begins like an option has to be tied to its own.
    let tie = if value.starts_with('-') { "=" } else { " " };
    format!(" {option}{tie}{}", quoted(value))
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

const DEFAULT_USER: &str = "user1";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Arguments, Command};

    #[test]
    fn what_was_given_is_given_again_but_for_credentials() {
        let told = |arguments: &str, position: &Checkpoint, end: &End| {
            let words = ["directline", "chat"].into_iter().chain(arguments.split(' '));
            let read = Arguments::try_parse_from(words).expect(arguments);
            let Command::Chat(chat) = read.command else { panic!("{arguments}") };
            to_resume(&chat, position, end)
        };
        let begin = Checkpoint::new("c").expect("an id");
        let later = begin.clone().with_watermark("-5").expect("a watermark");
        for (arguments, position, expected) in [
            ("--token hush --user user1", &begin, "--conversation c"),
            ("--secret hush", &later, "--conversation c --watermark=-5"),
            (
                "--token hush --checkpoint f --no-websocket --user ann --ca-file a --domain http://x",
                &later,
                "--domain http://x --ca-file a --user ann --no-websocket --checkpoint f",
            ),
        ] {
            let expected = format!("to go on: directline chat {expected}");
            assert_eq!(told(arguments, position, &End::Closed), Some(expected));
            for end in [End::Completed, End::Gone] {
                assert_eq!(told(arguments, position, &end), None, "{end}");
            }
        }
    }

    #[test]
    fn shells_get_what_was_meant() {
        assert_eq!(quoted("https://x.example:80/a"), "https://x.example:80/a");
        assert_eq!(quoted("my file"), "'my file'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(with("--watermark", "-5 "), " --watermark='-5 '");
        assert_eq!(quoted("a;b$c"), "'a;b$c'");
    }
}
