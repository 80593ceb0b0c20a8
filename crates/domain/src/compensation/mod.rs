//! What a company makes good, for whom and how: its compensation policy as data (補償方針).
//!
//! The law asks for one that people who are no customers can read as well (資金移動業者府令29条の2,
//! 31条四; FT-24, FT-25), and the guidelines for five contents at least (FT-26 a to e), who pays the
//! victim before all (FT-27). [`Policy::gaps`] names what is missing; one with gaps is never in force.

mod gap;
mod loosen;
mod shipped;

use serde::{Deserialize, Serialize};

pub use self::{loosen::part, shipped::shipped};
use crate::{
    Yen,
    agreement::{Compensation, Gap, Lack, Side},
};

/// Business days until a victim has their money back, where a policy says nothing else: the United
/// Kingdom's rule (UK-01).
pub const REFUND_DAYS: u16 = 5;
/// The most business days that a policy may give itself to pay.
pub const REFUND_DAYS_MAX: u16 = 20;
/// The most business days that the clock of a claim may stand still in all (UK-01).
pub const PAUSE_DAYS_MAX: u16 = 35;
/// The most scenarios or steps of a policy.
const PARTS_MAX: usize = 40;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Text {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// Whom a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// Somebody who has no account here and lost money from a bank account all the same (FT-25).
    NonCustomer,
    /// A customer of this company.
    Customer,
}

impl Whom {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NonCustomer => "non_customer",
            Self::Customer => "customer",
        }
    }
}

/// How much is made good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it.
    Full,
    /// A part, as the conditions say.
    Part,
    /// Nothing.
    Nothing,
}

impl Extent {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Part => "part",
            Self::Nothing => "nothing",
        }
    }
}

/// (a) What may have happened, and what is made good then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// To whom it happened.
    pub whom: Option<Whom>,
    /// What happened.
    pub what: Text,
    /// How much is made good.
    pub extent: Option<Extent>,
    /// Under which conditions.
    pub conditions: Text,
}

/// (b) How it goes, and by when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Procedure {
    /// The steps, in their order.
    pub steps: Vec<Text>,
    /// Business days until the first answer.
    pub answer_days: Option<u16>,
    /// Business days until the money is back.
    pub refund_days: Option<u16>,
    /// The most business days that the clock may stand still, with a reason.
    pub pause_days: Option<u16>,
}

/// (c) Who pays the victim, and what the companies settle between them afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Split {
    /// Who pays the victim, without waiting for the rest.
    pub pays_first: Option<Side>,
    /// The same in words.
    pub how: Text,
    /// The wallet's part in percent where the wallet let a wrong person in.
    pub wallet_cause: Option<u8>,
    /// Where the bank let a wrong person agree.
    pub bank_cause: Option<u8>,
    /// Where both did, or neither.
    pub other_cause: Option<u8>,
}

/// (d) Whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// Which desk.
    pub desk: Text,
    /// Its telephone number.
    pub phone: String,
    /// When it can be reached.
    pub hours: Text,
}

/// A compensation policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Its name: `2026-12`.
    pub version: String,
    /// (a) In which cases what is made good.
    pub scenarios: Vec<Scenario>,
    /// (b) How.
    pub procedure: Procedure,
    /// (c) Who pays, and the split.
    pub split: Split,
    /// (d) Where to ask.
    pub contact: Contact,
    /// (e) When a fraud is made public.
    pub publication: Text,
}

/// What let the thief in: it decides how the companies share a loss, and never whether it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The wallet let a wrong person in.
    Wallet,
    /// The bank let a wrong person agree.
    Bank,
    /// Both, or neither.
    Other,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wallet, Self::Bank, Self::Other];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Bank => "bank",
            Self::Other => "other",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == text)
    }
}

/// What each company bears of one loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The wallet.
    pub wallet: Yen,
    /// The bank.
    pub bank: Yen,
}

impl Policy {
    /// Where this policy says something else than what was agreed with a partner: the two companies
    /// would tell a victim two things (FT-26 c). What is not agreed on yet contradicts nothing.
    #[must_use]
    pub fn contradicts(&self, agreed: &Compensation) -> Vec<Gap> {
        let differs = |ours: Option<u8>, theirs: Option<u8>| {
            ours.zip(theirs).is_some_and(|(ours, theirs)| ours != theirs)
        };
        let split = &self.split;
        let payers = split.pays_first.zip(agreed.pays_first);
        let all = [
            ("split.pays_first", payers.is_some_and(|(ours, theirs)| ours != theirs)),
            ("split.wallet_cause", differs(split.wallet_cause, agreed.split.wallet_cause)),
            ("split.bank_cause", differs(split.bank_cause, agreed.split.bank_cause)),
            ("split.other_cause", differs(split.other_cause, agreed.split.other_cause)),
        ];
        let wrong = all.into_iter().filter(|(_, is_wrong)| *is_wrong);
        wrong.map(|(path, _)| Gap::new("FT-26", path, Lack::Differs)).collect()
    }

    /// Business days until the money is back.
    #[must_use]
    pub fn refund_days(&self) -> u16 {
        self.procedure.refund_days.unwrap_or(REFUND_DAYS)
    }

    /// Business days until the first answer.
    #[must_use]
    pub fn answer_days(&self) -> u16 {
        self.procedure.answer_days.unwrap_or(1)
    }
}

impl Split {
    /// How the companies share `amount`. What does not divide is the bank's: the wallet's part is
    /// rounded down, and both together are always the whole.
    #[must_use]
    pub fn share(&self, amount: Yen, cause: Cause) -> Parts {
        let percent = u64::from(self.percent(cause).unwrap_or(0).min(100));
        let whole = amount.amount();
        let part = u128::from(whole).saturating_mul(u128::from(percent)).checked_div(100);
        let part = part.and_then(|part| u64::try_from(part).ok()).unwrap_or(0);
        let wallet = Yen::new(part).unwrap_or(Yen::ZERO);
        Parts { wallet, bank: amount.minus_or_zero(wallet) }
    }

    /// The wallet's part in percent.
    #[must_use]
    pub const fn percent(&self, cause: Cause) -> Option<u8> {
        match cause {
            Cause::Wallet => self.wallet_cause,
            Cause::Bank => self.bank_cause,
            Cause::Other => self.other_cause,
        }
    }
}

impl Text {
    /// Whether one of the languages says nothing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.ja.trim().is_empty() || self.en.trim().is_empty()
    }
}
