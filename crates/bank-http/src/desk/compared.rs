//! What staff may see of comparisons and breakers: each field's state and the rules that fired,
//! never a value.

use jiff::Timestamp;
use kanuki_desk::case::Case;
use kanuki_desk_http::history;
use kanuki_domain::{
    id::{HolderId, StaffId},
    person::{Compared, Comparison, FIELDS, Field},
};
use kanuki_site::{
    Problem, Visit, number, show,
    ui::{self, Column, Table, Tone},
};
use maud::{Markup, html};

use crate::{BankState, refusal::problem};

const fn field_key(field: Field) -> &'static str {
    match field {
        Field::Name => "compared-name",
        Field::Kana => "compared-kana",
        Field::BornOn => "compared-born",
        Field::Address => "compared-address",
        Field::Phone => "compared-phone",
    }
}

/// What was compared about the person of a case; looking is audited with the case.
pub(super) async fn section(
    state: &BankState,
    visit: &Visit,
    (staff_id, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    let person = case.person_id.as_deref().and_then(|id| id.parse::<HolderId>().ok());
    let Some(holder_id) = person else { return Ok(html! {}) };
    let ctx = visit.ctx();
    let found = state.bank.field_matches(&ctx, (staff_id, case.case_id), holder_id).await;
    let found = found.map_err(problem)?;
    if found.is_empty() {
        return Ok(html! {});
    }
    let mut rows = Vec::new();
    for (kept, fields) in &found {
        let verdict = match &kept.way {
            Some(way) => html! {
                (ui::badge(Tone::Success, &visit.t("compared-match"))) " "
                (visit.t(&format!("compared-by-{way}")))
            },
            None => ui::badge(Tone::Error, &visit.t("compared-no-match")),
        };
        let mut row = vec![
            show::time(visit.lang(), kept.compared_at),
            html! { (history::partner(state, &kept.client_id).await) br; (mandate(kept.mandate_id)) },
            verdict,
        ];
        row.extend(FIELDS.map(|field| cell(visit, fields, field)));
        row.push(html! { @if let Some(at) = kept.consented_at { (when(visit, at)) } });
        rows.push(row);
    }
    let mut head = vec!["compared-at", "desk-partner", "compared-verdict"];
    head.extend(FIELDS.map(field_key));
    head.push("compared-consented");
    let table = Table {
        caption: visit.t("compared-title"),
        head: head.into_iter().map(|key| Column::text(visit.t(key))).collect(),
        rows,
    };
    Ok(ui::section(
        &visit.t("compared-title"),
        html! { p { (visit.t("compared-lead")) } (ui::table(&table)) },
    ))
}

fn when(visit: &Visit, at: Timestamp) -> Markup {
    show::time(visit.lang(), at)
}

fn mandate(id: Option<kanuki_domain::id::MandateId>) -> Markup {
    html! { @if let Some(id) = id { code { (id) } } }
}

fn cell(visit: &Visit, fields: &[(Field, Comparison)], field: Field) -> Markup {
    let Some((_, found)) = fields.iter().find(|(f, _)| *f == field) else { return html! {} };
    let (key, tone) = match found.compared {
        Compared::Same => ("compared-same", Tone::Success),
        Compared::Near => ("compared-near", Tone::Info),
        Compared::Different => ("compared-different", Tone::Error),
        Compared::Missing => ("compared-missing", Tone::Neutral),
    };
    html! {
        (ui::badge(tone, &visit.t(key)))
        @for rule in &found.rules {
            br;
            (visit.t(&format!("rule-{}", rule.name())))
            @if rule.is_weak() { " " (visit.t("compared-weak")) }
        }
    }
}

/// The breakers that are open now, on the page of switches.
pub(super) async fn breakers(state: &BankState, visit: &Visit) -> Result<Markup, Problem> {
    let all = state.bank.breakers().await.map_err(problem)?;
    let now = visit.now();
    let mut open = Vec::new();
    for breaker in all.iter().filter(|breaker| breaker.is_open(now)) {
        open.push((breaker, history::breaker(state, visit, &breaker.breaker_id).await));
    }
    Ok(html! {
        @for (breaker, name) in &open {
            @let at = show::instant(visit.lang(), breaker.closes_at);
            @let title = visit.t_args("breaker-open", &[("name", name.into())]);
            (ui::notice(Tone::Warning, &title, html! {
                p { (visit.t_args("breaker-open-body", &[("at", at.into()), ("rule", (&breaker.rule).into())])) }
                p { (number::link(breaker.case_id)) }
            }))
        }
    })
}
