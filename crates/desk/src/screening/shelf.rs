//! Lists made ready to be compared with, each read and folded once and not at every proof and page.
//!
//! A list is named by the digest of its file, so what is kept under a name never changes: whoever finds
//! it here finds what the store would say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kanuki_formats::screening::Screener;

use super::list::LISTS_MAX;

/// How many are kept: those of two companies in one process.
const KEPT_MAX: usize = LISTS_MAX.saturating_mul(2);

static SHELF: Mutex<BTreeMap<String, Arc<Screener>>> = Mutex::new(BTreeMap::new());

fn shelf() -> MutexGuard<'static, BTreeMap<String, Arc<Screener>>> {
    // A map that somebody panicked over holds whole lists or none.
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The list of this version, if it is here.
pub(super) fn find(version: &str) -> Option<Arc<Screener>> {
    shelf().get(version).cloned()
}

/// Puts a list here.
pub(super) fn put(version: &str, screener: Screener) -> Arc<Screener> {
    let screener = Arc::new(screener);
    let mut shelf = shelf();
    if shelf.len() >= KEPT_MAX {
        shelf.pop_first();
    }
    shelf.insert(version.to_owned(), Arc::clone(&screener));
    screener
}

/// A list that ended takes no more room.
pub(super) fn drop_list(version: &str) {
    shelf().remove(version);
}
