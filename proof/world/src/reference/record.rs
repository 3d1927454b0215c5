//! RECORD: what went into a session and came out of it, with every id resolved. It keeps book and
//! predicts nothing.

use std::collections::{BTreeMap, BTreeSet};

use directline::{CloseReason, Failure, Input, Purpose, Request, RequestId, SocketId};

use super::facts::{Answer, Holds, Set, answer, is_collision, is_wall, mark_in, told, unanswered};
use super::pages::Pages;
use crate::oracle::kinds::{is_connecting, kind};
use crate::service::answer::post_number;
use crate::setup::Setup;

/// What was asked and what came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) setup: Setup,
    /// This step and the one before.
    pub(crate) now: u64,
    pub(crate) before: u64,
    pub(crate) asked: BTreeMap<RequestId, Asked>,
    /// Requests that nobody waits for any more and that were not cancelled yet.
    pub(crate) late: BTreeSet<RequestId>,
    pub(crate) socket: Option<Socket>,
    pub(crate) dialled: BTreeSet<String>,
    /// When a socket was open or a page came last, or everything began.
    pub(crate) worked: u64,
    /// When the session wants to be asked again, and whether there is nothing that it could try.
    pub(crate) due: Option<u64>,
    pub(crate) rests: bool,
    /// In a row: attempts that led to no open socket, and sockets lost to a collision.
    pub(crate) unopened: u32,
    pub(crate) collisions: u32,
    pub(crate) pages: Pages,
    /// Credentials that were refused.
    pub(crate) refusals: u32,
    /// How many requests of a kind ran out of time since one was answered (RC-6).
    pub(crate) late_ones: BTreeMap<Purpose, u32>,
    /// Whether a page came since a socket was open last.
    pub(crate) has_paged: bool,
    /// How often nobody could read what came, with nothing new since.
    pub(crate) walls: u32,
    /// The conversation that the last generated token is for.
    pub(crate) named: Option<String>,
    /// What the host was told, or said.
    pub(crate) is_offline: bool,
    pub(crate) needs_token: bool,
    /// Whether the host has still to bring the token that it was asked for, also where an answer
    /// has brought one meanwhile.
    pub(crate) is_owed: bool,
    pub(crate) is_over: bool,
    /// Since when a post is taken without a sign of life from the socket after it was sent; and
    /// whether that has ended a socket, with no such sign from any since (RC-14).
    pub(crate) unheard: Option<u64>,
    pub(crate) has_doubted: bool,
    /// When the last post was taken without such a sign.
    pub(crate) taken: u64,
    pub(crate) uploads: BTreeSet<u64>,
    /// Posts that were told to be kept by the checkpoint over the end.
    pub(crate) kept: BTreeSet<u64>,
}

/// A request in flight.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) purpose: Purpose,
    pub(crate) sent: u64,
    /// When it is overdue (RC-6).
    pub(crate) by: u64,
    pub(crate) bearer: String,
    pub(crate) mark: Option<String>,
    /// Of the post that it carries.
    pub(crate) key: u64,
}

/// A socket, dialled or open.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) id: SocketId,
    /// By when it must open.
    pub(crate) by: u64,
    pub(crate) opened: Option<u64>,
    /// Whether it opened in this step.
    pub(crate) is_fresh: bool,
    pub(crate) heard: u64,
    /// Whether a pong or an empty frame came, and whether anything at all.
    pub(crate) answers: bool,
    pub(crate) spoke: bool,
}

/// What an input tells.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Answered(Asked, Box<Answer>),
    /// A frame.
    Came(Set),
    Lost(CloseReason),
    /// The socket is not what it was: it holds what nobody can read, or the network is another one.
    Doubted,
    /// An attempt may succeed now that could not before: the network is back or another one, the
    /// token that was awaited has come.
    Bettered,
    /// A token of the host's, and whether it was asked for.
    Token(String, u64, bool),
    Posted(u64),
    Closed,
}

/// What came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Came {
    pub(crate) set: Set,
    /// Whether what is new in it must be handed out.
    pub(crate) must: bool,
    pub(crate) is_page: bool,
    /// The watermark that the page was asked for with.
    pub(crate) asked: Option<String>,
}

/// What a step leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// The URL that must be dialled, and by when it must open.
    pub(crate) dial: Option<(String, u64)>,
    pub(crate) came: Option<Came>,
    /// The outcomes of posts that must be told.
    pub(crate) outcomes: BTreeMap<u64, &'static str>,
    /// The end that must come, and those that may.
    pub(crate) end: Option<&'static str>,
    pub(crate) ends: Vec<&'static str>,
    /// Whether the host's limit of attempts is reached.
    pub(crate) gives_up: bool,
    /// The same of pages, which are no attempts while a socket is open or looked for.
    pub(crate) pages_give_up: bool,
    /// Whether a socket may be shut.
    pub(crate) shuts: bool,
    /// Whether a page has brought something.
    pub(crate) has_page_news: bool,
    /// Whether the next attempt is worth making at once (RC-2, CR-4, CR-6, WM-9).
    pub(crate) leads_on: bool,
    /// Whether it was made in this step.
    pub(crate) has_attempted: bool,
}

impl Record {
    pub(crate) fn passes(&mut self, now: u64) {
        (self.before, self.now) = (self.now, now.max(self.now));
        if self.rests {
            self.spare(self.before);
        }
        if let Some(due) = self.due.filter(|due| *due < self.now) {
            self.spare(due);
        }
        if let Some(socket) = &mut self.socket {
            socket.is_fresh = false;
        }
    }

    /// What an input tells, of which a frame `holds` this; news of anything that nobody waits for
    /// is none.
    pub(crate) fn takes(&mut self, input: &Input, holds: Holds) -> Vec<Fact> {
        match input {
            Input::Response { request, response }
                if response.body().len() > self.setup.body_bytes_max() =>
            {
                self.answers(*request, |_| unanswered(&Failure::TooLarge), false)
            }
            Input::Response { request, response } => {
                self.answers(*request, |purpose| answer(purpose, response), false)
            }
            Input::RequestFailed { request, failure } => {
                let is_late = *failure == Failure::TimedOut;
                self.answers(*request, |_| unanswered(failure), is_late)
            }
            Input::SocketOpened { socket } => self.hears(*socket, false, false, None),
            Input::Pong { socket } => self.hears(*socket, true, true, None),
            Input::Garbled { socket } => self.hears(*socket, true, false, Some(Fact::Doubted)),
            Input::Frame { socket, text } if text.trim_ascii().is_empty() => {
                self.hears(*socket, true, true, None)
            }
            Input::Frame { socket, text } => {
                let news = match holds {
                    Holds::Set(set) if text.len() <= self.setup.frame_bytes_max() => {
                        Fact::Came(set)
                    }
                    _ => Fact::Doubted,
                };
                self.hears(*socket, true, false, Some(news))
            }
            Input::SocketClosed { socket, reason } if self.is_own(*socket) => {
                vec![Fact::Lost(reason.clone())]
            }
            Input::Post { key, .. } => vec![Fact::Posted(key.0)],
            Input::Upload { key, .. } => {
                self.uploads.insert(key.0);
                vec![Fact::Posted(key.0)]
            }
            Input::NewToken(token) => {
                let was_needed = std::mem::take(&mut self.needs_token);
                self.is_owed = false;
                let (text, life) = (token.text().expose().to_owned(), told(token.lifetime()));
                let mut news = vec![Fact::Token(text, life, was_needed)];
                news.extend(was_needed.then_some(Fact::Bettered));
                news
            }
            Input::NetworkDown => {
                self.is_offline = true;
                vec![Fact::Doubted]
            }
            Input::NetworkUp if !self.is_offline => Vec::new(),
            Input::Woke | Input::NetworkUp => {
                self.is_offline &= matches!(input, Input::Woke);
                vec![Fact::Doubted, Fact::Bettered]
            }
            Input::Close => vec![Fact::Closed],
            Input::SocketClosed { .. } | Input::Timeout => Vec::new(),
        }
    }

    pub(crate) fn is_own(&self, id: SocketId) -> bool {
        self.socket.as_ref().is_some_and(|own| own.id == id)
    }

    /// Whether a socket has opened in this step.
    pub(crate) fn has_opened(&self) -> bool {
        self.socket.as_ref().is_some_and(|own| own.is_fresh)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.socket.as_ref().is_some_and(|own| own.opened.is_some())
    }

    /// Any news of a socket shows that it is open, and alive.
    fn hears(
        &mut self,
        id: SocketId,
        speaks: bool,
        answers: bool,
        news: Option<Fact>,
    ) -> Vec<Fact> {
        let now = self.now;
        let Some(own) = self.socket.as_mut().filter(|own| own.id == id) else {
            return Vec::new();
        };
        own.is_fresh = own.opened.is_none();
        own.opened.get_or_insert(now);
        (own.heard, own.answers) = (now, own.answers || answers);
        if speaks {
            own.spoke = true;
            // What comes after the time of the last post says nothing of the next.
            let is_timely = now < self.taken.saturating_add(ECHO_LATE);
            self.has_doubted &= self.unheard.take().is_none() || !is_timely;
        }
        if own.is_fresh {
            (self.has_paged, self.unopened) = (false, 0);
        }
        self.walls += u32::from(matches!(news, Some(Fact::Doubted)));
        news.into_iter().collect()
    }

    /// A start without an id is that of the generated token.
    fn answers(
        &mut self,
        request: RequestId,
        read: impl FnOnce(Purpose) -> Answer,
        is_late: bool,
    ) -> Vec<Fact> {
        let Some(asked) = self.asked.remove(&request) else { return Vec::new() };
        let late = self.late_ones.entry(kind(asked.purpose)).or_default();
        *late = if is_late { *late + 1 } else { 0 };
        let mut answer = read(asked.purpose);
        let is_success = (200..300).contains(&answer.status);
        match asked.purpose {
            Purpose::Activities if is_success && !answer.is_useless => {
                (self.has_paged, self.worked) = (true, self.now);
            }
            Purpose::Start if is_success && !answer.is_useless => {
                answer.conversation = answer.conversation.or(self.named.take());
                answer.is_useless = answer.conversation.is_none();
            }
            Purpose::Start if answer.status == 409 => answer.conversation = self.named.take(),
            _ => {}
        }
        vec![Fact::Answered(asked, Box::new(answer))]
    }

    /// RC-10: what could not be tried since then is no outage.
    fn spare(&mut self, since: u64) {
        self.worked = self.now.min(self.worked + self.now - since.max(self.worked));
    }

    /// For how long nothing has worked.
    pub(crate) fn outage(&self) -> u64 {
        if self.is_open() { 0 } else { self.now - self.worked }
    }

    /// The post in flight.
    pub(crate) fn flying(&self) -> Option<u64> {
        self.asked.values().find(|own| posts(own.purpose)).map(|own| own.key)
    }

    pub(crate) fn sent(&mut self, request: RequestId, message: &Request) {
        let purpose = message.purpose();
        let late = if posts(purpose) {
            0
        } else {
            self.late_ones.get(&kind(purpose)).copied().unwrap_or(0)
        };
        let asked = Asked {
            purpose,
            sent: self.now,
            by: self.now + (self.setup.request_timeout() << late.min(2)),
            bearer: message.bearer().expose().to_owned(),
            mark: mark_in(message.url()),
            key: post_number(&String::from_utf8_lossy(message.body())),
        };
        self.asked.insert(request, asked);
    }

    pub(crate) fn dialled(&mut self, id: SocketId, url: String, by: u64) {
        self.dialled.insert(url);
        let (opened, is_fresh, heard, answers, spoke) = (None, false, self.now, false, false);
        self.socket = Some(Socket { id, by, opened, is_fresh, heard, answers, spoke });
    }

    /// The socket is no more, for a reason or since the session let go of it.
    pub(crate) fn drops(&mut self, reason: Option<&CloseReason>) -> Option<Socket> {
        let socket = self.socket.take()?;
        self.unheard = None;
        self.worked = if socket.opened.is_some() { self.now } else { self.worked };
        if let Some(reason) = reason {
            self.collisions = match is_collision(reason) {
                true => self.collisions + 1,
                // A handshake that fails says nothing of who owns the conversation.
                false if socket.opened.is_none() => self.collisions,
                false => 0,
            };
            self.walls += u32::from(is_wall(reason));
            self.unopened += u32::from(socket.opened.is_none());
        }
        Some(socket)
    }

    /// A post was taken that was sent at `sent` (RC-14).
    pub(crate) fn took(&mut self, sent: u64) {
        match self.socket.as_ref().filter(|own| own.opened.is_some()) {
            Some(own) if own.spoke && own.heard >= sent => self.has_doubted = false,
            Some(_) => {
                _ = self.unheard.get_or_insert(self.now);
                self.taken = self.now;
            }
            None => {}
        }
    }

    /// Requests sent at `sent` or before, which nobody waits for any more.
    pub(crate) fn overdue(&mut self) -> Vec<Asked> {
        let mut late = Vec::new();
        self.asked.retain(|request, own| {
            let is_late = own.by <= self.now;
            if is_late {
                *self.late_ones.entry(kind(own.purpose)).or_default() += 1;
                self.late.insert(*request);
                late.push(own.clone());
            }
            !is_late
        });
        late
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.asked.values().any(|own| is_connecting(own.purpose))
    }
}

/// Whether it carries something that was posted.
pub(crate) fn posts(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Post | Purpose::Upload)
}

/// RC-14: how late an echo may be.
pub(crate) const ECHO_LATE: u64 = 3_000;
