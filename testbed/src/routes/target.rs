//! Which route a request is for.

use percent_encoding::percent_decode_str;

use crate::http::Request;
use crate::plan::occasion::Occasion;
use crate::profile::traits::Traits;
use crate::routes::refusal::Refusal;

/// The methods of a path, each with what it asks for.
pub(crate) type Methods = Vec<(&'static str, Work)>;

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) work: Work,
    /// What rules can be bound to; `None` for what is beside the protocol.
    pub(crate) occasion: Option<Occasion>,
}

/// What there is to do, with the conversation's id as it was given.
#[derive(Debug)]
pub(crate) enum Work {
    Generate,
    Refresh,
    Start,
    Reconnect(String),
    Activities(String),
    Post(String),
    Upload(String),
    /// A WebSocket by way of a stream URL.
    Stream(String),
    /// A WebSocket that needs no stream URL.
    Queue(String),
    /// A WebSocket where there are none.
    NoStream(String),
    /// What would be such an occasion, but is never answered.
    Ignored(Occasion, String),
    Attachment(String),
}

impl Work {
    pub(crate) fn conversation(&self) -> Option<&str> {
        match self {
            Work::Generate | Work::Refresh | Work::Start | Work::Attachment(_) => None,
            Work::Reconnect(conversation)
            | Work::Activities(conversation)
            | Work::Post(conversation)
            | Work::Upload(conversation)
            | Work::Stream(conversation)
            | Work::Queue(conversation)
            | Work::NoStream(conversation)
            | Work::Ignored(_, conversation) => Some(conversation),
        }
    }

    fn occasion(&self) -> Option<Occasion> {
        match self {
            Work::Generate => Some(Occasion::Generate),
            Work::Refresh => Some(Occasion::Refresh),
            Work::Start => Some(Occasion::Start),
            Work::Reconnect(_) => Some(Occasion::Reconnect),
            Work::Activities(_) => Some(Occasion::Activities),
            Work::Post(_) => Some(Occasion::Post),
            Work::Upload(_) => Some(Occasion::Upload),
            Work::Stream(_) | Work::Queue(_) | Work::NoStream(_) => Some(Occasion::Handshake),
            Work::Ignored(on, _) => Some(*on),
            Work::Attachment(_) => None,
        }
    }
}

impl Target {
    /// Finds the route, or the reason why a request has none.
    pub(crate) fn of(request: &Request, traits: &Traits) -> Result<Self, Refusal> {
        let path = request.path().strip_prefix('/').ok_or(Refusal::UnknownRoute)?;
        let decoded: Vec<String> = path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let methods = (traits.routes)(&segments).ok_or(Refusal::UnknownRoute)?;
        let allowed: Vec<&str> = methods.iter().map(|(method, _)| *method).collect();
        let refusal = Refusal::UnknownMethod(allowed.join(", "));
        let found = methods.into_iter().find(|(method, _)| *method == request.method());
        let (_, work) = found.ok_or(refusal)?;
        Ok(Target { occasion: work.occasion(), work })
    }
}

/// The routes of Direct Line 3.0, without the path that they are mounted at.
pub(crate) fn direct_line_methods(segments: &[&str]) -> Option<Methods> {
    match segments {
        ["tokens", "generate"] => Some(vec![("POST", Work::Generate)]),
        ["tokens", "refresh"] => Some(vec![("POST", Work::Refresh)]),
        ["conversations"] => Some(vec![("POST", Work::Start)]),
        ["conversations", id] if !id.is_empty() => {
            Some(vec![("GET", Work::Reconnect(String::from(*id)))])
        }
        ["conversations", id, "activities"] => Some(vec![
            ("GET", Work::Activities(String::from(*id))),
            ("POST", Work::Post(String::from(*id))),
        ]),
        ["conversations", id, "upload"] => Some(vec![("POST", Work::Upload(String::from(*id)))]),
        ["conversations", id, "stream"] => Some(vec![("GET", Work::Stream(String::from(*id)))]),
        ["attachments", key, _name] => Some(vec![("GET", Work::Attachment(String::from(*key)))]),
        _ => None,
    }
}
