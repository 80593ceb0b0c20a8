//! Reading the log from the front, frame by frame, without changing it.

use std::{io, sync::Arc};

use jiff::Timestamp;

use super::{
    cell::{CELL, CELL_U64, Cell, Kind, is_unfinished},
    disk::{Blob, fill},
};

/// Cells that are read at once.
const AHEAD: usize = 4_096;

/// How often what looks damaged is read again beside a writer.
const READINGS: u32 = 10;

/// Lets the writer finish its write.
#[expect(
    clippy::disallowed_methods,
    reason = "another process writes; nothing tells when it is done"
)]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

/// One batch of the log: what it made, in order.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The cell of its head; its rows follow.
    pub(crate) cell: u64,
    pub(crate) kind: Kind,
    pub(crate) now: Timestamp,
    pub(crate) rows: Vec<Cell>,
}

impl Frame {
    /// The cell behind it.
    pub(crate) fn end(&self) -> u64 {
        let rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        self.cell.saturating_add(1).saturating_add(rows)
    }
}

/// What was found at a place in the file.
pub(crate) enum Step {
    /// A sound frame.
    Frame(Frame),
    /// The end.
    End,
    /// A frame that was being written when everything stopped. Nobody was answered about it.
    Torn {
        /// How many bytes of it, and of what was written with it, there are.
        bytes: u64,
    },
    /// Bytes that were written and have changed since.
    Damaged {
        /// The cell.
        cell: u64,
    },
}

/// Frames from a place on.
#[derive(Debug)]
pub(crate) struct Scan {
    blob: Arc<dyn Blob>,
    /// The cell of the next frame.
    pub(crate) next: u64,
    ahead: Vec<u8>,
    ahead_from: u64,
}

impl Scan {
    /// Frames from the one that begins at cell `from`.
    pub(crate) const fn new(blob: Arc<dyn Blob>, from: u64) -> Self {
        Self { blob, next: from, ahead: Vec::new(), ahead_from: 0 }
    }

    /// What was read ahead may have changed since: it is read again.
    pub(crate) fn look_again(&mut self) {
        self.ahead.clear();
    }

    /// The bytes of a cell; blank where the file has ended, `None` where all of it lies beyond.
    fn bytes(&mut self, cell: u64) -> io::Result<Option<[u8; CELL]>> {
        if let Some(found) = self.buffered(cell) {
            return Ok(Some(found));
        }
        self.ahead.resize(AHEAD.saturating_mul(CELL), 0);
        let got = fill(&*self.blob, &mut self.ahead, cell.saturating_mul(CELL_U64))?;
        if got == 0 {
            self.ahead.clear();
            return Ok(None);
        }
        // A cell in which the file ends has not arrived, whatever of its checksum has.
        let whole = got.next_multiple_of(CELL);
        let from = if whole == got { got } else { got.min(whole.saturating_sub(4)) };
        if let Some(rest) = self.ahead.get_mut(from..whole) {
            rest.fill(0);
        }
        self.ahead.truncate(whole);
        self.ahead_from = cell;
        Ok(self.buffered(cell))
    }

    fn buffered(&self, cell: u64) -> Option<[u8; CELL]> {
        let place = usize::try_from(cell.checked_sub(self.ahead_from)?).ok()?;
        let from = place.checked_mul(CELL)?;
        self.ahead.get(from..)?.first_chunk().copied()
    }

    /// The next frame.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        let start = self.next;
        let Some(bytes) = self.bytes(start)? else {
            return Ok(Step::End);
        };
        let Some(Cell::Head { kind, rows, now, group }) = Cell::parse(&bytes, start) else {
            return self.broken(start, start);
        };
        if group > start {
            return Ok(Step::Damaged { cell: start });
        }
        let mut frame = Frame { cell: start, kind, now, rows: Vec::new() };
        for _ in 0..rows {
            let cell = frame.end();
            let bytes = self.bytes(cell)?.unwrap_or([0; CELL]);
            match Cell::parse(&bytes, cell) {
                Some(row) if belongs(kind, &row) => frame.rows.push(row),
                Some(_) | None => return self.broken(start, cell),
            }
        }
        self.next = frame.end();
        Ok(Step::Frame(frame))
    }

    /// The next frame of a log that another process may be writing at this moment.
    ///
    /// Whoever reads a page while it is written sees some of it, and what was read ahead may be older
    /// than what is read next: both look like damage. Real damage is there however often one looks.
    pub(crate) fn step_beside_a_writer(&mut self) -> io::Result<Step> {
        let start = self.next;
        for _ in 0..READINGS {
            let step = self.step()?;
            if !matches!(step, Step::Damaged { .. }) {
                return Ok(step);
            }
            self.next = start;
            self.ahead.clear();
            pause();
        }
        self.step()
    }

    /// The cell `broken` of the frame at `start` is not what it should be: the end, torn, or damaged?
    ///
    /// A later frame that was begun after this place proves that this place was once whole.
    fn broken(&mut self, start: u64, broken: u64) -> io::Result<Step> {
        let bytes = self.bytes(broken)?.unwrap_or([0; CELL]);
        if !is_unfinished(&bytes) {
            return Ok(Step::Damaged { cell: broken });
        }
        let mut last = None;
        let mut cell = start;
        while let Some(bytes) = self.bytes(cell)? {
            if bytes.iter().any(|b| *b != 0) {
                last = Some(cell);
                if let Some(Cell::Head { group, .. }) = Cell::parse(&bytes, cell)
                    && group > broken
                {
                    return Ok(Step::Damaged { cell: broken });
                }
            }
            cell = cell.saturating_add(1);
        }
        Ok(last.map_or(Step::End, |last| {
            let cells = last.saturating_sub(start).saturating_add(1);
            Step::Torn { bytes: cells.saturating_mul(CELL_U64) }
        }))
    }
}

const fn belongs(kind: Kind, row: &Cell) -> bool {
    match (kind, row) {
        (Kind::Accounts, Cell::Account(_))
        | (Kind::Transfers, Cell::Transfer(_) | Cell::Refused(_)) => true,
        (
            Kind::Tick | Kind::Accounts | Kind::Transfers,
            Cell::Account(_) | Cell::Transfer(_) | Cell::Refused(_) | Cell::Head { .. },
        ) => false,
    }
}

/// The row in cell `number`, proven by its checksum; `None` if it is not whole.
pub(crate) fn read_row(blob: &dyn Blob, number: u64) -> io::Result<Option<Cell>> {
    let mut bytes = [0; CELL];
    if fill(blob, &mut bytes, number.saturating_mul(CELL_U64))? < CELL {
        return Ok(None);
    }
    Ok(Cell::parse(&bytes, number))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        embedded::log::FIRST,
        model::{AccountId, Transfer, TransferId},
    };

    /// A file that is being written: each reading of it shows more.
    #[derive(Debug)]
    struct Growing(Mutex<Vec<Vec<u8>>>);

    impl Blob for Growing {
        fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
            let mut seen = self.0.lock().unwrap();
            let file = if seen.len() > 1 { seen.remove(0) } else { seen[0].clone() };
            let rest = file.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
            let n = rest.len().min(bytes.len());
            bytes[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        }

        fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn sync(&self) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn len(&self) -> io::Result<u64> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn cut(&self, _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// A log of one transfer.
    fn log() -> Vec<u8> {
        let mut bytes = vec![0; CELL];
        let now = Timestamp::UNIX_EPOCH;
        Cell::Head { kind: Kind::Transfers, rows: 1, group: FIRST, now }.write(FIRST, &mut bytes);
        let (debit, credit) = (AccountId(1), AccountId(2));
        let one = Transfer::posted(TransferId(1), debit, credit, kanuki_domain::Yen::of(1), 1);
        Cell::Transfer(one).write(FIRST + 1, &mut bytes);
        bytes
    }

    #[test]
    fn page_that_is_being_written_is_no_damage() {
        let whole = log();
        let mut half = whole.clone();
        half[CELL * 2 + 20..CELL * 2 + 60].fill(0);
        for readings in [vec![half.clone(), whole.clone()], vec![half.clone(), half.clone(), whole]]
        {
            let mut scan = Scan::new(Arc::new(Growing(Mutex::new(readings))), FIRST);

            assert!(matches!(scan.step_beside_a_writer().unwrap(), Step::Frame(_)));
        }
        let mut scan = Scan::new(Arc::new(Growing(Mutex::new(vec![half]))), FIRST);

        let step = scan.step_beside_a_writer().unwrap();

        assert!(matches!(step, Step::Damaged { cell: 2 }), "real damage stays");
    }
}
