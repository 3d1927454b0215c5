//! RESCUE: LV-1 from a state: the faults stop, everything moves on by itself, and within the
//! promised time the stream is live and all is delivered.

use std::sync::atomic::Ordering;

use directline::{Session, Status};
use directline_world::excuse::Rule;
use directline_world::operation::HostCall;

use crate::model::SessionModel;
use crate::step::Step;
use crate::under_way::{Shake, Stage};
use crate::world::{Left, World};

impl SessionModel {
    /// How many milliseconds pass until all is well.
    ///
    /// # Errors
    ///
    /// What is wrong when that takes too long.
    pub(crate) fn recovery(&self, begun: &World) -> Result<u64, String> {
        if begun.broken.is_some() {
            return Ok(0);
        }
        let mut world = begun.clone();
        // What could still have gone wrong makes no difference now.
        world.left = Left { faults: 0, posts: 0 };
        world.host.stored = None;
        let (mut passed, mut trail) = (0, Vec::new());
        let total = loop {
            if world.broken.is_some() || self.is_well(&world) {
                break passed;
            }
            let key = self.memo.hash.hash_one(&world);
            if let Some(rest) = self.memo.get(key) {
                break passed + u64::from(rest);
            }
            trail.push((key, passed));
            let step = self.next_calm(&world).ok_or("nothing moves any more")?;
            if step == Step::Deadline {
                let at = world.session.deadline().unwrap_or(Session::ORIGIN);
                passed += at.as_millis() - Session::ORIGIN.as_millis();
            }
            if trail.len() > STEPS_MAX {
                return Err(format!("{:?} after {passed} ms", world.session.status()));
            }
            world = self.after(&world, step);
        };
        let first = self.first(begun);
        let beyond = total.saturating_sub(first);
        let steps = trail.len() as u64;
        for (key, at) in trail {
            self.memo.put(key, u32::try_from(total - at).unwrap_or(u32::MAX));
        }
        self.seen.rescued.fetch_add(steps, Ordering::Relaxed);
        self.seen.slowest.fetch_max(beyond, Ordering::Relaxed);
        let bound = self.scope.timing.recovery(self.scope.polls());
        self.seen.excuse(Rule::LateLive, u64::from(total > bound));
        if beyond > bound {
            return Err(format!(
                "all is well after {first} + {beyond} ms, promised are {bound} ms"
            ));
        }
        Ok(total)
    }

    /// What has to run out before anything is promised: a wait that the service asked for, or the
    /// silence that shows that a socket is dead.
    fn first(&self, world: &World) -> u64 {
        let wait = world
            .host
            .not_before
            .max(world.host.page_not_before)
            .map_or(0, |at| at.as_millis().saturating_sub(Session::ORIGIN.as_millis()));
        let is_dead =
            world.lane.as_ref().is_some_and(|lane| matches!(lane.stage, Shake::Dead { .. }));
        let silence = self.scope.timing.liveness.filter(|_| is_dead);
        wait.max(silence.unwrap_or(0))
    }

    /// Live on a socket that is, or polling; and nothing is missing.
    fn is_well(&self, world: &World) -> bool {
        if world.host.is_over {
            return true;
        }
        let is_open =
            world.lane.as_ref().is_some_and(|lane| matches!(lane.stage, Shake::Open { .. }));
        let is_up = match world.session.status() {
            Status::Live => is_open,
            Status::Polling => true,
            _ => false,
        };
        let is_complete = world.talk.all() & !world.host.accounted() == 0;
        is_up && is_complete && !world.host.posts.iter().any(|post| post.is_open())
    }

    /// What happens next when nothing goes wrong.
    pub(crate) fn next_calm(&self, world: &World) -> Option<Step> {
        if world.host.is_offline {
            return Some(Step::Host(HostCall::Up));
        }
        if world.host.is_asked {
            return Some(Step::Host(HostCall::NewToken));
        }
        if let Some(at) = world.lines.iter().position(|line| line.stage != Stage::Lost) {
            return Some(Step::Line(at, None));
        }
        if let Some(lane) = &world.lane {
            match lane.stage {
                Shake::Under { .. } => return Some(Step::Handshake(None)),
                Shake::Open { .. } if !lane.frames.is_empty() => return Some(Step::Frame(None)),
                _ => {}
            }
        }
        world.session.deadline().map(|_| Step::Deadline)
    }
}

/// Far more than a recovery takes; a loop is found by it.
const STEPS_MAX: usize = 2_000;
