//! A running `kanuki up` with ports and a folder of its own.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

pub(crate) const KANUKI: &str = env!("CARGO_BIN_EXE_kanuki");

pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
}

/// Tests of one process run beside each other: each gets ports that no other will look at.
static STARTED: AtomicU16 = AtomicU16::new(0);

/// The first of four free ports in a row.
pub(crate) fn free_ports() -> u16 {
    let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let range = 14_000 + STARTED.fetch_add(1, Ordering::SeqCst) * 400;
    let start = range + u16::try_from(std::process::id() % 90).unwrap() * 4;
    (start..).step_by(4).find(|port| (*port..port + 4).all(free)).unwrap()
}

impl Running {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub(crate) fn start_with(data: &Path, more: &[&str]) -> Self {
        let port = free_ports();
        let mut child = Command::new(KANUKI)
            .arg("up")
            .args(["--data", data.to_str().unwrap()])
            .args(["--wallet-port", &port.to_string()])
            .args(["--bank-port", &(port + 1).to_string()])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let expected = format!(
            "ready wallet=http://localhost:{port} bank=http://localhost:{},http://localhost:{},http://localhost:{}",
            port + 1,
            port + 2,
            port + 3
        );
        assert_eq!(first, expected);
        Self { child, port }
    }

    pub(crate) fn signal(&mut self, signal: &str) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    pub(crate) async fn get(&self, offset: u16, path: &str) -> (u16, String) {
        let url = format!("http://localhost:{}{path}", self.port + offset);
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One company's server from its configuration file.
pub(crate) struct Server(Child);

impl Server {
    /// Starts `kanuki bank` or `kanuki wallet`; what it logs goes to `log`.
    pub(crate) fn start(kind: &str, config: &Path, (port, log): (u16, &Path)) -> Self {
        let log_file = File::options().create(true).append(true).open(log).unwrap();
        let mut child = Command::new(KANUKI)
            .args([kind, "--config", config.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .unwrap();
        let mut first = String::new();
        let _read = BufReader::new(child.stdout.take().unwrap()).read_line(&mut first);
        let server = Self(child);
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert_eq!(first.trim(), format!("ready port={port}"), "{kind}: {}", said());
        server
    }

    /// As its operator does; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Server {
    /// Without a word, as when the plug is pulled.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn kanuki(args: &[&str]) -> Output {
    Command::new(KANUKI).args(args).output().unwrap()
}
