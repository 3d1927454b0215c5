//! Buckets, streams and the queue, as a real server keeps them.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::DiscardPolicy;
use bytes::Bytes;
use directline_relay::nats::{Entry, Kind, Layout, Link, Problem, Published, Seen, Written};

use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::server::{LAYOUT, PATIENCE, Server, name, names, refusal};

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test]
async fn a_key_is_written_by_whoever_knows_its_revision() {
    // Covers: RL-4, RL-9
    let Some(server) = Server::start().await else { return };
    let (_link, stores) = server.stores().await;
    let bucket = &stores.conversations;
    assert_eq!(bucket.get("a").await, Ok(Entry::default()));
    let Ok(Written::Stored(first)) = bucket.put("a", text("1"), 0).await else {
        panic!("nothing was there")
    };
    assert_eq!(bucket.put("a", text("2"), 0).await, Ok(Written::Conflict));
    let Ok(Written::Stored(second)) = bucket.put("a", text("2"), first).await else {
        panic!("it was of that revision")
    };
    assert_eq!(bucket.remove("a", first).await, Ok(Written::Conflict));
    assert_eq!(bucket.get("a").await, Ok(Entry { value: Some(text("2")), revision: second }));
    let Ok(Written::Stored(removed)) = bucket.remove("a", second).await else {
        panic!("it was of that revision")
    };
    assert_eq!(bucket.get("a").await, Ok(Entry { value: None, revision: removed }));
    assert_eq!(bucket.put("a", text("3"), second).await, Ok(Written::Conflict));
    assert!(matches!(bucket.put("a", text("3"), removed).await, Ok(Written::Stored(_))));
}

#[tokio::test]
async fn of_all_that_replace_a_revision_at_once_one_is_stored_in_a_cluster_too() {
    // Covers: RL-4, RL-9, RL-20
    let Some(cluster) = Cluster::start().await else { return };
    let stores = cluster.stores().await;
    let version = stores[0].0.client().server_info().version;
    let told = Layout { replicas: 3, ..LAYOUT }.forgetful(&stores[0].0);
    assert_eq!(
        told,
        version.starts_with("2.9.").then_some(version),
        "and it is said of an old one"
    );
    assert_eq!(LAYOUT.forgetful(&stores[0].0), None);
    let records = || stores.iter().map(|(_, stores)| stores.records.clone());
    for round in 0..40 {
        let key = format!("k{round}");
        let first = stores[0].1.records.put(&key, text("first"), 0).await;
        let Ok(Written::Stored(revision)) = first else { panic!("nothing was there: {first:?}") };
        let mut writers = JoinSet::new();
        for (number, bucket) in records().enumerate() {
            let (key, value) = (key.clone(), Bytes::from(number.to_string()));
            writers.spawn(async move { (bucket.put(&key, value.clone(), revision).await, value) });
        }
        let mut stored = Vec::new();
        for (written, value) in writers.join_all().await {
            match written.expect("an answer") {
                Written::Stored(revision) => stored.push(Entry { value: Some(value), revision }),
                Written::Conflict => {}
            }
        }
        let found = stores[0].1.records.get(&key).await.expect("an answer");
        assert_eq!(stored, [found], "round {round}: one was stored, and it stands there");
    }
}

#[tokio::test]
async fn a_watch_tells_what_stands_and_what_is_written_and_what_ages_out_is_gone() {
    // Covers: RL-4
    let Some(server) = Server::start().await else { return };
    let (_link, stores) = server.stores().await;
    let hosts = &stores.hosts;
    let mut empty = hosts.watch();
    assert_eq!(empty.next().await, Ok(Seen::Synced));
    let Ok(Written::Stored(revision)) = hosts.put("h1", text("1"), 0).await else {
        panic!("nothing was there")
    };
    let mut watch = hosts.watch();
    let entry = Entry { value: Some(text("1")), revision };
    let seen = Seen::Entry { key: String::from("h1"), entry };
    assert_eq!(watch.next().await, Ok(seen.clone()));
    assert_eq!(watch.next().await, Ok(Seen::Synced));
    assert_eq!(empty.next().await, Ok(seen));
    let Ok(Written::Stored(revision)) = hosts.remove("h1", revision).await else {
        panic!("it was of that revision")
    };
    let entry = Entry { value: None, revision };
    assert_eq!(watch.next().await, Ok(Seen::Entry { key: String::from("h1"), entry }));

    assert!(matches!(hosts.put("h2", text("1"), 0).await, Ok(Written::Stored(_))));
    let aged = async {
        while hosts.get("h2").await != Ok(Entry::default()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, aged).await.expect("what is not renewed ages out");
    assert!(matches!(hosts.put("h2", text("2"), 0).await, Ok(Written::Stored(_))));
}

#[tokio::test]
async fn a_repeated_publication_is_stored_once_and_one_that_was_overtaken_never() {
    // Covers: RL-12, RL-53
    let Some(mut server) = Server::start().await else { return };
    let (_link, stores) = server.stores().await;
    let subject = names().subject(&name("a"), Kind::Activity);
    let publish = async |id: &str, after| {
        let headers = HeaderMap::new();
        stores.activities.publish(&subject, id, headers, text("{}"), after).await
    };
    let Ok(Published::Stored(first)) = publish("1", 0).await else { panic!("the first") };
    assert_eq!(publish("1", 0).await, Ok(Published::Stored(first)));
    let Ok(Published::Stored(second)) = publish("2", first).await else { panic!("next") };
    assert_eq!(publish("3", first).await, Ok(Published::Overtaken));
    assert_eq!(publish("2", first).await, Ok(Published::Stored(second)));
    assert_eq!(publish("1", second).await, Ok(Published::Stored(first)));

    server.restart().await;
    let again = async {
        loop {
            match publish("2", second).await {
                Ok(stored) => return stored,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let again = tokio::time::timeout(PATIENCE, again).await.expect("it comes back");
    assert_eq!(again, Published::Stored(second), "it remembers ids over a restart");
    let last = stores.activities.last(&subject).await.expect("an answer");
    assert_eq!((last.sequence, last.id.as_deref()), (second, Some("2")));
}

#[tokio::test]
async fn posts_are_read_by_conversation_in_order_and_removed() {
    // Covers: RL-54
    let Some(server) = Server::start().await else { return };
    let (link, stores) = server.stores().await;
    let context = async_nats::jetstream::new(link.client());
    let put = async |conversation: &str, body: &'static str| {
        let subject = names().subject(&name(conversation), Kind::Post);
        let stored = context.publish(subject, text(body)).await.expect("sent").await;
        stored.expect("stored").sequence
    };
    use futures_util::StreamExt;
    let mut notices =
        link.client().subscribe(names().all(Kind::Queued)).await.expect("a subscription");
    link.client().flush().await.expect("it is known");
    let (first, other, second) = (put("a", "1").await, put("b", "2").await, put("a", "3").await);
    let notice = notices.next().await.expect("a notice");
    assert_eq!(names().conversation(&notice.subject, Kind::Queued), Some(name("a")));
    assert!(notice.payload.is_empty(), "a notice has no text");

    let next = async |conversation: &str, from| {
        let found = stores.posts.next(&name(conversation), from).await.expect("an answer");
        found.map(|queued| (queued.sequence, queued.payload))
    };
    assert_eq!(next("a", 0).await, Some((first, text("1"))));
    assert_eq!(next("a", first + 1).await, Some((second, text("3"))));
    assert_eq!(next("a", second + 1).await, None);
    assert_eq!(next("c", 0).await, None);
    assert_eq!(stores.posts.remove(first).await, Ok(()));
    assert_eq!(stores.posts.remove(first).await, Ok(()), "it may be gone");
    assert_eq!(next("a", 0).await, Some((second, text("3"))));
    assert_eq!(next("b", 0).await, Some((other, text("2"))));
    let mut waiting = stores.posts.waiting().await.expect("an answer");
    waiting.sort();
    assert_eq!(waiting, [name("a"), name("b")]);
}

#[tokio::test]
async fn what_will_not_do_is_refused_in_a_sentence() {
    // Covers: RL-50
    let Some(server) = Server::start().await else { return };
    let (link, _stores) = server.stores().await;
    let longer = Layout { lease: Duration::from_secs(5), ..LAYOUT };
    let refused = longer.open(&link, &names()).await.err().expect("another lease");
    assert_eq!(
        refused.to_string(),
        "KV_directline_acme_hosts has max_age (lease) 2s, wanted is 5s"
    );
    let shorter = Layout { duplicate_window: Duration::from_secs(30), ..LAYOUT };
    let refused = shorter.open(&link, &names()).await.err().expect("another window");
    let said = "directline_acme_activities has duplicate_window 60s, wanted is 30s";
    assert_eq!(refused.to_string(), said);
    assert!(LAYOUT.open(&link, &names()).await.is_ok());

    // What is full may refuse, and not drop what nobody has read.
    let context = async_nats::jetstream::new(link.client());
    let mut posts = context.get_stream("directline_acme_posts").await.expect("posts");
    let mut bounded = posts.info().await.expect("its settings").config.clone();
    bounded.max_messages = 1_000;
    context.update_stream(&bounded).await.expect("an operator's bound");
    let refused = LAYOUT.open(&link, &names()).await.err().expect("what drops posts");
    let said =
        "directline_acme_posts has discard (beside max_msgs or max_bytes) Old, wanted is New";
    assert_eq!(refused.to_string(), said);
    bounded.discard = DiscardPolicy::New;
    bounded.max_message_size = 1_000;
    context.update_stream(&bounded).await.expect("an operator's bound");
    let refused = LAYOUT.open(&link, &names()).await.err().expect("what takes no activity");
    let said = "directline_acme_posts has max_msg_size 1000, wanted is -1, or more than 524288";
    assert_eq!(refused.to_string(), said);
    bounded.max_message_size = -1;
    context.update_stream(&bounded).await.expect("an operator's bound");
    assert!(LAYOUT.open(&link, &names()).await.is_ok());

    // Servers of 2.9 know of no such thing.
    let outcomes = context.get_stream("directline_acme_outcomes").await.expect("outcomes");
    let mut config = serde_json::to_value(&outcomes.cached_info().config).expect("JSON");
    let elsewhere =
        serde_json::json!({"src": "directline.acme.*.outcome", "dest": "gone.{{wildcard(1)}}"});
    config["subject_transform"] = elsewhere;
    let update = "STREAM.UPDATE.directline_acme_outcomes";
    let _: serde_json::Value = context.request(update, &config).await.expect("an answer");
    let opened = LAYOUT.open(&link, &names()).await.err().map(|refused| refused.to_string());
    let said = "directline_acme_outcomes has subject_transform";
    let is_refused = opened.as_ref().is_some_and(|own| own.starts_with(said));
    assert_eq!(is_refused, link.client().is_server_compatible(2, 10, 0), "{opened:?}");

    let nobody = directline_relay::nats::Access {
        servers: vec![String::from("nats://127.0.0.1:1")],
        ..server.access()
    };
    let said = refusal(&nobody).await.to_string();
    assert!(said.starts_with("nats cannot be reached: "), "{said}");
    assert!(said.ends_with(", at 127.0.0.1:1"), "{said}");
}

#[tokio::test]
async fn a_server_without_jetstream_without_room_or_without_permission_is_told_apart() {
    // Covers: RL-50, RL-52
    let Some(plain) = Server::start_with("").await else { return };
    assert_eq!(refusal(&plain.access()).await, Problem::NoJetStream);

    let small = Server::start_with("jetstream: enabled, max_payload: 1000").await;
    let refused = refusal(&small.expect("a server").access()).await;
    assert_eq!(refused, Problem::Payload { found: 1_000, wanted: 524_288 });

    let closed = "jetstream: enabled, authorization: {user: relay, password: hush}";
    let closed = Server::start_with(closed).await.expect("a server");
    let refused = refusal(&closed.access()).await;
    assert!(matches!(refused, Problem::Credentials(_)), "{refused:?}");
    assert_eq!(Link::connect(&closed.access_as("relay:hush")).await.err(), None);
    let refused = refusal(&closed.access_as("relay:wrong")).await;
    assert!(matches!(refused, Problem::Credentials(_)), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("wrong"), "a password is told");

    let narrow = r#"jetstream: enabled, authorization: {users: [
        {user: relay, password: hush, permissions: {publish: ["$JS.API.INFO"], subscribe: ">"}}]}"#;
    let narrow = Server::start_with(narrow).await.expect("a server");
    let access = narrow.access_as("relay:hush");
    let link = Link::connect(&access).await.expect("it may ask whether there is JetStream");
    let refused = LAYOUT.open(&link, &names()).await.err().expect("it may do nothing else");
    let Problem::NotPermitted(said) = &refused else { panic!("{refused:?}") };
    assert!(said.contains("$JS.API.STREAM.INFO.KV_directline_acme_hosts"), "{said}");
}

#[tokio::test]
async fn a_queue_that_was_empty_goes_on_after_its_server_was_restarted() {
    // Covers: RL-54
    let Some(mut server) = Server::start().await else { return };
    let (link, stores) = server.stores().await;
    let context = async_nats::jetstream::new(link.client());
    let subject = names().subject(&name("a"), Kind::Post);
    let mut last = 0;
    for round in 0..5 {
        for number in 0..20 {
            let put = async {
                loop {
                    let mut headers = HeaderMap::new();
                    headers.insert("Nats-Msg-Id", format!("{round}-{number}"));
                    let sent =
                        context.publish_with_headers(subject.clone(), headers, text("{}")).await;
                    match sent.expect("sent").await {
                        Ok(stored) => return stored.sequence,
                        Err(_) => tokio::task::yield_now().await,
                    }
                }
            };
            let sequence = tokio::time::timeout(PATIENCE, put).await.expect("it comes back");
            assert!(sequence > last, "round {round}: {sequence} after {last}");
            last = sequence;
            let found = stores.posts.next(&name("a"), 0).await.expect("an answer");
            assert_eq!(found.map(|queued| queued.sequence), Some(sequence), "round {round}");
            stores.posts.remove(sequence).await.expect("removed");
        }
        server.restart().await;
    }
}

#[tokio::test]
async fn a_watch_goes_on_where_it_was_after_its_server_was_restarted() {
    // Covers: RL-56
    let Some(mut server) = Server::start().await else { return };
    let (_link, stores) = server.stores().await;
    let bucket = &stores.conversations;
    let mut watch = bucket.watch();
    assert_eq!(watch.next().await, Ok(Seen::Synced));
    let mut revision = 0;
    for round in 0..4_u8 {
        let write = async {
            loop {
                if let Ok(Written::Stored(now)) =
                    bucket.put("a", Bytes::from(vec![b'0' + round]), revision).await
                {
                    return now;
                }
                // An answer that got lost says nothing of what stands there.
                if let Ok(entry) = bucket.get("a").await {
                    revision = entry.revision;
                }
            }
        };
        let stored = tokio::time::timeout(PATIENCE, write).await.expect("it comes back");
        let seen = async {
            loop {
                match watch.next().await {
                    Ok(Seen::Entry { entry, .. }) if entry.revision >= stored => return entry,
                    Ok(_) => {}
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let seen = tokio::time::timeout(PATIENCE, seen).await.expect("it is told");
        assert_eq!(seen.value, Some(Bytes::from(vec![b'0' + round])));
        revision = seen.revision;
        server.restart().await;
    }
}

#[tokio::test]
async fn a_password_may_have_any_character_in_an_address() {
    // Covers: RL-50
    let closed = "jetstream: enabled, authorization: {user: relay, password: \"p@ss:w/rd%20\"}";
    let Some(server) = Server::start_with(closed).await else { return };
    let url = server.url().replace("//", "//relay:p%40ss%3Aw%2Frd%2520@");
    let access = directline_relay::nats::Access { servers: vec![url], ..server.access() };
    Link::connect(&access).await.expect("it is let in");
}
