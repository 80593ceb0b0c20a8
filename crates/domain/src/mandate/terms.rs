//! What a mandate allows: how much, how often, until when, and with whom present.
//!
//! On the lines of the control parameters of UK variable recurring payments, with what they lack: a
//! number of debits, a time zone, a window that rolls (facts: linking, decision 3 and section 4).
//! Terms are compared in one direction only, [`Terms::is_within`], which is careful: what it cannot
//! prove to be narrower counts as wider.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::period::{Alignment, Period, Window, Zone};
use crate::{Yen, limits::DAY_SECS};

/// So many periodic caps fit into one mandate, and onto one page that a person reads.
pub const PERIODIC_MAX: usize = 6;
/// How long a mandate lasts at least and at most, in days.
const VALID_DAYS: std::ops::RangeInclusive<i64> = 1..=366;

/// What a wallet asks for and a holder signs: how much, how often, until when.
///
/// As it crosses the wire: an unknown field is refused. Rows are read with [`stored`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The most that one debit may take.
    pub max_individual: Yen,
    /// The most within periods; one at least.
    pub periodic: Vec<PeriodicCap>,
    /// How many debits in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_debits: Option<NonZeroU32>,
    /// First instant at which it may debit.
    pub valid_from: Timestamp,
    /// Last instant at which it may debit.
    pub valid_to: Timestamp,
    /// Whether the customer must be there.
    pub interaction: Vec<Interaction>,
}

/// Whether the customer is there when a debit is asked for (UK VRP `PSUInteractionTypes`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Interaction {
    /// They asked for it a moment ago.
    #[default]
    InSession,
    /// A machine asks, by what they agreed to before.
    OffSession,
}

/// The most within one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FlatCap", into = "FlatCap")]
pub struct PeriodicCap {
    /// How long it is.
    pub period: Period,
    /// From where it is counted.
    pub alignment: Alignment,
    /// How much.
    pub amount: Yen,
    /// How many debits.
    pub max_debits: Option<NonZeroU32>,
}

/// [`PeriodicCap`] as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatCap {
    period: Period,
    alignment: AlignmentName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tz: Option<Zone>,
    amount: Yen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_debits: Option<NonZeroU32>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AlignmentName {
    Rolling,
    Consent,
    Calendar,
}

impl TryFrom<FlatCap> for PeriodicCap {
    type Error = &'static str;

    fn try_from(flat: FlatCap) -> Result<Self, Self::Error> {
        let alignment = match (flat.alignment, flat.tz) {
            (AlignmentName::Rolling, None) => Alignment::Rolling,
            (AlignmentName::Consent, Some(zone)) => Alignment::Consent(zone),
            (AlignmentName::Calendar, Some(zone)) => Alignment::Calendar(zone),
            (AlignmentName::Rolling, Some(_)) => return Err("a rolling window has no time zone"),
            (AlignmentName::Consent | AlignmentName::Calendar, None) => {
                return Err("a period with edges needs a time zone");
            }
        };
        let FlatCap { period, amount, max_debits, .. } = flat;
        Ok(Self { period, alignment, amount, max_debits })
    }
}

impl From<PeriodicCap> for FlatCap {
    fn from(cap: PeriodicCap) -> Self {
        let tz = cap.alignment.zone().cloned();
        let alignment = match cap.alignment {
            Alignment::Rolling => AlignmentName::Rolling,
            Alignment::Consent(_) => AlignmentName::Consent,
            Alignment::Calendar(_) => AlignmentName::Calendar,
        };
        let PeriodicCap { period, amount, max_debits, .. } = cap;
        Self { period, alignment, tz, amount, max_debits }
    }
}

impl PeriodicCap {
    /// The most within any window of `period`.
    #[must_use]
    pub const fn rolling(period: Period, amount: Yen) -> Self {
        Self { period, alignment: Alignment::Rolling, amount, max_debits: None }
    }

    /// The most within `period` by the calendar of `zone`.
    #[must_use]
    pub const fn calendar(period: Period, zone: Zone, amount: Yen) -> Self {
        Self { period, alignment: Alignment::Calendar(zone), amount, max_debits: None }
    }

    /// The window that a debit at `now` counts in, under a mandate that begins at `valid_from`.
    #[must_use]
    pub fn window(&self, valid_from: Timestamp, now: Timestamp) -> Window {
        Window::at(self.period, &self.alignment, valid_from, now)
    }

    /// True for two caps over the same periods, whatever their amounts.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.period == other.period && self.alignment == other.alignment
    }

    fn is_within(&self, wider: &Self) -> bool {
        // Taken apart, so that a field that is added is compared here or nothing compiles.
        let Self { period: _, alignment: _, amount, max_debits } = self;
        self.is_like(wider) && *amount <= wider.amount && is_fewer(*max_debits, wider.max_debits)
    }
}

/// `None` is "as many as they like".
fn is_fewer(count: Option<NonZeroU32>, than: Option<NonZeroU32>) -> bool {
    than.is_none_or(|than| count.is_some_and(|count| count <= than))
}

fn fewer(one: Option<NonZeroU32>, other: Option<NonZeroU32>) -> Option<NonZeroU32> {
    [one, other].into_iter().flatten().min()
}

/// Terms that no mandate can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// An amount is zero, or a longer period allows less than a shorter one.
    #[error("amounts must be positive and must not fall from debit to shorter to longer period")]
    Amounts,
    /// No periodic cap, or more than a person reads.
    #[error("there must be one to {PERIODIC_MAX} periodic caps")]
    Count,
    /// Two caps for the same period and alignment.
    #[error("two periodic caps are for the same period")]
    Twice,
    /// More debits in a shorter period than in a longer one, or than in all.
    #[error("numbers of debits must not fall from shorter to longer period to all")]
    Debits,
    /// It ends before it begins, or lasts longer than a year.
    #[error("validity must be between a day and a year")]
    Validity,
    /// None, or one twice.
    #[error("interaction must be in_session, off_session or both, each once")]
    Interaction,
}

impl Terms {
    /// Terms by the two windows that roll: the bank's own shape.
    #[must_use]
    pub fn rolling(
        per_day: Yen,
        per_month: Yen,
        (valid_from, valid_to): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            max_individual: per_day,
            periodic: vec![
                PeriodicCap::rolling(Period::Day, per_day),
                PeriodicCap::rolling(Period::Month, per_month),
            ],
            max_debits: None,
            valid_from,
            valid_to,
            interaction: vec![Interaction::InSession],
        }
    }

    /// Checks what holds for every mandate, whoever asks.
    pub fn validate(&self) -> Result<(), TermsError> {
        if !(1..=PERIODIC_MAX).contains(&self.periodic.len()) {
            return Err(TermsError::Count);
        }
        // The same period in two time zones is one limit that nobody can follow.
        let is_twice = |a: &PeriodicCap, b: &PeriodicCap| {
            a.period == b.period && a.alignment.name() == b.alignment.name()
        };
        if self.any_pair(is_twice) {
            return Err(TermsError::Twice);
        }
        self.check_amounts()?;
        let is_more =
            |a: Option<NonZeroU32>, b: Option<NonZeroU32>| a.zip(b).is_some_and(|(a, b)| a > b);
        if self.any_pair(|a, b| a.period < b.period && is_more(a.max_debits, b.max_debits))
            || self.periodic.iter().any(|cap| is_more(cap.max_debits, self.max_debits))
        {
            return Err(TermsError::Debits);
        }
        let mut interaction = self.interaction.clone();
        interaction.sort_unstable();
        interaction.dedup();
        if interaction.is_empty() || interaction.len() != self.interaction.len() {
            return Err(TermsError::Interaction);
        }
        let seconds = self.valid_to.duration_since(self.valid_from).as_secs();
        let days = |n: i64| n.saturating_mul(DAY_SECS);
        if (days(*VALID_DAYS.start())..=days(*VALID_DAYS.end())).contains(&seconds) {
            Ok(())
        } else {
            Err(TermsError::Validity)
        }
    }

    /// Checks that amounts are positive and do not fall from debit to shorter to longer period.
    pub fn check_amounts(&self) -> Result<(), TermsError> {
        let falls = self.any_pair(|a, b| a.period < b.period && a.amount > b.amount)
            || self.periodic.iter().any(|cap| cap.amount < self.max_individual);
        if self.max_individual.is_zero() || falls {
            return Err(TermsError::Amounts);
        }
        Ok(())
    }

    /// True when it holds for two caps, whichever comes first.
    fn any_pair(&self, holds: impl Fn(&PeriodicCap, &PeriodicCap) -> bool) -> bool {
        self.periodic.iter().enumerate().any(|(n, one)| {
            let rest = self.periodic.iter().skip(n.saturating_add(1));
            rest.into_iter().any(|other| holds(one, other) || holds(other, one))
        })
    }

    /// The same terms with no amount above the given ones; never wider. Periods longer than a month
    /// keep theirs, since the bank's own caps hold beside them.
    #[must_use]
    pub fn narrowed(&self, per_day: Yen, per_month: Yen) -> Self {
        let mut narrowed = self.clone();
        for cap in &mut narrowed.periodic {
            cap.amount = match cap.period {
                Period::Day => cap.amount.min(per_day),
                Period::Week | Period::Fortnight | Period::Month => cap.amount.min(per_month),
                Period::HalfYear | Period::Year => cap.amount,
            };
        }
        let least = narrowed.periodic.iter().map(|cap| cap.amount).min();
        narrowed.max_individual = self.max_individual.min(per_day).min(least.unwrap_or(per_day));
        narrowed
    }

    /// True when whatever these terms allow, `wider` allows too.
    ///
    /// Every cap of `wider` must be here, perhaps lower; more caps are fine. Periods that are
    /// counted from the consent can only be compared where both begin at the same instant: moved
    /// edges could hold one period's amount twice.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        self.valid_from >= wider.valid_from
            && self.valid_to <= wider.valid_to
            && self.allows_no_more_than(wider)
    }

    /// [`Terms::is_within`] as far as amounts, numbers and presence go, whatever the validity.
    #[must_use]
    pub fn allows_no_more_than(&self, wider: &Self) -> bool {
        // Taken apart, so that a field that is added is compared here or nothing compiles: what nobody
        // compares would be wider unseen.
        let Self { max_individual, periodic, max_debits, valid_from, valid_to: _, interaction } =
            self;
        let is_kept = |cap: &PeriodicCap| periodic.iter().any(|own| own.is_within(cap));
        let has_moved = *valid_from != wider.valid_from
            && wider.periodic.iter().any(|cap| matches!(cap.alignment, Alignment::Consent(_)));
        *max_individual <= wider.max_individual
            && is_fewer(*max_debits, wider.max_debits)
            && interaction.iter().all(|how| wider.interaction.contains(how))
            && wider.periodic.iter().all(is_kept)
            && !has_moved
    }

    /// What holds while `next` waits to replace these terms: of both the narrower everywhere, for
    /// as long as `next` is valid.
    ///
    /// Where the periods of a consent would move, they roll meanwhile: a window without edges can
    /// be moved by nobody.
    #[must_use]
    pub fn meanwhile(&self, next: &Self) -> Self {
        let mut periodic = next.periodic.clone();
        for cap in &self.periodic {
            let mut cap = cap.clone();
            if matches!(cap.alignment, Alignment::Consent(_)) && self.valid_from != next.valid_from
            {
                cap.alignment = Alignment::Rolling;
            }
            match periodic.iter_mut().find(|known| known.is_like(&cap)) {
                Some(known) => {
                    known.amount = known.amount.min(cap.amount);
                    known.max_debits = fewer(known.max_debits, cap.max_debits);
                }
                None => periodic.push(cap),
            }
        }
        let both = next.interaction.iter().filter(|how| self.interaction.contains(how));
        // Each field by its name: one that is added must say here what holds while `next` waits.
        Self {
            max_individual: self.max_individual.min(next.max_individual),
            periodic,
            max_debits: fewer(self.max_debits, next.max_debits),
            valid_from: next.valid_from,
            valid_to: next.valid_to,
            interaction: both.copied().collect(),
        }
    }
}

/// How terms are read from rows: also those from before periods had names, which knew a day and a
/// month that roll. For `#[serde(deserialize_with)]`.
pub fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Terms, D::Error> {
    /// Terms of any age. One shape and no choice of two: a row that is read for every request is then
    /// parsed as it comes, and not put aside first to be tried twice.
    #[derive(Deserialize)]
    struct Any {
        max_individual: Yen,
        periodic: Option<Vec<PeriodicCap>>,
        max_debits: Option<NonZeroU32>,
        valid_from: Timestamp,
        valid_to: Timestamp,
        interaction: Option<Vec<Interaction>>,
        max_per_day: Option<Yen>,
        max_per_month: Option<Yen>,
    }
    let any = Any::deserialize(deserializer)?;
    let valid = (any.valid_from, any.valid_to);
    match (any.periodic, any.interaction, any.max_per_day, any.max_per_month) {
        (Some(periodic), Some(interaction), None, None) => Ok(Terms {
            max_individual: any.max_individual,
            periodic,
            max_debits: any.max_debits,
            valid_from: any.valid_from,
            valid_to: any.valid_to,
            interaction,
        }),
        (_, _, Some(day), Some(month)) => {
            Ok(Terms { max_individual: any.max_individual, ..Terms::rolling(day, month, valid) })
        }
        _ => Err(D::Error::custom("terms of no known age")),
    }
}
