//! What a crash or a bad disk leaves behind.

use std::{fs, path::Path};

use kanuki_ledger::{
    AccountFlags, AccountId, CreateTransferResult, EmbeddedEngine, LedgerEngine, embedded,
    embedded::{OpenError, Settings},
    verify::verify,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{account, after, pending, posted};

/// How many transfers [`written`] makes.
const TRANSFERS: u32 = 12;
/// Bytes of the log's unit.
const CELL: u64 = 128;

fn log(dir: &Path) -> std::path::PathBuf {
    dir.join("ledger.log")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Books with two accounts and [`TRANSFERS`] transfers of ¥1, one record each, and where each record
/// ends: after the file's head, the record of the accounts (3 cells), and 2 cells for each transfer.
fn written() -> (TempDir, Vec<u64>) {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _) = EmbeddedEngine::open(dir.path()).unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    wait(engine.create_accounts(accounts, after(0))).unwrap();
    for id in 1..=TRANSFERS {
        let results = wait(engine.create_transfers(vec![posted(id.into(), 1, 2, 1)], after(0)));
        assert_eq!(results.unwrap(), [CreateTransferResult::Created]);
    }
    let ends = [1, 4].into_iter().chain((1..=u64::from(TRANSFERS)).map(|n| 4 + 2 * n));
    (dir, ends.map(|cells| cells * CELL).collect())
}

/// The `place` ten-thousandths of `whole`.
fn part(whole: u64, place: u64) -> u64 {
    (whole * place).div_euclid(10_000)
}

/// How many yen arrived.
fn arrived(engine: &EmbeddedEngine) -> u64 {
    let found = wait(engine.find_account(AccountId(2), after(0))).unwrap();
    found.map_or(0, |account| account.credits_posted.amount())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wherever a crash stops the writing, what was whole before is there, the rest is cut and
    /// told, and the engine goes on.
    #[test]
    fn torn_tail_is_cut_and_nothing_else(place in 0_u64..=10_000, blank in any::<bool>()) {
        let (dir, ends) = written();
        let whole = *ends.last().unwrap();
        let keep = part(whole, place);
        // Where there was room before, whole words of what was written arrived.
        let keep = if blank { keep - keep % 4 } else { keep };
        let file = fs::OpenOptions::new().write(true).open(log(dir.path())).unwrap();
        file.set_len(keep).unwrap();
        if blank {
            file.set_len(whole + 5_000).unwrap();
        }
        prop_assume!(keep > ends[0]);
        let index = ends.iter().rposition(|end| *end <= keep).unwrap();
        let sound = u64::try_from(index).unwrap();
        let verified = verify(dir.path());

        let (engine, opened) = EmbeddedEngine::open(dir.path()).unwrap();

        prop_assert!(verified.ok, "{:?}", verified.problems);
        prop_assert_eq!(opened.records, sound);
        let cut = opened.cut.map(|cut| cut.offset);
        prop_assert_eq!(cut, (keep > ends[index]).then_some(ends[index]));
        prop_assert_eq!(arrived(&engine), sound.saturating_sub(1));
        let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
        wait(engine.create_accounts(accounts, after(0))).unwrap();
        let again = (1..=TRANSFERS).map(|id| posted(id.into(), 1, 2, 1)).collect();
        wait(engine.create_transfers(again, after(0))).unwrap();
        drop(engine);
        let (engine, reopened) = EmbeddedEngine::open(dir.path()).unwrap();
        prop_assert_eq!(reopened.cut, None);
        prop_assert_eq!(arrived(&engine), u64::from(TRANSFERS));
    }

    /// One flipped bit anywhere is found, with its place, and nothing is answered.
    #[test]
    fn flipped_bit_is_found_with_its_place(place in 0_u64..=10_000, bit in 0_u8..8) {
        let (dir, ends) = written();
        let mut bytes = fs::read(log(dir.path())).unwrap();
        let at = part(ends.last().unwrap() - 1, place);
        bytes[usize::try_from(at).unwrap()] ^= 1 << bit;
        fs::write(log(dir.path()), &bytes).unwrap();

        let opened = EmbeddedEngine::open(dir.path());

        let offset = match opened {
            Err(OpenError::Damaged { offset }) => Some(offset),
            Ok(_) | Err(_) => None,
        };
        prop_assert_eq!(offset, Some(at - at % CELL));
        prop_assert!(!verify(dir.path()).ok);
        prop_assert_eq!(fs::read(log(dir.path())).unwrap(), bytes, "evidence is left as it is");
    }

    /// A record that was blanked although later ones were written is damage, not a torn end.
    #[test]
    fn blanked_sector_within_the_log_is_damage(record in 1_usize..10) {
        let (dir, ends) = written();
        let mut bytes = fs::read(log(dir.path())).unwrap();
        let [from, to] = [ends[record], ends[record + 1]].map(|end| usize::try_from(end).unwrap());
        bytes[from..to].fill(0);
        fs::write(log(dir.path()), &bytes).unwrap();

        let opened = EmbeddedEngine::open(dir.path());

        let found = match opened {
            Err(OpenError::Damaged { offset }) => Some(offset),
            Ok(_) | Err(_) => None,
        };
        prop_assert_eq!(found, Some(ends[record]));
    }
}

/// A disk that lost its end, or a copy of an older log beside newer snapshots: what is missing was answered.
/// Whatever of index and snapshots is there proves it.
#[test]
fn log_that_ends_before_what_is_beside_it_saw_is_neither_answered_from_nor_copied() {
    let dir = tempfile::tempdir().unwrap();
    let open = || EmbeddedEngine::open_with(dir.path(), Settings { stretch: 4 });
    let (engine, _) = open().unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    wait(engine.create_accounts(accounts, after(0))).unwrap();
    for id in 1..=60 {
        wait(engine.create_transfers(vec![posted(id, 1, 2, 1)], after(0))).unwrap();
    }
    drop(engine);
    let (engine, opened) = open().unwrap();
    assert!(opened.records < 20, "it begins at a snapshot: {opened:?}");
    drop(engine);
    let whole = fs::read(log(dir.path())).unwrap();
    let others = ["ledger.index", "ledger.snapshot", "ledger.snapshot.before"];
    let beside = others.map(|name| (name, fs::read(dir.path().join(name)).unwrap()));
    let refused = || {
        let is_lost = |error: OpenError| {
            assert!(matches!(error, OpenError::Lost { .. } | OpenError::Damaged { .. }), "{error}");
        };
        is_lost(open().err().unwrap());
        assert!(!verify(dir.path()).ok);
        let to = tempfile::tempdir().unwrap();
        let copied = embedded::copy(dir.path(), to.path(), None);
        assert!(copied.is_err(), "a copy of it would take the place of a good one");
        assert!(fs::read_dir(to.path()).unwrap().next().is_none());
    };

    for there in [vec![0, 1, 2], vec![1, 2], vec![0], vec![2]] {
        for (name, bytes) in &beside {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        for (n, name) in others.iter().enumerate() {
            if !there.contains(&n) {
                fs::remove_file(dir.path().join(name)).unwrap();
            }
        }
        for cells in [0_usize, 1, 2, 4, 20, 40] {
            let keep = cells * usize::try_from(CELL).unwrap();
            fs::write(log(dir.path()), &whole[..keep]).unwrap();
            refused();
            assert_eq!(fs::read(log(dir.path())).unwrap(), whole[..keep], "evidence stays");
            let mut blank = whole.clone();
            blank[keep..].fill(0);
            fs::write(log(dir.path()), &blank).unwrap();
            refused();
        }
        fs::remove_file(log(dir.path())).unwrap();
        assert!(matches!(open(), Err(OpenError::Lost { end: 0, .. })), "no log at all");
        assert!(!log(dir.path()).exists());
        fs::write(log(dir.path()), &whole).unwrap();
        let (engine, _) = open().unwrap();
        assert_eq!(arrived(&engine), 60, "a copy that is whole is opened");
    }
}

/// What a start would mend is told by whoever only looks.
#[test]
fn verify_tells_of_changed_snapshots_and_of_an_incomplete_end() {
    let dir = tempfile::tempdir().unwrap();
    let open = || EmbeddedEngine::open_with(dir.path(), Settings { stretch: 4 });
    let (engine, _) = open().unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    wait(engine.create_accounts(accounts, after(0))).unwrap();
    for id in 1..=60 {
        wait(engine.create_transfers(vec![posted(id, 1, 2, 1)], after(0))).unwrap();
    }
    drop(engine);
    let sound = verify(dir.path());
    assert_eq!((sound.problems, sound.notes), (Vec::new(), Vec::new()));

    for name in ["ledger.snapshot", "ledger.snapshot.before"] {
        let whole = fs::read(dir.path().join(name)).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 4;
            fs::write(dir.path().join(name), bytes).unwrap();
            let told = verify(dir.path()).problems;
            assert!(told.len() == 1 && told[0].starts_with(&format!("{name} ")), "{told:?}");
        }
        fs::write(dir.path().join(name), whole).unwrap();
    }
    let file = fs::OpenOptions::new().append(true).open(log(dir.path())).unwrap();
    let end = file.metadata().unwrap().len();
    std::io::Write::write_all(&mut &file, &[7; 1_000]).unwrap();

    let torn = verify(dir.path());

    assert_eq!(torn.problems, Vec::<String>::new());
    assert!(torn.notes[0].starts_with("from byte "), "{torn:?} {end}");
}

/// SQLite makes files beside the one that it reads; where it may not, all is read none the less.
#[test]
fn copy_in_a_folder_that_may_only_be_read_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _) = EmbeddedEngine::open_with(dir.path(), Settings { stretch: 4 }).unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    wait(engine.create_accounts(accounts, after(0))).unwrap();
    for id in 1..=60 {
        wait(engine.create_transfers(vec![posted(id, 1, 2, 1)], after(0))).unwrap();
    }
    drop(engine);
    // Root may write anywhere, but not a file where a folder is.
    fs::create_dir(dir.path().join("ledger.index-shm")).unwrap();

    let sound = verify(dir.path());
    let index = dir.path().join("ledger.index");
    let mut bytes = fs::read(&index).unwrap();
    bytes.iter_mut().skip(4_096).step_by(97).for_each(|byte| *byte ^= 1);
    fs::write(&index, bytes).unwrap();
    let flipped = verify(dir.path());

    assert_eq!(sound.problems, Vec::<String>::new());
    assert!(!flipped.ok, "it was read");
}

/// Books of other days under the right name.
#[test]
fn snapshot_of_other_books_is_found() {
    let [ours, others] = [5, 6].map(|amount| {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { stretch: 4 };
        let (engine, _) = EmbeddedEngine::open_with(dir.path(), settings).unwrap();
        let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
        wait(engine.create_accounts(accounts, after(0))).unwrap();
        for id in 1..=60 {
            wait(engine.create_transfers(vec![posted(id, 1, 2, amount)], after(0))).unwrap();
        }
        dir
    });
    let name = "ledger.snapshot";
    fs::copy(others.path().join(name), ours.path().join(name)).unwrap();

    let told = verify(ours.path()).problems;

    assert!(told.len() == 1 && told[0].contains("other books than the log"), "{told:?}");
}

#[test]
fn interrupted_creation_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(log(dir.path()), b"KANUK").unwrap();

    let (_, opened) = EmbeddedEngine::open(dir.path()).unwrap();

    assert_eq!(opened.cut.map(|cut| (cut.offset, cut.bytes)), Some((0, 5)));
}

#[test]
fn foreign_file_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(log(dir.path()), b"dear diary").unwrap();

    let opened = EmbeddedEngine::open(dir.path());

    assert!(matches!(opened, Err(OpenError::Damaged { offset: 0 })));
    assert_eq!(fs::read(log(dir.path())).unwrap(), b"dear diary");
}

#[test]
fn dropped_record_is_found_by_its_place() {
    let (dir, ends) = written();
    let mut bytes = fs::read(log(dir.path())).unwrap();
    let [from, to] = [ends[3], ends[4]].map(|end| usize::try_from(end).unwrap());
    bytes.drain(from..to);
    fs::write(log(dir.path()), bytes).unwrap();

    let opened = EmbeddedEngine::open(dir.path());

    assert!(matches!(opened, Err(OpenError::Damaged { offset }) if offset == ends[3]));
}

#[test]
fn second_engine_cannot_open_the_same_books() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _) = EmbeddedEngine::open(dir.path()).unwrap();

    assert!(matches!(EmbeddedEngine::open(dir.path()), Err(OpenError::Locked)));

    drop(engine);
    assert!(EmbeddedEngine::open(dir.path()).is_ok());
}

#[test]
fn release_that_was_told_holds_after_a_restart_with_a_slow_clock() {
    let (dir, _) = written();
    let (engine, _) = EmbeddedEngine::open(dir.path()).unwrap();
    wait(engine.create_transfers(vec![pending(100, 1, 2, 50).expires_after(60)], after(0)))
        .unwrap();
    let told = wait(engine.find_account(AccountId(1), after(60))).unwrap().unwrap();
    drop(engine);

    let (engine, _) = EmbeddedEngine::open(dir.path()).unwrap();
    let found = wait(engine.find_account(AccountId(1), after(0))).unwrap().unwrap();

    assert!(told.debits_pending.is_zero());
    assert_eq!(found, told);
}

#[test]
fn missing_books_are_a_problem_not_a_success() {
    let dir = tempfile::tempdir().unwrap();

    let report = verify(dir.path());

    assert!(!report.ok);
    assert_eq!(report.problems.len(), 1);
}
