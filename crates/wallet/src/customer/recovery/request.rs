//! Asking for it, and stopping it.

use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx, Masked,
    id::{CustomerId, RecoveryId, encode_base32},
    mandate::later,
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{Recovery, RecoveryState};
use crate::{Customer, Wallet, WalletError, customer::profile::contact_key};

/// Most recoveries of one wallet that wait at a time: more would only be noise.
const WAITING_MAX: usize = 3;

impl Wallet {
    /// Asks to get back into the wallet with this e-mail address or telephone number.
    ///
    /// The answer is always a code to come back with. Whether there is such a wallet is told to its
    /// owner and to nobody else.
    pub async fn request_recovery(
        &self,
        ctx: &Ctx<'_>,
        contact: &str,
    ) -> Result<Masked<String>, WalletError> {
        let code = encode_base32(u128::from_be_bytes(ctx.random()));
        if let Some((key, hash)) = contact_key(&self.vault, contact) {
            let found = self.book.find_by::<Customer>(key, &hash).await?;
            if let Some(customer) = found {
                self.keep_request(ctx, &customer, &code).await?;
            }
        }
        Ok(Masked::new(code))
    }

    async fn keep_request(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        code: &str,
    ) -> Result<(), WalletError> {
        let id = customer.customer_id;
        if self.waiting_recoveries(id).await?.len() >= WAITING_MAX {
            return Ok(());
        }
        let recovery = Recovery {
            recovery_id: RecoveryId::generate(ctx),
            customer_id: id,
            code_hash: self.vault.blind("recovery", code.as_bytes()),
            requested_at: ctx.now,
            ready_at: later(ctx.now, self.rules.recovery_wait_secs()),
            state: RecoveryState::Waiting,
        };
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        unit.insert(&recovery).audit(
            AuditEntry::new(ctx.now, "anyone", "recovery.requested", recovery.recovery_id)
                .with("customer", id),
        );
        let content = Content::new("recovery_requested").with("ready_at", recovery.ready_at);
        self.tell(&mut unit, ctx, &known, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Recoveries of `id` that are under way.
    pub async fn waiting_recoveries(
        &self,
        id: CustomerId,
    ) -> Result<Vec<Stored<Recovery>>, WalletError> {
        Ok(self.book.list::<Recovery>("waiting_of", &id.to_string()).await?)
    }

    /// Stops every recovery of `id`: they signed in with a passkey, or used a stop code.
    pub async fn cancel_recoveries(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        by: &str,
    ) -> Result<usize, WalletError> {
        let mut waiting = self.waiting_recoveries(id).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut unit = Unit::new();
        for recovery in &mut waiting {
            recovery.edit().state = RecoveryState::Cancelled;
            unit.update(recovery).audit(
                AuditEntry::new(ctx.now, by, "recovery.cancelled", recovery.recovery_id)
                    .with("customer", id),
            );
        }
        self.book.commit(unit).await?;
        Ok(waiting.len())
    }
}
