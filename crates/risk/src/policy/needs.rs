//! What a policy looks back at: which signals, of whom, and for how long. Whoever keeps signals or counts
//! keeps them for as long as that.

use std::collections::BTreeSet;

use super::{DAY_SECS, Input, Policy};
use crate::{Kind, Measure, Subject};

/// What takes money out of a wallet.
const LEAVING: &[Kind] = &[Kind::Remittance, Kind::Payment, Kind::Payout];

/// What counts must hold for a policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    /// For how long each kind of key is looked back at, in seconds; 0: not at all.
    secs: [i64; Subject::ALL.len()],
    /// The same for each kind of signal apart.
    by_kind: [[i64; Kind::ALL.len()]; Subject::ALL.len()],
    /// Which kinds of signals are looked back at for everyone.
    everyone: [bool; Kind::ALL.len()],
}

impl Needs {
    /// For how long keys of `subject` are looked back at, in seconds.
    pub(crate) fn secs_of(&self, subject: Subject) -> i64 {
        self.secs.get(subject.index()).copied().unwrap_or_default()
    }

    /// For how long signals of each kind are looked back at for keys of `subject`, in seconds.
    pub(crate) fn secs_by_kind(&self, subject: Subject) -> [i64; Kind::ALL.len()] {
        self.by_kind.get(subject.index()).copied().unwrap_or_default()
    }

    /// What counts must hold for both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let both = self.by_kind.iter_mut().flatten().zip(other.by_kind.into_iter().flatten());
        for (secs, more) in self.secs.iter_mut().zip(other.secs).chain(both) {
            *secs = more.max(*secs);
        }
        for (is, also) in self.everyone.iter_mut().zip(other.everyone) {
            *is |= also;
        }
        self
    }

    /// Whether a signal of `kind` is counted for everyone, though it does not say so. Of failures the
    /// company says which do: one network alone must not count as everybody's.
    pub(crate) fn counts_for_everyone(&self, kind: Kind) -> bool {
        kind != Kind::Failed && self.everyone.get(kind.index()).copied().unwrap_or_default()
    }

    /// Whether a rule for signals of `kind` may look at everyone, though the signal does not say so.
    pub(crate) fn sees_everyone(&self, kind: Kind) -> bool {
        kind != Kind::Failed && self.looks_at_everyone()
    }

    /// Whether any rule looks at everyone.
    pub(crate) fn looks_at_everyone(&self) -> bool {
        self.everyone.contains(&true)
    }
}

impl Policy {
    /// The kinds of signals whose past its rules look at. What went out within a day is told by the
    /// ledger and kept with the signal.
    #[must_use]
    pub fn counted(&self) -> BTreeSet<Kind> {
        let mut kinds = BTreeSet::new();
        for input in &self.names.slots {
            if let Input::Feature(feature) = input {
                kinds.insert(feature.kind);
            }
            if matches!(input, Input::Drained(_, secs) if *secs != DAY_SECS) {
                kinds.extend(LEAVING);
            }
        }
        kinds
    }

    /// For how long signals of `kind` count by its rules, in seconds; 0: none looks back at them.
    #[must_use]
    pub fn counts_for(&self, kind: Kind) -> i64 {
        let of = |(_, kinds, secs): (Subject, &[Kind], i64)| {
            if kinds.contains(&kind) { secs } else { 0 }
        };
        self.looks_back().map(of).max().unwrap_or_default()
    }

    /// The longest that anything counts by its rules, in seconds.
    #[must_use]
    pub fn longest_window(&self) -> i64 {
        self.looks_back().map(|(_, _, secs)| secs).max().unwrap_or_default()
    }

    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for (subject, kinds, secs) in self.looks_back() {
            if let Some(known) = needs.secs.get_mut(subject.index()) {
                *known = secs.max(*known);
            }
            for kind in kinds {
                let by_kind = needs.by_kind.get_mut(subject.index());
                if let Some(known) = by_kind.and_then(|of| of.get_mut(kind.index())) {
                    *known = secs.max(*known);
                }
            }
            for kind in kinds.iter().filter(|_| subject == Subject::Everyone) {
                if let Some(known) = needs.everyone.get_mut(kind.index()) {
                    *known = true;
                }
            }
        }
        needs
    }

    /// At what its rules look back: by which keys, at which signals, for how many seconds.
    fn looks_back(&self) -> impl Iterator<Item = (Subject, &[Kind], i64)> {
        self.names.slots.iter().filter_map(|input| match input {
            Input::Feature(feature) => {
                let secs = match feature.measure {
                    Measure::RatioOfCount { over_secs } | Measure::RatioOfSum { over_secs } => {
                        over_secs
                    }
                    Measure::Count
                    | Measure::Sum
                    | Measure::Distinct(_)
                    | Measure::Age
                    | Measure::Idle => feature.window_secs,
                };
                Some((feature.subject, std::slice::from_ref(&feature.kind), secs))
            }
            Input::Drained(subject, secs) => Some((*subject, LEAVING, *secs)),
            Input::Amount
            | Input::Balance
            | Input::LinkAge
            | Input::WalletAge
            | Input::NewDevice
            | Input::NewPlace
            | Input::NewPayee
            | Input::DayBalance
            | Input::Signed
            | Input::Leaked
            | Input::KnownElsewhere
            | Input::TimeOfDay
            | Input::Day(_)
            | Input::InList(..)
            | Input::Score
            | Input::Given(..) => None,
        })
    }
}
