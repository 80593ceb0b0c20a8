//! With whom one key was seen, of all subjects together.
//!
//! Most keys meet a handful of others, and those lie in one list. A key that meets many has one list
//! for each subject ([`Distinct`]), which answers whatever their number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::distinct::Distinct;
use crate::{Subject, signal::Id};

/// So many are looked through one by one.
const FEW_MAX: usize = 32;

#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    at: i64,
    id: Id,
    subject: Subject,
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
            many.see(other.at, other.subject, other.id);
        }
        many
    }
}

impl Others {
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// Makes room for `count` more at once, where there are none yet.
    pub(super) fn expect(&mut self, count: usize) {
        if let Self::Few(few) = self
            && few.is_empty()
        {
            few.reserve_exact(count);
        }
    }

    pub(super) fn see(&mut self, at: i64, subject: Subject, id: Id) {
        let few = match self {
            Self::Few(few) => few,
            Self::Many(many) => return many.see(at, subject, id),
        };
        let is_it = |other: &Other| other.id == id && other.subject == subject;
        if let Some(place) = few.iter().rposition(is_it) {
            if few.get(place).is_some_and(|other| other.at >= at) {
                return;
            }
            few.remove(place);
        }
        let place = few.partition_point(|other| other.at <= at);
        few.insert(place, Other { at, id, subject });
        if few.len() > FEW_MAX {
            *self = Self::Many(Box::new(Many::of(few)));
        }
    }

    /// Forgets who was not seen after `floor`.
    pub(super) fn forget(&mut self, floor: i64) {
        match self {
            Self::Few(few) => {
                let gone = few.partition_point(|other| other.at <= floor);
                if gone > 0 {
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
                let recent = few.iter().rev().take_while(|other| other.at > after);
                let count = recent.filter(|other| other.subject == subject).count();
                u64::try_from(count).unwrap_or(u64::MAX)
            }
            Self::Many(many) => {
                let known = many.0.iter().find(|known| known.subject == subject);
                known.map_or(0, |known| known.count(after))
            }
        }
    }

    /// Something of the place in memory where they lie.
    pub(super) fn touch(&self) -> i64 {
        match self {
            Self::Few(few) => few.first().map_or(0, |other| other.at),
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
            few.extend(known.one_by_one()?.map(|(at, id)| Other { at, id, subject }));
            Some(few)
        });
        match few {
            Some(mut few) if few.len() <= FEW_MAX => {
                few.sort_by_key(|other| other.at);
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
