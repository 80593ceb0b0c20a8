//! What of switches, and of what is told about them, is the wallet's own.

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_desk::{approval::Approval, drill, incident::Halt, signal::halt::Halt as Told};
use kanuki_desk_http::{Incidents, incident};
use kanuki_domain::Ctx;
use kanuki_record::Unit;
use kanuki_site::{Problem, Visit, ui};
use maud::{Markup, html};

use crate::{WalletState, refusal::problem};

#[async_trait]
impl Incidents for WalletState {
    fn switch_kinds(&self) -> &'static [&'static str] {
        &["wallet-everything", "bank", "link", "wallet"]
    }

    async fn public_switches(&self, since: Timestamp) -> Result<Vec<(String, Halt)>, Problem> {
        let all = self.wallet.public_switches(since).await.map_err(problem)?;
        Ok(all.into_iter().map(|(switch, halt)| (switch.name(), halt)).collect())
    }

    async fn partners_halts(&self, ctx: &Ctx<'_>) -> Result<Vec<(String, Vec<Told>)>, Problem> {
        let all = self.wallet.partners_halts(ctx).await.map_err(problem)?.into_iter();
        Ok(all.map(|(partner, halts)| (partner.name.clone(), halts)).collect())
    }

    async fn tell_drill(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        told: &drill::Told,
    ) -> Result<(), Problem> {
        self.wallet.tell_drill(ctx, unit, told).await.map_err(problem)
    }

    async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, Problem> {
        self.wallet.halts(ctx).await.map_err(problem)
    }

    fn switch_label(&self, visit: &Visit, partner: Option<&str>) -> String {
        partner.map_or_else(|| visit.t("desk-switch-everything"), str::to_owned)
    }

    fn no_such_switch(&self) -> Problem {
        Problem::unprocessable("no_such_switch")
    }
}

/// A request to say something, with what is to be said below it.
pub(super) async fn asked(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
    card: &Markup,
) -> Markup {
    let words = incident::proposed(state, visit, approval.approval_id).await;
    html! {
        (card)
        @if let Some(words) = words { (ui::card(Some(&visit.t("incident-act")), words)) }
    }
}
