//! The REFERENCE MODEL: what a session may do next, from CONTRACT.md alone. It knows no phases and
//! no timers, only what was asked and what came (`record`), and what the clauses make of that.
//! Where they leave freedom, so does it.

use std::collections::BTreeSet;

use directline::Purpose::{Activities, Generate, Reconnect, Refresh, Start};
use directline::{CloseReason, Input, Way};

use super::facts::{Answer, Holds, LIFE_ASSUMED, is_collision};
use super::pages::{Look, Page};
use super::record::{Asked, Came, Fact, Record, Socket, Step, posts};
use crate::oracle::Brings;
use crate::oracle::kinds::{is_connecting, kind};
use crate::oracle::pace::{PAUSE_MIN, Pauses};

/// By the frames and by the pages: what may go as the watermark.
pub(crate) type Marks = [BTreeSet<Option<String>>; 2];

/// What a checkpoint carries over the death of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) conversation: Option<String>,
    /// What may go as the watermark, by the frames and by the pages: mostly one (WM-7, WM-9).
    pub(crate) marks: Marks,
    /// Posts that wait or are in flight (later ones have greater keys), what the next session has
    /// to tell of one, and those whose echo may still tell.
    pub(crate) posts: BTreeSet<u64>,
    pub(crate) tells: Option<(u64, &'static str)>,
    pub(crate) unknown: BTreeSet<u64>,
    /// Posts of the session before, which may have sent them: the echo may tell (TX-2).
    pub(crate) restored: BTreeSet<u64>,
    /// WM-8: whether it has yet to be found out where the new begins, so that a page may be left out.
    pub(crate) bearings: bool,
}

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// When it was asked for.
    pub(crate) sent: u64,
    life: u64,
    pub(crate) dies: u64,
    /// Before this it need not be refreshed; after that it must, where anybody can say.
    pub(crate) half: u64,
    pub(crate) refresh_by: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) facts: Record,
    pub(crate) memory: Memory,
    pub(crate) step: Step,
    pub(crate) token: Option<Token>,
    /// When the next attempt may begin and by when it must, and how many have failed in a row.
    pub(crate) window: (u64, u64),
    pub(crate) failures: u32,
    /// Whether the next attempt was worth making at once, and nothing but the pace holds it.
    pub(crate) hurries: bool,
    /// Until when somebody asked to be left alone, and when all attempts are made up for (RC-13).
    pub(crate) asked_to_wait: u64,
    pub(crate) made_up: u64,
    /// When the last attempt went out, and the same of the last refresh, with the token it carried.
    pub(crate) asked_at: Option<u64>,
    pub(crate) refreshed: Option<(u64, String)>,
    /// Before when no page, post or refresh may go out.
    pub(crate) pauses: Pauses,
    pub(crate) never_generate: bool,
    /// Whether the history is owed (WM-7).
    pub(crate) reads: bool,
}

impl Model {
    /// Something happens; a frame `holds` this. What is due goes first (TM-3), and then comes too
    /// late.
    pub(crate) fn input(&mut self, now: u64, input: &Input, holds: Holds) {
        self.step = Step::default();
        self.facts.passes(now);
        self.overdue();
        self.lacks();
        let facts = self.facts.takes(input, holds);
        if self.facts.has_opened() {
            self.pauses.lift(Activities);
            self.memory.bearings = false;
        }
        for fact in facts {
            match fact {
                Fact::Answered(asked, answer) => self.answered(&asked, &answer),
                Fact::Came(set) => self.came(Came { set, ..Came::default() }),
                Fact::Lost(reason) => self.lost(self.facts.now, self.facts.now, Some(&reason)),
                Fact::Doubted => self.step.shuts = true,
                Fact::Bettered => {
                    self.pauses.lift_all();
                    self.pause(None);
                }
                Fact::Token(text, life, was_needed) => {
                    self.pauses.lift_all();
                    // What ran out in this step was asked for and is answered in it.
                    let is_gone = self.token.as_ref().is_none_or(|own| own.dies <= self.facts.now);
                    if is_gone && !was_needed && !self.facts.setup.uses_secret() {
                        self.pause(None);
                    }
                    self.step.leads_on |= was_needed;
                    self.adopts(&text, Some(life), self.facts.now, false);
                }
                Fact::Posted(key) => _ = self.memory.posts.insert(key),
                Fact::Closed => self.step.end = Some("Closed"),
            }
        }
        self.lacks();
    }

    /// CR-4: who has asked for a token and has no other waits for it.
    fn lacks(&mut self) {
        let is_gone = self.token.as_ref().is_none_or(|own| own.dies <= self.facts.now);
        self.facts.needs_token |= self.facts.is_owed && is_gone;
    }

    /// RC-6, SU-2, RC-12: whatever ran into its deadline has failed.
    fn overdue(&mut self) {
        let (setup, now) = (self.facts.setup, self.facts.now);
        for asked in self.facts.overdue() {
            let dies = self.token.as_ref().map_or(0, |own| own.dies);
            if asked.purpose == Refresh && dies <= asked.by {
                // It was given up before, with its token.
                continue;
            }
            self.answered(&asked, &Answer::of(599));
        }
        let limit = |answers| setup.liveness().unwrap_or(if answers { 60_000 } else { 300_000 });
        let by = |own: &Socket| own.opened.map_or(own.by, |_| own.heard + limit(own.answers));
        let silent = self.facts.socket.as_ref().map(|own| (by(own), own.heard));
        if let Some((by, heard)) = silent.filter(|(by, _)| *by <= now) {
            self.step.shuts = true;
            self.lost(by, heard, Some(&CloseReason::Broken));
        }
    }

    /// RC-1, RC-3, RC-8: a socket is gone, for a reason or since the session let go of it. Only a
    /// stable one ends the row of failures.
    pub(crate) fn lost(&mut self, at: u64, heard: u64, reason: Option<&CloseReason>) {
        let Some(own) = self.facts.drops(reason) else { return };
        self.pauses.lift(Activities);
        let stable = |opened| opened + self.facts.setup.stable_after() <= at;
        let is_stable = !own.is_fresh && own.opened.is_some_and(stable);
        let lived =
            own.opened.filter(|_| !own.is_fresh).map_or(0, |opened| heard.saturating_sub(opened));
        let is_taken_back = reason.is_some_and(|own| !is_collision(own));
        self.failures = match lived / self.facts.setup.backoff().0 {
            _ if is_stable => 0,
            0 => self.failures,
            // RC-3: the next pause is no longer than it lived.
            times if is_taken_back => self.failures.min(times.ilog2()),
            _ => self.failures,
        };
        let is_contest = self.facts.collisions >= self.facts.setup.collisions_max();
        self.step.end = is_contest.then_some("Collision").or(self.step.end);
        match reason.map(is_collision) {
            Some(false) if is_stable => {
                self.step.leads_on = true;
                self.window = (self.held(), self.held());
            }
            collided => {
                let wait = self.facts.setup.collision_wait();
                self.pause(collided.map(|own| if own { wait } else { 0 }));
            }
        }
    }

    /// CR-4, CR-5, WM-9, TX-2, TX-3: what an answer means.
    fn answered(&mut self, asked: &Asked, answer: &Answer) {
        let (purpose, is_post, id) = (asked.purpose, posts(asked.purpose), &answer.conversation);
        let refuse = |own: &mut BTreeSet<_>| _ = (own.remove(&asked.mark), own.insert(None));
        let is_refused = match (answer.status, answer.code.as_str()) {
            (401, _) | (400, "MissingProperty") | (403, "TokenExpired" | "BadArgument") => true,
            (403, _) => !is_post,
            _ => false,
        };
        let (later, mut wait) = (Some(answer.wait.min(self.facts.setup.retry_after_max())), None);
        if let Some(asked_to) = later.filter(|_| !(200..300).contains(&answer.status)) {
            // RC-4, RC-13: whatever else it says. After a post that is not sent again comes another.
            let is_again = !is_post || is_refused;
            let again = if is_again { asked.sent + PAUSE_MIN } else { 0 };
            let until = self.facts.now + asked_to;
            if is_connecting(purpose) {
                self.asked_to_wait = self.asked_to_wait.max(until);
            } else {
                self.pauses.asks(kind(purpose), until.max(again));
            }
        }
        match (answer.status, answer.code.as_str()) {
            (200..300, _) if is_post => {
                self.settle(asked.key, if answer.is_useless { "Unknown" } else { "Sent" });
                if !answer.is_useless {
                    self.facts.took(asked.sent);
                }
            }
            (200..300, _) => wait = self.granted(asked, answer),
            (403, "RegionNotAllowed") => self.step.end = Some("WrongRegion"),
            _ if is_refused => {
                self.token.take_if(|own| own.text == asked.bearer);
                self.facts.refusals += 1;
                self.step.ends.extend((self.facts.refusals > 1).then_some("Refused"));
            }
            (400, _) if asked.mark.is_some() => self.memory.marks.iter_mut().for_each(refuse),
            // The start was repeated (CR-6), and it exists.
            (409, _) if purpose == Start && id.is_some() => self.memory.conversation.clone_from(id),
            (429, _) => wait = later,
            (500.. | 408 | 425, _) if is_post => self.settle(asked.key, "Unknown"),
            _ if is_post => self.settle(asked.key, "Rejected"),
            (300..400 | 408 | 425 | 500 | 502.., _) => wait = later,
            _ => {
                self.never_generate |= purpose == Generate;
                if is_connecting(purpose) {
                    self.step.ends.push("Rejected");
                    self.facts.unopened += NO_SOCKET;
                }
                wait = later.filter(|_| purpose != Generate);
            }
        }
        if is_connecting(purpose) {
            // It is over, and another is worth sending at once.
            self.step.leads_on |= wait.is_none() && self.step.dial.is_none();
            self.pause(wait);
            if purpose == Generate && wait.is_none() {
                // RC-13: the token may not live until the pace allows.
                self.window.0 = self.facts.now.max(self.asked_to_wait);
            }
            return;
        }
        if purpose == Activities {
            self.facts.pages.note(Page::of(asked, answer));
            self.step.ends.extend(self.facts.pages.are_missing().then_some("Gone"));
            self.step.pages_give_up |= self.limits(self.facts.pages.failed);
        }
        if let Some(wait) = wait {
            let floor = self.facts.setup.backoff_floor();
            self.pauses.begin(self.facts.now, kind(purpose), floor, wait);
        }
    }

    /// A success; gives how long to wait where it is none for all that.
    fn granted(&mut self, asked: &Asked, answer: &Answer) -> Option<u64> {
        let (setup, now, purpose) = (self.facts.setup, self.facts.now, asked.purpose);
        let (own, told) = (&mut self.memory.conversation, &answer.conversation);
        match purpose {
            _ if answer.is_useless => return Some(0),
            Activities => {
                if let Holds::Set(set) = &answer.holds {
                    if set.serials.is_empty() {
                        self.pauses.rest(Activities, asked.sent);
                    }
                    let (set, asked) = (set.clone(), asked.mark.clone());
                    self.came(Came { set, asked, is_page: true, must: true });
                }
            }
            Start => own.clone_from(told),
            Reconnect if told.is_some() && told != own => self.step.end = Some("WrongConversation"),
            _ => {}
        }
        // One that has run out is in nobody's way.
        let is_newer =
            self.token.as_ref().is_none_or(|old| asked.sent >= old.sent || old.dies <= now);
        let is_wanted = is_newer && (!setup.secret_only() || purpose == Refresh);
        if let Some(token) = answer.token.as_ref().filter(|_| is_wanted) {
            self.adopts(token, answer.life, asked.sent, purpose == Refresh);
        }
        if purpose == Generate {
            // One of the host's will do as well.
            if self.token.as_ref().is_none_or(|own| own.dies <= now) {
                return Some(0);
            }
            self.facts.named.clone_from(&answer.conversation);
        }
        let is_offer = matches!(purpose, Start | Reconnect) && setup.way() == Way::Stream;
        let may_be_sent = !self.memory.restored.is_empty();
        self.reads |= purpose == Reconnect && (asked.mark.is_none() || may_be_sent);
        let dies = asked.sent + setup.url_lifetime();
        let is_late = now + setup.url_margin() > dies;
        let is_good = |url: &&String| !is_late && !self.facts.dialled.contains(*url);
        let url = answer.url.as_ref().filter(is_good);
        let missed = if answer.offers { u32::from(url.is_none()) } else { NO_SOCKET };
        self.facts.unopened += if is_offer { missed } else { 0 };
        let by = dies.min(now + setup.connect_timeout());
        self.step.dial = url.filter(|_| is_offer).map(|url| (url.clone(), by));
        (is_offer && self.step.dial.is_none()).then_some(0)
    }

    /// A frame or a page, its watermark first; its activities the ids will tell apart.
    fn came(&mut self, came: Came) {
        let source = usize::from(came.is_page);
        let must = !came.is_page || !self.memory.bearings;
        let is_last = came.is_page && came.set.serials.is_empty();
        // Pages may still be read where frames went on; otherwise a page tells both (PO-3).
        let marks = &mut self.memory.marks[if self.reads { source } else { 0 }..=source];
        came.set.mark.iter().for_each(|own| marks.fill([Some(own.clone())].into()));
        // A page that was polled before a socket opened is none of the history.
        self.reads &= !(is_last && self.facts.is_open());
        self.memory.bearings = !must && !is_last;
        self.step.came = Some(Came { must, ..came });
    }

    /// What came of that, by the ids.
    pub(crate) fn brought(&mut self, brings: Brings) {
        self.facts.walls = if brings.progress { 0 } else { self.facts.walls };
        self.step.end = brings.end.then_some("Completed").or(self.step.end);
        if let Some(came) = self.step.came.take().filter(|own| own.is_page) {
            let mark = &came.set.mark;
            self.step.has_page_news = brings.news;
            let (is_empty, has_mark) = (came.set.serials.is_empty(), mark.is_some());
            self.facts
                .pages
                .brought(Look { is_empty, has_mark, stays: *mark == came.asked }, brings);
            self.memory.bearings &= !self.facts.pages.have_ended();
        }
    }

    /// CR-1, CR-2: every newer token replaces the one before.
    pub(crate) fn adopts(&mut self, text: &str, life: Option<u64>, sent: u64, is_refresh: bool) {
        let now = self.facts.now;
        let old = self.token.take().filter(|old| old.dies > now && life.is_none());
        let text = text.to_owned();
        self.facts.needs_token = false;
        // One that has run out on its way is none: `lacks`.
        self.token = Some(match old {
            // Nobody says that anything but a refresh renews it.
            Some(old) if !is_refresh => Token { text, sent, refresh_by: None, ..old },
            old => {
                let life = life.or(old.map(|old| old.life)).unwrap_or(LIFE_ASSUMED);
                let (dies, half) = (sent + life, sent + life / 2);
                Token { text, sent, life, dies, half, refresh_by: Some(half + 1) }
            }
        });
        // Whoever brought it, the host is asked again when it is gone (CR-4).
        self.facts.is_owed &= self.token.as_ref().is_none_or(|own| own.dies <= now);
    }

    /// What became of a post.
    pub(crate) fn settle(&mut self, key: u64, outcome: &'static str) {
        self.step.outcomes.extend(self.memory.posts.remove(&key).then_some((key, outcome)));
    }

    /// TX-5: whether a checkpoint keeps a post over the end.
    pub(crate) fn keeps(&self, key: u64) -> bool {
        let is_joined = self.memory.conversation.is_some();
        self.facts.setup.keeps_posts() && is_joined && !self.facts.uploads.contains(&key)
    }

    /// What a checkpoint carries now (TX-5, TM-7): of what is in flight nothing is known then.
    pub(crate) fn carried(&self) -> Memory {
        self.carried_beside(self.facts.flying())
    }

    /// The same with this post in flight.
    pub(crate) fn carried_beside(&self, flying: Option<u64>) -> Memory {
        let (mut own, is_kept) = (self.memory.clone(), self.facts.setup.keeps_posts());
        let flying = flying.filter(|key| own.posts.contains(key));
        own.posts.retain(|key| self.keeps(*key) && Some(*key) != flying);
        own.tells = flying.filter(|_| is_kept).map(|key| (key, "Unknown"));
        own.unknown.retain(|_| is_kept);
        if own.bearings {
            // Before the last page there is no position (WM-8).
            own.marks = Memory::default().marks;
        }
        own
    }
}

impl Memory {
    /// What is known of a conversation of which a host has nothing but the id.
    pub(crate) fn alone(conversation: &str, bearings: bool) -> Memory {
        Memory { conversation: Some(conversation.to_owned()), bearings, ..Memory::default() }
    }
}

/// As many attempts as lead to polling, whatever the configuration.
const NO_SOCKET: u32 = 1_000;
