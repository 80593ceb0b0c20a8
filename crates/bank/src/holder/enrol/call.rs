//! A call *from* the number on file: the network says who calls, so nobody has to.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Unit};

use super::{Progress, Proof};
use crate::{Bank, BankError};

impl Bank {
    /// The telephone exchange took a call: `from` is the caller's number as the network gives it,
    /// `reference` what was typed. True if an enrolment was proven by it.
    pub async fn call_received(
        &self,
        ctx: &Ctx<'_>,
        from: &str,
        reference: &str,
    ) -> Result<bool, BankError> {
        let mut unit = Unit::new();
        let is_proven = self.prove_by_call(ctx, &mut unit, from, reference).await?;
        self.book.commit(unit).await?;
        Ok(is_proven)
    }

    /// The same, as part of `unit`.
    pub(crate) async fn prove_by_call(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        from: &str,
        reference: &str,
    ) -> Result<bool, BankError> {
        let from = fold(from);
        if from.is_empty() {
            return Ok(false);
        }
        for mut enrolment in self.waiting_for(ctx, Proof::Call, reference).await? {
            let Some(customer_no) = enrolment.customer_no.clone() else { continue };
            let Some(core) = self.core.find_customer(&customer_no).await? else { continue };
            if core.phone.as_ref().map(|phone| fold(phone.expose())) != Some(from.clone()) {
                continue;
            }
            let holder_id = self.meet_holder(ctx, core).await?.holder.holder_id;
            enrolment.edit().holder_id = Some(holder_id);
            enrolment.edit().progress = Progress::Proven;
            let id = enrolment.enrolment_id;
            unit.update(&enrolment).audit(AuditEntry::new(
                ctx.now,
                holder_id,
                "enrolment.called",
                id,
            ));
            return Ok(true);
        }
        Ok(false)
    }
}

fn fold(phone: &str) -> String {
    kanuki_formats::phone::fold_phone(phone).unwrap_or_default()
}
