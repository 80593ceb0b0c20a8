//! What is remembered, as bytes; and signals as lines.
//!
//! Both say whether they are whole: a snapshot has the SHA-256 of itself in its first line, and a
//! log ends with its last whole line.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{
    Bounds, Signal,
    features::{Features, Kept},
};

/// The first words of a snapshot; another number is another shape.
const HEAD: &str = "kanuki-risk-1";

/// Why what was kept cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Another version wrote it, or it is none.
    #[error(
        "this is no snapshot of this version: start without it, and note the signals of ninety days again"
    )]
    Version,
    /// It was cut or changed.
    #[error("the snapshot is damaged: start without it, and note the signals of ninety days again")]
    Damaged,
    /// It could not be written down.
    #[error("the snapshot could not be written")]
    Unwritable(#[source] serde_json::Error),
    /// A line of a log is none.
    #[error("line {0} of the log is no signal")]
    Line(usize, #[source] serde_json::Error),
}

pub(crate) fn write(features: &Features) -> Result<Vec<u8>, SnapshotError> {
    let body = serde_json::to_vec(&features.keep()).map_err(SnapshotError::Unwritable)?;
    let mut bytes = format!("{HEAD} {}\n", hex(&body)).into_bytes();
    bytes.extend(body);
    Ok(bytes)
}

pub(crate) fn read(bounds: Bounds, bytes: &[u8]) -> Result<Features, SnapshotError> {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let head = parts.next().unwrap_or_default();
    let body = parts.next().unwrap_or_default();
    let digest = std::str::from_utf8(head)
        .ok()
        .and_then(|head| head.strip_prefix(HEAD)?.strip_prefix(' '))
        .ok_or(SnapshotError::Version)?;
    if digest != hex(body) {
        return Err(SnapshotError::Damaged);
    }
    let kept: Kept = serde_json::from_slice(body).map_err(|_| SnapshotError::Damaged)?;
    Ok(Features::from_kept(bounds, kept))
}

/// One signal as a line of a log.
pub fn to_line(signal: &Signal) -> Result<String, SnapshotError> {
    let mut line = serde_json::to_string(signal).map_err(SnapshotError::Unwritable)?;
    line.push('\n');
    Ok(line)
}

/// The signals of a log. A last line without its end was being written when the machine stopped: it
/// was never answered for, and is left out.
pub fn from_lines(text: &str) -> impl Iterator<Item = Result<Signal, SnapshotError>> + '_ {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines = (1_usize..).zip(whole.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| {
        serde_json::from_str(line).map_err(|error| SnapshotError::Line(number, error))
    })
}

fn hex(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
