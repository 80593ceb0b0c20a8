//! Lowering a mandate's caps works at once; raising takes a passkey and a day.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    delegate::DelegateAct,
    mandate::{Mandate, caps::RaiseState},
};
use kanuki_domain::{
    Yen,
    id::CeremonyId,
    mandate::{Alignment, Period, PeriodicCap, Terms},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Look, PasskeyForm, PasskeyMode},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    home, plain,
    refusal::problem,
};

pub(crate) const PURPOSE: &str = "raise_caps";

/// Which way the caps go.
#[derive(Clone, Copy)]
enum Way {
    Lower,
    Raise,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Raise => "raise",
        }
    }
}

/// The amounts as they were typed, by the name of their field.
pub(super) type Typed = BTreeMap<String, String>;

/// The field of one cap.
fn field_name(cap: &PeriodicCap) -> String {
    match (cap.period, &cap.alignment) {
        (Period::Day, Alignment::Rolling) => "per_day".to_owned(),
        (Period::Month, Alignment::Rolling) => "per_month".to_owned(),
        (period, alignment) => format!("{}_{}", period.name(), alignment.name()),
    }
}

/// The amounts in the order of the terms; one for every cap.
fn parse(typed: &Typed, terms: &Terms) -> Result<Vec<Yen>, BankError> {
    let one = |cap: &PeriodicCap| {
        let text = typed.get(&field_name(cap)).ok_or(BankError::Amounts)?;
        Yen::parse_input(text).map_err(|_| BankError::Amounts)
    };
    terms.periodic.iter().map(one).collect()
}

async fn page(
    state: &BankState,
    visit: &Visit,
    mandate: &Mandate,
    way: Way,
    is_wrong: bool,
) -> Result<Markup, Problem> {
    let name = way.name();
    let path = super::path(mandate);
    let terms = &mandate.terms;
    let (day_max, month_max) = state.bank.caps_max(mandate).await.map_err(problem)?;
    let most = |cap: &PeriodicCap| match (way, cap.period) {
        (Way::Lower, _) => Some(cap.amount),
        (Way::Raise, Period::Day) => Some(day_max),
        (Way::Raise, Period::Week | Period::Fortnight | Period::Month) => Some(month_max),
        (Way::Raise, Period::HalfYear | Period::Year) => None,
    };
    let field = |cap: &PeriodicCap| AmountField {
        name: field_name(cap),
        label: kanuki_site::terms::period(&visit.words(), cap),
        hint: most(cap).map(|most| visit.t_args("caps-most", &[("most", most.into())])),
        error: is_wrong.then(|| visit.t("caps-wrong")),
        value: cap.amount.amount().to_string(),
        quick: Vec::new(),
    };
    let span = |secs: i64| show::span(visit.lang(), u64::try_from(secs).unwrap_or(0));
    let wait = [("span", span(state.bank.rules.raise_wait_secs()).into())];
    let title = visit.t(&format!("caps-{name}-title"));
    let lead = visit.t_args(&format!("caps-{name}-lead"), &wait);
    let meta = PageMeta::new(&title).nav(home::nav(visit, "/holder")).back(&path);
    Ok(visit.page(
        &meta,
        html! {
            (ui::heading(&title, Some(&lead)))
            (ui::form(&format!("{path}/{name}"), visit.csrf_field(), html! {
                @for cap in &terms.periodic { (ui::amount_field(&field(cap))) }
                (ui::actions(ui::button(Look::Primary, &visit.t(&format!("caps-{name}-button")))))
            }))
        },
    ))
}

async fn wrong(state: &BankState, visit: &Visit, mandate: &Mandate, way: Way) -> Answer {
    let page = page(state, visit, mandate, way, true).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn lower_form(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let (_, mandate) = super::seen(&state, &visit, &id).await?;
    Ok(page(&state, &visit, &mandate, Way::Lower, false).await?.into_response())
}

pub(super) async fn lower(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let (seer, mandate) = super::seen(&state, &visit, &id).await?;
    let Ok(amounts) = parse(&form, &mandate.terms) else {
        return wrong(&state, &visit, &mandate, Way::Lower).await;
    };
    let (ctx, id) = (visit.ctx(), mandate.mandate_id);
    let lowered = match seer.delegate {
        None => state.bank.lower_caps(&ctx, seer.holder_id, id, &amounts).await,
        Some(delegate) => {
            let act = DelegateAct::Lower(id, amounts);
            state.bank.act_as_delegate(&ctx, delegate, &act).await.map(drop)
        }
    };
    match lowered {
        Ok(()) => {
            Ok(Redirect::to(&format!("{}?done=lowered", super::path(&mandate))).into_response())
        }
        Err(BankError::Amounts) => wrong(&state, &visit, &mandate, Way::Lower).await,
        Err(error) => Err(problem(error)),
    }
}

pub(super) async fn raise_form(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let (_, mandate) = super::own(&state, &visit, &id).await?;
    Ok(page(&state, &visit, &mandate, Way::Raise, false).await?.into_response())
}

/// Shows what will be signed: the caps, to the yen, and from when they hold.
pub(super) async fn start_raise(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let (holder_id, mandate) = super::own(&state, &visit, &id).await?;
    let Ok(asked) = parse(&form, &mandate.terms) else {
        return wrong(&state, &visit, &mandate, Way::Raise).await;
    };
    let ctx = visit.ctx();
    let started = state.bank.start_raise(&ctx, holder_id, mandate.mandate_id, &asked).await;
    let (options, mut raise) = match started {
        Ok(started) => started,
        Err(BankError::Amounts) => return wrong(&state, &visit, &mandate, Way::Raise).await,
        Err(error) => return Err(problem(error)),
    };
    let path = super::path(&mandate);
    let mut pairs = vec![(visit.t("consent-who"), html! { (mandate.partner_name) })];
    pairs.extend(plain::terms(&visit, &raise.wanted));
    raise.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &raise).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: format!("{path}/raise/sign"),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("caps-raise-sign"),
        body: ui::definitions(pairs),
        alternative: Some((path.clone(), visit.t("end-keep"))),
    };
    let page = SignedPage::Raise { mandate: mandate.mandate_id };
    let form = card::sign_form(&state, &visit, holder_id, (form, page, None)).await?;
    let title = visit.t("caps-raise-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("caps-raise-check"))))
        (ui::card(Some(&mandate.partner_name), form))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back(path);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn finish_raise(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (holder_id, mandate) = super::own(&state, &visit, &id).await?;
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let asked: RaiseState = taken.state()?;
    let (who, answer) = ((holder_id, taken.binding.as_str()), (form.credential.as_str(), &asked));
    let raised = state.bank.finish_raise(&ctx, who, mandate.mandate_id, answer).await;
    match raised {
        Ok(_) => {}
        // The page was opened before a stop, or before another change.
        Err(BankError::NotAvailable) => {
            let page = format!("{}?wrong=raise", super::path(&mandate));
            return Ok(Redirect::to(&page).into_response());
        }
        Err(error) => return Err(problem(error)),
    }
    if let Some(session) = &visit.session {
        visit.site.sessions.prove(&ctx, session.session_id).await?;
    }
    Ok(Redirect::to(&format!("{}?done=raise", super::path(&mandate))).into_response())
}
