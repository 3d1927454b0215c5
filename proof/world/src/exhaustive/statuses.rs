//! Every status, to every request, in every phase, with every kind of body and `Retry-After`: never
//! a panic, and always what this table says.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use directline::{Input, Purpose, Status};

use super::observed::{Reaction, reaction, sent};
use super::stand::{Asked, BACKOFF, PROBE_BACKOFF, RETRY_AFTER_MAX, Stand, good_body, response};
use super::stands;
use crate::graph::Graph;

/// What an answer means to whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// It works, if the body does.
    Good,
    /// It may work later.
    Later,
    /// The server does not have this.
    Lacking,
    /// There is no such conversation.
    Missing,
    /// The conversation is there already.
    Exists,
    /// The request is wrong.
    Wrong,
    /// A post that was not taken.
    Rejected,
    /// A post that may have been taken.
    Unknown,
}

use Meaning::{Exists, Good, Lacking, Later, Missing, Rejected, Unknown, Wrong};

/// The statuses, what they mean to a request, and what they mean to a post. Refused credentials
/// (401, 403, 400 with `MissingProperty`) are told apart by their code first.
const TABLE: [(RangeInclusive<u16>, Meaning, Meaning); 17] = [
    (100..=199, Later, Unknown),
    (200..=299, Good, Good),
    (300..=399, Later, Unknown),
    (400..=403, Wrong, Rejected),
    (404..=404, Missing, Rejected),
    (405..=405, Lacking, Rejected),
    (406..=407, Wrong, Rejected),
    (408..=408, Later, Unknown),
    (409..=409, Exists, Rejected),
    (410..=410, Missing, Rejected),
    (411..=424, Wrong, Rejected),
    (425..=425, Later, Unknown),
    (426..=428, Wrong, Rejected),
    (429..=429, Later, Later),
    (430..=499, Wrong, Rejected),
    (500..=999, Later, Unknown),
    (501..=501, Lacking, Unknown),
];

fn meaning(purpose: Purpose, status: u16) -> Meaning {
    // The narrower row wins.
    let rows = TABLE.iter().filter(|(statuses, ..)| statuses.contains(&status));
    let row = rows.min_by_key(|(statuses, ..)| statuses.end() - statuses.start());
    let (_, request, post) = row.expect("every status has a row");
    if is_post(purpose) { *post } else { *request }
}

fn is_post(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Post | Purpose::Upload)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Good,
    Empty,
    Html,
    /// An error with this code.
    Code(&'static str),
}

const BODIES: [Body; 7] = [
    Body::Good,
    Body::Empty,
    Body::Html,
    Body::Code("TokenExpired"),
    Body::Code("BadArgument"),
    Body::Code("MissingProperty"),
    Body::Code("RegionNotAllowed"),
];

impl Body {
    fn text(self, purpose: Purpose) -> String {
        match self {
            Body::Good if purpose == Purpose::Activities => {
                r#"{"activities":[{"id":"new"}],"watermark":"8"}"#.to_owned()
            }
            // No URL is dialled twice.
            Body::Good => good_body(purpose).replace("key-0", "key-1"),
            Body::Empty => String::new(),
            Body::Html => "<html>no</html>".to_owned(),
            Body::Code(code) => format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#),
        }
    }
}

/// The milliseconds between two pages.
const PAUSE_MIN: u64 = 200;

/// `Retry-After`, and the seconds that it asks for.
const WAITS: [(Option<&str>, Option<u64>); 4] = [
    (None, None),
    (Some("5000"), Some(5_000)),
    (Some("9000"), Some(RETRY_AFTER_MAX)),
    (Some("soon"), None),
];

/// The least and the most that a reaction may be.
type Bounds = (Reaction, Reaction);

fn just(reaction: Reaction) -> Bounds {
    (reaction, reaction)
}

/// What the contract says of an answer.
fn expected(stand: &Stand, asked: &Asked, status: u16, body: Body, wait: Option<u64>) -> Bounds {
    let (purpose, marked) = (asked.purpose, asked.has_watermark);
    if !asked.is_awaited {
        return just(Reaction::Nothing);
    }
    if is_stranger(purpose, status, body) {
        let passing = later(stand, purpose, wait);
        return if is_post(purpose) { just(Reaction::Unknown) } else { passing };
    }
    let is_refusal = match (status, body) {
        (401, _)
        | (400, Body::Code("MissingProperty"))
        | (403, Body::Code("TokenExpired" | "BadArgument")) => true,
        (403, _) => !is_post(purpose),
        _ => false,
    };
    if (status, body) == (403, Body::Code("RegionNotAllowed")) {
        return just(Reaction::EndsWrongRegion);
    }
    if is_refusal {
        return just(refused(stand, asked, status));
    }
    match meaning(purpose, status) {
        Good => good(stand, asked, body),
        Later => later(stand, purpose, wait),
        Unknown => just(Reaction::Unknown),
        Rejected => just(Reaction::Rejected),
        Missing | Wrong if purpose == Purpose::Activities && (status != 400 || !marked) => {
            match meaning(purpose, status) {
                Missing if stand.missed => just(gone(stand)),
                _ if status == 400 && stand.missed => just(gone(stand)),
                _ => later(stand, purpose, wait),
            }
        }
        Wrong if status == 400 && marked => drops_watermark(purpose, wait),
        Wrong if polls_well(stand) && !marked && purpose == Purpose::Reconnect => probes(wait),
        Exists if purpose == Purpose::Start && knows_conversation(stand) => just(Reaction::GoesOn),
        Lacking | Exists if purpose == Purpose::Activities => later(stand, purpose, wait),
        Missing | Lacking if purpose == Purpose::Reconnect => probes(wait),
        Missing | Lacking if purpose == Purpose::Generate => just(Reaction::GoesOn),
        Missing | Lacking | Exists | Wrong if purpose == Purpose::Refresh => just(Reaction::LetsBe),
        Missing | Lacking | Exists | Wrong => just(Reaction::EndsRejected),
    }
}

/// Whether somebody in between answers.
fn is_stranger(purpose: Purpose, status: u16, body: Body) -> bool {
    let has_no_route = matches!(purpose, Purpose::Generate | Purpose::Reconnect);
    match status {
        200..300 => is_post(purpose) && body == Body::Html,
        100..200 | 300..400 | 407 | 511 => true,
        408 | 425 | 429 => false,
        404 | 405 | 410 if has_no_route => false,
        400..500 => body == Body::Html,
        _ => false,
    }
}

/// At once, but for what the server asks for, and no page sooner after the one before.
fn drops_watermark(purpose: Purpose, wait: Option<u64>) -> Bounds {
    let least = wait.unwrap_or(0) * 1_000;
    let most = if purpose == Purpose::Activities { least.max(PAUSE_MIN) } else { least };
    (Reaction::DropsWatermark(least), Reaction::DropsWatermark(most))
}

fn refused(stand: &Stand, asked: &Asked, status: u16) -> Reaction {
    let has_other = stand.has_secret() && !asked.by_secret;
    if stand.refused == Some(status) {
        Reaction::EndsRefused
    } else if has_other {
        Reaction::OtherCredential
    } else if stand.session.status() == Status::NeedsToken {
        // It was asked for already.
        Reaction::LetsBe
    } else {
        Reaction::AsksForToken
    }
}

fn good(stand: &Stand, asked: &Asked, body: Body) -> Bounds {
    let purpose = asked.purpose;
    let is_object = matches!(body, Body::Code(_));
    match purpose {
        _ if body == Body::Good || is_post(purpose) => just(Reaction::GoesOn),
        // An object that names no stream URL offers no socket.
        Purpose::Reconnect if is_object => probes(None),
        Purpose::Start if is_object && knows_conversation(stand) => probes(None),
        _ => later(stand, purpose, None),
    }
}

fn gone(stand: &Stand) -> Reaction {
    // While a socket is open, the history may be missing and the conversation is not.
    if stand.session.status() == Status::Live { Reaction::TellsGap } else { Reaction::EndsGone }
}

/// The pause of the backoff, or what the server asks for if that is longer.
fn later(stand: &Stand, purpose: Purpose, wait: Option<u64>) -> Bounds {
    let connects = matches!(purpose, Purpose::Generate | Purpose::Start | Purpose::Reconnect);
    let longest = if connects && polls_well(stand) { PROBE_BACKOFF } else { BACKOFF };
    let (least, most) = pause(longest, wait);
    // A refresh is not tried again when the token will be gone.
    if purpose == Purpose::Refresh && stand.now + least * 1_000 >= TOKEN_LIFETIME {
        return just(Reaction::LetsBe);
    }
    (Reaction::Waits(least * 1_000), Reaction::Waits(most * 1_000))
}

/// No socket is to be had: it polls, and asks again much later.
fn probes(wait: Option<u64>) -> Bounds {
    let (least, most) = pause(PROBE_BACKOFF, wait);
    (Reaction::Waits(least * 1_000), Reaction::Waits(most * 1_000))
}

/// The least and the most seconds of a pause, which the server may have asked to be longer.
fn pause(longest: u64, wait: Option<u64>) -> (u64, u64) {
    let (least, most) = (longest / 4, longest);
    wait.map_or((least, most), |wait| (least.max(wait), most.max(wait)))
}

fn polls_well(stand: &Stand) -> bool {
    stand.session.status() == Status::Polling
}

/// A conversation is known before the start when a token was generated for it.
fn knows_conversation(stand: &Stand) -> bool {
    stand.asked.iter().any(|asked| asked.purpose == Purpose::Generate) && stand.has_token()
}

impl Stand {
    fn has_secret(&self) -> bool {
        self.asked.iter().any(|asked| asked.by_secret)
    }

    fn has_token(&self) -> bool {
        self.asked.iter().any(|asked| !asked.by_secret)
    }

    /// Lets a few deadlines pass: no spinning.
    fn goes_on(&mut self) {
        let began = self.now;
        for _ in 0..8 {
            let Some(by) = self.session.deadline() else { return };
            self.now = by.as_millis();
            self.feed(Input::Timeout);
        }
        assert!(self.now > began, "{}: spins", self.name);
    }
}

/// Gives one answer to one request and holds what comes of it against the table.
fn check(
    stand: &Stand,
    asked: &Asked,
    status: u16,
    body: Body,
    (header, wait): (Option<&str>, Option<u64>),
) -> Reaction {
    let mut after = stand.clone();
    let answer = response(status, header, &body.text(asked.purpose));
    let outputs = after.feed(Input::Response { request: asked.request, response: answer });
    let is_same = after.session == stand.session;
    let seen = if is_same { Reaction::Nothing } else { reaction(&outputs, after.now) };
    let (least, most) = expected(stand, asked, status, body, wait);
    let place = || {
        let Asked { purpose, .. } = asked;
        format!("{}, {purpose:?}, {status}, {body:?}, Retry-After {header:?}", stand.name)
    };
    assert!((least..=most).contains(&seen), "{}: {seen:?}, not {least:?}..={most:?}", place());
    if seen == Reaction::AsksForToken {
        assert_eq!(sent(&outputs), [], "{}: nothing is sent without a credential", place());
    }
    if seen == Reaction::Nothing {
        assert_eq!(outputs, [], "{}: a trace", place());
    }
    // What follows depends on the class alone.
    if status % 50 == 0 || matches!(status, 400..=430 | 501) {
        after.goes_on();
    }
    match seen {
        Reaction::Waits(_) => Reaction::Waits(0),
        other => other,
    }
}

/// Every answer to every request in every stand; gives how many there were.
pub fn every_answer() -> u64 {
    let mut seen = BTreeMap::new();
    for (node, stand) in stands::all() {
        assert!(!stand.asked.is_empty(), "{}: nothing to answer", stand.name);
        for asked in &stand.asked {
            for status in 100..=999 {
                let bodies = BODIES.map(|body| (body, WAITS[0]));
                let waits = WAITS.map(|wait| (Body::Empty, wait));
                for (body, wait) in bodies.into_iter().chain(waits.into_iter().skip(1)) {
                    // What nobody waits for is not even looked at.
                    if !asked.is_awaited && (body != Body::Empty || wait != WAITS[0]) {
                        continue;
                    }
                    let reaction = check(&stand, asked, status, body, wait);
                    *seen.entry((asked.purpose, node, reaction)).or_insert(0_u64) += 1;
                }
            }
        }
    }
    for purpose in PURPOSES {
        let is_it = |(of, _, reaction): &(Purpose, &str, Reaction)| {
            *of == purpose && *reaction != Reaction::Nothing
        };
        assert!(seen.keys().any(is_it), "{purpose:?} was never awaited");
    }
    for node in Graph::reviewed().nodes() {
        assert!(seen.keys().any(|(_, of, _)| *of == node), "{node} was never stood in");
    }
    seen.values().sum()
}

const PURPOSES: [Purpose; 7] = [
    Purpose::Generate,
    Purpose::Start,
    Purpose::Reconnect,
    Purpose::Refresh,
    Purpose::Activities,
    Purpose::Post,
    Purpose::Upload,
];
const TOKEN_LIFETIME: u64 = 1_000_000;
