//! Which route a request is for.

use percent_encoding::percent_decode_str;

use crate::http::Request;
use crate::http::reply::Reply;
use crate::plan::occasion::Occasion;

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
    Stream(String),
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
            | Work::Stream(conversation) => Some(conversation),
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
            Work::Stream(_) => Some(Occasion::Handshake),
            Work::Attachment(_) => None,
        }
    }
}

impl Target {
    /// Finds the route, or the answer to a request that has none.
    pub(crate) fn of(request: &Request) -> Result<Self, Reply> {
        let path = request.path().strip_prefix(BASE_PATH).ok_or_else(unknown_route)?;
        let decoded: Vec<String> = path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let routes = methods(&segments).ok_or_else(unknown_route)?;
        let allowed: Vec<&str> = routes.iter().map(|(method, _)| *method).collect();
        let found = routes.into_iter().find(|(method, _)| *method == request.method());
        match found {
            Some((_, work)) => Ok(Target { occasion: work.occasion(), work }),
            None => Err(Reply::error(405, "BadArgument", "This route has no such method")
                .with_header("Allow", &allowed.join(", "))),
        }
    }
}

/// The methods of a path, each with what it asks for.
fn methods(segments: &[&str]) -> Option<Vec<(&'static str, Work)>> {
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

fn unknown_route() -> Reply {
    Reply::error(404, "BadArgument", "There is no such route")
}

const BASE_PATH: &str = "/v3/directline/";
