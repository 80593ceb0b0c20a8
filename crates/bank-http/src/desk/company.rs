//! What of the desk is the bank's own, for the pages that both companies have.

use async_trait::async_trait;
use kanuki_bank::{Bank, desk::Scope};
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
    compensation::Policy,
    id::{ApprovalId, BankAccountId, CaseId, HolderId, RiskRecordId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_record::{Book, vault::Vault};
use kanuki_risk::{Engine, Key, Record, Subject, flow::Flow};
use kanuki_site::{
    PageMeta, Problem, Visit,
    risk_record::{Partner, Wide},
};

use super::{cases, gates, meta};
use crate::{BankState, refusal::problem};

#[async_trait]
impl Company for BankState {
    fn book(&self) -> &Book {
        &self.bank.book
    }

    fn vault(&self) -> &Vault {
        &self.bank.vault
    }

    fn engine(&self) -> &Engine {
        &self.bank.risk
    }

    fn screening(&self) -> Ports<'_> {
        self.bank.screening()
    }

    fn signals(&self) -> &Table {
        &self.bank.config.signals
    }

    async fn restore_stream(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
    ) -> Result<(), SignalError> {
        self.bank.restore_stream(ctx, by, about).await
    }

    fn schedule(&self) -> Vec<Line> {
        kanuki_bank::retention::schedule()
    }

    fn lookbacks(&self) -> Lookbacks<'_> {
        self.bank.lookbacks()
    }

    fn exchanges(&self) -> Exchanges<'_> {
        self.bank.exchanges()
    }

    fn meta(&self, visit: &Visit, title: &str, current: &str) -> PageMeta {
        meta(visit, title, current)
    }

    fn reason(&self, typed: &str) -> Result<String, Problem> {
        cases::reason(typed)
    }

    async fn partners(&self) -> Result<Vec<Partner>, Problem> {
        let all = self.bank.partners().await.map_err(problem)?;
        let named = all
            .iter()
            .map(|partner| Partner { id: partner.client_id.clone(), name: partner.name.clone() });
        Ok(named.collect())
    }

    fn switches(&self) -> &'static str {
        "/desk/gates"
    }

    async fn wide_switch(&self, visit: &Visit, gate: &str) -> Result<Wide, Problem> {
        let scope = Scope::parse(gate).filter(|scope| scope.opening().is_wide());
        let scope = scope.ok_or_else(Problem::not_found)?;
        let mut partners = self.partners().await?;
        let label = match &scope {
            Scope::Partner(id) => {
                partners.retain(|one| one.id == *id);
                let one = partners.first().ok_or_else(Problem::not_found)?;
                visit.t_args("gate-partner", &[("name", one.name.as_str().into())])
            }
            _ => visit.t("gate-everything"),
        };
        let is_closed = self.bank.is_gate_closed(&visit.ctx(), &scope).await.map_err(problem)?;
        let loosened = scope.opening().loosened(Some(0));
        Ok(Wide { gate: gate.to_owned(), label, is_closed, loosened, partners })
    }

    async fn ask_reopen(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        gate: &str,
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, openings::Refused> {
        let scope = Scope::parse(gate).ok_or(openings::Refused::Known)?;
        self.bank.ask_open_gate(ctx, by, &scope, about).await
    }

    async fn ask_settings(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, NotAsked> {
        self.bank.ask_settings(ctx, by, about, record).await
    }

    async fn agreed_compensation(&self) -> Result<Vec<Compensation>, Problem> {
        let all = self.bank.partners().await.map_err(problem)?;
        Ok(all.iter().map(|partner| partner.agreement.compensation.clone()).collect())
    }

    async fn propose_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        read: (Policy, &str),
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, promised::Refused> {
        self.bank.propose_compensation(ctx, by, read, about).await
    }

    async fn read_decisions(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<Vec<Record>, Problem> {
        self.bank.read_decisions(ctx, by, about).await.map_err(problem)
    }

    async fn read_decisions_of(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        rule: &str,
    ) -> Result<Vec<Record>, Problem> {
        self.bank.read_decisions_of(ctx, by, rule).await.map_err(problem)
    }

    async fn open_yen(&self, decisions: &[Record]) -> Result<Vec<Yen>, Problem> {
        Ok(Bank::open_yen(decisions))
    }

    fn flows_of(&self) -> &'static [Subject] {
        &[Subject::Wallet, Subject::Account]
    }

    async fn read_flow(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        key: &Key,
    ) -> Result<Option<Flow>, Problem> {
        self.bank.read_flow(ctx, by, key).await.map_err(problem)
    }

    fn act_href(&self, case_id: CaseId, key: &Key) -> Option<String> {
        let kind = match key {
            Key::Account(id) => id.parse::<BankAccountId>().ok().map(|_| "account"),
            Key::Person(id) => id.parse::<HolderId>().ok().map(|_| "person"),
            _ => None,
        };
        kind.map(|kind| gates::href(kind, key.value(), Some(case_id)))
    }

    async fn named(&self, key: &Key) -> Result<Named, Problem> {
        let is_known = match key {
            Key::Account(id) => id.parse::<BankAccountId>().is_ok(),
            Key::Person(id) => id.parse::<HolderId>().is_ok(),
            // As the engine calls it: the partner, and its name for the wallet.
            Key::Wallet(id) => {
                let partner = id.split_once('|').map(|(partner, _)| partner);
                let all = self.partners().await?;
                let is_there = partner.is_some_and(|id| all.iter().any(|one| one.id == id));
                return Ok(if is_there { formed(key) } else { Named::Wrong });
            }
            _ => return Ok(formed(key)),
        };
        Ok(if is_known { Named::Known } else { Named::Wrong })
    }

    async fn meant(&self, subject: Subject, value: &str) -> Result<Option<Key>, Problem> {
        let key = Key::of(subject, value);
        let is_known = match subject {
            Subject::Account => {
                let found = self.bank.account_named(value).await.map_err(problem)?;
                return Ok(found.map(|id| Key::Account(id.to_string())));
            }
            Subject::Person if value.starts_with(HolderId::PREFIX) => {
                match value.parse::<HolderId>() {
                    Ok(id) => self.bank.is_holder(id).await.map_err(problem)?,
                    Err(_) => false,
                }
            }
            Subject::Wallet => {
                let is_name = |name: &str| {
                    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
                };
                let name = value.split_once('|').map(|(_, name)| name);
                name.is_some_and(is_name) && self.named(&key).await? == Named::Formed
            }
            Subject::Partner => self.partners().await?.iter().any(|one| one.id == value),
            _ => return Ok(unregistered(&self.bank.vault, subject, value)),
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
        self.bank.ask_review(ctx, by, record_id, looked).await
    }
}
