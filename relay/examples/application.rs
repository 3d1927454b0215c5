//! An application of a relay: it gives credentials, has a conversation, posts into it and hears what
//! comes. The whole of what an application in any language does.
//!
//! `DIRECTLINE_SECRET=… cargo run -p directline-relay --example application -- --nats
//! nats://127.0.0.1:4222 --tenant demo --messages 20`

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::{self, Context, Message};
use async_nats::{Client, HeaderMap};
use clap::Parser;
use directline_relay::core::Name;
use directline_relay::nats::{Access, Kind, Link, Names, Tail};
use futures_util::StreamExt;
use serde_json::{Value, json};

/// Posts messages into a conversation of a relay, and shows what comes of it.
#[derive(Parser)]
struct Arguments {
    /// The NATS of the relays
    #[arg(long, default_value = "nats://127.0.0.1:4222")]
    nats: String,
    /// The tenant of the relays
    #[arg(long, default_value = "demo")]
    tenant: String,
    /// What the conversation is called
    #[arg(long, default_value = "c1")]
    conversation: String,
    /// How many messages are posted, 1 to 10000
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    messages: u16,
    /// Milliseconds from one to the next, 1 to 60000
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    every: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let secret = std::env::var("DIRECTLINE_SECRET").map_err(|_| "DIRECTLINE_SECRET is not set")?;
    let access = Access { servers: vec![arguments.nats.clone()], ..Access::default() };
    let link = Link::connect(&access).await?;
    let names = Names::new(Name::new(&arguments.tenant)?);
    let conversation = Name::new(&arguments.conversation)?;
    give(&link.client(), names.all(Kind::Credentials), secret).await?;

    let command = json!({"version": 1, "command": "start", "conversation": conversation});
    let answer = link.client().request(names.control(), command.to_string().into()).await?;
    println!("start: {}", String::from_utf8_lossy(&answer.payload));

    let context = jetstream::new(link.client());
    let (activities, outcomes) = (names.store("activities"), names.store("outcomes"));
    let activities = context.get_stream(activities).await?;
    let outcomes = context.get_stream(outcomes).await?;
    let subject = |kind| names.subject(&conversation, kind);
    let mut activities =
        Tail::new(&link, &activities, &subject(Kind::Activity), DeliverPolicy::All);
    let mut outcomes = Tail::new(&link, &outcomes, &subject(Kind::Outcome), DeliverPolicy::All);
    let mut tally = Tally::default();
    let posts = post(&context, &names, &conversation, &arguments);
    let mut posts = std::pin::pin!(posts);
    let mut is_posted = false;
    while !is_posted || !tally.is_complete(arguments.messages) {
        tokio::select! {
            posted = &mut posts, if !is_posted => {
                posted?;
                is_posted = true;
            }
            Ok((message, _)) = activities.next() => tally.hear(&message)?,
            Ok((message, _)) = outcomes.next() => tally.learn(&message)?,
            // Nobody answers, and later somebody will.
            else => tokio::time::sleep(PAUSE).await,
        }
    }
    println!("{} posted, {tally}", arguments.messages);
    Ok(())
}

/// What has come so far.
#[derive(Default)]
struct Tally {
    /// The last outcome of each post: one that is unknown may be settled by its echo.
    outcomes: BTreeMap<String, String>,
    answers: BTreeSet<String>,
    twice: usize,
}

impl Tally {
    fn hear(&mut self, message: &Message) -> Result<(), Box<dyn Error>> {
        let activity: Value = serde_json::from_slice(&message.payload)?;
        let text = activity["text"].as_str().unwrap_or_default().to_owned();
        println!("{:>8}  {text}", activity["from"]["id"].as_str().unwrap_or("?"));
        if text.starts_with("echo: ") && !self.answers.insert(text) {
            self.twice += 1;
        }
        Ok(())
    }

    fn learn(&mut self, message: &Message) -> Result<(), Box<dyn Error>> {
        let told: Value = serde_json::from_slice(&message.payload)?;
        let key = told["key"].as_str().unwrap_or_default().to_owned();
        let outcome = match &told["outcome"] {
            Value::Object(outcome) => outcome.keys().next().cloned().unwrap_or_default(),
            outcome => outcome.as_str().unwrap_or_default().to_owned(),
        };
        if outcome != "sent" {
            println!("{:>8}  {key}: {outcome}", "!");
        }
        self.outcomes.insert(key, outcome);
        Ok(())
    }

    fn count(&self, outcome: &str) -> usize {
        self.outcomes.values().filter(|own| *own == outcome).count()
    }

    /// Whether every post has an outcome, and every one that was sent its answer.
    fn is_complete(&self, posted: u16) -> bool {
        self.outcomes.len() == usize::from(posted) && self.answers.len() >= self.count("sent")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, unknown, refused) =
            (self.count("sent"), self.count("unknown"), self.count("refused"));
        write!(f, "{sent} of them sent, {unknown} unknown, {refused} refused; ")?;
        write!(f, "{} answers, {} of them twice", self.answers.len(), self.twice)
    }
}

/// Answers each relay that asks for a credential. Better a token of each conversation than the secret.
async fn give(client: &Client, subject: String, secret: String) -> Result<(), Box<dyn Error>> {
    let mut asked = client.subscribe(subject).await?;
    client.flush().await?;
    let (client, answer) = (client.clone(), json!({"version": 1, "secret": secret}).to_string());
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            if let Some(reply) = message.reply {
                // A relay that gets no answer asks again.
                let _ = client.publish(reply, answer.clone().into()).await;
            }
        }
    });
    Ok(())
}

/// Puts messages into the queue. The id is the key under which the outcome is told, and lets JetStream
/// drop what is put in twice.
async fn post(
    context: &Context,
    names: &Names,
    conversation: &Name,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    for number in 1..=arguments.messages {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{conversation}-{number}"));
        let text = format!("message {number}");
        let body = json!({"type": "message", "from": {"id": "user1"}, "text": text});
        let subject = names.subject(conversation, Kind::Post);
        context.publish_with_headers(subject, headers, body.to_string().into()).await?.await?;
        tokio::time::sleep(Duration::from_millis(arguments.every)).await;
    }
    Ok(())
}

/// Lets what NATS has lost come back.
const PAUSE: Duration = Duration::from_millis(200);
