//! A wallet's old contract ends when its holder has linked the same account anew.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Unit};

use super::{Contract, Kind, Standing};
use crate::{Bank, BankError, ContractVerb, mandate::Mandate};

impl Bank {
    /// Ends every contract of this partner on the mandate's account, in the unit that lets the
    /// mandate move money: that of its signature, or of its confirmation. The system that keeps the
    /// old one is told to stop it, so that there are never two ways into the account.
    pub(crate) async fn replace_contracts(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mandate: &Mandate,
        collector_codes: &[String],
    ) -> Result<(), BankError> {
        if collector_codes.is_empty() {
            return Ok(());
        }
        let account = mandate.account_id.to_string();
        for mut contract in self.book.list::<Contract>("account_id", &account).await? {
            let is_theirs = collector_codes.contains(&contract.collector_code);
            if !is_theirs || contract.kind != Kind::WebKofuri || !contract.standing.is_open() {
                continue;
            }
            let row = contract.edit();
            row.standing = Standing::Replaced { by: mandate.mandate_id, at: ctx.now };
            row.tell_core(ctx.now, ContractVerb::Stop);
            unit.update(&contract);
            let entry = AuditEntry::new(
                ctx.now,
                mandate.holder_id,
                "contract.replaced",
                contract.contract_id,
            );
            unit.audit(entry.with("mandate", mandate.mandate_id));
        }
        Ok(())
    }
}
