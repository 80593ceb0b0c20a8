//! The power goes at every write, sync, cut and rename, and what was acknowledged is there.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use super::{
    EmbeddedEngine,
    open::{OpenError, Opened, Settings, open_on},
    snapshot::{SNAPSHOT, SNAPSHOT_BEFORE},
    trial::{Survives, Trial},
};
use crate::{
    engine::LedgerEngine,
    model::{Account, AccountFlags, AccountId, Filter, LEDGER_YEN, Transfer, TransferId},
    result::CreateTransferResult as R,
    state::State,
};

/// So few rows in memory that a short program fills index and snapshots many times.
const SMALL: Settings = Settings { stretch: 6 };

fn open(trial: &Arc<Trial>, index: &Path) -> Result<(EmbeddedEngine, Opened), OpenError> {
    let (ready, opened) = open_on(Arc::new(Arc::clone(trial)), index, SMALL)?;
    Ok((EmbeddedEngine::start(ready)?, opened))
}

/// Batches of the program.
const BATCHES: u128 = 24;

/// A folder in memory where the system has one: SQLite waits for the disk a thousand times here.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn at(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + secs)
}

fn accounts() -> Vec<Account> {
    let flags = [
        AccountFlags::NONE,
        AccountFlags::NO_OVERDRAFT.with_history(),
        AccountFlags::NO_OVERDRAFT,
        AccountFlags::NONE,
    ];
    let ids = 1_u128..;
    ids.zip(flags).map(|(id, f)| Account::new(AccountId(id), LEDGER_YEN, 1, f)).collect()
}

fn posted(id: u128, debit: u128, credit: u128, amount: u32) -> Transfer {
    Transfer::posted(TransferId(id), AccountId(debit), AccountId(credit), Yen::of(amount), 1)
}

/// Batches of every kind, with some seconds between them.
fn program() -> Vec<(i64, Vec<Transfer>)> {
    let mut batches = Vec::new();
    for n in 0..BATCHES {
        let id = 100 * (n + 1);
        let secs = i64::try_from(n).unwrap() * 7;
        let pend = |id, amount, timeout| {
            let (debit, credit) = (AccountId(2), AccountId(3));
            let pending = Transfer::pending(TransferId(id), debit, credit, Yen::of(amount), 1);
            pending.expires_after(timeout)
        };
        let batch = match n % 4 {
            0 => vec![posted(id, 1, 2, 50), posted(id + 1, 1, 4, 1), pend(id + 2, 5, 10)],
            1 => vec![
                pend(id, 7, 0).linked(),
                posted(id + 1, 1, 3, 2),
                // Too much: the id is never made any more.
                posted(id + 2, 2, 3, 9_999),
            ],
            2 => vec![Transfer::post_part(TransferId(id), TransferId(id - 100), Yen::of(3))],
            _ => vec![
                posted(id, 3, 4, 1),
                posted(id + 1, 1, 2, 1).linked(),
                posted(id + 2, 2, 2, 1),
                Transfer::closing(TransferId(id + 3), AccountId(4), AccountId(1), 1)
                    .expires_after(3),
            ],
        };
        batches.push((secs, batch));
    }
    batches
}

/// Runs the program until something is not answered; what was acknowledged.
fn run(engine: &EmbeddedEngine) -> Vec<(i64, Vec<Transfer>, Vec<R>)> {
    let mut answered = Vec::new();
    if wait(engine.create_accounts(accounts(), at(0))).is_err() {
        return answered;
    }
    for (secs, batch) in program() {
        match wait(engine.create_transfers(batch.clone(), at(secs))) {
            Ok(results) => answered.push((secs, batch, results)),
            Err(_) => break,
        }
    }
    answered
}

/// Every look-up of the engine is that of the books in memory.
fn agrees(engine: &EmbeddedEngine, state: &State, now: Timestamp) {
    for account in accounts() {
        let id = account.id;
        assert_eq!(wait(engine.find_account(id, now)).unwrap(), state.account(id));
        let filters = [
            Filter::oldest(100),
            Filter::newest(100),
            Filter::newest(3),
            Filter::oldest(2),
            Filter { since: Some(at(20)), until: Some(at(60)), ..Filter::oldest(4) },
            Filter { since: Some(at(20)), until: Some(at(60)), ..Filter::newest(4) },
            Filter { credits: false, ..Filter::newest(5) },
        ];
        for filter in filters {
            let found = wait(engine.account_transfers(id, filter, now)).unwrap();
            assert_eq!(found, state.account_transfers(id, &filter), "{id} {filter:?}");
            let found = wait(engine.account_balances(id, filter, now)).unwrap();
            assert_eq!(found, state.account_balances(id, &filter), "{id} {filter:?}");
        }
    }
    for id in (100..2_600).map(TransferId) {
        assert_eq!(wait(engine.find_transfer(id, now)).unwrap(), state.transfer(id));
    }
}

/// The whole program in memory.
fn model() -> State {
    let mut state = State::new();
    state.apply_accounts(&accounts(), at(0));
    for (secs, batch) in program() {
        state.apply_transfers(&batch, at(secs));
    }
    state
}

#[test]
fn index_snapshot_and_memory_together_are_the_books() {
    let (trial, dir) = (Arc::new(Trial::default()), folder());
    let index = dir.path().join("index");
    let (engine, _) = open(&trial, &index).unwrap();
    run(&engine);
    let end = at(7 * 24);
    let mut state = model();
    state.apply_transfers(&[], end);

    agrees(&engine, &state, end);
    drop(engine);
    for _ in 0..3 {
        let (engine, opened) = open(&trial, &index).unwrap();
        assert_eq!(opened.mended, Vec::<String>::new());
        assert!(opened.records < 20, "a snapshot spares the rest: {opened:?}");
        agrees(&engine, &state, end);
    }
    assert!(trial.bytes(SNAPSHOT).is_some() && trial.bytes(SNAPSHOT_BEFORE).is_some());
}

/// Opens what is left, proves that everything acknowledged is there and nothing else but the one
/// batch under way, finishes the program, and compares with the books of an undisturbed run.
fn recovers(trial: &Arc<Trial>, index: &Path, acknowledged: &[(i64, Vec<Transfer>, Vec<R>)]) {
    let (engine, _) = open(trial, index).unwrap();
    let now = at(acknowledged.last().map_or(0, |(secs, ..)| *secs));
    for (_, batch, results) in acknowledged {
        for (transfer, result) in batch.iter().zip(results) {
            let kept = wait(engine.find_transfer(transfer.id, now)).unwrap();
            assert_eq!(kept.is_some(), *result == R::Created, "{transfer:?}");
        }
    }
    // Everybody asks again, as callers who lost an answer do.
    let mut answers = BTreeMap::new();
    wait(engine.create_accounts(accounts(), at(0))).unwrap();
    for (secs, batch) in program().into_iter().skip(acknowledged.len()) {
        let results = wait(engine.create_transfers(batch.clone(), at(secs))).unwrap();
        answers.insert(secs, results);
    }
    let end = at(7 * 24);
    let mut state = model();
    state.apply_transfers(&[], end);
    for account in accounts() {
        let found = wait(engine.find_account(account.id, end)).unwrap();
        // A later `timestamp` of an account made again would be a doubled account.
        assert_eq!(found, state.account(account.id), "{answers:?}");
    }
    for id in (100..2_600).map(TransferId) {
        let amount = |r: Option<crate::model::TransferRecord>| r.map(|r| r.transfer.amount);
        let found = wait(engine.find_transfer(id, end)).unwrap();
        assert_eq!(amount(found), amount(state.transfer(id)), "{id}");
    }
}

#[test]
fn power_cut_at_every_step_loses_and_doubles_nothing() {
    let whole = {
        let (trial, dir) = (Arc::new(Trial::default()), folder());
        let (engine, _) = open(&trial, &dir.path().join("index")).unwrap();
        run(&engine);
        drop(engine);
        trial.steps.load(std::sync::atomic::Ordering::SeqCst)
    };
    assert!(whole > 50, "writes, syncs, cuts and renames: {whole}");
    for step in 0..whole {
        let (trial, dir) = (Arc::new(Trial::default()), folder());
        let index = dir.path().join("index");
        trial.power_goes_at(step);
        let acknowledged = match open(&trial, &index) {
            Ok((engine, _)) => run(&engine),
            Err(_) => Vec::new(),
        };
        let seeds = [Survives::Nothing, Survives::Everything, Survives::Some(step)];
        for survives in seeds {
            let left = Arc::new(trial.after_power_cut(survives));
            let copy = folder();
            for name in ["index", "index-wal"] {
                let from = dir.path().join(name);
                if from.exists() {
                    std::fs::copy(from, copy.path().join(name)).unwrap();
                }
            }
            recovers(&left, &copy.path().join("index"), &acknowledged);
        }
    }
}

#[test]
fn disk_that_fills_up_at_any_write_loses_nothing() {
    for writes in 0..30 {
        let (trial, dir) = (Arc::new(Trial::default()), folder());
        let index = dir.path().join("index");
        let (engine, _) = open(&trial, &index).unwrap();
        trial.full_after(writes);
        let acknowledged = run(&engine);
        assert!(engine.failure().is_some() || acknowledged.len() == program().len());
        drop(engine);
        // The power stays; somebody makes room.
        let left = Arc::new(trial.after_power_cut(Survives::Everything));

        recovers(&left, &index, &acknowledged);
    }
}

#[test]
fn read_only_disk_is_an_error_before_anything_is_answered() {
    let (trial, dir) = (Arc::new(Trial::default()), folder());
    trial.make_read_only();

    assert!(matches!(open(&trial, &dir.path().join("index")), Err(OpenError::Io(_))));
}

#[test]
fn flipped_bit_in_a_snapshot_is_told_and_mended() {
    for byte in (0..2_000).step_by(37) {
        let (trial, dir) = (Arc::new(Trial::default()), folder());
        let index = dir.path().join("index");
        let (engine, _) = open(&trial, &index).unwrap();
        run(&engine);
        drop(engine);
        if trial.bytes(SNAPSHOT).is_none_or(|bytes| bytes.len() <= byte) {
            return;
        }
        trial.flip(SNAPSHOT, byte, 3);

        let (engine, opened) = open(&trial, &index).unwrap();

        assert_eq!(opened.mended.len(), 1, "byte {byte}: {opened:?}");
        let end = at(7 * 24);
        let mut state = model();
        state.apply_transfers(&[], end);
        agrees(&engine, &state, end);
    }
}

#[test]
fn flipped_bit_in_the_index_is_never_answered_over() {
    let (trial, dir) = (Arc::new(Trial::default()), folder());
    let index = dir.path().join("index");
    let (engine, _) = open(&trial, &index).unwrap();
    run(&engine);
    drop(engine);
    let end = at(7 * 24);
    let mut state = model();
    state.apply_transfers(&[], end);
    // The last connection folded the write-ahead log into the file.
    let sound = std::fs::read(&index).unwrap();
    let filter = Filter::oldest(100);
    let mut found = 0;
    for byte in (0..sound.len()).step_by(241) {
        let mut bytes = sound.clone();
        bytes[byte] ^= 1 << (byte % 8);
        let folder = folder();
        let index = folder.path().join("index");
        std::fs::write(&index, bytes).unwrap();
        let Ok((engine, opened)) = open(&trial, &index) else {
            found += 1;
            continue;
        };
        found += usize::from(!opened.mended.is_empty());
        for account in accounts() {
            if let Ok(rows) = wait(engine.account_transfers(account.id, filter, end)) {
                assert_eq!(rows, state.account_transfers(account.id, &filter));
            } else {
                found += 1;
                assert!(engine.damage().is_some(), "byte {byte}");
            }
        }
        let is_damaged = engine.damage().is_some();
        drop(engine);
        let (engine, opened) = open(&trial, &index).unwrap();
        assert_eq!(opened.mended.len(), usize::from(is_damaged), "byte {byte}: {opened:?}");
        agrees(&engine, &state, end);
        drop(engine);
        assert_eq!(open(&trial, &index).unwrap().1.mended, Vec::<String>::new());
    }
    assert!(found > 5, "{found}");
}

#[test]
fn missing_row_of_the_index_is_never_answered_over() {
    let (trial, dir) = (Arc::new(Trial::default()), folder());
    let index = dir.path().join("index");
    let (engine, _) = open(&trial, &index).unwrap();
    run(&engine);
    drop(engine);
    let end = at(7 * 24);
    let mut state = model();
    state.apply_transfers(&[], end);
    let sound = std::fs::read(&index).unwrap();
    let mut deletions = Vec::new();
    let connection = rusqlite::Connection::open(&index).unwrap();
    for (table, key) in [("entries", "key"), ("stretches", "first")] {
        let count = format!("select count(*) from {table}");
        let rows: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
        deletions.extend((0..rows).map(|row| {
            format!(
                "delete from {table} where {key} =
                     (select {key} from {table} order by {key} limit 1 offset {row})"
            )
        }));
    }
    drop(connection);
    for delete in deletions {
        let folder = folder();
        let index = folder.path().join("index");
        std::fs::write(&index, &sound).unwrap();
        let connection = rusqlite::Connection::open(&index).unwrap();
        assert_eq!(connection.execute(&delete, []).unwrap(), 1);
        drop(connection);
        let (engine, _) = open(&trial, &index).unwrap();
        let filters = [Filter::oldest(100), Filter::newest(100), Filter::oldest(1)];
        for (id, filter) in accounts().iter().flat_map(|a| filters.map(|f| (a.id, f))) {
            if let Ok(rows) = wait(engine.account_transfers(id, filter, end)) {
                assert_eq!(rows, state.account_transfers(id, &filter), "{delete}");
            }
        }
        assert!(engine.damage().is_some(), "{delete}");
        drop(engine);
        let (engine, opened) = open(&trial, &index).unwrap();
        assert_eq!(opened.mended.len(), 1);
        agrees(&engine, &state, end);
    }
}
