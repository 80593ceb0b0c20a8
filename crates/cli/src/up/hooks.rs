//! The telephone exchange and the ATM of a demo bank, connected to the bank's use cases.

use async_trait::async_trait;
use kanuki_bank::{Bank, BankError};
use kanuki_demo::booth::{BankHooks, CallOutcome};
use kanuki_domain::bank_account::AccountNumber;
use kanuki_site::World;

/// One bank's line and machine.
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
}
