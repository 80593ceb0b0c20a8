//! What is known of each payment when it comes, from the engine, in the order of time.
//!
//! Each payment is noted for its card and its place, and read at once. That it was a fraud is heard
//! of `delay` later, as a signal of its own that is put where it belongs: so nothing is read that
//! was not known then. The first fifteen are the handbook's, number for number; the rest are what a
//! card and a place usually do, which its trees have no way to divide by.

use jiff::{Timestamp, civil::Weekday, tz::TimeZone};

use super::{Export, Payment};
use crate::{
    Bounds, Feature, Key, Kind, Measure, Moment, Signal, Subject,
    features::{Features, Located},
    id::Id,
    model::{
        Leaning,
        number::{double, share},
    },
};

/// How many of them are the handbook's.
pub const HANDBOOKS: usize = 15;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
const MONTH: i64 = 30 * DAY;
/// The card's usual amounts are those of so long ago: whoever has the card since has not made them.
const OLD_FROM: i64 = 14 * DAY;
const OLD_TO: i64 = 90 * DAY;
/// A place's frauds are looked for within this, on top of the delay.
const FRAUDS_WITHIN: i64 = MONTH;

/// The features by name, each with what a reviewer expects of it.
pub const NAMES: [(&str, Leaning); 29] = [
    ("amount", Leaning::Up),
    ("weekend", Leaning::Free),
    ("night", Leaning::Free),
    ("card_count_1d", Leaning::Free),
    ("card_mean_1d", Leaning::Free),
    ("card_count_7d", Leaning::Free),
    ("card_mean_7d", Leaning::Free),
    ("card_count_30d", Leaning::Free),
    ("card_mean_30d", Leaning::Free),
    ("place_count_1d", Leaning::Free),
    ("place_risk_1d", Leaning::Up),
    ("place_count_7d", Leaning::Free),
    ("place_risk_7d", Leaning::Up),
    ("place_count_30d", Leaning::Free),
    ("place_risk_30d", Leaning::Up),
    ("amount_to_card_30d", Leaning::Up),
    ("amount_to_card_90d", Leaning::Up),
    ("amount_to_card_before", Leaning::Up),
    ("card_1d_to_before", Leaning::Free),
    ("card_7d_to_before", Leaning::Free),
    ("card_idle", Leaning::Free),
    ("place_risk_14d", Leaning::Up),
    ("place_risk_21d", Leaning::Up),
    ("place_frauds_7d", Leaning::Free),
    ("place_frauds_21d", Leaning::Free),
    ("place_frauds_before", Leaning::Free),
    ("place_fraud_ago", Leaning::Free),
    ("place_honest_since", Leaning::Down),
    ("place_fraud_mean", Leaning::Free),
];

/// One row, in the order of [`NAMES`]; NaN where something is not known.
pub type Row = [f64; NAMES.len()];

/// Hands each payment of `export` before `until` to `see`, with its features.
pub fn stream(export: &Export, delay: i64, until: i64, mut see: impl FnMut(&Payment, Row)) {
    let ids = |subject, names: &[String]| -> Vec<Id> {
        names.iter().map(|name| Key::of(subject, name.as_str()).id()).collect()
    };
    let bounds = Bounds { keys: 4_000_000, entries: 80_000_000 };
    let mut stream = Stream {
        features: Features::new(bounds),
        cards: ids(Subject::Wallet, &export.cards),
        places: ids(Subject::Merchant, &export.places),
        delay,
    };
    let mut told = export.payments.iter();
    let mut next = told.next();
    for payment in export.payments.iter().take_while(|payment| payment.at < until) {
        // What became known by now.
        while let Some(known) = next.filter(|known| known.at.saturating_add(delay) <= payment.at) {
            if known.is_fraud {
                stream.note(known, Kind::FraudConfirmed);
            }
            next = told.next();
        }
        stream.note(payment, Kind::Payment);
        see(payment, stream.row(payment));
    }
}

struct Stream {
    features: Features,
    cards: Vec<Id>,
    places: Vec<Id>,
    delay: i64,
}

fn at(payment: &Payment) -> Timestamp {
    Timestamp::from_second(payment.at).unwrap_or_default()
}

impl Stream {
    fn keys(&self, payment: &Payment) -> [(Subject, Id); 2] {
        let of = |all: &[Id], one: u32| {
            usize::try_from(one).ok().and_then(|at| all.get(at)).copied().unwrap_or_default()
        };
        let (card, place) = (of(&self.cards, payment.card), of(&self.places, payment.place));
        [(Subject::Wallet, card), (Subject::Merchant, place)]
    }

    fn note(&mut self, payment: &Payment, kind: Kind) {
        let keys = self.keys(payment);
        let amount = kanuki_domain::Yen::new(payment.amount).unwrap_or_default();
        self.features.note(&Signal::new(kind, at(payment), Vec::new()).with_amount(amount), &keys);
    }

    fn row(&self, payment: &Payment) -> Row {
        let keys = self.keys(payment);
        let known = Known {
            located: self.features.locate(Kind::Payment, &keys, &self.features.places(&keys)),
            now: at(payment),
        };
        let amount = double(payment.amount) / 100.0;
        let zoned = known.now.to_zoned(TimeZone::UTC);
        let is_weekend = matches!(zoned.weekday(), Weekday::Saturday | Weekday::Sunday);
        let is_night = zoned.hour() <= 6;
        let mut row = [f64::NAN; NAMES.len()];
        let flag = |is: bool| f64::from(u8::from(is));
        let mut values = vec![amount, flag(is_weekend), flag(is_night)];
        for secs in [DAY, WEEK, MONTH] {
            let spent = known.spent(secs);
            values.extend([double(spent.count), spent.mean().unwrap_or(0.0)]);
        }
        for secs in [DAY, WEEK, MONTH] {
            let (count, frauds) = self.place(&known, secs);
            values.extend([double(count), share(frauds, count).unwrap_or(0.0)]);
        }
        known.of_the_card(payment, amount, &mut values);
        self.of_the_place(&known, &mut values);
        for (place, value) in row.iter_mut().zip(values) {
            *place = value;
        }
        row
    }

    /// Payments at the place, and frauds among them, within `secs` before what is not known yet.
    fn place(&self, known: &Known<'_>, secs: i64) -> (u64, u64) {
        let all = known.at_place(Measure::Count, Kind::Payment, secs.saturating_add(self.delay));
        let young = known.at_place(Measure::Count, Kind::Payment, self.delay);
        let within = secs.saturating_add(self.delay);
        let frauds = known.at_place(Measure::Count, Kind::FraudConfirmed, within);
        (all.saturating_sub(young), frauds)
    }

    fn of_the_place(&self, known: &Known<'_>, values: &mut Vec<f64>) {
        for secs in [2 * WEEK, 3 * WEEK] {
            let (count, frauds) = self.place(known, secs);
            values.push(share(frauds, count).unwrap_or(0.0));
        }
        let frauds = |secs: i64| {
            let within = secs.saturating_add(self.delay);
            known.at_place(Measure::Count, Kind::FraudConfirmed, within)
        };
        let (all, lately) = (frauds(FRAUDS_WITHIN), frauds(3 * WEEK));
        values.extend([double(frauds(WEEK)), double(lately)]);
        values.push(double(all.saturating_sub(lately)));
        if all == 0 {
            values.extend([f64::NAN; 3]);
            return;
        }
        // How long ago the last one was, and how many were honest since.
        let ago = known.at_place(Measure::Idle, Kind::FraudConfirmed, 0);
        let since = i64::try_from(ago).unwrap_or(i64::MAX);
        let since = known.at_place(Measure::Count, Kind::Payment, since);
        let young = known.at_place(Measure::Count, Kind::Payment, self.delay);
        values.extend([double(ago), double(since.saturating_sub(young))]);
        let within = FRAUDS_WITHIN.saturating_add(self.delay);
        let sum = known.at_place(Measure::Sum, Kind::FraudConfirmed, within);
        values.push(share(sum, all).map_or(f64::NAN, |mean| mean / 100.0));
    }
}

/// How often, and how much in hundredths.
#[derive(Clone, Copy, Debug)]
struct Spent {
    count: u64,
    sum: u64,
}

impl Spent {
    fn without(self, other: Self) -> Self {
        let (count, sum) =
            (self.count.saturating_sub(other.count), self.sum.saturating_sub(other.sum));
        Self { count, sum }
    }

    fn mean(self) -> Option<f64> {
        share(self.sum, self.count).map(|mean| mean / 100.0)
    }
}

struct Known<'a> {
    located: Located<'a>,
    now: Timestamp,
}

impl Known<'_> {
    fn read(&self, measure: Measure, kind: Kind, subject: Subject, secs: i64) -> Option<u64> {
        let feature = Feature { measure, kind, subject, window_secs: secs };
        let is_noted = kind == Kind::Payment;
        self.located.read(&feature, Moment { is_noted, ..Moment::at(self.now) })
    }

    fn at_place(&self, measure: Measure, kind: Kind, secs: i64) -> u64 {
        self.read(measure, kind, Subject::Merchant, secs).unwrap_or_default()
    }

    fn spent(&self, secs: i64) -> Spent {
        let read = |measure| self.read(measure, Kind::Payment, Subject::Wallet, secs);
        let (count, sum) = (read(Measure::Count), read(Measure::Sum));
        Spent { count: count.unwrap_or_default(), sum: sum.unwrap_or_default() }
    }

    fn of_the_card(&self, payment: &Payment, amount: f64, values: &mut Vec<f64>) {
        let this = Spent { count: 1, sum: payment.amount };
        let to = |mean: Option<f64>, value: f64| {
            mean.filter(|mean| *mean > 0.0).map_or(f64::NAN, |mean| value / mean)
        };
        let before = self.spent(OLD_TO).without(self.spent(OLD_FROM)).mean();
        values.push(to(self.spent(MONTH).without(this).mean(), amount));
        values.push(to(self.spent(OLD_TO).without(this).mean(), amount));
        values.push(to(before, amount));
        for secs in [DAY, WEEK] {
            values.push(to(before, self.spent(secs).mean().unwrap_or_default()));
        }
        let idle = self.read(Measure::Idle, Kind::Payment, Subject::Wallet, 0);
        values.push(idle.map_or(f64::NAN, double));
    }
}
