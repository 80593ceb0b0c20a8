//! The log as chapters, for whoever keeps books elsewhere or counts them.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;

use super::{
    EmbeddedEngine,
    cell::{CELL_U64, Cell},
    open::{OpenError, look, to_read},
    scan::{Frame, Scan, Step},
};
use crate::{
    chapter::Chapter,
    engine::LedgerError,
    journal::{Journal, Stretch},
    state::State,
};

/// The batches of the books in `dir`, from the first. A last one that never arrived whole, and that
/// nobody was answered about, is left out; damage is told with its place.
pub fn chapters(
    dir: &Path,
) -> Result<impl Iterator<Item = Result<Chapter, OpenError>> + use<>, OpenError> {
    Ok(read(look(to_read(dir)?)?, u64::MAX))
}

/// The batches that begin before the cell `end`.
pub(super) fn read(
    mut scan: Scan,
    end: u64,
) -> impl Iterator<Item = Result<Chapter, OpenError>> + use<> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over || scan.next >= end {
            return None;
        }
        let step = scan.step_beside_a_writer();
        is_over = !matches!(step, Ok(Step::Frame(_)));
        match step {
            Ok(Step::Frame(frame)) => Some(Ok(chapter(&frame))),
            Ok(Step::End | Step::Torn { .. }) => None,
            Ok(Step::Damaged { cell }) => {
                Some(Err(OpenError::Damaged { offset: cell.saturating_mul(CELL_U64) }))
            }
            Err(error) => Some(Err(error.into())),
        }
    })
}

impl EmbeddedEngine {
    /// The journal, read from the log while the engine serves.
    ///
    /// What is in the log and not durable yet is nobody's answer: the books say where that begins.
    pub(super) async fn journal_of(
        &self,
        stretch: Stretch,
        now: Timestamp,
    ) -> Result<Journal, LedgerError> {
        let end = self.read(now, State::next_number).await?;
        let log = Arc::clone(&self.cold.log);
        let reading =
            tokio::task::spawn_blocking(move || Journal::read(read(look(log)?, end), &stretch));
        let journal = reading.await.map_err(|_| LedgerError::Unavailable)?;
        journal.map_err(|error: OpenError| {
            tracing::error!("the journal cannot be read: {error}");
            LedgerError::Unavailable
        })
    }
}

pub(super) fn chapter(frame: &Frame) -> Chapter {
    let mut chapter =
        Chapter { now: frame.now, accounts: vec![], transfers: vec![], refused: vec![] };
    for row in &frame.rows {
        match row {
            Cell::Account(account) => chapter.accounts.push(*account),
            Cell::Transfer(transfer) => chapter.transfers.push(*transfer),
            Cell::Refused(id) => chapter.refused.push(*id),
            Cell::Head { .. } => {}
        }
    }
    chapter
}
