//! IDS: which activities were handed out before (DD-1 to DD-3), all of them, without a bound.

use std::collections::BTreeSet;

use super::facts::Told;

/// An id, and the second that it was said in, as a number and as text.
type First = (String, i64, String);

/// The last two numberings, the earlier first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    ids: [BTreeSet<String>; 2],
    /// The first ids that count something up, each with the second it was said in.
    firsts: [Vec<First>; 2],
    /// Up to here it is the earlier numbering that judges; the newest timestamp of the second.
    boundary: String,
    newest: String,
}

impl Ids {
    /// Whether an activity is new; from now on it is known.
    pub(crate) fn is_new(&mut self, told: &Told) -> bool {
        let Some(id) = &told.id else { return true };
        let [was_known, is_known] = [0, 1].map(|at| self.ids[at].contains(id));
        if told.stamp.is_empty() {
            // Nothing says that it is another one.
            return !was_known && !is_known && self.knows(1, told);
        }
        if told.stamp <= self.boundary {
            return !was_known && self.knows(0, told);
        }
        if self.firsts[0].iter().any(|own| own.0 == *id && own.1 == told.second) {
            return false;
        }
        if !is_known {
            return self.knows(1, told);
        }
        let apart = if self.newest.is_empty() { 0 } else { self.apart(told) };
        if !self.newest.is_empty() && told.stamp > self.newest {
            self.renumbers(self.newest.clone());
        } else if apart < 0 && self.is_from_before(told) {
            return self.knows(0, told);
        } else if apart != 0 {
            // Without its last letter a timestamp stands before itself and after all earlier ones.
            self.renumbers(told.stamp.trim_end_matches('Z').to_owned());
        } else {
            return false;
        }
        self.knows(1, told)
    }

    fn renumbers(&mut self, boundary: String) {
        self.ids = [std::mem::take(&mut self.ids[1]), BTreeSet::new()];
        self.firsts = [std::mem::take(&mut self.firsts[1]), Vec::new()];
        (self.boundary, self.newest) = (boundary, String::new());
    }

    /// Whether it is of a numbering before all or a part of what is known, which it then is.
    fn is_from_before(&mut self, told: &Told) -> bool {
        let is_after = |first: &First| first.1 > told.second + 60;
        let firsts = self.firsts[1].clone();
        let (after, before): (Vec<First>, Vec<First>) = firsts.into_iter().partition(is_after);
        let Some(first) = after.iter().min_by_key(|first| first.1) else { return false };
        // The text of a second stands before that of every moment in it.
        let boundary = first.2.clone();
        if !before.is_empty() {
            if before.len() + after.len() < self.ids[1].len() {
                return false;
            }
            self.ids = [&before, &after].map(|of| of.iter().map(|own| own.0.clone()).collect());
            self.firsts = [before, after];
        }
        self.boundary = boundary;
        true
    }

    /// From now on it is known in this numbering.
    fn knows(&mut self, at: usize, told: &Told) -> bool {
        let id = told.id.clone().unwrap_or_default();
        let alike = self.firsts[at].iter().filter(|own| series(&own.0) == series(&id)).count();
        if series(&id).is_some() && alike < FIRSTS && !told.stamp.is_empty() {
            self.firsts[at].push((id.clone(), told.second, told.stamp[..19].to_owned()));
        }
        if at == 1 {
            self.newest = told.stamp.clone().max(std::mem::take(&mut self.newest));
        }
        self.ids[at].insert(id)
    }

    /// Whether it is another than its copy, and by which clock: -1 for earlier, 1 for later.
    fn apart(&self, told: &Told) -> i8 {
        let id = told.id.as_deref().unwrap_or_default();
        let Some(own) = self.firsts[1].iter().find(|own| own.0 == id) else { return 0 };
        let is_first = self.firsts[1].iter().find(|one| series(&one.0) == series(id)) == Some(own);
        let is_beside = |own: &&First| own.0 != id && series(&own.0) == series(id);
        let beside: Vec<_> = self.firsts[1].iter().filter(is_beside).collect();
        let earlier = beside.iter().filter(|own| own.1 < told.second).count();
        let is_late = earlier * 2 >= beside.len();
        match (own.1.abs_diff(told.second) > 60, own.1 < told.second) {
            (false, _) => 0,
            (true, true) => i8::from(is_late),
            (true, false) if is_late && !is_first => 1,
            (true, false) => -1,
        }
    }
}

/// What an id counts up, if it ends in a bar and a number: all before the number, and how it is
/// written.
fn series(id: &str) -> Option<(&str, usize)> {
    let (prefix, number) = id.rsplit_once('|')?;
    let is_number = (1..=18).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some((prefix, number.len()))
}

/// Of how many it is remembered when they were said.
const FIRSTS: usize = 4;
