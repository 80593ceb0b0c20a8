//! What an honest person knows about their own limits, from the pages that named them.
//!
//! A request beyond them would be turned down for a reason that was told, so nobody makes one.

use jiff::Timestamp;
use kanuki_domain::{Yen, limits, mandate::later};

use crate::{people::Enrolment, policy::Policy, sim::chance::Chance};

/// How somebody means to use their link.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// Until when only the low cap of a new link holds.
    cools_until: Timestamp,
    /// When the last top-up was.
    last_at: Option<Timestamp>,
    /// What was topped up while it cooled.
    used_cooling: Yen,
    /// What was topped up since it cooled, in all.
    used: Yen,
    /// The most that the page allows a day, where that is less than the caps that ship.
    day_max: Option<Yen>,
}

/// What a person keeps to within thirty days: well below the cap.
const MONTH_MAX: Yen = Yen::of(250_000);

impl Budget {
    /// Of a link that can be used from `at` on.
    pub(super) fn of(policy: Policy, enrolment: Enrolment, at: Timestamp) -> Self {
        let cools_secs = match (policy, enrolment) {
            (Policy::Y2020 | Policy::Y2020After, _) => 0,
            (Policy::Default, Enrolment::Branch) => limits::COOLING.passkey_secs,
            (Policy::Default, Enrolment::Call | Enrolment::Atm) => limits::COOLING.code_secs,
        };
        Self {
            cools_until: later(at, cools_secs),
            last_at: None,
            used_cooling: Yen::ZERO,
            used: Yen::ZERO,
            day_max: None,
        }
    }

    /// A page said that no more than this is possible a day; nothing, if that is over.
    pub(super) const fn keep_to(&mut self, day_max: Option<Yen>) {
        self.day_max = day_max;
    }

    /// An amount to top up now, if one is possible at all; at most one a day.
    pub(super) fn choose(&self, now: Timestamp, chance: &mut Chance) -> Option<Yen> {
        let rested = self.last_at.is_none_or(|last| now >= later(last, limits::DAY_SECS));
        let thousands = |low, high, chance: &mut Chance| {
            Yen::new(chance.between(low, high).saturating_mul(1_000)).unwrap_or(Yen::ZERO)
        };
        if now < self.cools_until {
            let left = limits::COOLING_LINK.minus_or_zero(self.used_cooling);
            let amount = thousands(3, 6, chance).min(left);
            return (!amount.is_zero()).then_some(amount);
        }
        let wanted =
            if chance.happens(150) { thousands(20, 45, chance) } else { thousands(5, 15, chance) };
        let wanted = self.day_max.map_or(wanted, |most| wanted.min(most));
        let left = MONTH_MAX.minus_or_zero(self.used);
        (rested && wanted <= left).then_some(wanted)
    }

    /// True once the link has cooled and, as the page says, takes payouts.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        now >= later(self.cools_until, limits::NEW_PAYOUT_WAIT_SECS)
    }

    /// Notes that `amount` was topped up.
    pub(super) fn note(&mut self, now: Timestamp, amount: Yen) {
        self.last_at = Some(now);
        let sum = if now < self.cools_until { &mut self.used_cooling } else { &mut self.used };
        *sum = sum.plus(amount).unwrap_or(Yen::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asks_for_more_than_the_pages_allow() {
        let start = Timestamp::UNIX_EPOCH;
        let mut chance = Chance::of(1, "budget");
        let mut budget = Budget::of(Policy::Default, Enrolment::Branch, start);
        let mut first_day = Yen::ZERO;
        for hour in 0..23 {
            let now = later(start, hour * 3_600);
            if let Some(amount) = budget.choose(now, &mut chance) {
                budget.note(now, amount);
                first_day = first_day.plus(amount).unwrap();
            }
        }

        assert_eq!(first_day, limits::COOLING_LINK);
        let later_on = later(start, 3 * 86_400);
        let amount = budget.choose(later_on, &mut chance).unwrap();
        assert!(amount <= limits::BANK_PER_DAY);
        budget.note(later_on, amount);
        assert_eq!(budget.choose(later(later_on, 3_600), &mut chance), None);
    }
}
