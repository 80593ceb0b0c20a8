//! What happened, line by line, as the wire showed it.
//!
//! Two runs of one seed have the same trace. Tokens, signatures, sealed values and bodies never
//! enter it: some of them come from libraries that draw their own randomness.

use std::{cell::RefCell, fmt::Write as _};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::clock::japan;

/// Lines kept in full; what follows only enters the digest.
const LINES_KEPT_MAX: usize = 200_000;

#[derive(Debug, Default)]
struct Written {
    lines: Vec<String>,
    digest: Sha256,
}

/// `bytes` in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The trace of one run.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    written: RefCell<Written>,
}

impl Trace {
    /// Adds `who` did `what` at `at`.
    pub(crate) fn write(&self, at: Timestamp, who: &str, what: &str) {
        let line = format!("{} {who} {what}", japan(at));
        let mut written = self.written.borrow_mut();
        written.digest.update(line.as_bytes());
        written.digest.update(b"\n");
        if written.lines.len() < LINES_KEPT_MAX {
            written.lines.push(line);
        }
    }

    /// SHA-256 over every line so far, in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        let digest = self.written.borrow().digest.clone().finalize();
        hex(&digest)
    }

    /// The lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.written.borrow().lines.clone()
    }
}
