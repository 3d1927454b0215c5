//! WHAT IS SECRET in what a session hears: the tokens and stream URLs of answers, whatever request they
//! are for, and what an error quotes.

use std::borrow::Cow;

use directline::Session;
use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Response};
use serde_json::Value;

use crate::input::{Body, FILLER_MAX};
use crate::veil::Veil;

/// The body of an answer, veiled. `session` is as it was when the answer came.
pub(crate) fn body(veil: &mut Veil, session: &Session, response: &Response<Vec<u8>>) -> Body {
    let Ok(text) = std::str::from_utf8(response.body()) else {
        // Nobody reads what is no text, whatever it is.
        return Body::Filler(response.body().len().min(FILLER_MAX));
    };
    let is_good = response.status().is_success();
    let bare = text.trim_start_matches('\u{feff}');
    match serde_json::from_str::<Value>(bare) {
        Ok(mut value) if !is_good => {
            told(veil, session, &mut value);
            Body::Text(value.to_string())
        }
        Ok(mut value) => match grants(veil, &mut value) {
            true => Body::Text(value.to_string()),
            // What is handed on goes to the byte as it came in.
            false => Body::Text(veil.over(text).into_owned()),
        },
        Err(_) if is_good => Body::Text(veil.over(text).into_owned()),
        // A page of somebody else's, of which a session tells nothing.
        Err(_) => Body::Text(veil.over(&session.redact(text)).into_owned()),
    }
}

/// The headers that a machine reads, and the type, for people.
pub(crate) fn headers(
    veil: &mut Veil,
    session: &Session,
    all: &HeaderMap,
) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for name in [CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER] {
        for value in all.get_all(&name) {
            let Ok(value) = value.to_str() else { continue };
            let value = if name == LOCATION { origin(session, value) } else { value.into() };
            kept.push((name.as_str().to_owned(), veil.over(&value).into_owned()));
        }
    }
    kept
}

/// Of where a redirect leads, all that a session tells.
fn origin<'a>(session: &Session, url: &'a str) -> Cow<'a, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed("/") };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let origin = format!("{scheme}://{host}");
    match session.redact(&origin) == origin {
        true => origin.into(),
        // A name that is hidden for its length.
        false => format!("{scheme}://{}/", "x".repeat(48)).into(),
    }
}

/// A stream URL with stand-ins for all that authorises in it: its scheme, its host, the names in its
/// query and the words of the protocol stay.
pub(crate) fn url(veil: &mut Veil, url: &str) -> String {
    let (head, rest) = match url.split_once("//") {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at(end);
            let host = match authority.rsplit_once('@') {
                Some((user, host)) => format!("{}@{host}", veil.hide(user)),
                None => authority.to_owned(),
            };
            (format!("{scheme}//{host}"), rest)
        }
        None => (String::new(), url),
    };
    let (path, query) =
        rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let mut veiled = head;
    let mut before = "";
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            veiled.push('/');
        }
        let is_open = before == "conversations" || segment.len() < SEGMENT_MIN;
        match is_open {
            true => veiled.push_str(segment),
            false => veiled.push_str(&veil.hide(segment)),
        }
        before = segment;
    }
    let Some(query) = query else { return veiled };
    for (number, pair) in query.split('&').enumerate() {
        veiled.push(if number > 0 { '&' } else { '?' });
        let (name, value) = pair.split_once('=').map_or(("", pair), |(name, value)| (name, value));
        if pair.contains('=') {
            veiled.push_str(name);
            veiled.push('=');
        }
        // Some servers escape a URL as if for HTML.
        let undone = name.trim_start_matches("amp;");
        match value.is_empty() || OPEN.contains(&undone.to_ascii_lowercase().as_str()) {
            true => veiled.push_str(value),
            false => veiled.push_str(&veil.hide(value)),
        }
    }
    veiled
}

/// Veils the members of a conversation object; whether it is one.
fn grants(veil: &mut Veil, value: &mut Value) -> bool {
    let Value::Object(members) = value else { return false };
    let is_text = |name| members.get(name).is_some_and(Value::is_string);
    if members.contains_key("activities") || !(is_text("token") || is_text("streamUrl")) {
        return false;
    }
    for (name, value) in members {
        let Value::String(text) = value else { continue };
        *text = match (name.as_str(), text.trim()) {
            ("token", bare) if !bare.is_empty() => text.replace(bare, &veil.hide(bare)),
            ("streamUrl", bare) if !bare.is_empty() => text.replace(bare, &url(veil, bare)),
            _ => veil.over(text).into_owned(),
        };
    }
    true
}

/// Every text of an error, as a session would tell it.
fn told(veil: &mut Veil, session: &Session, value: &mut Value) {
    match value {
        Value::String(text) => *text = veil.over(&session.redact(text)).into_owned(),
        Value::Array(all) => all.iter_mut().for_each(|value| told(veil, session, value)),
        Value::Object(all) => all.values_mut().for_each(|value| told(veil, session, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a path has of the protocol itself is shorter: `conversations`.
const SEGMENT_MIN: usize = 16;
/// What says where one is and not who one may be.
const OPEN: [&str; 4] = ["watermark", "userid", "api-version", "version"];
