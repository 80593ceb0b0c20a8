//! The pad of a teller machine: four digits, and how often they may be wrong.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use kanuki_domain::bank_account::AccountNumber;
use subtle::ConstantTimeEq as _;

use super::Core;

/// How long a locked card stays locked.
const LOCKED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Counts wrong PINs by account.
///
/// It stops somebody who tries many PINs on one account. It does nothing against one PIN tried on
/// many accounts, which is what happened in 2020, and why a PIN proves nothing here.
#[derive(Debug)]
pub struct PinPad {
    tries_max: Option<u32>,
    wrong: Mutex<BTreeMap<AccountNumber, (u32, Timestamp)>>,
}

impl PinPad {
    /// A pad that locks a card after `tries_max` wrong PINs in a row, or never.
    #[must_use]
    pub const fn new(tries_max: Option<u32>) -> Self {
        Self { tries_max, wrong: Mutex::new(BTreeMap::new()) }
    }

    /// Whether to let the holder of the card go on: the PIN was right and the card is not locked.
    pub fn admit(&self, at: &AccountNumber, is_right: bool, now: Timestamp) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = wrong.get(at).copied().unwrap_or((0, now));
        let is_old = now.duration_since(last) >= LOCKED_FOR;
        let count = if is_old { 0 } else { count };
        if self.tries_max.is_some_and(|max| count >= max) {
            return false;
        }
        if is_right {
            wrong.remove(at);
        } else {
            wrong.insert(at.clone(), (count.saturating_add(1), now));
        }
        is_right
    }
}

impl Core {
    /// What a teller machine asks: is this the PIN of this card, and, if asked, the birth date?
    ///
    /// An unknown or closed account answers like a wrong PIN. Kanuki itself never asks this.
    pub fn check_pin(&self, at: &AccountNumber, pin: &str, born_on: Option<Date>) -> bool {
        let known = self.account(at).filter(|(_, account)| !account.closed);
        let is_right = known.is_some_and(|(customer, account)| {
            let is_pin: bool = account.pin.expose().as_bytes().ct_eq(pin.as_bytes()).into();
            is_pin && born_on.is_none_or(|date| date == *customer.born_on.expose())
        });
        // Unknown numbers are not counted: anyone could fill the memory with them.
        if known.is_none() { false } else { self.pins.admit(at, is_right, self.clock.now()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_card_refuses_the_right_pin_until_a_day_has_passed() {
        let pad = PinPad::new(Some(3));
        let at = AccountNumber::parse("101", "9000001").unwrap();
        let day_one: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();

        assert!((0..3).all(|_| !pad.admit(&at, false, day_one)));

        assert!(!pad.admit(&at, true, day_one));
        assert!(pad.admit(&at, true, day_one + LOCKED_FOR));
    }

    #[test]
    fn a_right_pin_forgives_the_wrong_ones_before_it() {
        let pad = PinPad::new(Some(3));
        let at = AccountNumber::parse("101", "9000001").unwrap();
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();

        for right in [false, false, true, false, false, true] {
            assert_eq!(pad.admit(&at, right, now), right);
        }
    }
}
