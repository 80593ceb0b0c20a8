//! What of the desk is the wallet's own, for the pages that both companies have.

use async_trait::async_trait;
use kanuki_desk::{
    exchange::Ports as Exchanges,
    lookback::Ports as Lookbacks,
    retention::Line,
    risk_record::review::{Looked, Refused},
    screening::Ports,
};
use kanuki_desk_http::Company;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, RiskRecordId, StaffId},
};
use kanuki_record::{Book, vault::Vault};
use kanuki_risk::{Engine, Record};
use kanuki_site::{PageMeta, Problem, Visit, risk_record::Partner};

use super::{meta, reason};
use crate::{WalletState, refusal::problem};

#[async_trait]
impl Company for WalletState {
    fn book(&self) -> &Book {
        &self.wallet.book
    }

    fn vault(&self) -> &Vault {
        &self.wallet.vault
    }

    fn engine(&self) -> &Engine {
        &self.wallet.risk
    }

    fn screening(&self) -> Ports<'_> {
        self.wallet.screening()
    }

    fn schedule(&self) -> Vec<Line> {
        kanuki_wallet::retention::schedule()
    }

    fn lookbacks(&self) -> Lookbacks<'_> {
        self.wallet.lookbacks()
    }

    fn exchanges(&self) -> Exchanges<'_> {
        self.wallet.exchanges()
    }

    fn meta(&self, visit: &Visit, title: &str, current: &str) -> PageMeta {
        meta(visit, title, current)
    }

    fn reason(&self, typed: &str) -> Result<String, Problem> {
        reason(typed)
    }

    async fn partners(&self) -> Result<Vec<Partner>, Problem> {
        let all = self.wallet.partners().await.map_err(problem)?;
        let named = all
            .iter()
            .map(|partner| Partner { id: partner.code.to_string(), name: partner.name.clone() });
        Ok(named.collect())
    }

    async fn read_decisions(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<Vec<Record>, Problem> {
        self.wallet.read_decisions(ctx, by, about).await.map_err(problem)
    }

    async fn read_decisions_of(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        rule: &str,
    ) -> Result<Vec<Record>, Problem> {
        self.wallet.read_decisions_of(ctx, by, rule).await.map_err(problem)
    }

    async fn ask_review(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        record_id: RiskRecordId,
        looked: Looked,
    ) -> Result<ApprovalId, Refused> {
        self.wallet.ask_review(ctx, by, record_id, looked).await
    }
}
