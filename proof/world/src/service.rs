//! SERVICE: a model of Direct Line 3.0 that does what the field does, the bad days included.
//!
//! It is lenient in nothing that a client could get wrong, and wrong only in what was ordered of
//! it by [`Faults`]. It never says a watermark that covers what it has not sent yet: a server that
//! did would lose activities whatever the client does.

pub(crate) mod answer;
mod stream;
mod tokens;

use std::collections::{BTreeMap, VecDeque};

use http::Response;

pub(crate) use self::stream::Payload;
use self::stream::Stream;
pub(crate) use self::tokens::Tokens;
use super::faults::Faults;
use super::operation::{ClockFate, Saying};
use super::random::Random;
use super::record::Conversation;
use super::setup::{Marks, Setup, millis};
use super::tally::Tally;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    setup: Setup,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) tokens: Tokens,
    /// The URLs that were minted last, oldest first, as they should be dialled.
    urls: VecDeque<(String, StreamUrl)>,
    /// The URLs that were offered last, oldest first, as they were written.
    offered: VecDeque<Offer>,
    next_url: u64,
    /// By socket.
    streams: BTreeMap<u64, Stream>,
    next_serial: u32,
    /// Where the last page began that told its watermark wrongly.
    erred_at: Option<usize>,
    /// Posts by the number in their body, and whether the conversation has recorded them.
    pub(crate) posts: BTreeMap<u64, u32>,
}

/// A URL that was minted.
#[derive(Clone, Debug)]
struct StreamUrl {
    conversation: usize,
    from: usize,
    dies: u64,
    used: bool,
}

/// A URL as an answer wrote it.
#[derive(Clone, Debug)]
struct Offer {
    conversation: usize,
    from: usize,
    written: String,
}

/// What the service makes of a handshake.
pub(crate) enum Handshake {
    Open,
    Refused(u16),
}

impl Service {
    pub(crate) fn new(setup: Setup) -> Service {
        Service {
            setup,
            conversations: Vec::new(),
            tokens: Tokens::new(millis(setup.token_lifetime())),
            urls: VecDeque::new(),
            offered: VecDeque::new(),
            next_url: 0,
            streams: BTreeMap::new(),
            next_serial: 0,
            erred_at: None,
            posts: BTreeMap::new(),
        }
    }

    /// Opens a conversation that has not begun, as generating a token does.
    pub(crate) fn create(&mut self) -> usize {
        let index = self.conversations.len();
        let id = format!("conv{index:02}-us");
        self.conversations.push(Conversation::new(id, self.setup));
        index
    }

    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.conversations.iter().position(|conversation| conversation.id == id)
    }

    /// The bot says something in every conversation that has begun.
    pub(crate) fn say(&mut self, now: u64, what: Saying, count: u16, tally: &mut Tally) {
        for conversation in &mut self.conversations {
            if conversation.has_started {
                conversation.say(now, what, count, &mut self.next_serial, tally);
            }
        }
    }

    /// Something odd becomes of the clock in every conversation.
    pub(crate) fn order_clock(&mut self, fate: ClockFate, detail: u16, tally: &mut Tally) {
        for conversation in &mut self.conversations {
            let has_begun_anew = conversation.has_begun_anew();
            if conversation.clock.order(fate, detail, has_begun_anew) {
                tally.count("clock", fate.name());
            }
        }
    }

    /// All clocks go right from now on.
    pub(crate) fn stop_clocks(&mut self) {
        self.conversations.iter_mut().for_each(|conversation| conversation.clock.stop());
    }

    pub(crate) fn renumber(&mut self, tally: &mut Tally) {
        for conversation in &mut self.conversations {
            if conversation.renumber(self.setup.restarts_marks()) {
                tally.count("other", "renumbered");
                if self.setup.restarts_marks() {
                    tally.count("other", "watermarks restarted");
                }
            }
        }
    }

    /// The watermark of the place before which lie `position` activities.
    pub(crate) fn mark(&self, conversation: usize, position: usize) -> String {
        let bases = &self.conversations[conversation].mark_bases;
        let restarts = bases.iter().filter(|base| **base <= position).count();
        let base = bases[..restarts].last().unwrap_or(&0);
        self.write_mark(self.first_mark(restarts) + position - base)
    }

    /// The number that watermarks begin with after so many restarts: each time a smaller one, so
    /// that no number is ever used twice.
    fn first_mark(&self, restarts: usize) -> usize {
        if self.setup.restarts_marks() { (RESTARTS_MAX - restarts) * MARKS_EACH } else { 0 }
    }

    fn write_mark(&self, position: usize) -> String {
        match self.setup.marks() {
            Marks::Decimal => position.to_string(),
            Marks::Opaque => format!("{:05x}-{position}", (position * 7_919) & 0xF_FFFF),
            Marks::Awkward => format!("w {position}/+%2B&=?#\u{e9}"),
        }
    }

    /// The place that a watermark of this service stands for.
    pub(crate) fn position(&self, conversation: usize, mark: &str) -> Option<usize> {
        let number = self.read_mark(mark)?;
        if !self.setup.restarts_marks() {
            return Some(number);
        }
        let restarts = RESTARTS_MAX.checked_sub(number / MARKS_EACH)?;
        let bases = &self.conversations[conversation].mark_bases;
        let base = if restarts == 0 { 0 } else { *bases.get(restarts - 1)? };
        Some(base + number % MARKS_EACH)
    }

    fn read_mark(&self, mark: &str) -> Option<usize> {
        let position = match self.setup.marks() {
            Marks::Decimal => mark.parse().ok()?,
            Marks::Opaque => mark.split_once('-')?.1.parse().ok()?,
            Marks::Awkward => mark.strip_prefix("w ")?.split_once('/')?.0.parse().ok()?,
        };
        (self.write_mark(position) == mark).then_some(position)
    }

    /// A handshake reached the service.
    pub(crate) fn shake(
        &mut self,
        now: u64,
        socket: u64,
        url: &str,
        faults: &mut Faults,
    ) -> Handshake {
        let known = self.urls.iter_mut().rev().find(|(own, _)| own == url);
        let Some((_, known)) = known else { return Handshake::Refused(403) };
        if known.dies <= now {
            faults.tally.count("other", "URL used late");
        }
        if known.used || known.dies <= now {
            return Handshake::Refused(403);
        }
        known.used = true;
        let (conversation, from) = (known.conversation, known.from);
        self.streams.insert(socket, Stream::open(conversation, from, faults));
        Handshake::Open
    }

    /// Whether this URL was ever minted here, as it should be dialled.
    pub(crate) fn has_minted(&self, url: &str) -> bool {
        self.urls.iter().rev().any(|(own, _)| own == url)
    }

    /// The conversation and the place at which a socket's stream began.
    pub(crate) fn stream_start(&self, socket: u64) -> Option<(usize, usize)> {
        self.streams.get(&socket).map(Stream::start)
    }

    pub(crate) fn hang_up(&mut self, socket: u64) {
        self.streams.remove(&socket);
    }

    pub(crate) fn open_sockets(&self) -> Vec<u64> {
        self.streams.keys().copied().collect()
    }

    /// What a socket has still to be sent.
    pub(crate) fn flush(
        &mut self,
        socket: u64,
        faults: &mut Faults,
        random: &mut Random,
    ) -> Vec<Payload> {
        let Some(mut stream) = self.streams.remove(&socket) else { return Vec::new() };
        let payloads = stream.flush(self, faults, random);
        self.streams.insert(socket, stream);
        payloads
    }
}

/// An answer without headers.
fn plain(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).expect("a status below 1000")
}

/// How often watermarks begin anew, and how many there are each time.
pub(crate) const RESTARTS_MAX: usize = 9;
const MARKS_EACH: usize = 100_000;
