//! Members of staff: invited, activated once, signed in with passkeys and only so.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{Authenticator, keys_of, list_passkeys},
    staff::{Invitation, Staff, activation_hash},
};
use kanuki_domain::{Ctx, id::StaffId, mandate::Route};
use kanuki_passkey::{DiscoverableState, RegistrationState};
use kanuki_record::{AuditEntry, Stored, Unit};
use serde::{Deserialize, Serialize};

use crate::{Wallet, WalletError, proof::keep_counters};

/// A member of staff who is making their first passkey; kept on the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Activating {
    staff_id: StaffId,
    registration: RegistrationState,
}

/// A sign-in at the desk under way.
pub type StaffSigningIn = DiscoverableState;

impl Wallet {
    /// Invites a member of staff, who registers with `activation_code` before `until`. One who was
    /// invited under this name before is answered instead.
    pub async fn invite_staff(
        &self,
        ctx: &Ctx<'_>,
        name: &str,
        activation_code: &str,
        until: Timestamp,
    ) -> Result<StaffId, WalletError> {
        self.keep_invited(ctx, Staff::invite(ctx, &self.vault, name, activation_code, until)).await
    }

    /// The same for somebody who may read hits of lists and drafts of reports from the first day on.
    pub async fn invite_officer(
        &self,
        ctx: &Ctx<'_>,
        name: &str,
        activation_code: &str,
        until: Timestamp,
    ) -> Result<StaffId, WalletError> {
        let staff = Staff::invite(ctx, &self.vault, name, activation_code, until);
        self.keep_invited(ctx, staff.as_officer()).await
    }

    async fn keep_invited(&self, ctx: &Ctx<'_>, staff: Staff) -> Result<StaffId, WalletError> {
        if let Some(known) = self.book.find_by::<Staff>("name", &staff.name).await? {
            return Ok(known.staff_id);
        }
        let mut unit = Unit::new();
        unit.insert(&staff).audit(
            AuditEntry::new(ctx.now, "system", "staff.invited", staff.staff_id)
                .with("officer", staff.is_officer()),
        );
        self.book.commit(unit).await?;
        Ok(staff.staff_id)
    }

    /// A member of staff who works here.
    pub async fn staff(&self, id: StaffId) -> Result<Stored<Staff>, WalletError> {
        let staff = self.load::<Staff>(id).await?;
        if staff.left_at.is_some() { Err(WalletError::NotAvailable) } else { Ok(staff) }
    }

    /// Options for the first passkey of whoever has this code, and whose invitation it is.
    pub async fn start_activation(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<(String, Activating, Invitation), WalletError> {
        let hash = activation_hash(&self.vault, code);
        let found = self.book.find_by::<Staff>("activation_hash", &hash).await?;
        let staff = found.ok_or(WalletError::NotAccepted)?;
        let invitation = staff.invitation(ctx.now).ok_or(WalletError::NotAccepted)?;
        let handle = staff.staff_id.bits().to_be_bytes();
        let (options, registration) =
            self.rp.start_registration(handle, &staff.name, &staff.name, &[])?;
        Ok((options, Activating { staff_id: staff.staff_id, registration }, invitation))
    }

    /// Keeps the passkey; the code is used up.
    pub async fn finish_activation(
        &self,
        ctx: &Ctx<'_>,
        activating: &Activating,
        response: &str,
    ) -> Result<StaffId, WalletError> {
        let passkey = self.rp.finish_registration(response, &activating.registration)?;
        let id = activating.staff_id;
        let mut staff = self.staff(id).await?;
        if !staff.can_activate(ctx.now) {
            return Err(WalletError::NotAccepted);
        }
        staff.edit().mark_activated();
        let mut unit = Unit::new();
        unit.update(&staff)
            .insert(&Authenticator::register(ctx, id, passkey, "", Route::Passkey))
            .audit(AuditEntry::new(ctx.now, id, "staff.activated", id));
        self.commit_once(unit).await?;
        Ok(id)
    }

    /// Options for signing in at the desk.
    pub fn start_staff_sign_in(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<(String, StaffSigningIn), WalletError> {
        Ok(self.rp.start_discoverable(ctx.random())?)
    }

    /// Checks the passkey of a member of staff; a customer's is not one.
    pub async fn finish_staff_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &StaffSigningIn,
    ) -> Result<StaffId, WalletError> {
        let claimed = self.rp.identify(response)?;
        let id = StaffId::from_bits(u128::from_be_bytes(claimed.user_handle));
        let mut live = list_passkeys(&self.book, id).await?;
        let mut keys = keys_of(&live);
        let asserted = self.rp.finish_discoverable(response, state, &mut keys)?;
        self.staff(id).await?;
        let mut unit = Unit::new();
        keep_counters(ctx, &mut unit, &mut live, keys, &asserted);
        unit.audit(AuditEntry::new(ctx.now, id, "staff.signed_in", id));
        self.book.commit(unit).await?;
        Ok(id)
    }
}
