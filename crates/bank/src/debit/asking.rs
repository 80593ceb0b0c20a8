//! Requests for one debit that come at the same moment.
//!
//! Each is judged before the first of them is written down, and each counts as one more debit for the
//! rules: the second of two alike would be asked for a signature for what the first books.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// The debits that are being asked for in this process.
#[derive(Debug, Default)]
pub struct Asking {
    under_way: Mutex<HashMap<String, Askers>>,
}

#[derive(Debug, Default)]
struct Askers {
    now: u32,
    is_shared: bool,
}

impl Asking {
    /// Counts one more request for the debit with this key, until what is answered is dropped.
    pub(super) fn begin(&self, key: String) -> Asked<'_> {
        let mut all = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let askers = all.entry(key.clone()).or_default();
        askers.is_shared |= askers.now > 0;
        askers.now = askers.now.saturating_add(1);
        drop(all);
        Asked { asking: self, key }
    }
}

/// One request under way.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    asking: &'a Asking,
    key: String,
}

impl Asked<'_> {
    /// Whether another request for the same debit was under way at any moment of this one.
    pub(super) fn is_shared(&self) -> bool {
        let all = self.asking.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&self.key).is_some_and(|askers| askers.is_shared)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut all = self.asking.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(askers) = all.get_mut(&self.key) {
            askers.now = askers.now.saturating_sub(1);
            if askers.now == 0 {
                all.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_know_of_each_other_and_nothing_is_left_of_them() {
        let asking = Asking::default();
        let first = asking.begin("a".to_owned());
        let other = asking.begin("b".to_owned());
        assert!(!first.is_shared() && !other.is_shared());

        let second = asking.begin("a".to_owned());
        assert!(first.is_shared() && second.is_shared() && !other.is_shared());
        drop(first);
        assert!(second.is_shared(), "the first may have booked it meanwhile");

        drop((second, other));
        assert!(!asking.begin("a".to_owned()).is_shared());
        assert!(asking.under_way.lock().unwrap().is_empty());
    }
}
