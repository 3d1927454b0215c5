//! What is served beside Direct Line: the answer to whoever asks whether the service is up.

use serde_json::json;

use crate::VERSION;
use crate::http::Request;
use crate::http::reply::Reply;

/// The answer to a request that is none of Direct Line's; it meets no fault and is not noted.
pub(crate) fn health(request: &Request) -> Option<Reply> {
    if request.path() != "/health" {
        return None;
    }
    Some(match request.method() {
        "GET" | "HEAD" => {
            let body = json!({ "status": "ok", "version": VERSION });
            Reply::json(200, &body.to_string())
        }
        _ => Reply::error(405, "BadArgument", "This route has no such method")
            .with_header("Allow", "GET, HEAD"),
    })
}
