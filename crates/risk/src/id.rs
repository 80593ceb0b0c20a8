//! How a key is counted by.

use std::{ops::Deref, sync::LazyLock};

use sha2::{Digest as _, Sha256, block_api::compress256};

use crate::{Key, Signal, Subject};

/// A key as the engine keeps it: what it was cannot be read from it.
pub(crate) type Id = [u64; 2];

/// What SHA-256 begins with (FIPS 180-4, 5.3.3).
const BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const BLOCK: usize = 64;
/// What ends a message: one byte, and its length in eight.
const END: usize = 9;

/// Most signals have no more keys than this.
const FEW: usize = 8;

/// The keys of a signal that have a value, as they are kept.
pub(crate) struct Ids {
    few: [(Subject, Id); FEW],
    count: usize,
    /// All of them, where they are more.
    many: Vec<(Subject, Id)>,
}

impl Deref for Ids {
    type Target = [(Subject, Id)];
    fn deref(&self) -> &[(Subject, Id)] {
        if self.many.is_empty() {
            self.few.get(..self.count).unwrap_or_default()
        } else {
            &self.many
        }
    }
}

pub(crate) fn ids(signal: &Signal) -> Ids {
    let mut ids = Ids { few: [(Subject::Everyone, [0, 0]); FEW], count: 0, many: Vec::new() };
    if signal.keys.len() > FEW {
        ids.many.extend(known_ids(signal));
        return ids;
    }
    for (to, id) in ids.few.iter_mut().zip(known_ids(signal)) {
        *to = id;
        ids.count = ids.count.saturating_add(1);
    }
    ids
}

/// The same, one after the other.
pub(crate) fn known_ids(signal: &Signal) -> impl Iterator<Item = (Subject, Id)> + '_ {
    let known = signal.keys.iter().filter(|key| key.is_known());
    known.map(|key| (key.subject(), key.id()))
}

impl Key {
    /// 128 bits of SHA-256: nobody finds another key that counts as this one.
    pub(crate) fn id(&self) -> Id {
        let (subject, value) = (self.subject(), self.value().as_bytes());
        one_block(subject, value).unwrap_or_else(|| {
            let mut hash = Sha256::new();
            for part in [subject.name().as_bytes(), &[0], value] {
                hash.update(part);
            }
            let digest: [u8; 32] = hash.finalize().into();
            let half =
                |bytes: &[u8]| bytes.first_chunk().map_or(0, |half| u64::from_be_bytes(*half));
            let (first, rest) = digest.split_at(8);
            [half(first), half(rest)]
        })
    }
}

/// The begin of a message about each subject, and how long that is.
static BEGINS: LazyLock<[([u8; BLOCK], usize); Subject::ALL.len()]> = LazyLock::new(|| {
    let mut begins = [([0; BLOCK], 0); Subject::ALL.len()];
    for (subject, (block, length)) in Subject::ALL.iter().zip(&mut begins) {
        let name = subject.name().as_bytes();
        for (to, from) in block.iter_mut().zip(name) {
            *to = *from;
        }
        *length = name.len().saturating_add(1);
    }
    begins
});

/// The same where all of it fits into one block, as it does for ids and keyed hashes: what a general
/// hasher keeps between its parts costs as much as the hash.
fn one_block(subject: Subject, value: &[u8]) -> Option<Id> {
    let (mut block, before) = *BEGINS.get(subject.index())?;
    let length = before.checked_add(value.len())?;
    if length > BLOCK.saturating_sub(END) {
        return None;
    }
    block.get_mut(before..length)?.copy_from_slice(value);
    *block.get_mut(length)? = 0x80;
    let bits = u64::try_from(length).ok()?.checked_mul(8)?;
    *block.last_chunk_mut()? = bits.to_be_bytes();
    let mut state = BEGIN;
    compress256(&mut state, &[block]);
    let [a, b, c, d, ..] = state.map(u64::from);
    Some([a << 32 | b, c << 32 | d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_subjects_never_count_as_one() {
        let device = Key::Device("x".to_owned());
        assert_ne!(device.id(), Key::Block("x".to_owned()).id());
        assert_eq!(device.id(), Key::of(Subject::Device, "x").id());
    }

    #[test]
    fn it_is_the_same_hash_in_one_block_and_in_several() {
        for length in 0..200 {
            for subject in [Subject::Block, Subject::EmailDomain] {
                let value: String = "0123456789abcdef".chars().cycle().take(length).collect();
                let text = [subject.name(), "\0", &value].concat();
                let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
                let half = |at: usize| u64::from_be_bytes(digest[at..at + 8].try_into().unwrap());
                assert_eq!(Key::of(subject, value).id(), [half(0), half(8)], "{length}");
            }
        }
    }
}
