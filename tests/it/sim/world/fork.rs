//! Forks: at every step a copy of the world whose process dies, resumes and comes to rest.

use super::World;
use crate::sim::operation::Operation;
use crate::sim::setup::Setup;
use crate::sim::violation::{Verdict, Violation};

#[derive(Clone, Copy, Debug)]
pub(super) enum Forks {
    /// This world is forked; so many times so far.
    Trunk(u64),
    /// This world is a fork.
    Branch,
}

/// As [`run`](super::run), killed at every step; gives how many there were.
pub(crate) fn run_with_forks(setup: Setup, operations: &[Operation]) -> Result<u64, Violation> {
    let mut world = World::new(setup.with(operations), false)?;
    world.forks = Some(Forks::Trunk(0));
    for operation in operations {
        world.perform(*operation)?;
    }
    match world.forks.take() {
        Some(Forks::Trunk(steps)) => world.come_to_rest().map(|()| steps),
        Some(Forks::Branch) | None => unreachable!("it was a trunk"),
    }
}

impl World {
    pub(super) fn is_fork(&self) -> bool {
        matches!(self.forks, Some(Forks::Branch))
    }

    /// Kills a copy of this world, if that is asked for. Every second time the host has stored the
    /// checkpoint as it is now; the other times what came with the last batch must do.
    pub(super) fn fork(&mut self) -> Verdict {
        let Some(Forks::Trunk(steps)) = &mut self.forks else { return Ok(()) };
        *steps += 1;
        let stores = *steps % 2 == 0 && self.lazy == 0;
        let mut branch = self.clone();
        branch.forks = Some(Forks::Branch);
        if stores {
            branch.store()?;
        }
        branch.kill(0)?;
        branch.come_to_rest()
    }
}
