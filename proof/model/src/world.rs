//! WORLD: one state of the whole: the session, what is under way, the service, the host.

use directline::{Checkpoint, Moment, RequestId, Session, SocketId};

use crate::host::{Host, Post};
use crate::ids::Ids;
use crate::service::Service;
use crate::talk::{POSTS_MAX, Talk};

/// Everything that can make a difference from here on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) talk: Talk,
    /// The requests that the session waits for.
    pub(crate) lines: Vec<Line>,
    /// The socket that the session wants.
    pub(crate) lane: Option<Lane>,
    pub(crate) service: Service,
    pub(crate) host: Host,
    pub(crate) left: Left,
    /// Two ids that were given out and are awaited no more.
    pub(crate) stale: Option<(RequestId, SocketId)>,
    /// The promise that was broken, and how; nothing follows.
    pub(crate) broken: Option<Box<Broken>>,
}

/// What may still happen of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Left {
    pub(crate) faults: u8,
    pub(crate) posts: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Broken {
    pub(crate) clause: &'static str,
    pub(crate) how: String,
}

/// A request that was sent and neither answered nor given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) id: RequestId,
    pub(crate) what: What,
    pub(crate) mark: Option<u8>,
    pub(crate) bearer: Bearer,
    pub(crate) sent: Moment,
    pub(crate) stage: Stage,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Generate,
    Start,
    Reconnect,
    Refresh,
    Page,
    Post(u8),
}

impl What {
    /// One of those that bring the connection on; of them there is at most one.
    pub(crate) fn connects(self) -> bool {
        matches!(self, What::Generate | What::Start | What::Reconnect)
    }

    /// Whether the two are so alike that only one may be under way.
    pub(crate) fn rivals(self, other: What) -> bool {
        self == other
            || self.connects() && other.connects()
            || matches!((self, other), (What::Post(_), What::Post(_)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bearer {
    Secret,
    Token(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// On its way to the service.
    Asked,
    /// The service has dealt with it, and a page from here to there is on its way back.
    Page { from: u8, to: u8 },
    /// The service has taken a post, and says so.
    Taken,
    /// Nothing will come of it.
    Lost,
}

/// A socket as the host has it, with what is on its way over it: TCP order, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) socket: SocketId,
    pub(crate) stage: Shake,
    /// Where the stream began, and what the service will send next.
    pub(crate) from: u8,
    pub(crate) next: u8,
    pub(crate) frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shake {
    /// The handshake is under way; the URL dies at this moment.
    Under { dies: Moment },
    /// The handshake will never be answered.
    Never,
    /// Open since this moment, as far as it matters.
    Open { since: Moment },
    /// Nothing comes any more, and nobody says so.
    Dead { since: Moment },
}

/// What is on its way over a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Frame {
    Set { from: u8, to: u8, mark: Mark },
    Pong,
    Close { collision: bool },
}

/// What a set says of the watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// All up to its end.
    Whole,
    Null,
    Missing,
    Empty,
    /// As it was before the set.
    Stale,
    /// The very first.
    First,
}

/// A checkpoint that the host has stored, with what was known when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) checkpoint: Checkpoint,
    /// What was handed out.
    pub(crate) handed: crate::talk::Mask,
    pub(crate) ids: Ids,
    pub(crate) posts: [Post; POSTS_MAX],
}

impl World {
    pub(crate) fn fail(&mut self, clause: &'static str, how: impl Into<String>) {
        if self.broken.is_none() {
            self.broken = Some(Box::new(Broken { clause, how: how.into() }));
        }
    }

    /// A checkpoint that is made now; of a post in flight it knows nothing more.
    pub(crate) fn stored(&self, checkpoint: Checkpoint) -> Stored {
        let (handed, ids) = (self.host.handed, self.host.ids.clone());
        let mut posts = self.host.posts;
        for line in &self.lines {
            if let What::Post(post) = line.what {
                posts[usize::from(post)].expose();
            }
        }
        Stored { checkpoint, handed, ids, posts }
    }

    /// Whether anything is on its way that would arrive if time stood still.
    pub(crate) fn is_busy(&self) -> bool {
        let lines = self.lines.iter().any(|line| line.stage != Stage::Lost);
        let lane = self.lane.as_ref().is_some_and(|lane| match lane.stage {
            Shake::Under { .. } => true,
            Shake::Never | Shake::Dead { .. } => false,
            Shake::Open { .. } => !lane.frames.is_empty(),
        });
        lines || lane
    }

    /// Moves the present to the origin: ids and moments become the least they can be.
    pub(crate) fn rebase(&mut self, now: Moment, stable_after: u64) {
        let passed = now.as_millis() - Session::ORIGIN.as_millis();
        let shift = |at: Moment| Moment::from_millis(at.as_millis().saturating_sub(passed));
        for line in &mut self.lines {
            // Only what mints something is remembered by when it was sent.
            let counts = line.what.connects() || line.what == What::Refresh;
            line.sent = if counts { shift(line.sent) } else { Session::ORIGIN };
        }
        if let Some(lane) = &mut self.lane {
            let oldest = Session::ORIGIN.as_millis() - stable_after;
            lane.stage = match lane.stage {
                Shake::Under { dies } => Shake::Under { dies: shift(dies).max(Session::ORIGIN) },
                Shake::Never => Shake::Never,
                Shake::Open { since } => {
                    Shake::Open { since: shift(since).max(Moment::from_millis(oldest)) }
                }
                Shake::Dead { since } => {
                    Shake::Dead { since: shift(since).max(Moment::from_millis(oldest)) }
                }
            };
        }
        self.service.shift(&shift);
        self.host.shift(&shift);
        let mut requests: Vec<_> = self.lines.iter().map(|line| line.id).collect();
        let mut sockets: Vec<_> = self.lane.iter().map(|lane| lane.socket).collect();
        self.stale = Some(self.session.rebase(&mut requests, &mut sockets));
        self.lines.iter_mut().zip(requests).for_each(|(line, id)| line.id = id);
        self.lane.iter_mut().zip(sockets).for_each(|(lane, id)| lane.socket = id);
    }
}
