//! SERVICE: what Direct Line does, small enough to be a part of every state. It is wrong in
//! nothing but what a fault orders.

use directline::{Moment, RequestId, Session};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderValue, Response};

use crate::fault::Refusal;
use crate::talk::{CONVERSATION, Talk, mark};
use crate::under_way::{Bearer, Line, Mark, What};

/// What the service remembers besides the talk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Service {
    /// Whether the conversation has been started.
    pub(crate) begun: bool,
    /// The tokens that are good, each until its moment.
    pub(crate) tokens: Vec<(u8, Moment)>,
    /// The stream URL that was offered last.
    pub(crate) url: Option<Url>,
    /// Which posts were taken.
    pub(crate) taken: u8,
    /// Where the last page began that told its watermark wrongly.
    pub(crate) erred_at: Option<u8>,
}

/// A stream URL as the service knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Url {
    pub(crate) name: u8,
    pub(crate) from: u8,
    pub(crate) dies: Moment,
    pub(crate) used: bool,
}

/// What an answer to a request for a connection offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) url: String,
    pub(crate) token: Option<(u8, Option<u64>)>,
    pub(crate) conversation: &'static str,
}

impl Service {
    pub(crate) fn shift(&mut self, shift: &dyn Fn(Moment) -> Moment) {
        for (_, dies) in &mut self.tokens {
            *dies = shift(*dies);
        }
        self.tokens.retain(|(_, dies)| *dies > Session::ORIGIN);
        if let Some(url) = &mut self.url {
            // Once it was used or has died, nobody asks when.
            let dies = shift(url.dies).max(Session::ORIGIN);
            url.dies = if url.used { Session::ORIGIN } else { dies };
            url.from = if url.used { 0 } else { url.from };
        }
    }

    /// Why this bearer is refused at `now`, if it is.
    pub(crate) fn refusal(&self, bearer: Bearer, now: Moment) -> Option<Refusal> {
        match bearer {
            Bearer::Secret => None,
            Bearer::Token(name) => {
                let is_good = self.tokens.iter().any(|(own, dies)| *own == name && *dies > now);
                (!is_good).then_some(Refusal::Expired403)
            }
        }
    }

    /// Mints a token under a name that is not in use.
    pub(crate) fn mint(&mut self, used: &[Option<u8>], dies: Moment) -> u8 {
        let is_free = |name: &u8| {
            !used.contains(&Some(*name)) && self.tokens.iter().all(|(own, _)| own != name)
        };
        let name = (0..).find(is_free).unwrap_or(0);
        self.tokens.push((name, dies));
        name
    }

    /// Only the tokens that somebody still carries are remembered, under these new names.
    pub(crate) fn rename(&mut self, names: &[u8]) {
        let place = |name: u8| names.iter().position(|own| *own == name);
        self.tokens.retain(|(name, _)| place(*name).is_some());
        for (name, _) in &mut self.tokens {
            *name = place(*name).and_then(|at| at.try_into().ok()).unwrap_or(*name);
        }
        self.tokens.sort_unstable();
    }

    /// Mints a stream URL for a stream from `from` on.
    pub(crate) fn offer(&mut self, from: u8, dies: Moment) -> u8 {
        let name = self.url.map_or(0, |url| 1 - url.name);
        self.url = Some(Url { name, from, dies, used: false });
        name
    }

    /// Where a stream begins that was asked for by this request.
    pub(crate) fn stream_start(line: &Line, talk: &Talk) -> u8 {
        match (line.what, line.mark) {
            (What::Start | What::Generate, _) => 0,
            (_, Some(mark)) => mark,
            // Only what is said from now on.
            (_, None) => talk.said,
        }
    }
}

/// A stream URL as it is to be dialled.
pub(crate) fn url_text(name: u8) -> String {
    format!("wss://service.example/s?t=u{name}&v=1")
}

/// The same as the service writes it: one way or another, and never quite so (SU-3).
pub(crate) fn url_offered(name: u8) -> String {
    match name {
        0 => format!("https://service.example/s?t=u{name}&v=1"),
        _ => format!(" wss://service.example/s?t=u{name}&amp;v=1 "),
    }
}

pub(crate) fn token_text(name: u8) -> String {
    format!("token{name}")
}

/// The name of a token with this text.
pub(crate) fn token_name(text: &str) -> Option<u8> {
    text.strip_prefix("token")?.parse().ok()
}

/// The member that says the watermark of a set.
pub(crate) fn mark_member(kind: Mark, from: u8, to: u8) -> String {
    // A number is written as one (WM-3).
    let member = |place: u8| match mark(place) {
        digits if place % 2 == 0 => format!(",\"watermark\":{digits}"),
        text => format!(",\"watermark\":\"{text}\""),
    };
    match kind {
        Mark::Whole => member(to),
        Mark::Stale => member(from.saturating_sub(1)),
        Mark::First => member(0),
        Mark::Null => ",\"watermark\":null".to_owned(),
        Mark::Empty => ",\"watermark\":\"\"".to_owned(),
        Mark::Missing => String::new(),
    }
}

/// The body of an answer that grants something.
pub(crate) fn grant(offer: &Offer) -> Vec<u8> {
    let Offer { url, token, conversation } = offer;
    let mut body = format!("{{\"conversationId\":\"{conversation}\"");
    if let Some((name, life)) = token {
        body.push_str(&format!(",\"token\":\"{}\"", token_text(*name)));
        if let Some(life) = life {
            body.push_str(&format!(",\"expires_in\":{}", life / 1_000));
        }
    }
    if !url.is_empty() {
        body.push_str(&format!(",\"streamUrl\":\"{url}\""));
    }
    body.push('}');
    body.into_bytes()
}

pub(crate) fn response(status: u16, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status of the table");
    response
}

/// An error as the service writes it, some with a wait of so many milliseconds.
pub(crate) fn refuse(refusal: Refusal, retry_after: u64) -> Response<Vec<u8>> {
    let body = match refusal {
        Refusal::Stranger403 => "<html>sign in</html>".to_owned(),
        _ => format!("{{\"error\":{{\"code\":\"{}\",\"message\":\"no\"}}}}", refusal.code()),
    };
    let mut response = response(refusal.status(), body.into_bytes());
    let seconds = retry_after / 1_000;
    let (date, headers) = ("Sat, 21 Nov 2026 10:00:", response.headers_mut());
    match refusal {
        Refusal::Busy429 => {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        Refusal::BusyUntil429 => {
            let at = |seconds: u64| {
                HeaderValue::try_from(format!("{date}{seconds:02} GMT")).expect("plain letters")
            };
            headers.insert(DATE, at(0));
            headers.insert(RETRY_AFTER, at(seconds));
        }
        _ => {}
    }
    response
}

/// The answer to a request whose id is this.
pub(crate) fn answer(request: RequestId, response: Response<Vec<u8>>) -> directline::Input {
    directline::Input::Response { request, response }
}

pub(crate) const ID: &str = CONVERSATION;
