//! What the books no longer hold, from log and index.

use std::{io, sync::Arc};

use super::{
    cell::{CELL_U64, Cell},
    disk::Blob,
    index::{Index, IndexError},
    scan::read_row,
};
use crate::{
    model::{PendingState, Transfer, TransferId, TransferRecord},
    state::{Batch, Known, Seek, State, Used},
};

/// Why something old could not be answered. It is not answered over.
#[derive(Debug, thiserror::Error)]
pub enum ColdError {
    /// The log has changed since it was written.
    #[error("the ledger's log is damaged at byte {offset}")]
    Damaged {
        /// Where, in bytes from the start of the file.
        offset: u64,
    },
    /// The disk refused.
    #[error("the ledger's log cannot be read")]
    Io(#[from] io::Error),
    /// The index did not answer.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Log and index, for reading what is old.
#[derive(Clone, Debug)]
pub(crate) struct Cold {
    pub(crate) log: Arc<dyn Blob>,
    pub(crate) index: Arc<Index>,
}

impl Cold {
    /// Notes what could not be read: in the program's log, and beside the index if that is what is
    /// wrong. The log of the ledger has all that the index has, so the next start makes it again.
    pub(crate) fn damaged(&self, error: &ColdError) {
        tracing::error!("something old cannot be answered: {error}");
        if let ColdError::Index(error) = error
            && error.is_damage()
        {
            match self.index.suspect() {
                Ok(()) => tracing::error!("the next start makes the ledger's index again"),
                Err(error) => tracing::error!("the damaged index cannot be marked: {error}"),
            }
        }
    }

    /// The row `number`.
    fn row(&self, number: u64) -> Result<Cell, ColdError> {
        let offset = number.saturating_mul(CELL_U64);
        read_row(&*self.log, number)?.ok_or(ColdError::Damaged { offset })
    }

    /// The transfer `number`.
    pub(crate) fn transfer(&self, number: u64) -> Result<Transfer, ColdError> {
        match self.row(number)? {
            Cell::Transfer(transfer) => Ok(transfer),
            Cell::Refused(_) | Cell::Account(_) | Cell::Head { .. } => {
                Err(ColdError::Damaged { offset: number.saturating_mul(CELL_U64) })
            }
        }
    }

    /// The transfer `number` with what became of it; `fate` is what the books know of that.
    pub(crate) fn record(
        &self,
        number: u64,
        transfer: Transfer,
        fate: Option<PendingState>,
    ) -> Result<TransferRecord, ColdError> {
        let pending = match fate {
            _ if !transfer.flags.pending => None,
            Some(fate) => Some(fate),
            None => Some(self.index.fate(number)?),
        };
        Ok(TransferRecord { transfer, pending })
    }

    /// What used up `id`, if one of `numbers` did.
    pub(crate) fn used(
        &self,
        id: TransferId,
        numbers: &[u64],
        fate: Option<PendingState>,
    ) -> Result<Option<Used>, ColdError> {
        for number in numbers {
            match self.row(*number)? {
                Cell::Refused(refused) if refused == id => return Ok(Some(Used::Refused(id))),
                Cell::Transfer(transfer) if transfer.id == id => {
                    return self.record(*number, transfer, fate).map(Used::Transfer).map(Some);
                }
                // Another id with the same print.
                Cell::Refused(_) | Cell::Transfer(_) => {}
                Cell::Account(_) | Cell::Head { .. } => {
                    return Err(ColdError::Damaged { offset: number.saturating_mul(CELL_U64) });
                }
            }
        }
        Ok(None)
    }

    /// Everything old that `batch` may ask for.
    pub(crate) fn known(&self, state: &State, batch: &Batch) -> Result<Known, ColdError> {
        let mut known = Known::default();
        if let Batch::Transfers(transfers) = batch {
            for transfer in transfers {
                if !state.is_new(transfer.id) {
                    self.learn(state, transfer.id, &mut known)?;
                }
                if let Some(id) = transfer.pending_id {
                    self.learn(state, id, &mut known)?;
                }
            }
        }
        Ok(known)
    }

    fn learn(&self, state: &State, id: TransferId, known: &mut Known) -> Result<(), ColdError> {
        let settled = match state.seek(id) {
            Seek::Nowhere => return Ok(()),
            Seek::Here(used) => {
                // An open reservation whose row is old: the batch itself may end it, by its instant
                // or by an event, and then ask for it again.
                if state.is_open(id) {
                    state.numbers(id).for_each(|number| known.cover(number));
                    known.learn(used);
                }
                used
            }
            Seek::There(numbers) => {
                let found = self.used(id, &numbers, state.fate(id))?;
                for number in numbers {
                    known.cover(number);
                }
                let Some(used) = found else {
                    return Ok(());
                };
                known.learn(used);
                used
            }
        };
        // A retry of a post or void is compared with what it settled.
        match settled {
            Used::Transfer(TransferRecord {
                transfer: Transfer { pending_id: Some(id), .. },
                ..
            }) => self.learn(state, id, known),
            Used::Transfer(_) | Used::Refused(_) => Ok(()),
        }
    }
}
