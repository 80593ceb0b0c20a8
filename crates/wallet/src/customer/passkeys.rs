//! A second passkey, the list of them, and ending one.

use kanuki_desk::{
    authenticator::{Authenticator, keys_of, list_passkeys},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    assurance::SignIn,
    id::{AuthenticatorId, CustomerId},
    mandate::Route,
};
use kanuki_formats::text::safe_line;
use kanuki_passkey::{AssertionState, CredentialId, RegistrationState};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::{CredentialChange, Event};
use serde::{Deserialize, Serialize};

use super::open::user_handle;
use crate::{Wallet, WalletError};

/// The first half: an assertion by a passkey that is already there.
pub type ProvingPasskey = AssertionState;

/// The second half: a new passkey, permitted by that assertion.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddingPasskey {
    customer_id: CustomerId,
    registration: RegistrationState,
    /// The passkey that permitted it; none in a recovery, which the card permits.
    #[serde(default)]
    permitted_by: Option<CredentialId>,
}

impl AddingPasskey {
    /// Whose it will be.
    pub(super) const fn customer_id(&self) -> CustomerId {
        self.customer_id
    }
}

/// What banks are told of a passkey: that there is one more, or one less, and not which.
pub(super) fn credential(change_type: CredentialChange) -> Event {
    Event::CredentialChange { credential_type: "fido2-platform".to_owned(), change_type }
}

/// Most passkeys of one customer.
const PASSKEYS_MAX: usize = 10;

impl Wallet {
    /// Every passkey the customer can sign in with.
    pub async fn passkeys(
        &self,
        id: CustomerId,
    ) -> Result<Vec<Stored<Authenticator>>, WalletError> {
        Ok(list_passkeys(&self.book, id).await?)
    }

    /// Asks for an assertion before anything about passkeys is changed, however fresh the session.
    pub async fn start_proving(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<(String, ProvingPasskey), WalletError> {
        let customer = self.customer(id).await?;
        self.start_assertion(&customer, ctx.random()).await
    }

    /// Checks that assertion, and gives the options for the new passkey.
    pub async fn start_adding_passkey(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        response: &str,
        state: &ProvingPasskey,
    ) -> Result<(String, AddingPasskey), WalletError> {
        let customer = self.customer(id).await?;
        let mut unit = Unit::new();
        let asserted = self.finish_assertion(ctx, &mut unit, &customer, response, state).await?;
        self.book.commit(unit).await?;
        Self::require_unfrozen(&customer)?;
        let (options, adding) = self.start_passkey(id, &customer.nickname).await?;
        let permitted_by = Some(asserted.credential_id);
        Ok((options, AddingPasskey { permitted_by, ..adding }))
    }

    /// Options for one more passkey of `id`, excluding those they have.
    pub(super) async fn start_passkey(
        &self,
        id: CustomerId,
        nickname: &str,
    ) -> Result<(String, AddingPasskey), WalletError> {
        let have = keys_of(&self.passkeys(id).await?);
        if have.len() >= PASSKEYS_MAX {
            return Err(WalletError::NotAvailable);
        }
        let (options, registration) =
            self.rp.start_registration(user_handle(id), nickname, nickname, &have)?;
        Ok((options, AddingPasskey { customer_id: id, registration, permitted_by: None }))
    }

    /// Keeps the new passkey and tells of it.
    pub async fn finish_adding_passkey(
        &self,
        ctx: &Ctx<'_>,
        adding: &AddingPasskey,
        response: &str,
        label: &str,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        let id = self.keep_passkey(ctx, &mut unit, adding, response, label)?;
        let known = self.known(id).await?;
        // Asked again: since the first half, somebody may have stopped the wallet or that passkey.
        Self::require_unfrozen(&known.customer)?;
        let live = self.passkeys(id).await?;
        let permits = adding.permitted_by.as_ref();
        if !live.iter().filter_map(|a| a.passkey()).any(|p| Some(&p.credential_id()) == permits) {
            return Err(WalletError::NotAccepted);
        }
        unit.update(&known.customer);
        self.tell(&mut unit, ctx, &known, Content::new("passkey_added"))?;
        let cause = format!("passkey|{}", ctx.now);
        let made = [credential(CredentialChange::Create)];
        self.queue_change(ctx, &mut unit, (id, &cause), &made).await?;
        self.commit_once(unit).await
    }

    /// Adds a registered passkey to `unit`.
    pub(super) fn keep_passkey(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        adding: &AddingPasskey,
        response: &str,
        label: &str,
    ) -> Result<CustomerId, WalletError> {
        let passkey = self.rp.finish_registration(response, &adding.registration)?;
        let id = adding.customer_id;
        let label = safe_line(label, 30);
        let authenticator = Authenticator::register(ctx, id, passkey, &label, Route::Passkey);
        let subject = authenticator.authenticator_id;
        unit.insert(&authenticator);
        unit.audit(AuditEntry::new(ctx.now, id, "passkey.added", subject));
        Ok(id)
    }

    /// Ends a passkey, after an assertion by any of them; never the last one.
    pub async fn revoke_passkey(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        authenticator_id: AuthenticatorId,
        (response, state): (&str, &ProvingPasskey),
    ) -> Result<(), WalletError> {
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        self.finish_assertion(ctx, &mut unit, &known.customer, response, state).await?;
        self.book.commit(unit).await?;
        let mut live = self.passkeys(id).await?;
        if live.len() < 2 && known.customer.sign_in == SignIn::Passkey {
            return Err(WalletError::NotAvailable);
        }
        let found = live.iter_mut().find(|a| a.authenticator_id == authenticator_id);
        let authenticator = found.ok_or(WalletError::NotAvailable)?;
        authenticator.edit().revoked_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(authenticator).audit(AuditEntry::new(
            ctx.now,
            id,
            "passkey.revoked",
            authenticator_id,
        ));
        self.tell(&mut unit, ctx, &known, Content::new("passkey_removed"))?;
        let gone = [credential(CredentialChange::Delete)];
        self.queue_change(ctx, &mut unit, (id, &authenticator_id.to_string()), &gone).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Commits a unit whose second copy is a repeated request.
    pub(crate) async fn commit_once(&self, unit: Unit) -> Result<(), WalletError> {
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            other => Ok(other?),
        }
    }
}
