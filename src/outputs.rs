//! OUTPUTS: what waits to be handed out, first in, first out.

use std::collections::VecDeque;

use crate::error::{Cause, Fault, Next};
use crate::output::{Action, Event, Output};

/// Actions and events in the order in which they came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Outputs(VecDeque<Output>);

impl Outputs {
    pub(crate) fn act(&mut self, action: Action) {
        self.0.push_back(Output::Action(action));
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.0.push_back(Output::Event(event));
    }

    pub(crate) fn fault(&mut self, cause: Cause, next: Next) {
        self.tell(Event::Faulted(Fault { cause, next }));
    }

    /// The oldest.
    pub(crate) fn pop(&mut self) -> Option<Output> {
        let output = self.0.pop_front()?;
        // A session that rests keeps room for what comes every day, not for the busiest moment. That
        // is given back in one piece, as the next session wants it that is busy.
        if self.0.is_empty() && self.0.capacity() > KEPT {
            self.0 = VecDeque::with_capacity(KEPT);
        }
        Some(output)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A batch or a probe; more at once is rare.
const KEPT: usize = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Status;

    #[test]
    fn room_for_the_busiest_moment_is_given_back() {
        // Covers: RX-6
        let mut outputs = Outputs::default();
        (0..100).for_each(|_| outputs.tell(Event::Status(Status::Live)));
        while outputs.pop().is_some() {}
        assert!(outputs.is_empty() && outputs.0.capacity() == KEPT);
        outputs.tell(Event::Status(Status::Live));
        assert!(outputs.pop().is_some() && outputs.0.capacity() == KEPT, "it is used again");
    }
}
