//! Scenes in which the client shows what it is sent, and what else happens is done here.

use std::time::Duration;

use serde_json::json;

use super::{LAST_WORD, Scene};
use crate::bot::Bot;
use crate::cases::Case;
use crate::cases::program::Program;
use crate::cases::step::{Step, Wait};
use crate::log::{CredentialKind, Ending, LogEvent};
use crate::plan::fault::FaultKind;
use crate::plan::occasion::Occasion;
use crate::serve::Stop;
use crate::service::State;
use crate::service::activity::Activity;
use crate::service::sockets::{Disruption, SocketEnd};
use crate::testbed::Testbed;

fn case(more: &str) -> Case {
    let text = format!("[[case]]\nclause = 'WM-6'\nname = 'x'\n{more}");
    Case::parse(&text).expect("valid").remove(0)
}

/// Nothing is waited for that has not happened yet, unless a test gives it time.
fn scene<'a>(case: &'a Case, stop: &'a Stop, client: &[&str]) -> Scene<'a> {
    assert_eq!(case.options.bot, Bot::Silent);
    let testbed = Testbed::start(case.options.clone()).expect("loopback is there");
    let command: Vec<String> = client.iter().map(|word| (*word).to_owned()).collect();
    let program = Program::start(&command, &[], &testbed).expect("it is there");
    Scene { case, testbed, program, patience: Duration::ZERO, stop, sent: Vec::new() }
}

/// Conversations that were started, in alphabetical order.
fn started<const COUNT: usize>(scene: &Scene<'_>) -> [String; COUNT] {
    let mut all = [(); COUNT].map(|()| scene.testbed.with(State::mint_conversation));
    all.sort();
    scene.testbed.with(|state| state.conversations.values_mut().for_each(|it| it.started = true));
    all
}

fn message(text: &str) -> String {
    json!({ "type": "message", "text": text }).to_string()
}

#[test]
fn the_bot_speaks_where_a_client_has_joined_last() {
    let (case, stop) = (case(""), Stop::new());
    let mut scene = scene(&case, &stop, &["cat"]);
    let say = |scene: &mut Scene<'_>, text: &str| scene.take(&Step::Say(message(text)));
    assert_eq!(
        say(&mut scene, "to nobody"),
        Err("waited 0ns in vain for a conversation; --limit gives a slow client longer".to_owned())
    );
    let [first, last] = started(&scene);
    assert_eq!(say(&mut scene, "one"), Ok(()));
    scene.testbed.with(|state| drop(state.open_socket(&last, 0)));
    assert_eq!(say(&mut scene, "two"), Ok(()));
    for (conversation, text) in [(first, "one"), (last, "two")] {
        let recorded = scene.testbed.recorded(&conversation);
        assert_eq!(recorded.len(), 1);
        assert!(recorded[0].json.contains(text), "{recorded:?}");
    }
}

#[test]
fn the_newest_socket_is_cut() {
    let (case, stop) = (case(""), Stop::new());
    let mut scene = scene(&case, &stop, &["cat"]);
    let conversations: [String; 3] = started(&scene);
    for conversation in &conversations {
        scene.testbed.with(|state| drop(state.open_socket(conversation, 0)));
    }
    assert_eq!(scene.take(&Step::Cut(Disruption::End(SocketEnd::Drop))), Ok(()));
    let closed = scene.testbed.log();
    let closed = closed.events().filter_map(|event| match event {
        LogEvent::SocketClosed { socket, ending: Ending::Dropped, .. } => Some(*socket),
        _ => None,
    });
    assert_eq!(closed.collect::<Vec<_>>(), [3]);
}

#[test]
fn what_has_happened_often_enough_is_not_waited_for() {
    let (case, stop) = (case(""), Stop::new());
    let scene = scene(&case, &stop, &["cat"]);
    let on = Occasion::Post;
    for request in 1..=2 {
        scene.testbed.with(|state| {
            state.note(LogEvent::RequestReceived {
                request,
                route: Some(on),
                method: String::from("POST"),
                path: String::from("/"),
                watermark: None,
                credential: CredentialKind::Token,
            });
            state.note(LogEvent::RequestAnswered { request, status: 200 });
            state.note(LogEvent::FaultFired { rule: 1, on, fault: FaultKind::Delay });
        });
    }
    let waits = [Wait::Asked, Wait::Answered];
    let waits = waits.map(|wait| [wait(on, 2), wait(on, 3), wait(Occasion::Upload, 1)]);
    let delays = |times| Wait::Fired(FaultKind::Delay, times);
    let fired = [delays(2), delays(3), Wait::Fired(FaultKind::Drop, 1)];
    for [enough, more, others] in waits.into_iter().chain([fired]) {
        assert_eq!(scene.wait(&enough), Ok(()), "{enough:?}");
        for wait in [more, others] {
            assert!(scene.wait(&wait).is_err_and(|told| told.contains("in vain")), "{wait:?}");
        }
    }
}

#[test]
fn what_the_client_shows_is_waited_for() {
    let (case, stop) = (case(""), Stop::new());
    let mut scene = scene(&case, &stop, &["cat"]);
    scene.patience = PATIENCE;
    for text in ["one", "two", "two"] {
        scene.program.send(&message(text));
    }
    assert_eq!(scene.wait(&Wait::Shown(String::from("two"), 2)), Ok(()));
    scene.patience = Duration::ZERO;
    assert!(scene.wait(&Wait::Shown(String::from("one"), 2)).is_err());
}

#[test]
fn a_client_may_take_longer_than_a_stop_goes_unnoticed() {
    let (case, stop) = (case(""), Stop::new());
    let mut scene = scene(&case, &stop, &["sleep", "0.6"]);
    scene.patience = PATIENCE;
    assert_eq!(scene.wait(&Wait::Ended), Ok(()));
}

#[test]
fn who_is_told_to_stop_waits_no_longer() {
    let (case, stop) = (case(""), Stop::new());
    let mut scene = scene(&case, &stop, &["cat"]);
    scene.patience = PATIENCE;
    stop.stop();
    assert_eq!(scene.wait(&Wait::Ended), Err("stopped".to_owned()));
}

#[test]
fn the_last_word_is_said_when_all_posts_are_there() {
    let (case, stop) = (case("only_shown = []"), Stop::new());
    let mut scene = scene(&case, &stop, &["cat"]);
    let [conversation] = started(&scene);
    let in_vain = |posts: &str| {
        let hint = "--limit gives a slow client longer";
        Err(format!("waited 0ns in vain for {posts} to be there; {hint}"))
    };
    for posts in ["1 post", "2 posts"] {
        scene.sent.push(String::from("x"));
        assert_eq!(scene.draw_the_line(), in_vain(posts));
    }
    for _ in 0..2 {
        let post = Activity::parse(&message("x")).expect("an object");
        scene.testbed.with(|state| drop(state.hear(&conversation, post)));
    }
    scene.program.send(&message(LAST_WORD));
    scene.patience = PATIENCE;
    assert_eq!(scene.draw_the_line(), Ok(()));
    let recorded = scene.testbed.recorded(&conversation);
    assert_eq!(recorded.len(), 3);
    assert!(recorded[2].json.contains(LAST_WORD), "{recorded:?}");
}

/// No test waits that long; it turns a deadlock into a failure.
const PATIENCE: Duration = Duration::from_secs(30);
