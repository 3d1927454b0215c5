//! EVENTS: what happens of its own accord: handshakes, the ends of sockets, the host's calls, and
//! time that passes.

use std::sync::Arc;

use directline::{Checkpoint, CloseReason, Input, Moment, PostKey, Session, Token};
use directline_world::operation::{HandshakeFate, HostCall, SocketFate};

use crate::fault::Fault;
use crate::host::{Post, Stored};
use crate::model::SessionModel;
use crate::service::token_text;
use crate::turn::Turn;
use crate::under_way::{Frame, Lane, Mark, Shake};
use crate::world::World;

impl SessionModel {
    pub(crate) fn passes(&self, world: &World, fault: Fault) -> Moment {
        let origin = Session::ORIGIN.as_millis();
        let timing = &self.scope.timing;
        Moment::from_millis(match fault {
            Fault::Slow => {
                let deadline = world.session.deadline().map_or(origin, Moment::as_millis);
                deadline.min(origin + timing.slow)
            }
            _ => origin + timing.oversleep,
        })
    }

    pub(crate) fn post(&self, world: &mut World) -> Input {
        let number = self.scope.posts - world.left.posts;
        world.left.posts -= 1;
        world.host.posts[usize::from(number)] = Post::Waiting;
        let activity = format!("{{\"type\":\"message\",\"text\":\"p{number}\"}}");
        Input::Post { key: PostKey(u64::from(number)), activity }
    }

    /// RC-2: the loss of a stable connection is followed by an attempt at once.
    pub(crate) fn is_stable(&self, world: &World, now: Moment) -> bool {
        let is_long =
            |since: Moment| since.as_millis() + self.scope.timing.stable <= now.as_millis();
        world.lane.as_ref().is_some_and(|lane| match lane.stage {
            Shake::Open { since } | Shake::Dead { since } => is_long(since),
            _ => false,
        })
    }

    pub(crate) fn handshake(
        &self,
        world: &mut World,
        turn: &Turn,
        fate: Option<HandshakeFate>,
    ) -> Option<Input> {
        let lane = world.lane.as_mut()?;
        let Shake::Under { dies } = lane.stage else { return None };
        let socket = lane.socket;
        let status = match fate {
            None | Some(HandshakeFate::OpenUntold) if dies > turn.now => {
                lane.stage = Shake::Open { since: turn.now };
                world.host.seeks_end &= fate.is_some();
                return (fate.is_none()).then_some(Input::SocketOpened { socket });
            }
            Some(HandshakeFate::Never) => {
                lane.stage = Shake::Never;
                return None;
            }
            // A URL that is dead is refused without anybody's fault.
            None | Some(HandshakeFate::Refused403 | HandshakeFate::OpenUntold) => Some(403),
            Some(HandshakeFate::Refused400) => Some(400),
            Some(HandshakeFate::Refused401) => Some(401),
            Some(HandshakeFate::Refused502) => Some(502),
            Some(HandshakeFate::Refused | HandshakeFate::Slow | HandshakeFate::ClosedAtOnce) => {
                None
            }
        };
        world.lane = None;
        world.host.may_drop |= self.scope.may_poll;
        Some(Input::SocketClosed { socket, reason: CloseReason::Refused { status } })
    }

    pub(crate) fn socket(
        &self,
        world: &mut World,
        turn: &mut Turn,
        fate: SocketFate,
    ) -> Option<Input> {
        turn.hurries |= self.is_stable(world, turn.now);
        let lane = world.lane.as_mut()?;
        let Shake::Open { since } = lane.stage else { return None };
        let socket = lane.socket;
        let reason = match fate {
            SocketFate::HalfOpen => {
                lane.stage = Shake::Dead { since };
                lane.frames.clear();
                return None;
            }
            SocketFate::Closed | SocketFate::Collision => {
                // In its turn, behind what is under way.
                lane.frames.retain(|frame| !matches!(frame, Frame::Close { .. }));
                lane.frames.push(Frame::Close { collision: fate == SocketFate::Collision });
                return None;
            }
            SocketFate::TooLarge | SocketFate::Unreadable => {
                world.host.walls = (world.host.walls + 1).min(2);
                world.host.wall = 0;
                if fate == SocketFate::TooLarge {
                    CloseReason::FrameTooLarge
                } else {
                    CloseReason::Unreadable
                }
            }
            SocketFate::Broken | SocketFate::Reset => CloseReason::Broken,
        };
        world.host.collisions = 0;
        world.lane = None;
        Some(Input::SocketClosed { socket, reason })
    }

    pub(crate) fn call(&self, world: &mut World, turn: &mut Turn, call: HostCall) -> Input {
        turn.insists = true;
        world.host.may_hasten = self.scope.polls();
        match call {
            HostCall::Woke => Input::Woke,
            HostCall::Down => {
                // Nothing is refreshed meanwhile.
                (world.host.is_offline, world.host.may_need) = (true, true);
                Input::NetworkDown
            }
            HostCall::Up => {
                world.host.is_offline = false;
                Input::NetworkUp
            }
            HostCall::NewToken => {
                turn.hurries = true;
                (world.host.is_asked, world.host.is_parched) = (false, false);
                (world.host.refresh_by, world.host.refresh_not_before) = (None, None);
                let used = self.tokens_in_use(world);
                let dies = turn.now.as_millis() + self.scope.token_life();
                let name = world.service.mint(&used, Moment::from_millis(dies));
                let life = std::time::Duration::from_millis(self.scope.token_life());
                Input::NewToken(Token::new(token_text(name)).expect("a token").lasting(life))
            }
            HostCall::Close => {
                turn.closes = true;
                Input::Close
            }
            HostCall::Timeout | HostCall::Backwards => Input::Timeout,
        }
    }

    pub(crate) fn kill(&self, world: &mut World, latest: bool) {
        let now = Session::ORIGIN;
        let last = world.session.checkpoint().map(|last| world.stored(last));
        let stored = world.host.stored.take().map(|stored| *stored);
        let mut stored = if latest { last } else { stored };
        // What a process leaves behind is a text.
        if let Some(stored) = &mut stored {
            match Checkpoint::from_json(&stored.checkpoint.to_json()) {
                Ok(checkpoint) => stored.checkpoint = checkpoint,
                Err(error) => world.fail("TM-7", error.to_string()),
            }
        }
        world.lines.clear();
        world.lane = None;
        world.host.forget(stored.as_ref());
        world.service.tokens.clear();
        let dies = now.as_millis() + self.scope.token_life();
        world.service.tokens.push((0, Moment::from_millis(dies)));
        let mark = |stored: &Stored| stored.checkpoint.watermark().and_then(crate::talk::place);
        world.host.marks = [None, stored.as_ref().and_then(mark)];
        let config = Arc::clone(&self.config);
        world.session = match stored {
            Some(stored) => Session::resume(config, stored.checkpoint, now),
            None => Session::new(config, now),
        };
    }

    /// The service sends on what fits.
    pub(crate) fn flush(&self, world: &mut World) {
        let said = world.talk.said;
        let (window, size) = (usize::from(self.scope.frames), self.scope.set_size);
        let Some(lane) = &mut world.lane else { return };
        if !matches!(lane.stage, Shake::Open { .. }) || lane.is_closing() {
            return;
        }
        while lane.next < said && lane.frames.len() < window {
            let (from, to) = (lane.next, said.min(lane.next + size));
            lane.frames.push(Frame::Set { from, to, mark: Mark::Whole });
            lane.next = to;
        }
    }
}

impl Lane {
    fn is_closing(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Close { .. }))
    }
}
