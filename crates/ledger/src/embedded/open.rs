//! Opening: the last snapshot, the ids of the index, and the log from there on.

use std::{fs::File, io, path::Path, sync::Arc};

use super::{
    cell::{CELL_U64, Cell, Kind},
    cold::{Cold, ColdError},
    disk::{Blob, Device, Folder},
    index::{INDEX_NAME, Index},
    indexer::{self, Keeper},
    log::{self, FIRST, LOG_NAME, Log},
    scan::{Frame, Scan, Step, read_row},
    snapshot::{self, Found, SNAPSHOT, SNAPSHOT_BEFORE, Snapshot},
};
use crate::state::{Batch, Known, State, ids::Ids, rising::Run};

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
    /// The log ends before what the snapshot or the index was made from. Restore it from a copy.
    #[error("the ledger's log ends at byte {end}, but went on to {expected}")]
    Lost {
        /// Where it ends.
        end: u64,
        /// How far it was known to go.
        expected: u64,
    },
    /// The log was written by another version of the format.
    #[error("the ledger's log has format {0}, which this version cannot read")]
    Version(u32),
    /// Replaying the record did not have the outcome that was answered when it was written.
    #[error("the record at byte {offset} of the ledger's log replays differently")]
    Diverged {
        /// Where the record begins.
        offset: u64,
    },
    /// Something old that the replay needed could not be read.
    #[error(transparent)]
    Cold(#[from] ColdError),
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// How many batches were replayed.
    pub records: u64,
    /// An incomplete last record, cut off: a crash during a write that nobody was answered about.
    pub cut: Option<Cut>,
    /// Snapshots or an index that were damaged and were made again from the log, one sentence each.
    pub mended: Vec<String>,
}

/// How an engine keeps its files.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// So many of the newest transfers are in memory before the index takes them over. Small
    /// numbers are for tests.
    pub stretch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { stretch: 1 << 19 }
    }
}

/// Books that are ready to be served.
pub(super) struct Ready {
    pub(super) state: State,
    pub(super) log: Log,
    pub(super) keeper: Keeper,
    pub(super) cold: Cold,
}

/// Locks and opens the books in `dir`.
pub(super) fn open(dir: &Path, settings: Settings) -> Result<(Ready, Opened), OpenError> {
    let folder = Folder::lock(dir)?.ok_or(OpenError::Locked)?;
    open_on(Arc::new(folder), &dir.join(INDEX_NAME), settings)
}

/// Opens the books on `device`, with their index at `index`.
pub(super) fn open_on(
    device: Arc<dyn Device>,
    index: &Path,
    settings: Settings,
) -> Result<(Ready, Opened), OpenError> {
    let index = Index::new(index);
    require_seen(&*device, &index)?;
    let (blob, fresh) = log::open(&*device)?;
    // Who was killed between writing and syncing left a frame that only the page cache holds. What is
    // replayed is answered from, so it must outlast a power cut first.
    blob.sync()?;
    let cold = Cold { log: Arc::clone(&blob), index: Arc::new(index) };
    let mut opened = Opened::default();
    let (state, from, below) = start(&*device, &cold, &mut opened)?;
    let mut keeper = Keeper::new(device, Arc::clone(&cold.index), settings, below);
    let mut replay = Replay { state, cold: &cold, keeper: &mut keeper, below };
    let end = replay.run(Scan::new(Arc::clone(&blob), from), &mut opened)?;
    let state = replay.state;
    opened.cut = opened.cut.or(fresh);
    if end < below {
        let [end, expected] = [end, below].map(|cell| cell.saturating_mul(CELL_U64));
        return Err(OpenError::Lost { end, expected });
    }
    let log = Log::new(blob, end)?;
    Ok((Ready { state, log, keeper, cold }, opened))
}

/// How far the log went when the snapshots and the index beside it were made; each of them may be missing
/// or damaged.
fn seen(
    file: impl Fn(&str) -> io::Result<Option<Arc<dyn Blob>>>,
    index: &Index,
) -> Result<u64, OpenError> {
    let mut seen = FIRST;
    for name in [SNAPSHOT, SNAPSHOT_BEFORE] {
        if let Some(file) = file(name)? {
            seen = seen.max(snapshot::seen(&*file)?.unwrap_or(FIRST));
        }
    }
    // What is wrong with an index is said where it is used.
    let below = if index.exists() { index.below().unwrap_or(FIRST) } else { FIRST };
    Ok(seen.max(below))
}

/// Refuses a log that does not go as far as it is known to have gone, and leaves it as it is.
fn require_seen(device: &dyn Device, index: &Index) -> Result<(), OpenError> {
    let file =
        |name: &str| if device.exists(name)? { device.open(name).map(Some) } else { Ok(None) };
    let seen = seen(file, index)?;
    match file(LOG_NAME)? {
        Some(log) => require_before(&*log, seen),
        None if seen == FIRST => Ok(()),
        None => Err(OpenError::Lost { end: 0, expected: seen.saturating_mul(CELL_U64) }),
    }
}

/// The log in `dir` for whoever only reads it; one that has lost its end is refused.
pub(crate) fn to_read(dir: &Path) -> Result<Arc<dyn Blob>, OpenError> {
    let file = |name: &str| match File::open(dir.join(name)) {
        Ok(file) => {
            let file: Arc<dyn Blob> = Arc::new(file);
            Ok(Some(file))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    // Before the log, which may grow meanwhile.
    let seen = seen(file, &Index::new(&dir.join(INDEX_NAME)))?;
    let log: Arc<dyn Blob> = Arc::new(File::open(dir.join(LOG_NAME))?);
    require_before(&*log, seen)?;
    Ok(log)
}

/// Refuses a log that does not go as far as `from`, where a snapshot was taken: what is missing was
/// answered, and new batches would be written behind a hole.
fn require_before(blob: &dyn Blob, from: u64) -> Result<(), OpenError> {
    let last = from.saturating_sub(1);
    if from == FIRST || read_row(blob, last)?.is_some() {
        return Ok(());
    }
    let (end, expected) = (blob.len()?, from.saturating_mul(CELL_U64));
    if end < expected {
        return Err(OpenError::Lost { end, expected });
    }
    Err(OpenError::Damaged { offset: last.saturating_mul(CELL_U64) })
}

/// The books to begin with, the cell of the first frame that is not in them, and how far the index
/// goes.
fn start(
    device: &dyn Device,
    cold: &Cold,
    opened: &mut Opened,
) -> Result<(State, u64, u64), OpenError> {
    let nothing = || (State::new(), FIRST, 0);
    if !cold.index.exists() {
        return Ok(nothing());
    }
    if cold.index.is_suspect() {
        opened.mended.push(
            "a row of the index was found damaged: all of it made again from the log".to_owned(),
        );
        cold.index.put_aside()?;
        return Ok(nothing());
    }
    let found = cold.index.below().and_then(|below| {
        let (mut runs, mut others) = (Vec::new(), Vec::new());
        cold.index.ids(|run| runs.push(run), |print, number| others.push((print, number)))?;
        Ok((below, runs, others))
    });
    let (below, runs, others) = match found {
        Ok(found) => found,
        Err(error) => {
            opened.mended.push(format!("{error}: made again from the log"));
            cold.index.put_aside()?;
            return Ok(nothing());
        }
    };
    let Some(snapshot) = best(device, below, opened)? else {
        return Ok((State::new(), FIRST, below));
    };
    let mut ids = Ids::default();
    ids.reserve(others.len());
    for (print, number) in others.into_iter().filter(|(_, number)| *number < snapshot.cell) {
        ids.insert(print, number);
    }
    // No batch, and so no run, is partly in a snapshot.
    let is_in = |run: &Run| run.rungs.first().is_some_and(|rung| rung.number < snapshot.cell);
    runs.into_iter().filter(is_in).for_each(|run| ids.restore(run));
    Ok((State::restore(snapshot.image, ids), snapshot.cell, below))
}

/// The newest sound snapshot that is not ahead of the index.
fn best(
    device: &dyn Device,
    below: u64,
    opened: &mut Opened,
) -> Result<Option<Snapshot>, OpenError> {
    for name in [SNAPSHOT, SNAPSHOT_BEFORE] {
        match snapshot::read(device, name)? {
            Found::Sound(found) if found.cell <= below => return Ok(Some(*found)),
            Found::Sound(_) | Found::None => {}
            Found::Damaged { offset } => opened
                .mended
                .push(format!("{name} is damaged at byte {offset}: made again from the log")),
        }
    }
    Ok(None)
}

struct Replay<'a> {
    state: State,
    cold: &'a Cold,
    keeper: &'a mut Keeper,
    /// How far the index has seen the log.
    below: u64,
}

impl Replay<'_> {
    /// Replays to the end, cuts off what is torn, and answers where the end is.
    fn run(&mut self, mut scan: Scan, opened: &mut Opened) -> Result<u64, OpenError> {
        loop {
            let cell = scan.next;
            match scan.step()? {
                Step::Frame(frame) => {
                    opened.records = opened.records.saturating_add(1);
                    self.frame(&frame)?;
                }
                Step::End => return Ok(cell),
                Step::Damaged { cell } => {
                    return Err(OpenError::Damaged { offset: cell.saturating_mul(CELL_U64) });
                }
                // A log that has lost more than that is not ours to cut.
                Step::Torn { .. } if cell < self.below => return Ok(cell),
                Step::Torn { bytes } => {
                    let offset = cell.saturating_mul(CELL_U64);
                    self.cold.log.cut(offset)?;
                    opened.cut = Some(Cut { offset, bytes });
                    return Ok(cell);
                }
            }
        }
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), OpenError> {
        let cold = self.cold;
        replay_frame(&mut self.state, frame, |state, batch| cold.known(state, batch))?;
        self.keeper.after_replay(&mut self.state, frame.end()).map_err(indexer::failed)
    }
}

/// Applies a frame of the log and proves that it makes the same again. `known` reads what is old.
pub(crate) fn replay_frame(
    state: &mut State,
    frame: &Frame,
    known: impl Fn(&State, &Batch) -> Result<Known, ColdError>,
) -> Result<(), OpenError> {
    let diverged = || OpenError::Diverged { offset: frame.cell.saturating_mul(CELL_U64) };
    state.number_from(frame.cell.saturating_add(1));
    let before = state.open_len();
    match frame.kind {
        Kind::Tick => drop(state.apply(&Batch::Tick, frame.now)),
        Kind::Accounts => {
            let accounts: Vec<_> = frame.rows.iter().filter_map(Cell::asked_account).collect();
            state.apply(&Batch::Accounts(accounts), frame.now);
            let is_same = frame.rows.iter().all(|row| match row {
                Cell::Account(account) => state.account(account.id) == Some(*account),
                Cell::Head { .. } | Cell::Transfer(_) | Cell::Refused(_) => false,
            });
            if !is_same {
                return Err(diverged());
            }
        }
        Kind::Transfers => {
            for run in frame.rows.chunk_by(|a, b| a.is_transfer() && b.is_transfer()) {
                let asked: Vec<_> = run.iter().filter_map(Cell::asked_transfer).collect();
                let batch = Batch::Transfers(asked);
                let known = known(state, &batch)?;
                state.apply_knowing(&batch, known, frame.now);
                for id in run.iter().filter_map(Cell::refused) {
                    state.burn(id);
                }
            }
            let made = state.made_from(before);
            let is_same = made.len() == frame.rows.len()
                && made.iter().zip(&frame.rows).all(|(row, cell)| cell.is(row));
            if !is_same {
                return Err(diverged());
            }
        }
    }
    Ok(())
}

/// The frames of a log that is only looked at.
pub(crate) fn look(blob: Arc<dyn Blob>) -> Result<Scan, OpenError> {
    log::scan(blob)
}
