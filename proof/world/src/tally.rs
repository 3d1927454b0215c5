//! TALLY: how often each kind of trouble really happened. One that never does is tested by nobody.

use std::collections::BTreeMap;

use super::operation::{
    Anger, Bound, ClockFate, FrameKind, HandshakeFate, HostCall, ReplayKind, RequestFate, Saying,
    SocketFate, TokenFate, UrlKind, WatermarkKind,
};

/// Counts by the kind of trouble and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<(&'static str, String), u64>,
}

impl Tally {
    pub(crate) fn count(&mut self, kind: &'static str, name: impl Into<String>) {
        self.count_many(kind, name, 1);
    }

    pub(crate) fn count_many(&mut self, kind: &'static str, name: impl Into<String>, times: u64) {
        *self.counts.entry((kind, name.into())).or_default() += times;
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        for ((kind, name), times) in &other.counts {
            self.count_many(kind, name.as_str(), *times);
        }
    }

    /// Every kind that ought to happen, with how often it did.
    pub fn expected(&self) -> Vec<(&'static str, String, u64)> {
        let mut names: Vec<(&'static str, String)> = Vec::new();
        let mut all = |kind, list: Vec<&str>| {
            names.extend(list.into_iter().map(|name| (kind, name.to_owned())));
        };
        all("saying", Saying::ALL.iter().map(|one| one.name()).collect());
        all("socket", SocketFate::ALL.iter().map(|one| one.name()).collect());
        all("request", RequestFate::ALL.iter().map(|one| one.name()).collect());
        all("url", UrlKind::ALL.iter().map(|one| one.name()).collect());
        all("handshake", HandshakeFate::ALL.iter().map(|one| one.name()).collect());
        all("frame", FrameKind::ALL.iter().map(|one| one.name()).collect());
        all("watermark", WatermarkKind::ALL.iter().map(|one| one.name()).collect());
        all("replay", ReplayKind::ALL.iter().map(|one| one.name()).collect());
        all("token", TokenFate::ALL.iter().map(|one| one.name()).collect());
        all("host", HostCall::ALL.iter().map(|one| one.name()).collect());
        all("clock", ClockFate::ALL.iter().map(|one| one.name()).collect());
        all("at its least", Bound::ALL.iter().map(|one| one.name()).collect());
        all("at its most", Bound::ALL.iter().map(|one| one.name()).collect());
        all("anger", Anger::ALL.iter().map(|one| one.name()).collect());
        all("anger while", STATUS_NAMES.to_vec());
        all("end", ENDS.to_vec());
        all("gap", GAPS.to_vec());
        all("other", OTHERS.to_vec());
        for status in STATUSES {
            names.push(("status", status.to_string()));
            names.push(("status with Retry-After", status.to_string()));
        }
        let count = |key: &(&'static str, String)| self.counts.get(key).copied().unwrap_or(0);
        names.into_iter().map(|key| (key.0, key.1.clone(), count(&key))).collect()
    }
}

/// How a session may end.
const ENDS: [&str; 9] = [
    "Closed",
    "Completed",
    "Gone",
    "Collision",
    "Refused",
    "WrongRegion",
    "WrongConversation",
    "Rejected",
    "GaveUp",
];
/// What an angry host may meet.
const STATUS_NAMES: [&str; 7] =
    ["Connecting", "Live", "Waiting", "Polling", "NeedsToken", "Offline", "Ended"];
/// Why a gap may be told.
const GAPS: [&str; 3] = ["UnreadableFrame", "FrameTooLarge", "HistoryUnavailable"];
/// What has no list of its own.
const OTHERS: [&str; 11] = [
    "killed",
    "overslept",
    "lazy host",
    "renumbered",
    "watermarks restarted",
    "URL used late",
    "probe lost",
    "upload",
    "post kept over a kill",
    "resumed with only what is new",
    "token needed",
];
/// Every status that the service answers with on a bad day.
const STATUSES: [u16; 19] =
    [302, 400, 401, 403, 404, 405, 408, 409, 410, 413, 425, 429, 500, 501, 502, 503, 504, 599, 999];
