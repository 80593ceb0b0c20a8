//! Coming back after the wait: the identity card first, then a new passkey.

use kanuki_desk::outbox::Content;
use kanuki_domain::{Ctx, assurance::SignIn, id::CustomerId, limits::DAY_SECS, mandate::later};
use kanuki_record::{AuditEntry, Stored, Unit};
use serde::{Deserialize, Serialize};

use super::{Recovery, RecoveryState};
use crate::{Wallet, WalletError, customer::AddingPasskey};

/// A new passkey that ends a recovery; kept on the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recovering {
    code_hash: String,
    adding: AddingPasskey,
}

/// How long the new passkey may be made after the card was read.
const PROVEN_SECS: i64 = 600;

impl Wallet {
    /// The recovery with this code, if it may go on now. A code that is not known, one that is
    /// stopped and one that is finished are one answer.
    pub async fn ready_recovery(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<Stored<Recovery>, WalletError> {
        let typed: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let hash = self.vault.blind("recovery", typed.to_ascii_lowercase().as_bytes());
        let found = self.book.find_by::<Recovery>("code_hash", &hash).await?;
        let recovery = found.ok_or(WalletError::NotAvailable)?;
        match recovery.state {
            RecoveryState::Waiting | RecoveryState::Proven { .. } => {}
            RecoveryState::Done | RecoveryState::Cancelled => {
                return Err(WalletError::NotAvailable);
            }
        }
        if ctx.now < recovery.ready_at {
            return Err(WalletError::TooEarly { from: recovery.ready_at });
        }
        Ok(recovery)
    }

    /// Notes in `unit` that the card was `person_hash`'s; an error if that is not whose wallet it is.
    pub(crate) async fn prove_recovery(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        recovery_id: kanuki_domain::id::RecoveryId,
        person_hash: &str,
    ) -> Result<(), WalletError> {
        let mut recovery = self.load::<Recovery>(recovery_id).await?;
        let customer = self.customer(recovery.customer_id).await?;
        let is_ready = recovery.state == RecoveryState::Waiting && ctx.now >= recovery.ready_at;
        if !is_ready || customer.person_hash.as_deref() != Some(person_hash) {
            unit.audit(AuditEntry::new(ctx.now, "anyone", "recovery.refused", recovery_id));
            return Err(WalletError::NotAvailable);
        }
        recovery.edit().state = RecoveryState::Proven { until: later(ctx.now, PROVEN_SECS) };
        unit.update(&recovery);
        unit.audit(AuditEntry::new(ctx.now, "anyone", "recovery.proven", recovery_id));
        Ok(())
    }

    /// Options for the new passkey, once the card was read.
    pub async fn start_recovering(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<(String, Recovering), WalletError> {
        let recovery = self.ready_recovery(ctx, code).await?;
        require_proven(ctx, &recovery)?;
        let customer = self.customer(recovery.customer_id).await?;
        let (options, adding) =
            self.start_passkey(customer.customer_id, &customer.nickname).await?;
        Ok((options, Recovering { code_hash: recovery.code_hash.clone(), adding }))
    }

    /// Keeps the new passkey, ends the old ones, halves the caps for a day and tells everybody.
    ///
    /// The caller ends every session of the customer.
    pub async fn finish_recovering(
        &self,
        ctx: &Ctx<'_>,
        recovering: &Recovering,
        response: &str,
    ) -> Result<CustomerId, WalletError> {
        let found = self.book.find_by::<Recovery>("code_hash", &recovering.code_hash).await?;
        let mut recovery = found.ok_or(WalletError::NotAvailable)?;
        require_proven(ctx, &recovery)?;
        let id = recovery.customer_id;
        let mut unit = Unit::new();
        for mut old in self.passkeys(id).await? {
            old.edit().revoked_at = Some(ctx.now);
            unit.update(&old);
        }
        self.keep_passkey(ctx, &mut unit, &recovering.adding, response, "")?;
        let mut known = self.known(id).await?;
        let customer = known.customer.edit();
        customer.sign_in = SignIn::Passkey;
        customer.halved_until = Some(later(ctx.now, DAY_SECS));
        recovery.edit().state = RecoveryState::Done;
        unit.update(&known.customer).update(&recovery);
        unit.audit(AuditEntry::new(ctx.now, id, "recovery.done", recovery.recovery_id));
        self.tell(&mut unit, ctx, &known, Content::new("recovered"))?;
        self.commit_once(unit).await?;
        self.cancel_recoveries(ctx, id, "system").await?;
        Ok(id)
    }
}

fn require_proven(ctx: &Ctx<'_>, recovery: &Recovery) -> Result<(), WalletError> {
    match recovery.state {
        RecoveryState::Proven { until } if ctx.now < until => Ok(()),
        RecoveryState::Proven { .. }
        | RecoveryState::Waiting
        | RecoveryState::Done
        | RecoveryState::Cancelled => Err(WalletError::NotAvailable),
    }
}
