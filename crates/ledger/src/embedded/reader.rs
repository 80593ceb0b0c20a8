//! Reading the log from the front, record by record, without changing it.

use std::io::{self, Read};

use super::{
    codec,
    header::{RECORD_LEN, RecordHeader},
    log::Record,
};

/// The most bytes of one payload: a full batch, with room to spare.
const PAYLOAD_MAX: u32 = 2 << 20;

/// What was found at a place in the file.
pub(super) enum Step {
    /// A sound record.
    Record(Record),
    /// The end.
    End,
    /// A record that was being written when everything stopped. Nobody was answered about it.
    Torn,
    /// Bytes that were written and have changed since.
    Damaged,
}

/// Records after the file header.
pub(super) struct Reader<R> {
    file: R,
    /// Where the next record starts.
    pub(super) offset: u64,
    /// The sequence number of the next record.
    pub(super) next: u64,
}

impl<R: Read> Reader<R> {
    /// `file` stands behind its header, at `offset`.
    pub(super) const fn new(file: R, offset: u64) -> Self {
        Self { file, offset, next: 1 }
    }

    /// The next record.
    pub(super) fn step(&mut self) -> io::Result<Step> {
        let mut bytes = [0; RECORD_LEN];
        let got = fill(&mut self.file, &mut bytes)?;
        if got == 0 {
            return Ok(Step::End);
        }
        if got < RECORD_LEN {
            return Ok(Step::Torn);
        }
        let Some(header) = RecordHeader::parse(&bytes).filter(|h| h.length <= PAYLOAD_MAX) else {
            // Some file systems extend a file before they fill it: nothing but zeros up to the
            // end is a record that never arrived.
            let is_blank = bytes.iter().all(|b| *b == 0) && self.is_blank_to_the_end()?;
            return Ok(if is_blank { Step::Torn } else { Step::Damaged });
        };
        let length = usize::try_from(header.length).map_err(io::Error::other)?;
        let mut payload = vec![0; length];
        if fill(&mut self.file, &mut payload)? < length {
            return Ok(Step::Torn);
        }
        let is_sound = crc32fast::hash(&payload) == header.payload_crc;
        match codec::decode(&payload) {
            Some(batch) if is_sound && header.sequence == self.next => {
                let offset = self.offset;
                let whole = u64::try_from(RECORD_LEN.saturating_add(length));
                self.offset = offset.saturating_add(whole.map_err(io::Error::other)?);
                self.next = self.next.saturating_add(1);
                let RecordHeader { sequence, now, created, .. } = header;
                Ok(Step::Record(Record { offset, sequence, now, created, batch }))
            }
            Some(_) | None => Ok(Step::Damaged),
        }
    }

    fn is_blank_to_the_end(&mut self) -> io::Result<bool> {
        let mut block = [0; 4096];
        loop {
            let got = fill(&mut self.file, &mut block)?;
            if block.iter().take(got).any(|b| *b != 0) {
                return Ok(false);
            }
            if got < block.len() {
                return Ok(true);
            }
        }
    }
}

/// Reads until `bytes` is full or the file ends; answers how much there was.
pub(super) fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = bytes.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(n) => got = got.saturating_add(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
