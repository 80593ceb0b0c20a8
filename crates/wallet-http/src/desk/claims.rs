//! What of reports and claims is the wallet's own.

use async_trait::async_trait;
use kanuki_desk::{
    case::Case,
    claim::Act,
    report::{Outcome, Taken},
};
use kanuki_desk_http::Claims;
use kanuki_domain::{
    Ctx, Yen,
    agreement::Side,
    bank_account::BankCode,
    duty::Judged,
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_site::{Problem, Visit, show};

use crate::{WalletState, refusal::problem};

#[async_trait]
impl Claims for WalletState {
    fn side(&self) -> Side {
        Side::Wallet
    }

    async fn partner_name(&self, partner: &str) -> Result<String, Problem> {
        let Ok(code) = BankCode::parse(partner) else { return Ok(partner.to_owned()) };
        Ok(self.wallet.bank_names().await.map_err(problem)?.of(code))
    }

    async fn claimable(
        &self,
        visit: &Visit,
        _by: StaffId,
        case: &Case,
    ) -> Result<Vec<(String, String, Yen)>, Problem> {
        let names = self.wallet.bank_names().await.map_err(problem)?;
        let all = self.wallet.claimable(case).await.map_err(problem)?;
        let shown = all.into_iter().map(|(topup, left)| {
            let at = show::instant(visit.lang(), topup.requested_at);
            (topup.topup_id.to_string(), format!("{} {at}", names.of(topup.bank)), left)
        });
        Ok(shown.collect())
    }

    async fn duties(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Vec<Judged>, Problem> {
        self.wallet.duties(ctx, case).await.map_err(problem)
    }

    async fn told_paid(&self, case_id: CaseId) -> Result<Option<Yen>, Problem> {
        self.wallet.is_told_paid(case_id).await.map_err(problem)
    }

    async fn paid_sister(&self, case: &Case) -> Result<Option<(CaseId, Yen)>, Problem> {
        self.wallet.paid_sister(case).await.map_err(problem)
    }

    async fn report_by_phone(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, Problem> {
        let about = about.and_then(|code| BankCode::parse(code).ok());
        self.wallet.report_by_phone(ctx, by, what, about).await.map_err(problem)
    }

    async fn answer_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), Problem> {
        self.wallet.answer_report(ctx, by, case_id).await.map_err(problem)
    }

    async fn join_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        both: (CaseId, CaseId),
    ) -> Result<(), Problem> {
        self.wallet.join_report(ctx, by, both).await.map_err(problem)
    }

    async fn end_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        end: (&str, Outcome),
    ) -> Result<(), Problem> {
        self.wallet.end_report(ctx, by, case_id, end).await.map_err(problem)
    }

    async fn act_on_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        act: (Act, &str),
    ) -> Result<Option<ApprovalId>, Problem> {
        self.wallet.act_on_claim(ctx, by, case_id, act).await.map_err(problem)
    }

    async fn name_other(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        other: Option<&str>,
    ) -> Result<(), Problem> {
        let bank = other.and_then(|code| BankCode::parse(code).ok());
        self.wallet.name_other(ctx, by, case_id, bank).await.map_err(problem)
    }

    async fn look_again(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        reason: &str,
    ) -> Result<(), Problem> {
        self.wallet.look_again(ctx, by, case_id, reason).await.map_err(problem)
    }

    async fn open_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        chosen: &[String],
    ) -> Result<(), Problem> {
        self.wallet.open_claim(ctx, by, case_id, chosen).await.map_err(problem)
    }
}
