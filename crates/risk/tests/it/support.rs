//! Signals of invented people.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{Key, Kind, Policy, Signal, Subject};

/// A moment so many milliseconds after a day in November.
pub(crate) fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000_i64 + ms).unwrap()
}

/// A moment so many seconds after it.
pub(crate) fn at(secs: i64) -> Timestamp {
    at_ms(secs * 1_000)
}

/// A signal at `secs`.
pub(crate) fn signal(kind: Kind, secs: i64, keys: &[(Subject, &str)]) -> Signal {
    let keys = keys.iter().map(|(subject, id)| Key::of(*subject, *id)).collect();
    Signal::new(kind, at(secs), keys)
}

/// A debit.
pub(crate) fn debit(secs: i64, amount: u32, keys: &[(Subject, &str)]) -> Signal {
    signal(Kind::Debit, secs, keys).with_amount(Yen::of(amount))
}

/// A policy with these rules.
pub(crate) fn policy(rules: &str) -> Policy {
    let text = format!("policy \"test\" version \"1\"\nbaseline approve\n{rules}\n");
    Policy::parse(&text).unwrap_or_else(|error| panic!("{}", error.render("test", &text)))
}

/// The same dice in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to `below` − 1.
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}
