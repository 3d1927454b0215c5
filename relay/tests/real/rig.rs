//! Hosts, a service and an application around one NATS, all in this process.

use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use directline::{Config, Credential};
use directline_client::{Network, Proxy};
use directline_relay::core::{HostName, Settings};
use directline_relay::host::{Host, Log, Options};
use directline_relay::nats::{Access, Kind, Link, Problem};
use directline_testbed::Testbed;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::server::{LAYOUT, PATIENCE, Server, name, names};

pub(crate) struct Rig {
    pub(crate) server: Server,
    pub(crate) testbed: Testbed,
    pub(crate) client: async_nats::Client,
}

/// One message of a stream.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) conversation: String,
    pub(crate) id: String,
    pub(crate) position: Option<u64>,
    pub(crate) body: Value,
}

impl Rig {
    /// A service, and an application that has its secret for whoever asks.
    pub(crate) async fn new(options: directline_testbed::Options) -> Option<Rig> {
        let rig = Rig::without_credentials(options).await?;
        let secret = json!({"version": 1, "secret": rig.testbed.secret()}).to_string();
        answer(&rig.client, secret).await;
        Some(rig)
    }

    /// As above, and nobody answers whoever asks for a credential.
    pub(crate) async fn without_credentials(options: directline_testbed::Options) -> Option<Rig> {
        let server = Server::start().await?;
        let testbed = Testbed::start(options).expect("a free port");
        // What is looked at must be there before a host is.
        let (link, _stores) = server.stores().await;
        let client = link.client();
        Some(Rig { server, testbed, client })
    }

    pub(crate) async fn host(&self, host: &str) -> Host {
        self.host_with(host, settings()).await
    }

    pub(crate) async fn host_with(&self, host: &str, settings: Settings) -> Host {
        let host = self.host_at(self.server.access(), host, settings).await;
        host.expect("a host")
    }

    /// One that connects in this way.
    pub(crate) async fn host_at(
        &self,
        access: Access,
        host: &str,
        settings: Settings,
    ) -> Result<Host, Problem> {
        let link = Link::connect(&access).await.expect("a connection");
        let stores = LAYOUT.open(&link, &names()).await.expect("streams and buckets");
        let any = Credential::token("none-yet").expect("a credential");
        let service = Config::builder(any)
            .with_base(self.testbed.base())
            .with_backoff(Duration::from_millis(20), Duration::from_millis(200));
        let options = Options {
            names: names(),
            host: HostName::new(host).expect("a name"),
            settings,
            service: service.build().expect("a configuration"),
            network: Network::default().with_proxy(Proxy::none()),
            log: Log::Text,
        };
        Host::start(options, link, stores).await
    }

    /// What is answered to a command.
    pub(crate) async fn command(&self, command: Value) -> Value {
        let asked = async {
            loop {
                let sent = self.client.request(names().control(), command.to_string().into()).await;
                match sent {
                    Ok(message) => return serde_json::from_slice(&message.payload).expect("JSON"),
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("a host answers")
    }

    /// Has a conversation; gives the service's id of it once it has one.
    pub(crate) async fn start(&self, conversation: &str) -> String {
        let before = self.testbed.conversations();
        let command = json!({"version": 1, "command": "start", "conversation": conversation});
        assert_eq!(self.command(command).await, json!({"version": 1, "result": "done"}));
        let begun = async {
            loop {
                let now = self.testbed.conversations();
                if let Some(new) = now.into_iter().find(|id| !before.contains(id)) {
                    return new;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, begun).await.expect("it begins")
    }

    /// The bot says something.
    pub(crate) fn say(&self, conversation: &str, text: &str) {
        let activity = json!({"type": "message", "text": text}).to_string();
        self.testbed.say(conversation, &activity).expect("said");
    }

    pub(crate) async fn post(&self, conversation: &str, key: &str, body: &str) {
        let context = async_nats::jetstream::new(self.client.clone());
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Msg-Id", key);
        let subject = names().subject(&name(conversation), Kind::Post);
        let sent = context.publish_with_headers(subject, headers, body.to_owned().into()).await;
        sent.expect("sent").await.expect("stored");
    }

    /// All that is and will be on a stream.
    pub(crate) async fn stream(&self, what: &str) -> Stream {
        let context = async_nats::jetstream::new(self.client.clone());
        let stream = context.get_stream(names().store(what)).await.expect("a stream");
        let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..Default::default() };
        let consumer = stream.create_consumer(config).await.expect("a consumer");
        Stream(consumer.messages().await.expect("messages"))
    }

    /// What is said on the fault subject until this is.
    pub(crate) async fn fault(faults: &mut async_nats::Subscriber, kind: &str) -> Value {
        let told = async {
            while let Some(message) = faults.next().await {
                let fault: Value = serde_json::from_slice(&message.payload).expect("JSON");
                if fault["fault"] == kind {
                    return fault;
                }
            }
            panic!("nothing is told any more");
        };
        tokio::time::timeout(PATIENCE, told).await.expect("it is told")
    }

    pub(crate) async fn faults(&self) -> async_nats::Subscriber {
        let faults = self.client.subscribe(names().fault()).await.expect("a subscription");
        self.client.flush().await.expect("it is known");
        faults
    }
}

pub(crate) struct Stream(Ordered);

impl Stream {
    pub(crate) async fn next(&mut self) -> Told {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        let message = next.expect("something comes").expect("it goes on").expect("a message");
        let headers = message.headers.clone().unwrap_or_default();
        let id = headers.get(async_nats::header::NATS_MESSAGE_ID).map(ToString::to_string);
        Told {
            conversation: message.subject.split('.').nth(2).unwrap_or_default().to_owned(),
            id: id.unwrap_or_default(),
            position: headers
                .iter()
                .find(|(name, _)| name.to_string() == "Directline-Position")
                .and_then(|(_, values)| values.first()?.as_str().parse().ok()),
            body: serde_json::from_slice(&message.payload).expect("JSON"),
        }
    }

    /// The texts of the next messages.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(self.next().await.body["text"].as_str().unwrap_or_default().to_owned());
        }
        texts
    }
}

/// Answers whoever asks for a credential.
pub(crate) async fn answer(
    client: &async_nats::Client,
    answer: String,
) -> tokio::task::JoinHandle<()> {
    let all = names().all(Kind::Credentials);
    let mut asked = client.subscribe(all).await.expect("a subscription");
    client.flush().await.expect("it is known");
    let client = client.clone();
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            let reply = message.reply.expect("whoever asks waits for an answer");
            client.publish(reply, answer.clone().into()).await.expect("answered");
        }
    })
}

/// As quick as the lease of [`LAYOUT`] lets it be.
pub(crate) fn settings() -> Settings {
    let settings = Settings {
        lease: LAYOUT.lease,
        margin: Duration::from_millis(400),
        renew_after: Duration::from_millis(400),
        answer_wait: Duration::from_millis(800),
        ..Settings::default()
    };
    settings.checked().expect("settings")
}
