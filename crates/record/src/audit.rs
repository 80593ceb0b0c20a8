//! The append-only log of what moved money or trust, chained by hashes.
//!
//! One sequencer per company: the store numbers entries inside the commit that they belong to.
//! An entry holds ids, amounts and reasons; personal data only as hashes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What happened, before it is numbered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, by the clock of the request.
    pub at: Timestamp,
    /// Who: a customer, holder, staff or partner id, or `system`.
    pub actor: String,
    /// Which act: `mandate.suspended`, `topup.requested`.
    pub act: String,
    /// What it was done to: an id.
    pub subject: String,
    /// Amounts, reasons and other ids.
    pub detail: BTreeMap<String, String>,
}

impl AuditEntry {
    /// An entry without details.
    pub fn new(
        at: Timestamp,
        actor: impl ToString,
        act: &'static str,
        subject: impl ToString,
    ) -> Self {
        Self {
            at,
            actor: actor.to_string(),
            act: act.to_owned(),
            subject: subject.to_string(),
            detail: BTreeMap::new(),
        }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.detail.insert(name.to_owned(), value.to_string());
        self
    }
}

/// An entry in its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// Counts from 1 without gaps.
    pub seq: i64,
    /// The entry as JSON, exactly as hashed.
    pub body: String,
    /// SHA-256 over the previous hash, the number and the body, in hex.
    pub hash: String,
}

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Puts `body` at `seq` after an entry with `previous` as its hash.
#[must_use]
pub fn seal(seq: i64, previous: &str, body: String) -> SealedEntry {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(seq.to_be_bytes());
    hasher.update(body.as_bytes());
    let hash = hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let digit = |d: u8| char::from_digit(u32::from(d), 16).unwrap_or('0');
        hex.push(digit(byte >> 4));
        hex.push(digit(byte & 15));
        hex
    });
    SealedEntry { seq, body, hash }
}

/// A checker that walks the chain entry by entry.
#[derive(Debug)]
pub struct ChainWalk {
    last_seq: i64,
    last_hash: String,
}

impl Default for ChainWalk {
    fn default() -> Self {
        Self { last_seq: 0, last_hash: GENESIS.to_owned() }
    }
}

impl ChainWalk {
    /// Checks the next entry; the error says what is wrong with it.
    pub fn step(&mut self, entry: &SealedEntry) -> Result<(), String> {
        let expected = self.last_seq.saturating_add(1);
        if entry.seq != expected {
            return Err(format!("entry {expected} is missing: found {} instead", entry.seq));
        }
        if serde_json::from_str::<AuditEntry>(&entry.body).is_err() {
            return Err(format!("entry {expected} is not readable"));
        }
        let again = seal(entry.seq, &self.last_hash, entry.body.clone());
        if again.hash != entry.hash {
            return Err(format!("entry {expected} does not match its hash: it was changed"));
        }
        self.last_seq = entry.seq;
        self.last_hash.clone_from(&entry.hash);
        Ok(())
    }

    /// How many entries were found whole, and the hash of the last.
    #[must_use]
    pub fn head(&self) -> (i64, &str) {
        (self.last_seq, &self.last_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<SealedEntry> {
        let mut previous = GENESIS.to_owned();
        (1..=5)
            .map(|seq| {
                let entry = AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.act", seq);
                let sealed = seal(seq, &previous, serde_json::to_string(&entry).unwrap());
                previous.clone_from(&sealed.hash);
                sealed
            })
            .collect()
    }

    fn walk(entries: &[SealedEntry]) -> Result<(), String> {
        let mut walk = ChainWalk::default();
        entries.iter().try_for_each(|entry| walk.step(entry))
    }

    #[test]
    fn whole_chain_is_accepted() {
        assert_eq!(walk(&chain()), Ok(()));
    }

    #[test]
    fn changed_removed_or_reordered_entries_are_found() {
        let mut changed = chain();
        changed[2].body = changed[2].body.replace("test.act", "test.tca");
        let mut removed = chain();
        removed.remove(1);
        let mut swapped = chain();
        swapped.swap(2, 3);

        assert!(walk(&changed).is_err());
        assert!(walk(&removed).is_err());
        assert!(walk(&swapped).is_err());
    }
}
