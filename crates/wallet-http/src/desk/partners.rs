//! What of the registry of banks is the wallet's own.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_desk::registry::{RegistryError, Signing, Version};
use kanuki_desk_http::{Partners, partners::NotSigned};
use kanuki_domain::{
    Ctx,
    agreement::Agreement,
    bank_account::BankCode,
    id::{ApprovalId, StaffId},
};
use kanuki_site::{
    Problem, Visit,
    registry::{Def, Entered},
    ui::Field,
};
use kanuki_wallet::{PartnerBank, WalletError, desk::Switch};

use super::reason_field;
use crate::{WalletState, refusal::problem};

/// How a bank may prove its customer; the words are those of the connectors' page.
const PROOFS: Entered = Entered::Choice(
    &["passkey", "app", "one_time_code", "pin_and_facts", "pin"],
    "desk-banks-proof",
);

/// What a bank speaks.
const PROTOCOLS: Entered = Entered::Choice(&["fapi", "oauth"], "desk-banks-protocol");

fn code_of(text: &str) -> Result<BankCode, Problem> {
    BankCode::parse(text).map_err(|_| Problem::not_found())
}

fn not_signed(error: WalletError) -> NotSigned {
    match error {
        WalletError::Registry(error) => NotSigned::Registry(error),
        other => NotSigned::Other(problem(other)),
    }
}

#[async_trait]
impl Partners for WalletState {
    type Agreed = PartnerBank;

    const SIGNING: &'static str = "bank_version";

    fn name(bank: &PartnerBank) -> &str {
        &bank.name
    }

    fn agreement(bank: &PartnerBank) -> &Agreement {
        &bank.agreement
    }

    fn fields() -> Vec<Def> {
        [
            ("code", Entered::Line),
            ("name", Entered::Line),
            ("issuer", Entered::Line),
            ("authorize_url", Entered::Line),
            ("client_id", Entered::Line),
            ("protocol", PROTOCOLS),
            ("event_keys", Entered::Keys),
            ("message_signing", Entered::Flag),
            ("decoupled", Entered::Flag),
            ("pings", Entered::Flag),
            ("rotate_keys_after_days", Entered::Number),
            ("topups_per_week", Entered::Optional),
            ("assurance.proof", PROOFS),
            ("assurance.matches_facts", Entered::Flag),
            ("assurance.tells_customer", Entered::Flag),
            ("assurance.is_revocable", Entered::Flag),
            ("assurance.reports_stops", Entered::Flag),
            ("assurance.bearer_tokens", Entered::Flag),
        ]
        .map(|(path, entered)| Def::new(path, entered))
        .into()
    }

    fn why_removed(visit: &Visit) -> Field {
        reason_field(visit)
    }

    fn refusal(error: RegistryError) -> Problem {
        problem(error.into())
    }

    async fn agreed(&self) -> Result<Vec<Arc<PartnerBank>>, Problem> {
        self.wallet.partners().await.map_err(problem)
    }

    async fn is_stopped(&self, ctx: &Ctx<'_>, code: &str) -> Result<bool, Problem> {
        self.wallet.is_stopped(ctx, Switch::Bank(code_of(code)?)).await.map_err(problem)
    }

    async fn propose_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        bank: PartnerBank,
        reason: &str,
    ) -> Result<Version<PartnerBank>, Problem> {
        self.wallet.propose_bank(ctx, by, bank, reason).await.map_err(problem)
    }

    async fn start_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        version: &Version<PartnerBank>,
    ) -> Result<(String, Signing), NotSigned> {
        let (code, number) = (version.content.code, version.number);
        self.wallet.start_bank_signature(ctx, by, code, number).await.map_err(not_signed)
    }

    async fn finish_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        answer: (&str, &Signing),
    ) -> Result<(), NotSigned> {
        self.wallet.finish_bank_signature(ctx, by, answer).await.map_err(not_signed)?;
        crate::lead_to_banks(self).await;
        Ok(())
    }

    async fn decline_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        code: &str,
        number: u32,
    ) -> Result<(), Problem> {
        self.wallet.decline_bank(ctx, by, code_of(code)?, number).await.map_err(problem)
    }

    async fn ask_removal(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        code: &str,
        reason: &str,
    ) -> Result<ApprovalId, Problem> {
        let asked = self.wallet.ask_remove_bank(ctx, by, code_of(code)?, reason).await;
        asked.map_err(|error| match error {
            WalletError::NotAvailable => Problem::conflict("already_asked"),
            other => problem(other),
        })
    }
}
