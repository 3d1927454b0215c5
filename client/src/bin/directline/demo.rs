//! `directline chat --demo`: a conversation that is broken again and again, with the count of
//! what was lost.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant};

use directline_client::directline::{Config, Credential, End, Event, Status};
use directline_client::{Handle, Update};
use directline_testbed::{
    Answer, Bot, Fault, Occasion, Options, Plan, Rule, Testbed, Trigger, When,
};

use crate::args::Chat;
use crate::embedded::loopback;
use crate::feed::{Feed, Happening};
use crate::news::News;
use crate::problem::Problem;
use crate::record;
use crate::screen::Screen;
use crate::service::Service;
use crate::settings::configure;

pub(crate) fn run(chat: &Chat) -> Result<(), Problem> {
    let plan = plan().map_err(|error| Problem::fatal(error.to_string()))?;
    let testbed = Testbed::start(Options::default().with_bot(Bot::Echo).with_plan(plan))
        .map_err(|error| Problem::fatal(format!("the service cannot be started: {error}")))?;
    let builder = Config::builder(Credential::secret(testbed.secret()).expect("a good one"))
        .with_base(testbed.base())
        .with_backoff(Duration::from_millis(20), Duration::from_millis(150))
        // The service is our own, and to ask it often troubles nobody.
        .with_attempts_at_once(1_000);
    let feed = Feed::new();
    feed.catch_signals()?;
    let network = record::wanted(chat, loopback())?;
    let mut screen = Screen::new(chat, None);
    screen.tell(
        "a conversation of 200 messages with a service in this process that breaks the \
         connection every few messages",
    );
    let handle = feed.converse(chat.driver, configure(builder, chat)?, None, &network)?;
    let mut demo = Demo {
        user: &chat.user,
        news: News::new(handle.clone(), Service::own(&testbed.base()), false),
        handle,
        screen,
        delivered: Vec::new(),
        sent: 0,
        opened: 0,
        conversation: None,
        written: Ok(()),
        is_interrupted: false,
    };
    let end = demo.run(&feed);
    let recorded = demo.conversation.as_deref().map(|id| testbed.recorded(id)).unwrap_or_default();
    let recorded: Vec<_> = recorded.iter().map(|record| record.json.as_str()).collect();
    let report = Report::new(&recorded, &demo.delivered, demo.opened.saturating_sub(1));
    let written = demo.screen.report(&report.to_string()).and_then(|()| demo.screen.flush());
    judged(end.as_ref(), &report, demo.is_interrupted, demo.written.and(written))
}

/// What it comes to; `written` is whether all could be shown.
fn judged(
    end: Option<&End>,
    report: &Report,
    is_interrupted: bool,
    written: io::Result<()>,
) -> Result<(), Problem> {
    match (end, written) {
        // A reader who has gone away does not want to know.
        (_, Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        (_, Err(error)) => Err(Problem::fatal(format!("stdout cannot be written to: {error}"))),
        (Some(End::Closed), Ok(())) if report.is_good() => Ok(()),
        (Some(End::Closed), Ok(())) if is_interrupted => {
            Err(Problem::fatal("the demonstration was interrupted"))
        }
        (Some(End::Closed) | None, Ok(())) => {
            Err(Problem::fatal("the demonstration did not go as it should"))
        }
        (Some(end), Ok(())) => Err(Problem::fatal(format!("the session ended early: {end}"))),
    }
}

struct Demo<'a> {
    user: &'a str,
    news: News,
    handle: Handle,
    screen: Screen,
    delivered: Vec<String>,
    sent: usize,
    opened: usize,
    conversation: Option<String>,
    /// What came of showing activities.
    written: io::Result<()>,
    is_interrupted: bool,
}

impl Demo<'_> {
    /// Says a message, waits until it and its answer are there, and says the next. Gives the end
    /// of the session, or `None` when time ran out.
    fn run(&mut self, feed: &Feed) -> Option<End> {
        let until = Instant::now() + TIME_MAX;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match feed.next(Some(left)) {
                Some(Happening::Update(Update::Ended(end))) => return Some(end),
                Some(Happening::Update(Update::Activity(received))) => {
                    if self.written.is_ok() {
                        self.written = self.screen.show(received.json());
                    }
                    if self.written.is_err() {
                        self.handle.close();
                    }
                    self.delivered.push(received.json().to_owned());
                    self.go_on();
                }
                Some(Happening::Update(Update::Event(event))) => self.event(&event),
                Some(Happening::Stop) => {
                    self.is_interrupted = true;
                    self.handle.close();
                }
                Some(Happening::Line(_) | Happening::Key(_) | Happening::EndOfInput) => {}
                None => return None,
            }
        }
    }

    fn event(&mut self, event: &Event) {
        if let Some(line) = self.news.describe(event) {
            self.screen.tell(&line);
        }
        match event {
            Event::Joined { conversation } => {
                self.conversation = Some(conversation.to_string());
                self.go_on();
            }
            Event::Status(Status::Live) => self.opened += 1,
            _ => {}
        }
    }

    fn go_on(&mut self) {
        if self.delivered.len() < 2 * self.sent {
            return;
        }
        if self.sent == MESSAGES / 2 {
            return self.handle.close();
        }
        self.sent += 1;
        let text = format!("message {}", self.sent);
        if let Err(error) = self.handle.send_text(self.user, &text) {
            self.screen.tell(&format!("not sent: {error}"));
        }
    }
}

/// What came of it.
struct Report {
    sent: usize,
    received: usize,
    lost: usize,
    repeated: usize,
    reconnected: usize,
}

impl Report {
    fn new(recorded: &[&str], delivered: &[String], reconnected: usize) -> Report {
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for json in delivered {
            *copies.entry(json).or_default() += 1;
        }
        Report {
            sent: recorded.len(),
            received: delivered.len(),
            lost: recorded.iter().filter(|json| !copies.contains_key(*json)).count(),
            repeated: copies.values().map(|count| count - 1).sum(),
            reconnected,
        }
    }

    fn is_good(&self) -> bool {
        let is_complete = self.sent == MESSAGES && self.received == MESSAGES;
        is_complete && self.lost == 0 && self.repeated == 0 && self.reconnected >= RECONNECTS_MIN
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Report { sent, received, lost, repeated, reconnected } = self;
        let mut table = String::new();
        for (name, count) in [
            ("sent", sent),
            ("received", received),
            ("lost", lost),
            ("repeated", repeated),
            ("reconnected", reconnected),
        ] {
            writeln!(table, "{name:<12}{count:>5}")?;
        }
        f.write_str(&table)
    }
}

/// Every sixth frame meets its end, each in another way, and some reconnects meet trouble too.
fn plan() -> Result<Plan, directline_testbed::PlanError> {
    let closed = |code: u16, when| Fault::Close { code, reason: "demo".into(), when };
    let breaks = [
        closed(1001, When::Before),
        Fault::Reset { when: When::Before },
        Fault::Cut,
        Fault::Drop { when: When::After },
        closed(1000, When::After),
        Fault::Reset { when: When::After },
    ];
    let mut rules = Vec::new();
    for (first, fault) in (1_u64..).zip(breaks.clone()) {
        let positions = (0..20).map(|round| 6 * (first + round * breaks.len() as u64));
        let trigger = Trigger::Nth(positions.collect());
        rules.push(Rule::always(Occasion::Frame, fault)?.with_trigger(trigger));
    }
    for (occasion, every, fault) in [
        (Occasion::Frame, 7, Fault::Twice),
        (Occasion::Reconnect, 4, Fault::ReplayAll),
        (Occasion::Reconnect, 5, Fault::Answer(Answer::status(503))),
        (Occasion::Handshake, 9, Fault::Answer(Answer::status(403))),
    ] {
        rules.push(Rule::always(occasion, fault)?.with_trigger(Trigger::Every(every)));
    }
    Ok(Plan::new(rules))
}

const MESSAGES: usize = 200;
const RECONNECTS_MIN: usize = 20;
/// It takes a few seconds; below the 20 that it is allowed to take.
const TIME_MAX: Duration = Duration::from_secs(18);

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Report {
        Report { sent: 200, received: 200, lost: 0, repeated: 0, reconnected: 20 }
    }

    #[test]
    fn a_report_is_good_when_nothing_is_missing_or_twice_and_much_broke() {
        assert!(good().is_good());
        for bad in [
            Report { sent: 199, ..good() },
            Report { received: 199, ..good() },
            Report { lost: 1, ..good() },
            Report { repeated: 1, ..good() },
            Report { reconnected: 19, ..good() },
        ] {
            assert!(!bad.is_good(), "{bad}");
        }
    }

    #[test]
    fn what_it_comes_to_is_told_unless_nobody_reads() {
        let bad = Report { sent: 1, ..good() };
        let failed = |kind: io::ErrorKind| Err(io::Error::from(kind));
        let (closed, gone) = (Some(&End::Closed), Some(&End::Gone));
        for (end, report, is_interrupted, written, words) in [
            (closed, &good(), false, Ok(()), None),
            (closed, &good(), true, Ok(()), None),
            (closed, &bad, true, Ok(()), Some("was interrupted")),
            (closed, &bad, false, Ok(()), Some("did not go as it should")),
            (None, &good(), false, Ok(()), Some("did not go as it should")),
            (gone, &good(), false, Ok(()), Some("ended early: the service no longer has")),
            (closed, &bad, false, failed(io::ErrorKind::BrokenPipe), None),
            (closed, &good(), false, failed(io::ErrorKind::StorageFull), Some("stdout cannot")),
        ] {
            let told = judged(end, report, is_interrupted, written).err();
            let told = told.map(|problem| problem.message).unwrap_or_default();
            assert_eq!(told.is_empty(), words.is_none(), "{told}");
            assert!(told.contains(words.unwrap_or_default()), "{told}");
        }
    }

    #[test]
    fn every_sixth_frame_meets_its_end() {
        let plan = serde_json::to_value(plan().expect("allowed")).expect("JSON");
        let rules = plan["fault"].as_array().expect("rules");
        let positions = rules.iter().filter_map(|rule| rule["nth"].as_array()).flatten();
        let mut positions: Vec<_> = positions.filter_map(serde_json::Value::as_u64).collect();
        positions.sort_unstable();
        assert_eq!(positions, (1..=120).map(|number| 6 * number).collect::<Vec<_>>());
    }
}
