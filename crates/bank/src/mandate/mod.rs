//! A standing right to debit, as the bank keeps it.

pub mod caps;
pub mod confirm;
pub mod legs;
pub mod stop;
mod wait;
mod worker;

use jiff::{Timestamp, tz::TimeZone};
use kanuki_desk::{
    cap::Cap,
    signal::{
        caution::{self, Care},
        halt,
    },
};
use kanuki_domain::{
    Ctx, Yen,
    id::{BankAccountId, GrantId, HolderId, MandateId},
    limits::{DAY_SECS, MONTH_SECS},
    mandate::{MandateState, Route, Terms, terms::stored},
};
use kanuki_passkey::Evidence;
use kanuki_record::{Stored, record, vault::Sealed};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    debit::Debit,
    holder::load,
    partner::{Partner, PartnerCaps},
};

/// What the holder saw and signed, kept for as long as the mandate can be disputed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedConsent {
    /// The canonical text whose SHA-256 was the passkey's challenge.
    pub pre_image: String,
    /// The passkey's answer.
    pub evidence: Option<Evidence>,
}

/// A raise that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRaise {
    /// The terms it will have.
    #[serde(deserialize_with = "stored")]
    pub terms: Terms,
    /// From when.
    pub effective_at: Timestamp,
    /// What follows it: narrower terms hold at once, and what is wider waits behind them.
    #[serde(default)]
    pub then: Option<Box<PendingRaise>>,
}

impl PendingRaise {
    /// True when it lets nothing pass that `terms` do not: then it has no reason to wait.
    #[must_use]
    pub fn is_lowering(&self, terms: &Terms) -> bool {
        self.terms.is_within(terms)
    }
}

/// A mandate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mandate {
    /// Its id.
    pub mandate_id: MandateId,
    /// The grant its tokens hang on.
    pub grant_id: GrantId,
    /// Which partner debits under it.
    pub client_id: String,
    /// That partner's name when it was signed, from the registry.
    pub partner_name: String,
    /// Whose account.
    pub holder_id: HolderId,
    /// Which account.
    pub account_id: BankAccountId,
    /// Its number, sealed for the holder.
    pub account: Sealed,
    /// How the account is shown: `***4567`.
    pub account_mask: String,
    /// The wallet's opaque reference to its own customer.
    pub account_ref: String,
    /// The terms in force.
    #[serde(deserialize_with = "stored")]
    pub terms: Terms,
    /// How often the caps were changed; part of the ledger's cap accounts.
    pub cap_generation: u32,
    /// The highest generation that the ledger may have heard of: one that a crash cut short is never
    /// taken for other caps.
    #[serde(default)]
    caps_taken: u32,
    /// A raise that waits.
    pub raise: Option<PendingRaise>,
    /// How the holder proved themself.
    pub route: Route,
    /// Where it is in its life.
    pub state: MandateState,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Nobody signed it: made under the rules of 2020, which only the lab has.
    #[serde(default)]
    pub is_unsigned: bool,
    /// What was signed, in rows from before answers were kept apart (`desk::evidence`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<SignedConsent>,
    /// How often its holder agreed anew.
    #[serde(default)]
    pub renewals: u32,
    /// When they last did.
    #[serde(default)]
    pub renewed_at: Option<Timestamp>,
    /// The network that it was asked for from, as the wallet names it (PJ-04).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made_from: Option<String>,
    confirm_hash: Option<String>,
    /// Wrong confirmation codes so far.
    pub confirm_attempts: u32,
    /// How often a second channel was asked for within a day.
    #[serde(default)]
    confirm_starts: u32,
    /// When that day began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirm_starts_since: Option<Timestamp>,
}

/// The day of Greenwich on which something is due: what of a day is looked for together.
pub(crate) fn day_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

record! { Mandate => "mandate" by |m| m.mandate_id.to_string();
    many holder_id = |m| Some(m.holder_id.to_string());
    many account_id = |m| Some(m.account_id.to_string());
    many client_id = |m| Some(m.client_id.clone());
    unique grant_id = |m| Some(m.grant_id.to_string());
    many ages = |m| m.changes_at().map(day_of);
    many wallet = |m| Some(wallet_name(&m.client_id, &m.account_ref));
}

/// The wallet behind a mandate: its partner, and what that calls its customer.
pub(crate) fn wallet_name(client_id: &str, account_ref: &str) -> String {
    format!("{client_id}|{account_ref}")
}

/// A new mandate's parts.
#[derive(Debug)]
pub struct NewMandate {
    /// Its id.
    pub mandate_id: MandateId,
    /// Its grant.
    pub grant_id: GrantId,
    /// Which partner.
    pub client_id: String,
    /// The partner's name.
    pub partner_name: String,
    /// Whose.
    pub holder_id: HolderId,
    /// Which account, and its number.
    pub account_id: BankAccountId,
    /// The sealed number.
    pub account: Sealed,
    /// The mask.
    pub account_mask: String,
    /// The wallet's reference.
    pub account_ref: String,
    /// The terms granted.
    pub terms: Terms,
    /// The route.
    pub route: Route,
    /// The state it starts in.
    pub state: MandateState,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Nobody signed it.
    pub is_unsigned: bool,
    /// The network that it was asked for from.
    pub made_from: Option<String>,
    /// Hash of the code in the letter that confirms it, if it rests on a code.
    pub confirm_hash: Option<String>,
}

impl From<NewMandate> for Mandate {
    fn from(new: NewMandate) -> Self {
        Self {
            mandate_id: new.mandate_id,
            grant_id: new.grant_id,
            client_id: new.client_id,
            partner_name: new.partner_name,
            holder_id: new.holder_id,
            account_id: new.account_id,
            account: new.account,
            account_mask: new.account_mask,
            account_ref: new.account_ref,
            terms: new.terms,
            cap_generation: 0,
            caps_taken: 0,
            raise: None,
            route: new.route,
            state: new.state,
            signed_at: new.signed_at,
            is_unsigned: new.is_unsigned,
            consent: None,
            renewals: 0,
            renewed_at: None,
            made_from: new.made_from,
            confirm_hash: new.confirm_hash,
            confirm_attempts: 0,
            confirm_starts: 0,
            confirm_starts_since: None,
        }
    }
}

impl Mandate {
    /// When its holder last signed its terms.
    #[must_use]
    pub fn agreed_at(&self) -> Timestamp {
        self.renewed_at.unwrap_or(self.signed_at)
    }

    /// The last instant at which it may debit, changes that wait included.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        let mut end = self.terms.valid_to;
        let mut change = self.raise.as_ref();
        while let Some(next) = change {
            end = end.max(next.terms.valid_to);
            change = next.then.as_deref();
        }
        end
    }

    /// When time alone will next do something to it: it lapses, or a change of caps comes into force.
    #[must_use]
    pub fn changes_at(&self) -> Option<Timestamp> {
        let lapses_at = match self.state {
            MandateState::Unconfirmed { lapses_at } => Some(lapses_at),
            MandateState::Suspended { lapses_at, .. } => lapses_at,
            MandateState::Active { .. }
            | MandateState::Revoked { .. }
            | MandateState::Lapsed { .. } => None,
        };
        let raised_at = self.raise.as_ref().map(|change| change.effective_at);
        [lapses_at, raised_at].into_iter().flatten().min()
    }

    /// Whether a change of caps is to come into force now. Nothing widens a mandate that is stopped.
    #[must_use]
    pub fn is_ripe(&self, now: Timestamp) -> bool {
        let due = self.raise.as_ref().filter(|change| change.effective_at <= now);
        due.is_some_and(|change| self.state.is_active() || change.is_lowering(&self.terms))
    }

    /// What waits to come into force last, and when: what the holder signed.
    #[must_use]
    pub fn waiting(&self) -> Option<&PendingRaise> {
        let mut change = self.raise.as_ref()?;
        while let Some(next) = change.then.as_deref() {
            change = next;
        }
        Some(change)
    }
}

impl Bank {
    /// Every mandate on every account of a holder, past ones too, newest first.
    pub async fn mandates_of(&self, holder_id: HolderId) -> Result<Vec<Mandate>, BankError> {
        let all = self.book.list::<Mandate>("holder_id", &holder_id.to_string()).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// A mandate of this holder.
    pub async fn mandate_of(
        &self,
        holder_id: HolderId,
        mandate_id: MandateId,
    ) -> Result<Stored<Mandate>, BankError> {
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        if mandate.holder_id == holder_id { Ok(mandate) } else { Err(BankError::NotAvailable) }
    }

    /// Everything that was ever asked for under a mandate, newest first.
    ///
    /// Newest by when it was asked for: its id is the partner's choice, so an order by id, or a first
    /// page by it, would show what the partner likes.
    pub async fn debits_of(&self, mandate_id: MandateId) -> Result<Vec<Debit>, BankError> {
        let all = self.book.every::<Debit>("mandate_id", &mandate_id.to_string()).await?;
        let mut all: Vec<Debit> = all.into_iter().map(Stored::into_inner).collect();
        all.sort_by_key(|debit| std::cmp::Reverse(debit.asked_at));
        Ok(all)
    }

    /// Every cap that a debit draws on now.
    pub(crate) async fn caps_now(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Vec<Cap>, BankError> {
        let caps = self.with_agreed_caps(mandate, self.rules.caps(mandate, ctx.now)).await?;
        Ok(self.halved(ctx, mandate, caps).await)
    }

    /// With how much care a link goes on now, because of what its partner told of it or of all.
    pub(crate) async fn care_for(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Care, BankError> {
        let of_all = halt::care(&self.book, &mandate.client_id).await?;
        let of_link = caution::of(&self.book, ctx.now, &mandate.mandate_id.to_string()).await?;
        Ok(of_link.and(of_all))
    }

    /// The same, and half of it too for a day after a contact changed, or while its partner's word
    /// calls for care. What cannot be known now counts as if it did.
    pub(crate) async fn halved(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        mut caps: Vec<Cap>,
    ) -> Vec<Cap> {
        let is_lowered = self.care_for(ctx, mandate).await.map_or(true, |care| care.is_lowered);
        if is_lowered || self.halves(ctx, mandate.holder_id).await {
            caps.extend(self.rules.half_caps(mandate));
        }
        caps
    }

    /// `caps`, and those that were agreed with the partner. A tightened cap is one more cap, and no
    /// signature of a holder lifts it.
    pub(crate) async fn with_agreed_caps(
        &self,
        mandate: &Mandate,
        mut caps: Vec<Cap>,
    ) -> Result<Vec<Cap>, BankError> {
        let partner = self.book.find::<Partner>(&mandate.client_id).await?;
        let agreed = partner.map_or_else(PartnerCaps::default, |partner| partner.caps);
        let agreed = [
            ("partner-day", agreed.per_day, DAY_SECS),
            ("partner-month", agreed.per_month, MONTH_SECS),
        ];
        for (kind, cap, window) in agreed {
            if let Some(cap) = cap {
                let kind = format!("{kind}-{}", cap.amount());
                caps.push(Cap::rolling(&kind, mandate.mandate_id, cap, window));
            }
        }
        Ok(caps)
    }

    /// The widest caps that its holder can raise a mandate to.
    pub async fn caps_max(&self, mandate: &Mandate) -> Result<(Yen, Yen), BankError> {
        let partner = self.known_partner(&mandate.client_id).await?;
        Ok(self.terms_max(&partner))
    }

    /// How much every cap still allows now, nothing where one on the number of debits is used up.
    pub async fn available_today(
        &self,
        mandate: &Mandate,
        ctx: &Ctx<'_>,
    ) -> Result<Yen, BankError> {
        let mut least = mandate.terms.max_individual;
        for cap in self.caps_now(ctx, mandate).await? {
            let left = cap.available(&*self.ledger, ctx.now).await?;
            least = match (cap.is_counting(), left.is_zero()) {
                (true, false) => least,
                (true, true) => Yen::ZERO,
                (false, _) => least.min(left),
            };
        }
        Ok(if mandate.state.is_active() { least } else { Yen::ZERO })
    }
}
