//! A mandate that ended long ago goes with everything that was signed for it.

use jiff::Timestamp;
use kanuki_desk::{
    evidence,
    retention::{Keeper, Need, Needs, Verdict, cutoff, with, with_one, with_prefix},
};
use kanuki_domain::mandate::MandateState;
use kanuki_record::{Book, Order, RecordError, Stored, Unit};

use crate::{
    approval::{ApprovalState, DebitApproval},
    credit::Credit,
    debit::{Debit, device::KnownDevice},
    link::{SignedDebit, SignedRequest, token::Grant},
    mandate::Mandate,
};

/// Years of a mandate after its end, and of the last money under it.
pub(super) const MANDATE_YEARS: i16 = 10;

/// Mandates.
pub(super) struct Mandates<'a> {
    pub(super) book: &'a Book,
    pub(super) now: Timestamp,
    pub(super) needs: &'a Needs,
}

impl Keeper<Mandate> for Mandates<'_> {
    async fn judge(
        &self,
        mandate: &Stored<Mandate>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, MANDATE_YEARS);
        if mandate.signed_at >= due {
            return Ok(Verdict::TooNew);
        }
        let ended = match mandate.state {
            MandateState::Revoked { at, .. } | MandateState::Lapsed { at } => at,
            MandateState::Unconfirmed { .. }
            | MandateState::Active { .. }
            | MandateState::Suspended { .. } => return Ok(Verdict::Young),
        };
        if ended >= due {
            return Ok(Verdict::Young);
        }
        let (id, holder) = (mandate.mandate_id.to_string(), mandate.holder_id.to_string());
        if let Some(need) = self.needs.of(&[&id, &holder]) {
            return Ok(Verdict::Needed(need));
        }
        if let Some(need) = self.money(&id, due).await? {
            return Ok(Verdict::Needed(need));
        }
        let more = self.take_along(mandate, unit).await?;
        Ok(if more { Verdict::Partly } else { Verdict::Due })
    }
}

impl Mandates<'_> {
    /// What of its money needs it: under it nothing is asked for after its end, but what a claim pays is.
    /// The ids are partners', so that every movement is looked at.
    async fn money(&self, mandate_id: &str, due: Timestamp) -> Result<Option<Need>, RecordError> {
        let (key, now) = ("mandate_id", Need::YoungMoney);
        for debit in self.book.every::<Debit>(key, mandate_id).await? {
            let claimed = self.needs.of(&[&debit.key()]);
            if claimed.is_some() || debit.asked_at >= due {
                return Ok(claimed.or(Some(now)));
            }
        }
        let credits = self.book.every::<Credit>(key, mandate_id).await?;
        Ok(credits.iter().any(|credit| credit.asked_at >= due).then_some(now))
    }

    /// Adds to `unit` what goes with it; true when there is more than one step takes.
    async fn take_along(&self, mandate: &Mandate, unit: &mut Unit) -> Result<bool, RecordError> {
        let (book, id) = (self.book, mandate.mandate_id.to_string());
        let mut more = self.take_approvals(&id, unit).await?;
        more |= with::<evidence::Kept>(book, unit, ("about", &id)).await?;
        more |= with::<KnownDevice>(book, unit, ("mandate_id", &id)).await?;
        more |= with::<SignedDebit>(book, unit, ("mandate_id", &id)).await?;
        more |= with_prefix::<SignedRequest>(book, unit, &format!("{id}|")).await?;
        with_one::<SignedRequest>(book, unit, &id).await?;
        with_one::<Grant>(book, unit, &mandate.grant_id.to_string()).await?;
        Ok(more)
    }

    /// What its holder answered to single debits, with the evidence of each answer.
    async fn take_approvals(&self, mandate_id: &str, unit: &mut Unit) -> Result<bool, RecordError> {
        let most = kanuki_desk::retention::COMPANIONS_MAX;
        let (key, order) = ("mandate_id", Order::OldestFirst);
        let approvals = self.book.page::<DebitApproval>(key, mandate_id, order, most).await?;
        for approval in &approvals {
            let answer = match &approval.state {
                ApprovalState::Signed { answer, .. } => Some(answer.clone()),
                ApprovalState::Declined { answer, .. } => answer.clone(),
                ApprovalState::Asked => None,
            };
            if let Some(kept) = match answer {
                Some(hash) => self.book.find::<evidence::Kept>(hash).await?,
                None => None,
            } && kept.about != mandate_id
            {
                // What is about the mandate itself goes with it, and nothing goes twice.
                unit.delete(&kept);
            }
            with_one::<Grant>(self.book, unit, &approval.grant_id().to_string()).await?;
            unit.delete(approval);
        }
        Ok(approvals.len() == most)
    }
}
