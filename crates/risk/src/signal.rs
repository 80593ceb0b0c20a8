//! Facts as they arrive.

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

/// What was attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An enrolment was started for an account.
    EnrolmentStarted,
    /// A code from an ATM, a letter or a branch was typed wrong.
    CodeRefused,
    /// A stop code was typed that is none.
    StopCodeRefused,
    /// A sign-in that was none.
    SignInRefused,
    /// An identity card's answer that was none: no rule counts it, so that it keeps nobody out.
    CardRefused,
    /// A good identity card of somebody else than the holder of the account that was typed.
    CardOfAnother,
    /// A wallet's customer and a holder were not the same person.
    LinkMismatch,
    /// The same, counted for the partner whose customer it was.
    PartnerMismatch,
    /// A wallet's customer and a holder were compared.
    LinkCompared,
    /// Any failure that guessing leaves behind, counted over all of them.
    Failed,
    /// A debit was asked for.
    Debit,
    /// A wallet was opened.
    WalletOpened,
    /// A top-up was asked for.
    Topup,
    /// A remittance, payment or payout was asked for.
    Spending,
}

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
    /// Everything.
    Everyone,
}

impl Key {
    /// Which kind of key, for rules.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Person(_) => "person",
            Self::Wallet(_) => "wallet",
            Self::Device(_) => "device",
            Self::Block(_) => "block",
            Self::Partner(_) => "partner",
            Self::Secret(_) => "secret",
            Self::Everyone => "everyone",
        }
    }

    /// False for a key without a value: a worker has no address.
    pub(crate) const fn is_known(&self) -> bool {
        match self {
            Self::Account(id)
            | Self::Person(id)
            | Self::Wallet(id)
            | Self::Device(id)
            | Self::Block(id)
            | Self::Partner(id)
            | Self::Secret(id) => !id.is_empty(),
            Self::Everyone => true,
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What.
    pub kind: Kind,
    /// When, by the clock of the request.
    pub at: Timestamp,
    /// Whom and what it involves.
    pub keys: Vec<Key>,
    /// How much, where money is involved.
    pub amount: Yen,
    /// What is counted once per value where a rule asks for distinct ones: an account, say.
    pub about: String,
}
