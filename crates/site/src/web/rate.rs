//! Counters for what could be guessed: codes, sign-ins, checks.
//!
//! In memory of one node: with several nodes the limits multiply, so what must hold exactly is
//! counted in the ledger or in records instead.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

/// The most keys that are remembered.
const KEYS_MAX: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Window {
    ends_at: Timestamp,
    count: u32,
}

/// Fixed-window counters by key.
#[derive(Debug, Default)]
pub struct RateLimits {
    windows: Mutex<HashMap<String, Window>>,
}

impl RateLimits {
    /// Counts one more of `key`; false once there were more than `max` within `window_secs`.
    #[must_use]
    pub fn allow(&self, now: Timestamp, key: &str, max: u32, window_secs: i64) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= KEYS_MAX && !windows.contains_key(key) {
            make_room(&mut windows, now);
        }
        let fresh = Window { ends_at: crate::session::later(now, window_secs), count: 0 };
        let window = windows.entry(key.to_owned()).or_insert(fresh);
        if now >= window.ends_at {
            *window = fresh;
        }
        window.count = window.count.saturating_add(1);
        window.count <= max
    }

    /// After how many seconds `key` may be counted again, where it reached `max`. Counts nothing.
    #[must_use]
    pub fn closed_for(&self, now: Timestamp, key: &str, max: u32) -> Option<u32> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(key).filter(|w| w.count >= max && now < w.ends_at)?;
        let secs = window.ends_at.duration_since(now).as_secs();
        Some(u32::try_from(secs).unwrap_or(0).max(1))
    }
}

/// Forgets what is over; when that is not enough, the lower half of the counts, so that flooding
/// the table with new keys does not reset the key that is being guessed.
fn make_room(windows: &mut HashMap<String, Window>, now: Timestamp) {
    windows.retain(|_, window| now < window.ends_at);
    if windows.len() < KEYS_MAX {
        return;
    }
    let mut counts: Vec<u32> = windows.values().map(|window| window.count).collect();
    let middle = counts.len() >> 1;
    let (_, median, _) = counts.select_nth_unstable(middle);
    let median = *median;
    windows.retain(|_, window| window.count > median);
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn limit_holds_within_its_window_and_ends_with_it() {
        let rates = RateLimits::default();
        let start = Timestamp::UNIX_EPOCH;
        let end = start + SignedDuration::from_secs(60);

        assert!((0..3).all(|_| rates.allow(start, "code", 3, 60)));
        assert!(!rates.allow(start, "code", 3, 60));
        assert!(rates.allow(start, "another", 3, 60));
        assert_eq!(rates.closed_for(start, "code", 3), Some(60));
        assert_eq!(rates.closed_for(start, "another", 3), None);
        assert_eq!(rates.closed_for(end, "code", 3), None);
        assert!(rates.allow(end, "code", 3, 60));
    }

    #[test]
    fn flood_of_keys_neither_grows_memory_nor_resets_the_guessed_one() {
        let rates = RateLimits::default();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..5 {
            let _counted = rates.allow(now, "guessed", 3, 3_600);
        }

        for i in 0..KEYS_MAX + 10 {
            assert!(rates.allow(now, &i.to_string(), 3, 3_600));
        }

        assert!(rates.windows.lock().unwrap().len() <= KEYS_MAX);
        assert!(!rates.allow(now, "guessed", 3, 3_600));
    }
}
