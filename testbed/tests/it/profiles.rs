//! What the tests of the profiles share, and what holds for all of them.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::time::Duration;

use directline_testbed::{
    Bot, Cue, Ending, FaultKind, Log, LogEvent, MintedToken, Options, Plan, Profile, Script, Step,
    Stop, Telling, Testbed, serve,
};
use serde_json::{Value, json};

use crate::raw::{Answer, Call};
use crate::world::{A_MOMENT, World, quiet, texts};

/// A quiet world of this profile, in which empty messages would soon show.
pub(crate) fn world(profile: Profile) -> World {
    World::with(options(profile))
}

pub(crate) fn options(profile: Profile) -> Options {
    let interval = Some(Duration::from_millis(5));
    quiet().with_profile(profile).with_empty_message_interval(interval)
}

/// Options with a bot that speaks only long after the service has lost its patience.
pub(crate) fn late_bot(profile: Profile) -> Options {
    let say = vec![json!({ "type": "message", "text": "late" }).to_string()];
    let step = Step { cue: Cue::Always, delay: Duration::from_secs(3600), say, end: false };
    let bot = Bot::Scripted(Script::new(vec![step]));
    options(profile).with_bot(bot).with_bot_patience(Duration::from_millis(1))
}

/// A request for a path from the root of the service.
pub(crate) fn call(method: &'static str, target: &str, bearer: &str, body: &str) -> Call {
    Call {
        method,
        target: target.to_string(),
        bearer: Some(bearer.to_string()).filter(|bearer| !bearer.is_empty()),
        headers: vec![("Content-Type", "application/json".to_string())],
        body: body.as_bytes().to_vec(),
    }
}

impl World {
    pub(crate) fn ask(
        &self,
        method: &'static str,
        target: &str,
        bearer: &str,
        body: &str,
    ) -> Answer {
        call(method, target, bearer, body).send(self.testbed.address()).expect("an answer")
    }

    /// Sends a request that must never be answered, and waits until that is decided.
    pub(crate) fn expect_silence(&self, call: &Call) {
        let hung = |log: &Log| {
            log.count(|event| {
                matches!(event, LogEvent::RequestAbandoned { ending: Ending::Hung, .. })
            })
        };
        let before = hung(&self.testbed.log());
        let mut stream = call.write(self.testbed.address()).expect("it listens");
        self.wait(|log| hung(log) > before);
        stream.set_read_timeout(Some(A_MOMENT)).expect("a socket option");
        let read = stream.read(&mut [0; 1]).map_err(|error| error.kind());
        let silence = [Err(io::ErrorKind::WouldBlock), Err(io::ErrorKind::TimedOut)];
        assert!(silence.contains(&read), "{read:?}");
    }
}

pub(crate) fn message(text: &str) -> String {
    json!({ "type": "message", "from": { "id": "user1" }, "text": text }).to_string()
}

/// Whether it is a GUID, as a text.
pub(crate) fn is_guid(value: &Value) -> bool {
    let groups: Vec<usize> = value.as_str().unwrap_or_default().split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
}

#[test]
fn the_real_service_is_the_default() {
    assert_eq!(Options::default().profile, Profile::Service);
    let testbed = Testbed::start(quiet()).expect("loopback is there");
    assert_eq!(testbed.base(), format!("http://{}", testbed.address()));
}

#[test]
fn profiles_are_known_by_name() {
    let names: Vec<&str> = Profile::names().collect();
    assert_eq!(names, ["service", "emulator", "offline-directline", "indirectline"]);
    for name in names {
        assert_eq!(Profile::named(name).expect("built in").to_string(), name);
    }
    assert_eq!(Profile::named("Emulator"), None);
}

#[test]
fn the_bot_of_the_real_service_may_fail() {
    let world = World::with(options(Profile::Service).with_bot_status(500));
    let started = world.start();
    let answer = world.message(&started, "a");
    assert_eq!((answer.status, answer.code().as_str()), (502, "BotRejectedActivity"));
    assert_eq!(world.testbed.recorded(&started.conversation).len(), 1, "it was recorded first");
}

/// A client that polls, and keeps the last watermark that is a number.
struct Poller<'a> {
    world: &'a World,
    target: String,
    token: String,
    watermark: String,
    seen: BTreeSet<String>,
}

impl Poller<'_> {
    fn poll(&mut self) {
        let target = format!("{}?watermark={}", self.target, self.watermark);
        let answer = self.world.ask("GET", &target, &self.token, "");
        let page = answer.json();
        if answer.status == 200 {
            self.seen.extend(texts(&page));
        }
        if page["watermark"].is_u64() {
            self.watermark = page["watermark"].to_string();
        }
    }
}

#[test]
fn polling_loses_nothing_whatever_breaks() {
    for (profile, mount) in [
        (Profile::Emulator, "/v3/directline"),
        (Profile::OfflineDirectline, "/directline"),
        (Profile::InDirectLine, "/v3/directline"),
    ] {
        let plan = Plan::named("nasty").expect("built in");
        let world = World::with(options(profile).with_plan(plan).with_seed(4));
        let MintedToken { conversation, token } = world.testbed.generate_token(Some("user1"));
        let target = format!("{mount}/conversations/{conversation}/activities");
        let (watermark, seen) = (String::new(), BTreeSet::new());
        let mut poller = Poller { world: &world, target, token, watermark, seen };
        for number in 0..50 {
            let said = message(&number.to_string());
            world.testbed.say(&conversation, &said).expect("known");
            // Every tenth answer is an error; a hundred in a row are not to be expected.
            for _ in 0..100 {
                if poller.seen.len() <= number {
                    poller.poll();
                }
            }
            assert_eq!(poller.seen.len(), number + 1, "{profile}");
        }
        assert!(world.fired(FaultKind::Answer) > 0, "{profile}");
    }
}

#[test]
fn serving_a_profile_says_so() {
    let introduced = |profile: Profile| {
        let (mut out, stop) = (Vec::new(), Stop::new());
        stop.stop();
        serve(options(profile), Telling::default(), &mut out, &mut io::sink(), &stop)
            .expect("no error");
        String::from_utf8(out).expect("UTF-8")
    };
    assert!(!introduced(Profile::Service).contains("Profile"));
    let offline = introduced(Profile::OfflineDirectline);
    let lines: Vec<&str> = offline.lines().collect();
    assert!(lines[0].ends_with("/directline") && !lines[0].contains("/v3"), "{offline}");
    assert_eq!(lines[1], "Profile: offline-directline");
    let other = introduced(Profile::InDirectLine);
    assert!(other.contains("/v3/directline/tokens/generate"), "{other}");
    assert!(!other.contains("Bearer"), "a secret opens nothing there: {other}");
}
