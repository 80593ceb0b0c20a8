//! Asking for a top-up.

use kanuki_desk::{evidence::Shown, incident::Service};
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, LinkId, TopupId},
    limits::{BANK_PER_DAY, DAY_SECS},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::transaction::Signed;

use super::{
    Topup, TopupState,
    connector::{AccountCaps, TRIES_MAX},
    word,
};
use crate::{
    Customer, Limit, Refusal, Seen, Wallet, WalletError,
    link::Link,
    proof::{Proof, nonce},
    rules::Act,
};

/// The most that can be asked for at once. Above what the holder agreed to, the bank asks them; above
/// what any bank lets anybody, nobody is asked.
#[must_use]
pub fn most_at_once(link: &Link) -> Yen {
    link.terms.max_individual.max(BANK_PER_DAY)
}

/// Half of what one day may bring from an account, while its bank's word calls for care.
fn lowered(link: &Link) -> Limit {
    let agreed = link.terms.periodic.iter().map(|cap| cap.amount).min();
    let whole = agreed.unwrap_or(BANK_PER_DAY).min(BANK_PER_DAY);
    // The amount is part of the name: an account that was opened keeps the credit it began with.
    let kind = format!("told-{}", whole.amount());
    Limit::new(kind, link.link_id, whole.half_down().max(Yen::of(1)), DAY_SECS)
}

impl Wallet {
    /// Tops up `amount` from a connected account, and answers how far it came.
    ///
    /// `topup_id` derives from what the customer confirmed, so that a second click or a retry is the
    /// same top-up. The same id with other contents is [`WalletError::Different`].
    pub async fn top_up(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        topup_id: TopupId,
        link_id: LinkId,
        amount: Yen,
    ) -> Result<Topup, WalletError> {
        self.top_up_as_shown(ctx, id, topup_id, (link_id, amount), (None, None)).await
    }

    /// The same, with what the page showed when the customer confirmed it, to be kept, and with how
    /// they are signed in, for the bank to judge.
    pub async fn top_up_as_shown(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        topup_id: TopupId,
        (link_id, amount): (LinkId, Yen),
        (shown, seen): (Option<Shown>, Option<&Seen>),
    ) -> Result<Topup, WalletError> {
        if let Some(known) = self.book.find::<Topup>(topup_id).await? {
            let is_same =
                known.customer_id == id && known.link_id == link_id && known.amount == amount;
            return if is_same {
                Box::pin(self.drive_topup(ctx, topup_id)).await
            } else {
                Err(WalletError::Different)
            };
        }
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        let link = self.link_of(id, link_id).await?;
        if amount.is_zero() || amount > most_at_once(&link) {
            return Err(WalletError::Amount);
        }
        self.require_room(ctx, customer.wallet_id, amount).await?;
        let state = if !link.is_usable() {
            TopupState::Refused { reason: Refusal::NotActive, at: ctx.now }
        } else if self.stopped_there(link.bank, Service::TopUps).await?.is_some() {
            TopupState::Refused { reason: Refusal::Stopped, at: ctx.now }
        } else if self.care_for(ctx, &link).await?.is_held {
            TopupState::Refused { reason: Refusal::TryLater, at: ctx.now }
        } else if self
            .allows_topup(
                ctx,
                (&customer, &link),
                (topup_id, amount),
                seen.map(|seen| seen.device_hash.as_str()),
            )
            .await?
        {
            TopupState::Requested
        } else {
            TopupState::Refused { reason: Refusal::TryLater, at: ctx.now }
        };
        let signed = Signed::Topup {
            to: customer.wallet_id,
            amount,
            bank: self.partner(link.bank).await?.name,
            account_mask: link.account_mask.clone(),
            nonce: nonce(ctx),
        };
        let topup = Topup {
            topup_id,
            customer_id: id,
            wallet_id: customer.wallet_id,
            link_id,
            bank: link.bank,
            amount,
            limits: Vec::new(),
            state,
            requested_at: ctx.now,
            asked: 0,
            next_at: ctx.now,
            proof: Some(Proof::pressed(signed, shown)),
            evidence: seen.map(|seen| self.evidence_for(ctx, link.bank, seen)),
            token: None,
            signed_at: None,
            waiting: None,
            refunded: Yen::ZERO,
            borne: Yen::ZERO,
        };
        Box::pin(self.write_topup(ctx, topup, (&customer, &link))).await?;
        Box::pin(self.drive_topup(ctx, topup_id)).await
    }

    /// Writes the top-up down with the caps that it draws on. Somebody who draws on the same account
    /// at the same moment may be faster: then they are read again.
    async fn write_topup(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Topup,
        (customer, link): (&Customer, &Link),
    ) -> Result<(), WalletError> {
        for left in (0..TRIES_MAX).rev() {
            let (limits, caps) = self.topup_limits(ctx, customer, link).await?;
            topup.limits = limits;
            let mut unit = Unit::new();
            unit.insert(&topup).audit(
                AuditEntry::new(ctx.now, topup.customer_id, "topup.requested", topup.topup_id)
                    .with("amount", topup.amount.amount())
                    .with("link", topup.link_id),
            );
            if let Some(caps) = &caps {
                unit.update(caps);
            }
            match self.book.commit(unit).await {
                // The other click was faster: it is the same top-up.
                Ok(()) | Err(RecordError::Duplicate { .. }) => return Ok(()),
                Err(RecordError::Conflict { .. }) if left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The rules' limits, and those that follow from what the bank's connector declares, with the row
    /// of the latter. A bank that declares less than before is taken less from at once, by old links
    /// too.
    async fn topup_limits(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        link: &Link,
    ) -> Result<(Vec<Limit>, Option<Stored<AccountCaps>>), WalletError> {
        let mut limits = self.rules.limits(Act::Topup, customer, Some(link), ctx.now);
        if self.care_for(ctx, link).await?.is_lowered {
            limits.push(lowered(link));
        }
        let partner = self.partner(link.bank).await?;
        if self.rules.caps_a_banks_word() {
            limits.push(word::limit(&partner));
        }
        let assurance = self.banks.assurance(&partner);
        let Ok(declared) = assurance.caps() else { return Err(WalletError::Stopped) };
        let caps = self.account_caps(ctx, (customer, link), declared).await?;
        if let Some(caps) = &caps {
            limits.extend(caps.limits());
        }
        Ok((limits, caps))
    }

    /// One of this customer's top-ups.
    pub async fn topup_of(&self, id: CustomerId, topup_id: TopupId) -> Result<Topup, WalletError> {
        let topup = self.load::<Topup>(topup_id).await?;
        if topup.customer_id == id {
            Ok(topup.into_inner())
        } else {
            Err(WalletError::NotAvailable)
        }
    }
}
