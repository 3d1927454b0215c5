//! STEP: what may happen next in a state, and what comes of it.

use std::sync::Arc;

use directline::{Failure, Input, Session};
use directline_world::excuse::Rule;
use directline_world::operation::{HandshakeFate, HostCall, SocketFate, TokenFate};

use crate::fault::Fault;
use crate::model::SessionModel;
use crate::scope::Begin;
use crate::service::{answer, response};
use crate::turn::Turn;
use crate::under_way::{Frame, Shake, Stage};
use crate::world::World;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// The bot says something.
    Say,
    /// The application hands the next post in.
    Post,
    /// A request moves on: the service deals with it, or its answer arrives.
    Line(usize, Option<Fault>),
    Handshake(Option<HandshakeFate>),
    /// The next thing on the socket arrives.
    Frame(Option<Fault>),
    Socket(SocketFate),
    /// Nothing is under way, and time passes until the deadline.
    Deadline,
    /// Time passes though something is under way, or though the host should have been up.
    Pass(Fault),
    Renumber,
    Revoke,
    Host(HostCall),
    /// The process dies and resumes from what it stored, or from the very last checkpoint.
    Kill {
        latest: bool,
    },
}

impl Step {
    /// The fault that a step is, if it is one.
    pub(crate) fn fault(self) -> Option<Fault> {
        match self {
            Step::Line(_, fault) | Step::Frame(fault) => fault,
            Step::Handshake(fate) => fate.map(Fault::Handshake),
            Step::Socket(fate) => Some(Fault::Socket(fate)),
            Step::Pass(fault) => Some(fault),
            Step::Renumber => Some(Fault::Renumber),
            Step::Revoke => Some(Fault::Token(TokenFate::RevokeAll)),
            Step::Host(call) => Some(Fault::Host(call)),
            Step::Kill { .. } => Some(Fault::Kill),
            Step::Say | Step::Post | Step::Deadline => None,
        }
    }
}

impl SessionModel {
    /// What may happen next.
    pub(crate) fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        if world.broken.is_some() || world.host.is_over {
            return;
        }
        self.calm_steps(world, steps);
        if world.left.faults == 0 {
            return;
        }
        let flushed = world.lane.as_ref().filter(|lane| matches!(lane.stage, Shake::Open { .. }));
        for &fault in self.scope.faults {
            match fault {
                Fault::Handshake(fate) if is_shaking(world) => {
                    steps.push(Step::Handshake(Some(fate)));
                }
                Fault::Socket(fate) if flushed.is_some() => steps.push(Step::Socket(fate)),
                Fault::Frame(_) | Fault::Watermark(_)
                    if flushed.is_some_and(|lane| {
                        matches!(lane.frames.first(), Some(Frame::Set { .. }))
                    }) =>
                {
                    steps.push(Step::Frame(Some(fault)));
                }
                Fault::Replay(_) if is_shaking(world) => steps.push(Step::Frame(Some(fault))),
                Fault::Slow if world.is_busy() && world.session.deadline().is_some() => {
                    steps.push(Step::Pass(fault));
                }
                Fault::Oversleep => steps.push(Step::Pass(fault)),
                Fault::Renumber if world.talk.renumbered.is_none() && world.talk.said > 0 => {
                    steps.push(Step::Renumber);
                }
                Fault::Token(TokenFate::RevokeAll) if !world.service.tokens.is_empty() => {
                    steps.push(Step::Revoke);
                }
                Fault::Host(call) if self.may_call(world, call) => steps.push(Step::Host(call)),
                Fault::Kill => {
                    steps.push(Step::Kill { latest: true });
                    if world.host.stored.is_some() {
                        steps.push(Step::Kill { latest: false });
                    }
                }
                _ => {}
            }
            for (at, line) in world.lines.iter().enumerate() {
                if self.may_hit(world, line, fault) {
                    steps.push(Step::Line(at, Some(fault)));
                }
            }
        }
    }

    fn calm_steps(&self, world: &World, steps: &mut Vec<Step>) {
        for (at, line) in world.lines.iter().enumerate() {
            if line.stage != Stage::Lost {
                steps.push(Step::Line(at, None));
            }
        }
        if let Some(lane) = &world.lane {
            match lane.stage {
                Shake::Under { .. } => steps.push(Step::Handshake(None)),
                Shake::Open { .. } if !lane.frames.is_empty() => steps.push(Step::Frame(None)),
                _ => {}
            }
        }
        if !world.is_busy() && world.session.deadline().is_some() {
            steps.push(Step::Deadline);
        }
        if world.talk.said < self.scope.activities && world.service.begun {
            steps.push(Step::Say);
        }
        if world.left.posts > 0 {
            steps.push(Step::Post);
        }
        if world.host.is_offline {
            steps.push(Step::Host(HostCall::Up));
        }
        if world.host.is_asked {
            steps.push(Step::Host(HostCall::NewToken));
        }
    }

    fn may_call(&self, world: &World, call: HostCall) -> bool {
        match call {
            HostCall::Down => !world.host.is_offline,
            HostCall::Up => world.host.is_offline,
            // When it is asked for, it costs nothing.
            HostCall::NewToken => !world.host.is_asked,
            _ => true,
        }
    }

    /// The state after a step; what of the budget it costs is taken off.
    pub(crate) fn after(&self, world: &World, step: Step) -> World {
        let mut next = world.clone();
        if let Some(fault) = step.fault() {
            let is_free = match step {
                Step::Host(HostCall::Up) => true,
                Step::Host(HostCall::NewToken) => world.host.is_asked,
                _ => false,
            };
            if !is_free {
                next.left.faults = next.left.faults.saturating_sub(1);
                self.seen.fault(fault);
            }
        }
        let is_offline = world.host.is_offline && step != Step::Host(HostCall::Up);
        let turn = Turn { is_offline, held: world.held_token(), ..Turn::new(Session::ORIGIN) };
        self.carry_out(&mut next, turn, step);
        next
    }

    fn carry_out(&self, world: &mut World, mut turn: Turn, step: Step) {
        let input = match step {
            Step::Say => {
                world.talk.said += 1;
                None
            }
            Step::Renumber => {
                world.talk.renumbered = Some(world.talk.said);
                None
            }
            Step::Revoke => {
                world.service.tokens.clear();
                (world.host.may_need, world.host.may_start) = (true, true);
                None
            }
            Step::Post => Some(self.post(world)),
            Step::Line(at, fault) => self.line(world, &mut turn, at, fault),
            Step::Handshake(fate) => self.handshake(world, &turn, fate),
            Step::Frame(fault) => {
                world.host.seeks_end = false;
                self.frame(world, &mut turn, fault)
            }
            Step::Socket(fate) => self.socket(world, &mut turn, fate),
            Step::Deadline => {
                turn.now = world.session.deadline().unwrap_or(turn.now);
                Some(Input::Timeout)
            }
            Step::Pass(fault) => {
                // Who sleeps refreshes nothing.
                world.host.may_need |= fault == Fault::Oversleep;
                turn.now = self.passes(world, fault);
                Some(Input::Timeout)
            }
            Step::Host(call) => Some(self.call(world, &mut turn, call)),
            Step::Kill { latest } => {
                self.kill(world, latest);
                None
            }
        };
        if self.is_stable(world, turn.now) {
            turn.hurries = true;
            world.host.attempts = 0;
        }
        if let Some(input) = input {
            if let Err(misuse) = world.session.handle(turn.now, input) {
                return world.fail("TM-5", format!("the host's mistake, it says: {misuse}"));
            }
        }
        self.take_outputs(world, turn);
        if world.broken.is_none() {
            self.flush(world);
            self.level(world, turn.now);
        }
    }
}

fn is_shaking(world: &World) -> bool {
    world.lane.as_ref().is_some_and(|lane| matches!(lane.stage, Shake::Under { .. }))
}

/// How sessions begin in a scope.
pub(crate) fn begin(model: &SessionModel, begin: Begin) -> World {
    let mut world = World::begin(&model.scope, begin, Arc::clone(&model.config));
    world.host.seeks_end = begin == Begin::OnlyNew;
    if world.host.seeks_end {
        let said = world.talk.all();
        model.excuse(&mut world, said, Rule::Unwanted);
    }
    let now = Session::ORIGIN;
    let turn = Turn { hurries: true, insists: true, ..Turn::new(now) };
    model.take_outputs(&mut world, turn);
    if world.broken.is_none() {
        model.level(&mut world, now);
    }
    world
}

/// An answer of success that nobody can make sense of.
pub(crate) fn nonsense(request: directline::RequestId) -> Input {
    answer(request, response(200, b"{\"conversationId\":\"c".to_vec()))
}

pub(crate) fn failed(request: directline::RequestId, failure: Failure) -> Input {
    Input::RequestFailed { request, failure }
}
