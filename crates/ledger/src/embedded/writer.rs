//! Writing: by one thread for all who wait, or by a caller who is alone where it stands.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError, RwLockWriteGuard, atomic::Ordering},
};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{Shared, cold::Cold, company::Company, indexer::Keeper, log::Log};
use crate::{
    model::Transfer,
    result::CreateAccountResult,
    state::{Batch, BatchResults, Known, State},
};

/// The most requests that wait; beyond that, callers wait to be let in.
pub(super) const QUEUE_MAX: usize = 1_024;

/// The most requests that share one `fdatasync`.
pub(super) const GROUP_MAX: usize = 256;

/// From how many ids on it pays to have a thread for the disk while they are kept.
const IDS_MANY: usize = 2_048;

/// An answer, held back until it is durable.
pub(super) type Reply = Box<dyn FnOnce() + Send>;

/// A look at the books.
pub(super) type Look = Box<dyn FnOnce(&State) -> Reply + Send>;

/// One request.
pub(super) enum Job {
    /// To be applied and logged.
    Write { batch: Batch, now: Timestamp, reply: oneshot::Sender<BatchResults> },
    /// To be looked up.
    Read { now: Timestamp, look: Look },
}

impl Job {
    const fn is_write(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}

/// What whoever writes works with.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) log: Log,
    pub(super) keeper: Keeper,
    pub(super) cold: Cold,
}

/// Whoever holds the pen writes: the thread, or a caller who is alone. `None` once nothing can be
/// written any more.
pub(super) type Pen = Mutex<Option<Writer>>;

/// What shares one `fdatasync`.
#[derive(Default)]
struct Group {
    jobs: usize,
    writes: usize,
    replies: Vec<Reply>,
}

/// How a group ended.
enum Ended {
    /// It is durable.
    Well,
    /// It is durable, and the last: without an index, memory would grow without end.
    Last,
    /// Nobody knows what the disk holds of it.
    Lost,
}

/// Serves until the engine is dropped or a write fails. Returning drops every reply that is held
/// back and the queue, which callers read as "unavailable".
pub(super) fn run(shared: &Shared, pen: &Pen, queue: mpsc::Receiver<Job>) {
    let mut company = Company::new(queue);
    let mut jobs = Vec::new();
    while company.wait(&mut jobs) {
        // Whoever panicked with the pen may have left half a group in the books.
        let Ok(mut pen) = pen.lock() else { return };
        let is_well =
            pen.as_mut().is_some_and(|writer| writer.serve_with(shared, &mut company, &mut jobs));
        if !is_well {
            *pen = None;
            return;
        }
    }
}

/// One write by its caller, who is alone; `None` if there is no answer.
pub(super) fn alone(
    shared: &Shared,
    mut pen: MutexGuard<'_, Option<Writer>>,
    batch: &Batch,
    now: Timestamp,
) -> Option<BatchResults> {
    let writer = pen.as_mut()?;
    let mut books = shared.books.write().unwrap_or_else(PoisonError::into_inner);
    let results = match writer.apply(batch, now, &mut books) {
        Ok(results) => Some(results),
        Err(error) => {
            shared.damaged(&error, &writer.cold);
            None
        }
    };
    match writer.finish_group(shared, books) {
        Ended::Well => results,
        Ended::Last => {
            *pen = None;
            results
        }
        Ended::Lost => {
            *pen = None;
            None
        }
    }
}

impl Writer {
    /// Applies what waits together, makes it durable, answers; false once nothing can be written.
    #[cfg(test)]
    pub(super) fn serve(&mut self, shared: &Shared, jobs: &mut Vec<Job>) -> bool {
        let mut books = shared.books.write().unwrap_or_else(PoisonError::into_inner);
        let mut group = Group::default();
        self.take_all(jobs, &mut group, &mut books, shared);
        self.answer(group, books, shared)
    }

    /// The same, together with what comes meanwhile: it is applied as it comes.
    fn serve_with(&mut self, shared: &Shared, company: &mut Company, jobs: &mut Vec<Job>) -> bool {
        // Nobody else has the pen, so nobody else can have left the books half changed.
        let mut books = shared.books.write().unwrap_or_else(PoisonError::into_inner);
        let mut group = Group::default();
        company.begin();
        // What came while a caller wrote shares this write.
        company.take(jobs, 0);
        self.take_all(jobs, &mut group, &mut books, shared);
        while company.is_coming(shared, group.jobs, group.writes) {
            company.take(jobs, group.jobs);
            self.take_all(jobs, &mut group, &mut books, shared);
        }
        self.answer(group, books, shared)
    }

    fn take_all(
        &mut self,
        jobs: &mut Vec<Job>,
        group: &mut Group,
        books: &mut State,
        shared: &Shared,
    ) {
        for job in jobs.drain(..) {
            group.jobs = group.jobs.saturating_add(1);
            group.writes = group.writes.saturating_add(usize::from(job.is_write()));
            group.replies.extend(self.take(job, books, shared));
        }
    }

    /// Makes a group durable, then answers it.
    fn answer(
        &mut self,
        group: Group,
        books: RwLockWriteGuard<'_, State>,
        shared: &Shared,
    ) -> bool {
        let ended = self.finish_group(shared, books);
        if matches!(ended, Ended::Lost) {
            return false;
        }
        shared.under_way.fetch_sub(group.writes, Ordering::SeqCst);
        for reply in group.replies {
            reply();
        }
        matches!(ended, Ended::Well)
    }

    /// Makes durable what was applied, and only then lets go of the books. A failure is noted before
    /// they can be looked at again.
    fn finish_group(&mut self, shared: &Shared, mut books: RwLockWriteGuard<'_, State>) -> Ended {
        if let Err(error) = self.commit(&mut books) {
            shared.failed(&error);
            return Ended::Lost;
        }
        match self.keeper.after_commit(&mut books, self.log.end()) {
            Ok(()) => Ended::Well,
            Err(error) => {
                shared.failed(&error);
                Ended::Last
            }
        }
    }

    /// Makes durable what is staged, and keeps the ids that it noted. Of a large batch they are a
    /// quarter of the work, and the disk is waited for meanwhile.
    fn commit(&mut self, books: &mut State) -> io::Result<()> {
        if !self.log.is_sent() && books.noted_ids() < IDS_MANY {
            books.keep_ids();
            return self.log.commit();
        }
        self.log.commit_while(|| books.keep_ids())
    }

    /// Waits for what the index is taking over; false if it could not.
    #[cfg(test)]
    pub(super) fn finish(&mut self, shared: &Shared) -> bool {
        let mut books = shared.books.write().unwrap_or_else(PoisonError::into_inner);
        let kept = self.keeper.finish(&mut books);
        if let Err(error) = &kept {
            shared.failed(error);
        }
        kept.is_ok()
    }

    /// The answer; `None` if there is none, because something old could not be read.
    fn take(&mut self, job: Job, state: &mut State, shared: &Shared) -> Option<Reply> {
        match job {
            Job::Write { batch, now, reply } => match self.apply(&batch, now, state) {
                Ok(results) => Some(Box::new(move || drop(reply.send(results)))),
                Err(error) => {
                    shared.damaged(&error, &self.cold);
                    None
                }
            },
            Job::Read { now, look } => {
                state.keep_ids();
                // Once told that a reservation timed out, nobody may see it again after a restart
                // with a slow clock: what a read releases is logged too.
                if state.is_due(now)
                    && let Err(error) = self.apply(&Batch::Tick, now, state)
                {
                    shared.damaged(&error, &self.cold);
                    return None;
                }
                Some(look(state))
            }
        }
    }

    /// Applies `batch` and stages it for the log, unless it changed nothing: attempts that are
    /// refused for good, however many, do not fill the disk.
    fn apply(
        &mut self,
        batch: &Batch,
        now: Timestamp,
        state: &mut State,
    ) -> Result<BatchResults, super::cold::ColdError> {
        // Those of the batch before, if it shares this group.
        state.keep_ids();
        let known = self.cold.known(state, batch)?;
        let now = state.instant(now);
        let has_released = state.is_due(now);
        // The head of the frame comes first.
        state.number_from(self.log.next().saturating_add(1));
        let before = state.open_len();
        let part = self.keeper.part();
        if let Batch::Transfers(transfers) = batch
            && transfers.len() >= part.saturating_mul(2)
        {
            return Ok(self.apply_in_parts((transfers, part), known, now, state));
        }
        let results = state.apply_knowing_and_noting(batch, known, now);
        if let (Batch::Accounts(accounts), BatchResults::Accounts(said)) = (batch, &results) {
            let made = accounts.iter().zip(said);
            let made = made.filter(|(_, result)| **result == CreateAccountResult::Created);
            let made: Vec<_> = made.filter_map(|(a, _)| state.account(a.id)).collect();
            if has_released || !made.is_empty() {
                self.log.stage_accounts(&made, now);
            }
            return Ok(results);
        }
        let made = state.made_from(before);
        if has_released || !made.is_empty() {
            self.log.stage_rows(made, now);
        }
        Ok(results)
    }
    /// The same for many transfers: some are on their way to the disk while the next are made.
    fn apply_in_parts(
        &mut self,
        (transfers, part): (&[Transfer], usize),
        known: Known,
        now: Timestamp,
        state: &mut State,
    ) -> BatchResults {
        let has_released = state.is_due(now);
        let before = state.open_len();
        let mut staged = before;
        let mut course = state.begin(transfers, known, now);
        self.log.begin();
        while state.go_on(transfers, &mut course, part) {
            self.log.stage_part(state.made_from(staged));
            staged = state.open_len();
        }
        let made = state.open_len().saturating_sub(before);
        let made_or_released = (has_released || made > 0).then_some(made);
        self.log.end_with(state.made_from(staged), made_or_released, now);
        state.end(course)
    }
}
