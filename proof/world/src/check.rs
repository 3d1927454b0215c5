//! Checks of single texts: what properties, fuzzing and corpora hold against every one of them.

use std::collections::BTreeSet;
use std::ops::Range;

use directline::{
    Action, Checkpoint, Config, Credential, Event, Input, Misuse, Moment, Output, RequestId,
    Session, SocketId, Token, Upload, UploadFile,
};
use http::Response;

use super::live::{LIVE_AT, first_request, live_session, live_session_with};
use super::slow::{self, Found, Reading, Watermark};
use super::violation::{Verdict, Violation, ensure};

/// Deeper than the everyday reader goes.
const DEPTH: usize = 100;

thread_local! {
    // Copied for each text: to make them takes longer than most texts do.
    static LIVE: (Session, SocketId) = live_session();
    static WAITING: Vec<(Session, RequestId)> = waiting_sessions();
    static RESUMED: Config = {
        let few = Config::builder(Credential::token("token").expect("a credential")).with_seen_ids_max(16);
        few.build().expect("valid")
    };
}

/// Gives a frame to a live session and compares what comes of it with the obvious reader.
pub fn frame(text: &str) -> Verdict {
    LIVE.with(|live| frame_on(live, text))
}

/// What came of a frame.
#[derive(Debug, Default)]
pub struct Handed {
    /// Where in the frame the activities lie that were handed out.
    pub spans: Vec<Range<usize>>,
    pub is_shut: bool,
    pub is_over: bool,
}

/// Gives a frame to a session, and takes out all that comes of it.
///
/// # Errors
///
/// Never because of the frame.
pub fn hand_in(session: &mut Session, socket: SocketId, text: &str) -> Result<Handed, Misuse> {
    let text = text.to_owned();
    let begin = text.as_ptr() as usize;
    session.handle(LIVE_AT, Input::Frame { socket, text })?;
    let mut handed = Handed::default();
    while let Some(output) = session.poll() {
        match output {
            Output::Event(Event::Delivered(batch)) => {
                for activity in batch.iter() {
                    // The batch owns the very text of the frame, so that places can be compared.
                    let start = activity.json().as_ptr() as usize - begin;
                    handed.spans.push(start..start + activity.json().len());
                }
            }
            Output::Action(Action::Shut { .. }) => handed.is_shut = true,
            Output::Event(Event::Ended(_)) => handed.is_over = true,
            _ => {}
        }
    }
    Ok(handed)
}

/// As [`frame`], with a copy of a live session that is at hand.
pub(crate) fn frame_on(live: &(Session, SocketId), text: &str) -> Verdict {
    let (mut session, socket) = live.clone();
    let Handed { spans, is_shut, .. } = hand_in(&mut session, socket, text)
        .map_err(|misuse| Violation::new("RX-6", misuse.to_string()))?;
    if let Some(deep) = deepened(text) {
        let mut other = live.0.clone();
        let handed = hand_in(&mut other, socket, &deep).is_ok_and(|handed| {
            let more = deep.len() - text.len();
            let moved = spans.iter().map(|span| span.start + more..span.end + more);
            moved.eq(handed.spans) && handed.is_shut == is_shut
        });
        let is_same = handed && other == session;
        ensure(is_same, "RX-1", || format!("{text:?} is read otherwise behind what is deep"))?;
    }
    // RX-8: it is skipped, and what lies behind it begins where it was.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return ensure(spans.is_empty() && !is_shut, "RX-2", || "blank is life".to_owned());
    }
    let Some(reading) = slow::read(text) else {
        let is_untouched = session.checkpoint().is_some_and(|own| own.watermark().is_none());
        return ensure(spans.is_empty() && is_shut && is_untouched, "RX-4", || {
            format!("{text:?} gave {spans:?}")
        });
    };
    compare(text, &reading, &session, &spans)
}

/// The same object behind a member that is nested so deep that a session leaves the frame to its reader
/// of what is rare; what is no object is not changed by a member.
fn deepened(text: &str) -> Option<String> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let object = text.trim_start_matches(is_space);
    let (space, rest) = (&text[..text.len() - object.len()], object.strip_prefix('{')?);
    let comma = if rest.trim_start_matches(is_space).starts_with('}') { "" } else { "," };
    Some(format!("{space}{{\"deep\":{}{}{comma}{rest}", "[".repeat(DEPTH), "]".repeat(DEPTH)))
}

fn compare(text: &str, reading: &Reading, session: &Session, spans: &[Range<usize>]) -> Verdict {
    let all: Vec<_> = reading.activities.iter().map(|found| found.span.clone()).collect();
    let repeats = repeats(&reading.activities);
    if repeats.is_empty() {
        ensure(spans == all, "RX-1", || format!("{text:?}: {spans:?}, should be {all:?}"))?;
    } else {
        // Which copies go is de-duplication's business (a later timestamp tells them apart).
        let firsts = all.iter().enumerate().filter(|(at, _)| !repeats.contains(at));
        let has_firsts = firsts.into_iter().all(|(_, span)| spans.contains(span));
        let mut rest = all.iter();
        let in_order = spans.iter().all(|span| rest.any(|own| own == span));
        ensure(has_firsts && in_order, "DD-1", || format!("{text:?}: {spans:?} of {all:?}"))?;
    }
    let counters = session.counters();
    ensure(counters.bad_elements == reading.bad_elements, "RX-3", || {
        format!("{text:?}: {} bad, should be {}", counters.bad_elements, reading.bad_elements)
    })?;
    ensure((counters.unknown_frames == 0) == reading.is_known, "RX-2", || format!("{text:?}"))?;
    let checkpoint = session.checkpoint();
    let watermark = checkpoint.as_ref().and_then(Checkpoint::watermark);
    let expected = match &reading.watermark {
        Watermark::At(mark) => Some(mark.as_str()),
        Watermark::Unsaid | Watermark::Unusable => None,
    };
    ensure(watermark == expected, "WM-1", || format!("{text:?}: {watermark:?}, not {expected:?}"))
}

/// The places of activities whose id stands before them in the same frame.
fn repeats(activities: &[Found]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut places = BTreeSet::new();
    for (at, found) in activities.iter().enumerate() {
        if found.copy_id().is_some_and(|id| !seen.insert(id)) {
            places.insert(at);
        }
    }
    places
}

/// Answers every kind of request with these bytes: two of status, one of headers, the body.
pub fn response(bytes: &[u8]) -> Verdict {
    let (head, body) = bytes.split_at(bytes.len().min(3));
    let byte = |at: usize| u16::from(head.get(at).copied().unwrap_or(0));
    let status = 100 + (byte(0) * 256 + byte(1)) % 900;
    let mut builder = Response::builder().status(status);
    if byte(2) % 4 == 1 {
        // The body's beginning as a header, if one can be made of it.
        let value = &body[..body.len().min(40)];
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            builder = builder.header("Retry-After", value);
        }
    }
    let Ok(response) = builder.body(body.to_vec()) else { return Ok(()) };
    for (mut session, request) in WAITING.with(Clone::clone) {
        let input = Input::Response { request, response: response.clone() };
        session
            .handle(Moment::from_millis(10), input)
            .map_err(|misuse| Violation::new("RX-6", misuse.to_string()))?;
        settle(&mut session)?;
    }
    Ok(())
}

/// Sessions that wait for an answer to each kind of request.
fn waiting_sessions() -> Vec<(Session, RequestId)> {
    let config = |credential: Credential| Config::builder(credential).build().expect("valid");
    let token = || {
        config(
            Token::new("token")
                .expect("a credential")
                .lasting(std::time::Duration::from_secs(100))
                .into(),
        )
    };
    let polling = Config::builder(Credential::token("token").expect("a credential"))
        .with_way(directline::Way::Polling);
    let bare = Checkpoint::new("c-us").expect("an id");
    let marked = bare.clone().with_watermark("7").expect("short");
    let live = |input| {
        let (mut session, _) = live_session();
        session.handle(LIVE_AT, input).expect("a good post");
        session
    };
    let (key, activity) = (directline::PostKey(1), "{\"type\":\"message\"}".to_owned());
    let upload = Upload::new(vec![UploadFile::new("a.txt", "text/plain", vec![1])]);
    let sessions = [
        Session::new(token(), Moment::ZERO),
        Session::new(config(Credential::secret("hush.s").expect("a credential")), Moment::ZERO),
        Session::resume(token(), bare.clone(), Moment::ZERO),
        Session::resume(token(), marked, Moment::ZERO),
        live(Input::Post { key, activity }),
        live(Input::Upload { key, upload }),
        refreshing_session(),
        Session::resume(polling.build().expect("valid"), bare, Moment::ZERO),
    ];
    let waits = |mut session| {
        let request = first_request(&mut session);
        (session, request)
    };
    sessions.map(waits).into()
}

/// A session whose token is half through its life, with nothing else under way.
fn refreshing_session() -> Session {
    let calm = Config::builder(Credential::token("token").expect("a credential"))
        .with_keepalive_interval(None);
    let config = calm.without_liveness_timeout().build().expect("valid");
    let (mut session, _) = live_session_with(config);
    session.handle(Moment::from_millis(900_000), Input::Timeout).expect("no mistake");
    session
}

/// Takes all outputs and lets a few deadlines pass: nothing loops, nothing panics.
fn settle(session: &mut Session) -> Verdict {
    for _ in 0..20 {
        let mut outputs = 0;
        while session.poll().is_some() {
            outputs += 1;
            ensure(outputs < 1_000, "RX-6", || "outputs without end".to_owned())?;
        }
        let Some(by) = session.deadline() else { return Ok(()) };
        session
            .handle(by, Input::Timeout)
            .map_err(|misuse| Violation::new("RX-6", misuse.to_string()))?;
    }
    Ok(())
}

/// Restores a checkpoint from hostile text: it is refused, or it reads back as itself and resumes.
pub(crate) fn checkpoint(text: &str) -> Verdict {
    let Ok(checkpoint) = Checkpoint::from_json(text) else { return Ok(()) };
    let written = checkpoint.to_json();
    let again = Checkpoint::from_json(&written).ok();
    ensure(again.as_ref() == Some(&checkpoint), "RX-6", || format!("{written} is another"))?;
    ensure(checkpoint.to_json() == written, "TM-2", || format!("{written} changes"))?;
    let config = RESUMED.with(Clone::clone);
    let mut session = Session::resume(config, checkpoint.clone(), Moment::ZERO);
    let is_gap = |output: &Output| matches!(output, Output::Event(Event::Gap(_)));
    let gaps = |session: &mut Session| std::iter::from_fn(|| session.poll()).filter(is_gap).count();
    let gaps_at_first = gaps(&mut session);
    let restored = session.checkpoint();
    let marks = restored.as_ref().map(|own| (own.conversation(), own.watermark()));
    let expected = Some((checkpoint.conversation(), checkpoint.watermark()));
    ensure(marks == expected, "TM-7", || format!("{marks:?} of {expected:?}"))?;
    settle(&mut session)?;
    let has_gap = gaps_at_first + gaps(&mut session) > 0;
    ensure(!has_gap, "RX-7", || "a gap out of nowhere".to_owned())
}
