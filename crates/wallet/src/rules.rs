//! Where a wallet's policy can differ. Served wallets have exactly one: [`StandardRules`].
//!
//! The attack lab keeps what the incident's parties ran as types of its own; no configuration of
//! a served wallet can name them.

use jiff::Timestamp;
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    assurance::SignIn,
    limits::{
        BANK_PER_DAY, CLOSE_WAIT_SECS, DAY_SECS, NEW_PAYOUT_PER_DAY, NEW_PAYOUT_SECS,
        NEW_PAYOUT_WAIT_SECS, NEW_WALLET, NEW_WALLET_SECS, RECOVERY_WAIT_SECS, UNFREEZE_WAIT_SECS,
        WITHOUT_PASSKEY_PER_DAY,
    },
    mandate::later,
};
use serde::{Deserialize, Serialize};

use crate::{Customer, link::Link};

/// How money is about to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Bank to wallet.
    Topup,
    /// Wallet to wallet.
    Remittance,
    /// Wallet to merchant.
    Payment,
    /// Wallet to bank.
    Payout,
}

impl Act {
    /// Money that comes in and money that goes out are counted apart, so that what was just topped
    /// up can be spent; what goes out counts together, whatever the way.
    const fn side(self) -> &'static str {
        match self {
            Self::Topup => "in",
            Self::Remittance | Self::Payment => "out",
            Self::Payout => "payout",
        }
    }
}

/// A cap as it is kept with the movement that drew on it, so that exactly it can be given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Which cap; a cap of another amount has another name or another generation.
    pub kind: String,
    /// Whose: the id of a wallet or link, or an account at a bank.
    pub subject: String,
    /// How much.
    pub amount: Yen,
    /// Within how many seconds; 0: for ever.
    pub window_secs: i64,
    /// How often its amount was changed, where it keeps its name then.
    #[serde(default)]
    pub generation: u32,
}

impl Limit {
    /// A cap of `amount` within any `window_secs`.
    pub fn new(kind: impl Into<String>, subject: impl ToString, amount: Yen, secs: i64) -> Self {
        let (kind, subject) = (kind.into(), subject.to_string());
        Self { kind, subject, amount, window_secs: secs, generation: 0 }
    }

    /// The ledger account it is.
    #[must_use]
    pub fn cap(&self) -> Cap {
        let cap = Cap::rolling(&self.kind, &self.subject, self.amount, self.window_secs);
        cap.generation(self.generation)
    }
}

/// The strategy points of a wallet.
pub trait Rules: Send + Sync + std::fmt::Debug {
    /// Every cap that one movement draws on at `now`. `link` is the bank account, where one is part
    /// of it.
    fn limits(
        &self,
        act: Act,
        customer: &Customer,
        link: Option<&Link>,
        now: Timestamp,
    ) -> Vec<Limit>;

    /// Whether linking needs a proven identity (FT-11).
    fn needs_identity_to_link(&self) -> bool;

    /// Whether customers are told through their contacts.
    fn tells_customers(&self) -> bool;

    /// How long recovery waits, in seconds.
    fn recovery_wait_secs(&self) -> i64;

    /// How long a payout to a newly connected account waits, in seconds.
    fn payout_wait_secs(&self) -> i64;

    /// How long an unfreeze waits after it was asked for, in seconds.
    fn unfreeze_wait_secs(&self) -> i64;

    /// How long a wallet that its owner wants closed stays before it is, in seconds.
    fn close_wait_secs(&self) -> i64 {
        CLOSE_WAIT_SECS
    }

    /// Payments above this need a fresh passkey each (FT-45).
    fn payment_proof_above(&self) -> Yen;

    /// Whether what one bank confirms within a week is capped.
    fn caps_a_banks_word(&self) -> bool {
        true
    }

    /// Whether the risk engine is obeyed.
    fn listens_to_risk(&self) -> bool;
}

/// The rules of `docs/defaults.md`.
#[derive(Clone, Debug, Default)]
pub struct StandardRules;

impl Rules for StandardRules {
    fn limits(
        &self,
        act: Act,
        customer: &Customer,
        link: Option<&Link>,
        now: Timestamp,
    ) -> Vec<Limit> {
        let (side, id) = (act.side(), customer.wallet_id);
        let mut limits = Vec::new();
        if now < later(customer.opened_at, NEW_WALLET_SECS) {
            limits.push(Limit::new(format!("new-wallet-{side}"), id, NEW_WALLET, 0));
        }
        if customer.sign_in == SignIn::Alternative {
            let amount = WITHOUT_PASSKEY_PER_DAY;
            limits.push(Limit::new(format!("alternative-{side}"), id, amount, DAY_SECS));
        }
        if customer.halved_until.is_some_and(|until| now < until) {
            let amount = BANK_PER_DAY.half_down();
            limits.push(Limit::new(format!("recovered-{side}"), id, amount, DAY_SECS));
        }
        if act == Act::Payout
            && let Some(link) = link
        {
            let wait = self.payout_wait_secs().saturating_add(NEW_PAYOUT_SECS);
            if now < later(link.connected_at, wait) {
                let subject = link.link_id;
                limits.push(Limit::new("new-payout", subject, NEW_PAYOUT_PER_DAY, DAY_SECS));
            }
        }
        limits
    }

    fn needs_identity_to_link(&self) -> bool {
        true
    }

    fn tells_customers(&self) -> bool {
        true
    }

    fn recovery_wait_secs(&self) -> i64 {
        RECOVERY_WAIT_SECS
    }

    fn payout_wait_secs(&self) -> i64 {
        NEW_PAYOUT_WAIT_SECS
    }

    fn unfreeze_wait_secs(&self) -> i64 {
        UNFREEZE_WAIT_SECS
    }

    fn payment_proof_above(&self) -> Yen {
        Yen::of(10_000)
    }

    fn listens_to_risk(&self) -> bool {
        true
    }
}
