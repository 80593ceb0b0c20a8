//! What of reports and claims is the bank's own.

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
    duty::Judged,
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_site::{Problem, Visit, show};

use crate::{BankState, refusal::problem};

#[async_trait]
impl Claims for BankState {
    fn side(&self) -> Side {
        Side::Bank
    }

    async fn partner_name(&self, partner: &str) -> Result<String, Problem> {
        let known = self.bank.partner(partner).await;
        Ok(known.map_or_else(|_| partner.to_owned(), |partner| partner.name))
    }

    async fn claimable(
        &self,
        visit: &Visit,
        by: StaffId,
        case: &Case,
    ) -> Result<Vec<(String, String, Yen)>, Problem> {
        let all = self.bank.read_claimable(&visit.ctx(), by, case).await.map_err(problem)?;
        let shown = all.into_iter().map(|(debit, left)| {
            let at = show::instant(visit.lang(), debit.asked_at);
            (debit.key(), format!("{} {at}", debit.debit_id), left)
        });
        Ok(shown.collect())
    }

    async fn duties(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Vec<Judged>, Problem> {
        self.bank.duties(ctx, case).await.map_err(problem)
    }

    async fn told_paid(&self, case_id: CaseId) -> Result<Option<Yen>, Problem> {
        self.bank.is_told_paid(case_id).await.map_err(problem)
    }

    async fn paid_sister(&self, case: &Case) -> Result<Option<(CaseId, Yen)>, Problem> {
        self.bank.paid_sister(case).await.map_err(problem)
    }

    async fn report_by_phone(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, Problem> {
        self.bank.report_by_phone(ctx, by, what, about).await.map_err(problem)
    }

    async fn answer_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), Problem> {
        self.bank.answer_report(ctx, by, case_id).await.map_err(problem)
    }

    async fn join_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        both: (CaseId, CaseId),
    ) -> Result<(), Problem> {
        self.bank.join_report(ctx, by, both).await.map_err(problem)
    }

    async fn end_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        end: (&str, Outcome),
    ) -> Result<(), Problem> {
        self.bank.end_report(ctx, by, case_id, end).await.map_err(problem)
    }

    async fn act_on_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        act: (Act, &str),
    ) -> Result<Option<ApprovalId>, Problem> {
        self.bank.act_on_claim(ctx, by, case_id, act).await.map_err(problem)
    }

    async fn name_other(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        other: Option<&str>,
    ) -> Result<(), Problem> {
        self.bank.name_other(ctx, by, case_id, other).await.map_err(problem)
    }

    async fn look_again(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        reason: &str,
    ) -> Result<(), Problem> {
        self.bank.look_again(ctx, by, case_id, reason).await.map_err(problem)
    }

    async fn open_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        chosen: &[String],
    ) -> Result<(), Problem> {
        self.bank.open_claim(ctx, by, case_id, chosen).await.map_err(problem)
    }
}
