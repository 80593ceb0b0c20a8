//! Whoever was invited makes a passkey of their own, and signs in with it from then on.

use kanuki_desk::{
    authenticator::{self, Authenticator, keys_of},
    outbox::{Channel, Content},
    stop_code::StopCode,
};
use kanuki_domain::{
    Ctx, Masked,
    id::DelegationId,
    limits::DELEGATION_SECS,
    mandate::{Route, later},
};
use kanuki_passkey::{DiscoverableState, RegistrationState};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::Kind as Signal;
use kanuki_wire::transaction::ContactKind;
use serde::{Deserialize, Serialize};

use super::{CONTACT, Delegation, Standing};
use crate::{Bank, BankError, attempt::Failure, holder::contact};

/// What must come back with the passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinState {
    code: Masked<String>,
    contact: Option<(Channel, Masked<String>)>,
    registration: RegistrationState,
}

impl Bank {
    /// Options to make a passkey for whoever typed the code of an invitation. `to` is where they wish
    /// to hear of notices, if they do; `Amounts` where it is no address.
    pub async fn start_joining(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
        to: Option<(ContactKind, &str)>,
    ) -> Result<(String, JoinState), BankError> {
        let delegation = self.invitation(ctx, code).await?;
        let contact = match to {
            None => None,
            Some((kind, typed)) => {
                let to = contact::plain(kind, typed).ok_or(BankError::Amounts)?;
                Some((contact::channel(kind), Masked::new(to)))
            }
        };
        let id = delegation.delegation_id;
        // A person may look after several: a number that the holder's page shows too tells them apart.
        let label = format!("{} 見守り役 {}", self.config.name, number_of(id));
        let made = self.rp.start_registration(id.bits().to_be_bytes(), &label, &label, &[])?;
        let code = Masked::new(code.to_owned());
        Ok((made.0, JoinState { code, contact, registration: made.1 }))
    }

    /// The passkey is made: from now on they may look and stop, and the holder hears of it everywhere.
    pub async fn finish_joining(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &JoinState,
    ) -> Result<DelegationId, BankError> {
        let mut delegation = self.invitation(ctx, state.code.expose()).await?;
        let passkey = self.rp.finish_registration(response, &state.registration)?;
        let id = delegation.delegation_id;
        let known = self.known(delegation.holder_id).await?;
        let label = self.label_of(&known, &delegation)?;
        let made = Authenticator::register(ctx, id, passkey, "passkey", Route::Passkey);
        let key = self.vault.create_person(ctx, id)?;
        let contact = match &state.contact {
            None => None,
            Some((channel, to)) => {
                Some(self.vault.seal(ctx, &key, CONTACT, &(channel, to.expose()))?)
            }
        };
        let ends_at = later(ctx.now, DELEGATION_SECS);
        let row = delegation.edit();
        row.code_hash = None;
        row.contact = contact;
        row.standing = Standing::Active { since: ctx.now, ends_at };
        let mut unit = Unit::new();
        unit.update(&delegation).insert(&made).insert(&key).audit(
            AuditEntry::new(ctx.now, id, "delegate.joined", known.holder.holder_id)
                .with("authenticator", made.authenticator_id),
        );
        let content = Content::new("delegate_joined").with("label", label).with("ends_at", ends_at);
        self.tell(&mut unit, ctx, &known, id, content)?;
        self.book.commit(unit).await?;
        Ok(id)
    }

    /// The invitation with this code; one answer for a wrong, a used and an old one.
    async fn invitation(
        &self,
        ctx: &Ctx<'_>,
        typed: &str,
    ) -> Result<Stored<Delegation>, BankError> {
        let found = match StopCode::parse(typed) {
            Some(code) => {
                let hash = code.blinded(&self.vault);
                self.book.find_by::<Delegation>("code_hash", &hash).await?
            }
            None => None,
        };
        let waits = |one: &Stored<Delegation>| matches!(one.standing, Standing::Invited { until } if ctx.now < until);
        found.filter(waits).ok_or(BankError::NotAvailable)
    }

    /// Checks the sign-in of a delegate. A holder's passkey is nobody's here, and theirs nobody's
    /// where a holder signs in.
    pub async fn finish_delegate_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &DiscoverableState,
    ) -> Result<DelegationId, BankError> {
        let done = self.check_delegate(ctx, response, state).await;
        if let Err(BankError::Passkey(_) | BankError::NotAvailable) = &done {
            self.require_few(ctx, Signal::SignInRefused, Vec::new()).await?;
            self.failed(ctx, Failure::new(Signal::SignInRefused, Vec::new())).await?;
        }
        done
    }

    async fn check_delegate(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &DiscoverableState,
    ) -> Result<DelegationId, BankError> {
        let identified = self.rp.identify(response)?;
        let id = DelegationId::from_bits(u128::from_be_bytes(identified.user_handle));
        let stored = authenticator::list_passkeys(&self.book, id).await?;
        let mut keys = keys_of(&stored);
        let asserted = self.rp.finish_discoverable(response, state, &mut keys)?;
        let used = self.keep_counter(ctx, stored, keys, &asserted).await?;
        self.delegation(ctx, id).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, id, "delegate.signed_in", used.authenticator_id));
        self.book.commit(unit).await?;
        Ok(id)
    }
}

/// Three digits that tell a person's delegations apart in the list of their passkeys.
#[must_use]
pub fn number_of(id: DelegationId) -> String {
    format!("{:03}", id.bits() % 1_000)
}
