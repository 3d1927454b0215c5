//! CONTROL: what applications ask of a host, and what a host asks of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::{Client, Message};
use directline::{Credential, Token};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc::Sender;

use crate::core::{Audience, Command, Fact, Name, Reply, Ticket, VERSION};
use crate::host::news::{Fault, News};
use crate::nats::{Kind, Names, Problem};

/// Who waits for an answer; those whom nobody answered are forgotten in the end.
#[derive(Clone, Default)]
pub(crate) struct Tickets(Arc<Mutex<Issued>>);

#[derive(Default)]
struct Issued {
    last: u64,
    replies: BTreeMap<u64, async_nats::Subject>,
}

impl Tickets {
    fn issue(&self, reply: async_nats::Subject) -> Ticket {
        let mut issued = self.lock();
        issued.last += 1;
        let last = issued.last;
        issued.replies.insert(last, reply);
        while issued.replies.len() > TICKETS_MAX {
            issued.replies.pop_first();
        }
        Ticket(last)
    }

    /// Where the answer goes, once.
    pub(crate) fn take(&self, ticket: Ticket) -> Option<async_nats::Subject> {
        self.lock().replies.remove(&ticket.0)
    }

    fn lock(&self) -> MutexGuard<'_, Issued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears commands: those that any host may answer as one of all, and those for the owner as itself.
///
/// # Errors
///
/// When NATS does not let it hear them.
pub(crate) async fn listen(
    client: &Client,
    names: &Names,
    tickets: &Tickets,
    news: &Sender<News>,
) -> Result<(), Problem> {
    let subject = names.control();
    let wrong = |error: &dyn std::error::Error| Problem::Other(error.to_string());
    let group = String::from("relay");
    let any = client.queue_subscribe(subject.clone(), group).await.map_err(|e| wrong(&e))?;
    let own = client.subscribe(subject).await.map_err(|e| wrong(&e))?;
    for (mut messages, audience) in [(any, Audience::Any), (own, Audience::Owner)] {
        let (client, tickets, news) = (client.clone(), tickets.clone(), news.clone());
        tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                if let Some(told) = read(&client, &tickets, message, audience).await {
                    // Nobody listens any more when the host is gone.
                    let _ = news.send(told).await;
                }
            }
        });
    }
    Ok(())
}

/// What a message on the control subject is for this audience, if it is for it. What is no command is
/// answered by one host of all.
async fn read(
    client: &Client,
    tickets: &Tickets,
    message: Message,
    audience: Audience,
) -> Option<News> {
    let text = std::str::from_utf8(&message.payload).map_err(|_| String::from("it is no text"));
    match text.and_then(Command::from_json) {
        Ok(command) if command.audience() == audience => {
            // Whoever names nowhere to answer wants no answer.
            let ticket = tickets.issue(message.reply.unwrap_or_else(|| "".into()));
            Some(News::Fact(Fact::Command { ticket, command }))
        }
        Ok(_) => None,
        Err(_) if audience == Audience::Owner => None,
        Err(flaw) => {
            if let Some(reply) = message.reply {
                let refused = answer(&Reply::Refused(flaw.clone()));
                // Whoever asked will see that there is no answer.
                let _ = client.publish(reply, refused.into()).await;
            }
            // What was sent may be anything, so that none of it is said elsewhere.
            let said = String::from("a message on the control subject is no command");
            Some(News::Fault(Fault::new("command", said)))
        }
    }
}

/// An answer as it is sent.
pub(crate) fn answer(reply: &Reply) -> String {
    let answer = match reply {
        Reply::Done => json!({"version": VERSION, "result": "done"}),
        Reply::Refused(reason) => {
            json!({"version": VERSION, "result": "refused", "reason": reason})
        }
        Reply::Status(status) => json!({"version": VERSION, "result": "status", "status": status}),
    };
    answer.to_string()
}

/// Asks the application for a credential of a conversation.
///
/// # Errors
///
/// What is wrong with its answer, or that there was none; nothing of a credential is in it.
pub(crate) async fn ask(
    client: &Client,
    names: &Names,
    conversation: &Name,
    id: Option<&str>,
) -> Result<Credential, Fault> {
    let request = Asking { version: VERSION, conversation, id };
    let request = serde_json::to_vec(&request).unwrap_or_default();
    let fault = |message: &str| Fault::of(conversation, "credentials", message.to_owned());
    let subject = names.subject(conversation, Kind::Credentials);
    let request = async_nats::Request::new().payload(request.into()).timeout(Some(PATIENCE));
    let answered = client.send_request(subject, request).await;
    let message = answered.map_err(|_| fault("the application did not give any"))?;
    let given: Result<Given, _> = serde_json::from_slice(&message.payload);
    // The reader's own words could show what it has read.
    let given =
        given.map_err(|_| fault("the application's answer is none: see the documentation"))?;
    if given.version != VERSION {
        return Err(fault(&format!("version is {}, allowed is {VERSION}", given.version)));
    }
    let (made, lifetime) = match (&given.token, &given.secret) {
        (Some(token), None) => (Credential::token(token), given.expires_in),
        (None, Some(secret)) => (Credential::secret(secret), None),
        (None, None) => return Err(fault("the application has none")),
        (Some(_), Some(_)) => return Err(fault("both token and secret, allowed is one of them")),
    };
    let made = made.map_err(|error| fault(&error.to_string()))?;
    Ok(match (made, lifetime) {
        (Credential::Token(token), Some(seconds)) => lasting(token, seconds).into(),
        (made, _) => made,
    })
}

fn lasting(token: Token, seconds: u64) -> Token {
    token.lasting(Duration::from_secs(seconds))
}

#[derive(Serialize)]
struct Asking<'a> {
    version: u32,
    conversation: &'a Name,
    /// The service's id of the conversation, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Given {
    version: u32,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    secret: Option<String>,
}

/// An application may have to ask somebody else first.
const PATIENCE: Duration = Duration::from_secs(10);
const TICKETS_MAX: usize = 1_024;
