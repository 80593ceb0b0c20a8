//! What of the registry of partners is the bank's own.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_bank::{BankError, desk::Scope, partner::Partner};
use kanuki_desk::registry::{RegistryError, Signing, Version};
use kanuki_desk_http::{Partners, partners::NotSigned};
use kanuki_domain::{
    Ctx,
    agreement::Agreement,
    id::{ApprovalId, StaffId},
};
use kanuki_site::{
    Problem, Visit,
    registry::{Def, Entered},
    ui::Field,
};

use crate::{BankState, refusal::problem};

fn not_signed(error: BankError) -> NotSigned {
    match error {
        BankError::Registry(error) => NotSigned::Registry(error),
        other => NotSigned::Other(problem(other)),
    }
}

#[async_trait]
impl Partners for BankState {
    type Agreed = Partner;

    const SIGNING: &'static str = "partner_version";

    fn name(partner: &Partner) -> &str {
        &partner.name
    }

    fn agreement(partner: &Partner) -> &Agreement {
        &partner.agreement
    }

    fn fields() -> Vec<Def> {
        [
            ("client_id", Entered::Line),
            ("name", Entered::Line),
            ("redirect_uris", Entered::Lines),
            ("issuer", Entered::Line),
            ("events_url", Entered::Line),
            ("jwks", Entered::Keys),
            ("profile.jwks_uri", Entered::Optional),
            ("set_jwks", Entered::Keys),
            ("profile.dpop_nonce", Entered::Flag),
            ("profile.message_signing", Entered::Flag),
            ("profile.authn_evidence", Entered::Flag),
            ("profile.decoupled", Entered::Flag),
            ("profile.notification_endpoint", Entered::Optional),
            ("profile.tls", Entered::Json),
            ("profile.collector_codes", Entered::Lines),
            ("profile.descriptor", Entered::Optional),
            ("caps.per_day", Entered::Optional),
            ("caps.per_month", Entered::Optional),
            ("caps.payouts_per_day", Entered::Optional),
        ]
        .map(|(path, entered)| Def::new(path, entered))
        .into()
    }

    fn why_removed(visit: &Visit) -> Field {
        Field::new("reason", visit.t("reg-reason")).max_length(300)
    }

    fn refusal(error: RegistryError) -> Problem {
        problem(error.into())
    }

    async fn agreed(&self) -> Result<Vec<Arc<Partner>>, Problem> {
        self.bank.partners().await.map_err(problem)
    }

    async fn is_stopped(&self, ctx: &Ctx<'_>, client_id: &str) -> Result<bool, Problem> {
        let scope = Scope::Partner(client_id.to_owned());
        self.bank.is_gate_closed(ctx, &scope).await.map_err(problem)
    }

    async fn propose_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        partner: Partner,
        reason: &str,
    ) -> Result<Version<Partner>, Problem> {
        self.bank.propose_partner(ctx, by, partner, reason).await.map_err(problem)
    }

    async fn start_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        version: &Version<Partner>,
    ) -> Result<(String, Signing), NotSigned> {
        let (client_id, number) = (&version.subject, version.number);
        self.bank.start_partner_signature(ctx, by, client_id, number).await.map_err(not_signed)
    }

    async fn finish_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        answer: (&str, &Signing),
    ) -> Result<(), NotSigned> {
        self.bank.finish_partner_signature(ctx, by, answer).await.map_err(not_signed)?;
        crate::lead_to_partners(self).await;
        Ok(())
    }

    async fn decline_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        number: u32,
    ) -> Result<(), Problem> {
        self.bank.decline_partner(ctx, by, client_id, number).await.map_err(problem)
    }

    async fn ask_removal(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        reason: &str,
    ) -> Result<ApprovalId, Problem> {
        let asked = self.bank.ask_remove_partner(ctx, by, client_id, reason).await;
        asked.map_err(|error| match error {
            BankError::NotAvailable => Problem::conflict("already_asked"),
            other => problem(other),
        })
    }
}
