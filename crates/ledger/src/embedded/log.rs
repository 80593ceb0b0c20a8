//! The append log: opening, replaying, appending.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufReader, Read, Write},
    path::Path,
};

use jiff::Timestamp;

use super::{
    codec,
    header::{FILE_LEN, FileHeader, RecordHeader, file_header, parse_file_header},
    reader::{Reader, Step, fill},
};
use crate::state::{Batch, State};

/// The log's name within its directory.
pub(crate) const LOG_NAME: &str = "ledger.log";
const LOCK_NAME: &str = "ledger.lock";

/// Why the books could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has them open.
    #[error("the ledger is in use by another process")]
    Locked,
    /// The log has changed since it was written. Restore it from a copy; do not cut it.
    #[error("the ledger's log is damaged at byte {offset}")]
    Damaged {
        /// Where the damaged part begins, in bytes from the start of the file.
        offset: u64,
    },
    /// The log was written by another version of the format.
    #[error("the ledger's log has format {0}, which this version cannot read")]
    Version(u32),
    /// Replaying the record did not have the outcome that was answered when it was written.
    #[error("record {sequence} of the ledger's log replays differently")]
    Diverged {
        /// Which record.
        sequence: u64,
    },
    /// The disk or the file system refused.
    #[error("the ledger's files cannot be read or written")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What was cut off the end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the incomplete record began.
    pub offset: u64,
    /// How many bytes it had.
    pub bytes: u64,
}

/// What was found while opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many batches were replayed.
    pub records: u64,
    /// An incomplete last record, cut off: a crash during a write that nobody was answered about.
    pub cut: Option<Cut>,
}

/// One batch of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) offset: u64,
    pub(crate) sequence: u64,
    pub(crate) now: Timestamp,
    pub(crate) created: u32,
    pub(crate) batch: Batch,
}

/// Where a log is appended to.
pub(super) trait Device: Send + 'static {
    /// Adds `bytes` at the end and makes them durable.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// The log file, and the lock that keeps other processes out for as long as it lives.
pub(super) struct LockedFile {
    file: File,
    _lock: File,
}

impl Device for LockedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }
}

/// The end of the log.
pub(super) struct Log<D> {
    device: D,
    next: u64,
    staged: Vec<u8>,
}

impl<D: Device> Log<D> {
    /// A log whose next record has the number `next`.
    pub(super) const fn new(device: D, next: u64) -> Self {
        Self { device, next, staged: Vec::new() }
    }

    /// Adds a record to what the next commit makes durable.
    pub(super) fn stage(&mut self, batch: &Batch, now: Timestamp, created: usize) {
        let payload = codec::encode(batch);
        let header = RecordHeader {
            // Both fit: a batch is limited, and so is what it can make.
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            sequence: self.next,
            now,
            created: u32::try_from(created).unwrap_or(u32::MAX),
            payload_crc: crc32fast::hash(&payload),
        };
        self.next = self.next.saturating_add(1);
        self.staged.extend(header.encode());
        self.staged.extend(payload);
    }

    /// Makes everything that is staged durable.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        self.device.append(&self.staged)?;
        self.staged.clear();
        Ok(())
    }
}

/// Locks and replays the books in `dir`.
pub(super) fn open(dir: &Path) -> Result<(State, Log<LockedFile>, Opened), OpenError> {
    fs::create_dir_all(dir)?;
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(LOCK_NAME))?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::Locked,
        TryLockError::Error(error) => OpenError::Io(error),
    })?;
    let path = dir.join(LOG_NAME);
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
    let fresh = prepare(&mut file, dir)?;
    let mut state = State::new();
    let mut records = 0_u64;
    let end = read_log(&path, |record| {
        records = record.sequence;
        let results = state.apply(&record.batch, record.now);
        if u32::try_from(results.created()) == Ok(record.created) {
            Ok(())
        } else {
            Err(OpenError::Diverged { sequence: record.sequence })
        }
    })?;
    let cut = cut_tail(&file, end)?.or(fresh);
    let device = LockedFile { file, _lock: lock };
    let log = Log::new(device, records.saturating_add(1));
    Ok((state, log, Opened { records, cut }))
}

/// Writes the header of a new log, or of one whose creation was interrupted.
fn prepare(file: &mut File, dir: &Path) -> Result<Option<Cut>, OpenError> {
    let expected = file_header();
    let mut found = [0; FILE_LEN];
    let got = fill(file, &mut found)?;
    if got == FILE_LEN {
        return Ok(None);
    }
    let begun = found.get(..got).unwrap_or_default();
    if !expected.starts_with(begun) && begun.iter().any(|b| *b != 0) {
        return Err(OpenError::Damaged { offset: 0 });
    }
    file.set_len(0)?;
    file.write_all(&expected)?;
    file.sync_all()?;
    // The name of a new file is durable only once its directory is.
    File::open(dir)?.sync_all()?;
    let bytes = u64::try_from(got).unwrap_or(0);
    Ok((got > 0).then_some(Cut { offset: 0, bytes }))
}

fn cut_tail(file: &File, end: u64) -> Result<Option<Cut>, OpenError> {
    let len = file.metadata()?.len();
    if len <= end {
        return Ok(None);
    }
    file.set_len(end)?;
    file.sync_all()?;
    Ok(Some(Cut { offset: end, bytes: len.saturating_sub(end) }))
}

/// Reads the log at `path`, changing nothing, and answers where its sound part ends: an incomplete
/// last record is not an error.
pub(crate) fn read_log(
    path: &Path,
    mut each: impl FnMut(Record) -> Result<(), OpenError>,
) -> Result<u64, OpenError> {
    let mut file = BufReader::new(File::open(path)?);
    let mut found = [0; FILE_LEN];
    file.read_exact(&mut found)?;
    match parse_file_header(&found) {
        FileHeader::Ours => {}
        FileHeader::Version(version) => return Err(OpenError::Version(version)),
        FileHeader::Damaged => return Err(OpenError::Damaged { offset: 0 }),
    }
    let mut reader = Reader::new(file, u64::try_from(FILE_LEN).map_err(io::Error::other)?);
    loop {
        let offset = reader.offset;
        match reader.step()? {
            Step::Record(record) => each(record)?,
            Step::End | Step::Torn => return Ok(offset),
            Step::Damaged => return Err(OpenError::Damaged { offset }),
        }
    }
}
