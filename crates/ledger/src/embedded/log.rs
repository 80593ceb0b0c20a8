//! The append log, which is the commit point: what is not in it did not happen.

use std::{io, sync::Arc};

use jiff::Timestamp;

use super::{
    cell::{
        CELL, CELL_U64, Cell, FileHead, Kind, VERSION, add_transfer, file_head, parse_file_head,
    },
    disk::{Blob, Device, fill},
    open::{Cut, OpenError},
    scan::Scan,
};
use crate::{
    model::Account,
    state::tail::{Made, Row},
};

/// The log's name within its folder.
pub(crate) const LOG_NAME: &str = "ledger.log";
/// The first cell of the first frame.
pub(crate) const FIRST: u64 = 1;

/// Room that is written with blanks ahead of small groups: overwriting it is durable in half the
/// time that growing the file takes.
const ROOM: usize = 256 << 10;

/// The end of the log.
#[derive(Debug)]
pub(super) struct Log {
    blob: Arc<dyn Blob>,
    /// Cells that are durable.
    end: u64,
    /// Cells that the file has room for.
    room: u64,
    staged: Vec<u8>,
    staged_cells: u64,
}

impl Log {
    /// A log whose next frame begins at cell `end`.
    pub(super) fn new(blob: Arc<dyn Blob>, end: u64) -> io::Result<Self> {
        let room = blob.len()?.checked_div(CELL_U64).unwrap_or(0);
        Ok(Self { blob, end, room, staged: Vec::new(), staged_cells: 0 })
    }

    /// The cell of the next head.
    pub(super) const fn next(&self) -> u64 {
        self.end.saturating_add(self.staged_cells)
    }

    /// How many cells are durable.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    fn put(&mut self, cell: &Cell) {
        let number = self.next();
        cell.write(number, &mut self.staged);
        self.staged_cells = self.staged_cells.saturating_add(1);
    }

    fn head(&mut self, kind: Kind, rows: usize, now: Timestamp) {
        // It fits: a batch is limited.
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.put(&Cell::Head { kind, rows, group: self.end, now });
    }

    /// Adds a batch that made transfers, or nothing but let time pass.
    pub(super) fn stage_rows(&mut self, rows: &[Row], now: Timestamp) {
        let kind = if rows.is_empty() { Kind::Tick } else { Kind::Transfers };
        self.head(kind, rows.len(), now);
        self.staged.reserve(rows.len().saturating_mul(CELL));
        for row in rows {
            assert!(row.number == self.next(), "a row's number is its place in the log");
            match &row.made {
                Made::Transfer { transfer, .. } => {
                    add_transfer(transfer, self.next(), &mut self.staged);
                    self.staged_cells = self.staged_cells.saturating_add(1);
                }
                Made::Refused(id) => self.put(&Cell::Refused(*id)),
            }
        }
    }

    /// Adds a batch that made accounts.
    pub(super) fn stage_accounts(&mut self, accounts: &[Account], now: Timestamp) {
        self.head(Kind::Accounts, accounts.len(), now);
        for account in accounts {
            self.put(&Cell::Account(*account));
        }
    }

    /// Makes everything that is staged durable.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let next = self.next();
        if next > self.room && self.staged.len() < ROOM {
            let room = self.staged.len().saturating_add(ROOM);
            self.staged.resize(room, 0);
        }
        let cells = self.staged.len().checked_div(CELL).and_then(|n| u64::try_from(n).ok());
        self.blob.write_at(&self.staged, self.end.saturating_mul(CELL_U64))?;
        self.blob.sync()?;
        self.room = self.room.max(self.end.saturating_add(cells.unwrap_or(0)));
        self.end = next;
        self.staged_cells = 0;
        self.staged.clear();
        Ok(())
    }
}

/// Opens the log, writing its head if it is new or its creation was interrupted.
pub(super) fn open(device: &dyn Device) -> Result<(Arc<dyn Blob>, Option<Cut>), OpenError> {
    let blob = device.open(LOG_NAME)?;
    let mut found = [0; CELL];
    let got = fill(&*blob, &mut found, 0)?;
    let begun = found.get(..got).unwrap_or_default();
    let expected = file_head();
    let is_whole = got == CELL || (got >= 16 && !expected.starts_with(begun));
    if is_whole {
        return check(begun).map(|()| (blob, None));
    }
    if !expected.starts_with(begun) && begun.iter().any(|b| *b != 0) {
        return Err(OpenError::Damaged { offset: 0 });
    }
    blob.write_at(&expected, 0)?;
    blob.sync()?;
    // The name of a new file is durable only once its folder is.
    device.sync()?;
    let bytes = u64::try_from(got).unwrap_or(0);
    Ok((blob, (got > 0).then_some(Cut { offset: 0, bytes })))
}

fn check(head: &[u8]) -> Result<(), OpenError> {
    match parse_file_head(head) {
        FileHead::Version(VERSION) => Ok(()),
        FileHead::Version(version) => Err(OpenError::Version(version)),
        FileHead::Damaged => Err(OpenError::Damaged { offset: 0 }),
    }
}

/// The frames of a log that somebody else may be writing.
pub(crate) fn scan(blob: Arc<dyn Blob>) -> Result<Scan, OpenError> {
    let mut head = [0; CELL];
    let got = fill(&*blob, &mut head, 0)?;
    check(head.get(..got).unwrap_or_default())?;
    Ok(Scan::new(blob, FIRST))
}
