//! A wallet asks to have one debit signed. What cannot come to anything is refused before any page.

use kanuki_desk::gate::Gate;
use kanuki_domain::{Ctx, id::DebitApprovalId, limits::SIGNATURE_TRIES_PER_HOUR};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::{ErrorCode, OAuthError, approval::Request, authn::AuthnEvidence};

use crate::{
    Bank, BankError,
    approval::{ApprovalState, DebitApproval},
    debit,
    holder::load,
    mandate::{Mandate, legs},
    replay,
};

/// How the tries are noted.
const TRY: &str = "signature_try";

fn refuse(why: &str) -> BankError {
    BankError::OAuth(OAuthError::new(ErrorCode::InvalidAuthorizationDetails, why))
}

impl Bank {
    /// Writes down that `client_id` wants this debit signed.
    ///
    /// The mandate must be this client's, alive and valid now. A debit that a stop or a cap of the
    /// bank's own would refuse anyway is refused here: a signature could not help it.
    pub async fn ask_approval(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        request: &Request,
        evidence: Option<AuthnEvidence>,
    ) -> Result<DebitApproval, BankError> {
        request.check_time(ctx.now).map_err(OAuthError::from)?;
        if evidence.as_ref().is_some_and(|e| !e.is_plausible(ctx.now)) {
            return Err(OAuthError::invalid_request("authn_evidence cannot be so").into());
        }
        let unusable = || refuse("there is no such mandate of this client that can be used");
        let mandate = match load::<Mandate>(&self.book, request.mandate_id).await {
            Ok(found) if found.client_id == client_id => found,
            Ok(_) | Err(BankError::NotAvailable) => return Err(unusable()),
            Err(error) => return Err(error),
        };
        let mandate = self.ripen(ctx, mandate).await?.into_inner();
        if debit::judge::is_usable(&mandate, None, ctx.now).is_err() {
            return Err(unusable());
        }
        if self.find_debit(client_id, request.debit_id).await?.is_some() {
            return Err(refuse("this debit was asked for before"));
        }
        if !self.take_try(ctx, &mandate).await? {
            return Err(refuse("too many signatures were asked for: wait an hour"));
        }
        if self.refused_anyway(ctx, &mandate, request.amount).await?.is_some() {
            return Err(refuse("no signature makes this debit possible now"));
        }
        let nonce = &request.nonce;
        if !replay::first_use(&self.book, ctx, "debit_nonce", client_id, nonce).await? {
            return Err(refuse("the nonce was used before"));
        }
        let approval = DebitApproval {
            approval_id: DebitApprovalId::generate(ctx),
            client_id: client_id.to_owned(),
            mandate_id: mandate.mandate_id,
            standing: mandate.grant_id,
            debit_id: request.debit_id,
            amount: request.amount,
            device: evidence.map(|evidence| evidence.device),
            asked_at: ctx.now,
            expires_at: request.expires_at,
            state: ApprovalState::Asked,
            beyond_terms: false,
            cap_generation: None,
        };
        let mut unit = Unit::new();
        unit.insert(&approval).audit(
            AuditEntry::new(ctx.now, client_id, "debit.approval_asked", approval.approval_id)
                .with("mandate", approval.mandate_id)
                .with("debit", approval.debit_id)
                .with("amount", approval.amount.amount()),
        );
        self.book.commit(unit).await?;
        Ok(approval)
    }

    /// Takes one of the tries that a mandate has within an hour to learn whether a signature would
    /// help; false when none is left. Whoever could try without end would feel their way to what is
    /// left of the account's caps.
    pub(crate) async fn take_try(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<bool, BankError> {
        let hour = ctx.now.strftime("%Y-%m-%dT%H").to_string();
        let (id, last) = (mandate.mandate_id.to_string(), SIGNATURE_TRIES_PER_HOUR);
        let slot = |n: u32| format!("{hour}|{n}");
        // They are taken in their order.
        if replay::was_used(&self.book, TRY, &id, &slot(last)).await? {
            return Ok(false);
        }
        for n in 1..=last {
            if replay::first_use(&self.book, ctx, TRY, &id, &slot(n)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first of a mandate's gates that is shut, if one is.
    pub(crate) async fn shut_gate(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Option<Gate>, BankError> {
        for gate in legs::gates(mandate) {
            if gate.is_closed(&*self.ledger, ctx.now).await? {
                return Ok(Some(gate));
            }
        }
        Ok(None)
    }
}
