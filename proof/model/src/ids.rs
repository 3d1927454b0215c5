//! IDS: what a session knows by the ids that it has handed out: the rule of the simulated world, with
//! the names of each numbering in a mask.

use crate::sim::oracle::known::{Found, Known, Said};
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
        self.known.find(said, self.names.map(|names| names & bit != 0))
    }

    /// It is handed out, or a session passes over it and knows it from now on.
    pub(crate) fn take(&mut self, said: Said) {
        let found = self.find(said);
        match &found {
            Found::Begins(_) => self.names = [self.names[1], 0],
            Found::Before(_, Some(split)) => {
                let all = |names: &Vec<(u32, u64)>| {
                    names.iter().fold(0, |names, (name, _)| names | bit(*name))
                };
                self.names = [all(&split[0]), all(&split[1])];
            }
            _ => {}
        }
        let at = self.known.admits(said, &found);
        self.names[at] |= bit(said.name);
        // Which number a numbering has makes no difference here.
        self.known.forget_numbers();
    }
}

fn bit(name: u32) -> Mask {
    let name = u8::try_from(name).expect("a few activities");
    mask(name, name + 1)
}
