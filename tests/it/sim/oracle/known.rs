//! KNOWN: whether an activity was handed out before (DD-1 to DD-3), by its id, its timestamp and what
//! is remembered of the last two numberings. The names in a numbering stand in the memory's log.

use std::sync::Arc;

/// All but the names themselves; the earlier numbering first, then the current one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    /// The numbers of the two, and how many there have been.
    pub(crate) numberings: [u32; 2],
    count: u32,
    /// How many names each has.
    sizes: [usize; 2],
    /// The first names that count up, each with the second that it was said in.
    firsts: Arc<[Vec<First>; 2]>,
    /// Up to here it is the earlier numbering that judges; the newest timestamp of the current one.
    boundary: Option<u64>,
    newest: Option<u64>,
    /// Whether one came again that may have been forgotten, or may have begun a numbering.
    pub(crate) is_unsure: bool,
}

/// What an activity says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// Stands for its id.
    pub(crate) name: u32,
    /// Milliseconds; `None` where it does not say.
    pub(crate) stamp: Option<u64>,
    /// Whether its id is the next of a series.
    pub(crate) counts_up: bool,
}

/// A name, and the second that it was said in.
pub(crate) type First = (u32, u64);

/// What an activity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Copy,
    /// New in the earlier (0) or the current (1) numbering.
    New(usize),
    /// New in a numbering that begins with it; the boundary is this.
    Begins(u64),
    /// New in the numbering before; from here on it is the current one that judges, and where there
    /// are any, these are the names of the two.
    Before(u64, Option<[Vec<First>; 2]>),
}

impl Default for Known {
    fn default() -> Known {
        Known {
            numberings: [0, 1],
            count: 1,
            sizes: [0; 2],
            firsts: Arc::default(),
            boundary: None,
            newest: None,
            is_unsure: false,
        }
    }
}

impl Known {
    /// What an activity is; `in_either` says whether each numbering has its name.
    pub(crate) fn find(&self, said: Said, in_either: [bool; 2]) -> Found {
        let [was_known, is_known] = in_either;
        let Said { name, stamp: Some(stamp), .. } = said else {
            // Nothing says that it is another one.
            return if was_known || is_known { Found::Copy } else { Found::New(1) };
        };
        let second = stamp / 1_000;
        if self.is_old(stamp) {
            return if was_known { Found::Copy } else { Found::New(0) };
        }
        if self.firsts[0].contains(&(name, second)) {
            return Found::Copy;
        }
        let Some(newest) = self.newest.filter(|_| is_known) else {
            return if is_known { Found::Copy } else { Found::New(1) };
        };
        let apart = self.apart(name, second);
        if stamp > newest {
            return Found::Begins(newest);
        }
        if let Some(before) = self.before(second).filter(|_| apart < 0) {
            return before;
        }
        if apart == 0 { Found::Copy } else { Found::Begins(stamp - 1) }
    }

    /// Whether it is the earlier numbering that judges.
    pub(crate) fn is_old(&self, stamp: u64) -> bool {
        self.boundary.is_some_and(|boundary| stamp <= boundary)
    }

    /// Whether it is later than all of the current numbering.
    pub(crate) fn is_later(&self, stamp: u64) -> bool {
        self.newest.is_some_and(|newest| stamp > newest)
    }

    /// Whether what says this, or nothing, of its time may be the first of a numbering.
    #[allow(dead_code, reason = "the model does not forget")]
    pub(crate) fn may_begin(&self, stamp: Option<u64>) -> bool {
        stamp.is_some_and(|stamp| !self.is_old(stamp) && self.is_later(stamp))
    }

    /// Whether one is another than its copy, and by which clock: -1 for earlier, 1 for later.
    fn apart(&self, name: u32, second: u64) -> i8 {
        let firsts = &self.firsts[1];
        let Some(own) = firsts.iter().find(|own| own.0 == name) else { return 0 };
        let beside = firsts.iter().filter(|one| one.0 != name);
        let earlier = beside.clone().filter(|one| one.1 < second).count();
        let is_late = earlier * 2 >= beside.count();
        match own.1 < second {
            _ if own.1.abs_diff(second) <= APART => 0,
            true => i8::from(is_late),
            false if is_late && firsts.first() != Some(own) => 1,
            false => -1,
        }
    }

    /// Of a numbering before all or a part of what is known, if that can be told apart.
    fn before(&self, second: u64) -> Option<Found> {
        let is_after = |first: &First| first.1 > second + APART;
        let (after, before): (Vec<First>, _) = self.firsts[1].iter().partition(|own| is_after(own));
        // Before every moment of that second, and a minute for those that come out of order.
        let first = after.iter().map(|own| own.1).min()?.saturating_sub(APART);
        let boundary = (first * 1_000).saturating_sub(1);
        let is_whole = before.is_empty();
        let is_told = is_whole || before.len() + after.len() >= self.sizes[1];
        is_told.then_some(Found::Before(boundary, (!is_whole).then_some([before, after])))
    }

    /// It is handed out as what it was found to be; gives which of the two has its name now.
    pub(crate) fn admits(&mut self, said: Said, found: &Found) -> usize {
        let at = match found {
            Found::New(at) => *at,
            // Nobody can tell any more; it is remembered all the same.
            Found::Copy => usize::from(!said.stamp.is_some_and(|stamp| self.is_old(stamp))),
            Found::Begins(boundary) => {
                self.numberings = [self.numberings[1], self.fresh()];
                self.sizes = [self.sizes[1], 0];
                self.firsts = Arc::new([self.firsts[1].clone(), Vec::new()]);
                (self.boundary, self.newest) = (Some(*boundary), None);
                1
            }
            Found::Before(boundary, split) => {
                self.boundary = Some(*boundary);
                if let Some(split) = split {
                    self.numberings = [self.fresh(), self.fresh()];
                    self.sizes = [split[0].len(), split[1].len()];
                    self.firsts = Arc::new(split.clone());
                }
                0
            }
        };
        if let Some(stamp) = said.stamp.filter(|_| said.counts_up && self.firsts[at].len() < FIRSTS)
        {
            Arc::make_mut(&mut self.firsts)[at].push((said.name, stamp / 1_000));
        }
        self.sizes[at] += 1;
        self.newest = if at == 1 { self.newest.max(said.stamp) } else { self.newest };
        at
    }

    /// For whoever keeps the names of each numbering apart.
    #[allow(dead_code, reason = "the model does")]
    pub(crate) fn forget_numbers(&mut self) {
        (self.numberings, self.count) = ([0, 1], 1);
    }

    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }
}

/// Seconds by which a clock may differ and still tell the same.
const APART: u64 = 60;
/// Of how many it is remembered when they were said.
const FIRSTS: usize = 4;
