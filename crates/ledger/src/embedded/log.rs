//! The append log, which is the commit point: what is not in it did not happen.

use std::{io, sync::Arc};

use jiff::Timestamp;

use super::{
    cell::{
        CELL, CELL_U64, Cell, FileHead, Kind, VERSION, file_head, of_transfer, parse_file_head,
        seal_all,
    },
    courier::Courier,
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
    /// Cells of this group that are on their way already.
    sent: u64,
    /// The next ones, without checksums.
    staged: Vec<u8>,
    staged_cells: u64,
    /// The first cell of the frame that is being staged in parts.
    open: Option<u64>,
    /// Heads of this group whose places were blank when they were sent.
    heads: Vec<(u64, [u8; CELL])>,
    courier: Option<Courier>,
    /// Why a part did not go its way.
    lost: Option<io::Error>,
}

impl Log {
    /// A log whose next frame begins at cell `end`.
    pub(super) fn new(blob: Arc<dyn Blob>, end: u64) -> io::Result<Self> {
        let room = blob.len()?.checked_div(CELL_U64).unwrap_or(0);
        Ok(Self {
            blob,
            end,
            room,
            sent: 0,
            staged: Vec::new(),
            staged_cells: 0,
            open: None,
            heads: Vec::new(),
            courier: None,
            lost: None,
        })
    }

    /// The cell of the next head.
    pub(super) const fn next(&self) -> u64 {
        self.end.saturating_add(self.sent).saturating_add(self.staged_cells)
    }

    /// How many cells are durable.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    fn put(&mut self, cell: &[u8; CELL]) {
        self.staged.extend_from_slice(cell);
        self.staged_cells = self.staged_cells.saturating_add(1);
    }

    fn head(&self, kind: Kind, rows: usize, now: Timestamp) -> [u8; CELL] {
        // It fits: a batch is limited.
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        Cell::Head { kind, rows, group: self.end, now }.bytes()
    }

    fn rows_head(&self, rows: usize, now: Timestamp) -> [u8; CELL] {
        let kind = if rows == 0 { Kind::Tick } else { Kind::Transfers };
        self.head(kind, rows, now)
    }

    /// Adds a batch that made transfers, or nothing but let time pass.
    pub(super) fn stage_rows(&mut self, rows: &[Row], now: Timestamp) {
        let head = self.rows_head(rows.len(), now);
        self.put(&head);
        self.put_rows(rows);
    }

    fn put_rows(&mut self, rows: &[Row]) {
        self.staged.reserve(rows.len().saturating_mul(CELL));
        for row in rows {
            assert!(row.number == self.next(), "a row's number is its place in the log");
            match &row.made {
                Made::Transfer { transfer, .. } => self.put(&of_transfer(transfer)),
                Made::Refused(id) => self.put(&Cell::Refused(*id).bytes()),
            }
        }
    }

    /// Adds a batch that made accounts.
    pub(super) fn stage_accounts(&mut self, accounts: &[Account], now: Timestamp) {
        let head = self.head(Kind::Accounts, accounts.len(), now);
        self.put(&head);
        for account in accounts {
            self.put(&Cell::Account(*account).bytes());
        }
    }

    /// Begins a batch whose transfers come in parts: its head stays blank until all are there.
    pub(super) fn begin(&mut self) {
        self.open = Some(self.next());
        self.put(&[0; CELL]);
    }

    /// Adds a part, which goes its way at once: whoever loses power then has cells without a head,
    /// which are cut off.
    pub(super) fn stage_part(&mut self, rows: &[Row]) {
        self.put_rows(rows);
        if !rows.is_empty()
            && let Err(error) = self.send()
        {
            self.lost.get_or_insert(error);
        }
    }

    /// Ends a batch with its last part; `made` says how many rows there are in all, `None` that it
    /// changed nothing.
    pub(super) fn end_with(&mut self, rows: &[Row], made: Option<usize>, now: Timestamp) {
        let Some(cell) = self.open.take() else { return };
        let Some(made) = made else {
            // Nothing was sent: there is nothing behind the head.
            self.staged.truncate(self.staged.len().saturating_sub(CELL));
            self.staged_cells = self.staged_cells.saturating_sub(1);
            return;
        };
        self.put_rows(rows);
        let head = self.rows_head(made, now);
        let first = self.end.saturating_add(self.sent);
        let place = cell.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        let place = place.and_then(|place| self.staged.as_chunks_mut().0.get_mut(place));
        match place {
            Some(place) => *place = head,
            None => self.heads.push((cell, head)),
        }
    }

    /// Sends what is staged on its way, if a thread can be had for that.
    fn send(&mut self) -> io::Result<()> {
        if self.courier.is_none() {
            self.courier = Courier::start(Arc::clone(&self.blob)).ok();
        }
        let Some(courier) = &mut self.courier else { return Ok(()) };
        courier.take(&mut self.staged, self.end.saturating_add(self.sent))?;
        self.sent = self.sent.saturating_add(self.staged_cells);
        self.staged_cells = 0;
        Ok(())
    }

    /// Makes everything that is staged durable while `meanwhile` is done.
    pub(super) fn commit_while(&mut self, meanwhile: impl FnOnce()) -> io::Result<()> {
        if let Some(lost) = self.lost.take() {
            return Err(lost);
        }
        if !self.staged.is_empty() {
            self.send()?;
        }
        let Some(courier) = self.courier.as_mut().filter(|_| self.sent > 0) else {
            meanwhile();
            return self.commit();
        };
        for (cell, head) in self.heads.drain(..) {
            courier.take(&mut head.to_vec(), cell)?;
        }
        courier.commit()?;
        meanwhile();
        courier.wait()?;
        self.end = self.end.saturating_add(self.sent);
        self.sent = 0;
        self.room = self.room.max(self.end);
        Ok(())
    }

    /// Whether a part of this group is on its way.
    pub(super) const fn is_sent(&self) -> bool {
        self.sent > 0 || self.lost.is_some()
    }

    /// Makes everything that is staged durable, of which nothing was sent.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let next = self.next();
        seal_all(&mut self.staged, self.end);
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
