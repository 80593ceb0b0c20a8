//! A call *from* the number on file: the network says who calls, so nobody has to.
//!
//! A call that would confirm a link confirms nothing until the caller has heard whose link it is and
//! agreed: somebody may have talked them into calling.
//!
//! A number that is newer than thirty days proves nothing: whoever swaps a SIM or has the number
//! changed has to wait, and the holder hears of it. The refusal is the same as any other.

use kanuki_domain::{
    Ctx,
    route::{Route, SecondChannel},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{CODE_DIGITS, Enrolment, Progress, Purpose, digits};
use crate::{
    Bank, BankError,
    channel::{Called, Confirms},
    holder::{line, load},
    mandate::Mandate,
};

impl Bank {
    /// The telephone exchange took a call: `from` is the caller's number as the network gives it,
    /// `reference` what was typed; the caller agreed to whatever it is. True if something was proven
    /// by it.
    pub async fn call_received(
        &self,
        ctx: &Ctx<'_>,
        from: &str,
        reference: &str,
    ) -> Result<bool, BankError> {
        let mut unit = Unit::new();
        let called = self.prove_by_call(ctx, &mut unit, (from, reference, true)).await?;
        self.book.commit(unit).await?;
        Ok(called == Called::Proven)
    }

    /// The same, as part of `unit`; who did not agree yet is asked, where there is something to
    /// confirm. Only whoever calls from the number on file hears of it.
    pub(crate) async fn prove_by_call(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (from, reference, has_agreed): (&str, &str, bool),
    ) -> Result<Called, BankError> {
        let Some(from) = kanuki_formats::phone::fold_phone(from) else {
            return Ok(Called::Nothing);
        };
        for enrolment in self.waiting_for(ctx, Route::Call, reference).await? {
            // Whoever began this page may call from any telephone, to hear how long the answer takes:
            // without such an account a made-up number is asked for, and its answer thrown away.
            let known_no = enrolment.customer_no.clone();
            let asked = known_no.clone().unwrap_or_else(|| digits(ctx, CODE_DIGITS));
            let found = self.core.find_customer(&asked).await?;
            let Some(core) = found.filter(|_| known_no.is_some()) else { continue };
            if line(&core, ctx.now).as_ref() != Some(&from) {
                continue;
            }
            if let (Purpose::Confirm { mandate_id }, false) = (enrolment.purpose, has_agreed) {
                let mandate = load::<Mandate>(&self.book, mandate_id).await?;
                return Ok(Called::Asks(Confirms::of(&mandate)));
            }
            let known = self.meet_holder(ctx, core).await?;
            if known.line(ctx.now).is_none() {
                continue;
            }
            let holder_id = known.holder.holder_id;
            let id = enrolment.enrolment_id;
            if self.take_call(ctx, unit, enrolment, holder_id).await? {
                unit.audit(AuditEntry::new(ctx.now, holder_id, "enrolment.called", id));
                return Ok(Called::Proven);
            }
        }
        Ok(Called::Nothing)
    }

    async fn take_call(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mut enrolment: Stored<Enrolment>,
        holder_id: kanuki_domain::id::HolderId,
    ) -> Result<bool, BankError> {
        enrolment.edit().holder_id = Some(holder_id);
        match enrolment.purpose {
            Purpose::Enrol | Purpose::Look => enrolment.edit().progress = Progress::Proven,
            Purpose::Confirm { mandate_id } => {
                let mandate = load::<Mandate>(&self.book, mandate_id).await?;
                match self.confirm_by(ctx, unit, mandate, SecondChannel::Call).await {
                    // Refused before anything was added to the unit.
                    Err(
                        BankError::NotAvailable
                        | BankError::Locked
                        | BankError::Waits { .. }
                        | BankError::Mandate(_),
                    ) => return Ok(false),
                    confirmed => confirmed?,
                }
                enrolment.edit().progress = Progress::Done;
            }
        }
        unit.update(&enrolment);
        Ok(true)
    }
}
