//! Redis servers of a test: on loopback, in a folder of their own, gone when it ends.

use std::{
    io::ErrorKind,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use redis::{Commands as _, Connection, FromRedisValue};
use tempfile::TempDir;

/// How long anything may take on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// One server.
pub(crate) struct Server {
    child: Option<Child>,
    folder: TempDir,
    pub(crate) port: u16,
    bus: u16,
    more: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks again until it holds.
#[expect(clippy::disallowed_methods, reason = "a server of another program is waited for")]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

impl Server {
    /// None, loudly, where there is no `redis-server`.
    pub(crate) fn start(more: &[&str]) -> Option<Self> {
        let more = more.iter().map(ToString::to_string).collect();
        let (port, bus) = (free_port(), free_port());
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self { child: None, folder, port, bus, more };
        server.run().then_some(server)
    }

    /// Starts it, again with what it has in its folder; false where there is none.
    pub(crate) fn run(&mut self) -> bool {
        let port = self.port.to_string();
        let mut server = Command::new("redis-server");
        server.args(["--port", &port, "--bind", "127.0.0.1", "--save", ""]).args(&self.more);
        if self.more.iter().any(|one| one == "--cluster-enabled") {
            server.args(["--cluster-port", &self.bus.to_string()]);
        }
        server.arg("--dir").arg(self.folder.path());
        match server.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => self.child = Some(child),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("NO REDIS: sharing counts was not tested. Install `redis-server`.");
                return false;
            }
            Err(error) => panic!("redis-server: {error}"),
        }
        until("a server that answers", || self.try_connect().is_some());
        true
    }

    fn try_connect(&self) -> Option<Connection> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let mut connection = client.get_connection_with_timeout(Duration::from_secs(1)).ok()?;
        let _: String = redis::cmd("PING").query(&mut connection).ok()?;
        Some(connection)
    }

    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> Option<T> {
        let (first, rest) = words.split_first().unwrap();
        redis::cmd(first).arg(rest).query(&mut self.try_connect()?).ok()
    }

    fn tell(&self, words: &[&str]) {
        let said: Option<String> = self.ask(words);
        assert_eq!(said.as_deref(), Some("OK"), "{words:?}");
    }

    fn says(&self, words: &[&str], line: &str) -> bool {
        self.ask::<String>(words).is_some_and(|said| said.contains(line))
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.says(&["INFO", "replication"], "role:master")
    }

    /// True once it follows a primary and has all that this one has.
    pub(crate) fn is_following(&self) -> bool {
        self.says(&["INFO", "replication"], "master_link_status:up")
    }

    /// As if its machine had gone.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// As if its machine had stopped, or nothing came through to it any more: `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Forgets everything.
    pub(crate) fn flush(&self) {
        let mut connection = self.try_connect().unwrap();
        let _: () = connection.flushall().unwrap();
    }
}

/// Three primaries, and a replica of the one where the keys of a test are.
pub(crate) struct Cluster {
    /// The primary of the keys, and its replica.
    pub(crate) pair: [Server; 2],
    pub(crate) others: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start(key: &str) -> Option<Self> {
        let more = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            // By itself a replica is made to wait for others for five seconds.
            "--repl-diskless-sync-delay",
            "0",
        ];
        let start = || Server::start(&more);
        let mut primaries = vec![start()?, start()?, start()?];
        let replica = start()?;
        let slots = [(0_u16, 5_460_u16), (5_461, 10_922), (10_923, 16_383)];
        for (number, (server, (from, to))) in (1..).zip(primaries.iter().zip(slots)) {
            server.tell(&["CLUSTER", "SET-CONFIG-EPOCH", &number.to_string()]);
            server.tell(&["CLUSTER", "ADDSLOTSRANGE", &from.to_string(), &to.to_string()]);
        }
        let all = || primaries.iter().chain([&replica]);
        for server in all().skip(1) {
            let (port, bus) = (server.port.to_string(), server.bus.to_string());
            primaries[0].tell(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        for server in all() {
            until("a cluster", || {
                server.says(&["CLUSTER", "INFO"], "cluster_state:ok")
                    && server.says(&["CLUSTER", "INFO"], "cluster_known_nodes:4")
            });
        }
        let slot: u16 = replica.ask(&["CLUSTER", "KEYSLOT", key]).unwrap();
        let place = slots.iter().position(|(from, to)| (*from..=*to).contains(&slot)).unwrap();
        let primary = primaries.remove(place);
        let id: String = primary.ask(&["CLUSTER", "MYID"]).unwrap();
        until("a replica", || replica.ask::<String>(&["CLUSTER", "REPLICATE", &id]).is_some());
        until("a replica that follows", || replica.is_following());
        // The others must know of it to agree to it.
        for server in &primaries {
            until("a replica that is known", || {
                server.says(&["CLUSTER", "NODES"], &format!("slave {id}"))
            });
        }
        Some(Self { pair: [primary, replica], others: primaries })
    }

    pub(crate) fn url(&self) -> String {
        let all = self.others.iter().chain(&self.pair);
        let hosts: Vec<String> = all.map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis://{}", hosts.join(","))
    }
}
