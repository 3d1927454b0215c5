//! The bot behind the service: what it says to what it hears.

use std::time::Duration;

use serde_json::json;

use crate::script::{Cue, Line, Script};

/// The bot that answers in every conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Bot {
    /// Says nothing by itself; what it says comes from [`Testbed::say`](crate::Testbed::say).
    Silent,
    /// Answers each message with `echo: ` and its text.
    #[default]
    Echo,
    /// Answers each message with a typing activity, then like [`Bot::Echo`].
    EchoWithTyping,
    /// Answers `count N` with N numbered messages, N at most 100,000, and echoes all else.
    Counting,
    /// Answers as written.
    Scripted(Script),
}

/// An activity as the bot sees it.
pub(crate) struct Heard<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) text: &'a str,
    /// Which of the user's messages of this conversation it is, counted from 1.
    pub(crate) ordinal: u64,
}

impl Bot {
    /// What the bot says when a conversation starts.
    pub(crate) fn greet(&self) -> Vec<Line> {
        match self {
            Bot::Silent | Bot::Echo | Bot::EchoWithTyping | Bot::Counting => Vec::new(),
            Bot::Scripted(script) => script.lines(|cue| *cue == Cue::Start),
        }
    }

    /// What the bot says to a message; other types of activity leave it silent.
    pub(crate) fn reply(&self, heard: &Heard<'_>) -> Vec<Line> {
        if heard.kind != "message" {
            return Vec::new();
        }
        match self {
            Bot::Silent => Vec::new(),
            Bot::Echo => vec![echo(heard)],
            Bot::EchoWithTyping => vec![typing(heard), echo(heard)],
            Bot::Counting => count(heard),
            Bot::Scripted(script) => script.lines(|cue| match cue {
                Cue::Start => false,
                Cue::Always => true,
                Cue::Message(ordinal) => *ordinal == heard.ordinal,
                Cue::Text(text) => text == heard.text,
            }),
        }
    }
}

fn echo(heard: &Heard<'_>) -> Line {
    message(format!("echo: {}", heard.text), heard)
}

fn typing(heard: &Heard<'_>) -> Line {
    immediate(json!({ "type": "typing", "replyToId": heard.id }).to_string())
}

fn count(heard: &Heard<'_>) -> Vec<Line> {
    let wanted = heard.text.strip_prefix("count ").and_then(|rest| rest.trim().parse().ok());
    match wanted.filter(|wanted| *wanted <= COUNT_MAX) {
        None => vec![echo(heard)],
        Some(wanted) => (1..=wanted).map(|number| message(number.to_string(), heard)).collect(),
    }
}

fn message(text: String, heard: &Heard<'_>) -> Line {
    immediate(json!({ "type": "message", "text": text, "replyToId": heard.id }).to_string())
}

fn immediate(activity: String) -> Line {
    Line { delay: Duration::ZERO, activity }
}

/// Enough for any load test, and still no way to fill the memory with one message.
const COUNT_MAX: u64 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(bot: &Bot, kind: &str, text: &str) -> Vec<String> {
        let heard = Heard { id: "c|0000000", kind, text, ordinal: 1 };
        bot.reply(&heard).into_iter().map(|line| line.activity).collect()
    }

    #[test]
    fn echoes_messages_only() {
        assert_eq!(
            hear(&Bot::Echo, "message", "hi"),
            [r#"{"replyToId":"c|0000000","text":"echo: hi","type":"message"}"#]
        );
        assert!(hear(&Bot::Echo, "event", "hi").is_empty());
        assert!(hear(&Bot::Silent, "message", "hi").is_empty());
    }

    #[test]
    fn types_before_it_echoes() {
        let said = hear(&Bot::EchoWithTyping, "message", "hi");
        assert!(said[0].contains("typing") && said[1].contains("echo: hi"), "{said:?}");
    }

    #[test]
    fn counts_within_its_bound() {
        assert_eq!(hear(&Bot::Counting, "message", "count 3").len(), 3);
        assert_eq!(hear(&Bot::Counting, "message", "count 100001").len(), 1);
        assert_eq!(hear(&Bot::Counting, "message", "count x").len(), 1);
    }
}
