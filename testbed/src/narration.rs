//! The log in words: one readable line per event, without a token or a stream URL.

use std::fmt;

use crate::log::{Author, CredentialKind, Ending, FrameFate, LogEvent};

impl fmt::Display for LogEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogEvent::RequestReceived {
                request,
                route: _,
                method,
                path,
                watermark,
                credential,
            } => {
                write!(formatter, "request {request}: {method} {}", printable(path))?;
                if let Some(watermark) = watermark {
                    write!(formatter, " watermark={:?}", watermark)?;
                }
                write!(formatter, " ({credential})")
            }
            LogEvent::RequestAnswered { request, status } => {
                write!(formatter, "request {request}: answered {status}")
            }
            LogEvent::RequestAbandoned { request, ending } => {
                write!(formatter, "request {request}: not answered, {ending}")
            }
            LogEvent::SocketOpened { socket, conversation } => {
                write!(formatter, "socket {socket}: open for {conversation}")
            }
            LogEvent::SocketClosed { socket, conversation: _, code, ending } => match code {
                Some(code) => write!(formatter, "socket {socket}: {ending} with code {code}"),
                None => write!(formatter, "socket {socket}: {ending}"),
            },
            LogEvent::SocketSilenced { socket, conversation: _ } => {
                write!(formatter, "socket {socket}: silent from now on")
            }
            LogEvent::FrameSent { socket, conversation: _, ids, watermark, fate } => {
                let watermark = watermark.as_deref().unwrap_or("missing");
                let (ids, fate) = (short_ids(ids), fate_words(*fate));
                write!(formatter, "socket {socket}: frame [{ids}] watermark {watermark}{fate}")
            }
            LogEvent::ActivityRecorded { conversation, id, kind, author } => {
                let id = id.as_deref().unwrap_or("without id");
                let kind = printable(kind);
                write!(formatter, "{conversation}: {author} said {kind} {}", short_id(id))
            }
            LogEvent::FaultFired { rule, on, fault } => {
                write!(formatter, "fault: rule {rule}, {fault} on {on}")
            }
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            CredentialKind::Missing => "no credential",
            CredentialKind::Secret => "secret",
            CredentialKind::Token => "token",
            CredentialKind::ExpiredToken => "expired token",
            CredentialKind::Unknown => "unknown credential",
        })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Ending::Closed => "closed",
            Ending::Dropped => "dropped",
            Ending::Reset => "reset",
            Ending::Cut => "cut off",
            Ending::Hung => "left hanging",
            Ending::ByClient => "closed by the client",
        })
    }
}

impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Author::User => "user",
            Author::Bot => "bot",
        })
    }
}

fn fate_words(fate: FrameFate) -> &'static str {
    match fate {
        FrameFate::Whole => "",
        FrameFate::Cut => ", cut in the middle",
        FrameFate::Lost => ", which never arrives",
        FrameFate::Garbled => ", garbled",
    }
}

/// The first and last id without the conversation, which is long and always the same.
fn short_ids(ids: &[String]) -> String {
    match ids {
        [] => String::new(),
        [only] => String::from(short_id(only)),
        [first, .., last] => format!("{} to {}", short_id(first), short_id(last)),
    }
}

fn short_id(id: &str) -> &str {
    id.rsplit_once('|').map_or(id, |(_, number)| number)
}

/// What clients sent, fit for one line of a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::occasion::Occasion;

    #[test]
    fn requests_read_as_one_line() {
        let event = LogEvent::RequestReceived {
            request: 3,
            route: Some(Occasion::Reconnect),
            method: String::from("GET"),
            path: String::from("/v3/directline/conversations/a\u{1b}b"),
            watermark: Some(String::from("7\n")),
            credential: CredentialKind::Token,
        };
        assert_eq!(
            event.to_string(),
            "request 3: GET /v3/directline/conversations/a?b watermark=\"7\\n\" (token)"
        );
    }

    #[test]
    fn endings_and_authors_are_named() {
        for (ending, told) in [
            (Ending::Closed, "closed"),
            (Ending::Dropped, "dropped"),
            (Ending::Reset, "reset"),
            (Ending::Cut, "cut off"),
            (Ending::Hung, "left hanging"),
            (Ending::ByClient, "closed by the client"),
        ] {
            let event = LogEvent::RequestAbandoned { request: 3, ending };
            assert_eq!(event.to_string(), format!("request 3: not answered, {told}"));
            let (conversation, code) = (String::from("c"), Some(1001));
            let event = LogEvent::SocketClosed { socket: 2, conversation, code, ending };
            assert_eq!(event.to_string(), format!("socket 2: {told} with code 1001"));
        }
        for (author, told) in [(Author::User, "user"), (Author::Bot, "bot")] {
            let (conversation, kind) = (String::from("c"), String::from("message"));
            let id = Some(String::from("c|0000007"));
            let event = LogEvent::ActivityRecorded { conversation, id, kind, author };
            assert_eq!(event.to_string(), format!("c: {told} said message 0000007"));
        }
    }

    #[test]
    fn frames_name_their_range() {
        let event = LogEvent::FrameSent {
            socket: 2,
            conversation: String::from("c"),
            ids: vec![String::from("c|0000003"), String::from("c|0000004")],
            watermark: None,
            fate: FrameFate::Cut,
        };
        assert_eq!(
            event.to_string(),
            "socket 2: frame [0000003 to 0000004] watermark missing, cut in the middle"
        );
    }
}
