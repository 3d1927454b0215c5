//! KNOWN: whether an activity was handed out before (DD-1 to DD-3), by its id, its timestamp and what
//! is remembered of the last two numberings. The names in a numbering stand in the memory's log.

/// All but the names themselves; the earlier numbering first, then the current one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Known {
    /// The numbers of the two, and how many there have been; what is older may be known with the
    /// earlier one.
    pub(crate) numberings: [u32; 2],
    count: u32,
    /// Up to here it is the earlier numbering that judges; the newest timestamp of the current one.
    boundary: Option<u64>,
    newest: Option<u64>,
    /// Whether one came again that may have been forgotten, or may have begun a numbering.
    pub(crate) is_unsure: bool,
}

/// What an activity says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Stands for its id.
    pub name: u32,
    /// Milliseconds; `None` where it does not say.
    pub stamp: Option<u64>,
}

/// What a numbering has under the name of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Nothing,
    /// One that was said within a minute of it.
    Near,
    /// None that was, but in between somebody always spoke; or one that does not say when; or only in
    /// a numbering before the two.
    Apart,
    /// None that was, and in between there was a silence of more than a minute.
    Far,
}

/// What an activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Copy,
    /// New in the earlier (0) or the current (1) numbering.
    New(usize),
    /// New in one of them, or a copy: no clock tells.
    Unclear,
    /// New in a numbering that begins with it; the boundary is this.
    Begins(u64),
}

impl Default for Known {
    fn default() -> Known {
        Known { numberings: [0, 1], count: 1, boundary: None, newest: None, is_unsure: false }
    }
}

impl Known {
    /// What an activity is; `stands` says what each numbering has under its name.
    pub fn find(&self, said: Said, stands: [Stand; 2]) -> Found {
        let Some(stamp) = said.stamp else {
            // Nothing says that it is another one.
            let is_new = stands == [Stand::Nothing; 2];
            return if is_new { Found::New(1) } else { Found::Copy };
        };
        let at = usize::from(!self.is_old(stamp));
        match (stands[at], self.newest) {
            (Stand::Nothing, _) => Found::New(at),
            // Without a time on either side nothing speaks for a new numbering.
            (_, None) if at == 1 => Found::Copy,
            (_, Some(newest)) if at == 1 && stamp > newest => Found::Begins(newest),
            (Stand::Near, _) => Found::Copy,
            (Stand::Apart, _) => Found::Unclear,
            (Stand::Far, _) => Found::New(at),
        }
    }

    /// Whether it is the earlier numbering that judges.
    pub(crate) fn is_old(&self, stamp: u64) -> bool {
        self.boundary.is_some_and(|boundary| stamp <= boundary)
    }

    /// Whether what says this, or nothing, of its time may be the first of a numbering.
    pub(crate) fn may_begin(&self, stamp: Option<u64>) -> bool {
        let is_later = |stamp| self.newest.is_some_and(|newest| stamp > newest);
        stamp.is_some_and(|stamp| !self.is_old(stamp) && is_later(stamp))
    }

    /// It is handed out as what it was found to be; gives which of the two has its name now.
    pub fn admits(&mut self, said: Said, found: Found) -> usize {
        let at = match found {
            Found::New(at) => at,
            // Nobody can tell any more; it is remembered all the same.
            Found::Copy | Found::Unclear => {
                usize::from(!said.stamp.is_some_and(|stamp| self.is_old(stamp)))
            }
            Found::Begins(boundary) => {
                self.count += 1;
                self.numberings = [self.numberings[1], self.count];
                (self.boundary, self.newest) = (Some(boundary), None);
                1
            }
        };
        self.newest = if at == 1 { self.newest.max(said.stamp) } else { self.newest };
        at
    }

    /// For whoever keeps the names of each numbering apart.
    pub fn forget_numbers(&mut self) {
        (self.numberings, self.count) = ([0, 1], 1);
    }
}

/// Seconds by which a clock may differ and still tell the same.
pub(crate) const APART: u64 = 60;
