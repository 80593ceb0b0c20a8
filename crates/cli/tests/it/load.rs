//! Books that are written to by a process that can be killed, and a move of them beside it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use kanuki_ledger::{LedgerEngine, TransferId};

use crate::running::KANUKI;

/// `kanuki ledger move --while-running`, and what it says.
pub(crate) struct Move {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Move {
    pub(crate) fn start(file: &str) -> Self {
        let mut child = Command::new(KANUKI)
            .args(["ledger", "move", "--while-running", "--config", file])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        Self { child, says }
    }

    /// Waits for a line with these words.
    pub(crate) fn hear(&mut self, words: &str) {
        let mut said = String::new();
        while !said.contains(words) {
            assert_ne!(self.says.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
    }

    /// Its exit code, and everything else that it says.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.says.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Few, so that a mover keeps up with them.
pub(crate) const CALLERS: usize = 2;

/// What callers were told: how often, and what each of them last.
#[derive(Default)]
struct Heard {
    answers: AtomicU64,
    last: [AtomicU64; CALLERS],
}

/// A process that serves the books of one company to callers who never rest.
pub(crate) struct Load {
    child: Child,
    heard: Arc<Heard>,
    ear: JoinHandle<()>,
}

impl Load {
    pub(crate) fn start(folder: &Path, answered: [u64; CALLERS]) -> Self {
        let before = answered.map(|n| n.to_string()).join(",");
        let mut child = Command::new(KANUKI)
            .args(["ledger", "crash-load", "--stretch", "500", "--answered", &before, "--folder"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        let heard = Arc::new(Heard { last: answered.map(AtomicU64::new), ..Heard::default() });
        let ear = Arc::clone(&heard);
        let ear = std::thread::spawn(move || {
            for line in says.lines().map_while(Result::ok) {
                let Some((caller, n)) = line.split_once(' ') else { continue };
                let caller: usize = caller.parse().unwrap();
                ear.last[caller - 1].store(n.parse().unwrap(), Ordering::SeqCst);
                ear.answers.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { child, heard, ear }
    }

    /// Waits for `more` answers.
    pub(crate) fn go_on(&self, more: u64) {
        let than = self.heard.answers.load(Ordering::SeqCst) + more;
        while self.heard.answers.load(Ordering::SeqCst) < than {
            assert!(!self.ear.is_finished(), "the company stopped");
            std::thread::yield_now();
        }
    }

    /// Pulls its plug; what each caller was answered last.
    pub(crate) fn kill(mut self) -> [u64; CALLERS] {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.ear.join().unwrap();
        std::array::from_fn(|caller| self.heard.last[caller].load(Ordering::SeqCst))
    }
}

/// Whatever anybody was answered is there.
pub(crate) async fn require_all_of(
    engine: &dyn LedgerEngine,
    answered: [u64; CALLERS],
    now: jiff::Timestamp,
) {
    for (caller, last) in (1_u128..).zip(answered) {
        assert!(last > 0, "caller {caller} was never answered");
        // As the load names its transfers: of what was asked for the nth time, the first.
        let id = |n: u64| TransferId((u128::from(n) << 64) | (caller << 8) | 1);
        let ids: Vec<_> = (1..=last).map(id).collect();
        for some in ids.chunks(8_000) {
            let found = engine.lookup_transfers(some, now).await.unwrap();
            assert!(found.iter().all(Option::is_some), "something of caller {caller} is lost");
        }
    }
}
