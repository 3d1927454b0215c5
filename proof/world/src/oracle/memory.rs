//! What the host was handed, in order, and what a session knows by that; all of it can be undone from
//! the end, as a crash does.

use std::collections::BTreeMap;

use directline::Checkpoint;
use serde_json::Value;

use super::known::{APART, Found, Known, Said, Stand};
use crate::record::Entry;
use crate::violation::{Verdict, ensure};

#[derive(Clone, Debug)]
pub(crate) struct Memory {
    log: Vec<Taken>,
    /// By serial and by name: where the last such stands in the log, counted from 1.
    serials: Vec<u32>,
    names: Vec<u32>,
    known: Known,
    /// In which seconds something with a name was said, and how often.
    seconds: BTreeMap<u64, u32>,
    /// How many ids are kept at least; numbered ones all are.
    ids_max: usize,
}

/// One activity, or a name that was found to be of another numbering, with what it changed.
#[derive(Clone, Debug)]
struct Taken {
    serial: Option<u32>,
    /// What stands for its id, and the numbering that has it.
    name: Option<(u32, u32)>,
    /// When it was said, in seconds; `None` where it does not say.
    second: Option<u64>,
    /// How many ids there were up to here, and of how many bytes.
    ids: (usize, usize),
    /// Where serial and name stood before, and what was known.
    before: (u32, u32, Known),
    /// Where the name stood last in another numbering or second.
    other: u32,
}

/// What an activity is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It was not handed out before.
    New,
    /// DD-1: a copy, by the ids of the numbering that judges it.
    Known,
    /// DD-5: a copy, unless its id was forgotten for newer ones.
    Perhaps,
    /// DD-3: a copy, unless no clock tells, or of a numbering before the last two.
    Unclear,
}

impl Memory {
    /// A memory for so many ids at least.
    pub(crate) fn new(ids_max: usize) -> Memory {
        Memory {
            log: Vec::new(),
            serials: Vec::new(),
            names: Vec::new(),
            known: Known::default(),
            seconds: BTreeMap::new(),
            ids_max,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    pub(crate) fn has(&self, serial: u32) -> bool {
        self.serials.get(serial as usize).is_some_and(|at| *at > 0)
    }

    /// DD-1 to DD-3, and DD-5.
    pub(crate) fn place(&self, entry: &Entry) -> Place {
        self.find(entry).map_or(Place::New, |(place, _)| place)
    }

    fn find(&self, entry: &Entry) -> Option<(Place, Found)> {
        let said = said(entry)?;
        let last = self.names.get(said.name as usize).copied().unwrap_or(0);
        let [earlier, current] = self.known.numberings;
        let all = self.places(last);
        let of = |is_own: &dyn Fn(u32) -> bool| {
            all.iter().filter(|place| is_own(place.1)).map(|place| place.0).collect::<Vec<_>>()
        };
        let [ancient, was, is] =
            [of(&|own| own < earlier), of(&|own| own == earlier), of(&|own| own == current)];
        let is_lost = was.iter().chain(&is).any(|at| self.may_have_forgotten(*at));
        let second = said.stamp.map(|stamp| stamp / 1_000);
        let stand = |places: &[usize]| self.stand(second, places);
        let was = match (stand(&was), stand(&ancient)) {
            (Stand::Nothing | Stand::Far, Stand::Near | Stand::Apart) => Stand::Apart,
            (Stand::Nothing, ancient) => ancient,
            (was, _) => was,
        };
        let found = self.known.find(said, [was, stand(&is)]);
        let place = match found {
            _ if last > 0 && (is_lost || self.known.is_unsure) => Place::Perhaps,
            Found::Copy => Place::Known,
            Found::Unclear => Place::Unclear,
            Found::New(_) | Found::Begins(_) => Place::New,
        };
        Some((place, found))
    }

    /// Where the name that stands there in the log stands, and of which numbering.
    fn places(&self, mut at: u32) -> Vec<(usize, u32)> {
        let mut places = Vec::new();
        while let Some(taken) = (at as usize).checked_sub(1).map(|index| &self.log[index]) {
            places.extend(taken.name.map(|own| (at as usize, own.1)));
            at = taken.other;
        }
        places
    }

    /// What those that stand there in the log are to one that was said then.
    fn stand(&self, second: Option<u64>, places: &[usize]) -> Stand {
        let mut copies = places.iter().map(|at| self.log[at - 1].second);
        let Some(second) = second else {
            return if places.is_empty() { Stand::Nothing } else { Stand::Near };
        };
        if places.is_empty() {
            Stand::Nothing
        } else if copies.clone().flatten().any(|copy| copy.abs_diff(second) <= APART) {
            Stand::Near
        } else if copies.all(|copy| copy.is_some_and(|copy| self.is_silent(copy, second))) {
            Stand::Far
        } else {
            Stand::Apart
        }
    }

    /// Whether nothing was handed out for more than a minute of the time between these two.
    fn is_silent(&self, one: u64, other: u64) -> bool {
        let mut from = one.min(other);
        let between = self.seconds.range(from..=one.max(other)).map(|(second, _)| *second);
        between.chain([one.max(other)]).any(|own| own - std::mem::replace(&mut from, own) > APART)
    }

    /// It is handed out; or it is not, and a session passes over it and knows it from now on.
    pub(crate) fn take(&mut self, entry: &Entry, is_handed: bool) {
        let serial = is_handed.then_some(entry.serial);
        let (Some(said), Some((place, found))) = (said(entry), self.find(entry)) else {
            return self.push(serial, None, 0, self.known.clone());
        };
        let before = self.known.clone();
        let may_begin = before.may_begin(said.stamp);
        self.known.is_unsure |= place == Place::Perhaps && may_begin;
        let found = if place == Place::Perhaps { Found::Copy } else { found };
        let at = self.known.admits(said, found);
        let numbering = self.known.numberings[at];
        let bytes = entry.id.as_ref().map_or(0, |id| id.len());
        self.push(serial, Some((said, numbering)), bytes, before);
    }

    fn push(&mut self, serial: Option<u32>, said: Option<(Said, u32)>, bytes: usize, known: Known) {
        let at = u32::try_from(self.log.len() + 1).expect("a run is short");
        let put = |list: &mut Vec<u32>, index: u32| {
            let index = index as usize;
            list.resize(list.len().max(index + 1), 0);
            std::mem::replace(&mut list[index], at)
        };
        let was = serial.map_or(0, |serial| put(&mut self.serials, serial));
        let had = said.map_or(0, |(said, _)| put(&mut self.names, said.name));
        let (count, sum) = self.ids();
        let ids = (count + usize::from(bytes > 0), sum + bytes);
        let name = said.map(|(said, numbering)| (said.name, numbering));
        let second = said.and_then(|(said, _)| said.stamp).map(|stamp| stamp / 1_000);
        if let Some(second) = second {
            *self.seconds.entry(second).or_default() += 1;
        }
        let last = had.checked_sub(1).map(|index| &self.log[index as usize]);
        let is_same = |own: &&Taken| (own.name, own.second) == (name, second);
        let other = last.filter(is_same).map_or(had, |own| own.other);
        self.log.push(Taken { serial, name, second, ids, before: (was, had, known), other });
    }

    /// Undoes the last one; gives its serial.
    pub(crate) fn forget_last(&mut self) -> Option<u32> {
        let Taken { serial, name, second, before, .. } = self.log.pop()?;
        if let Some(second) = second {
            let often = self.seconds.remove(&second).unwrap_or(0);
            if often > 1 {
                self.seconds.insert(second, often - 1);
            }
        }
        if let Some(serial) = serial {
            self.serials[serial as usize] = before.0;
        }
        if let Some((name, _)) = name {
            self.names[name as usize] = before.1;
        }
        self.known = before.2;
        serial
    }

    fn ids(&self) -> (usize, usize) {
        self.log.last().map_or((0, 0), |taken| taken.ids)
    }

    /// DD-5: whether the one that stands there in the log may have been let go of, for newer ones.
    fn may_have_forgotten(&self, at: usize) -> bool {
        let ((count, bytes), then) = (self.ids(), self.log[at - 1].ids);
        let since = bytes - then.1 + ID_BYTES_SLACK;
        count - then.0 >= self.ids_max || since > self.ids_max.saturating_mul(ID_BYTES_EACH)
    }
}

/// What an activity says of itself; `None` where nobody can tell copies.
fn said(entry: &Entry) -> Option<Said> {
    entry.name.map(|name| Said { name, stamp: entry.stamp })
}

/// DD-5: what a checkpoint remembers of ids that are no ranges, bounded to `max` of them.
pub(crate) fn check_size(checkpoint: &Checkpoint, max: usize) -> Verdict {
    let json = serde_json::to_value(checkpoint).expect("it is plain data");
    for numbering in ["/known/current/ids", "/known/earlier/numbering/ids"] {
        let ids = json.pointer(numbering).and_then(Value::as_array);
        let ids = ids.map(Vec::as_slice).unwrap_or_default();
        let bytes: usize = ids.iter().filter_map(Value::as_str).map(str::len).sum();
        ensure(ids.len() <= max && bytes <= max * ID_BYTES_EACH, "DD-5", || {
            format!("{} ids of {bytes} bytes in {numbering}, allowed are {max}", ids.len())
        })?;
    }
    Ok(())
}

/// What the memory allows for each id, on average.
const ID_BYTES_EACH: usize = 256;
/// The longest id that this world mints, and a prefix.
const ID_BYTES_SLACK: usize = 1_200;
