//! IDS: what a session knows by the ids that it has handed out: the rule of the simulated world, with
//! the names of each numbering in a mask.

use directline_world::oracle::known::{Found, Known, Said, Stand};

use crate::talk::{Mask, mask};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ids {
    known: Known,
    names: [Mask; 2],
}

impl Ids {
    /// Whether an activity is a copy of what was handed out (DD-1 to DD-3).
    pub(crate) fn is_copy(&self, said: Said) -> bool {
        self.find(said) == Found::Copy
    }

    fn find(&self, said: Said) -> Found {
        let bit = bit(said.name);
        // All of it is said within a minute.
        let stand = |names| if names & bit == 0 { Stand::Nothing } else { Stand::Near };
        self.known.find(said, self.names.map(stand))
    }

    /// It is handed out, or a session passes over it and knows it from now on.
    pub(crate) fn take(&mut self, said: Said) {
        let found = self.find(said);
        if let Found::Begins(_) = found {
            self.names = [self.names[0] | self.names[1], 0];
        }
        let at = self.known.admits(said, found);
        self.names[at] |= bit(said.name);
        // Which number a numbering has makes no difference here.
        self.known.forget_numbers();
    }
}

fn bit(name: u32) -> Mask {
    let name = u8::try_from(name).expect("a few activities");
    mask(name, name + 1)
}
