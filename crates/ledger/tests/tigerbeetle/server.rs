//! A TigerBeetle server of our own: one replica on loopback, gone with its folder when dropped.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A running server.
pub(crate) struct Server {
    pub(crate) process: Child,
    /// It ends when the other end of this is closed.
    _out: ChildStdout,
    _folder: tempfile::TempDir,
    pub(crate) address: String,
}

/// The binary that `KANUKI_TIGERBEETLE` names, or the first `tigerbeetle` on the path.
pub(crate) fn binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("KANUKI_TIGERBEETLE") {
        let named = PathBuf::from(named);
        assert!(named.is_file(), "KANUKI_TIGERBEETLE names no file: {}", named.display());
        return Some(named);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("tigerbeetle")).find(|p| p.is_file())
}

impl Server {
    /// An empty cluster 0 for tests, which listens by the time this returns.
    pub(crate) fn start(binary: &Path) -> Self {
        Self::start_as(binary, &["--development"], &["--development", "--cache-grid=128MiB"])
    }

    /// The same, with these arguments for making and for serving it.
    pub(crate) fn start_as(binary: &Path, made: &[&str], served: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("0_0.tigerbeetle");
        let formatted = Command::new(binary)
            .args(["format", "--cluster=0", "--replica=0", "--replica-count=1"])
            .args(made)
            .arg(&file)
            .output()
            .unwrap();
        assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stderr));
        let mut process = Command::new(binary)
            .args(["start", "--addresses=0"])
            .args(served)
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Asked for port 0, it says which one it got.
        let mut out = process.stdout.take().unwrap();
        let mut port = String::new();
        let mut byte = [0];
        while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            port.push(char::from(byte[0]));
        }
        let address = format!("127.0.0.1:{}", port.trim());
        Self { process, _out: out, _folder: folder, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
