//! A company's books on a TigerBeetle cluster: moved there, reported from there.
//!
//! Needs a server, as the ledger's own tests of it do; without one nothing is shown, and it says so.

use std::{fs, path::Path};

use kanuki_ledger::TigerBeetleEngine;

use crate::{
    cluster::{self, Server},
    load::{CALLERS, Load, Move, require_all_of},
    running::{Running, kanuki},
};

/// As much of a company's configuration as the commands of `kanuki ledger` read.
fn configuration(folder: &Path, data: &Path, ledger: &str) -> String {
    let file = folder.join("wallet.toml");
    let text = format!(
        "[server]\ndata = {:?}\nport = 1\nname = \"wallet\"\n\
         issuer = \"https://api.example\"\npages = \"https://example\"\n{ledger}",
        data.join("wallet")
    );
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn said(args: &[&str]) -> (Option<i32>, String) {
    let ran = kanuki(args);
    let text = [ran.stdout, ran.stderr].concat();
    (ran.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn books_are_moved_to_a_cluster_and_reported_from_there() {
    let Some(binary) = cluster::binary() else {
        eprintln!("NO TIGERBEETLE: moving a company's books to a cluster was not tested.");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut up = Running::start(&data);
    assert_eq!(up.signal("-TERM"), 0);
    let embedded = configuration(folder.path(), &data, "");
    let report = ["ledger", "report", "--config", &embedded, "--day", "2099-12-31", "--json"];
    let export = ["ledger", "export", "--config", &embedded, "--day", "2020-12-31", "--each"];
    let before = [said(&report), said(&export)];
    assert_eq!(before[0].0, Some(0), "{before:?}");

    let server = Server::start(&binary);
    let ledger = format!(
        "[ledger]\nengine = \"tigerbeetle\"\ncluster = \"0\"\naddresses = \"{}\"\n",
        server.address
    );
    let file = configuration(folder.path(), &data, &ledger);
    let (code, text) = said(&["ledger", "move", "--config", &file]);

    assert_eq!(code, Some(0), "{text}");
    assert!(data.join("wallet/ledger-left/ledger.log").exists());
    assert_eq!([said(&report), said(&export)], before);
    let bench = ["ledger", "bench", "--engine", "tigerbeetle", "--url", &server.address];
    let (code, text) = said(&bench);
    assert!(code == Some(2) && text.contains("unsafe"), "{text}");
    fs::write(data.join("wallet/ledger-owner"), "0".repeat(32)).unwrap();
    let (code, text) = said(&["ledger", "report", "--config", &file, "--day", "2099-12-31"]);
    assert!(code == Some(2) && text.contains("unsafe"), "{text}");
    // Another company, which says that the cluster is its own.
    fs::remove_file(data.join("wallet/ledger-owner")).unwrap();
    fs::remove_file(data.join("wallet/ledger-elsewhere")).unwrap();
    fs::rename(data.join("wallet/ledger-left"), data.join("wallet/ledger")).unwrap();
    let (code, text) = said(&["ledger", "move", "--config", &file]);
    assert!(code == Some(2) && text.contains("unsafe"), "{text}");
}

/// The mover is killed and goes on, and the company's plug is pulled: what was answered is on the cluster.
#[tokio::test]
async fn books_are_moved_to_a_cluster_beside_a_company_that_is_killed() {
    let Some(binary) = cluster::binary() else {
        eprintln!("NO TIGERBEETLE: moving books to a cluster under load was not tested.");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (books, note) = (data.join("wallet/ledger"), data.join("wallet/ledger-elsewhere"));
    fs::create_dir_all(&books).unwrap();
    let server = Server::start_as(&binary, &[], &["--cache-grid=128MiB"]);
    let ledger = format!(
        "[ledger]\nengine = \"tigerbeetle\"\ncluster = \"0\"\naddresses = \"{}\"\n",
        server.address
    );
    let file = configuration(folder.path(), &data, &ledger);
    let load = Load::start(&books, [0; CALLERS]);
    load.go_on(500);
    for words in ["on their way", "Stop the company"] {
        let mut one = Move::start(&file);
        one.hear(words);
        load.go_on(100);
        one.kill();
        assert!(books.exists() && !note.exists());
    }

    let mut one = Move::start(&file);
    one.hear("Stop the company");
    load.go_on(300);
    let answered = load.kill();
    let (code, said) = one.end();

    assert_eq!(code, Some(0), "{said}");
    assert!(note.exists() && !books.exists());
    let patience = std::time::Duration::from_mins(1);
    let engine = TigerBeetleEngine::connect(0, &server.address, patience).unwrap();
    require_all_of(&engine, answered, jiff::Timestamp::UNIX_EPOCH).await;
}

#[test]
fn measuring_a_cluster_that_is_not_there_ends_within_seconds_and_says_what_to_look_at() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);

    let (code, text) = said(&["ledger", "bench", "--engine", "tigerbeetle", "--url", &address]);

    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains(&address) && text.contains("may not run"), "{text}");
}
