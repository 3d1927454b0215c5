//! Forks: at every step a copy of the world whose process dies, resumes and comes to rest.

use super::{Teller, World};
use crate::operation::Operation;
use crate::oracle::Account;
use crate::setup::Setup;
use crate::violation::{Verdict, Violation};

#[derive(Clone, Copy, Debug)]
pub(super) enum Forks {
    /// This world is forked, at one step only if that is asked for.
    Trunk { so_far: Forked, only: Option<u64> },
    /// This world is a fork.
    Branch,
}

/// How often a world was forked, and what came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forked {
    pub steps: u64,
    pub account: Account,
}

/// A broken promise, and after how many steps the process had died.
#[derive(Clone, Debug)]
pub struct Felled {
    pub step: u64,
    pub violation: Violation,
}

/// As [`run`](super::run), killed at every step.
pub fn run_with_forks(setup: Setup, operations: &[Operation]) -> Result<Forked, Felled> {
    let at_first = |violation| Felled { step: 0, violation };
    let mut world = World::new(setup.with(operations), false).map_err(at_first)?;
    world.forks = Some(Forks::Trunk { so_far: Forked::default(), only: None });
    let performed = operations.iter().try_for_each(|operation| world.perform(*operation));
    let Some(Forks::Trunk { so_far, .. }) = world.forks.take() else { unreachable!("a trunk") };
    match performed.and_then(|()| world.come_to_rest()) {
        Ok(()) => Ok(so_far),
        Err(violation) => Err(Felled { step: so_far.steps, violation }),
    }
}

/// As [`run_with_forks`], killed at one step; tells all that goes in and comes out.
pub fn tell_fork(setup: Setup, operations: &[Operation], step: u64, tells: Teller) -> Verdict {
    let mut world = World::new(setup.with(operations), false)?;
    (world.tells, world.forks) =
        (Some(tells), Some(Forks::Trunk { so_far: Forked::default(), only: Some(step) }));
    for operation in operations {
        world.note_down(format_args!(" {operation:?}"));
        world.perform(*operation)?;
    }
    Ok(())
}

impl World {
    pub(super) fn is_fork(&self) -> bool {
        matches!(self.forks, Some(Forks::Branch))
    }

    /// Kills a copy of this world, if that is asked for. Every second time the host has stored the
    /// checkpoint as it is now; the other times what came with the last batch must do.
    pub(super) fn fork(&mut self) -> Verdict {
        let Some(Forks::Trunk { so_far, only }) = &mut self.forks else { return Ok(()) };
        so_far.steps += 1;
        if only.is_some_and(|only| only != so_far.steps) {
            return Ok(());
        }
        let stores = so_far.steps % 2 == 0 && self.lazy == 0;
        let mut branch = self.clone();
        branch.forks = Some(Forks::Branch);
        if stores {
            branch.store()?;
        }
        self.note_down(format_args!(" killed, and the faults stop"));
        branch.kill(0)?;
        branch.come_to_rest()?;
        if let Some(Forks::Trunk { so_far, .. }) = &mut self.forks {
            so_far.account.add(branch.report.account);
        }
        Ok(())
    }
}
