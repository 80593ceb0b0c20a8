//! A connected bank account, the wallet's side.
//!
//! The customer types nothing about the bank here: they choose the account at the bank, after the
//! bank has made sure who they are (facts: linking, decision 1).

pub mod ending;
mod finish;
mod remind;
mod renew;
mod start;
mod stop;
mod token;
mod told;

use jiff::Timestamp;
use kanuki_desk::gate::Gate;
use kanuki_domain::{
    Yen,
    bank_account::BankCode,
    id::{CustomerId, GrantId, LinkId, MandateId, WalletId, encode_base32},
    limits::{BANK_PER_DAY, BANK_PER_MONTH, COOLING, DAY_SECS},
    mandate::{Period, PeriodicCap, StoppedBy, Terms, Zone, later, terms::stored},
};
use kanuki_record::{Stored, record, vault::Sealed};
use kanuki_wire::mandate::{Action, Standing};
use serde::{Deserialize, Serialize};

pub(crate) use token::{BankSays, Question, meaning};

use crate::{Wallet, WalletError};

/// Where a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// It can be used, as far as we know; the bank has the last word.
    Active,
    /// Stopped for the time being.
    Suspended {
        /// By whom.
        by: StoppedBy,
        /// When.
        at: Timestamp,
    },
    /// Ended for good.
    Ended {
        /// When.
        at: Timestamp,
    },
}

/// One connected bank account of one customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Its name.
    pub link_id: LinkId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Their wallet.
    pub wallet_id: WalletId,
    /// At which bank.
    pub bank: BankCode,
    /// The mandate's name at the bank.
    pub mandate_id: MandateId,
    /// The grant that the tokens hang on.
    pub grant_id: Option<GrantId>,
    /// The customer's opaque name, made for this bank by us.
    pub account_ref: String,
    /// The account's opaque name, made for us by the bank.
    pub account_handle: String,
    /// For the customer's eyes: `***4567`.
    pub account_mask: String,
    /// Whether it may be paid out to.
    pub takes_payouts: bool,
    /// The terms that the holder signed at the bank.
    #[serde(deserialize_with = "stored")]
    pub terms: Terms,
    /// Where it is.
    pub state: LinkState,
    /// When it was made.
    pub connected_at: Timestamp,
    /// When its holder last agreed anew at the bank.
    #[serde(default)]
    pub renewed_at: Option<Timestamp>,
    /// When the bank released it while the wallet was frozen; done when the wallet goes on.
    #[serde(default)]
    pub bank_released_at: Option<Timestamp>,
    /// What the bank last said of the mandate; rows from before it said so have none.
    #[serde(default)]
    pub standing: Option<Standing>,
    /// From which network it was made, blinded; unknown for links from before it was kept.
    #[serde(default)]
    pub(crate) made_from: Option<String>,
    /// The end that its customer was told of.
    #[serde(default)]
    end_told: Option<Timestamp>,
    tokens: Sealed,
}

record! { Link => "link" by |l| l.link_id.to_string();
    many customer_id = |l| Some(l.customer_id.to_string());
    many account_ref = |l| Some(l.account_ref.clone());
    unique mandate = |l| Some(format!("{}|{}", l.bank, l.mandate_id));
    many state = |l| Some(match l.state {
        LinkState::Active => "active",
        LinkState::Suspended { .. } => "suspended",
        LinkState::Ended { .. } => "ended",
    }.to_owned());
}

impl Link {
    /// True while it can be used.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.state, LinkState::Active)
    }

    /// When it ends by itself unless the holder confirms it at the bank; none if nothing is waited
    /// for. Until then the bank debits ¥0.
    #[must_use]
    pub const fn waits_until(&self) -> Option<Timestamp> {
        match self.standing {
            Some(Standing::Unconfirmed { lapses_at }) if self.is_active() => Some(lapses_at),
            Some(Standing::Unconfirmed { .. } | Standing::Active { .. } | Standing::Suspended)
            | None => None,
        }
    }

    /// True if it ended because nobody confirmed it at the bank in time.
    #[must_use]
    pub fn has_lapsed(&self) -> bool {
        match (self.state, self.standing) {
            (LinkState::Ended { at }, Some(Standing::Unconfirmed { lapses_at })) => at >= lapses_at,
            _ => false,
        }
    }

    /// True while money can move under it, as far as we know.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.is_active() && self.waits_until().is_none()
    }

    /// Until when the low cap of a new link holds, if it does now.
    #[must_use]
    pub fn cooling_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = match self.standing {
            Some(Standing::Active { cooling_until }) => cooling_until,
            Some(Standing::Unconfirmed { .. } | Standing::Suspended) => None,
            None => Some(later(self.connected_at, COOLING.passkey_secs)),
        };
        until.filter(|until| now < *until)
    }

    /// True until it has ended for good.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        !matches!(self.state, LinkState::Ended { .. })
    }

    /// True while its holder can agree anew at the bank: not stopped, not ended, not over.
    #[must_use]
    pub fn is_renewable(&self, now: Timestamp) -> bool {
        self.is_usable() && self.grant_id.is_some() && now <= self.terms.valid_to
    }

    /// True when it ends soon, and its customer should be told so.
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.is_renewable(now)
            && later(now, RENEW_DAYS.saturating_mul(DAY_SECS)) > self.terms.valid_to
    }

    /// The gate that follows its state.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate::of("link", self.link_id)
    }
}

/// The kill switch of a link, for staff; apart from the gate of its state, which a bank can open.
pub(crate) fn link_switch(link_id: LinkId) -> Gate {
    Gate::of("link-switch", link_id)
}

/// A trip to a bank; it comes back once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linking {
    state_hash: String,
    customer_id: CustomerId,
    /// The session that set out.
    binding: String,
    bank: BankCode,
    verifier: Sealed,
    #[serde(deserialize_with = "stored")]
    terms: Terms,
    actions: Vec<Action>,
    /// The link that it renews.
    #[serde(default)]
    renews: Option<LinkId>,
    #[serde(default)]
    started_at: Option<Timestamp>,
    /// How it ended; a second callback of the same browser is told the same.
    #[serde(default)]
    came_back: Option<CameBack>,
    expires_at: Timestamp,
    /// The `DPoP` key that the code will be bound to; trips that began before did not say.
    #[serde(default)]
    key: Option<String>,
}

/// How a trip to a bank ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CameBack {
    /// Being finished, or it came to nothing.
    Once,
    /// With this link.
    With(LinkId),
}

record! { Linking => "linking" by |l| l.state_hash.clone(); }

impl Linking {
    /// True once nobody can come back from it.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}

/// How long the trip to the bank may take.
const LINKING_SECS: i64 = 1_800;
/// How many days before its end a customer is reminded that a link can be renewed.
const RENEW_DAYS: i64 = 30;
/// How long a mandate is asked for, in days.
const VALID_DAYS: i64 = 365;

/// The terms to ask a bank for: the most that a customer wants to be possible, never above the
/// defaults, and only while they are there.
pub fn terms(now: Timestamp, per_day: Yen, per_month: Yen) -> Result<Terms, WalletError> {
    let valid_to = later(now, VALID_DAYS.saturating_mul(DAY_SECS));
    let (per_day, per_month) = (per_day.min(BANK_PER_DAY), per_month.min(BANK_PER_MONTH));
    let terms = Terms::rolling(per_day, per_month, (now, valid_to));
    terms.validate().map_err(|_| WalletError::Amount)?;
    Ok(terms)
}

/// The same terms with a budget for each month of Japan's calendar beside the windows that roll.
#[must_use]
pub fn budgeted(terms: Terms, per_month: Yen) -> Terms {
    let mut terms = terms;
    for cap in &mut terms.periodic {
        if cap.period < Period::Month {
            cap.amount = cap.amount.min(per_month);
        }
    }
    terms.max_individual = terms.max_individual.min(per_month);
    terms.periodic.push(PeriodicCap::calendar(Period::Month, Zone::japan(), per_month));
    terms
}

impl Wallet {
    /// A link of this customer; anybody else's is as good as none.
    pub async fn link_of(
        &self,
        id: CustomerId,
        link_id: LinkId,
    ) -> Result<Stored<Link>, WalletError> {
        let link = self.load::<Link>(link_id).await?;
        if link.customer_id == id { Ok(link) } else { Err(WalletError::NotAvailable) }
    }

    /// Every link of a customer, past ones too, newest first.
    pub async fn links(&self, id: CustomerId) -> Result<Vec<Stored<Link>>, WalletError> {
        Ok(self.book.list::<Link>("customer_id", &id.to_string()).await?)
    }

    /// Links that have not ended.
    pub async fn live_links(&self, id: CustomerId) -> Result<Vec<Stored<Link>>, WalletError> {
        Ok(self.links(id).await?.into_iter().filter(|l| l.is_alive()).collect())
    }

    /// The customer's name at one bank and nowhere else: two banks cannot compare theirs.
    pub(crate) fn account_ref(&self, bank: BankCode, id: CustomerId) -> String {
        let blinded = self.vault.blind("account_ref", format!("{bank}|{id}").as_bytes());
        encode_base32(kanuki_domain::id::derive_bits(&[&blinded]))
    }
}
