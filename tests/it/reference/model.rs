//! REFERENCE MODEL: what a session may do next, from CONTRACT.md alone, in three parts: this is what
//! happens, `line` the connection, `said` what comes over it. It knows no phases and no timers, only what was
//! asked, what came, and what the clauses make of that. Where they leave freedom, so does it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use directline::{Input, Purpose, RequestId, SocketId};

use super::facts::{answer, told, unanswered};
use super::said::Memory;
use crate::sim::setup::Setup;

/// A request in flight: what for, when sent, with which bearer, and its watermark.
pub(crate) type Asked = (Purpose, u64, String, Option<String>);
/// A socket: by when it must open, when it did, when it was heard last, whether it answers probes.
pub(crate) type Socket = (SocketId, u64, Option<u64>, u64, bool);
/// A token: its text, when it was asked for, until when it surely lives, from when on it surely is
/// over, and before when it need not be refreshed.
pub(crate) type Token = (String, u64, u64, u64, u64);
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) memory: Memory,
    /// This step and the one before.
    pub(crate) now: u64,
    pub(crate) before: u64,
    pub(crate) token: Option<Token>,
    /// The one before this step: what was due went out with it (TM-3).
    pub(crate) token_before: Option<Token>,
    pub(crate) secret_refused: bool,
    pub(crate) never_generate: bool,
    pub(crate) asked: BTreeMap<RequestId, Asked>,
    pub(crate) socket: Option<Socket>,
    pub(crate) dialled: BTreeSet<String>,
    /// When the next attempt may begin and by when it must, and how many have failed in a row.
    pub(crate) window: (u64, u64),
    pub(crate) attempt: u32,
    /// The conversation that a generated token is for.
    pub(crate) named: Option<String>,
    /// When there was a socket or a page last, and how many pages in a row have failed (RC-10).
    pub(crate) worked: u64,
    pub(crate) unpaged: u32,
    pub(crate) collisions: u32,
    /// Whether the attempt counted last may have been none.
    pub(crate) unsure: bool,
    pub(crate) unopened: u32,
    /// Whether the history is owed (WM-7), and whether polling is (RC-11, SU-5).
    pub(crate) reads: bool,
    pub(crate) polls: bool,
    pub(crate) paged: bool,
    /// Whether a watermark was refused and none has come since, in frames and pages (WM-9).
    pub(crate) refused: [bool; 2],
    /// Whether pages may only be looking for where the new begins (WM-8).
    pub(crate) bearings: bool,
    pub(crate) walls: u32,
    pub(crate) offline: bool,
    pub(crate) needs_token: bool,
    pub(crate) over: bool,
    pub(crate) posts: VecDeque<u64>,
    /// No checkpoint carries those.
    pub(crate) uploads: BTreeSet<u64>,
    /// Posts that went out and of which nothing is known: their echo may still tell (TX-4).
    pub(crate) unknown: BTreeSet<u64>,
    /// In this step: the URL that must be dialled and when it dies; what must be handed out; the
    /// outcomes that must be told; the end that must come, or those that may; a socket's opening.
    pub(crate) offer: Option<(String, u64)>,
    pub(crate) batches: VecDeque<Vec<String>>,
    pub(crate) optional: Option<Vec<String>>,
    pub(crate) outcomes: BTreeMap<u64, &'static str>,
    pub(crate) end: Option<&'static str>,
    pub(crate) ends: Vec<&'static str>,
    pub(crate) may_shut: bool,
    pub(crate) is_fresh: bool,
    pub(crate) overdue: BTreeSet<RequestId>,
}
impl Model {
    /// What a checkpoint carries now (TX-5, TM-7).
    pub(crate) fn carried(&self, setup: Setup) -> Memory {
        let mut own = self.memory.clone();
        if setup.keeps_posts() {
            let is_post = |asked: &Asked| matches!(asked.0, Purpose::Post | Purpose::Upload);
            own.flight = self.posts.front().filter(|_| self.asked.values().any(is_post)).copied();
            let waits = |key: &&u64| Some(**key) != own.flight && !self.uploads.contains(*key);
            own.waiting.extend(self.posts.iter().filter(waits));
            own.unknown = self.unknown.clone();
        }
        own
    }
    /// A session takes up what a checkpoint carried: of what was in flight nothing is known.
    pub(crate) fn takes_up(&mut self, mut memory: Memory) {
        self.posts = std::mem::take(&mut memory.waiting);
        self.unknown = std::mem::take(&mut memory.unknown);
        self.outcomes.extend(memory.flight.take().map(|key| (key, "Unknown")));
        self.memory = memory;
    }
    /// TX-5: whether a checkpoint keeps a post over the end.
    pub(crate) fn keeps(&self, setup: Setup, key: u64) -> bool {
        let is_joined = self.memory.conversation.is_some();
        setup.keeps_posts() && is_joined && !self.uploads.contains(&key)
    }
    /// Something happens. What is due goes first (TM-3), and then comes too late.
    pub(crate) fn input(&mut self, setup: Setup, now: u64, input: &Input) {
        (self.before, self.now) = (self.now, now.max(self.now));
        self.token_before = self.token.clone();
        (self.offer, self.end, self.may_shut, self.is_fresh) = (None, None, false, false);
        self.ends.clear();
        self.optional = None;
        if self.over {
            return;
        }
        self.overdue(setup);
        match input {
            Input::Response { request, response } => {
                if let Some(asked) = self.asked.remove(request) {
                    self.answered(setup, &asked, answer(response));
                }
            }
            Input::RequestFailed { request, failure } => {
                if let Some(asked) = self.asked.remove(request) {
                    self.answered(setup, &asked, Some(unanswered(failure)));
                }
            }
            Input::SocketOpened { socket } => _ = self.hears(*socket, false),
            Input::Pong { socket } => _ = self.hears(*socket, true),
            Input::Garbled { socket } => {
                let is_wall = self.hears(*socket, false);
                self.wall(is_wall);
            }
            Input::Frame { socket, text } => {
                if self.hears(*socket, text.trim_ascii().is_empty()) {
                    self.takes(text, 0);
                }
            }
            Input::SocketClosed { socket, reason } => {
                if self.socket.as_ref().is_some_and(|own| own.0 == *socket) {
                    self.lost(setup, self.now, reason);
                }
            }
            Input::Post { key, .. } => self.posts.push_back(key.0),
            Input::Upload { key, .. } => {
                self.posts.push_back(key.0);
                self.uploads.insert(key.0);
            }
            Input::NewToken { token, lifetime } => {
                self.adopts(token.expose(), told(*lifetime), self.now, true);
                if std::mem::take(&mut self.needs_token) {
                    self.soon(setup)
                }
            }
            Input::Woke | Input::NetworkUp | Input::NetworkDown => {
                let was_offline = self.offline;
                self.offline = matches!(input, Input::NetworkDown)
                    || self.offline && !matches!(input, Input::NetworkUp);
                self.may_shut = true;
                if was_offline || matches!(input, Input::Woke) {
                    self.soon(setup)
                }
            }
            Input::Close => (self.end, self.may_shut) = (Some("Closed"), true),
            Input::Timeout => {}
        }
    }
}
