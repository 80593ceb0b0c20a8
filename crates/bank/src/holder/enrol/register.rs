//! Who has proven themself registers a passkey, and every contact on file hears of it.

use kanuki_desk::{
    authenticator::{Authenticator, keys_of},
    outbox::Content,
    screening::Occasion,
};
use kanuki_domain::{
    Ctx,
    id::{EnrolmentId, HolderId},
};
use kanuki_passkey::RegistrationState;
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::set::CredentialChange;

use super::{Enrolment, Progress, Purpose};
use crate::{Bank, BankError, event::credential};

impl Bank {
    /// Options to register a passkey for a proven enrolment.
    pub async fn start_registration(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<(String, RegistrationState), BankError> {
        let holder_id = self.proven(ctx, id, browser).await?.1;
        let existing = keys_of(&self.passkeys(holder_id).await?);
        let handle = holder_id.bits().to_be_bytes();
        // The label in the device's passkey list must not carry a name or an account number.
        let label = format!("{} お客さま", self.config.name);
        Ok(self.rp.start_registration(handle, &label, &label, &existing)?)
    }

    /// Registers the passkey and tells the holder through every contact on file.
    pub async fn finish_registration(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
        response: &str,
        state: &RegistrationState,
    ) -> Result<HolderId, BankError> {
        let (mut enrolment, holder_id) = self.proven(ctx, id, browser).await?;
        let passkey = self.rp.finish_registration(response, state)?;
        let known = self.known(holder_id).await?;
        self.screen(ctx, &known, Occasion::Enrolment).await?;
        let authenticator =
            Authenticator::register(ctx, holder_id, passkey, "passkey", enrolment.proof);
        enrolment.edit().progress = Progress::Done;
        enrolment.edit().made = Some(authenticator.authenticator_id);
        let mut unit = Unit::new();
        unit.update(&enrolment).insert(&authenticator).audit(
            AuditEntry::new(ctx.now, holder_id, "holder.passkey_added", holder_id)
                .with("authenticator", authenticator.authenticator_id),
        );
        let stops = authenticator.authenticator_id;
        self.tell(&mut unit, ctx, &known, stops, Content::new("passkey_added"))?;
        let made = credential(CredentialChange::Create, "fido2-platform");
        self.tell_wallets(ctx, &mut unit, (holder_id, &format!("added|{stops}")), &[made]).await?;
        self.book.commit(unit).await?;
        Ok(holder_id)
    }

    pub(crate) async fn proven(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<(Stored<Enrolment>, HolderId), BankError> {
        let enrolment = self.enrolment(ctx, id, browser).await?;
        match (enrolment.progress, enrolment.holder_id, enrolment.purpose) {
            (Progress::Proven, Some(holder_id), Purpose::Enrol) => Ok((enrolment, holder_id)),
            _ => Err(BankError::NotAvailable),
        }
    }
}
