//! Coming back after the wait: the identity card first, then a new passkey.

use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx, assurance::SignIn, id::CustomerId, limits::DAY_SECS, mandate::later, typed,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::set::{CredentialChange, Event};
use serde::{Deserialize, Serialize};

use super::{Recovery, RecoveryState};
use crate::{
    Wallet, WalletError,
    close::Closing,
    customer::{AddingPasskey, alternative::Alternative, passkeys::credential},
};

/// A new passkey that ends a recovery; kept on the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recovering {
    code_hash: String,
    adding: AddingPasskey,
}

impl Recovering {
    /// Whose wallet it is.
    #[must_use]
    pub const fn customer_id(&self) -> CustomerId {
        self.adding.customer_id()
    }
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
        let named = self.named_recovery(code).await?;
        let mut live = self.asked_together(named).await?;
        live.retain(|recovery| recovery.is_under_way(ctx.now));
        // The one whose person has shown their card, if any has.
        live.sort_by_key(|recovery| require_proven(ctx, recovery).is_err());
        let recovery = live.into_iter().next().ok_or(WalletError::NotAvailable)?;
        if ctx.now < recovery.ready_at {
            return Err(WalletError::TooEarly { from: recovery.ready_at });
        }
        Ok(recovery)
    }

    /// The recovery with this code, once the wait is over, whatever became of it: one that was stopped
    /// and one that leads to nobody's wallet set out for the card like any other, and whose it is shows
    /// with the right card only. Otherwise the code would tell after a week who has a wallet.
    pub(crate) async fn ripe_recovery(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<Stored<Recovery>, WalletError> {
        let named = self.named_recovery(code).await?;
        let mut all = self.asked_together(named).await?;
        all.retain(|recovery| !recovery.is_over(ctx.now));
        all.sort_by_key(|recovery| !recovery.is_under_way(ctx.now));
        let recovery = all.into_iter().next().ok_or(WalletError::NotAvailable)?;
        if ctx.now < recovery.ready_at {
            return Err(WalletError::TooEarly { from: recovery.ready_at });
        }
        Ok(recovery)
    }

    async fn named_recovery(&self, code: &str) -> Result<Stored<Recovery>, WalletError> {
        let typed = typed::code(code).to_ascii_lowercase();
        let hash = self.vault.blind("recovery", typed.as_bytes());
        let found = self.book.find_by::<Recovery>("code_hash", &hash).await?;
        found.ok_or(WalletError::NotAvailable)
    }

    /// Every recovery that was asked for together with `named`, itself too.
    async fn asked_together(
        &self,
        named: Stored<Recovery>,
    ) -> Result<Vec<Stored<Recovery>>, WalletError> {
        let mut all = Vec::new();
        for id in &named.asked_together {
            if *id != named.recovery_id {
                all.extend(self.book.find::<Recovery>(*id).await?);
            }
        }
        all.insert(0, named);
        Ok(all)
    }

    /// Notes in `unit` that the card was `person_hash`'s; an error if none of the wallets that were
    /// asked for is theirs. One that was proven and ran out may be proven again.
    pub(crate) async fn prove_recovery(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        recovery_id: kanuki_domain::id::RecoveryId,
        person_hash: &str,
    ) -> Result<(), WalletError> {
        let named = self.load::<Recovery>(recovery_id).await?;
        let mut theirs = None;
        for recovery in self.asked_together(named).await? {
            let is_ready = recovery.is_under_way(ctx.now) && ctx.now >= recovery.ready_at;
            let customer = match self.customer(recovery.customer_id).await {
                Ok(customer) => customer,
                // Nobody's: no card is theirs.
                Err(WalletError::NotAvailable) => continue,
                Err(error) => return Err(error),
            };
            if is_ready && customer.person_hash.as_deref() == Some(person_hash) {
                theirs = Some(recovery);
            }
        }
        let Some(mut recovery) = theirs else {
            unit.audit(AuditEntry::new(ctx.now, "anyone", "recovery.refused", recovery_id));
            return Err(WalletError::NotAvailable);
        };
        let recovery_id = recovery.recovery_id;
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
    /// The caller ends every session of the customer, before and after: before, so that a crash
    /// leaves nobody signed in; after, for whoever signed in meanwhile.
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
        if known.customer.closure.is_shut() {
            return Err(WalletError::NotAvailable);
        }
        let customer = known.customer.edit();
        // Whoever asked for its end with a passkey that ends here asks again with the new one.
        let closing_case = customer.closure.asked().and_then(Closing::case_id);
        customer.closure = std::mem::take(&mut customer.closure).stop();
        customer.sign_in = SignIn::Passkey;
        customer.halved_until = Some(later(ctx.now, DAY_SECS));
        recovery.edit().state = RecoveryState::Done;
        self.end_case(ctx, &mut unit, (closing_case, "=closing_stopped")).await?;
        // The printed key may be what was stolen.
        if let Some(printed) = self.book.find::<Alternative>(id).await? {
            unit.delete(&printed);
        }
        // Whoever held the old telephone may hold it still.
        self.end_screens(ctx, &mut unit, id).await?;
        known.screens.clear();
        unit.update(&known.customer).update(&recovery);
        unit.audit(AuditEntry::new(ctx.now, id, "recovery.done", recovery.recovery_id));
        self.tell(&mut unit, ctx, &known, Content::new("recovered"))?;
        let said = [
            credential(CredentialChange::Revoke),
            credential(CredentialChange::Create),
            Event::SessionRevoked {},
        ];
        self.queue_change(ctx, &mut unit, (id, &recovery.recovery_id.to_string()), &said).await?;
        self.commit_once(unit).await?;
        self.cancel_recoveries(ctx, id, "system").await?;
        Ok(id)
    }
}

fn require_proven(ctx: &Ctx<'_>, recovery: &Recovery) -> Result<(), WalletError> {
    if recovery.is_proven(ctx.now) { Ok(()) } else { Err(WalletError::NotAvailable) }
}
