//! LAYOUT: the streams and buckets of a tenant. They are made where they are missing, and looked at where
//! they are there: one with other settings is refused by name, never changed.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, PersistenceMode, Republish, RetentionPolicy, StorageType, Stream,
};

use crate::nats::connect::PAYLOAD_MIN;
use crate::nats::{Bucket, Kind, Link, Names, Outlet, Posts, Problem};

/// What the streams and buckets are made with; all hosts of a tenant have to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How long the lease of a host lasts that is not renewed.
    pub lease: Duration,
    /// On how many servers everything is, 1 to 5.
    pub replicas: usize,
    /// How long a repeated publication is recognised.
    pub duplicate_window: Duration,
    /// How long activities and outcomes are kept.
    pub keep: Duration,
}

/// The streams and buckets of a tenant.
#[derive(Clone)]
pub struct Stores {
    /// Which hosts are alive.
    pub hosts: Bucket,
    /// Who owns which conversation.
    pub conversations: Bucket,
    /// Where each conversation stands.
    pub records: Bucket,
    /// What was delivered.
    pub activities: Outlet,
    /// What became of posts.
    pub outcomes: Outlet,
    /// What is to be sent.
    pub posts: Posts,
}

impl Layout {
    /// The version of the server, if it is one that in a cluster may lose what it has acknowledged when
    /// one of its members is killed, and this is to be on more than one. It will do otherwise.
    #[must_use]
    pub fn forgetful(&self, link: &Link) -> Option<String> {
        let (major, minor) = CLUSTERS_FROM;
        let is_old = !link.client().is_server_compatible(major, minor, 0);
        (self.replicas > 1 && is_old).then(|| link.client().server_info().version)
    }

    /// Opens everything, and makes what is not there.
    ///
    /// # Errors
    ///
    /// When something is there with other settings, or cannot be made.
    pub async fn open(&self, link: &Link, names: &Names) -> Result<Stores, Problem> {
        let bucket = async |what, age| {
            let stream = ensure(link, self.bucket(&names.store(what), age)).await?;
            Ok::<_, Problem>(Bucket::new(link.clone(), stream, names.store(what)))
        };
        let hosts = bucket("hosts", self.lease).await?;
        let conversations = bucket("conversations", Duration::ZERO).await?;
        let records = bucket("records", Duration::ZERO).await?;
        let activities = ensure(link, self.kept(names, "activities", Kind::Activity)).await?;
        let outcomes = ensure(link, self.kept(names, "outcomes", Kind::Outcome)).await?;
        let posts = ensure(link, self.queue(names)).await?;
        Ok(Stores {
            hosts,
            conversations,
            records,
            activities: Outlet::new(link.clone(), activities),
            outcomes: Outlet::new(link.clone(), outcomes),
            posts: Posts::new(link.clone(), posts, names.clone()),
        })
    }

    /// A bucket is a stream with one message a key. Reads go to its leader: what a follower says may be
    /// behind, and a stale lease or record costs a round.
    fn bucket(&self, name: &str, max_age: Duration) -> Config {
        let window = if max_age.is_zero() { BUCKET_WINDOW } else { max_age.min(BUCKET_WINDOW) };
        Config {
            name: format!("KV_{name}"),
            subjects: vec![format!("$KV.{name}.>")],
            max_messages_per_subject: 1,
            max_age,
            discard: DiscardPolicy::New,
            duplicate_window: window,
            allow_rollup: true,
            deny_delete: true,
            ..self.unlimited()
        }
    }

    fn kept(&self, names: &Names, what: &str, kind: Kind) -> Config {
        Config {
            name: names.store(what),
            subjects: vec![names.all(kind)],
            max_age: self.keep,
            duplicate_window: self.duplicate_window,
            ..self.unlimited()
        }
    }

    /// Whoever puts a post in may repeat it under its id; once it is stored, hosts are told by a message
    /// without its text.
    fn queue(&self, names: &Names) -> Config {
        let source = names.all(Kind::Post);
        let destination = names.all(Kind::Queued).replace('*', "{{wildcard(1)}}");
        Config {
            name: names.store("posts"),
            subjects: vec![source.clone()],
            retention: RetentionPolicy::WorkQueue,
            duplicate_window: self.duplicate_window,
            republish: Some(Republish { source, destination, headers_only: true }),
            ..self.unlimited()
        }
    }

    fn unlimited(&self) -> Config {
        Config {
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            num_replicas: self.replicas,
            max_messages: -1,
            max_bytes: -1,
            max_messages_per_subject: -1,
            max_message_size: -1,
            max_consumers: -1,
            ..Config::default()
        }
    }
}

/// A cluster that has to agree on a new stream may take longer than one answer; what is made by then is
/// found by the next try.
async fn ensure(link: &Link, wanted: Config) -> Result<Stream, Problem> {
    let mut tries = 1;
    loop {
        match ensure_once(link, wanted.clone()).await {
            Err(Problem::Silent(_)) if tries < TRIES => tries += 1,
            ensured => return ensured,
        }
    }
}

async fn ensure_once(link: &Link, wanted: Config) -> Result<Stream, Problem> {
    let store = wanted.name.clone();
    let said = |why: String| Problem::NotMade { store: store.clone(), why };
    match link.context().get_stream(&store).await {
        Ok(stream) => {
            unheard_of(link, &store).await?;
            return check(stream, &wanted);
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            GetStreamErrorKind::JetStream(error) => return Err(said(error.to_string())),
            _ => return Err(link.silence()),
        },
    }
    match link.context().create_stream(wanted.clone()).await {
        Ok(stream) => check(stream, &wanted),
        Err(error) => Err(match error.kind() {
            CreateStreamErrorKind::JetStream(error) => said(error.to_string()),
            CreateStreamErrorKind::TimedOut => link.silence(),
            _ => Problem::NotMade { store, why: error.to_string() },
        }),
    }
}

/// Whether it has settings of newer servers that put a message elsewhere than it was sent to, or take
/// some for something else. They are read as they are, since a server of 2.9 knows none of them.
async fn unheard_of(link: &Link, store: &str) -> Result<(), Problem> {
    let asked = link.context().request(format!("STREAM.INFO.{store}"), &()).await;
    let said: serde_json::Value = asked.map_err(|error| link.because(&error))?;
    for setting in ["subject_transform", "allow_msg_counter", "mirror", "sources"] {
        let found = &said["config"][setting];
        if !found.is_null() && *found != serde_json::Value::Bool(false) {
            let (store, wanted) = (store.to_owned(), String::from("none"));
            return Err(Problem::Setting { store, setting, found: found.to_string(), wanted });
        }
    }
    Ok(())
}

/// Whether what is there will do. What bounds it further or keeps it elsewhere is the operator's affair,
/// as long as nothing that is acknowledged goes away unread.
fn check(stream: Stream, wanted: &Config) -> Result<Stream, Problem> {
    let found = &stream.cached_info().config;
    let differs = |setting, found: String, wanted: String| {
        let store = stream.cached_info().config.name.clone();
        if found == wanted {
            Ok(())
        } else {
            Err(Problem::Setting { store, setting, found, wanted })
        }
    };
    let time = |time: Duration| format!("{time:?}");
    let any = |text: &dyn std::fmt::Debug| format!("{text:?}");
    differs("subjects", any(&found.subjects), any(&wanted.subjects))?;
    differs("retention", any(&found.retention), any(&wanted.retention))?;
    differs("storage", any(&found.storage), any(&wanted.storage))?;
    // What it is called where all hosts have to agree on it.
    let age = match wanted.name.rsplit('_').next() {
        Some("hosts") => "max_age (lease)",
        Some("activities" | "outcomes") => "max_age (keep)",
        _ => "max_age",
    };
    differs(age, time(found.max_age), time(wanted.max_age))?;
    differs("duplicate_window", time(found.duplicate_window), time(wanted.duplicate_window))?;
    differs("num_replicas", found.num_replicas.to_string(), wanted.num_replicas.to_string())?;
    differs(
        "max_msgs_per_subject",
        found.max_messages_per_subject.to_string(),
        wanted.max_messages_per_subject.to_string(),
    )?;
    differs("republish", any(&found.republish), any(&wanted.republish))?;
    differs("no_ack", found.no_ack.to_string(), wanted.no_ack.to_string())?;
    differs("max_consumers", found.max_consumers.to_string(), wanted.max_consumers.to_string())?;
    if wanted.retention == RetentionPolicy::WorkQueue {
        differs("deny_delete", found.deny_delete.to_string(), wanted.deny_delete.to_string())?;
    }
    differs("sealed", found.sealed.to_string(), wanted.sealed.to_string())?;
    if (1..=PAYLOAD_MIN).contains(&usize::try_from(found.max_message_size).unwrap_or(0)) {
        let wanted = format!("-1, or more than {PAYLOAD_MIN}");
        differs("max_msg_size", found.max_message_size.to_string(), wanted)?;
    }
    let per_subject = |config: &Config| config.discard_new_per_subject.to_string();
    differs("discard_new_per_subject", per_subject(found), per_subject(wanted))?;
    // What is full refuses, and whoever is refused tries again; it drops nothing that was stored.
    if found.max_messages > 0 || found.max_bytes > 0 {
        let setting = "discard (beside max_msgs or max_bytes)";
        differs(setting, any(&found.discard), any(&DiscardPolicy::New))?;
    }
    // What is acknowledged is written.
    let persisted = |mode: Option<PersistenceMode>| any(&mode.unwrap_or_default());
    differs("persist_mode", persisted(found.persist_mode), persisted(wanted.persist_mode))?;
    Ok(stream)
}

/// Servers of 2.9.10 have lost records in one of four runs here in which members were killed for ten minutes,
/// those of 2.15.1 in none of two.
const CLUSTERS_FROM: (i64, i64) = (2, 10);
/// For how long a bucket knows which revisions were replaced, which two writes need that are stored one
/// right after the other. Not longer: replicas of 2.9 may number anew after a crash, and whose write bears
/// a number that was replaced before would have to wait for that long.
const BUCKET_WINDOW: Duration = Duration::from_secs(2);
const TRIES: u32 = 8;
