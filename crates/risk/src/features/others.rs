//! With whom one key was seen, of all subjects together.
//!
//! Most keys meet a handful of others, and those lie in one list. A key that meets many has one list
//! for each subject ([`Distinct`]), which answers whatever their number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::distinct::Distinct;
use crate::{Subject, id::Id};

/// So many are looked through one by one.
const FEW_MAX: usize = 32;

#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    seen: Sighting,
    id: Id,
}

/// When, in microseconds, and what kind of other it was, in one number: a list of them is looked through
/// with every signal, and a third more would be a third more memory to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting(i64);

/// The lowest bits are the subject.
const SUBJECT_BITS: u32 = 4;
const SUBJECTS: i64 = 1 << SUBJECT_BITS;
const _: () = assert!(Subject::ALL.len() <= 1 << SUBJECT_BITS);

impl Sighting {
    fn new(at: i64, subject: Subject) -> Self {
        // No timestamp is near these limits.
        let at = at.clamp(i64::MIN >> SUBJECT_BITS, i64::MAX >> SUBJECT_BITS);
        Self((at << SUBJECT_BITS) | Self::bits(subject))
    }

    fn bits(subject: Subject) -> i64 {
        i64::try_from(subject.index()).unwrap_or_default()
    }

    const fn at(self) -> i64 {
        self.0 >> SUBJECT_BITS
    }

    fn is_of(self, subject: Subject) -> bool {
        self.0.rem_euclid(SUBJECTS) == Self::bits(subject)
    }

    fn subject(self) -> Option<Subject> {
        let index = usize::try_from(self.0.rem_euclid(SUBJECTS)).ok()?;
        Subject::ALL.get(index).copied()
    }
}

#[derive(Clone, Debug)]
pub(super) enum Others {
    /// By when they were seen last.
    Few(Vec<Other>),
    Many(Box<Many>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Many(Vec<Distinct>);

impl Many {
    fn see(&mut self, at: i64, subject: Subject, id: Id) {
        if let Some(known) = self.0.iter_mut().find(|known| known.subject == subject) {
            return known.see(at, id);
        }
        let mut fresh = Distinct::new(subject);
        fresh.see(at, id);
        self.0.push(fresh);
    }

    fn of(few: &[Other]) -> Self {
        let mut many = Self::default();
        for other in few {
            if let Some(subject) = other.seen.subject() {
                many.see(other.seen.at(), subject, other.id);
            }
        }
        many
    }
}

impl Others {
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// Makes room for the first ones at once.
    pub(super) fn expect(&mut self, count: impl FnOnce() -> usize) {
        if let Self::Few(few) = self
            && few.capacity() == 0
        {
            few.reserve_exact(count());
        }
    }

    pub(super) fn see(&mut self, at: i64, subject: Subject, id: Id) {
        let few = match self {
            Self::Few(few) => few,
            Self::Many(many) => return many.see(at, subject, id),
        };
        let is_it = |other: &Other| other.id == id && other.seen.is_of(subject);
        if let Some(place) = few.iter().rposition(is_it) {
            if few.get(place).is_some_and(|other| other.seen.at() >= at) {
                return;
            }
            few.remove(place);
        }
        if few.len() == few.capacity() {
            // In sizes that others leave: see `entries`.
            let room = few.len().saturating_add(1).next_power_of_two().max(4);
            let mut wider = Vec::with_capacity(room.min(FEW_MAX.saturating_add(1)));
            wider.extend_from_slice(few);
            *few = wider;
        }
        let other = Other { seen: Sighting::new(at, subject), id };
        if few.last().is_none_or(|last| last.seen.at() <= at) {
            few.push(other);
        } else {
            let place = few.partition_point(|other| other.seen.at() <= at);
            few.insert(place, other);
        }
        if few.len() > FEW_MAX {
            *self = Self::Many(Box::new(Many::of(few)));
        }
    }

    /// Forgets who was not seen after `floor`.
    pub(super) fn forget(&mut self, floor: i64) {
        match self {
            Self::Few(few) => {
                if few.first().is_some_and(|first| first.seen.at() <= floor) {
                    let gone = few.partition_point(|other| other.seen.at() <= floor);
                    few.drain(..gone);
                }
            }
            Self::Many(many) => many.0.iter_mut().for_each(|known| known.forget(floor)),
        }
    }

    /// How many of `subject` were seen after `after`: see [`Distinct::count`].
    pub(super) fn count(&self, subject: Subject, after: i64) -> u64 {
        match self {
            Self::Few(few) => {
                let recent = few.iter().rev().take_while(|other| other.seen.at() > after);
                let count = recent.filter(|other| other.seen.is_of(subject)).count();
                u64::try_from(count).unwrap_or(u64::MAX)
            }
            Self::Many(many) => {
                let known = many.0.iter().find(|known| known.subject == subject);
                known.map_or(0, |known| known.count(after))
            }
        }
    }

    /// Something of the lines of the memory's in which they lie: of both ends, because what lies in a row
    /// between them comes by itself.
    pub(super) fn touch(&self) -> i64 {
        match self {
            Self::Few(few) => {
                let ends = few.first().into_iter().chain(few.last());
                ends.fold(0, |all, other| all.wrapping_add(other.seen.0))
            }
            Self::Many(many) => i64::try_from(many.0.len()).unwrap_or_default(),
        }
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.0.iter().map(Distinct::weight).fold(0, usize::saturating_add),
        }
    }

    /// For each subject of which somebody is known, in the subjects' order: the same, whichever way
    /// they were kept here.
    fn by_subject(&self) -> Vec<Distinct> {
        let mut all = match self {
            Self::Few(few) => Many::of(few).0,
            Self::Many(many) => many.0.clone(),
        };
        all.retain(|known| known.weight() > 0);
        all.sort_by_key(|known| known.subject);
        all
    }

    fn from_kept(all: Vec<Distinct>) -> Self {
        let few: Option<Vec<Other>> = all.iter().try_fold(Vec::new(), |mut few, known| {
            let subject = known.subject;
            let seen = |at| Sighting::new(at, subject);
            few.extend(known.one_by_one()?.map(|(at, id)| Other { seen: seen(at), id }));
            Some(few)
        });
        match few {
            Some(mut few) if few.len() <= FEW_MAX => {
                few.sort_by_key(|other| other.seen.at());
                Self::Few(few)
            }
            _ => Self::Many(Box::new(Many(all))),
        }
    }
}

impl Serialize for Others {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.by_subject().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from_kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is kept in one list counts as whoever is kept in many, and goes as they go.
    #[test]
    fn few_and_many_say_the_same() {
        let subjects = [Subject::Device, Subject::Block, Subject::Wallet];
        let (mut others, mut many) = (Others::new(), Many::default());
        let mut drawn = 7_u64;
        for n in 0..400_i64 {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let subject = subjects[usize::try_from(drawn >> 33).unwrap() % 3];
            let id = [drawn >> 60, 0];
            let at = n - i64::try_from(drawn >> 40 & 7).unwrap();
            others.see(at, subject, id);
            many.see(at, subject, id);
            if n % 50 == 49 {
                others.forget(n - 9);
                many.0.iter_mut().for_each(|known| known.forget(n - 9));
            }
            let kept = Others::Many(Box::new(many.clone()));
            for subject in subjects {
                for after in [i64::MIN, n - 20, n - 3] {
                    assert_eq!(others.count(subject, after), kept.count(subject, after));
                }
            }
            let bytes = serde_json::to_vec(&others).unwrap();
            assert_eq!(bytes, serde_json::to_vec(&kept).unwrap());
            let back: Others = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(back.weight(), others.weight());
            assert_eq!(bytes, serde_json::to_vec(&back).unwrap());
        }
    }
}
