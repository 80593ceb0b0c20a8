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

/// So many recoveries of one wallet that wait are told of: more would only be noise. Each can be
/// stopped with the code of any of these notices.
const TOLD_MAX: usize = 3;
/// Most wallets of one contact.
const WALLETS_MAX: usize = 20;

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
            let mut found = self.book.list::<Customer>(key, &hash).await?;
            // Anybody can name this contact as theirs; nobody can crowd out a proven person.
            found.sort_by_key(|customer| customer.person_hash.is_none());
            found.truncate(WALLETS_MAX);
            let ids: Vec<RecoveryId> = found.iter().map(|_| RecoveryId::generate(ctx)).collect();
            for (index, (customer, id)) in found.iter().zip(&ids).enumerate() {
                // The code names the first; the others are found through it.
                let name = if index == 0 { code.clone() } else { format!("{code}|{index}") };
                self.keep_request(ctx, customer, (&name, *id, &ids)).await?;
            }
        }
        Ok(Masked::new(code))
    }

    async fn keep_request(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        (code, recovery_id, asked_together): (&str, RecoveryId, &[RecoveryId]),
    ) -> Result<(), WalletError> {
        let id = customer.customer_id;
        let told = self.waiting_recoveries(ctx, id).await?.len();
        let recovery = Recovery {
            recovery_id,
            customer_id: id,
            code_hash: self.vault.blind("recovery", code.as_bytes()),
            requested_at: ctx.now,
            ready_at: later(ctx.now, self.rules.recovery_wait_secs()),
            state: RecoveryState::Waiting,
            asked_together: asked_together.to_vec(),
        };
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        unit.insert(&recovery).audit(
            AuditEntry::new(ctx.now, "anyone", "recovery.requested", recovery.recovery_id)
                .with("customer", id),
        );
        if told < TOLD_MAX {
            let content = Content::new("recovery_requested").with("ready_at", recovery.ready_at);
            self.tell(&mut unit, ctx, &known, content)?;
        }
        Ok(self.book.commit(unit).await?)
    }

    /// Recoveries of `id` that are under way.
    pub async fn waiting_recoveries(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<Vec<Stored<Recovery>>, WalletError> {
        let all = self.book.list::<Recovery>("waiting_of", &id.to_string()).await?;
        Ok(all.into_iter().filter(|recovery| recovery.is_under_way(ctx.now)).collect())
    }

    /// Stops every recovery of `id`: they signed in with a passkey, or used a stop code.
    pub async fn cancel_recoveries(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        by: &str,
    ) -> Result<usize, WalletError> {
        let mut stopped = 0_usize;
        loop {
            // As many as one page holds at a time; what is stopped is not listed again.
            let waiting = self.book.list::<Recovery>("waiting_of", &id.to_string()).await?;
            if waiting.is_empty() {
                return Ok(stopped);
            }
            stopped = stopped.saturating_add(waiting.len());
            self.cancel_page(ctx, id, (by, waiting)).await?;
        }
    }

    async fn cancel_page(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        (by, mut waiting): (&str, Vec<Stored<Recovery>>),
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        for recovery in &mut waiting {
            recovery.edit().state = RecoveryState::Cancelled;
            unit.update(recovery).audit(
                AuditEntry::new(ctx.now, by, "recovery.cancelled", recovery.recovery_id)
                    .with("customer", id),
            );
        }
        Ok(self.book.commit(unit).await?)
    }
}
