//! The thread that moves what is old out of memory, behind the commit: into the index, and then
//! the balances into a snapshot, so that the index is never behind a snapshot.

use std::{
    io,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use rusqlite::Connection;

use super::{
    disk::Device,
    index::{Index, IndexError, Stretch, take_over},
    open::{OpenError, Settings},
    pages::{ENTRIES_MAX, Leaf, Leaves},
    snapshot::{self, Snapshot},
};
use crate::state::{
    Cut, State,
    ids::Print,
    tail::{Chunk, Made, Side},
};

/// How many stretches may wait in memory before writers wait for the index.
const BEHIND_MAX: usize = 6;

/// Why a stretch could not be taken over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("a snapshot cannot be written: {0}")]
    Snapshot(#[from] io::Error),
    #[error("the ledger's indexing thread is gone")]
    Gone,
}

pub(super) fn failed(error: KeepError) -> OpenError {
    match error {
        KeepError::Index(error) => OpenError::Cold(error.into()),
        KeepError::Snapshot(error) => OpenError::Io(error),
        KeepError::Gone => OpenError::Io(io::Error::other(error)),
    }
}

/// A stretch to be taken over.
#[derive(Debug)]
struct Job {
    from: u64,
    cut: Cut,
    snapshot: Option<Snapshot>,
}

/// A stretch that was taken over, or was not.
type Done = (Job, Result<(), KeepError>);

#[derive(Debug)]
struct Thread {
    jobs: Option<mpsc::Sender<Job>>,
    done: mpsc::Receiver<Done>,
    handle: Option<JoinHandle<()>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(handle) = self.handle.take() {
            // If it panicked, the log makes again what is missing.
            drop(handle.join());
        }
    }
}

/// Keeps memory small: decides when a stretch is taken over.
#[derive(Debug)]
pub(super) struct Keeper {
    device: Arc<dyn Device>,
    index: Arc<Index>,
    settings: Settings,
    /// Rows below it are in the index.
    below: u64,
    /// The place of the last snapshot.
    snapshot: u64,
    thread: Option<Thread>,
    is_busy: bool,
}

impl Keeper {
    pub(super) const fn new(
        device: Arc<dyn Device>,
        index: Arc<Index>,
        settings: Settings,
        below: u64,
    ) -> Self {
        Self { device, index, settings, below, snapshot: below, thread: None, is_busy: false }
    }

    /// While the log is replayed up to `cell`: lets go of what the index has, and gives it the rest.
    pub(super) fn after_replay(&mut self, state: &mut State, cell: u64) -> Result<(), KeepError> {
        let is_full = state.held_rows() >= self.settings.stretch;
        if cell == self.below || (cell < self.below && is_full) {
            let cut = state.cut(cell);
            state.forget(cut);
        } else if cell > self.below && is_full {
            let mut job = self.job(state, cell);
            work(&*self.device, &mut self.index.writer()?, &mut job)?;
            self.below = job.cut.below;
            state.forget(job.cut);
        }
        Ok(())
    }

    fn job(&mut self, state: &mut State, cell: u64) -> Job {
        let cut = state.cut(cell);
        let size = u64::try_from(state.size().max(self.settings.stretch)).unwrap_or(u64::MAX);
        let is_time = cell.saturating_sub(self.snapshot) >= size;
        let snapshot = is_time.then(|| Snapshot { cell, image: state.image() });
        if is_time {
            self.snapshot = cell;
        }
        Job { from: self.below, cut, snapshot }
    }

    fn taken_over(&mut self, (job, result): Done, state: &mut State) -> Result<(), KeepError> {
        result?;
        self.below = job.cut.below;
        state.forget(job.cut);
        self.is_busy = false;
        Ok(())
    }

    /// Waits for the stretch that is being taken over, so that a test knows what comes when.
    #[cfg(test)]
    pub(super) fn finish(&mut self, state: &mut State) -> Result<(), KeepError> {
        let Some(thread) = self.thread.as_ref().filter(|_| self.is_busy) else {
            return Ok(());
        };
        let done = thread.done.recv().map_err(|_| KeepError::Gone)?;
        self.taken_over(done, state)
    }

    /// After the log is durable up to `cell`.
    pub(super) fn after_commit(&mut self, state: &mut State, cell: u64) -> Result<(), KeepError> {
        if self.is_busy {
            let limit = self.settings.stretch.saturating_mul(BEHIND_MAX);
            let must_wait = state.held_rows() >= limit;
            let Some(thread) = &self.thread else {
                return Err(KeepError::Gone);
            };
            let done = if must_wait {
                thread.done.recv().map_err(|_| KeepError::Gone)?
            } else {
                match thread.done.try_recv() {
                    Ok(done) => done,
                    Err(mpsc::TryRecvError::Empty) => return Ok(()),
                    Err(mpsc::TryRecvError::Disconnected) => return Err(KeepError::Gone),
                }
            };
            self.taken_over(done, state)?;
        }
        if state.held_rows() < self.settings.stretch {
            return Ok(());
        }
        let job = self.job(state, cell);
        if self.thread.is_none() {
            self.thread = Some(spawn(&self.device, &self.index)?);
        }
        let jobs = self.thread.as_ref().and_then(|thread| thread.jobs.as_ref());
        jobs.ok_or(KeepError::Gone)?.send(job).map_err(|_| KeepError::Gone)?;
        self.is_busy = true;
        Ok(())
    }
}

fn spawn(device: &Arc<dyn Device>, index: &Arc<Index>) -> Result<Thread, KeepError> {
    let (jobs, todo) = mpsc::channel::<Job>();
    let (tell, done) = mpsc::channel();
    let (device, index) = (Arc::clone(device), Arc::clone(index));
    let run = move || {
        let mut writer: Option<Connection> = None;
        while let Ok(mut job) = todo.recv() {
            let result = open_writer(&index, &mut writer)
                .and_then(|writer| work(&*device, writer, &mut job));
            if tell.send((job, result)).is_err() {
                return;
            }
        }
    };
    let handle = std::thread::Builder::new().name("kanuki-index".to_owned()).spawn(run)?;
    Ok(Thread { jobs: Some(jobs), done, handle: Some(handle) })
}

fn open_writer<'a>(
    index: &Index,
    writer: &'a mut Option<Connection>,
) -> Result<&'a mut Connection, KeepError> {
    if writer.is_none() {
        *writer = Some(index.writer()?);
    }
    writer.as_mut().ok_or(KeepError::Gone)
}

fn work(device: &dyn Device, writer: &mut Connection, job: &mut Job) -> Result<(), KeepError> {
    take_over(writer, &stretch(job))?;
    if let Some(snapshot) = job.snapshot.take() {
        snapshot::write(device, &snapshot)?;
    }
    Ok(())
}

/// Sorted by account what the log has by time.
fn stretch(job: &Job) -> Stretch {
    let mut sorted = Stretch { from: job.from, below: job.cut.below, ..Stretch::default() };
    let mut legs: Vec<(u32, u32, u32)> = Vec::new();
    for (c, chunk) in job.cut.chunks.iter().enumerate() {
        for (r, row) in chunk.rows.iter().enumerate() {
            sorted.ids.push(Print::of(row.id()).entry(row.number));
            if let Made::Transfer { debit, credit, .. } = &row.made
                && let (Ok(c), Ok(r)) = (u32::try_from(c), u32::try_from(r))
            {
                legs.push((debit.slot, c, r));
                legs.push((credit.slot, c, r));
            }
        }
    }
    legs.sort_unstable();
    for of_account in legs.chunk_by(|a, b| a.0 == b.0) {
        for some in of_account.chunks(ENTRIES_MAX) {
            sorted.accounts.extend(leaves(&job.cut.chunks, some));
        }
    }
    sorted.fates = job.cut.ended.iter().map(|(_, ended)| (ended.number, ended.state)).collect();
    sorted.fates.sort_unstable_by_key(|(number, _)| *number);
    sorted
}

fn leaves(chunks: &[Arc<Chunk>], legs: &[(u32, u32, u32)]) -> Option<Leaves> {
    let mut found: Option<Leaves> = None;
    for (slot, c, r) in legs {
        let chunk = chunks.get(usize::try_from(*c).ok()?)?;
        let row = chunk.rows.get(usize::try_from(*r).ok()?)?;
        let Made::Transfer { transfer, debit, credit } = &row.made else {
            return None;
        };
        let side: &Side = if debit.slot == *slot { debit } else { credit };
        let of_account =
            found.get_or_insert(Leaves { slot: *slot, before: side.before, leaves: Vec::new() });
        of_account.leaves.push(Leaf {
            number: row.number,
            timestamp: transfer.timestamp,
            sums: chunk.sums(row.number, *slot),
        });
    }
    found
}
