//! "I never let that in": a passkey, a card or a key of the app ends, and with it whatever it let in and did.
//!
//! A link that it made, renewed, raised or went past with one debit is suspended until two people have
//! looked at it. What it set going and is not in force yet is called off: silence must not bring it
//! into force. Devices that were let in since are strangers again.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{self, Authenticator, Kind, Means},
    evidence::{Answer, Kept, Signature},
    gate::Gate,
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, HolderId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Stored, Unit, vault::PersonKey};
use kanuki_wire::transaction::Signed;

use crate::{Bank, BankError, debit::device::KnownDevice, holder::load, mandate::Mandate};

impl Bank {
    /// Ends the authenticator. Doing it twice is fine.
    pub(crate) async fn stop_authenticator(
        &self,
        ctx: &Ctx<'_>,
        id: AuthenticatorId,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        let mut authenticator = load::<Authenticator>(&self.book, id).await?;
        let since = authenticator.created_at;
        if authenticator.revoked_at.is_none() {
            authenticator.edit().revoked_at = Some(ctx.now);
            let mut unit = Unit::new();
            unit.update(&authenticator);
            self.book.commit(unit).await?;
        }
        let owner = &authenticator.owner_id;
        let holder_id = owner.parse().map_err(|_| BankError::NotAvailable)?;
        self.end_what_it_let_in(ctx, (holder_id, id)).await?;
        self.drop_raises(ctx, holder_id).await?;
        self.close_openings(ctx, holder_id, since).await?;
        self.unsilence(ctx, holder_id, since).await?;
        let mut strange = self.book.list::<Authenticator>("owner_id", owner).await?;
        strange.retain(|one| one.authenticator_id == id || one.let_in_by == Some(id));
        let mut touched = Vec::new();
        for mandate in self.book.every::<Mandate>("holder_id", owner).await? {
            if !mandate.state.is_alive() {
                continue;
            }
            let was_touched = self.was_touched(&mandate, &strange, since).await?;
            self.forget_devices(ctx, &mandate, since).await?;
            if was_touched {
                Gate::of("mandate", mandate.mandate_id).close(&*self.ledger, ctx.now).await?;
                touched.push(mandate);
            }
        }
        // From here on the core is asked for whom to tell. It may be silent: nothing can move by then.
        for mandate in touched {
            self.suspend(ctx, mandate, StoppedBy::Holder, Some(case_id)).await?;
        }
        self.end_delegations_since(ctx, holder_id, since).await
    }

    async fn end_what_it_let_in(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, id): (HolderId, AuthenticatorId),
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        for mut other in authenticator::list_live(&self.book, holder_id).await? {
            if other.let_in_by == Some(id) {
                other.edit().revoked_at = Some(ctx.now);
                let (act, other_id) = ("authenticator.ended", other.authenticator_id);
                unit.update(&other).audit(AuditEntry::new(ctx.now, "stop_code", act, other_id));
            }
        }
        Ok(self.book.commit(unit).await?)
    }

    /// Whether the terms that hold were signed since the first of the `strange` ones was there, or one
    /// of them signed something that holds or was good for money.
    async fn was_touched(
        &self,
        mandate: &Mandate,
        strange: &[Stored<Authenticator>],
        since: Timestamp,
    ) -> Result<bool, BankError> {
        if mandate.agreed_at() >= since {
            return Ok(true);
        }
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        let all = self.book.every::<Kept>("about", &mandate.mandate_id.to_string()).await?;
        let recent = all.iter().filter(|kept| kept.at >= since && kept.answer == Answer::Signed);
        for kept in recent {
            // What cannot be read may be anything.
            let Ok(content) = kept.open(&self.vault, &key) else { return Ok(true) };
            let signed: Option<Signed> = serde_json::from_str(&content.pre_image).ok();
            if is_by(strange, content.assertion.as_ref()) && counts(mandate, signed.as_ref()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes devices strangers again that the mandate came to know since then.
    async fn forget_devices(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        since: Timestamp,
    ) -> Result<(), BankError> {
        let id = mandate.mandate_id;
        let known = self.book.list::<KnownDevice>("mandate_id", &id.to_string()).await?;
        let mut unit = Unit::new();
        for device in known.iter().filter(|device| device.since >= since) {
            let act = "mandate.device_forgotten";
            unit.delete(device).audit(AuditEntry::new(ctx.now, "stop_code", act, id));
        }
        Ok(self.book.commit(unit).await?)
    }
}

/// Whether one of these made the signature, as far as it tells. Which card it was is not kept, and the
/// first evidence does not name its passkey.
fn is_by(strange: &[Stored<Authenticator>], signature: Option<&Signature>) -> bool {
    match signature {
        None => true,
        Some(Signature::Card(_)) => strange.iter().any(|one| one.kind() == Kind::IdentityCard),
        Some(Signature::Passkey(evidence)) => evidence.key.as_ref().is_none_or(|key| {
            strange.iter().any(|one| match &one.means {
                Means::Passkey(passkey) => passkey.credential_id() == key.credential_id(),
                Means::IdentityCard(_) | Means::BankApp(_) => false,
            })
        }),
        Some(Signature::App(by)) => strange.iter().any(|one| {
            one.app_key().is_some_and(|key| key.thumbprint() == by.app_key.thumbprint())
        }),
    }
}

/// Whether what was signed is in force, or was good for money. A raise that was called off, or that
/// its holder lowered since, is neither.
fn counts(mandate: &Mandate, signed: Option<&Signed>) -> bool {
    let Some(Signed::RaiseCap { terms, .. }) = signed else { return true };
    *terms == mandate.terms || mandate.waiting().is_some_and(|due| due.terms == *terms)
}
