//! What both companies' desks show and take in the same words, written once.
//!
//! ```text
//! browser ─ /desk/risk /desk/risk/policy ────────────▶ risk, policy
//!         ─ /desk/risk/quality /desk/risk/records ───▶ quality, records
//!         ─ /desk/risk/drift ────────────────────────▶ drift
//!         ─ /desk/find /desk/cases ──────────────────▶ find, cases
//!         ─ /desk/cases/{id}/owner ──────────────────▶ subject
//!         ─ /desk/leaks ─────────────────────────────▶ leak
//!         ─ /desk/books ─────────────────────────────▶ books
//!         ─ /desk/phone/report ──────────────────────▶ phone_report
//!         ─ /desk/claims /desk/cases/{id}/claim ──────▶ claims
//!         ─ /incident /desk/incident ────────────────▶ incident
//!         ─ /desk/screening /desk/suspicion ─────────▶ screening, suspicion
//!         ─ /desk/lookback ──────────────────────────▶ lookback
//!         ─ /desk/exchange ──────────────────────────▶ exchange
//!         ─ /desk/retention ─────────────────────────▶ retention
//!         ─ /desk/monthly ───────────────────────────▶ monthly
//!         ─ /desk/compensation /desk/reopen ─────────▶ compensation, reopen
//!         ─ /desk/settings ──────────────────────────▶ settings
//!         ─ /desk/staff /desk/staff/{id}/officer ────▶ staff, officer
//!         ─ /desk/partners /desk/propose ────────────▶ partners
//!         ─ /desk/signals/policy ────────────────────▶ signal_policy
//! partner ─ /ssf/stream /ssf/status /ssf/poll … ─────▶ signals
//! ```
//!
//! A company says through [`Company`] what is its own: who its partners are, what its engine decided,
//! how its menu looks. What may happen is decided in `kanuki-desk`; pages are drawn by `kanuki-site`.

pub mod books;
pub mod cases;
pub mod claims;
mod compensation;
pub mod drift;
pub mod exchange;
mod find;
pub mod flow;
pub mod history;
pub mod incident;
pub mod leak;
mod lookback;
mod monthly;
mod officer;
pub mod partners;
mod phone_report;
pub mod policy;
pub mod proof;
mod quality;
pub mod records;
pub mod refused;
pub mod related;
pub mod reopen;
mod retention;
mod risk;
pub mod schema;
pub mod score;
pub mod screening;
pub mod seen;
mod settings;
mod signal_policy;
pub mod signals;
mod staff;
pub mod subject;
mod suspicion;
pub mod watched;

pub use books::Books;
pub use claims::Claims;
pub use incident::Incidents;
pub use leak::Leaks;
pub use partners::Partners;
pub use policy::Rules;
pub use signals::Signals;
pub use subject::Named;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
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
    staff::Staff,
};
use kanuki_domain::{
    Ctx, Yen,
    agreement::Compensation,
    compensation::Policy,
    id::{ApprovalId, CaseId, RiskRecordId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_record::{Book, vault::Vault};
use kanuki_risk::{Engine, Key, Record, Subject, flow::Flow};
use kanuki_site::{
    PageMeta, Problem, Visit,
    risk_record::{Partner, Wide},
};

/// What of a desk is the company's own.
#[async_trait]
pub trait Company: Books + Claims + Incidents + Leaks + Rules + Send + Sync {
    /// Its records.
    fn book(&self) -> &Book;

    /// Its keys.
    fn vault(&self) -> &Vault;

    /// Its engine of risks.
    fn engine(&self) -> &Engine;

    /// What screening works through.
    fn screening(&self) -> Ports<'_>;

    /// What it does on what its partners tell.
    fn signals(&self) -> &Table;

    /// One person puts the stream of a partner, by its name in forms, back to everything, and says why.
    async fn restore_stream(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
    ) -> Result<(), SignalError>;

    /// How long it keeps each kind of record.
    fn schedule(&self) -> Vec<Line>;

    /// What looking back works through.
    fn lookbacks(&self) -> Lookbacks<'_>;

    /// What the exchange of hashed identifiers works through.
    fn exchanges(&self) -> Exchanges<'_>;

    /// The frame of a page with this title, in its menu at `current`.
    fn meta(&self, visit: &Visit, title: &str, current: &str) -> PageMeta;

    /// What was typed as a reason; nothing is none.
    fn reason(&self, typed: &str) -> Result<String, Problem>;

    /// The other companies that have a say in what this one loosens, by name.
    async fn partners(&self) -> Result<Vec<Partner>, Problem>;

    /// Where its switches are.
    fn switches(&self) -> &'static str;

    /// The switch of this name, if it stops everybody or everybody who came by one partner.
    async fn wide_switch(&self, visit: &Visit, gate: &str) -> Result<Wide, Problem>;

    /// One person asks that the switch of this name be opened again, and why.
    async fn ask_reopen(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        gate: &str,
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, openings::Refused>;

    /// One person asks that a start from a looser file may count: which, and why.
    async fn ask_settings(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, NotAsked>;

    /// What was agreed with each partner about who makes good what.
    async fn agreed_compensation(&self) -> Result<Vec<Compensation>, Problem>;

    /// One person asks that a compensation policy be put in force, and why.
    async fn propose_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        read: (Policy, &str),
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, promised::Refused>;

    /// Decisions for which a rule held, newest first; that somebody looked, and at what, is written
    /// down.
    async fn read_decisions(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<Vec<Record>, Problem>;

    /// The same where this rule was the first to hold.
    async fn read_decisions_of(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        rule: &str,
    ) -> Result<Vec<Record>, Problem>;

    /// Of each of these, how much may still be lost, or was.
    async fn open_yen(&self, decisions: &[Record]) -> Result<Vec<Yen>, Problem>;

    /// Of whom it keeps how money came and went on, as its rules name them.
    fn flows_of(&self) -> &'static [Subject];

    /// How money came together at whoever `key` is, and went on; nothing where that is not kept. That
    /// somebody looked, and at whom, is written down.
    async fn read_flow(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        key: &Key,
    ) -> Result<Option<Flow>, Problem>;

    /// Where something can be done about whoever `key` names, whom a case is about; nothing where nothing can.
    fn act_href(&self, case_id: CaseId, key: &Key) -> Option<String>;

    /// Whether a key that somebody typed names anybody.
    async fn named(&self, key: &Key) -> Result<Named, Problem>;

    /// By which key the rules know whom somebody means who types `value`; nothing where that is nobody, or is
    /// not written as the form of the watch lists says. What is told of a number is no more than its form.
    async fn meant(&self, subject: Subject, value: &str) -> Result<Option<Key>, Problem>;

    /// One person has looked at a record of risks again, and says what they found.
    async fn ask_review(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        record_id: RiskRecordId,
        looked: Looked,
    ) -> Result<ApprovalId, Refused>;
}

/// A company's desk, as every handler here takes it.
pub type Desk = Arc<dyn Company>;

/// The pages that both desks have, for the router of one of them.
pub fn routes<S: Clone + Send + Sync + 'static>(desk: Desk) -> Router<S> {
    Router::new()
        .merge(cases::routes())
        .merge(find::routes())
        .merge(risk::routes())
        .merge(subject::routes())
        .merge(policy::routes())
        .merge(records::routes())
        .merge(quality::routes())
        .merge(drift::routes())
        .merge(screening::routes())
        .merge(suspicion::routes())
        .merge(leak::routes())
        .merge(books::routes())
        .merge(claims::routes())
        .merge(phone_report::routes())
        .merge(incident::routes())
        .merge(lookback::routes())
        .merge(exchange::routes())
        .merge(retention::routes())
        .merge(compensation::routes())
        .merge(reopen::routes())
        .merge(settings::routes())
        .merge(officer::routes())
        .merge(staff::routes())
        .merge(monthly::routes())
        .merge(signal_policy::routes())
        .with_state(desk)
}

/// Who is at the desk. A session of somebody who has left is worth nothing.
pub async fn at_desk(desk: &dyn Company, visit: &Visit) -> Result<StaffId, Problem> {
    let id = visit.require_staff()?;
    let staff = desk.book().find::<Staff>(id).await?;
    if staff.is_some_and(|staff| staff.left_at.is_none()) {
        return Ok(id);
    }
    Err(visit.sign_in_first("/desk/sign-in"))
}

/// The name of whoever did something: a member of staff by name, anybody else as written.
pub async fn name(desk: &dyn Company, id: &str) -> String {
    let found = match id.parse::<StaffId>() {
        Ok(staff_id) => desk.book().find::<Staff>(staff_id).await.ok().flatten(),
        Err(_) => None,
    };
    found.map_or_else(|| id.to_owned(), |staff| staff.name.clone())
}
