//! APPLICATION: what uses the relays: has conversations, talks through both ends, and hears it all.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::{self, Context, Message};
use directline::Checkpoint;
use directline_relay::core::{Name, Record};
use directline_relay::nats::{Kind, Link, Names, Tail};
use directline_testbed::Testbed;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::judge::Verdict;

pub(crate) struct Application {
    link: Link,
    context: Context,
    names: Names,
    pub(crate) testbed: Testbed,
    /// The service's id of each conversation, by its name.
    pub(crate) ids: BTreeMap<String, String>,
    pub(crate) heard: Ears,
}

/// What came on the streams, in order.
#[derive(Clone, Default)]
pub(crate) struct Ears(Arc<Mutex<Heard>>);

#[derive(Default)]
pub(crate) struct Heard {
    /// The activities as they came, by conversation.
    pub(crate) activities: BTreeMap<String, Vec<Came>>,
    /// The keys of the posts that were put in.
    pub(crate) put: Vec<String>,
    /// What became of posts, by key.
    pub(crate) outcomes: BTreeMap<String, Vec<String>>,
}

/// An activity on the stream.
pub(crate) struct Came {
    pub(crate) id: String,
    pub(crate) when: Instant,
    /// Its position and the epoch of its publisher, as the headers have it.
    pub(crate) place: String,
}

/// How much was said.
pub(crate) struct Said {
    pub(crate) activities: u64,
    pub(crate) posts: u64,
}

impl Ears {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Application {
    /// Of so many conversations, which the service has already.
    pub(crate) async fn new(
        link: Link,
        names: Names,
        testbed: Testbed,
        conversations: u64,
    ) -> Result<Application, Box<dyn Error>> {
        let context = jetstream::new(link.client());
        let ids = (1..=conversations)
            .map(|number| (format!("c{number}"), testbed.generate_token(None).conversation));
        let (ids, heard) = (ids.collect(), Ears::default());
        let secret = json!({"version": 1, "secret": testbed.secret()}).to_string();
        let application = Application { link, context, names, testbed, ids, heard };
        application.give(secret).await?;
        let note = |heard: &mut Heard, conversation, message: &Message| {
            let body: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
            let id = body["id"].as_str().unwrap_or_default().to_owned();
            let place = ["Directline-Position", "Directline-Epoch"].map(|name| {
                let header = message.headers.as_ref().and_then(|headers| headers.get(name));
                header.map(ToString::to_string).unwrap_or_default()
            });
            let (when, place) = (Instant::now(), place.join(" of epoch "));
            heard.activities.entry(conversation).or_default().push(Came { id, when, place });
        };
        application.hear("activities", note).await?;
        let note = |heard: &mut Heard, _, message: &Message| {
            let body: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
            let key = body["key"].as_str().unwrap_or_default().to_owned();
            let outcome = match &body["outcome"] {
                Value::Object(outcome) => outcome.keys().next().cloned().unwrap_or_default(),
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            heard.outcomes.entry(key).or_default().push(outcome);
        };
        application.hear("outcomes", note).await?;
        Ok(application)
    }

    /// Has relays begin all conversations.
    pub(crate) async fn start_all(&self) -> Result<(), Box<dyn Error>> {
        for (name, id) in &self.ids {
            let from: Value = serde_json::from_str(&Checkpoint::new(id.as_str())?.to_json())?;
            let command =
                json!({"version": 1, "command": "start", "conversation": name, "from": from});
            let client = self.context.client();
            let answer = client.request(self.names.control(), command.to_string().into()).await?;
            let answer: Value = serde_json::from_slice(&answer.payload)?;
            if answer["result"] != "done" {
                return Err(format!("a conversation is not begun: {answer}").into());
            }
        }
        let names: Vec<_> = self.ids.keys().cloned().collect();
        let probe = self.probe(&names).await;
        if probe.iter().any(Option::is_none) {
            return Err("a conversation does not begin".into());
        }
        self.has_positions().await
    }

    /// Waits until it is stored of every conversation where it is. Before that, whoever takes one up has
    /// nothing but its id: then a session is told of what is new first, and of the history afterwards.
    async fn has_positions(&self) -> Result<(), Box<dyn Error>> {
        let bucket = self.names.store("records");
        let stream = self.context.get_stream(format!("KV_{bucket}")).await?;
        let begun = Instant::now();
        for name in self.ids.keys() {
            let subject = format!("$KV.{bucket}.{name}");
            for look in 1.. {
                // The first that is said may be known before it is known where it was.
                if look % 50 == 0 {
                    self.say(name)?;
                }
                let found = stream.get_last_raw_message_by_subject(&subject).await;
                let record: Option<Record> =
                    found.ok().and_then(|found| serde_json::from_slice(&found.payload).ok());
                let checkpoint = record.and_then(|record| record.checkpoint);
                if checkpoint.is_some_and(|checkpoint| checkpoint.watermark().is_some()) {
                    break;
                }
                if begun.elapsed() > PATIENCE {
                    return Err(format!("{name} has no position").into());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// The service says something in each of these; gives when that is on the stream.
    pub(crate) async fn probe(&self, names: &[String]) -> Vec<Option<Instant>> {
        let said: Vec<_> =
            names.iter().map(|name| (name, self.say(name).unwrap_or_default())).collect();
        let begun = Instant::now();
        let mut next_look = LOOK_AFTER;
        loop {
            let found: Vec<_> = {
                let heard = self.heard.lock();
                let when = |(name, id): &(&String, String)| {
                    let all = heard.activities.get(*name)?;
                    all.iter().rev().find(|came| came.id == *id).map(|came| came.when)
                };
                said.iter().map(when).collect()
            };
            if found.iter().all(Option::is_some) || begun.elapsed() > PATIENCE {
                return found;
            }
            if begun.elapsed() > next_look {
                next_look = begun.elapsed() + LOOK_EVERY;
                let missing = said.iter().zip(&found).filter(|(_, when)| when.is_none());
                for ((name, _), _) in missing.take(SHOWN) {
                    println!("          {:.1?}: {}", begun.elapsed(), self.status(name).await);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What its owner says of a conversation that is waited for.
    async fn status(&self, name: &str) -> String {
        let command = json!({"version": 1, "command": "status", "conversation": name}).to_string();
        let request = async_nats::Request::new().payload(command.into());
        let request = request.timeout(Some(Duration::from_millis(500)));
        match self.context.client().send_request(self.names.control(), request).await {
            Ok(answer) => String::from_utf8_lossy(&answer.payload).into_owned(),
            Err(_) => format!("nobody owns {name}"),
        }
    }

    /// Both ends talk, so much in so long.
    pub(crate) async fn talk(
        &self,
        activities: u64,
        time: Duration,
    ) -> Result<Said, Box<dyn Error>> {
        let (bot, user) = tokio::join!(
            self.talk_as_bot(activities, time),
            self.talk_as_user(activities / 20, time)
        );
        bot?;
        Ok(Said { activities, posts: user? })
    }

    async fn talk_as_bot(&self, count: u64, time: Duration) -> Result<(), Box<dyn Error>> {
        let names: Vec<_> = self.ids.keys().collect();
        for number in paced(count, time) {
            number.await;
            self.say(names[fastrand::usize(..names.len())])?;
        }
        Ok(())
    }

    /// One post after another, each put in until it is stored.
    async fn talk_as_user(&self, count: u64, time: Duration) -> Result<u64, Box<dyn Error>> {
        let names: Vec<_> = self.ids.keys().collect();
        for (number, turn) in paced(count, time).enumerate() {
            turn.await;
            let name = Name::new(names[fastrand::usize(..names.len())])?;
            let subject = self.names.subject(&name, Kind::Post);
            let key = format!("p{number:08}");
            let body = json!({"type": "message", "from": {"id": "user1"}, "text": format!("post {number}")});
            loop {
                let mut headers = HeaderMap::new();
                headers.insert("Nats-Msg-Id", key.as_str());
                let payload = body.to_string().into();
                let sent = self.context.publish_with_headers(subject.clone(), headers, payload);
                let stored = match sent.await {
                    Ok(stored) => stored.await,
                    Err(error) => Err(error),
                };
                match stored {
                    Ok(_) => {
                        self.heard.lock().put.push(key);
                        break;
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        }
        Ok(count)
    }

    /// Compares what the service has with what came, once all that should has, or after so long.
    pub(crate) async fn judge(&self, patience: Duration) -> Verdict {
        let begun = Instant::now();
        loop {
            let verdict = Verdict::of(self);
            if verdict.is_complete() || begun.elapsed() > patience {
                return verdict;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// How much is in the streams.
    pub(crate) async fn stores(&self) -> Result<String, Box<dyn Error>> {
        let mut told = Vec::new();
        for what in ["activities", "outcomes", "posts"] {
            let stream = self.context.get_stream(self.names.store(what)).await?;
            let state = &stream.cached_info().state;
            let (first, last) = (state.first_sequence, state.last_sequence);
            told.push(format!("{what} {} ({first} to {last})", state.messages));
        }
        Ok(told.join(", "))
    }

    fn say(&self, name: &str) -> Result<String, Box<dyn Error>> {
        let id = self.ids.get(name).ok_or("no such conversation")?;
        let said = self.testbed.say(id, r#"{"type":"message","text":"something"}"#);
        Ok(said.map_err(|error| error.to_string())?.unwrap_or_default())
    }

    async fn give(&self, credential: String) -> Result<(), Box<dyn Error>> {
        let client = self.context.client();
        let mut asked = client.subscribe(self.names.all(Kind::Credentials)).await?;
        client.flush().await?;
        tokio::spawn(async move {
            while let Some(message) = asked.next().await {
                if let Some(reply) = message.reply {
                    // Whoever asked asks again.
                    let _ = client.publish(reply, credential.clone().into()).await;
                }
            }
        });
        Ok(())
    }

    /// Hears a stream from its beginning.
    async fn hear(
        &self,
        what: &str,
        note: fn(&mut Heard, String, &Message),
    ) -> Result<(), Box<dyn Error>> {
        let stream = self.context.get_stream(self.names.store(what)).await?;
        let mut tail = Tail::new(&self.link, &stream, "", DeliverPolicy::All);
        let ears = self.heard.clone();
        tokio::spawn(async move {
            loop {
                match tail.next().await {
                    Ok((message, _)) => {
                        let conversation = message.subject.split('.').nth(2).unwrap_or_default();
                        note(&mut ears.lock(), conversation.to_owned(), &message);
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        Ok(())
    }
}

/// So many turns, spread over a time.
fn paced(count: u64, time: Duration) -> impl Iterator<Item = impl Future<Output = ()>> {
    let begun = tokio::time::Instant::now();
    (0..count).map(move |number| {
        let share = time.as_secs_f64() * number as f64 / count as f64;
        tokio::time::sleep_until(begun + Duration::from_secs_f64(share))
    })
}

const PATIENCE: Duration = Duration::from_secs(60);
/// From when on it is told how conversations are that are waited for.
const LOOK_AFTER: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(3);
const SHOWN: usize = 3;
