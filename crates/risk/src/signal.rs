//! Facts as they arrive.

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use crate::{Kind, Subject};

/// The longest name of a key; a longer one is not anybody's.
const ID_BYTES_MAX: usize = 256;
/// The most keys of one signal.
const KEYS_MAX: usize = 16;
/// How far the clock of whoever reports may be ahead, in seconds.
pub(crate) const AHEAD_SECS_MAX: i64 = 300;
/// The longest that anything counts, in seconds: ninety days.
pub const WINDOW_SECS_MAX: i64 = 90 * 86_400;
/// What one signal counts for at most in a sum: no limit is ever as high.
pub(crate) const AMOUNT_MAX: u64 = 1_000_000_000_000;

/// What a count is kept by. Values are ids or blinded, never personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A bank account.
    Account(String),
    /// A person.
    Person(String),
    /// A wallet.
    Wallet(String),
    /// A device.
    Device(String),
    /// A network block.
    Block(String),
    /// A partner.
    Partner(String),
    /// What was typed, blinded: one PIN or code walked over many accounts is one loud number.
    Secret(String),
    /// A network address, blinded.
    Address(String),
    /// A telephone number, blinded.
    Phone(String),
    /// A mail address, blinded.
    Email(String),
    /// The domain of a mail address.
    EmailDomain(String),
    /// A merchant.
    Merchant(String),
    /// Who gets the money.
    Payee(String),
    /// Everything.
    Everyone,
}

impl Key {
    /// Which kind of key.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Account(_) => Subject::Account,
            Self::Person(_) => Subject::Person,
            Self::Wallet(_) => Subject::Wallet,
            Self::Device(_) => Subject::Device,
            Self::Block(_) => Subject::Block,
            Self::Partner(_) => Subject::Partner,
            Self::Secret(_) => Subject::Secret,
            Self::Address(_) => Subject::Address,
            Self::Phone(_) => Subject::Phone,
            Self::Email(_) => Subject::Email,
            Self::EmailDomain(_) => Subject::EmailDomain,
            Self::Merchant(_) => Subject::Merchant,
            Self::Payee(_) => Subject::Payee,
            Self::Everyone => Subject::Everyone,
        }
    }

    /// The key of `subject` with this value.
    #[must_use]
    pub fn of(subject: Subject, id: impl Into<String>) -> Self {
        let id = id.into();
        match subject {
            Subject::Account => Self::Account(id),
            Subject::Person => Self::Person(id),
            Subject::Wallet => Self::Wallet(id),
            Subject::Device => Self::Device(id),
            Subject::Block => Self::Block(id),
            Subject::Partner => Self::Partner(id),
            Subject::Secret => Self::Secret(id),
            Subject::Address => Self::Address(id),
            Subject::Phone => Self::Phone(id),
            Subject::Email => Self::Email(id),
            Subject::EmailDomain => Self::EmailDomain(id),
            Subject::Merchant => Self::Merchant(id),
            Subject::Payee => Self::Payee(id),
            Subject::Everyone => Self::Everyone,
        }
    }

    /// Its value; nothing for everyone.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Account(id)
            | Self::Person(id)
            | Self::Wallet(id)
            | Self::Device(id)
            | Self::Block(id)
            | Self::Partner(id)
            | Self::Secret(id)
            | Self::Address(id)
            | Self::Phone(id)
            | Self::Email(id)
            | Self::EmailDomain(id)
            | Self::Merchant(id)
            | Self::Payee(id) => id,
            Self::Everyone => "",
        }
    }

    /// False for a key without a value: a worker has no address.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self, Self::Everyone) || !self.value().is_empty()
    }
}

/// What is known about an attempt beside whom it involves. What is not known is left out, and then
/// no rule that asks for it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// What is there before the money moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Yen>,
    /// Since when the account is linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_at: Option<Timestamp>,
    /// Since when the wallet is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// The device is another than those that the link knows (PJ-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_device: Option<bool>,
    /// The network is another than the one that the link was made from (PJ-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_place: Option<bool>,
    /// Nothing went from this wallet to this payee before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_payee: Option<bool>,
    /// What left within a day, by the ledger, without this: what was refused left nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_in_a_day: Option<Yen>,
    /// A passkey signed for it, just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<bool>,
    /// Its credentials are on a list of what leaked, and nobody has let it go yet (EU-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaked: Option<bool>,
    /// A partner says that it knows its person from a fraud that it confirmed (CL-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_elsewhere: Option<bool>,
}

impl Facts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Signal {
    /// What.
    pub kind: Kind,
    /// When, by the clock of the request.
    pub at: Timestamp,
    /// Whom and what it involves; of each subject the first is looked at.
    pub keys: Vec<Key>,
    /// How much, where money is involved.
    pub amount: Yen,
    /// What else is known.
    #[serde(skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// A signal as it may have been kept by an earlier version, which wrote down what it was about.
#[derive(Deserialize)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) at: Timestamp,
    pub(crate) keys: Vec<Key>,
    pub(crate) amount: Yen,
    #[serde(default)]
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) facts: Facts,
}

impl From<Kept> for Signal {
    fn from(kept: Kept) -> Self {
        let Kept { kind, at, mut keys, amount, about, facts } = kept;
        if kind == Kind::PartnerMismatch && !about.is_empty() {
            keys.push(Key::Person(about));
        }
        Self { kind, at, keys, amount, facts }
    }
}

/// A signal that nobody can have meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// It has not happened yet.
    #[error("a signal of {0} has not happened yet: set the clock of whoever sent it")]
    Future(Timestamp),
    /// It is older than anything that counts.
    #[error("a signal of {0} is older than ninety days and counts for nothing")]
    Ancient(Timestamp),
    /// More keys than any attempt has.
    #[error("a signal has {0} keys, more than {KEYS_MAX}")]
    TooManyKeys(usize),
    /// A key whose value is nobody's id.
    #[error("the {} of a signal is longer than {ID_BYTES_MAX} bytes or holds control characters", .0.name())]
    Unreadable(Subject),
    /// More yen than there are.
    #[error("a signal is about {0}, more than anybody moves")]
    Absurd(Yen),
}

impl Signal {
    /// Of `kind`, at `at`, about `keys`.
    #[must_use]
    pub fn new(kind: Kind, at: Timestamp, keys: Vec<Key>) -> Self {
        Self { kind, at, keys, amount: Yen::ZERO, facts: Facts::default() }
    }

    /// With so much money.
    #[must_use]
    pub fn with_amount(self, amount: Yen) -> Self {
        Self { amount, ..self }
    }

    /// With what else is known.
    #[must_use]
    pub fn with_facts(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// The first key of `subject` that has a value.
    #[must_use]
    pub fn key(&self, subject: Subject) -> Option<&Key> {
        self.keys.iter().find(|key| key.subject() == subject && key.is_known())
    }

    /// Checks what comes from elsewhere, by the clock at hand.
    pub fn check(&self, now: Timestamp) -> Result<(), SignalError> {
        let age = now.duration_since(self.at).as_secs();
        if age < AHEAD_SECS_MAX.saturating_neg() {
            return Err(SignalError::Future(self.at));
        }
        if age >= WINDOW_SECS_MAX {
            return Err(SignalError::Ancient(self.at));
        }
        if self.amount.amount() > AMOUNT_MAX {
            return Err(SignalError::Absurd(self.amount));
        }
        self.check_keys()
    }

    /// Checks whom it is about: without that, nothing can be decided.
    fn check_keys(&self) -> Result<(), SignalError> {
        if self.keys.len() > KEYS_MAX {
            return Err(SignalError::TooManyKeys(self.keys.len()));
        }
        let is_odd = |key: &&Key| {
            key.value().len() > ID_BYTES_MAX || key.value().chars().any(char::is_control)
        };
        match self.keys.iter().find(is_odd) {
            Some(key) => Err(SignalError::Unreadable(key.subject())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000_i64.saturating_add(secs)).unwrap()
    }

    #[test]
    fn what_was_kept_before_still_counts_for_the_same() {
        let old = r#"{"kind":"partner_mismatch","at":"2026-11-01T00:00:00Z",
            "keys":[{"partner":"wallet"}],"amount":"0","about":"hol_1"}"#;

        let signal: Signal = serde_json::from_str(old).unwrap();

        let keys = [Key::Partner("wallet".to_owned()), Key::Person("hol_1".to_owned())];
        assert_eq!(signal.keys, keys);
        let again = serde_json::to_string(&signal).unwrap();
        assert_eq!(serde_json::from_str::<Signal>(&again).unwrap(), signal);
    }

    #[test]
    fn what_nobody_can_have_meant_is_refused() {
        let now = at(0);
        let with = |keys| Signal::new(Kind::Debit, now, keys);
        let good = with(vec![Key::Account("a".to_owned())]);
        assert_eq!(good.check(now), Ok(()));
        assert_eq!(Signal { at: at(299), ..good.clone() }.check(now), Ok(()));

        let future = Signal { at: at(400), ..good.clone() };
        assert!(matches!(future.check(now), Err(SignalError::Future(_))));
        let ancient = Signal { at: at(-WINDOW_SECS_MAX), ..good.clone() };
        assert!(matches!(ancient.check(now), Err(SignalError::Ancient(_))));
        let absurd = good.with_amount(Yen::MAX);
        assert!(matches!(absurd.check(now), Err(SignalError::Absurd(_))));
        let long = with(vec![Key::Device("x".repeat(257))]);
        assert_eq!(long.check(now), Err(SignalError::Unreadable(Subject::Device)));
        let hostile = with(vec![Key::Block("a\u{0}b".to_owned())]);
        assert_eq!(hostile.check(now), Err(SignalError::Unreadable(Subject::Block)));
        let many = with(vec![Key::Everyone; 17]);
        assert_eq!(many.check(now), Err(SignalError::TooManyKeys(17)));
    }
}
