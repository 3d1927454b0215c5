//! ORDERS: what a host is to do, without waiting for what comes of it: that is a fact, later.

use std::fmt;
use std::sync::Arc;

use directline::{Checkpoint, Credential};

use super::command::Reply;
use super::name::{HostName, Name, PostKey};
use super::note::Note;

/// Something to do. Orders are performed in the order in which they come out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order that is not performed stalls a conversation"]
pub enum Order {
    /// Write `value` under a key if what stands there is of the revision `expected`; 0 is that nothing
    /// stands there: it was never written, was removed, or has aged out. Its answer is
    /// [`Fact::Answered`](super::Fact::Answered).
    Put {
        /// Which.
        id: OrderId,
        /// Where.
        address: Address,
        /// The revision that must stand there.
        expected: u64,
        /// What to write; `None` removes what stands there.
        value: Option<String>,
    },
    /// Read what stands under a key; [`Fact::Read`](super::Fact::Read) brings it.
    Read {
        /// Which.
        id: OrderId,
        /// Where.
        address: Address,
    },
    /// Publish this to a stream, under its message id; answered as a write.
    Publish {
        /// Which.
        id: OrderId,
        /// What.
        publication: Publication,
    },
    /// Ask the application for a credential; [`Fact::Credential`](super::Fact::Credential) brings it.
    AskCredential {
        /// Whose.
        conversation: Name,
        /// The service's id of the conversation, where it has one: a token must be one of it.
        id: Option<Arc<str>>,
    },
    /// Begin a session.
    Begin {
        /// Whose.
        conversation: Name,
        /// What its facts must bear.
        session: SessionId,
        /// Where to resume; a new conversation where there is none.
        from: Option<Checkpoint>,
        /// What with; kept nowhere.
        credential: Credential,
    },
    /// Hand a session another credential.
    Renew {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// What with; kept nowhere.
        credential: Credential,
    },
    /// Give a session a post. `channelData.clientActivityID` of what goes out is `key`.
    Give {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// The application's name for it.
        key: PostKey,
        /// The activity, a JSON object.
        activity: Arc<str>,
    },
    /// Drop a session and shut its socket, at once: nothing is sent any more, and nothing it
    /// says afterwards counts.
    Drop {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
    },
    /// Read nothing more from the network for a session, until [`Order::Resume`]: what it has
    /// delivered is not published yet.
    Hold {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
    },
    /// Read on.
    Resume {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
    },
    /// Fetch the oldest post of a conversation that is not acknowledged; stands until there is one, or
    /// until [`Order::Unfetch`]. Who fetches first under an epoch sees all that is not acknowledged,
    /// whoever fetched it before.
    Fetch {
        /// Whose.
        conversation: Name,
        /// The owner's.
        epoch: u64,
    },
    /// Fetch none any more.
    Unfetch {
        /// Whose.
        conversation: Name,
    },
    /// A post may be taken off the queue. If that fails it comes again, which is harmless.
    Acknowledge {
        /// Whose.
        conversation: Name,
        /// Its sequence in the queue.
        sequence: u64,
    },
    /// Answer a command.
    Reply {
        /// Whose command.
        ticket: Ticket,
        /// What.
        reply: Reply,
    },
    /// Something for logs and figures.
    Note(Note),
    /// All was handed over, or the time for that is over: the host may go. The last order.
    Leave,
}

/// What goes to a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Where to.
    pub subject: Subject,
    /// What the stream knows a repeat by, as header `Nats-Msg-Id`.
    pub message_id: String,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// The text.
    pub body: Arc<str>,
}

/// A subject of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// What was said.
    Activity(Name),
    /// What became of posts.
    Outcome(Name),
}

impl Subject {
    /// Whose it is.
    #[must_use]
    pub fn conversation(&self) -> &Name {
        match self {
            Subject::Activity(name) | Subject::Outcome(name) => name,
        }
    }

    /// The subject, of a tenant.
    #[must_use]
    pub fn of(&self, tenant: &Name) -> String {
        match self {
            Subject::Activity(name) => format!("directline.{tenant}.{name}.activity"),
            Subject::Outcome(name) => format!("directline.{tenant}.{name}.outcome"),
        }
    }
}

/// A key in a bucket.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// In the bucket of hosts, whose entries age out after the length of a lease; watched by all.
    Host(HostName),
    /// In the bucket of conversations; watched by all.
    Conversation(Name),
    /// In the bucket of records; read by the owner alone.
    Record(Name),
    /// In that of records too; read by the host alone.
    Leases(HostName),
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Host(name) => write!(f, "host {name}"),
            Address::Conversation(name) => write!(f, "conversation {name}"),
            Address::Record(name) => write!(f, "record {name}"),
            Address::Leases(host) => write!(f, "leases {host}"),
        }
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);
    )+};
}

ids! {
    /// Names an order that is answered; the core numbers them.
    OrderId;
    /// Names a session; the core numbers them.
    SessionId;
    /// Names whoever waits for an answer to a command; the host numbers them.
    Ticket;
}
