//! Whether the snapshots of an embedded ledger say what its log says up to where they were taken.

use std::{fs::File, io, path::Path};

use super::recount::Recount;
use crate::{
    embedded::snapshot::{Found, SNAPSHOT, SNAPSHOT_BEFORE, Snapshot, parse},
    state::State,
};

/// Sound snapshots whose place in the log was not come to yet.
#[derive(Debug)]
pub(super) struct Snapshots(Vec<(&'static str, Snapshot)>);

impl Snapshots {
    /// Reads both; one that has changed since it was written is a problem.
    pub(super) fn read(dir: &Path, found: &mut Recount) -> Self {
        let mut sound = Vec::new();
        for name in [SNAPSHOT, SNAPSHOT_BEFORE] {
            let file = match File::open(dir.join(name)) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    found.problem(format!("{name} cannot be read: {error}"));
                    continue;
                }
            };
            match parse(&file) {
                Ok(Found::Sound(snapshot)) => sound.push((name, *snapshot)),
                Ok(Found::None) => {}
                Ok(Found::Damaged { offset }) => found.problem(format!(
                    "{name} is damaged at byte {offset}; the next start makes it again from the log"
                )),
                Err(error) => found.problem(format!("{name} cannot be read: {error}")),
            }
        }
        Self(sound)
    }

    /// Compares those that were taken before the frame at `cell`, with the books up to there.
    pub(super) fn compare_at(&mut self, cell: u64, state: &State, found: &mut Recount) {
        self.0.retain(|(name, snapshot)| {
            let is_later = snapshot.cell > cell;
            if !is_later && !is_same(snapshot, cell, state) {
                found.problem(format!(
                    "{name} has other books than the log at the same place; stop the server, move it \
                     and {SNAPSHOT} away and start again"
                ));
            }
            is_later
        });
    }

    /// The log has ended: what was taken behind its end proves that it went on.
    pub(super) fn compare_rest(&self, found: &mut Recount) {
        for (name, snapshot) in &self.0 {
            let cell = snapshot.cell;
            found.problem(format!(
                "the log ends before its record {cell}, up to which {name} has seen it: restore it \
                 from a copy"
            ));
        }
    }
}

fn is_same(snapshot: &Snapshot, cell: u64, state: &State) -> bool {
    let image = &snapshot.image;
    let accounts = state.accounts().count();
    snapshot.cell == cell
        && image.accounts.len() == accounts
        && image.accounts.iter().all(|held| state.account(held.account.id) == Some(held.account))
}
