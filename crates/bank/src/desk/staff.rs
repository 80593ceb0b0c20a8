//! Staff register a passkey with the code they were handed, and sign in with it.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{self, Authenticator, keys_of},
    staff::{Invitation, Staff, activation_hash},
};
use kanuki_domain::{Ctx, id::StaffId, mandate::Route};
use kanuki_passkey::{DiscoverableState, RegistrationState};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{Bank, BankError, holder::load};

impl Bank {
    /// Adds a member of staff; the code registers their first passkey. Doing it twice is fine.
    pub async fn invite_staff(
        &self,
        ctx: &Ctx<'_>,
        name: &str,
        activation_code: &str,
        until: Timestamp,
    ) -> Result<(), BankError> {
        self.keep_invited(ctx, Staff::invite(ctx, &self.vault, name, activation_code, until)).await
    }

    /// The same for somebody who may read hits of lists and drafts of reports from the first day on.
    pub async fn invite_officer(
        &self,
        ctx: &Ctx<'_>,
        name: &str,
        activation_code: &str,
        until: Timestamp,
    ) -> Result<(), BankError> {
        let staff = Staff::invite(ctx, &self.vault, name, activation_code, until);
        self.keep_invited(ctx, staff.as_officer()).await
    }

    async fn keep_invited(&self, ctx: &Ctx<'_>, staff: Staff) -> Result<(), BankError> {
        if self.book.find_by::<Staff>("name", &staff.name).await?.is_some() {
            return Ok(());
        }
        let mut unit = Unit::new();
        unit.insert(&staff).audit(
            AuditEntry::new(ctx.now, "system", "staff.invited", staff.staff_id)
                .with("officer", staff.is_officer()),
        );
        Ok(self.book.commit(unit).await?)
    }

    async fn invited(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<(Stored<Staff>, Invitation), BankError> {
        let hash = activation_hash(&self.vault, code);
        let found = self.book.find_by::<Staff>("activation_hash", &hash).await?;
        let staff = found.ok_or(BankError::NotAvailable)?;
        let invitation = staff.invitation(ctx.now).ok_or(BankError::NotAvailable)?;
        Ok((staff, invitation))
    }

    /// Options to register a member's first passkey, and whose invitation it is.
    pub async fn start_staff_activation(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
    ) -> Result<(String, RegistrationState, Invitation), BankError> {
        let (staff, invitation) = self.invited(ctx, code).await?;
        let handle = staff.staff_id.bits().to_be_bytes();
        let label = format!("{} desk", self.config.name);
        let (options, state) = self.rp.start_registration(handle, &label, &staff.name, &[])?;
        Ok((options, state, invitation))
    }

    /// Registers it; the code is used up.
    pub async fn finish_staff_activation(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
        response: &str,
        state: &RegistrationState,
    ) -> Result<StaffId, BankError> {
        let (mut staff, _) = self.invited(ctx, code).await?;
        let passkey = self.rp.finish_registration(response, state)?;
        staff.edit().mark_activated();
        let id = staff.staff_id;
        let mut unit = Unit::new();
        unit.update(&staff)
            .insert(&Authenticator::register(ctx, id, passkey, "desk", Route::Passkey))
            .audit(AuditEntry::new(ctx.now, id, "staff.activated", id));
        self.book.commit(unit).await?;
        Ok(id)
    }

    /// Checks a member's sign-in.
    pub async fn finish_staff_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &DiscoverableState,
    ) -> Result<Staff, BankError> {
        let identified = self.rp.identify(response)?;
        let staff_id = StaffId::from_bits(u128::from_be_bytes(identified.user_handle));
        let staff = load::<Staff>(&self.book, staff_id).await?;
        if staff.left_at.is_some() {
            return Err(BankError::NotAvailable);
        }
        let mut stored = authenticator::list_passkeys(&self.book, staff_id).await?;
        let mut keys = keys_of(&stored);
        let asserted = self.rp.finish_discoverable(response, state, &mut keys)?;
        let mut unit = Unit::new();
        for (row, key) in stored.iter_mut().zip(keys) {
            if asserted.changed && key.credential_id() == asserted.credential_id {
                row.edit().keep(key);
                unit.update(row);
            }
        }
        unit.audit(AuditEntry::new(ctx.now, staff_id, "staff.signed_in", staff_id));
        self.book.commit(unit).await?;
        Ok(staff.into_inner())
    }
}
