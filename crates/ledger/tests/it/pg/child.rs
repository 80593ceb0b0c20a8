//! A writer in a process of its own, so that it can be killed and paused.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

use kanuki_ledger::{CreateTransferResult as R, LedgerEngine, PostgresEngine};

use super::{PATIENCE, server};
use crate::support::{after, posted};

/// Moves ¥1 from 1 to 2 again and again, and says on a line of its own which ids were answered.
/// Says `refused` when it was, and goes on.
#[tokio::test]
#[ignore = "run by other tests, as the process that they kill"]
#[expect(clippy::disallowed_methods, reason = "how the test tells the process where to write")]
async fn writes_until_it_is_killed() {
    let [url, schema] =
        ["KANUKI_TEST_URL", "KANUKI_TEST_SCHEMA"].map(|name| std::env::var(name).unwrap());
    let config = server::config(&url, &schema, "child");
    let engine = PostgresEngine::open(config, PATIENCE).await.unwrap();
    let mut out = std::io::stdout();
    for id in 1_000_u128.. {
        let said = match engine.create_transfers(vec![posted(id, 1, 2, 1)], after(1)).await {
            Ok(results) => {
                assert_eq!(results, [R::Created]);
                format!("answered {id}\n")
            }
            Err(_) => format!("refused {id}\n"),
        };
        if out.write_all(said.as_bytes()).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// The process, and what it says.
#[derive(Debug)]
pub(crate) struct Writer {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Writer {
    pub(crate) fn start(url: &str, schema: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pg::child::writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env("KANUKI_TEST_URL", url)
            .env("KANUKI_TEST_SCHEMA", schema)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        Self { child, says }
    }

    /// The next id of a line that begins with `word`; `None` when it will say no more.
    pub(crate) fn next(&mut self, word: &str) -> Option<u128> {
        loop {
            let mut line = String::new();
            if self.says.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let id = line.rsplit_once(word).and_then(|(_, id)| id.trim().parse().ok());
            if id.is_some() {
                return id;
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A connection that has nothing to do with an engine.
pub(crate) async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Runs statements as somebody who may.
pub(crate) async fn sql(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let carried = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    carried.await.unwrap().unwrap();
}
