//! Payments made to the Fraud Detection Handbook's public description (chapter 3, section 2), by
//! dice of our own: no line and no number is theirs.
//!
//! Customers and terminals lie on a plane of 100 × 100; a customer pays at terminals within 5, as
//! often and as much as their profile says. Three things go wrong: every amount above 220 is a
//! fraud; two terminals a day are taken over for 28 days; and three cards a day, whose owners see a
//! third of the payments of 14 days multiplied by five.

use std::fmt::Write as _;

use jiff::{Timestamp, civil::Date};

use super::{Export, Map, Payment};
use crate::model::number::{double, floor, many};

/// How large a world is made. The handbook's own is [`World::HANDBOOK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// How many customers.
    pub customers: u32,
    /// How many terminals.
    pub terminals: u32,
    /// For how many days, from the 1st of April 2018.
    pub days: u16,
    /// How many terminals are taken over a day.
    pub terminals_a_day: u32,
    /// How many cards are taken over a day.
    pub cards_a_day: u32,
}

impl World {
    /// As it is described: half a year.
    pub const HANDBOOK: Self =
        Self { customers: 5_000, terminals: 10_000, days: 183, terminals_a_day: 2, cards_a_day: 3 };
}

const DAY_SECS: u32 = 86_400;
const RADIUS: f64 = 5.0;
const TERMINAL_DAYS: u16 = 28;
const CARD_DAYS: u16 = 14;
/// In hundredths.
const TOO_MUCH: u64 = 22_000;

struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to 1, without 1.
    fn unit(&mut self) -> f64 {
        double(self.bits() >> 11) / 9_007_199_254_740_992.0
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        (most - least).mul_add(self.unit(), least)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(floor(self.unit() * many(count))).unwrap_or_default()
    }

    /// Box and Muller.
    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let far = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let round = (std::f64::consts::TAU * self.unit()).cos();
        (deviation * far).mul_add(round, mean)
    }

    /// Knuth: fine for means as small as these.
    fn poisson(&mut self, mean: f64) -> u32 {
        let floor = (-mean).exp();
        let mut left = self.unit();
        let mut count = 0_u32;
        while left > floor {
            left *= self.unit();
            count = count.saturating_add(1);
        }
        count
    }

    /// So many different ones of `count`.
    fn sample(&mut self, count: usize, wanted: usize) -> Vec<usize> {
        let mut some: Vec<usize> = Vec::new();
        while some.len() < wanted.min(count) {
            let one = self.below(count);
            if !some.contains(&one) {
                some.push(one);
            }
        }
        some
    }
}

struct Customer {
    mean: f64,
    a_day: f64,
    near: Vec<u32>,
}

/// The payments of a world, in the order of time.
#[must_use]
pub fn generate(world: &World, seed: u64) -> Export {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut place = || (dice.between(0.0, 100.0), dice.between(0.0, 100.0));
    let terminals: Vec<(f64, f64)> = (0..world.terminals).map(|_| place()).collect();
    let customers: Vec<Customer> = (0..world.customers)
        .map(|_| {
            let at = (dice.between(0.0, 100.0), dice.between(0.0, 100.0));
            let is_near = |there: &(f64, f64)| (at.0 - there.0).hypot(at.1 - there.1) < RADIUS;
            let numbered = (0_u32..).zip(&terminals);
            let near = numbered.filter(|(_, there)| is_near(there)).map(|(n, _)| n).collect();
            Customer { mean: dice.between(5.0, 100.0), a_day: dice.between(0.0, 4.0), near }
        })
        .collect();
    let mut payments = Vec::new();
    for (card, customer) in (0_u32..).zip(&customers) {
        for day in 0..world.days {
            pay(&mut dice, card, customer, day, &mut payments);
        }
    }
    payments.sort_by_key(|payment| payment.at);
    go_wrong(&mut dice, world, &mut payments);
    Export {
        payments,
        cards: (0..world.customers).map(|n| n.to_string()).collect(),
        places: (0..world.terminals).map(|n| n.to_string()).collect(),
    }
}

/// The first second of the world.
fn begin() -> i64 {
    Date::constant(2018, 4, 1)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |zoned| zoned.timestamp().as_second())
}

fn pay(dice: &mut Dice, card: u32, customer: &Customer, day: u16, payments: &mut Vec<Payment>) {
    for _ in 0..dice.poisson(customer.a_day) {
        let second = dice.normal(f64::from(DAY_SECS) / 2.0, 20_000.0);
        if !(second > 0.0 && second < f64::from(DAY_SECS)) || customer.near.is_empty() {
            continue;
        }
        let mut amount = dice.normal(customer.mean, customer.mean / 2.0);
        if amount < 0.0 {
            amount = dice.between(0.0, customer.mean * 2.0);
        }
        let nearest = dice.below(customer.near.len());
        let place = customer.near.get(nearest).copied().unwrap_or_default();
        let seconds = u64::from(day).saturating_mul(u64::from(DAY_SECS));
        let seconds = i64::try_from(seconds.saturating_add(floor(second))).unwrap_or_default();
        payments.push(Payment {
            at: begin().saturating_add(seconds),
            amount: floor(amount.mul_add(100.0, 0.5)),
            card,
            place,
            is_fraud: false,
        });
    }
}

fn day_of(payment: &Payment) -> u16 {
    let seconds = payment.at.saturating_sub(begin());
    u16::try_from(seconds.div_euclid(i64::from(DAY_SECS))).unwrap_or(u16::MAX)
}

fn go_wrong(dice: &mut Dice, world: &World, payments: &mut [Payment]) {
    for payment in payments.iter_mut() {
        payment.is_fraud = payment.amount > TOO_MUCH;
    }
    let size = |count: u32| usize::try_from(count).unwrap_or_default();
    // Who is taken over, from which day.
    let mut taken = |of: u32, a_day: u32| -> Vec<Vec<u16>> {
        let mut days = vec![Vec::new(); size(of)];
        for day in 0..world.days {
            for one in dice.sample(size(of), size(a_day)) {
                if let Some(days) = days.get_mut(one) {
                    days.push(day);
                }
            }
        }
        days
    };
    let terminals = taken(world.terminals, world.terminals_a_day);
    let cards = taken(world.customers, world.cards_a_day);
    for payment in payments.iter_mut() {
        let day = day_of(payment);
        let since = |from: &u16, days: u16| *from <= day && day < from.saturating_add(days);
        let at = |of: &[Vec<u16>], one: u32| of.get(size(one)).cloned().unwrap_or_default();
        if at(&terminals, payment.place).iter().any(|from| since(from, TERMINAL_DAYS)) {
            payment.is_fraud = true;
        }
        for _ in at(&cards, payment.card).iter().filter(|from| since(from, CARD_DAYS)) {
            if dice.below(3) == 0 {
                payment.amount = payment.amount.saturating_mul(5);
                payment.is_fraud = true;
            }
        }
    }
}

impl Export {
    /// As CSV, under the handbook's names.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let head = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD\n";
        let mut text = head.to_owned();
        for (number, payment) in self.payments.iter().enumerate() {
            let at = Timestamp::from_second(payment.at).unwrap_or_default();
            let at = at.strftime("%Y-%m-%d %H:%M:%S");
            let (whole, rest) = (payment.amount.div_euclid(100), payment.amount.rem_euclid(100));
            let (card, place) = (payment.card, payment.place);
            let label = u8::from(payment.is_fraud);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{number},{at},{card},{place},{whole}.{rest:02},{label}");
        }
        text
    }
}

impl Map {
    /// For what [`Export::to_csv`] writes, and for the handbook's own data.
    #[must_use]
    pub fn handbook() -> Self {
        Self {
            id: Some("TRANSACTION_ID".to_owned()),
            time: "TX_DATETIME".to_owned(),
            amount: "TX_AMOUNT".to_owned(),
            card: "CUSTOMER_ID".to_owned(),
            counterparty: "TERMINAL_ID".to_owned(),
            label: Some("TX_FRAUD".to_owned()),
        }
    }
}
