//! Answers to requests.

use directline::{Purpose, Request};
use http::Response;
use serde_json::Value;

use super::stream::watermark;
use super::{Offer, Service, StreamUrl, plain};
use crate::faults::{Faults, misleads};
use crate::operation::{RequestFate, TokenFate, UrlKind};
use crate::setup::{BASE, Refusing, SECRET};

/// Who asks.
#[derive(Clone, Copy)]
enum Caller {
    Site,
    /// The holder of a token for this conversation.
    Guest(usize),
}

impl Service {
    /// Answers a request that has arrived.
    pub(crate) fn answer(
        &mut self,
        now: u64,
        message: &Request,
        faults: &mut Faults,
    ) -> Response<Vec<u8>> {
        let bearer = message.bearer().expose();
        let caller = match self.tokens.check(now, bearer) {
            Some(conversation) => Caller::Guest(conversation),
            None if bearer == SECRET => Caller::Site,
            None => return self.refusal(),
        };
        match message.purpose() {
            Purpose::Generate => self.generate(now, caller, faults),
            Purpose::Start => self.start(now, caller, faults),
            Purpose::Reconnect => self.reconnect(now, caller, message, faults),
            Purpose::Refresh => self.refresh(now, caller, faults),
            Purpose::Activities => self.page(caller, message, faults),
            Purpose::Post | Purpose::Upload => self.post(now, caller, message, faults),
        }
    }

    fn generate(&mut self, now: u64, caller: Caller, faults: &mut Faults) -> Response<Vec<u8>> {
        let Caller::Site = caller else { return self.refusal() };
        let conversation = self.create();
        let fate = faults.token().filter(|fate| *fate != TokenFate::TokenNull);
        let token = self.tokens.grant(now, conversation, fate);
        let id = &self.conversations[conversation].id;
        plain(200, format!("{{\"conversationId\":\"{id}\"{}}}", token))
    }

    fn start(&mut self, now: u64, caller: Caller, faults: &mut Faults) -> Response<Vec<u8>> {
        let conversation = match caller {
            Caller::Site => self.create(),
            Caller::Guest(conversation) => conversation,
        };
        let had_started =
            std::mem::replace(&mut self.conversations[conversation].has_started, true);
        // Everything since the start is replayed, also to whoever joins again.
        self.granted(now, conversation, 0, if had_started { 200 } else { 201 }, faults)
    }

    fn reconnect(
        &mut self,
        now: u64,
        caller: Caller,
        message: &Request,
        faults: &mut Faults,
    ) -> Response<Vec<u8>> {
        let Some((conversation, mark)) = self.place(caller, message.url()) else {
            return self.unknown();
        };
        // Without a watermark only what follows is streamed; an unknown one streams everything.
        let from = match mark {
            None => self.conversations[conversation].log.len(),
            Some(mark) => self.position(conversation, &mark).unwrap_or(0),
        };
        self.granted(now, conversation, from, 200, faults)
    }

    fn refresh(&mut self, now: u64, caller: Caller, faults: &mut Faults) -> Response<Vec<u8>> {
        let Caller::Guest(conversation) = caller else { return self.refusal() };
        let token = self.tokens.grant(now, conversation, faults.token());
        let id = &self.conversations[conversation].id;
        plain(200, format!("{{\"conversationId\":\"{id}\"{}}}", token))
    }

    fn granted(
        &mut self,
        now: u64,
        conversation: usize,
        from: usize,
        status: u16,
        faults: &mut Faults,
    ) -> Response<Vec<u8>> {
        let token = self.tokens.grant(now, conversation, faults.token());
        let url = self.stream_url(now, conversation, from, faults.url());
        let id = &self.conversations[conversation].id;
        plain(status, format!("{{\"conversationId\":\"{id}\"{}{url}}}", token))
    }

    /// Mints a stream URL; gives it as a member of an answer, after a comma.
    fn stream_url(
        &mut self,
        now: u64,
        conversation: usize,
        from: usize,
        kind: Option<UrlKind>,
    ) -> String {
        let number = self.next_url;
        self.next_url += 1;
        let host = match kind {
            Some(UrlKind::OtherHost) => "front7.example",
            _ => "service.example",
        };
        let id = &self.conversations[conversation].id;
        let rest =
            format!("/v3/directline/conversations/{id}/stream?watermark={from}&t=k%2B{number}|x");
        let written = match kind {
            Some(UrlKind::Missing) => return String::new(),
            Some(UrlKind::Null) => return ",\"streamUrl\":null".to_owned(),
            Some(UrlKind::Empty) => String::new(),
            Some(UrlKind::Garbage) => "wss://[no url".to_owned(),
            Some(UrlKind::Insecure) => format!("ws://{host}{rest}"),
            Some(UrlKind::Https) => format!("https://{host}{rest}"),
            Some(UrlKind::Escaped) => format!(" wss://{host}{} ", rest.replace('&', "&amp;")),
            Some(UrlKind::Relative) => rest.clone(),
            Some(UrlKind::Repeated) => self.earlier(conversation, from, 0),
            Some(UrlKind::Older) => self.earlier(conversation, from, 1),
            Some(UrlKind::ShortLived | UrlKind::OtherHost) | None => format!("wss://{host}{rest}"),
        };
        self.offered.push_back(Offer { conversation, from, written: written.clone() });
        if self.offered.len() > OFFERS_MAX {
            self.offered.pop_front();
        }
        let lifetime =
            if kind == Some(UrlKind::ShortLived) { 1 } else { self.setup.url_lifetime() };
        let url = StreamUrl { conversation, from, dies: now + lifetime, used: false };
        self.urls.push_back((format!("wss://{host}{rest}"), url));
        if self.urls.len() > URLS_MAX {
            self.urls.pop_front();
        }
        format!(",\"streamUrl\":{}", Value::from(written))
    }

    /// A URL that was offered before for this conversation, so many before the last. One that
    /// streams less than what was asked for would be a loss that no client can see; and no client
    /// can remember for ever what it dialled, so it is one of the last eight.
    fn earlier(&self, conversation: usize, from: usize, back: usize) -> String {
        let is_own = |url: &&Offer| url.conversation == conversation && url.from <= from;
        let own = self.offered.iter().rev().filter(is_own);
        own.skip(back).map(|url| url.written.clone()).next().unwrap_or_default()
    }

    fn page(
        &mut self,
        caller: Caller,
        message: &Request,
        faults: &mut Faults,
    ) -> Response<Vec<u8>> {
        let Some((conversation, mark)) = self.place(caller, message.url()) else {
            return self.unknown();
        };
        let from = mark.map_or(0, |mark| self.position(conversation, &mark).unwrap_or(0));
        let log = &self.conversations[conversation].log;
        let mut end = from.min(log.len());
        let mut texts = Vec::new();
        while end < log.len() && texts.len() < self.setup.page_size() {
            // Typing is for sockets only.
            if !log[end].is_ephemeral {
                texts.push(log[end].text.as_str());
            }
            end += 1;
        }
        // PO-1: a reader may take two pages in a row that name the same place for the end. So where
        // more follows, no place is told wrongly twice; that none is told, it has to notice.
        let may_mislead = end == log.len() || self.erred_at != Some(from);
        let fault = if texts.is_empty() { None } else { faults.page_watermark(may_mislead) };
        if fault.is_some_and(|(kind, _)| misleads(kind)) {
            self.erred_at = Some(from);
        }
        let mark = match (end, fault) {
            (0, None) => ",\"watermark\":null".to_owned(),
            _ => watermark(self, conversation, end, from, fault).0,
        };
        plain(200, format!("{{\"activities\":[{}]{mark}}}", texts.join(",")))
    }

    fn post(
        &mut self,
        now: u64,
        caller: Caller,
        message: &Request,
        faults: &mut Faults,
    ) -> Response<Vec<u8>> {
        let Some((conversation, _)) = self.place(caller, message.url()) else {
            return self.unknown();
        };
        let body = String::from_utf8_lossy(message.body());
        let number = post_number(&body);
        *self.posts.entry(number).or_default() += 1;
        let serial = &mut self.next_serial;
        match self.conversations[conversation].echo(now, &body, serial, &mut faults.tally) {
            Some(id) => plain(200, format!("{{\"id\":\"{id}\"}}")),
            None => plain(204, ""),
        }
    }

    /// The conversation of a path, if the caller may enter it, and the watermark of its query.
    fn place(&self, caller: Caller, url: &str) -> Option<(usize, Option<String>)> {
        let path = url.strip_prefix(BASE)?.strip_prefix("/conversations/")?;
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        let id = decode(path.split('/').next()?);
        let conversation = self.find(&id)?;
        let may_enter = match caller {
            Caller::Site => true,
            Caller::Guest(own) => own == conversation,
        };
        let mark = query.and_then(|query| query.strip_prefix("watermark=")).map(decode);
        may_enter.then_some((conversation, mark))
    }

    fn refusal(&self) -> Response<Vec<u8>> {
        match self.setup.refusing() {
            Refusing::Expired403 => plain(403, error("TokenExpired")),
            Refusing::BadArgument403 => plain(403, error("BadArgument")),
            Refusing::Unauthorized401 => plain(401, ""),
        }
    }

    fn unknown(&self) -> Response<Vec<u8>> {
        plain(404, error("BadArgument"))
    }

    /// An answer with an error status, the service itself untouched.
    pub(crate) fn failure(detail: u8) -> Response<Vec<u8>> {
        let (status, code) = STATUSES[usize::from(detail % 32) % STATUSES.len()];
        let body = match code {
            "" => String::new(),
            // The name of the status, which is the service's own word as well.
            name if name.contains(' ') => name.to_owned(),
            code => error(code),
        };
        let mut builder = Response::builder().status(status);
        if let Some(value) = RETRY_AFTER[usize::from(detail / 32)] {
            builder = builder.header("Retry-After", value).header("Date", DATE);
        }
        builder.body(body.into_bytes()).expect("a status below 1000")
    }

    /// What something in between answers, the service itself untouched.
    pub(crate) fn stranger(detail: u8) -> Response<Vec<u8>> {
        let status = STRANGERS[usize::from(detail) % STRANGERS.len()];
        let mut builder = Response::builder().status(status);
        if (300..400).contains(&status) {
            builder = builder.header("Location", "https://portal.example/sign-in");
        }
        builder.body(PAGE.to_vec()).expect("a status below 1000")
    }

    /// Damages an answer on its way.
    pub(crate) fn damage(fate: RequestFate, response: Response<Vec<u8>>) -> Response<Vec<u8>> {
        let (parts, mut body) = response.into_parts();
        match fate {
            RequestFate::EmptyBody => body.clear(),
            RequestFate::CutBody => body.truncate(body.len() / 2),
            RequestFate::NullBody => {
                body = b"{\"conversationId\":null,\"token\":null,\"streamUrl\":null,\"id\":null,\
                    \"activities\":null,\"watermark\":null}"
                    .to_vec();
            }
            RequestFate::HtmlBody => body = PAGE.to_vec(),
            RequestFate::Marked => body.splice(..0, *b"\xEF\xBB\xBF").for_each(drop),
            RequestFate::ArrayBody => body = b"[{}]".to_vec(),
            RequestFate::BinaryBody => body = vec![0xFF, 0xFE, 0x00, 0x80],
            RequestFate::OtherConversation => {
                body = b"{\"conversationId\":\"elsewhere-us\",\"streamUrl\":\"\"}".to_vec();
            }
            RequestFate::NoConversation => {
                let text = String::from_utf8(body).unwrap_or_default();
                body = text.replacen("\"conversationId\"", "\"conversation\"", 1).into_bytes();
            }
            _ => {}
        }
        Response::from_parts(parts, body)
    }
}

/// The number in the text of a post.
pub(crate) fn post_number(body: &str) -> u64 {
    let digits = body.split("\"post ").nth(1).and_then(|rest| rest.split('"').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// Undoes percent-encoding.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn error(code: &str) -> String {
    format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"because\"}}}}")
}

/// How many offers back a URL may be repeated.
const OFFERS_MAX: usize = 8;
/// More than can be dialled late or repeated.
const URLS_MAX: usize = 64;
/// Every status of the field with its code; the order is part of what operations mean.
const STATUSES: [(u16, &str); 23] = [
    (500, ""),
    (503, "ServiceError"),
    (429, ""),
    (502, "BotError"),
    (504, "BotError"),
    (401, ""),
    (403, "TokenExpired"),
    (403, "BadArgument"),
    (403, ""),
    (403, "RegionNotAllowed"),
    (400, "MissingProperty"),
    (400, "BadArgument"),
    (404, "BadArgument"),
    (405, ""),
    (408, ""),
    (409, ""),
    (410, ""),
    (413, "Content too Large"),
    (425, ""),
    (501, ""),
    (302, ""),
    (599, ""),
    (999, ""),
];
/// What those in between answer with.
const STRANGERS: [u16; 14] = [200, 302, 403, 401, 404, 400, 407, 511, 410, 409, 301, 402, 101, 103];
const PAGE: &[u8] = b"<html>captive portal</html>";
/// What `Retry-After` says; a date counts from [`DATE`].
const RETRY_AFTER: [Option<&str>; 8] = [
    None,
    Some("0"),
    Some("3"),
    Some("120"),
    Some("Sun, 06 Nov 1994 08:50:07 GMT"),
    Some("soon"),
    Some("99999999"),
    None,
];
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
