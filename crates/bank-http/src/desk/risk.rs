//! What of the rules of risk is the bank's own.

use async_trait::async_trait;
use kanuki_desk::policy::{Comparison, Refused};
use kanuki_desk_http::Rules;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_risk::Policy;

use crate::BankState;

#[async_trait]
impl Rules for BankState {
    fn shipped_policy(&self) -> &'static str {
        Policy::bank_text()
    }

    async fn compare_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        text: &str,
    ) -> Result<Comparison, Refused> {
        self.bank.compare_policy(ctx, by, text).await
    }

    async fn propose_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, Refused> {
        self.bank.propose_policy(ctx, by, what, record).await
    }
}
