//! The telephone exchange, the ATM and the counter of a demo bank, connected to the bank's use cases.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_bank::{
    Bank, BankError,
    channel::{Called, ChannelError, Confirms, Handed, Name, Reference, ReportId},
};
use kanuki_demo::booth::{BankHooks, CallOutcome, HandedOut, Whose};
use kanuki_domain::{Ctx, bank_account::AccountNumber, id::encode_base32};
use kanuki_site::World;

/// One bank's line, machine and counter.
pub(crate) struct Hooks {
    pub(crate) bank: Arc<Bank>,
    pub(crate) world: World,
}

/// Every visit to the booth is a report of its own.
fn report_id(ctx: &Ctx<'_>) -> Option<ReportId> {
    ReportId::try_from(encode_base32(u128::from_be_bytes(ctx.random()))).ok()
}

fn whose(confirms: Confirms) -> Whose {
    Whose { partner: confirms.link_of, account: confirms.account_mask }
}

fn handed_out(handed: Handed) -> HandedOut {
    HandedOut { code: handed.code, confirms: handed.confirms.map(whose) }
}

#[async_trait]
impl BankHooks for Hooks {
    async fn call_received(&self, from_phone: &str, reference: &str, agreed: bool) -> CallOutcome {
        let moment = self.world.moment("");
        let ctx = moment.ctx();
        let typed = Reference::try_from(reference.to_owned());
        let (Some(id), Ok(typed)) = (report_id(&ctx), typed) else { return CallOutcome::Refused };
        match self.bank.report_call(&ctx, &id, (Some(from_phone), &typed, agreed)).await {
            Ok(Called::Proven) => CallOutcome::Accepted,
            Ok(Called::Asks(confirms)) => CallOutcome::Asks(whose(confirms)),
            Ok(Called::Nothing) => CallOutcome::Refused,
            Err(ChannelError::Bank(BankError::TooMany)) => CallOutcome::TooMany,
            Err(error) => {
                tracing::error!(%error, "a demo call was not taken");
                CallOutcome::Refused
            }
        }
    }

    async fn atm_code(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut> {
        let account = AccountNumber::parse(branch, number).ok()?;
        let moment = self.world.moment("");
        let ctx = moment.ctx();
        let typed = Reference::try_from(reference.to_owned()).ok()?;
        match self.bank.report_card(&ctx, &report_id(&ctx)?, (&account, &typed)).await {
            Ok(handed) => handed.map(handed_out),
            Err(error) => {
                tracing::error!(%error, "the demo's machine printed nothing");
                None
            }
        }
    }

    async fn at_counter(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut> {
        let account = AccountNumber::parse(branch, number).ok()?;
        let moment = self.world.moment("");
        let ctx = moment.ctx();
        let staff = Name::try_from("デモの窓口".to_owned()).ok()?;
        let typed = Reference::try_from(reference.to_owned()).ok()?;
        let said = (&account, &staff, &typed);
        match self.bank.report_visit(&ctx, &report_id(&ctx)?, said).await {
            Ok(handed) => handed.map(handed_out),
            Err(error) => {
                tracing::error!(%error, "the demo's counter handed out nothing");
                None
            }
        }
    }
}
