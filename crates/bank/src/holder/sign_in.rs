//! A holder signs in at the bank, and signs: with a passkey here, with their identity card
//! ([`card`](super::card)) or with the bank's app ([`app`](super::app)). With nothing else.

use kanuki_desk::{
    authenticator::{Authenticator, keys_of},
    evidence::Signature,
};
use kanuki_domain::{Ctx, id::HolderId};
use kanuki_passkey::{Asserted, AssertionState, DiscoverableState};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::Kind;

use crate::{
    Bank, BankError,
    attempt::Failure,
    holder::{app, card::Brought},
};

/// Who signed in, and with what.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The holder.
    pub holder_id: HolderId,
    /// What was used.
    pub authenticator: Authenticator,
    /// What was signed.
    pub signature: Signature,
}

impl Bank {
    /// Options for a sign-in that needs no user name.
    pub fn start_sign_in(&self, ctx: &Ctx<'_>) -> Result<(String, DiscoverableState), BankError> {
        Ok(self.rp.start_discoverable(ctx.random())?)
    }

    /// Checks a sign-in. Failures are counted for the network alone: nobody is locked out of their
    /// own account by somebody else's, and a right passkey is never refused for them.
    pub async fn finish_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &DiscoverableState,
    ) -> Result<SignedIn, BankError> {
        let done = self.check_sign_in(ctx, response, state).await;
        if let Err(BankError::Passkey(_) | BankError::NotAvailable) = &done {
            self.require_few(ctx, Kind::SignInRefused, Vec::new()).await?;
            self.failed(ctx, Failure::new(Kind::SignInRefused, Vec::new())).await?;
        }
        done
    }

    async fn check_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &DiscoverableState,
    ) -> Result<SignedIn, BankError> {
        let identified = self.rp.identify(response)?;
        let holder_id = HolderId::from_bits(u128::from_be_bytes(identified.user_handle));
        let stored = self.passkeys(holder_id).await?;
        let mut keys = keys_of(&stored);
        let asserted = self.rp.finish_discoverable(response, state, &mut keys)?;
        let authenticator = self.keep_counter(ctx, stored, keys, &asserted).await?;
        let mut unit = Unit::new();
        self.note_done(ctx, &mut unit, (Kind::SignedIn, holder_id)).await?;
        unit.audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "holder.signed_in",
            authenticator.authenticator_id,
        ));
        self.book.commit(unit).await?;
        Ok(SignedIn { holder_id, authenticator, signature: asserted.evidence.into() })
    }

    /// Options for a signature of a known holder over exactly `challenge`. They are empty for somebody
    /// who has no passkey but a card or the app, which are asked elsewhere.
    pub async fn start_signature(
        &self,
        holder_id: HolderId,
        challenge: [u8; 32],
    ) -> Result<(String, AssertionState), BankError> {
        let stored = self.passkeys(holder_id).await?;
        if stored.is_empty() && (self.has_card(holder_id).await? || self.has_app(holder_id).await?)
        {
            return Ok((String::new(), AssertionState::of_no_passkey(challenge)));
        }
        Ok(self.rp.start_assertion(&keys_of(&stored), challenge)?)
    }

    /// Checks such a signature: a passkey's answer, or what a card or the app [brought](Brought).
    pub async fn finish_signature(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        response: &str,
        state: &AssertionState,
    ) -> Result<SignedIn, BankError> {
        if let Some(brought) = Brought::parse(response) {
            return self.finish_card_signature(ctx, holder_id, &brought, state).await;
        }
        if let Some(brought) = app::Brought::parse(response) {
            return self.finish_app_signature(ctx, holder_id, &brought, state).await;
        }
        let stored = self.passkeys(holder_id).await?;
        let mut keys = keys_of(&stored);
        let asserted = self.rp.finish_assertion(response, state, &mut keys)?;
        let authenticator = self.keep_counter(ctx, stored, keys, &asserted).await?;
        Ok(SignedIn { holder_id, authenticator, signature: asserted.evidence.into() })
    }

    /// Stores the passkey that was used, if its counter or its backup state moved, and returns it.
    pub(crate) async fn keep_counter(
        &self,
        ctx: &Ctx<'_>,
        stored: Vec<Stored<Authenticator>>,
        keys: Vec<kanuki_passkey::Passkey>,
        asserted: &Asserted,
    ) -> Result<Authenticator, BankError> {
        for (mut authenticator, key) in stored.into_iter().zip(keys) {
            if key.credential_id() != asserted.credential_id {
                continue;
            }
            if asserted.changed {
                authenticator.edit().keep(key);
                let mut unit = Unit::new();
                unit.update(&authenticator);
                if asserted.backup_changed {
                    unit.audit(backup_entry(ctx, &authenticator, asserted));
                }
                self.book.commit(unit).await?;
            }
            return Ok(authenticator.into_inner());
        }
        Err(BankError::NotAvailable)
    }
}

/// A key that left its device, or came back, is as safe as the account that carries it: noted.
fn backup_entry(ctx: &Ctx<'_>, key: &Authenticator, asserted: &Asserted) -> AuditEntry {
    AuditEntry::new(ctx.now, &key.owner_id, "passkey.backup_changed", key.authenticator_id)
        .with("backed_up", asserted.backup_state)
}
