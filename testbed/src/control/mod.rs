//! The control API: what a host in Rust does with a [`Testbed`](crate::Testbed), over HTTP, for
//! tests in any other language. It is off unless the options ask for it, and described by
//! `openapi.yaml` beside this file, which it serves too.

mod conversations;
mod faults;
mod log;
mod query;
mod sockets;

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::VERSION;
pub(crate) use crate::control::sockets::read_cut;
use crate::http::Request;
use crate::http::reply::Reply;
use crate::plan::error::PlanError;
use crate::plan::fields::Fields;
use crate::plan::json::read_object;
use crate::service::{Shared, State};

/// A refused request: the status and one sentence.
#[derive(Debug)]
struct Refused {
    status: u16,
    message: String,
}

/// The answer to a request for the control API; `None` if it is for something else, or if there is
/// no control API here.
pub(crate) async fn answer(shared: &Arc<Shared>, request: &Request) -> Option<Reply> {
    let rest = request.path().strip_prefix(ROOT).filter(|_| shared.is_controlled)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let origin = request.header("origin");
    if !shared.origins.admit(origin.as_deref()) {
        let origin = origin.unwrap_or_default();
        let message = format!("the origin is {origin:?}, it must be one that --allow-origin names");
        return Some(refuse(&Refused { status: 403, message }));
    }
    let segments: Vec<String> = rest
        .split('/')
        .skip(1)
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let methods = methods(&segments);
    if methods.is_empty() {
        let message = format!("there is no such path, all there are is in {ROOT}/{OPENAPI_NAME}");
        return Some(refuse(&Refused { status: 404, message }));
    }
    // What may be got may be asked for its head alone.
    let method = if request.method() == "HEAD" { "GET" } else { request.method() };
    if !methods.contains(&method) {
        let allowed = methods.join(", ");
        let message = format!("the method is {method}, it must be one of {allowed}");
        return Some(refuse(&Refused { status: 405, message }).with_header("Allow", &allowed));
    }
    let done = perform(shared, request, method, &segments).await;
    Some(done.unwrap_or_else(|refused| refuse(&refused)))
}

/// The methods of a path; none if there is no such path.
fn methods(segments: &[&str]) -> &'static [&'static str] {
    match segments {
        [] | ["openapi.yaml" | "sockets" | "conversations" | "log"] => &["GET"],
        ["faults"] => &["DELETE", "GET", "POST"],
        ["faults", _] => &["DELETE"],
        ["tokens" | "reset"] | ["tokens", "expire"] | ["sockets", _, "cut"] => &["POST"],
        ["conversations", _] => &["DELETE", "GET"],
        ["conversations", _, "say" | "renumber"] => &["POST"],
        _ => &[],
    }
}

/// Whether what is done depends on the fields of a body.
fn reads_body(method: &str, segments: &[&str]) -> bool {
    let has_fields = |segments: &[&str]| {
        matches!(
            segments,
            ["faults" | "tokens"]
                | ["sockets", _, "cut"]
                | ["conversations", _, "say" | "renumber"]
        )
    };
    method == "POST" && has_fields(segments)
}

async fn perform(
    shared: &Arc<Shared>,
    request: &Request,
    method: &str,
    segments: &[&str],
) -> Result<Reply, Refused> {
    if !reads_body(method, segments) {
        fields("the body", &request.body)?.finish()?;
    }
    if let ["log"] = segments {
        return log::read(shared, request).await;
    }
    query::none(request)?;
    shared.with(|state| match (method, segments) {
        (_, []) => Ok(state.describe()),
        (_, ["openapi.yaml"]) => Ok(openapi()),
        ("GET", ["faults"]) => Ok(state.list_faults()),
        ("POST", ["faults"]) => state.begin_fault(&request.body),
        (_, ["faults"]) => Ok(state.end_faults()),
        (_, ["faults", rule]) => state.end_fault(rule),
        (_, ["tokens"]) => state.hand_out_token(&request.body),
        (_, ["tokens", _]) => {
            state.expire_tokens();
            Ok(Reply::empty(204))
        }
        (_, ["sockets"]) => Ok(state.list_sockets()),
        (_, ["sockets", socket, _]) => state.cut(socket, &request.body),
        (_, ["conversations"]) => Ok(state.list_conversations()),
        ("GET", ["conversations", id]) => state.show_conversation(id),
        (_, ["conversations", id]) => state.drop_conversation(id),
        (_, ["conversations", id, "say"]) => state.let_bot_say(id, &request.body),
        (_, ["conversations", id, _]) => state.renumber_from(id, &request.body),
        (_, _) => {
            state.reset();
            Ok(Reply::empty(204))
        }
    })
}

impl State {
    /// Where it is and what it is.
    fn describe(&self) -> Reply {
        let base = format!("http://{}", self.address);
        let root = format!("{base}{}", self.traits().mount);
        object(
            200,
            &json!({
                "version": VERSION,
                "profile": self.options.profile.to_string(),
                "root": root,
                "openapi": format!("{base}{ROOT}/{OPENAPI_NAME}"),
            }),
        )
    }
}

fn openapi() -> Reply {
    Reply {
        status: 200,
        headers: vec![("Content-Type", String::from("application/yaml"))],
        body: include_str!("openapi.yaml").into(),
    }
}

fn object(status: u16, value: &Value) -> Reply {
    Reply::json(status, &value.to_string())
}

fn refuse(refused: &Refused) -> Reply {
    let code = match refused.status {
        403 => "Forbidden",
        404 => "NotFound",
        405 => "NotAllowed",
        _ => "BadArgument",
    };
    Reply::error(refused.status, code, &refused.message)
}

impl Refused {
    /// Names what there is of this kind, as far as a sentence can.
    fn unknown(what: &str, given: &str, known: &[String]) -> Self {
        let named = known[..known.len().min(NAMED_MAX)].join(", ");
        let must = match known.len() {
            0 => String::from("that of one there is, and there is none"),
            count if count <= NAMED_MAX => format!("one of {named}"),
            count => format!("one of {named}, and {} more", count - NAMED_MAX),
        };
        let message = format!("the {what} is {given:?}, it must be {must}");
        Refused { status: 404, message }
    }
}

impl From<PlanError> for Refused {
    fn from(error: PlanError) -> Self {
        Refused { status: 400, message: error.to_string() }
    }
}

/// The fields of a body, which is a JSON object; an empty body is one without fields.
fn fields(what: &str, body: &[u8]) -> Result<Fields, Refused> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    Ok(read_object(what, body)?)
}

/// The path below which it is.
pub(crate) const ROOT: &str = "/control";
const OPENAPI_NAME: &str = "openapi.yaml";
/// A handful.
const NAMED_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use crate::log::EVENTS;
    use crate::plan::choice::Choice;
    use crate::plan::fault::FaultKind;
    use crate::plan::occasion::Occasion;

    /// The words of a list in the description, in its order.
    fn described(name: &str) -> Vec<&'static str> {
        let text = include_str!("openapi.yaml");
        let (_, rest) = text.split_once(&format!("\n    {name}:\n      enum:")).expect("described");
        let lines = rest.lines().enumerate();
        let lines = lines.take_while(|(at, line)| *at == 0 || line.starts_with("        - "));
        let words = lines.flat_map(|(_, line)| line.split(['-', '[', ',', ']']));
        words.map(str::trim).filter(|word| !word.is_empty()).collect()
    }

    #[test]
    fn the_description_has_every_word() {
        let faults: Vec<&str> = FaultKind::ALL.iter().map(|(name, _)| *name).collect();
        let occasions: Vec<&str> = Occasion::ALL.iter().map(|(name, _)| *name).collect();
        let version = format!("\n  version: {}\n", crate::VERSION);
        assert!(include_str!("openapi.yaml").contains(&version), "it is of {version}");
        assert_eq!(described("FaultName"), faults);
        assert_eq!(described("Occasion"), occasions);
        assert_eq!(described("EventName"), EVENTS);
    }
}
