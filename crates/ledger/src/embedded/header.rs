//! The fixed parts of the log file, in little-endian bytes.
//!
//! ```text
//! file    magic[8]  version u32  crc u32
//! record  length u32  sequence u64  now seconds i64  now nanoseconds i32
//!         created u32  payload crc u32  header crc u32       then `length` bytes of payload
//! ```
//!
//! The header has its own checksum, because a damaged length would otherwise look like a torn tail
//! and silently cut off every record after it.

use jiff::Timestamp;

use super::codec::Bytes;

/// Bytes before the first record.
pub(super) const FILE_LEN: usize = 16;
/// Bytes before each payload.
pub(super) const RECORD_LEN: usize = 36;

const MAGIC: [u8; 8] = *b"KANUKILG";
/// 2: accounts have a reference and a timestamp, and a refused id is remembered.
const VERSION: u32 = 2;

/// The first bytes of every log.
pub(super) fn file_header() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FILE_LEN);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileHeader {
    /// A log that we can read.
    Ours,
    /// A sound log of another version.
    Version(u32),
    /// Not a log, or damaged.
    Damaged,
}

/// Reads the first bytes of a file.
pub(super) fn parse_file_header(bytes: &[u8; FILE_LEN]) -> FileHeader {
    let mut read = Bytes::new(bytes);
    let (magic, version, crc) = (read.array(), read.u32(), read.u32());
    let sound = bytes.first_chunk::<12>().map(|b| crc32fast::hash(b)) == crc;
    match version {
        Some(version) if sound && magic == Some(MAGIC) => {
            if version == VERSION {
                FileHeader::Ours
            } else {
                FileHeader::Version(version)
            }
        }
        Some(_) | None => FileHeader::Damaged,
    }
}

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    /// Bytes of payload.
    pub(super) length: u32,
    /// 1, 2, 3…
    pub(super) sequence: u64,
    /// The instant at which the batch was taken.
    pub(super) now: Timestamp,
    /// How many events of the batch made something; a replay must find the same.
    pub(super) created: u32,
    /// Checksum of the payload.
    pub(super) payload_crc: u32,
}

impl RecordHeader {
    /// As bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORD_LEN);
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(self.now.as_second().to_le_bytes());
        bytes.extend(self.now.subsec_nanosecond().to_le_bytes());
        bytes.extend(self.created.to_le_bytes());
        bytes.extend(self.payload_crc.to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// From bytes; `None` if they are damaged.
    pub(super) fn parse(bytes: &[u8; RECORD_LEN]) -> Option<Self> {
        let mut read = Bytes::new(bytes);
        let header = Self {
            length: read.u32()?,
            sequence: read.u64()?,
            now: read.timestamp()?,
            created: read.u32()?,
            payload_crc: read.u32()?,
        };
        let crc = bytes.first_chunk::<32>().map(|b| crc32fast::hash(b))?;
        (read.u32() == Some(crc)).then_some(header)
    }
}
