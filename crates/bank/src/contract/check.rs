//! A list is read to its end and refused at the first line that is wrong, before anything is written.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, BufRead, Read},
};

use jiff::civil::Date;
use kanuki_domain::id::ContractId;
use kanuki_formats::{
    directory::Directory,
    register::{Expected, Fault, Head, Kind, Register, RegisterError, Row},
};
use sha2::{Digest as _, Sha256};

use crate::Bank;

/// Where a file's bytes come from, as often as they are needed.
pub trait Source: Send + Sync {
    /// From the first byte.
    fn open(&self) -> io::Result<Box<dyn BufRead + Send + '_>>;
}

impl Source for &[u8] {
    fn open(&self) -> io::Result<Box<dyn BufRead + Send + '_>> {
        Ok(Box::new(*self))
    }
}

/// What whoever brings a list says about it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it holds.
    pub kind: Kind,
    /// The day it is true of, for a layout that does not say.
    pub as_of: Option<Date>,
    /// Branches that are newer than the list of branches.
    pub new_branches: BTreeSet<String>,
}

/// A file that was read to its end and is good.
pub struct Checked {
    /// What it says about itself.
    pub head: Head,
    /// How many contracts.
    pub rows: u64,
    /// SHA-256 in hex.
    pub digest: String,
    /// Upper 96 bits of each contract's name and its line, sorted.
    seen: Vec<u128>,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("head", &self.head).finish_non_exhaustive()
    }
}

const LINE_BITS: u32 = 32;

fn upper(id: ContractId) -> u128 {
    (id.bits() >> LINE_BITS) << LINE_BITS
}

impl Checked {
    pub(super) fn names(&self, id: ContractId) -> bool {
        let from = self.seen.partition_point(|seen| *seen < upper(id));
        self.seen.get(from).is_some_and(|seen| seen >> LINE_BITS == id.bits() >> LINE_BITS)
    }
}

/// Hashes what passes.
struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: BufRead> Read for Hashing<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut from = self.fill_buf()?;
        let count = from.read(to)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            self.hasher.update(bytes.get(..count).unwrap_or_default());
        }
        self.inner.consume(count);
    }
}

/// A list that is being read, its branches checked.
pub(super) struct Reading<'s> {
    register: Register<Hashing<Box<dyn BufRead + Send + 's>>>,
    branches: BTreeSet<String>,
    as_of: Date,
}

impl<'s> Reading<'s> {
    pub(super) fn open(
        bank: &Bank,
        source: &'s dyn Source,
        wanted: &Wanted,
    ) -> Result<Self, RegisterError> {
        let input = source.open().map_err(|error| RegisterError::at(1, error.into()))?;
        let input = Hashing { inner: input, hasher: Sha256::new() };
        let (code, directory) = (bank.config.code, Directory::get());
        let expected = Expected { bank: code, kind: wanted.kind, as_of: wanted.as_of };
        let mut branches: BTreeSet<String> =
            directory.branches(code).into_iter().map(|branch| branch.code).collect();
        if !branches.is_empty() {
            branches.extend(wanted.new_branches.iter().cloned());
        }
        let register = Register::open(input, &expected)?;
        Ok(Self { register, branches, as_of: directory.as_of() })
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, RegisterError> {
        let Some(row) = self.register.next_row()? else { return Ok(None) };
        // A bank that the directory does not list has no branches to compare with.
        if !self.branches.is_empty() && !self.branches.contains(row.account.branch()) {
            return Err(RegisterError::at(row.line, Fault::UnknownBranch(self.as_of)));
        }
        Ok(Some(row))
    }

    pub(super) fn digest(self) -> String {
        let hash = self.register.into_input().hasher.finalize();
        hash.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl Bank {
    /// Reads a list to its end; refuses it at the first line that is wrong.
    pub fn check_register(
        &self,
        source: &dyn Source,
        wanted: &Wanted,
    ) -> Result<Checked, RegisterError> {
        let mut reading = Reading::open(self, source, wanted)?;
        let head = reading.register.head().clone();
        let mut seen = Vec::new();
        while let Some(row) = reading.next_row()? {
            seen.push(upper(self.contract_id(head.kind, &row)) | u128::from(row.line));
        }
        let rows = u64::try_from(seen.len()).unwrap_or(u64::MAX);
        seen.sort_unstable();
        let twins = seen.windows(2).filter_map(|pair| match pair {
            [first, second] if first >> LINE_BITS == second >> LINE_BITS => {
                let line = |bits: &u128| u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0);
                Some((line(second), line(first)))
            }
            _ => None,
        });
        if let Some((line, first)) = twins.min() {
            return Err(RegisterError::at(line, Fault::Duplicate(first)));
        }
        Ok(Checked { head, rows, digest: reading.digest(), seen })
    }
}
