//! Hosts that own conversations with a service: what it says is on the stream, what is posted is sent,
//! and whoever goes is followed by another.

use std::time::Duration;

use async_nats::header;
use directline_relay::nats::{Kind, Written};
use directline_testbed::{Bot, Options};
use futures_util::StreamExt as _;
use serde_json::json;

use crate::rig::Rig;
use crate::server::{PATIENCE, name, names};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_on_the_stream_and_what_is_posted_is_sent() {
    // Covers: RL-11, RL-12, RL-21, RL-22, RL-27, RL-31
    let Some(rig) = Rig::new(Options::default()).await else { return };
    let _host = rig.host("h1").await;
    let (mut activities, mut outcomes) =
        (rig.stream("activities").await, rig.stream("outcomes").await);
    let id = rig.start("c1").await;
    rig.say(&id, "one");
    rig.say(&id, "two");
    let (one, two) = (activities.next().await, activities.next().await);
    assert_eq!((&*one.conversation, one.position), ("c1", Some(1)));
    assert_eq!((two.position, two.body["text"].as_str()), (Some(2), Some("two")));
    assert_ne!(one.id, two.id);

    rig.post("c1", "k1", r#"{"type":"message","from":{"id":"user1"},"text":"hi"}"#).await;
    let told = outcomes.next().await;
    assert_eq!(told.body["key"], "k1", "{told:?}");
    assert!(told.body["outcome"]["sent"].is_object(), "{told:?}");
    let echo = activities.next().await.body;
    assert_eq!(echo["channelData"]["clientActivityID"], "k1");
    assert_eq!(activities.texts(1).await, ["echo: hi"], "the bot's answer");

    let status =
        rig.command(json!({"version": 1, "command": "status", "conversation": "c1"})).await;
    let status = &status["status"];
    assert_eq!((&status["host"], &status["stage"]), (&json!("h1"), &json!("running")), "{status}");
    let refused =
        rig.command(json!({"version": 1, "command": "nonsense", "conversation": "c1"})).await;
    assert_eq!(refused["result"], "refused");
    let ended = rig.command(json!({"version": 1, "command": "end", "conversation": "c1"})).await;
    assert_eq!(ended["result"], "done");
    rig.post("c1", "k2", r#"{"type":"message","from":{"id":"user1"},"text":"late"}"#).await;
    let told = outcomes.next().await;
    assert!(told.body["key"] == "k2" && told.body["outcome"]["refused"].is_object(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_names_the_last_on_its_subject() {
    // Covers: RL-53
    let Some(rig) = Rig::new(Options::default()).await else { return };
    let _host = rig.host("h1").await;
    let mut outcomes = rig.stream("outcomes").await;
    rig.start("c1").await;
    let subject = |kind| names().subject(&name("c1"), kind);
    let said = rig.client.subscribe(subject(Kind::Activity)).await.expect("a subject");
    let told = rig.client.subscribe(subject(Kind::Outcome)).await.expect("a subject");
    rig.client.flush().await.expect("an answer");
    for key in ["k1", "k2"] {
        rig.post("c1", key, r#"{"type":"message","from":{"id":"user1"},"text":"hi"}"#).await;
        assert_eq!(outcomes.next().await.body["key"], key);
    }
    for published in [said, told] {
        let named = published.take(2).map(|message| {
            let headers = message.headers.expect("headers");
            let named = headers.get(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE);
            named.expect("what it comes after").to_string()
        });
        let named: Vec<_> = named.collect().await;
        assert!(named[0] == "0" && named[1] != "0", "{named:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_crashes_is_followed_by_another_without_a_loss() {
    // Covers: RL-5, RL-11
    let Some(rig) = Rig::new(Options::default().with_bot(Bot::Silent)).await else { return };
    let first = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "1");
    assert_eq!(activities.texts(1).await, ["1"]);
    let second = rig.host("h2").await;
    drop(first);
    rig.say(&id, "2");
    rig.say(&id, "3");
    assert_eq!(activities.texts(2).await, ["2", "3"]);
    rig.say(&id, "4");
    assert_eq!(activities.texts(1).await, ["4"]);
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_shared_and_handed_over_by_who_leaves() {
    // Covers: RL-1, RL-7, RL-8
    let Some(rig) = Rig::new(Options::default().with_bot(Bot::Silent)).await else { return };
    let mut first = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(rig.start(&format!("c{number}")).await);
    }
    let second = rig.host("h2").await;
    let figures = (first.figures(), second.figures());
    let shared = async {
        while count(&figures.1.text()) == 0
            || count(&figures.0.text()) + count(&figures.1.text()) != 8
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, shared).await.expect("the second gets its share");
    for id in &ids {
        rig.say(id, "x");
    }
    for _ in &ids {
        activities.next().await;
    }
    first.drain().await;
    tokio::time::timeout(PATIENCE, first.gone()).await.expect("it leaves");
    for id in &ids {
        rig.say(id, "y");
    }
    assert_eq!(activities.texts(8).await, ["y"; 8]);
    assert_eq!(count(&figures.1.text()), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_the_same_bad_token_again_and_again_is_asked_again() {
    // Covers: RL-32, RL-51
    let options = Options::default().with_bot(Bot::Silent);
    let Some(rig) = Rig::without_credentials(options).await else { return };
    let secret = json!({"version": 1, "secret": rig.testbed.secret()}).to_string();
    let bad = json!({"version": 1, "token": "n0-such-token", "expires_in": 1800}).to_string();
    let mut asked = rig.client.subscribe(names().all(Kind::Credentials)).await.expect("heard");
    rig.client.flush().await.expect("it is known");
    let (client, mut faults) = (rig.client.clone(), rig.faults().await);
    let application = tokio::spawn(async move {
        let mut answers = std::iter::repeat_n(bad, 5).chain(std::iter::repeat(secret));
        while let Some(message) = asked.next().await {
            let answer = answers.next().expect("they do not end");
            let reply = message.reply.expect("whoever asks waits for an answer");
            client.publish(reply, answer.into()).await.expect("answered");
        }
    });
    let _host = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "at last");
    assert_eq!(activities.texts(1).await, ["at last"]);
    let told = Rig::fault(&mut faults, "credentials").await;
    assert!(!told.to_string().contains("n0-such-token"), "{told}");
    application.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_the_servers_lose_is_written_again() {
    // Covers: RL-35
    let Some(rig) = Rig::new(Options::default().with_bot(Bot::Silent)).await else { return };
    let _host = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "1");
    assert_eq!(activities.texts(1).await, ["1"]);
    let (_link, stores) = rig.server.stores().await;
    let before = stores.conversations.get("c1").await.expect("an answer");
    let context = async_nats::jetstream::new(rig.client.clone());
    let name = format!("KV_{}", names().store("conversations"));
    let stream = context.get_stream(name).await.expect("the bucket's");
    stream.purge().filter("$KV.*.c1").await.expect("it was there");
    assert_eq!(stores.conversations.get("c1").await.expect("an answer").revision, 0);
    let again = async {
        loop {
            let now = stores.conversations.get("c1").await.expect("an answer");
            if now.value == before.value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("it is there again");
    rig.say(&id, "2");
    assert_eq!(activities.texts(1).await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_free_again_can_be_used_again() {
    // Covers: RL-34
    let Some(rig) = Rig::new(Options::default().with_bot(Bot::Silent)).await else { return };
    let _host = rig.host("h1").await;
    let mut activities = rig.stream("activities").await;
    rig.start("c1").await;
    let (_link, stores) = rig.server.stores().await;
    // As its owner does in the end.
    for bucket in [&stores.records, &stores.conversations] {
        let removed = async {
            loop {
                let now = bucket.get("c1").await.expect("an answer");
                let removed = bucket.remove("c1", now.revision).await;
                if let Ok(Written::Stored(_)) = removed {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, removed).await.expect("nobody writes all the time");
    }
    let id = rig.start("c1").await;
    rig.say(&id, "anew");
    let told = activities.next().await;
    assert_eq!((told.body["text"].as_str(), told.position), (Some("anew"), Some(1)));
}

/// How many conversations have a session, by a host's figures.
fn count(figures: &str) -> usize {
    let line =
        figures.lines().find_map(|line| line.strip_prefix("directline_relay_conversations "));
    line.and_then(|count| count.parse().ok()).expect("a figure")
}
