//! The log as chapters, for whoever keeps books elsewhere or counts them.

use std::{fs::File, path::Path, sync::Arc};

use super::{
    LOG_NAME,
    cell::{CELL_U64, Cell},
    open::{OpenError, look},
    scan::{Frame, Step},
};
use crate::chapter::Chapter;

/// The batches of the books in `dir`, from the first. A last one that never arrived whole, and that
/// nobody was answered about, is left out; damage is told with its place.
pub fn chapters(
    dir: &Path,
) -> Result<impl Iterator<Item = Result<Chapter, OpenError>> + use<>, OpenError> {
    let file = File::open(dir.join(LOG_NAME)).map_err(OpenError::Io)?;
    let mut scan = look(Arc::new(file))?;
    let mut is_over = false;
    Ok(std::iter::from_fn(move || {
        if is_over {
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
    }))
}

fn chapter(frame: &Frame) -> Chapter {
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
