//! What the holder is told of: hearing more begins with a press, hearing less is signed.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::holder::alert::{AlertState, Wish};
use kanuki_domain::{Yen, id::CeremonyId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Look, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wire::transaction::ContactKind;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, plain, refusal::problem};

const PURPOSE: &str = "alerts";
const PATH: &str = "/holder/alerts";
/// From which amounts on a holder may wish to hear of debits.
pub(crate) const FROM: [Yen; 4] = [Yen::ZERO, Yen::of(1_000), Yen::of(3_000), Yen::of(10_000)];
/// Changes that one network may begin in an hour.
const TRIES_MAX: u32 = 20;

/// The portal's way here.
pub(super) fn card(visit: &Visit) -> Markup {
    ui::card(
        Some(&visit.t("alerts-title")),
        html! {
            p { (visit.t("alerts-body")) }
            (ui::actions(ui::link_button(Look::Secondary, PATH, &visit.t("alerts-open"))))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let now = state.bank.alerts_of(holder_id).await.map_err(problem)?;
    let choice = |from: Yen| Choice {
        value: from.amount().to_string(),
        label: debits(&visit, from),
        detail: None,
    };
    let from = Field::new("debits_from", visit.t("alerts-debits"))
        .hint(visit.t("alerts-debits-hint"))
        .value(now.debits_from.amount().to_string());
    let where_to = where_field(&state, &visit, now).await?;
    let title = visit.t("alerts-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("alerts-lead"))))
        (super::seer::banner(&visit))
        @if way.done.is_some() {
            (ui::notice(Tone::Success, &visit.t("alerts-done"), html! {
                p { (visit.t("alerts-done-what")) }
            }))
        }
        (ui::card(Some(&visit.t("alerts-always")), html! {
            p { (visit.t("alerts-always-what")) }
        }))
        (ui::form(PATH, visit.csrf_field(), html! {
            (ui::choices(&from, &FROM.map(choice)))
            (where_to)
            (ui::checkbox("attempts", "yes", &visit.t("alerts-attempts"), now.attempts))
            p.hint { (visit.t("alerts-less")) }
            (ui::actions(ui::button(Look::Primary, &visit.t("alerts-choose"))))
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

/// From which amount on debits are told, in words.
pub(crate) fn debits(visit: &Visit, from: Yen) -> String {
    if from.is_zero() {
        return visit.t("alerts-each");
    }
    visit.t_args("alerts-from", &[("amount", from.into())])
}

/// The contacts that may hear of debits alone, as the form names them: every one, or one of two.
const ONLY_TO: [Option<ContactKind>; 3] =
    [None, Some(ContactKind::Email), Some(ContactKind::Phone)];

/// A contact that hears of debits alone, as forms and text keys name it.
pub(crate) fn where_to(only_to: Option<ContactKind>) -> &'static str {
    only_to.map_or("every", ContactKind::name)
}

/// Where the holder hears of debits: a choice only for whoever has more than one contact on file.
async fn where_field(state: &BankState, visit: &Visit, now: Wish) -> Result<Markup, Problem> {
    let holder_id = visit.require_looker()?;
    let known = state.bank.known(holder_id).await.map_err(problem)?;
    if known.contacts().len() < 2 && now.debits_only_to.is_none() {
        return Ok(ui::hidden("only_to", where_to(None)));
    }
    let choice = |only_to: Option<ContactKind>| Choice {
        value: where_to(only_to).to_owned(),
        label: visit.t(&format!("alerts-where-{}", where_to(only_to))),
        detail: None,
    };
    let field = Field::new("only_to", visit.t("alerts-where"))
        .hint(visit.t("alerts-where-hint"))
        .value(where_to(now.debits_only_to));
    Ok(ui::choices(&field, &ONLY_TO.map(choice)))
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    debits_from: String,
    only_to: Option<String>,
    attempts: Option<String>,
}

pub(super) async fn choose(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Chosen>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let known = FROM.into_iter().find(|from| from.amount().to_string() == form.debits_from);
    let debits_from = known.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let now = state.bank.alerts_of(holder_id).await.map_err(problem)?;
    let debits_only_to = match form.only_to {
        None => now.debits_only_to,
        Some(name) => {
            let named = ONLY_TO.into_iter().find(|only_to| where_to(*only_to) == name);
            named.ok_or_else(|| Problem::unprocessable("bad_form"))?
        }
    };
    let attempts = form.attempts.as_deref() == Some("yes");
    let wish = Wish { debits_from, attempts, debits_only_to };
    if wish.is_less_than(now) {
        return sign_page(&state, &visit, wish).await;
    }
    state.bank.raise_alerts(&visit.ctx(), holder_id, wish).await.map_err(problem)?;
    Ok(Redirect::to(&format!("{PATH}?done=1")).into_response())
}

/// Shows what will be signed.
async fn sign_page(state: &BankState, visit: &Visit, wish: Wish) -> Answer {
    let holder_id = visit.require_holder()?;
    if !visit.allow("alerts", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let started = state.bank.start_lowering_alerts(&ctx, holder_id, wish).await;
    let (options, mut asked) = started.map_err(problem)?;
    let attempts = if wish.attempts { "alerts-told" } else { "alerts-not-told" };
    let pairs = vec![
        (visit.t("alerts-debits"), html! { strong { (debits(visit, wish.debits_from)) } }),
        (
            visit.t("alerts-where"),
            html! {
                strong { (visit.t(&format!("alerts-where-{}", where_to(wish.debits_only_to)))) }
            },
        ),
        (visit.t("alerts-attempts-short"), html! { strong { (visit.t(attempts)) } }),
    ];
    asked.showing(plain::shown(visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: format!("{PATH}/sign"),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("alerts-sign"),
        body: ui::definitions(pairs),
        alternative: Some((PATH.to_owned(), visit.t("alerts-keep"))),
    };
    let title = visit.t("alerts-check");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("alerts-check-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    let meta = PageMeta::new(title).nav(home::nav(visit, "/holder")).back(PATH);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let asked: AlertState = taken.state()?;
    let who = (holder_id, taken.binding.as_str());
    let answer = (form.credential.as_str(), &asked);
    state.bank.finish_lowering_alerts(&ctx, who, answer).await.map_err(problem)?;
    Ok(Redirect::to(&format!("{PATH}?done=1")).into_response())
}
