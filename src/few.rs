//! FEW: a list that mostly holds one, which then lies in place and takes no room of its own.

use std::ops::{Deref, DerefMut};

/// A list; read and changed in place as a slice. How many it holds says which of the three it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    /// Two at least.
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) fn insert(&mut self, place: usize, item: T) {
        if let Few::None = self {
            *self = Few::One(item);
        } else {
            let mut list = self.take();
            list.insert(place, item);
            self.put(list);
        }
    }

    pub(crate) fn remove(&mut self, place: usize) -> T {
        let mut list = self.take();
        let item = list.remove(place);
        self.put(list);
        item
    }

    pub(crate) fn retain(&mut self, is_kept: impl FnMut(&T) -> bool) {
        let mut list = self.take();
        list.retain(is_kept);
        self.put(list);
    }

    fn take(&mut self) -> Vec<T> {
        match std::mem::take(self) {
            Few::None => Vec::new(),
            Few::One(item) => vec![item],
            Few::Many(list) => list,
        }
    }

    fn put(&mut self, mut list: Vec<T>) {
        *self = match list.len() {
            0 | 1 => list.pop().map_or(Few::None, Few::One),
            _ => Few::Many(list),
        };
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::None => &[],
            Few::One(item) => std::slice::from_ref(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Few::None => &mut [],
            Few::One(item) => std::slice::from_mut(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(mut self) -> Self::IntoIter {
        self.take().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_whatever_it_holds() {
        let (mut few, mut list) = (Few::default(), Vec::new());
        for step in 0_usize..2_000 {
            match step * step % 7 {
                0..=3 if list.len() < 4 => {
                    few.insert(step % (list.len() + 1), step);
                    list.insert(step % (list.len() + 1), step);
                }
                4 => {
                    few.retain(|item| item % 3 != step % 3);
                    list.retain(|item| item % 3 != step % 3);
                }
                _ if !list.is_empty() => {
                    let place = step % list.len();
                    few[place] += 1;
                    list[place] += 1;
                    assert_eq!(few.remove(place), list.remove(place));
                }
                _ => {}
            }
            assert_eq!(*few, *list);
            let kind = std::mem::discriminant(&few);
            let same = [Few::None, Few::One(0), Few::Many(Vec::new())];
            assert_eq!(kind, std::mem::discriminant(&same[list.len().min(2)]));
            assert!(few.clone().into_iter().eq(list.iter().copied()));
        }
    }
}
