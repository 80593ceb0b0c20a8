//! A bank's attempts, drawn one after the other: a recording of any length, to see how far and how fast
//! back-tests stream. What it says of rules is about nobody's customers.
//!
//! Honest customers are debited, sign in, link and mistype; a twentieth of them do much. A thief walks with
//! one device over some sixty accounts that are not his; then comes the next one.

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{Event, Facts, Key, Kind, Signal};

/// How long a recording is made, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bank {
    /// How many signals.
    pub events: u64,
    /// How many customers.
    pub customers: u32,
    /// Over how many days.
    pub days: u16,
}

/// The 1st of April 2018, in seconds.
const BEGIN_SECS: i64 = 1_522_540_800;
/// One signal in so many is a thief's.
const THIEF: u64 = 200;
/// In so many signals there is one and the same thief.
const THIEF_WORKS: u64 = 12_800;
const PARTNERS: u64 = 8;
const BLOCKS: u64 = 50_000;
const DAY_US: u64 = 86_400_000_000;

/// `SplitMix64`: whatever is drawn next, and whatever belongs to one number.
struct Dice(u64);

impl Dice {
    const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `count`; by the high bits, so that no division is needed.
    fn below(&mut self, count: u64) -> u64 {
        let wide = u128::from(self.bits()).wrapping_mul(u128::from(count)) >> 64;
        u64::try_from(wide).unwrap_or_default()
    }

    fn is_one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// Its signals, in the order of time, each with whether it was a fraud.
pub fn attempts(bank: Bank, seed: u64) -> impl Iterator<Item = Event> {
    let mut dice = Dice(seed);
    let span_us = u64::from(bank.days).saturating_mul(DAY_US);
    let step_us = span_us.checked_div(bank.events).unwrap_or_default();
    (0..bank.events).map(move |number| {
        let after_us = i64::try_from(number.saturating_mul(step_us)).unwrap_or(i64::MAX);
        let at_us = BEGIN_SECS.saturating_mul(1_000_000).saturating_add(after_us);
        let at = Timestamp::from_microsecond(at_us).unwrap_or(Timestamp::MAX);
        let customers = u64::from(bank.customers).max(1);
        if dice.is_one_in(THIEF) {
            stolen(&mut dice, at, (number.div_euclid(THIEF_WORKS), customers))
        } else {
            honest(&mut dice, at, customers)
        }
    })
}

/// A customer's keys: with their own device and network, or another one.
struct Who {
    customer: u64,
    device: String,
    block: String,
    /// From another device than their own.
    is_new: bool,
}

impl Who {
    /// What belongs to them alone hangs on their number, so that nothing of it is kept.
    fn own(&self) -> Dice {
        Dice(self.customer.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn partner(&self) -> String {
        format!("wallet-{}", self.customer.rem_euclid(PARTNERS))
    }

    fn keys(&self, kind: Kind) -> Vec<Key> {
        let customer = self.customer;
        let (account, person) = (format!("acc{customer}"), format!("per{customer}"));
        let (device, block) = (Key::Device(self.device.clone()), Key::Block(self.block.clone()));
        if matches!(kind, Kind::EnrolmentStarted | Kind::CodeRefused) {
            return vec![Key::Account(account), device, block];
        }
        if matches!(kind, Kind::SignedIn | Kind::ContactChanged) {
            return vec![Key::Person(person), block];
        }
        let wallet = format!("{}|w{customer}", self.partner());
        vec![
            Key::Account(account),
            Key::Person(person),
            Key::Partner(self.partner()),
            Key::Wallet(wallet),
            device,
            block,
        ]
    }

    /// What the bank knows of a debit of theirs.
    fn facts(&self, at: Timestamp, is_signed: bool) -> Facts {
        let linked_ago = i64::try_from(self.own().below(700)).unwrap_or_default();
        let linked_ago = linked_ago.saturating_mul(86_400).saturating_add(60);
        let linked_at = at.as_second().saturating_sub(linked_ago);
        Facts {
            linked_at: Timestamp::from_second(linked_at).ok(),
            new_device: Some(self.is_new),
            signed: Some(is_signed),
            leaked: Some(false),
            known_elsewhere: Some(false),
            ..Facts::default()
        }
    }
}

fn honest(dice: &mut Dice, at: Timestamp, customers: u64) -> Event {
    // A quarter of what happens is of a twentieth of the customers.
    let busy = customers.div_euclid(20).max(1);
    let among = if dice.is_one_in(4) { busy } else { customers };
    let customer = dice.below(among);
    let (is_new, is_away) = (dice.is_one_in(50), dice.is_one_in(10));
    let mut own = Dice(customer);
    let home = own.below(BLOCKS);
    let device = if is_new { format!("dev{}", dice.bits()) } else { format!("dev-of-{customer}") };
    let block = if is_away { dice.below(BLOCKS) } else { home };
    let who = Who { customer, device, block: format!("net{block}"), is_new };
    let kind = match dice.below(100) {
        0..=84 => Kind::Debit,
        85..=92 => Kind::SignedIn,
        93..=95 => Kind::EnrolmentStarted,
        96..=97 => Kind::LinkRequested,
        98 => Kind::CodeRefused,
        _ => Kind::ContactChanged,
    };
    let mut signal = Signal::new(kind, at, who.keys(kind));
    if kind == Kind::Debit {
        let amount = u32::try_from(dice.below(200)).unwrap_or_default();
        let amount = amount.saturating_mul(amount).saturating_add(500);
        let is_signed = who.is_new || dice.is_one_in(20);
        signal = signal.with_amount(Yen::of(amount)).with_facts(who.facts(at, is_signed));
    }
    Event { signal, is_fraud: false }
}

/// A thief who walks over accounts, and takes from some.
fn stolen(dice: &mut Dice, at: Timestamp, (thief, customers): (u64, u64)) -> Event {
    let who = Who {
        customer: dice.below(customers),
        device: format!("dev-of-thief-{thief}"),
        block: format!("net-of-thief-{thief}"),
        is_new: true,
    };
    let kind = match dice.below(4) {
        0 => Kind::Debit,
        1 => Kind::LinkRequested,
        _ => Kind::EnrolmentStarted,
    };
    let mut signal = Signal::new(kind, at, who.keys(kind));
    if kind == Kind::Debit {
        signal = signal.with_amount(Yen::of(30_000)).with_facts(who.facts(at, false));
    }
    Event { signal, is_fraud: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Company, Recording};

    #[test]
    fn what_is_made_is_a_recording_of_a_bank_and_the_same_each_time() {
        let bank = Bank { events: 3_000, customers: 100, days: 30 };
        let all: Vec<Event> = attempts(bank, 1).collect();

        let mut lines = Recording::until(Timestamp::MAX);
        for event in &all {
            assert_eq!(lines.read(&event.to_line().unwrap()).unwrap(), *event);
            assert!(Company::Bank.may_send(&event.signal), "{event:?}");
        }
        assert!(all.iter().eq(&attempts(bank, 1).collect::<Vec<_>>()));
        assert!(all.iter().ne(&attempts(bank, 2).collect::<Vec<_>>()));
        let frauds = all.iter().filter(|event| event.is_fraud).count();
        assert!((5..40).contains(&frauds), "{frauds}");
        let days = all[2_999].signal.at.duration_since(all[0].signal.at).as_hours();
        assert!((715..=720).contains(&days), "{days} hours");
    }
}
