//! What of the desk is the wallet's own, for the pages that both companies have.

use async_trait::async_trait;
use kanuki_desk::{
    compensation as promised,
    exchange::Ports as Exchanges,
    lookback::Ports as Lookbacks,
    reopen as openings,
    retention::Line,
    risk_record::review::{Looked, Refused},
    screening::Ports,
    settings::NotAsked,
    signal::{SignalError, policy::Table},
};
use kanuki_desk_http::{Company, Named, subject::formed, watched::unregistered};
use kanuki_domain::{
    Ctx, Yen,
    agreement::Compensation,
    bank_account::BankCode,
    compensation::Policy,
    id::{ApprovalId, CaseId, CustomerId, MerchantId, RiskRecordId, StaffId, WalletId},
    risk_record::RiskRecord,
};
use kanuki_record::{Book, vault::Vault};
use kanuki_risk::{Engine, Key, Record, Subject, flow::Flow};
use kanuki_site::{
    PageMeta, Problem, Visit,
    risk_record::{Partner, Wide},
};
use kanuki_wallet::{Customer, desk::Switch, payment::Merchant};

use super::{meta, reason, subject};
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

    fn signals(&self) -> &Table {
        &self.wallet.config.signals
    }

    async fn restore_stream(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
    ) -> Result<(), SignalError> {
        self.wallet.restore_stream(ctx, by, about).await
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

    fn switches(&self) -> &'static str {
        "/desk/switches"
    }

    async fn wide_switch(&self, visit: &Visit, gate: &str) -> Result<Wide, Problem> {
        let switch = switch_of(gate).filter(|switch| switch.opening().is_wide());
        let switch = switch.ok_or_else(Problem::not_found)?;
        let mut partners = self.partners().await?;
        let label = match switch {
            Switch::Bank(code) => {
                partners.retain(|one| one.id == code.to_string());
                partners.first().ok_or_else(Problem::not_found)?.name.clone()
            }
            _ => visit.t("desk-switch-everything"),
        };
        let is_closed = self.wallet.is_stopped(&visit.ctx(), switch).await.map_err(problem)?;
        let loosened = switch.opening().loosened(Some(0));
        Ok(Wide { gate: gate.to_owned(), label, is_closed, loosened, partners })
    }

    async fn ask_reopen(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        gate: &str,
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, openings::Refused> {
        let switch = switch_of(gate).ok_or(openings::Refused::Known)?;
        self.wallet.ask_release(ctx, by, switch, about).await
    }

    async fn ask_settings(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, NotAsked> {
        self.wallet.ask_settings(ctx, by, about, record).await
    }

    async fn agreed_compensation(&self) -> Result<Vec<Compensation>, Problem> {
        let all = self.wallet.partners().await.map_err(problem)?;
        Ok(all.iter().map(|partner| partner.agreement.compensation.clone()).collect())
    }

    async fn propose_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        read: (Policy, &str),
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, promised::Refused> {
        self.wallet.propose_compensation(ctx, by, read, about).await
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

    async fn open_yen(&self, decisions: &[Record]) -> Result<Vec<Yen>, Problem> {
        self.wallet.open_yen(decisions).await.map_err(problem)
    }

    fn flows_of(&self) -> &'static [Subject] {
        &[Subject::Wallet, Subject::Payee]
    }

    async fn read_flow(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        key: &Key,
    ) -> Result<Option<Flow>, Problem> {
        self.wallet.read_flow(ctx, by, key).await.map_err(problem)
    }

    fn act_href(&self, case_id: CaseId, key: &Key) -> Option<String> {
        let (Key::Wallet(id) | Key::Payee(id)) = key else { return None };
        id.parse::<WalletId>().ok().map(|id| subject::path(case_id, id))
    }

    async fn named(&self, key: &Key) -> Result<Named, Problem> {
        let switch = match key {
            Key::Wallet(id) | Key::Payee(id) => id.parse().ok().map(Switch::Wallet),
            // As the engine calls it: the bank, and its name for the account.
            Key::Account(id) => {
                let code = id.split_once('|').and_then(|(code, _)| BankCode::parse(code).ok());
                let is_known = match code {
                    Some(code) => {
                        self.wallet.has_switch(Switch::Bank(code)).await.map_err(problem)?
                    }
                    None => false,
                };
                return Ok(if is_known { formed(key) } else { Named::Wrong });
            }
            _ => return Ok(formed(key)),
        };
        let is_known = match switch {
            Some(switch) => self.wallet.has_switch(switch).await.map_err(problem)?,
            None => false,
        };
        Ok(if is_known { Named::Known } else { Named::Wrong })
    }

    async fn meant(&self, subject: Subject, value: &str) -> Result<Option<Key>, Problem> {
        let (key, book) = (Key::of(subject, value), &self.wallet.book);
        let is_known = match subject {
            Subject::Wallet | Subject::Payee => self.named(&key).await? == Named::Known,
            Subject::Account => {
                let name = value.split_once('|').map(|(_, name)| name);
                name.is_some_and(|name| !name.is_empty()) && self.named(&key).await? != Named::Wrong
            }
            Subject::Person if value.starts_with(CustomerId::PREFIX) => {
                match value.parse::<CustomerId>() {
                    Ok(id) => book.find::<Customer>(id).await?.is_some(),
                    Err(_) => false,
                }
            }
            Subject::Merchant => match value.parse::<MerchantId>() {
                Ok(id) => book.find::<Merchant>(id).await?.is_some(),
                Err(_) => false,
            },
            Subject::Partner => self.partners().await?.iter().any(|one| one.id == value),
            _ => return Ok(unregistered(&self.wallet.vault, subject, value)),
        };
        Ok(is_known.then_some(key))
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

/// A switch by the name of its gate.
fn switch_of(gate: &str) -> Option<Switch> {
    let (kind, id) = gate.split_once('|').unwrap_or((gate, ""));
    Switch::parse(kind, id)
}
