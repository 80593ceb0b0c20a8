//! Copies of the books, while they are served or not, and the way back.
//!
//! The log is everything, and it only grows: a copy is its sound part, every cell proven. What is
//! copied may be a moment newer than what was answered, never older. Restoring to an instant
//! leaves out what came after it; index and snapshots are made again from the log.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use jiff::Timestamp;

use super::{
    LOG_NAME, OpenError,
    cell::{CELL_U64, Cell, Kind, file_head},
    open::{look, to_read},
    scan::{Frame, Scan, Step},
};

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The books that are copied are not sound.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// Something is there already; nothing is ever overwritten.
    #[error("there are books already where the copy is to go")]
    Occupied,
    /// Nothing had happened by that instant.
    #[error("the books begin later than that")]
    TooEarly,
    /// The disk refused.
    #[error("the copy cannot be written")]
    Io(#[from] io::Error),
}

/// What a copy holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Batches.
    pub batches: u64,
    /// Transfers.
    pub transfers: u64,
    /// The instant of its last batch.
    pub until: Option<Timestamp>,
    /// Bytes of its log.
    pub bytes: u64,
}

/// Copies the books in `from`, which may be in use, to the folder `to`; with `until`, only what
/// happened by that instant. The copy is durable when this answers.
pub fn copy(from: &Path, to: &Path, until: Option<Timestamp>) -> Result<Copied, CopyError> {
    let mut scan = look(to_read(from)?)?;
    fs::create_dir_all(to)?;
    let name = to.join(LOG_NAME);
    if name.try_exists()? {
        return Err(CopyError::Occupied);
    }
    // Under its name only when it is whole.
    let begun = to.join("ledger.log.part");
    let copied = write(&mut scan, &begun, until);
    if copied.is_err() {
        // Whatever else is wrong is said by the error that there is.
        drop(fs::remove_file(&begun));
    }
    let copied = copied?;
    fs::rename(&begun, &name)?;
    File::open(to)?.sync_all()?;
    Ok(copied)
}

/// Writes the sound part of a log to `begun`, durably.
fn write(scan: &mut Scan, begun: &Path, until: Option<Timestamp>) -> Result<Copied, CopyError> {
    let file = OpenOptions::new().create(true).write(true).truncate(true).open(begun)?;
    let mut out = io::BufWriter::with_capacity(1 << 20, file);
    out.write_all(&file_head())?;
    let mut copied = Copied { bytes: CELL_U64, ..Copied::default() };
    loop {
        match scan.step_beside_a_writer().map_err(OpenError::Io)? {
            Step::Frame(frame) if until.is_none_or(|until| frame.now <= until) => {
                add(&mut out, &frame, &mut copied)?;
            }
            Step::Frame(_) | Step::End | Step::Torn { .. } => break,
            Step::Damaged { cell } => {
                let offset = cell.saturating_mul(CELL_U64);
                return Err(OpenError::Damaged { offset }.into());
            }
        }
    }
    if copied.batches == 0 && until.is_some() {
        return Err(CopyError::TooEarly);
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(copied)
}

/// Adds a frame as a group of its own: a copy does not say who shared a write.
fn add(out: &mut impl Write, frame: &Frame, copied: &mut Copied) -> io::Result<()> {
    let rows = u32::try_from(frame.rows.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    let head = Cell::Head { kind: frame.kind, rows, group: frame.cell, now: frame.now };
    head.write(frame.cell, &mut bytes);
    let mut number = frame.cell;
    for row in &frame.rows {
        number = number.saturating_add(1);
        row.write(number, &mut bytes);
    }
    out.write_all(&bytes)?;
    copied.batches = copied.batches.saturating_add(1);
    if frame.kind == Kind::Transfers {
        let made = frame.rows.iter().filter(|row| row.is_transfer()).count();
        copied.transfers = copied.transfers.saturating_add(u64::try_from(made).unwrap_or(0));
    }
    copied.until = Some(frame.now);
    copied.bytes = frame.end().saturating_mul(CELL_U64);
    Ok(())
}
