//! HOST: what the application was handed and told, as far as a promise depends on it.

use directline::{Checkpoint, Moment, Session};
use directline_world::reference::pages::Pages;

use crate::ids::Ids;
use crate::talk::{Mask, POSTS_MAX};

/// What the host knows, and the judge with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    /// What was handed out.
    pub(crate) handed: Mask,
    /// What the session knows by that.
    pub(crate) ids: Ids,
    /// What need not be: a gap was told for it, or DD-3 takes it for old.
    pub(crate) excused: Mask,
    /// The checkpoint that came last, with a batch or before a post; kept only where a process may
    /// die.
    pub(crate) stored: Option<Box<Stored>>,
    /// The watermarks received last, from frames and from pages.
    pub(crate) marks: [Option<u8>; 2],
    /// Whether a watermark may be left out though one is held: it was refused, or leads nowhere.
    pub(crate) may_drop: bool,
    /// Whether the next stream begins behind what could not be read.
    pub(crate) passes_over: bool,
    /// Whether only the new is wanted, and it is not known yet where that begins.
    pub(crate) seeks_end: bool,
    /// Frames that could not be read, without anything new since; more than two are two.
    pub(crate) walls: u8,
    /// What was in the last of them.
    pub(crate) wall: Mask,
    /// How pages went.
    pub(crate) pages: Pages,
    /// Requests for a connection since the last one that was stable; beyond the longest pause it
    /// makes no difference. Counted only where pauses grow.
    pub(crate) attempts: u8,
    /// When a poll found nothing, as long as that matters.
    pub(crate) polled_at: Option<Moment>,
    /// Whether the next poll may come at once, since the host has called.
    pub(crate) may_hasten: bool,
    /// Whether a token may be missed: something was tried or went wrong since the last one.
    pub(crate) may_need: bool,
    /// When the token in hand has lived half its life, until a refresh is sent.
    pub(crate) refresh_by: Option<Moment>,
    /// Refusals of a credential; more than two are two.
    pub(crate) refusals: u8,
    /// Whether a refresh failed since one succeeded: the next may have to wait.
    pub(crate) refresh_failed: bool,
    /// Whether the secret itself may start the conversation: there is no other way.
    pub(crate) may_start: bool,
    /// Collisions in a row.
    pub(crate) collisions: u8,
    pub(crate) is_offline: bool,
    /// A new token was asked for.
    pub(crate) is_asked: bool,
    /// And none has come in any other way since.
    pub(crate) is_parched: bool,
    /// When the last request for a connection was sent, as long as that matters.
    pub(crate) asked_at: Option<Moment>,
    /// The same of the last refresh.
    pub(crate) refreshed_at: Option<Moment>,
    /// What the service asked to be left alone until.
    pub(crate) not_before: Option<Moment>,
    /// The same of pages, whatever for.
    pub(crate) page_not_before: Option<Moment>,
    /// The same of refreshes, whichever token.
    pub(crate) refresh_not_before: Option<Moment>,
    pub(crate) posts: [Post; POSTS_MAX],
    /// Whether it is over.
    pub(crate) is_over: bool,
}

/// A checkpoint that the host has stored, with what was known when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) checkpoint: Checkpoint,
    /// What was handed out.
    pub(crate) handed: Mask,
    pub(crate) ids: Ids,
    pub(crate) posts: [Post; POSTS_MAX],
}

/// What the host knows of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Post {
    #[default]
    Unborn,
    /// Handed in; nothing was sent, or surely nothing was taken.
    Waiting,
    /// Some of it was sent, and nobody knows.
    Exposed,
    /// The service does not want it.
    Refused,
    Sent,
    Unknown,
    Rejected,
    NotSent,
}

impl Post {
    /// Whether the host waits for a word on it.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Post::Waiting | Post::Exposed | Post::Refused)
    }

    /// Some of it was sent. One whose echo has settled it stays settled.
    pub(crate) fn expose(&mut self) {
        if self.is_open() {
            *self = Post::Exposed;
        }
    }
}

impl Host {
    pub(crate) fn new() -> Host {
        Host {
            handed: 0,
            ids: Ids::default(),
            excused: 0,
            stored: None,
            marks: [None; 2],
            may_drop: false,
            passes_over: false,
            seeks_end: false,
            walls: 0,
            wall: 0,
            pages: Pages::default(),
            attempts: 0,
            polled_at: None,
            may_hasten: false,
            may_need: false,
            refresh_by: None,
            refusals: 0,
            refresh_failed: false,
            may_start: false,
            collisions: 0,
            is_offline: false,
            is_asked: false,
            is_parched: false,
            asked_at: None,
            refreshed_at: None,
            not_before: None,
            page_not_before: None,
            refresh_not_before: None,
            posts: [Post::Unborn; POSTS_MAX],
            is_over: false,
        }
    }

    pub(crate) fn shift(&mut self, shift: &dyn Fn(Moment) -> Moment) {
        let moments =
            [&mut self.asked_at, &mut self.refreshed_at, &mut self.not_before, &mut self.polled_at];
        let others =
            [&mut self.refresh_by, &mut self.refresh_not_before, &mut self.page_not_before];
        for at in moments.into_iter().chain(others) {
            *at = at.map(shift);
        }
        self.not_before.take_if(|at| *at <= Session::ORIGIN);
        self.page_not_before.take_if(|at| *at <= Session::ORIGIN);
        self.refresh_not_before.take_if(|at| *at <= Session::ORIGIN);
    }

    /// What a person would not miss.
    pub(crate) fn accounted(&self) -> Mask {
        self.handed | self.excused
    }

    /// The process forgets what it did not store.
    pub(crate) fn forget(&mut self, stored: Option<&Stored>) {
        self.handed = stored.map_or(0, |own| own.handed);
        self.ids = stored.map(|own| own.ids.clone()).unwrap_or_default();
        for (own, at) in self.posts.iter_mut().zip(0..) {
            // What is over is over; of the rest the next session knows what was stored.
            let kept = stored.map_or(Post::Unborn, |stored: &Stored| stored.posts[at]);
            *own = if kept == Post::Unborn && *own != Post::Unborn { Post::NotSent } else { kept };
        }
        self.pages = Pages::default();
        (self.walls, self.wall, self.passes_over, self.may_drop) = (0, 0, false, false);
        (self.is_asked, self.is_parched) = (false, false);
        (self.is_offline, self.is_over, self.collisions) = (false, false, 0);
        (self.asked_at, self.refreshed_at, self.not_before) = (None, None, None);
        (self.attempts, self.polled_at, self.may_need) = (0, None, true);
        (self.refusals, self.refresh_by, self.refresh_not_before) = (0, None, None);
        (self.refresh_failed, self.may_hasten) = (false, false);
        self.page_not_before = None;
    }
}
