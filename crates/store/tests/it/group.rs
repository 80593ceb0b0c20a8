//! Units that become one transaction: what a crash, a caller who leaves and another process may do.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    task::{Context, Poll, Waker},
};

use jiff::Timestamp;
use kanuki_record::{
    AuditEntry, Book, RecordError, Records as _, Unit,
    audit::ChainWalk,
    conformance::{self, Sample},
};
use kanuki_store::SqliteRecords;
use rusqlite::Connection;

use crate::place::{open, place, tables};

/// Two rows and an entry that belong together.
fn pair(id: &str) -> Unit {
    let mut unit = Unit::new();
    for side in ["left", "right"] {
        let (sample_id, color) = (format!("{id} {side}"), id.to_owned());
        unit.insert(&Sample { sample_id, color, badge: None });
    }
    unit.audit(AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.pair", id));
    unit
}

/// Every pair that is there is whole and has its entry, and no entry is there without its pair.
async fn require_whole(book: &Book) -> Vec<String> {
    let entries = book.records().audit_log(0, 100_000).await.unwrap();
    let mut walk = ChainWalk::default();
    for entry in &entries {
        assert_eq!(walk.step(entry), Ok(()));
    }
    let mut pairs = Vec::new();
    for entry in &entries {
        let entry: AuditEntry = serde_json::from_str(&entry.body).unwrap();
        assert_eq!(book.list::<Sample>("color", &entry.subject).await.unwrap().len(), 2);
        pairs.push(entry.subject);
    }
    let mut rows = 0;
    let mut after = String::new();
    loop {
        let page = book.scan::<Sample>(&after).await.unwrap();
        let Some(last) = page.last() else { break };
        after.clone_from(&last.sample_id);
        rows += page.len();
    }
    assert_eq!(rows, pairs.len() * 2);
    pairs
}

/// The unit of a caller who is polled once and then goes away.
fn hand_in(book: &Book, unit: Unit) {
    let mut commit = Box::pin(book.commit(unit));
    let polled = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending | Poll::Ready(Ok(()))), "{polled:?}");
}

#[tokio::test]
async fn unit_of_a_caller_who_went_away_is_written_whole() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    for n in 0..50 {
        hand_in(&book, pair(&format!("{n:02}")));
    }
    drop((records, book));

    let (_records, book) = open(&path);

    let expected: Vec<_> = (0..50).map(|n| format!("{n:02}")).collect();
    assert_eq!(require_whole(&book).await, expected);
}

/// Power that fails while the log is written leaves some prefix of it.
#[tokio::test]
async fn log_that_was_cut_anywhere_holds_whole_units_only() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    for n in 0..30 {
        hand_in(&book, pair(&format!("{n:02}")));
    }
    book.commit(pair("last")).await.unwrap();
    let log = std::fs::read(beside(&path, "-wal")).unwrap();
    let (mut seen, step) = (std::collections::BTreeSet::new(), 1_031);

    for length in (0..=log.len()).step_by(step).chain([log.len()]) {
        let (_cut_folder, cut) = place();
        std::fs::copy(&path, &cut).unwrap();
        std::fs::write(beside(&cut, "-wal"), &log[..length]).unwrap();
        // Cut before the tables were made, the file is empty and is made anew.
        let (_records, book) = open(&cut);
        seen.insert(require_whole(&book).await.len());
    }

    assert!(seen.contains(&0) && seen.contains(&31), "{seen:?}");
}

fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

const CHILD: &str = "KANUKI_STORE_TEST_CHILD";

/// In the child: writes pairs from four tasks for as long as it lives, and says which are on disk.
async fn write_until_killed(path: &Path) {
    let (_records, book) = open(path);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let book = book.clone();
        tasks.spawn(async move {
            for n in 0_u64.. {
                let id = format!("{task}-{n:06}");
                book.commit(pair(&id)).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "kept {id}").unwrap();
                out.flush().unwrap();
            }
        });
    }
    tasks.join_all().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_process_leaves_whole_units_and_all_that_it_answered() {
    if let Some(path) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&path)).await;
    }
    let (_folder, path) = place();
    let mut answered = Vec::new();

    for round in 1..=5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("group::killed_process_leaves_whole_units_and_all_that_it_answered")
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut kept = 0;
        for line in lines.by_ref() {
            // The harness may have begun the line with words of its own.
            let line = line.unwrap();
            let Some((_, id)) = line.split_once("kept ") else { continue };
            answered.push(id.to_owned());
            kept += 1;
            if kept == round * 40 {
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        // What it still said before it died was answered too; a torn last line was not.
        answered.extend(lines.map_while(Result::ok).filter_map(|line| {
            line.strip_prefix("kept ").filter(|id| id.len() == 8).map(ToOwned::to_owned)
        }));

        let (records, book) = open(&path);
        let pairs = require_whole(&book).await;
        assert!(kept == round * 40 && answered.iter().all(|id| pairs.contains(id)));
        // The next child begins where this one did.
        drop((records, book));
        std::fs::remove_file(&path).unwrap();
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&path, ending));
        }
        answered.clear();
    }
}

#[tokio::test]
async fn chain_goes_on_after_another_process_has_written() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    book.commit(pair("ours")).await.unwrap();
    let (_others, other) = open(&path);
    other.commit(pair("theirs")).await.unwrap();

    book.commit(pair("ours again")).await.unwrap();

    assert_eq!(require_whole(&book).await, ["ours", "theirs", "ours again"]);
}

#[tokio::test]
async fn group_that_cannot_be_written_refuses_all_and_the_next_is_written() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    // Another program takes the audit log away, and puts it back.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("alter table audit rename to hidden").unwrap();

    let refused = book.commit(pair("early")).await;
    other.execute_batch("alter table hidden rename to audit").unwrap();
    book.commit(pair("late")).await.unwrap();

    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
    assert_eq!(require_whole(&book).await, ["late"]);
    assert!(records.fetch(conformance::sample_table(), "early left").await.unwrap().is_none());
}

/// All are handed in before the thread that writes can have answered one, so they come in groups.
#[tokio::test]
async fn unit_that_is_refused_in_a_group_undoes_its_own_rows_and_nobody_elses() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    let mut tasks = Vec::new();
    for n in 0..60 {
        // Every third comes twice; the second brings a new row before the one that is refused.
        let (id, book) = (format!("{n:02}"), book.clone());
        tasks.push((
            false,
            tokio::spawn({
                let (book, unit) = (book.clone(), pair(&id));
                async move { book.commit(unit).await }
            }),
        ));
        if n % 3 == 0 {
            let mut unit = Unit::new();
            let sample_id = format!("{id} extra");
            unit.insert(&Sample { sample_id, color: id.clone(), badge: None });
            unit.append(pair(&id));
            tasks.push((true, tokio::spawn(async move { book.commit(unit).await })));
        }
    }

    for (is_again, task) in tasks {
        let outcome = task.await.unwrap();
        assert_eq!(outcome.is_err(), is_again, "{outcome:?}");
        assert!(!is_again || matches!(outcome, Err(RecordError::Duplicate { .. })));
    }
    assert_eq!(require_whole(&book).await.len(), 60);
}

#[tokio::test]
async fn store_that_was_dropped_has_written_and_closed_its_file() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    hand_in(&book, pair("only"));
    drop((records, book));

    // The last to close a file folds its log in and takes it away.
    assert!(!beside(&path, "-wal").exists());
    let reader = SqliteRecords::open_read_only(&path, &tables()).unwrap();
    assert_eq!(reader.audit_log(0, 9).await.unwrap().len(), 1);
}
