//! A partner tells us something about a mandate.

use std::sync::Arc;

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    shared,
    signal::line,
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, MandateId},
    mandate::{MandateState, StoppedBy},
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::set::{self, LinkStatus, SetError};

use crate::{Bank, BankError, holder::load, mandate::Mandate, partner::Partner, replay};

/// Why an event token was not taken.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The token is not good; the code is for the sender.
    #[error("the event token was refused")]
    Token(#[from] SetError),
    /// It could not be acted on now: send it again.
    #[error("the event could not be acted on")]
    Bank(#[from] BankError),
}

impl Bank {
    /// Acts on an event token of any registered partner. Told twice is fine.
    pub async fn receive_event(&self, ctx: &Ctx<'_>, token: &str) -> Result<(), EventError> {
        let (partner, told) = self.verify_event(ctx, token).await?;
        let client_id = &partner.client_id;
        // Acted on once: told again after two people released, it must not stop anew.
        let was_used = replay::was_used(&self.book, "set", client_id, &told.jti).await;
        if was_used.map_err(BankError::from)? {
            return Ok(());
        }
        let status = match &told.event {
            // The line works, and that is all.
            set::Event::Verification { state } => {
                let mut unit = Unit::new();
                let word = (client_id.as_str(), state.as_deref());
                let heard = line::heard(&self.book, ctx, &mut unit, word).await;
                if heard.map_err(BankError::from)? {
                    self.book.commit(unit).await.map_err(BankError::from)?;
                }
                return Ok(());
            }
            set::Event::LinkStatusChanged { mandate_id, status, .. } => {
                Some((*mandate_id, *status))
            }
            set::Event::DebitDisputed { mandate_id, .. } => {
                Some((*mandate_id, LinkStatus::Suspended))
            }
            set::Event::CaseShared { case_id, stage } => {
                let mut unit = Unit::new();
                let shared = (*case_id, client_id.as_str(), *stage);
                let noted = shared::take(&self.book, ctx, &mut unit, shared).await;
                noted.map_err(BankError::from)?;
                unit.insert(&replay::Replay::of(ctx, "set", client_id, &told.jti));
                return match self.book.commit(unit).await {
                    Ok(()) | Err(RecordError::Duplicate { table: "replay", .. }) => Ok(()),
                    Err(error) => Err(BankError::from(error).into()),
                };
            }
            set::Event::AccountDisabled { .. } | set::Event::CredentialCompromise { .. } => None,
        };
        let case_id: Option<CaseId> = told.txn.as_deref().and_then(|t| t.parse().ok());
        match status {
            Some((mandate_id, LinkStatus::Suspended)) => {
                self.partner_suspends(ctx, client_id, mandate_id, case_id).await?;
            }
            Some((mandate_id, LinkStatus::Revoked)) => {
                // Suspend first, revoke later: whoever may hold its keys ends no consent for good.
                self.require_partner_open(ctx, client_id).await?;
                let mandate = self.mandate_of_partner(client_id, mandate_id).await?;
                self.end(ctx, mandate, StoppedBy::Wallet, client_id.clone()).await?;
            }
            // Only people here release, two of them: a partner's word alone never loosens.
            Some((_, LinkStatus::Released)) => {}
            None => self.partner_disables(ctx, client_id, &told.subject, case_id).await?,
        }
        // Noted last: if acting failed, the sender tells it again.
        replay::first_use(&self.book, ctx, "set", client_id, &told.jti)
            .await
            .map_err(BankError::from)?;
        Ok(())
    }

    async fn verify_event(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
    ) -> Result<(Arc<Partner>, set::SecurityEvent), EventError> {
        let mut refusal = SetError::Issuer;
        for partner in self.partners().await? {
            let (from, to) = (&partner.issuer, &self.config.issuer);
            match set::verify(token, from, to, &partner.set_jwks, ctx.now) {
                Ok(told) => return Ok((partner, told)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal.into())
    }

    async fn mandate_of_partner(
        &self,
        client_id: &str,
        mandate_id: MandateId,
    ) -> Result<kanuki_record::Stored<Mandate>, BankError> {
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        // A partner speaks only of its own mandates.
        if mandate.client_id == client_id { Ok(mandate) } else { Err(BankError::NotAvailable) }
    }

    async fn partner_suspends(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        mandate_id: MandateId,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        let mandate = self.mandate_of_partner(client_id, mandate_id).await?;
        let holder = mandate.holder_id.to_string();
        let ends_it = matches!(mandate.state, MandateState::Unconfirmed { .. });
        if ends_it && Gate::of("partner", client_id).is_closed(&*self.ledger, ctx.now).await? {
            // A link that waits has nothing to go back to. Whoever may hold a stopped partner's keys
            // ends no consent for good: nothing passes, and two people decide.
            Gate::of("mandate", mandate_id).close(&*self.ledger, ctx.now).await?;
        } else {
            self.suspend(ctx, mandate, StoppedBy::Wallet, case_id).await?;
        }
        let Some(case_id) = case_id else { return Ok(()) };
        let kind = CaseKind::ToldByPartner;
        let case = Case::open_as(case_id, ctx, kind, mandate_id, Some(holder));
        let mut unit = Unit::new();
        unit.insert(&case).audit(AuditEntry::new(ctx.now, client_id, "case.opened", case_id));
        match self.book.commit(unit).await {
            // The case is open already: we were told twice, or opened it ourselves.
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn partner_disables(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        account_ref: &str,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        for mandate in self.book.every::<Mandate>("client_id", client_id).await? {
            if mandate.account_ref == account_ref && mandate.state.is_alive() {
                self.partner_suspends(ctx, client_id, mandate.mandate_id, case_id).await?;
            }
        }
        Ok(())
    }
}
