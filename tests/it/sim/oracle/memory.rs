//! What the host was handed, in order; it can be undone from the end, as a crash does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use directline::Checkpoint;
use serde_json::Value;

use crate::sim::record::Entry;
use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    handed: Vec<Handed>,
    /// By serial: where it stands in `handed`, counted from 1; the last time, if it came again.
    last: Vec<u32>,
    /// How often each id was handed out.
    ids: BTreeMap<Arc<str>, u32>,
    pub(crate) newest_stamp: Option<u64>,
}

/// One activity, with what it changed.
#[derive(Clone, Debug)]
struct Handed {
    serial: u32,
    id: Option<Arc<str>>,
    /// How many bytes of ids came before it.
    id_bytes: usize,
    /// Where it stood before this time.
    last: u32,
    newest_stamp: Option<u64>,
    numbering: u32,
}

impl Memory {
    pub(crate) fn len(&self) -> usize {
        self.handed.len()
    }

    pub(crate) fn has(&self, serial: u32) -> bool {
        self.last.get(serial as usize).is_some_and(|at| *at > 0)
    }

    /// Whether something with this id was handed out, and was not a revision.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub(crate) fn take(&mut self, entry: &Entry) {
        let index = entry.serial as usize;
        if self.last.len() <= index {
            self.last.resize(index + 1, 0);
        }
        let id = entry.id.clone().filter(|_| !entry.is_revision);
        let before = self.handed.last().map_or(0, Handed::bytes_after);
        if let Some(id) = &id {
            *self.ids.entry(Arc::clone(id)).or_default() += 1;
        }
        self.handed.push(Handed {
            serial: entry.serial,
            id,
            id_bytes: before,
            last: self.last[index],
            newest_stamp: self.newest_stamp,
            numbering: entry.numbering,
        });
        self.last[index] = u32::try_from(self.handed.len()).expect("a run is short");
        self.newest_stamp = self.newest_stamp.max(Some(entry.stamp));
    }

    /// Undoes the last one; gives its serial.
    pub(crate) fn forget_last(&mut self) -> u32 {
        let handed = self.handed.pop().expect("there is one");
        if let Some(id) = &handed.id {
            let count = self.ids.get_mut(id).expect("it was counted");
            *count -= 1;
            if *count == 0 {
                self.ids.remove(id);
            }
        }
        self.last[handed.serial as usize] = handed.last;
        self.newest_stamp = handed.newest_stamp;
        handed.serial
    }

    /// DD-3: whether two numberings have come since this one, in the order they were begun or in
    /// that in which they were handed out.
    pub(crate) fn is_ancient(&self, entry: &Entry) -> bool {
        let own = entry.numbering;
        let since = &self.handed[self.last[entry.serial as usize] as usize..];
        let others = since.iter().map(|handed| handed.numbering).filter(|other| *other != own);
        let newest = self.handed.iter().map(|handed| handed.numbering).max();
        others.collect::<BTreeSet<_>>().len() > 1 || newest.is_some_and(|newest| own + 1 < newest)
    }

    /// DD-5: whether a memory of `max` ids may have let go of this one, for newer ones.
    pub(crate) fn may_have_forgotten(&self, serial: u32, max: usize) -> bool {
        let at = self.last[serial as usize] as usize;
        let since = &self.handed[at..];
        if since.len() >= max {
            return true;
        }
        let bytes = self.handed.last().map_or(0, Handed::bytes_after);
        bytes - self.handed[at - 1].bytes_after() + ID_BYTES_SLACK
            > max.saturating_mul(ID_BYTES_EACH)
    }
}

impl Handed {
    fn bytes_after(&self) -> usize {
        self.id_bytes + self.id.as_ref().map_or(0, |id| id.len())
    }
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
