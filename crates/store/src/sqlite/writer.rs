//! The one thread that writes: all units that wait become one transaction with one `fsync`.
//!
//! A unit is refused alone: where a group holds one, each is written inside a savepoint, so that a
//! conflict undoes its own rows and nobody else's. Nobody is answered, well or badly, before the group
//! is on disk: a refusal may rest on a neighbour's row, which is true only from then on.

use std::{
    sync::{Arc, mpsc},
    thread::{self, Builder, JoinHandle},
    time::Duration,
};

use kanuki_record::{AuditEntry, RecordError, Write};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    Tables, unavailable,
    unit::{Tail, append, write_all},
};
use crate::StoreError;

/// How long a group waits for one more unit where there are several at a time: units that share a
/// transaction share its pages and its `fsync`. Shorter than the disk takes; whoever writes alone does
/// not wait.
const STEP: Duration = Duration::from_micros(500);

/// How often it waits again because somebody came.
const STEPS: u8 = 4;

/// The most units that become one transaction, so that the first need not wait for ever more.
const GROUP_MAX: usize = 128;

/// A unit on its way to the thread that writes, and who waits for its answer.
struct Job {
    writes: Vec<Write>,
    /// The entries as they are hashed.
    audit: Vec<String>,
    answer: oneshot::Sender<Result<(), RecordError>>,
}

/// Where units are handed in. Dropped, it waits until the last one is written.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, tables: Arc<Tables>) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel();
        let thread = Builder::new()
            .name("records".to_owned())
            .spawn(move || run(connection, &tables, &jobs))
            .map_err(|error| StoreError::Writer(Arc::new(error)))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Writes everything as one unit; it is on disk when this returns.
    ///
    /// The unit is handed in whole before the first wait: a caller who goes away leaves it to be
    /// written, never half of it.
    pub(super) async fn commit(
        &self,
        writes: Vec<Write>,
        audit: Vec<AuditEntry>,
    ) -> Result<(), RecordError> {
        let corrupt = |_| RecordError::Corrupt { table: "audit", id: String::new() };
        let audit = audit.iter().map(serde_json::to_string).collect::<Result<_, _>>();
        let (answer, answered) = oneshot::channel();
        let job = Job { writes, audit: audit.map_err(corrupt)?, answer };
        let is_queued = self.queue.as_ref().is_some_and(|queue| queue.send(job).is_ok());
        if !is_queued {
            return Err(unavailable(StoreError::Unfinished));
        }
        answered.await.unwrap_or_else(|_| Err(unavailable(StoreError::Unfinished)))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has dropped its callers' answers, which told them.
            let _ = thread.join();
        }
    }
}

/// Until the queue is closed: waits for a unit, takes what else waits, writes all of it.
fn run(mut connection: Connection, tables: &Tables, jobs: &mpsc::Receiver<Job>) {
    let mut is_crowded = false;
    while let Ok(first) = jobs.recv() {
        let group = gather(jobs, first, is_crowded);
        is_crowded = group.len() > 1;
        let (units, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|job| ((job.writes, job.audit), job.answer)).unzip();
        let outcome = write_group(&mut connection, tables, &units);
        if outcome.is_err() && !connection.is_autocommit() {
            // What failed may have left its transaction open. If even this fails, so will the
            // next `begin`, and its callers are told.
            let _ = connection.execute_batch("rollback");
        }
        answer_all(answers, outcome);
    }
}

/// `first` and all that wait; and, unless it is alone, whoever comes as long as somebody does.
#[expect(
    clippy::disallowed_methods,
    reason = "a thread that waits for the disk waits for company too"
)]
fn gather(jobs: &mpsc::Receiver<Job>, first: Job, is_crowded: bool) -> Vec<Job> {
    let mut group = vec![first];
    let take = |group: &mut Vec<Job>| {
        let before = group.len();
        group.extend(jobs.try_iter().take(GROUP_MAX.saturating_sub(before)));
        group.len() > before
    };
    let is_crowded = take(&mut group) || is_crowded;
    for _ in 0..STEPS {
        if !is_crowded || group.len() >= GROUP_MAX {
            break;
        }
        thread::sleep(STEP);
        if !take(&mut group) {
            break;
        }
    }
    group
}

/// Tells each caller its own outcome; if the group is not on disk, all of them that.
fn answer_all(
    answers: Vec<oneshot::Sender<Result<(), RecordError>>>,
    outcome: Result<Vec<Result<(), RecordError>>, StoreError>,
) {
    match outcome {
        // Who has gone away does not hear it; what was written stays written.
        Ok(outcomes) => answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| {
            let _ = answer.send(outcome);
        }),
        Err(error) => answers.into_iter().for_each(|answer| {
            let _ = answer.send(Err(unavailable(error.clone())));
        }),
    }
}

/// A unit as it is written: its rows, and its entries as they are hashed.
type Unit = (Vec<Write>, Vec<String>);

/// Writes all units in their order, in one transaction; the outcome of each once it is on disk.
///
/// The transaction is immediate, so no other process can come between a version that was checked
/// and the row that was written, nor between two numbers of the audit log.
///
/// Almost always nobody is refused. So the group is written as one first, and only if somebody is
/// refused all of it is undone and each unit written inside a savepoint, for which SQLite copies
/// every page that the unit touches.
fn write_group(
    connection: &mut Connection,
    tables: &Tables,
    units: &[Unit],
) -> Result<Vec<Result<(), RecordError>>, StoreError> {
    run_cached(connection, "begin immediate")?;
    let mut tail = Tail::default();
    let refused = units.iter().find_map(|unit| write(connection, tables, &mut tail, unit).err());
    let Some(refused) = refused else {
        run_cached(connection, "commit")?;
        return Ok(units.iter().map(|_| Ok(())).collect());
    };
    // For a full disk and the like, SQLite has undone everything by itself.
    if !connection.is_autocommit() {
        run_cached(connection, "rollback")?;
    }
    if units.len() == 1 { Ok(vec![Err(refused)]) } else { write_apart(connection, tables, units) }
}

/// The same for a group in which somebody is refused: their rows are undone, and nobody else's.
fn write_apart(
    connection: &mut Connection,
    tables: &Tables,
    units: &[Unit],
) -> Result<Vec<Result<(), RecordError>>, StoreError> {
    run_cached(connection, "begin immediate")?;
    let mut tail = Tail::default();
    let mut outcomes = Vec::with_capacity(units.len());
    for unit in units {
        run_cached(connection, "savepoint unit")?;
        let mut moved = tail.clone();
        let outcome = write(connection, tables, &mut moved, unit);
        if outcome.is_ok() {
            tail = moved;
        } else {
            run_cached(connection, "rollback to unit")?;
        }
        // Fails if SQLite has undone the whole transaction by itself, as for a full disk.
        run_cached(connection, "release unit")?;
        outcomes.push(outcome);
    }
    run_cached(connection, "commit")?;
    Ok(outcomes)
}

/// One unit's rows and entries.
fn write(
    connection: &Connection,
    tables: &Tables,
    tail: &mut Tail,
    (writes, audit): &Unit,
) -> Result<(), RecordError> {
    write_all(tables, connection, writes)?;
    append(connection, tail, audit)
}

fn run_cached(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
