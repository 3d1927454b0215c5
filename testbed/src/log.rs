//! What happened in the service, in order: the ground truth that a test compares with.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::plan::fault::FaultKind;
use crate::plan::occasion::Occasion;

/// Everything that happened, oldest first.
///
/// It grows for as long as the testbed runs, or until that is reset. It holds no token, secret or
/// stream URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: Vec<LogEntry>,
    /// How many there were before these.
    forgotten: u64,
}

/// One thing that happened.
///
/// As JSON it is one object: `at_ms`, `event` with the name of the event, and the event's fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Time since the testbed started.
    #[serde(rename = "at_ms", serialize_with = "as_millis")]
    pub at: Duration,
    /// What it was.
    #[serde(flatten)]
    pub event: LogEvent,
}

/// Something that happened in the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LogEvent {
    /// A request came in, complete with its body.
    RequestReceived {
        /// Its number, counted from 1.
        request: u64,
        /// The route, if it is one that rules can be bound to.
        route: Option<Occasion>,
        /// The HTTP method.
        method: String,
        /// The path without the query.
        path: String,
        /// The `watermark` parameter, decoded; `None` if there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        watermark: Option<String>,
        /// What it came with.
        credential: CredentialKind,
    },
    /// The answer to a request is about to be written.
    RequestAnswered {
        /// Its number.
        request: u64,
        /// The HTTP status; 101 for a WebSocket.
        status: u16,
    },
    /// A request gets no answer, or no whole one.
    RequestAbandoned {
        /// Its number.
        request: u64,
        /// What happened instead.
        ending: Ending,
    },
    /// A WebSocket has opened.
    SocketOpened {
        /// Its number, counted from 1.
        socket: u64,
        /// The conversation it streams.
        conversation: String,
    },
    /// A WebSocket counts as closed: nothing more will be sent on it.
    SocketClosed {
        /// Its number.
        socket: u64,
        /// The conversation it streamed.
        conversation: String,
        /// The close code, if there was a close frame.
        code: Option<u16>,
        /// Who ended it, and how.
        ending: Ending,
    },
    /// A WebSocket has fallen silent, while its TCP connection stays up.
    SocketSilenced {
        /// Its number.
        socket: u64,
        /// The conversation it streamed.
        conversation: String,
    },
    /// A frame with activities was handed to the socket. Empty messages and garbage don't count.
    FrameSent {
        /// The socket's number.
        socket: u64,
        /// The conversation it streams.
        conversation: String,
        /// The ids of the activities in it; those without an id are left out.
        ids: Vec<String>,
        /// The watermark as written in JSON; `None` if there is none.
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
        watermark: Option<String>,
        /// What becomes of it.
        fate: FrameFate,
    },
    /// An activity is part of the conversation from now on.
    ActivityRecorded {
        /// The conversation.
        conversation: String,
        /// Its id; `None` for one that the host wanted without.
        id: Option<String>,
        /// Its type.
        kind: String,
        /// Who said it.
        author: Author,
    },
    /// A rule of the plan, or an injected one, has fired.
    FaultFired {
        /// The rule's position, counted from 1; injected rules follow those of the plan.
        rule: usize,
        /// What it was bound to.
        on: Occasion,
        /// What it does.
        fault: FaultKind,
    },
}

/// What a request came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// No `Authorization` header, or one that isn't a bearer.
    Missing,
    /// The secret.
    Secret,
    /// A token handed out here and still valid.
    Token,
    /// A token handed out here and expired.
    ExpiredToken,
    /// Something that never was a credential here.
    Unknown,
}

/// How a request or a socket ended that didn't end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The service sent a close frame.
    Closed,
    /// The service closed the TCP connection, without a close frame or an answer.
    Dropped,
    /// The service reset the TCP connection.
    Reset,
    /// The service stopped in the middle of a frame or a body.
    Cut,
    /// The service keeps the connection and never answers.
    Hung,
    /// The client closed or lost the connection.
    ByClient,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameFate {
    /// It is written whole.
    Whole,
    /// Only its first half is written.
    Cut,
    /// The socket is silent: it never arrives.
    Lost,
    /// Something unreadable is written instead.
    Garbled,
}

/// Who said an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A client, by posting or uploading.
    User,
    /// The bot, or the host in its name.
    Bot,
}

/// A request with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Its number, counted from 1.
    pub request: u64,
    /// The route, if it is one that rules can be bound to.
    pub route: Option<Occasion>,
    /// The HTTP method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The `watermark` parameter, decoded; `None` if there is none.
    pub watermark: Option<String>,
    /// What it came with.
    pub credential: CredentialKind,
    /// The status of the answer; `None` while or if there is none.
    pub status: Option<u16>,
}

impl Log {
    /// All entries, oldest first.
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// The events alone, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &LogEvent> {
        self.entries.iter().map(|entry| &entry.event)
    }

    /// How many events the condition holds for.
    pub fn count(&self, condition: impl Fn(&LogEvent) -> bool) -> usize {
        self.events().filter(|event| condition(event)).count()
    }

    /// The requests in order of arrival, each with the status it was answered with.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests: Vec<LoggedRequest> = Vec::new();
        for event in self.events() {
            if let Some(request) = LoggedRequest::from_event(event) {
                requests.push(request);
            } else if let LogEvent::RequestAnswered { request, status } = event {
                let asked = requests.iter_mut().rev().find(|asked| asked.request == *request);
                if let Some(asked) = asked {
                    asked.status = Some(*status);
                }
            }
        }
        requests
    }

    /// The requests to one route, in order of arrival.
    pub fn requests_to(&self, route: Occasion) -> Vec<LoggedRequest> {
        self.requests().into_iter().filter(|request| request.route == Some(route)).collect()
    }

    /// How many sockets have opened so far.
    pub fn sockets_opened(&self) -> usize {
        self.count(|event| matches!(event, LogEvent::SocketOpened { .. }))
    }

    /// How many sockets have been closed so far, by either side.
    pub fn sockets_closed(&self) -> usize {
        self.count(|event| matches!(event, LogEvent::SocketClosed { .. }))
    }

    /// How many faults of this kind have fired so far.
    pub fn faults_fired(&self, kind: FaultKind) -> usize {
        self.count(|event| matches!(event, LogEvent::FaultFired { fault, .. } if *fault == kind))
    }

    /// The entries after the first `seen` of all there ever were, as far as they are kept.
    pub(crate) fn since(&self, seen: u64) -> &[LogEntry] {
        let skipped = usize::try_from(seen.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        self.entries.get(skipped..).unwrap_or_default()
    }

    /// How many entries there have been.
    pub(crate) fn total(&self) -> u64 {
        self.forgotten + self.entries.len() as u64
    }

    /// How many of them are kept no longer.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(crate) fn forget(&mut self) {
        self.forgotten = self.total();
        self.entries.clear();
    }

    pub(crate) fn push(&mut self, at: Duration, event: LogEvent) {
        self.entries.push(LogEntry { at, event });
    }
}

impl LogEvent {
    /// Whether it is about this conversation.
    pub(crate) fn concerns(&self, id: &str) -> bool {
        match self {
            LogEvent::RequestReceived { path, .. } => {
                let mut segments =
                    path.split('/').map(|it| percent_decode_str(it).decode_utf8_lossy());
                segments.any(|segment| segment == id)
            }
            LogEvent::SocketOpened { conversation, .. }
            | LogEvent::SocketClosed { conversation, .. }
            | LogEvent::SocketSilenced { conversation, .. }
            | LogEvent::FrameSent { conversation, .. }
            | LogEvent::ActivityRecorded { conversation, .. } => conversation == id,
            LogEvent::RequestAnswered { .. }
            | LogEvent::RequestAbandoned { .. }
            | LogEvent::FaultFired { .. } => false,
        }
    }
}

/// The names of the events as JSON has them.
pub(crate) const EVENTS: &[&str] = &[
    "request_received",
    "request_answered",
    "request_abandoned",
    "socket_opened",
    "socket_closed",
    "socket_silenced",
    "frame_sent",
    "activity_recorded",
    "fault_fired",
];

impl LoggedRequest {
    fn from_event(event: &LogEvent) -> Option<Self> {
        let LogEvent::RequestReceived { request, route, method, path, watermark, credential } =
            event
        else {
            return None;
        };
        Some(LoggedRequest {
            request: *request,
            route: *route,
            method: method.clone(),
            path: path.clone(),
            watermark: watermark.clone(),
            credential: *credential,
            status: None,
        })
    }
}

fn as_millis<S: Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(at.as_millis()).unwrap_or(u64::MAX))
}

/// What was written as JSON is JSON again.
fn as_json<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let value: Option<Value> = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    value.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_still_counts() {
        let mut log = Log::default();
        let push = |log: &mut Log, request| {
            log.push(Duration::ZERO, LogEvent::RequestAnswered { request, status: 200 });
        };
        (1..=3).for_each(|request| push(&mut log, request));
        assert_eq!((log.forgotten(), log.total()), (0, 3));
        log.forget();
        push(&mut log, 4);
        assert_eq!((log.forgotten(), log.total()), (3, 4));
        assert_eq!(log.since(2), log.entries());
        assert_eq!(log.since(4), []);
    }

    #[test]
    fn an_entry_is_one_object() {
        let event = LogEvent::FrameSent {
            socket: 2,
            conversation: String::from("c"),
            ids: vec![String::from("c|0000001")],
            watermark: Some(String::from("\"1\"")),
            fate: FrameFate::Whole,
        };
        let entry = LogEntry { at: Duration::from_millis(1500), event };
        assert_eq!(
            serde_json::to_string(&entry).expect("plain"),
            r#"{"at_ms":1500,"event":"frame_sent","socket":2,"conversation":"c","ids":["c|0000001"],"watermark":"1","fate":"whole"}"#
        );
    }
}
