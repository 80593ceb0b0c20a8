//! A process under load is killed, again and again; what it answered is there, once.
//!
//! Twenty times in every run of the tests; `KANUKI_KILLS=1000` in front of the command for a thousand.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use kanuki_ledger::{
    AccountFlags, AccountId, CreateTransferResult as R, EmbeddedEngine, Filter, LedgerEngine,
    TransferId, embedded::Settings, verify::verify,
};

use crate::support::{account, after, posted};

/// So few rows in memory that index and snapshots are written all the time.
const SMALL: Settings = Settings { stretch: 300 };
const CALLERS: u128 = 12;

/// The transfer `n` of a caller; three in a batch.
fn ids(caller: u128, n: u128) -> [u128; 3] {
    [0, 1, 2].map(|k| (((n << 8) | caller) << 2) + k + 1)
}

/// Many callers move ¥1 in batches of three, and say on a line of its own what was answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by another test, as the process that it kills"]
#[expect(clippy::disallowed_methods, reason = "how the test tells the process where to write")]
async fn writes_until_it_is_killed() {
    let [dir, from] = ["KANUKI_TEST_DIR", "KANUKI_TEST_FROM"].map(|n| std::env::var(n).unwrap());
    let from: u128 = from.parse().unwrap();
    let engine = Arc::new(EmbeddedEngine::open_with(Path::new(&dir), SMALL).unwrap().0);
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                for n in from.. {
                    let batch = ids(caller, n).map(|id| posted(id, 1, 2, 1)).to_vec();
                    let results = engine.create_transfers(batch, after(1)).await.unwrap();
                    assert_eq!(results, [R::Created; 3]);
                    let said = format!("answered {caller} {n}\n");
                    std::io::stdout().write_all(said.as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

/// Starts a process, kills it after so many answers, and tells all that it answered.
fn killed_after(dir: &Path, from: u128, answers: usize) -> Vec<(u128, u128)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env("KANUKI_TEST_DIR", dir)
        .env("KANUKI_TEST_FROM", from.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        if let ["answered", caller, n] = words[..]
            && let (Ok(caller), Ok(n)) = (caller.parse(), n.parse())
        {
            said.push((caller, n));
        }
        if said.len() == answers {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    said
}

/// How many transfers the account has, by its pages.
async fn counted(engine: &EmbeddedEngine, id: AccountId) -> u64 {
    let (mut count, mut since) = (0, None);
    loop {
        let filter = Filter { since, ..Filter::oldest(8_000) };
        let page = engine.account_transfers(id, filter, after(2)).await.unwrap();
        let Some(last) = page.last() else {
            return count;
        };
        count += u64::try_from(page.len()).unwrap();
        since = Some(last.transfer.timestamp + jiff::SignedDuration::from_nanos(1));
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by hand")]
async fn killed_under_load_it_loses_nothing_and_doubles_nothing() {
    let kills = std::env::var("KANUKI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let dir = tempfile::tempdir().unwrap();
    let (mut from, mut answered) = (1_u128, 0_u64);
    for round in 0..kills {
        // Sometimes at once, sometimes amid the tenth snapshot.
        let said = killed_after(dir.path(), from, 1 + (round * 71) % 460);
        from = said.iter().map(|(_, n)| n + 2).max().unwrap_or(from);
        let (engine, opened) = EmbeddedEngine::open_with(dir.path(), SMALL).unwrap();
        assert_eq!(opened.mended, Vec::<String>::new(), "round {round}");
        for (caller, n) in &said {
            for id in ids(*caller, *n) {
                let found = engine.find_transfer(TransferId(id), after(2)).await.unwrap();
                assert!(found.is_some(), "round {round}: {id} was answered and is gone");
            }
        }
        answered += 3 * u64::try_from(said.len()).unwrap();
        if round % 20 == 19 || round + 1 == kills {
            let books = engine.find_account(AccountId(2), after(2)).await.unwrap().unwrap();
            let arrived = books.credits_posted.amount();
            assert_eq!(counted(&engine, AccountId(2)).await, arrived, "round {round}");
            assert_eq!(counted(&engine, AccountId(1)).await, arrived, "round {round}");
            assert!(arrived >= answered, "round {round}");
        }
    }
    let report = verify(dir.path());
    assert!(report.ok, "{:?}", report.problems);
}
