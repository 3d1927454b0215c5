//! A POOL of workers, for what mostly waits for other programs.

use std::sync::{Mutex, mpsc};
use std::time::Instant;

/// Does the work on each of `all`, so many side by side, and hands what comes of it to `take` one after
/// the other. None is begun after `end`.
///
/// # Errors
///
/// The one that `take` has; none is begun after it.
pub(crate) fn each<T: Send, R: Send>(
    jobs: usize,
    end: Option<Instant>,
    all: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), String>,
) -> Result<(), String> {
    let all = Mutex::new(all);
    let next = || {
        let is_late = end.is_some_and(|end| Instant::now() >= end);
        let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (!is_late).then(|| all.next()).flatten()
    };
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..jobs {
            let (sender, work) = (sender.clone(), &work);
            // Nobody hears it where taking has failed.
            scope.spawn(move || while next().is_some_and(|own| sender.send(work(own)).is_ok()) {});
        }
        drop(sender);
        results.into_iter().try_for_each(&mut take)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_done_until_it_is_late_or_something_fails() {
        let done = |end, most: usize| {
            let mut done = Vec::new();
            let take = |own| {
                done.push(own);
                if done.len() < most { Ok(()) } else { Err("enough".to_owned()) }
            };
            let what = each(3, end, 0..100, |own| own * 2, take);
            done.sort_unstable();
            (what, done)
        };
        let doubled: Vec<_> = (0..100).map(|own| own * 2).collect();
        assert_eq!(done(None, 200), (Ok(()), doubled));
        assert_eq!(done(Some(Instant::now()), 200), (Ok(()), Vec::new()));
        let (what, done) = done(None, 7);
        assert_eq!((what, done.len()), (Err("enough".to_owned()), 7));
    }
}
