//! That one name is not taken for two tokens (RFC 7523 section 3, RFC 9449 section 4.2).

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

/// How long names are kept at least: longer than a token is good.
const TURN_SECS: i64 = 660;
/// The most names of one turn, three megabytes of them: with more, the oldest go earlier.
const NAMES_MAX: usize = 100_000;

/// A name: the digest of what a token is for, who signed it and what they called it.
pub(super) type Name = [u8; 16];

/// The names that this process saw of late, and until when the token under each was good.
///
/// That a token is not used twice is for the store to say, which all nodes share and which outlives
/// them: the second use has the same bytes, and so the same time. Here is kept what no thief can bring
/// about and a careless client does: another token, signed anew, under the same name.
#[derive(Debug, Default)]
pub struct Names {
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    since: i64,
    now: HashMap<Name, i64>,
    before: HashMap<Name, i64>,
}

impl Names {
    /// Whether `name` is new here, or stands for the very token that was good until `until`.
    pub(super) fn stands_for(&self, at: Timestamp, name: Name, until: i64) -> bool {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let at = at.as_second();
        if at.saturating_sub(turns.since) >= TURN_SECS || turns.now.len() >= NAMES_MAX {
            turns.before = mem::take(&mut turns.now);
            turns.since = at;
        }
        let known = turns.now.get(&name).or_else(|| turns.before.get(&name)).copied();
        if known.is_none() {
            turns.now.insert(name, until);
        }
        known.is_none_or(|known| known == until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_name_stands_for_one_token_for_as_long_as_any_token_is_good() {
        let names = Names::default();
        let (ours, other) = ([1; 16], [2; 16]);

        assert!(names.stands_for(at(1_000), ours, 1_060));
        assert!(names.stands_for(at(1_001), ours, 1_060), "the store says that it was used");
        assert!(!names.stands_for(at(1_001), ours, 1_061));
        assert!(names.stands_for(at(1_700), other, 1_760));
        assert!(!names.stands_for(at(1_700), ours, 1_760), "ten minutes and more later");
        assert!(names.stands_for(at(2_400), [3; 16], 2_460));
        assert!(names.stands_for(at(2_400), ours, 2_460), "two turns later it is forgotten");
    }

    #[test]
    fn however_many_names_there_are_so_many_are_kept() {
        let names = Names::default();
        for n in 0..250_000_u32 {
            let mut name = Name::default();
            name[..4].copy_from_slice(&n.to_be_bytes());
            assert!(names.stands_for(at(1_000), name, 1_060));
        }
        let turns = names.turns.lock().unwrap();
        assert!(turns.now.len() <= NAMES_MAX && turns.before.len() <= NAMES_MAX);
    }
}
