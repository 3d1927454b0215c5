//! SETUP: what one run is like, drawn from its seed.

use std::time::Duration;

use directline_relay::core::Settings;
use directline_world::random::Random;

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) kind: Kind,
    pub(crate) hosts: usize,
    pub(crate) conversations: usize,
    pub(crate) settings: Settings,
    /// The duplicate window of the streams, in milliseconds.
    pub(crate) window: u64,
    /// How long things go wrong, and how long they are quiet after that.
    pub(crate) bad: u64,
    pub(crate) quiet: u64,
    /// The mean pause between two things that are said in a conversation, and between two deeds.
    pub(crate) says_every: u64,
    pub(crate) posts_every: u64,
    pub(crate) deeds_every: u64,
    /// How many of a hundred answers of the server get lost, or come late, all the time.
    pub(crate) lost: u64,
    /// How many of a hundred reads are of a server that lags.
    pub(crate) stale: u64,
    /// How many of a hundred orders are the last before the host sleeps.
    pub(crate) pauses: u64,
    /// Whether the service sends echoes.
    pub(crate) echoes: bool,
    /// How many of a hundred activities have no id, and begin a new numbering.
    pub(crate) idless: u64,
    pub(crate) renumbered: u64,
    /// How many of a hundred answers to a post say nothing, and refuse it.
    pub(crate) doubts: u64,
    pub(crate) refusals: u64,
    /// How many of a hundred sessions end by themselves, a batch.
    pub(crate) ends: u64,
    /// By how many thousandths of a percent clocks run apart.
    pub(crate) skew: u64,
}

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All at once.
    Mixed,
    /// One host dies, or sleeps, and all else is well: how long it takes.
    Takeover,
    /// Hosts come and go in order, and nothing is wrong: nobody may notice.
    Rolling,
    /// Many conversations, one host after another: the pace.
    Storm,
}

impl Setup {
    pub(crate) fn draw(seed: u64, random: &mut Random) -> Setup {
        let kind = match seed % 8 {
            0..=4 => Kind::Mixed,
            5 => Kind::Takeover,
            6 => Kind::Rolling,
            _ => Kind::Storm,
        };
        let mut pick = |from: u64, to: u64| from + random.below(to - from + 1);
        let lease = pick(2, 10) * 1_000;
        let millis = Duration::from_millis;
        let retry_min = pick(20, 200);
        // In half of all runs names are soon free again.
        let over_most = if pick(0, 1) == 0 { 30_000 } else { 300_000 };
        let settings = Settings {
            lease: millis(lease),
            margin: millis(lease / pick(4, 12)),
            renew_after: millis(lease / pick(4, 6)),
            answer_wait: millis(lease / pick(2, 10)),
            retry_min: millis(retry_min),
            retry_max: millis(retry_min * pick(4, 20)),
            doubt_wait: millis(pick(0, 5_000)),
            handover_wait: millis(pick(500, 8_000)),
            drain_wait: millis(pick(3_000, 20_000)),
            over_wait: millis(pick(10_000, over_most)),
            starts_a_second: u32::try_from(pick(2, 50)).unwrap_or(50),
            window: u32::try_from(pick(2, 40)).unwrap_or(40),
            outcomes: u32::try_from(pick(2, 16)).unwrap_or(16),
            arriving: u32::try_from(pick(1, 16)).unwrap_or(16),
        };
        let is_mixed = kind == Kind::Mixed;
        let settings = match kind {
            Kind::Mixed => settings,
            // Long enough for the slowest post.
            Kind::Rolling => {
                Settings { handover_wait: millis(15_000), drain_wait: millis(40_000), ..settings }
            }
            Kind::Takeover => Settings { starts_a_second: 50, arriving: 16, ..settings },
            Kind::Storm => {
                Settings { starts_a_second: settings.starts_a_second.min(10), ..settings }
            }
        };
        let mut some = |most: u64| if is_mixed { pick(0, most) } else { 0 };
        let (lost, lags, pauses) = (some(5), some(1) == 1, some(1));
        let stale = if lags { some(10) } else { 0 };
        let (idless, renumbered, doubts, refusals, ends) =
            (some(10), some(3), some(20), some(10), some(3));
        let skew = some(3_000);
        let (hosts, conversations) = match kind {
            Kind::Mixed => (pick(1, 5), pick(1, 8)),
            Kind::Takeover => (pick(2, 5), pick(1, 12)),
            Kind::Rolling => (pick(2, 5), pick(1, 10)),
            Kind::Storm => (pick(1, 3), pick(20, 60)),
        };
        let whole = |count: u64| usize::try_from(count).unwrap_or(1);
        Setup {
            kind,
            hosts: whole(hosts),
            conversations: whole(conversations),
            window: if is_mixed { pick(3, 120) * 1_000 } else { 120_000 },
            bad: if is_mixed { pick(30, 150) * 1_000 } else { 80_000 },
            quiet: 90_000,
            says_every: pick(200, 4_000) * if kind == Kind::Storm { 10 } else { 1 },
            posts_every: match kind {
                Kind::Mixed | Kind::Takeover => pick(500, 8_000),
                // A post is on its way whenever anything is handed over.
                Kind::Rolling => pick(500, 2_000),
                Kind::Storm => pick(5_000, 80_000),
            },
            deeds_every: pick(500, 10_000),
            lost,
            stale,
            pauses,
            echoes: pick(0, 3) > 0,
            idless,
            renumbered,
            doubts,
            refusals,
            ends: if kind == Kind::Rolling { 2 } else { ends },
            skew,
            settings,
        }
    }
}
