//! What is wrong with what others send, and a stream that takes no more: it is told, and nothing is lost.

use std::time::Duration;

use directline_relay::core::Settings;
use directline_relay::nats::{Kind, Link, Problem};
use directline_testbed::{Bot, Options, Testbed};
use serde_json::json;

use crate::rig::{Rig, answer, settings};
use crate::server::{PATIENCE, Server, name, names};

fn silent() -> Options {
    Options::default().with_bot(Bot::Silent)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_post_is_told_and_hinders_nothing() {
    // Covers: RL-51, RL-52
    let Some(rig) = Rig::new(silent()).await else { return };
    let _host = rig.host("h1").await;
    let mut outcomes = rig.stream("outcomes").await;
    let mut faults = rig.faults().await;
    rig.start("c1").await;
    let nameless = names().subject(&name("c1"), Kind::Post);
    rig.client.publish(nameless, "hush hush".into()).await.expect("sent");
    rig.post("c1", "k1", "hush hush").await;
    rig.post("c1", "k2", r#"{"type":"message","from":{"id":"user1"},"text":"hi"}"#).await;
    let said = Rig::fault(&mut faults, "post").await;
    assert_eq!((&said["conversation"], &said["host"]), (&json!("c1"), &json!("h1")));
    assert!(
        said["message"] == "it has neither Directline-Key nor Nats-Msg-Id"
            && !said.to_string().contains("hush"),
        "{said}"
    );
    let refused = outcomes.next().await.body;
    assert_eq!(refused["key"], "k1");
    assert_eq!(refused["outcome"]["refused"]["reason"], "the activity is no JSON object");
    assert_eq!(outcomes.next().await.body["key"], "k2");
    rig.client.publish(names().control(), "hush".into()).await.expect("sent");
    let said = Rig::fault(&mut faults, "command").await.to_string();
    assert!(!said.contains("hush"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_among_the_activities_hinders_none() {
    // Covers: RL-51, RL-53
    let Some(rig) = Rig::new(silent()).await else { return };
    let _host = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "1");
    assert_eq!(activities.texts(1).await, ["1"]);
    let context = async_nats::jetstream::new(rig.client.clone());
    let subject = names().subject(&name("c1"), Kind::Activity);
    let sent = context.publish(subject, r#"{"text":"foreign"}"#.into()).await.expect("sent");
    sent.await.expect("stored");
    rig.say(&id, "2");
    rig.say(&id, "3");
    assert_eq!(activities.texts(3).await, ["foreign", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_larger_than_nats_takes_is_told_and_holds_nothing_up() {
    // Covers: RL-51, RL-57
    let Some(rig) = Rig::new(silent()).await else { return };
    let _host = rig.host("h1").await;
    let (mut activities, mut faults) = (rig.stream("activities").await, rig.faults().await);
    let id = rig.start("c1").await;
    rig.say(&id, &"B".repeat(1_500_000));
    rig.say(&id, "2");
    let omitted = activities.next().await;
    assert_eq!(omitted.body["name"], "directline.omitted");
    assert!(omitted.body["id"].as_str().is_some_and(|own| own.starts_with(&id)), "{omitted:?}");
    assert!(omitted.body["channelData"]["directline"]["bytes"].as_u64() > Some(1_500_000));
    assert_eq!((omitted.position, activities.next().await.position), (Some(1), Some(2)));
    assert_eq!(Rig::fault(&mut faults, "activity").await["conversation"], "c1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_the_service_ends_is_told_and_counted_no_more() {
    // Covers: RL-51, RL-56
    let Some(rig) = Rig::new(silent()).await else { return };
    let host = rig.host("h1").await;
    let mut faults = rig.faults().await;
    let from = json!({"version": 1, "conversation": "nope"});
    let begun = json!({"version": 1, "command": "start", "conversation": "c1", "from": from});
    assert_eq!(rig.command(begun).await["result"], "done");
    let why = Rig::fault(&mut faults, "over").await["message"].clone();
    let asked = json!({"version": 1, "command": "status", "conversation": "c1"});
    let over = async {
        loop {
            let status = rig.command(asked.clone()).await["status"].clone();
            if status["stage"] == "over" {
                return status;
            }
        }
    };
    let status = tokio::time::timeout(PATIENCE, over).await.expect("it is over");
    assert_eq!(status["reason"], why);
    let figures = host.figures().text();
    assert!(figures.contains("directline_relay_conversations 0\n"), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_may_not_hear_commands_does_not_begin() {
    // Covers: RL-50
    let deaf = r#"jetstream: enabled, authorization: {users: [{user: deaf, password: hush,
        permissions: {publish: ">", subscribe: {allow: ">", deny: "directline.acme.control"}}}]}"#;
    let Some(server) = Server::start_with(deaf).await else { return };
    let access = server.access_as("deaf:hush");
    let client = Link::connect(&access).await.expect("a connection").client();
    let rig = Rig { server, testbed: Testbed::start(silent()).expect("a free port"), client };
    let refused = rig.host_at(access, "h1", settings()).await.err();
    let Some(Problem::NotPermitted(said)) = &refused else { panic!("{refused:?}") };
    assert!(said.contains("directline.acme.control"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_refused_or_missing_is_told_and_another_mends_it() {
    // Covers: RL-32, RL-51, RL-52
    let Some(rig) = Rig::without_credentials(silent()).await else { return };
    let _host = rig.host("h1").await;
    let mut faults = rig.faults().await;
    let begun = json!({"version": 1, "command": "start", "conversation": "c1"});
    assert_eq!(rig.command(begun).await["result"], "done");
    let said = Rig::fault(&mut faults, "credentials").await;
    assert_eq!(said["message"], "the application did not give any");
    let wrong = answer(&rig.client, r#"{"version":1,"secret":"hush-hush"}"#.to_owned()).await;
    let refused = async {
        loop {
            let said = Rig::fault(&mut faults, "credentials").await.to_string();
            assert!(!said.contains("hush"), "{said}");
            if said.contains("the service refused") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("it is told");
    wrong.abort();
    let good = json!({"version": 1, "secret": rig.testbed.secret()}).to_string();
    answer(&rig.client, good).await;
    let begun = async {
        while rig.testbed.open_sockets() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("it begins with one that is good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_takes_no_more_is_waited_for_and_little_is_held_meanwhile() {
    // Covers: RL-17
    let Some(rig) = Rig::new(silent()).await else { return };
    let settings = Settings { window: 16, ..settings() }.checked().expect("settings");
    let host = rig.host_with("h1", settings).await;
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "0");
    assert_eq!(activities.texts(1).await, ["0"]);
    let context = async_nats::jetstream::new(rig.client.clone());
    let limit = async |messages| {
        let stream = context.get_stream(names().store("activities")).await.expect("a stream");
        let mut config = stream.cached_info().config.clone();
        config.max_messages = messages;
        config.discard = async_nats::jetstream::stream::DiscardPolicy::New;
        context.update_stream(config).await.expect("changed");
    };
    limit(1).await;
    for number in 1..=COUNT {
        rig.say(&id, &number.to_string());
    }
    let figures = host.figures();
    let figure = |name: &str| -> u64 {
        let text = figures.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|count| count.trim().parse().ok()).expect("a figure")
    };
    let tried = async {
        while figure("directline_relay_unanswered_total") < 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, tried).await.expect("it is tried again and again");
    let delivered = figure("directline_relay_activities_delivered_total");
    assert!((16..COUNT / 2).contains(&delivered), "{delivered} are held");
    limit(-1).await;
    let wanted: Vec<_> = (1..=COUNT).map(|number| number.to_string()).collect();
    assert_eq!(activities.texts(wanted.len()).await, wanted);
}

const COUNT: u64 = 1_000;
