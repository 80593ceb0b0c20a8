//! The telephone exchange, the ATM and the counter of a demo bank, connected to the bank's use cases.

use async_trait::async_trait;
use kanuki_bank::{
    Bank, BankError,
    channel::{Handed, Name, Reference, ReportId},
};
use kanuki_demo::booth::{BankHooks, CallOutcome, HandedOut};
use kanuki_domain::{bank_account::AccountNumber, id::encode_base32};
use kanuki_site::World;

/// One bank's line, machine and counter.
pub(crate) struct Hooks {
    pub(crate) bank: Bank,
    pub(crate) world: World,
}

#[async_trait]
impl BankHooks for Hooks {
    async fn call_received(&self, from_phone: &str, reference: &str) -> CallOutcome {
        let moment = self.world.moment("");
        match self.bank.call_received(&moment.ctx(), from_phone, reference).await {
            Ok(true) => CallOutcome::Accepted,
            Ok(false) => CallOutcome::Refused,
            Err(BankError::TooMany) => CallOutcome::TooMany,
            Err(error) => {
                tracing::error!(%error, "a demo call was not taken");
                CallOutcome::Refused
            }
        }
    }

    async fn atm_code(&self, branch: &str, number: &str, reference: &str) -> Option<String> {
        let account = AccountNumber::parse(branch, number).ok()?;
        let moment = self.world.moment("");
        match self.bank.atm_code(&moment.ctx(), &account, reference).await {
            Ok(code) => code,
            Err(error) => {
                tracing::error!(%error, "the demo's machine printed nothing");
                None
            }
        }
    }

    async fn at_counter(
        &self,
        branch: &str,
        number: &str,
        reference: Option<&str>,
    ) -> Option<HandedOut> {
        let account = AccountNumber::parse(branch, number).ok()?;
        let moment = self.world.moment("");
        let ctx = moment.ctx();
        let id = ReportId::try_from(encode_base32(u128::from_be_bytes(ctx.random()))).ok()?;
        let staff = Name::try_from("デモの窓口".to_owned()).ok()?;
        let typed = reference.map(|text| Reference::try_from(text.to_owned())).transpose().ok()?;
        let said = (&account, &staff, typed.as_ref());
        match self.bank.report_visit(&ctx, &id, said).await {
            Ok(handed) => handed
                .map(|Handed { code, confirms_link_of, .. }| HandedOut { code, confirms_link_of }),
            Err(error) => {
                tracing::error!(%error, "the demo's counter handed out nothing");
                None
            }
        }
    }
}
