//! What the list of banks knows of a name: a bank that went into another is asked for under its new one.

use std::{collections::BTreeMap, sync::LazyLock};

use kanuki_formats::directory::Directory;

/// A name that somebody gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bank<'a> {
    /// It is on the list, or none was given.
    Listed,
    /// It is another now.
    Gone(&'a str),
    /// It is on no list.
    Unlisted,
    /// Every part, for the script.
    Any,
}

/// Every name that is gone, with what it is now.
pub(super) static GONE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let directory = Directory::get();
    let former = directory.formers().filter_map(|former| {
        let now = directory.successor(former)?.display_name();
        Some((former.institution.display_name(), now))
    });
    let is_free = |name: &str| directory.institutions().all(|one| one.display_name() != name);
    former.filter(|(then, now)| then != now && is_free(then)).collect()
});

impl Bank<'static> {
    pub(super) fn of(name: &str) -> Self {
        let directory = Directory::get();
        let is_it = |listed: &str| listed == name || listed.strip_suffix("銀行") == Some(name);
        if name.is_empty() || directory.institutions().any(|one| is_it(&one.display_name())) {
            return Self::Listed;
        }
        match GONE.get(name) {
            Some(now) => Self::Gone(now),
            None => Self::Unlisted,
        }
    }
}
