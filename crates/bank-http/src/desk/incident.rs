//! What of switches, and of what is told about them, is the bank's own.

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_desk::{approval::Approval, drill, incident::Halt, signal::halt::Halt as Told};
use kanuki_desk_http::{Incidents, incident};
use kanuki_domain::Ctx;
use kanuki_record::Unit;
use kanuki_site::{Problem, Visit};
use maud::{Markup, html};

use crate::{BankState, refusal::problem};

#[async_trait]
impl Incidents for BankState {
    fn switch_kinds(&self) -> &'static [&'static str] {
        &["bank-everything", "partner", "person", "account", "mandate"]
    }

    async fn public_switches(&self, since: Timestamp) -> Result<Vec<(String, Halt)>, Problem> {
        let all = self.bank.public_switches(since).await.map_err(problem)?;
        Ok(all.into_iter().map(|(scope, halt)| (scope.name(), halt)).collect())
    }

    async fn partners_halts(&self, ctx: &Ctx<'_>) -> Result<Vec<(String, Vec<Told>)>, Problem> {
        let all = self.bank.partners_halts(ctx).await.map_err(problem)?.into_iter();
        Ok(all.map(|(partner, halts)| (partner.name.clone(), halts)).collect())
    }

    async fn tell_drill(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        told: &drill::Told,
    ) -> Result<(), Problem> {
        self.bank.tell_drill(ctx, unit, told).await.map_err(problem)
    }

    async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, Problem> {
        self.bank.halts(ctx).await.map_err(problem)
    }

    fn switch_label(&self, visit: &Visit, partner: Option<&str>) -> String {
        match partner {
            Some(name) => visit.t_args("gate-partner", &[("name", name.into())]),
            None => visit.t("gate-everything"),
        }
    }

    fn no_such_switch(&self) -> Problem {
        Problem::not_found()
    }
}

/// What somebody asks to be said, for the page of what waits for a second person.
pub(super) async fn asked(state: &BankState, visit: &Visit, approval: &Approval) -> Markup {
    let words = incident::proposed(state, visit, approval.approval_id).await;
    html! {
        (visit.t("incident-act"))
        @if let Some(words) = words { (words) }
    }
}
