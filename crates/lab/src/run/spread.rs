//! Worlds over cores: each is alone with itself, so as many run at a time as there are cores.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Does `work` for every item, as many at a time as there are cores; the results in the order of the
/// items.
pub(crate) fn spread<I: Sync, R: Send>(
    items: &[I],
    work: impl Fn(&I) -> R + Sync,
) -> anyhow::Result<Vec<R>> {
    spread_by(items, |_| 0, work)
}

/// The same, the largest first: whoever begins with the smallest waits at the end for one core.
pub(super) fn spread_by<I: Sync, R: Send>(
    items: &[I],
    size: impl Fn(&I) -> u32,
    work: impl Fn(&I) -> R + Sync,
) -> anyhow::Result<Vec<R>> {
    let mut order: Vec<(usize, &I)> = items.iter().enumerate().collect();
    order.sort_by_key(|(_, item)| Reverse(size(item)));
    let hands = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let hand = || {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let Some((place, item)) = order.get(turn) else { return };
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(*place, result);
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..hands.min(items.len())).map(|_| scope.spawn(hand)).collect();
        let panicked = threads.into_iter().map(thread::ScopedJoinHandle::join).any(|t| t.is_err());
        if panicked { Err(anyhow::anyhow!("a world panicked")) } else { Ok(()) }
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect())
}
