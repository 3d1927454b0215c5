//! WORLD: one state of the whole: the session, what is under way, the service, the host.

use std::sync::Arc;

use directline::{Checkpoint, Config, Moment, RequestId, Session, SocketId};

use crate::host::{Host, Stored};
use crate::scope::{Begin, Holds, Scope};
use crate::service::{Service, token_name};
use crate::talk::{CONVERSATION, Talk, mark};
use crate::under_way::{Lane, Line, Shake, Stage, What};

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

impl World {
    /// A session has just begun in a scope.
    pub(crate) fn begin(scope: &Scope, begin: Begin, config: Arc<Config>) -> World {
        let now = Session::ORIGIN;
        let holds_token = scope.holds == Holds::Token;
        let dies = Moment::from_millis(now.as_millis() + scope.token_life());
        let tokens = if holds_token { vec![(0, dies)] } else { Vec::new() };
        let begun = begin != Begin::Fresh;
        let mut host = Host::new();
        let mut talk = Talk::default();
        let checkpoint = Checkpoint::new(CONVERSATION).expect("an id");
        let session = match begin {
            Begin::Fresh => Session::new(config, now),
            Begin::Marked => {
                host.marks[0] = Some(0);
                let checkpoint = checkpoint.with_watermark(mark(0)).expect("short");
                Session::resume(config, checkpoint, now)
            }
            Begin::Unmarked | Begin::OnlyNew => {
                talk.said = 1;
                Session::resume(config, checkpoint, now)
            }
        };
        World {
            session,
            talk,
            lines: Vec::new(),
            lane: None,
            service: Service { begun, tokens, url: None, taken: 0, erred_at: None },
            host,
            left: Left { faults: scope.budget, posts: scope.posts },
            stale: None,
            broken: None,
        }
    }

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

    /// The name of the token that the session holds.
    pub(crate) fn held_token(&self) -> Option<u8> {
        self.session.token().and_then(|token| token_name(token.expose()))
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
