//! A PostgreSQL server of the tests' own, in a temporary directory, on a socket.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use kanuki_ledger::postgres::PostgresConfig;
use tempfile::TempDir;

/// Short, so that taking over takes the tests no time.
pub(crate) const LEASE: Duration = Duration::from_millis(600);

/// Ended, with all it holds, when the last test lets go of it.
#[derive(Debug)]
pub(crate) struct Server {
    folder: TempDir,
    settings: &'static str,
    /// The longest file that it may write, in bytes; 0: any.
    longest: AtomicU64,
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Server {
    /// The one that tests share which do it no harm.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// A new one.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// A new one with settings of its own, as `postgres` takes them.
    pub(crate) fn start_with(settings: &'static str) -> Self {
        Self::make(settings, 0)
    }

    /// A new one that cannot write files longer than `bytes`, as on a disk that is full. Its own log
    /// has files of a mebibyte, which fit.
    pub(crate) fn start_cramped(bytes: u64) -> Self {
        Self::make("", bytes)
    }

    /// From its next start on there is room for everything.
    pub(crate) fn give_room(&self) {
        self.longest.store(0, Ordering::SeqCst);
    }

    fn make(settings: &'static str, longest: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let server = Self { folder, settings, longest: AtomicU64::new(longest) };
        run(server
            .program("initdb")
            .args(["--auth=trust", "--username=kanuki", "--encoding=UTF8", "--no-locale"])
            .args(if longest > 0 { &["--wal-segsize=1"][..] } else { &[] })
            .args(["--no-sync", "--pgdata"])
            .arg(server.data()));
        server.resume();
        server
    }

    /// Starts it (again), as after a crash.
    pub(crate) fn resume(&self) {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c log_checkpoints=off {}",
            self.folder.path().display(),
            self.settings
        );
        let log = self.folder.path().join("log");
        run(self
            .program("pg_ctl")
            .args(["start", "--wait", "--silent", "--pgdata"])
            .arg(self.data())
            .arg("--log")
            .arg(log)
            .arg("--options")
            .arg(options));
    }

    /// Ends it as a crash does: nothing is written any more, the next start recovers.
    pub(crate) fn crash(&self) {
        run(self
            .program("pg_ctl")
            .args(["stop", "--mode=immediate", "--silent", "--pgdata"])
            .arg(self.data()));
    }

    /// A schema that nobody has used.
    pub(crate) fn schema() -> String {
        format!("ledger_{}", SCHEMAS.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) fn config(&self, schema: &str, holder: &str) -> PostgresConfig {
        config(&self.url(), schema, holder)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=kanuki", self.folder.path().display())
    }

    /// Runs statements as somebody who may.
    pub(crate) fn sql(&self, statements: &str) {
        let mut psql = self.program("psql");
        psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--username=kanuki"]);
        psql.arg("--host").arg(self.folder.path()).args(["--command", statements, "postgres"]);
        run(&mut psql);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of the server's programs, which refuse to run as root.
    fn program(&self, name: &str) -> Command {
        let mut words = Vec::new();
        let longest = self.longest.load(Ordering::SeqCst);
        if longest > 0 {
            words.extend(["prlimit".to_owned(), format!("--fsize={longest}:")]);
        }
        if is_root() {
            let nobody = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
            words.extend(nobody.map(str::to_owned));
        }
        words.push(programs().join(name).to_str().unwrap().to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]).arg(self.data());
        // It may have been stopped by its test already.
        drop(stop.stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

pub(crate) fn config(url: &str, schema: &str, holder: &str) -> PostgresConfig {
    PostgresConfig::new(url, None, schema, holder, None).unwrap().with_lease(LEASE)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// Where Debian keeps the newest server's programs, or wherever the search path says.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .map(|version| Path::new("/usr/lib/postgresql").join(version.to_string()).join("bin"));
    newest.unwrap_or_else(|| {
        let found = Command::new("pg_config").arg("--bindir").output();
        let found = found.expect(
            "PostgreSQL is missing: `apt-get install postgresql`, or run `cargo xtask test`",
        );
        PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
    })
}

fn run(command: &mut Command) {
    // The server inherits what its starter has: no pipe may stay open for it.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}
