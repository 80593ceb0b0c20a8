//! The one thread that owns books and log.

use std::sync::{PoisonError, atomic::Ordering};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    Shared,
    log::{Device, Log},
};
use crate::state::{Batch, BatchResults, State};

/// The most requests that wait; beyond that, callers wait to be let in.
pub(super) const QUEUE_MAX: usize = 1_024;

/// The most requests that share one `fdatasync`.
const GROUP_MAX: usize = 256;

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

/// Serves until the engine is dropped or a write fails. Returning drops every reply that is held
/// back and the queue, which callers read as "unavailable".
pub(super) fn run<D: Device>(shared: &Shared, mut log: Log<D>, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while queue.blocking_recv_many(&mut jobs, GROUP_MAX) > 0 {
        let writes = jobs.iter().filter(|job| matches!(job, Job::Write { .. })).count();
        // Nobody but this thread writes, so nobody else can have left the books half changed.
        let mut books = shared.books.write().unwrap_or_else(PoisonError::into_inner);
        let replies: Vec<Reply> =
            jobs.drain(..).map(|job| take(job, &mut books, &mut log)).collect();
        if let Err(error) = log.commit() {
            // Only the first failure can be set, and there is only one: we return. It is set before
            // the books can be looked at again.
            drop(shared.failure.set(error.to_string()));
            return;
        }
        drop(books);
        shared.under_way.fetch_sub(writes, Ordering::SeqCst);
        for reply in replies {
            reply();
        }
    }
}

fn take<D: Device>(job: Job, state: &mut State, log: &mut Log<D>) -> Reply {
    match job {
        Job::Write { batch, now, reply } => {
            let results = apply(batch, now, state, log);
            Box::new(move || drop(reply.send(results)))
        }
        Job::Read { now, look } => {
            // Once told that a reservation timed out, nobody may see it again after a restart with
            // a slow clock: what a read releases is logged too.
            if state.is_due(now) {
                apply(Batch::Tick, now, state, log);
            }
            look(state)
        }
    }
}

/// Applies `batch` and stages it for the log, unless it changed nothing: a refused attempt that is
/// sent again, however often, does not fill the disk.
fn apply<D: Device>(
    batch: Batch,
    now: Timestamp,
    state: &mut State,
    log: &mut Log<D>,
) -> BatchResults {
    let now = state.instant(now);
    let has_released = state.is_due(now);
    let results = state.apply(&batch, now);
    if has_released || results.changed() {
        log.stage(&batch, now, results.created());
    }
    results
}
