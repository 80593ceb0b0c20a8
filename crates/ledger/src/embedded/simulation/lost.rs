//! A log that loses its end, beside snapshots and an index that have seen it.

use std::sync::Arc;

use super::World;
use crate::embedded::{
    LOG_NAME,
    cell::CELL_U64,
    disk::Device as _,
    index::Index,
    open::OpenError,
    snapshot::{self, SNAPSHOT, SNAPSHOT_BEFORE},
};

impl World {
    /// The log loses what snapshots and index have seen of it, sometimes together with the index: nothing is
    /// answered, nothing is changed. Then somebody brings all of it back.
    pub(super) fn lose_the_end(&mut self) {
        let device = Arc::clone(&self.disk);
        let of = |name: &str| match device.bytes(name) {
            Some(_) => snapshot::seen(&*device.open(name).unwrap()).unwrap().unwrap_or(0),
            None => 0,
        };
        let index = Index::new(&self.index);
        let below = if index.exists() { index.below().unwrap_or(0) } else { 0 };
        let is_alone = self.is(3);
        let below = if is_alone { 0 } else { below };
        let seen = of(SNAPSHOT).max(of(SNAPSHOT_BEFORE)).max(below);
        let seen = usize::try_from(seen * CELL_U64).unwrap();
        let whole = self.disk.bytes(LOG_NAME).unwrap_or_default();
        if seen == 0 || whole.len() < seen {
            return;
        }
        let keep = self.pick(seen);
        let mut lost = whole.clone();
        if self.is(2) {
            lost.truncate(keep);
        } else {
            lost[keep..].fill(0);
        }
        if whole[keep..seen].iter().all(|b| *b == 0) {
            return;
        }
        drop(index);
        let aside = self.index.with_extension("aside");
        if is_alone && self.index.exists() {
            std::fs::rename(&self.index, &aside).unwrap();
        }
        self.disk.put(LOG_NAME, lost.clone());
        match self.open() {
            Err(OpenError::Lost { .. } | OpenError::Damaged { .. }) => {}
            Ok(_) => panic!("{keep} of {seen} bytes that were seen are answered from"),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(self.disk.bytes(LOG_NAME), Some(lost), "evidence is left as it is");
        self.disk.put(LOG_NAME, whole);
        if aside.exists() {
            std::fs::rename(&aside, &self.index).unwrap();
        }
    }
}
