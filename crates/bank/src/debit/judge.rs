//! Whether a debit may go on, must be signed first, or is refused whatever is signed.
//!
//! What the holder agreed to can be lifted by what the holder signs: the mandate's own caps, an
//! unknown device, the engine's doubt. What protects them from themselves and from a thief in their
//! name cannot: caps of account and person, the cap of a link that cools, ¥0 of one that is not
//! confirmed, stops, overdraft.

use jiff::Timestamp;
use kanuki_desk::{cap::Cap, exchange};
use kanuki_domain::{
    Ctx, Yen,
    mandate::{Interaction, authorize_debit},
};
use kanuki_risk::Outcome;
use kanuki_wire::debit::RefusalReason;

use crate::{
    Bank, BankError,
    approval::DebitApproval,
    attempt::Attempt,
    debit::request::{Ask, reason_of},
    mandate::{Mandate, caps::own_caps},
    risk::KnownOf,
};

/// Why a debit needs a signature of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is above what its mandate allows, at once or over time.
    BeyondTerms,
    /// It comes from a device that was not used under its mandate before.
    NewDevice,
    /// It is unlike what its account is used for.
    Unusual,
    /// Its partner told something for which no money is pulled unless the holder says so.
    Held,
}

impl Why {
    /// For the audit log and for counting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeyondTerms => "beyond_terms",
            Self::NewDevice => "new_device",
            Self::Unusual => "unusual",
            Self::Held => "held",
        }
    }
}

/// What becomes of a debit that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Covered,
    /// Its holder must sign it.
    MustBeSigned(Why),
    /// No.
    Refused(RefusalReason),
    /// No, and nothing more under its mandate.
    Frozen,
}

/// Whether anything at all can be debited under `mandate` now, in a way that was agreed to.
pub(crate) fn is_usable(
    mandate: &Mandate,
    interaction: Option<Interaction>,
    now: Timestamp,
) -> Result<(), RefusalReason> {
    let agreed = mandate.terms.interaction.first().copied();
    let interaction = interaction.or(agreed).unwrap_or_default();
    let least = (Yen::of(1), interaction);
    authorize_debit(mandate.state.aged(now), &mandate.terms, least, now).map_err(reason_of)
}

fn own_of(mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
    own_caps(mandate.mandate_id, &mandate.terms, mandate.cap_generation, now)
}

impl Bank {
    /// The caps that one debit draws on: all of them, or without the mandate's own for one whose
    /// holder signed that it goes beyond those.
    pub(crate) async fn caps_of(
        &self,
        mandate: &Mandate,
        goes_beyond: bool,
        now: Timestamp,
    ) -> Result<Vec<Cap>, BankError> {
        let mut caps = self.rules.caps(mandate, now);
        if goes_beyond {
            let own = own_of(mandate, now);
            caps.retain(|cap| !own.contains(cap));
        }
        self.with_agreed_caps(mandate, caps).await
    }

    /// Whether `amount` is above what the mandate itself allows now, at once or over time.
    pub(crate) async fn is_beyond_terms(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        amount: Yen,
    ) -> Result<bool, BankError> {
        if amount > mandate.terms.max_individual {
            return Ok(true);
        }
        let mut caps = self.rules.caps(mandate, ctx.now);
        let own = own_of(mandate, ctx.now);
        caps.retain(|cap| own.contains(cap));
        Ok(!self.has_room(ctx, &caps, amount).await?)
    }

    /// Whether each of `caps` has room for one debit of `amount`, before the ledger is asked.
    async fn has_room(&self, ctx: &Ctx<'_>, caps: &[Cap], amount: Yen) -> Result<bool, BankError> {
        for cap in caps {
            let needed = if cap.is_counting() { Yen::of(1) } else { amount };
            if cap.available(&*self.ledger, ctx.now).await? < needed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Why a debit of `amount` would be refused however it is signed, if it would be as far as can
    /// be seen before the ledger is asked.
    pub(crate) async fn refused_anyway(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        amount: Yen,
    ) -> Result<Option<RefusalReason>, BankError> {
        if self.shut_gate(ctx, mandate).await?.is_some() {
            return Ok(Some(RefusalReason::Stopped));
        }
        let caps = self.caps_of(mandate, true, ctx.now).await?;
        let caps = self.halved(ctx, mandate, caps).await;
        let has_room = self.has_room(ctx, &caps, amount).await?;
        Ok((!has_room).then_some(RefusalReason::OverLimit))
    }

    /// Judges a debit that was not asked for before; with what is to be kept of it, if it was
    /// looked at as a whole.
    pub(crate) async fn judge_debit(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        (mandate, approval): (&Mandate, Option<&DebitApproval>),
    ) -> Result<(Verdict, Option<Attempt>), BankError> {
        if mandate.is_unsigned && self.rules.needs_signature() {
            return Ok((Verdict::Refused(RefusalReason::NotActive), None));
        }
        if let Err(reason) = is_usable(mandate, Some(ask.interaction), ctx.now) {
            return Ok((Verdict::Refused(reason), None));
        }
        let new_device = match &ask.evidence {
            Some(evidence) => {
                Some(self.is_unknown_device(mandate, Some(evidence.device.as_str())).await?)
            }
            None => None,
        };
        let known = KnownOf {
            leaked: self.leak_until(ctx, mandate.account_id).await?.is_some(),
            elsewhere: exchange::is_known(&self.book, ctx.now, &mandate.holder_id.to_string())
                .await?,
        };
        let (outcome, attempt) = self.judge_risk(ctx, ask, (mandate, new_device, known)).await;
        let verdict = self.weigh(ctx, ask, (mandate, approval), outcome).await?;
        Ok((verdict, Some(attempt)))
    }

    /// What becomes of a debit that the engine thinks so of.
    async fn weigh(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        (mandate, approval): (&Mandate, Option<&DebitApproval>),
        outcome: Outcome,
    ) -> Result<Verdict, BankError> {
        if outcome == Outcome::Freeze {
            return Ok(Verdict::Frozen);
        }
        if outcome > Outcome::Challenge {
            return Ok(Verdict::Refused(RefusalReason::TryLater));
        }
        if approval.is_some_and(|approval| approval.beyond_terms) {
            return Ok(Verdict::Covered);
        }
        // What was signed as being within the terms is let through as to device and doubt alone.
        let why = if self.is_beyond_terms(ctx, mandate, ask.amount).await? {
            Why::BeyondTerms
        } else if approval.is_some() {
            return Ok(Verdict::Covered);
        } else if self.is_strange(ctx, mandate, ask.evidence.as_ref()).await? {
            Why::NewDevice
        } else if outcome == Outcome::Challenge {
            Why::Unusual
        } else if self.care_for(ctx, mandate).await?.is_held {
            Why::Held
        } else {
            return Ok(Verdict::Covered);
        };
        if !self.rules.steps_up() {
            let is_over = why == Why::BeyondTerms;
            let over = Verdict::Refused(RefusalReason::OverLimit);
            return Ok(if is_over { over } else { Verdict::Covered });
        }
        if !self.take_try(ctx, mandate).await? {
            return Ok(Verdict::Refused(RefusalReason::TryLater));
        }
        let refused = self.refused_anyway(ctx, mandate, ask.amount).await?;
        Ok(refused.map_or(Verdict::MustBeSigned(why), Verdict::Refused))
    }
}
