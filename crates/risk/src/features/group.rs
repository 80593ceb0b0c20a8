//! Several signals that are counted one after the other, and whose keys are looked for together.

use super::table::{Met, Place};
use crate::{
    Signal, Subject,
    id::{Id, known_ids},
};

/// So many signals are looked at together: what is known of their keys lies in the nearest memory until
/// the last of them was counted.
pub(crate) const TOGETHER: usize = 16;

/// The keys of several signals, one signal after the other, and where each key is.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(super) keys: Vec<(Subject, Id)>,
    pub(super) places: Vec<Place>,
    /// Where the keys of each signal end.
    ends: Vec<usize>,
    /// What happened by each, without its keys.
    met: Vec<Met<'static>>,
}

impl Group {
    /// Those of `signals`, in the place of what was there.
    pub(crate) fn take<'a>(&mut self, signals: impl Iterator<Item = &'a Signal>) {
        self.keys.clear();
        self.ends.clear();
        self.met.clear();
        for signal in signals {
            self.keys.extend(known_ids(signal));
            self.ends.push(self.keys.len());
            self.met.push(Met::of(signal, &[]));
        }
        self.places.clear();
        self.places.resize(self.keys.len(), None);
    }

    /// The keys of the signal with this number.
    pub(crate) fn of(&self, number: usize) -> &[(Subject, Id)] {
        let before = number.checked_sub(1).and_then(|before| self.ends.get(before));
        let (from, to) = (before.copied().unwrap_or(0), self.ends.get(number).copied());
        to.and_then(|to| self.keys.get(from..to)).unwrap_or_default()
    }

    /// What happened by the signal with this number.
    pub(super) fn met(&self, number: usize) -> Met<'_> {
        let met = self.met.get(number).copied().unwrap_or(Met::flood(0));
        Met { with: self.of(number), ..met }
    }

    /// How many signals there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// All keys.
    pub(crate) fn keys(&self) -> &[(Subject, Id)] {
        &self.keys
    }

    /// The keys of each signal and their places, in the order of the signals.
    pub(crate) fn each(&mut self) -> impl Iterator<Item = (&[(Subject, Id)], &mut [Place])> {
        let (mut keys, mut places) = (self.keys.as_slice(), self.places.as_mut_slice());
        let mut begin = 0_usize;
        self.ends.iter().map(move |end| {
            let count = end.saturating_sub(begin);
            begin = *end;
            let (own, rest) = keys.split_at_checked(count).unwrap_or_default();
            keys = rest;
            let at = std::mem::take(&mut places);
            let (at, rest) = at.split_at_mut_checked(count).unwrap_or_default();
            places = rest;
            (own, at)
        })
    }
}
