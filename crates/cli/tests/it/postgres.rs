//! Both companies' books in PostgreSQL: kept there, moved there, counted there.

use std::{fs, path::Path, time::Duration};

use kanuki_ledger::PostgresEngine;

use crate::{
    load::{CALLERS, Load, Move, require_all_of},
    running::{Running, kanuki},
    server::Server,
};

const COMPANIES: [&str; 4] = ["wallet", "bank-one", "bank-two", "bank-three"];

/// As much of a company's configuration as the commands of `kanuki ledger` read.
fn configuration(folder: &Path, data: &Path, company: &str, url: &str) -> String {
    let file = folder.join(format!("{company}.toml"));
    let (data, schema) = (data.join(company), company.replace('-', "_"));
    let text = format!(
        "[server]\ndata = {data:?}\nport = 1\nname = \"{company}\"\n\
         issuer = \"https://api.example\"\npages = \"https://example\"\n\
         [ledger]\nengine = \"postgres\"\nurl = \"{url}\"\nschema = \"{schema}\"\n"
    );
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn json(args: &[&str]) -> (Option<i32>, serde_json::Value) {
    let ran = kanuki(args);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    (ran.status.code(), serde_json::from_slice(&ran.stdout).unwrap_or(said.into()))
}

/// Asks until the answer is `wanted`, for as long as a lease may take.
async fn until_ready_is(up: &Running, wanted: u16) -> String {
    for _ in 0..20_000 {
        let (status, said) = up.get(0, "/readyz").await;
        if status == wanted {
            return said;
        }
        tokio::task::yield_now().await;
    }
    panic!("/readyz never answers {wanted}");
}

#[tokio::test]
async fn companies_keep_their_books_in_postgres_and_say_when_they_cannot_write_them() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = server.url();
    let mut up = Running::start_with(&data, &["--postgres", &url]);
    for offset in 0..4 {
        assert_eq!(up.get(offset, "/readyz").await.0, 200);
    }

    server.crash();
    let said = until_ready_is(&up, 503).await;
    assert!(said.contains("ledger"), "{said}");
    server.resume();
    until_ready_is(&up, 200).await;

    assert_eq!(up.signal("-TERM"), 0);
    for company in COMPANIES {
        assert!(!data.join(company).join("ledger").exists(), "{company} has books of its own");
        let file = configuration(folder.path(), &data, company, &url);
        let (code, report) = json(&["ledger", "verify", "--config", &file, "--json"]);
        assert_eq!((code, &report["ok"]), (Some(0), &true.into()), "{report}");
        assert!(report["checked"].as_u64().unwrap() > 0, "{report}");
    }
    let refused = kanuki(&["up", "--data", data.to_str().unwrap(), "--wallet-port", "0"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("unsafe"), "{said}");
    // A folder whose books these are not: nothing of them is told as its own.
    fs::write(data.join("wallet/ledger-owner"), "0".repeat(32)).unwrap();
    let file = configuration(folder.path(), &data, "wallet", &url);
    let day = ["--day", "2020-11-25"];
    for command in
        [["verify"].to_vec(), [&["report"], &day[..]].concat(), [&["export"], &day[..]].concat()]
    {
        let args = [&["ledger"], &command[..], &["--config", &file]].concat();
        let refused = kanuki(&args);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && said.contains("unsafe"), "{args:?}: {said}");
    }
}

#[tokio::test]
async fn books_are_moved_once_and_a_move_that_broke_off_is_finished() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = server.url();
    let file = configuration(folder.path(), &data, "wallet", &url);
    let mut up = Running::start(&data);

    let refused = kanuki(&["ledger", "move", "--config", &file]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("stop the company"), "{said}");
    assert_eq!(up.signal("-TERM"), 0);

    for company in COMPANIES {
        let file = configuration(folder.path(), &data, company, &url);
        let moved = kanuki(&["ledger", "move", "--config", &file]);
        assert_eq!(moved.status.code(), Some(0), "{}", String::from_utf8_lossy(&moved.stderr));
        assert!(data.join(company).join("ledger-left/ledger.log").exists());
    }
    // As if the plug had been pulled before the old books got their name, and before the note.
    let [left, old] = ["wallet/ledger-left", "wallet/ledger"].map(|name| data.join(name));
    for note_is_lost in [false, true] {
        fs::rename(&left, &old).unwrap();
        if note_is_lost {
            fs::remove_file(data.join("wallet/ledger-elsewhere")).unwrap();
        }
        let moved = kanuki(&["ledger", "move", "--config", &file]);
        assert_eq!(moved.status.code(), Some(0), "{}", String::from_utf8_lossy(&moved.stderr));
        assert!(left.exists() && !old.exists());
    }
    let again = kanuki(&["ledger", "move", "--config", &file]);
    assert_eq!(again.status.code(), Some(2), "there is nothing left to move");

    let mut up = Running::start_with(&data, &["--postgres", &url]);
    assert_eq!(up.get(0, "/readyz").await.0, 200);
    assert_eq!(up.signal("-TERM"), 0);
    let day = ["ledger", "report", "--config", &file, "--day", "2099-12-31", "--json"];
    let (code, report) = json(&day);
    assert_eq!((code, &report["ok"]), (Some(0), &true.into()), "{report}");
    assert_eq!(report["to_be_safeguarded"], "0");
}

#[tokio::test]
async fn books_are_moved_while_their_companies_serve_and_only_the_last_of_it_waits() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = server.url();
    let mut up = Running::start(&data);
    let mut moves = COMPANIES.map(|company| {
        let file = configuration(folder.path(), &data, company, &url);
        Move::start(&file)
    });

    for one in &mut moves {
        one.hear("Stop the company");
    }
    assert_eq!(up.get(0, "/readyz").await.0, 200, "it goes on with its old books");
    assert!(data.join("wallet/ledger").exists() && !data.join("wallet/ledger-elsewhere").exists());
    // A second move would throw away what the first one has brought.
    let file = configuration(folder.path(), &data, "wallet", &url);
    let (code, said) = json(&["ledger", "move", "--while-running", "--config", &file]);
    assert!(code == Some(2) && said.to_string().contains("being moved already"), "{said}");
    assert_eq!(up.signal("-TERM"), 0);

    for (one, company) in moves.into_iter().zip(COMPANIES) {
        let (code, said) = one.end();
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("compared and counted again, nothing is wrong"), "{said}");
        assert!(data.join(company).join("ledger-left/ledger.log").exists());
        let file = configuration(folder.path(), &data, company, &url);
        let (code, report) = json(&["ledger", "verify", "--config", &file, "--json"]);
        assert_eq!((code, &report["ok"]), (Some(0), &true.into()), "{report}");
    }
    let mut up = Running::start_with(&data, &["--postgres", &url]);
    assert_eq!(up.get(0, "/readyz").await.0, 200);
    assert_eq!(up.signal("-TERM"), 0);
}

/// The mover is killed on its way and when it has caught up, somebody changes what it has brought, and
/// the company's plug is pulled: the old books count until the end, and what was answered is in the new.
#[tokio::test]
async fn move_beside_a_company_that_is_killed_loses_nothing_that_was_answered() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (ledger, note) = (data.join("wallet/ledger"), data.join("wallet/ledger-elsewhere"));
    fs::create_dir_all(&ledger).unwrap();
    let file = configuration(folder.path(), &data, "wallet", &server.url());
    let load = Load::start(&ledger, [0; CALLERS]);
    load.go_on(500);
    for words in ["on their way", "Stop the company"] {
        let mut one = Move::start(&file);
        one.hear(words);
        load.go_on(100);
        one.kill();
        load.go_on(100);
        assert!(ledger.exists() && !note.exists());
    }

    let mut one = Move::start(&file);
    one.hear("Stop the company");
    server.sql(
        "update wallet.account set debits_posted = debits_posted + 1;
         update wallet.transfer set debit_debits_posted = debit_debits_posted + 1",
    );
    let answered = load.kill();
    let (code, said) = one.end();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the old books count"), "{said}");
    assert!(ledger.exists() && !note.exists());

    let load = Load::start(&ledger, answered);
    load.go_on(100);
    let mut one = Move::start(&file);
    one.hear("Stop the company");
    load.go_on(300);
    let answered = load.kill();
    let (code, said) = one.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(note.exists() && !ledger.exists());
    let (code, report) = json(&["ledger", "verify", "--config", &file, "--json"]);
    assert_eq!((code, &report["ok"]), (Some(0), &true.into()), "{report}");
    let engine = PostgresEngine::open(server.config("wallet", "test"), Duration::from_secs(30));
    let engine = engine.await.unwrap();
    require_all_of(&engine, answered, engine.latest().unwrap()).await;
}

#[test]
fn engines_are_measured_in_books_of_their_own() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let (place, url) = (folder.path().to_str().unwrap(), server.url());
    for (engine, url) in [("embedded", place), ("postgres", &url)] {
        let sizes = ["--accounts", "10", "--transfers", "25", "--batch", "10", "--json"];
        let args = [&["ledger", "bench", "--engine", engine, "--url", url], &sizes[..]].concat();
        let (code, measured) = json(&args);

        assert_eq!(code, Some(0), "{measured}");
        for (key, value) in [("accounts", 10), ("transfers", 25), ("batch", 10)] {
            assert_eq!(measured[key], value, "{measured}");
        }
        assert_eq!(measured["engine"], engine);
        for key in ["transfers_per_second", "p50_us", "p99_us", "rss_bytes"] {
            assert!(measured[key].as_u64().unwrap() > 0, "{key}: {measured}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}
