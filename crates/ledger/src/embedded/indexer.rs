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
    snapshot::{self, Snapshot},
    sorted::Sorted,
};
use crate::state::{Cut, State};

/// How many stretches may wait in memory before writers wait for the index.
const BEHIND_MAX: usize = 3;

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

    /// Of how many transfers a large batch is handed to the disk at once.
    pub(super) fn part(&self) -> usize {
        // 1,024 where the stretch is not a test's: some hundred kilobytes, a fifth of a millisecond.
        (self.settings.stretch >> 8).clamp(1, 1_024)
    }

    /// While the log is replayed up to `cell`: lets go of what the index has, and gives it the rest.
    pub(super) fn after_replay(&mut self, state: &mut State, cell: u64) -> Result<(), KeepError> {
        let is_full = state.held_rows() >= self.settings.stretch;
        if cell == self.below || (cell < self.below && is_full) {
            let cut = state.cut(cell);
            state.forget(cut);
        } else if cell > self.below && is_full {
            let mut job = self.job(state, cell);
            let mut desk = Desk { writer: self.index.writer()?, sorted: Sorted::default() };
            desk.work(&*self.device, &mut job)?;
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
        let mut desk: Option<Desk> = None;
        while let Ok(mut job) = todo.recv() {
            let result =
                open_desk(&index, &mut desk).and_then(|desk| desk.work(&*device, &mut job));
            if tell.send((job, result)).is_err() {
                return;
            }
        }
    };
    let handle = std::thread::Builder::new().name("kanuki-index".to_owned()).spawn(run)?;
    Ok(Thread { jobs: Some(jobs), done, handle: Some(handle) })
}

/// What stretches are taken over with.
struct Desk {
    writer: Connection,
    sorted: Sorted,
}

fn open_desk<'a>(index: &Index, desk: &'a mut Option<Desk>) -> Result<&'a mut Desk, KeepError> {
    if desk.is_none() {
        *desk = Some(Desk { writer: index.writer()?, sorted: Sorted::default() });
    }
    desk.as_mut().ok_or(KeepError::Gone)
}

impl Desk {
    fn work(&mut self, device: &dyn Device, job: &mut Job) -> Result<(), KeepError> {
        let Self { writer, sorted } = self;
        sorted.sort(job.cut.chunks.iter().map(|chunk| &**chunk));
        let mut fates: Vec<_> =
            job.cut.ended.iter().map(|(_, ended)| (ended.number, ended.state)).collect();
        fates.sort_unstable_by_key(|(number, _)| *number);
        take_over(writer, &Stretch { from: job.from, below: job.cut.below, sorted, fates })?;
        if let Some(snapshot) = job.snapshot.take() {
            snapshot::write(device, &snapshot)?;
        }
        Ok(())
    }
}
