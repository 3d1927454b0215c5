//! FIGURES: what a host counts of itself, for whoever watches it. Names of conversations are no labels:
//! there are too many.

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The figures of one host.
pub struct Figures {
    registry: Registry,
    /// Conversations that have a session here.
    pub(crate) owned: Gauge,
    /// Those of them with an open socket.
    pub(crate) live: Gauge,
    /// Conversations that are to run, on all hosts.
    pub(crate) known: Gauge,
    /// Hosts that hold a lease, with this one.
    pub(crate) hosts: Gauge,
    /// 1 while this host has a lease.
    pub(crate) joined: Gauge,
    /// 1 while NATS is connected.
    pub(crate) connected: Gauge,
    pub(crate) disconnects: Gauge,
    pub(crate) took: Counter,
    pub(crate) gave: Counter,
    pub(crate) fenced: Counter,
    pub(crate) leases_lost: Counter,
    pub(crate) reconnects: Counter,
    pub(crate) troubles: Counter,
    pub(crate) refused: Counter,
    pub(crate) delivered: Counter,
    pub(crate) published: Counter,
    pub(crate) unanswered: Counter,
    pub(crate) overtaken: Counter,
    /// Delivered, and not on the stream yet.
    pub(crate) waiting: Gauge,
    /// From a delivery to the acknowledgement of its publication.
    pub(crate) lag: Histogram,
    pub(crate) outcomes: Family<Labels, Counter>,
    pub(crate) faults: Family<Kind, Counter>,
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Labels {
    pub(crate) outcome: OutcomeLabel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "they are told as they are called")]
pub(crate) enum OutcomeLabel {
    sent,
    unknown,
    refused,
}

/// What was wrong with what somebody sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Kind {
    pub(crate) kind: String,
}

impl Default for Figures {
    fn default() -> Figures {
        let mut figures = Figures {
            registry: Registry::default(),
            owned: Gauge::default(),
            live: Gauge::default(),
            known: Gauge::default(),
            hosts: Gauge::default(),
            joined: Gauge::default(),
            connected: Gauge::default(),
            disconnects: Gauge::default(),
            took: Counter::default(),
            gave: Counter::default(),
            fenced: Counter::default(),
            leases_lost: Counter::default(),
            reconnects: Counter::default(),
            troubles: Counter::default(),
            refused: Counter::default(),
            delivered: Counter::default(),
            published: Counter::default(),
            unanswered: Counter::default(),
            overtaken: Counter::default(),
            waiting: Gauge::default(),
            lag: Histogram::new(exponential_buckets(0.001, 4.0, 9)),
            outcomes: Family::default(),
            faults: Family::default(),
        };
        figures.register();
        // What has not happened yet is told as none, so that the first is seen.
        for outcome in [OutcomeLabel::sent, OutcomeLabel::unknown, OutcomeLabel::refused] {
            drop(figures.outcomes.get_or_create(&Labels { outcome }));
        }
        for kind in KINDS {
            drop(figures.faults.get_or_create(&Kind { kind: kind.to_owned() }));
        }
        figures
    }
}

impl Figures {
    /// All of them, as Prometheus reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A text takes whatever is written to it.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Whether this host takes conversations.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.joined.get() == 1 && self.connected.get() == 1
    }

    fn register(&mut self) {
        let mut all = Registry::with_prefix("directline_relay");
        all.register("conversations", "Conversations with a session here", self.owned.clone());
        all.register("conversations_live", "Those with an open socket", self.live.clone());
        all.register("conversations_known", "Conversations on all hosts", self.known.clone());
        all.register("hosts", "Hosts with a lease, this one among them", self.hosts.clone());
        all.register("joined", "1 while this host has a lease", self.joined.clone());
        all.register("nats_connected", "1 while NATS is connected", self.connected.clone());
        let help = "How often the connection to NATS was lost";
        all.register("nats_disconnects", help, self.disconnects.clone());
        all.register("taken", "Conversations taken from nobody or another host", self.took.clone());
        all.register("given", "Conversations given to another host", self.gave.clone());
        all.register("fenced", "Conversations lost to another host", self.fenced.clone());
        all.register("leases_lost", "Leases that ended", self.leases_lost.clone());
        all.register("reconnects", "Sockets replaced by another", self.reconnects.clone());
        let help = "What went wrong on the way to the service, and was dealt with";
        all.register("troubles", help, self.troubles.clone());
        all.register("credentials_refused", "Credentials refused", self.refused.clone());
        all.register("activities_delivered", "Activities from the service", self.delivered.clone());
        all.register("activities_published", "Activities on the stream", self.published.clone());
        all.register("unanswered", "Requests to NATS without an answer", self.unanswered.clone());
        let help = "Publications that found another's on their subject";
        all.register("overtaken", help, self.overtaken.clone());
        let help = "Activities that are delivered and not on the stream";
        all.register("activities_waiting", help, self.waiting.clone());
        let help = "From a publication's order to its acknowledgement";
        all.register_with_unit("publication_lag", help, Unit::Seconds, self.lag.clone());
        all.register("posts", "Posts by what became of them", self.outcomes.clone());
        all.register("faults", "What was wrong with what others sent or did", self.faults.clone());
        self.registry = all;
    }
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figures").field("owned", &self.owned.get()).finish_non_exhaustive()
    }
}

/// What can be wrong with what others send.
const KINDS: [&str; 11] = [
    "activity",
    "command",
    "credentials",
    "entry",
    "gap",
    "host",
    "key",
    "nats",
    "over",
    "post",
    "session",
];
