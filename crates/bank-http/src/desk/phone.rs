//! Somebody without a browser is on the telephone: who they are, what is read to them, what is done.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    contract::Contract,
    delegate::Delegate,
    desk::phone::{Believed, PhoneAct, is_for_caller},
    mandate::Mandate,
};
use kanuki_desk::case::Case;
use kanuki_domain::{Yen, bank_account::AccountNumber, id::MandateId, mandate::MandateState};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::phone_alerts;
use crate::{BankState, desk, holder::kind_key, refusal::problem};

pub(super) async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    desk::at_desk(&state, &visit).await?;
    Ok(page(&visit, None).into_response())
}

fn page(visit: &Visit, error: Option<String>) -> Markup {
    let branch = Field::new("branch", visit.t("enrol-branch")).kind(Kind::Numeric).max_length(3);
    let number = Field::new("number", visit.t("enrol-number"))
        .kind(Kind::Numeric)
        .max_length(7)
        .error(error);
    let option = |believed: Believed| {
        let name = believed.name().to_owned();
        let words = visit.t(&format!("caller-believed-{name}"));
        (name, words)
    };
    let believed = Field::new("believed", visit.t("caller-believed"));
    let options: Vec<(String, String)> = Believed::ALL.map(option).into();
    let title = visit.t("caller-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("caller-lead"))))
        (ui::card(None, html! {
            ol.points {
                li { (visit.t("caller-say-call-back")) }
                li { (visit.t("caller-say-never")) }
                li { (visit.t("caller-say-back")) }
            }
        }))
        (ui::form("/desk/phone", visit.csrf_field(), html! {
            (ui::field(&branch))
            (ui::field(&number))
            (ui::select(&believed, &options))
            (ui::actions(ui::button(Look::Primary, &visit.t("caller-open"))))
        }))
    };
    visit.desk_page(&desk::meta(visit, &title, "/desk"), body)
}

#[derive(Deserialize)]
pub(super) struct Caller {
    branch: String,
    number: String,
    believed: String,
}

pub(super) async fn take(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Caller>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let bad = || Problem::unprocessable("bad_form");
    let believed = Believed::parse(&form.believed).ok_or_else(bad)?;
    let wrong = || {
        let page = page(&visit, Some(visit.t("caller-no-account")));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let Ok(account) = AccountNumber::parse_typed(&form.branch, &form.number) else {
        return wrong();
    };
    match state.bank.open_for_caller(&visit.ctx(), staff_id, &account, believed).await {
        Ok(case_id) => Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response()),
        Err(BankError::NotAvailable) => wrong(),
        Err(error) => Err(problem(error)),
    }
}

/// What can be done for a caller, on the page of the case; each only after it was read back.
pub(super) async fn section(
    state: &BankState,
    visit: &Visit,
    (case, mandates): (&Case, &[Mandate]),
) -> Result<Markup, Problem> {
    if case.closed_at.is_some() || !is_for_caller(case) {
        return Ok(html! {});
    }
    let delegates = open_delegates(state, visit, case).await?;
    let contracts = open_contracts(state, case).await?;
    let wish = phone_alerts::wish_of(state, case).await?;
    let names: Vec<&str> = delegates.iter().map(|one| one.label.as_str()).collect();
    let now = visit.now();
    let live = mandates.iter().filter(|mandate| mandate.state.aged(now).is_alive());
    let read_back = |extra: Markup, act: &str, look| {
        let button = ui::button_named(look, &visit.t(&format!("caller-do-{act}")), "act", act);
        ui::form(
            &format!("/desk/cases/{}/phone", case.case_id),
            visit.csrf_field(),
            html! {
                (extra)
                p.hint { (visit.t(&format!("caller-say-{act}"))) }
                (ui::checkbox("read_back", "yes", &visit.t("caller-read-back"), false))
                (ui::actions(button))
            },
        )
    };
    let label = Field::new("label", visit.t("delegates-label")).max_length(20);
    Ok(ui::section(
        &visit.t("caller-section"),
        html! {
            @for mandate in live {
                (ui::card(Some(&mandate.partner_name), html! {
                    p { (mandate.account_mask) " " (kanuki_site::terms::in_a_line(&visit.words(), &mandate.terms)) }
                    // What is stopped already is not read out as something to do.
                    @if !matches!(mandate.state, MandateState::Suspended { .. }) {
                        (read_back(ui::hidden("mandate", &mandate.mandate_id.to_string()), "stop", Look::Danger))
                    }
                    (read_back(lowering(visit, mandate), "lower", Look::Secondary))
                }))
            }
            @for contract in &contracts {
                (ui::card(Some(&contract.collector_name), html! {
                    p {
                        (visit.t(kind_key(contract.kind))) " "
                        (contract.account_mask)
                    }
                    (read_back(
                        ui::hidden("contract", &contract.contract_id.to_string()),
                        "stop-contract",
                        Look::Danger,
                    ))
                }))
            }
            (ui::card(Some(&visit.t("caller-do-lock")), read_back(html! {}, "lock", Look::Secondary)))
            (phone_alerts::card(visit, wish, |fields| read_back(fields, "alerts", Look::Secondary)))
            (ui::card(Some(&visit.t("caller-do-stop-all")), read_back(html! {}, "stop-all", Look::Danger)))
            (ui::card(Some(&visit.t("delegates-title")), html! {
                @if !delegates.is_empty() {
                    p { (visit.t("caller-delegates")) " " strong { (names.join(", ")) } }
                    @for one in delegates.iter().filter(|one| one.delegation.ends_soon(now)) {
                        (renewal(visit, case, one))
                    }
                    (read_back(html! {}, "end-delegates", Look::Danger))
                }
                (read_back(ui::field(&label), "invite-delegate", Look::Secondary))
            }))
        },
    ))
}

/// Contracts made elsewhere that may still debit the caller's accounts. While the core is silent nobody
/// can say which those are; everything can be stopped all the same.
async fn open_contracts(state: &BankState, case: &Case) -> Result<Vec<Contract>, Problem> {
    let Ok(holder_id) = case.about.parse() else { return Ok(Vec::new()) };
    match state.bank.contracts_of(holder_id).await {
        Ok(mut all) => {
            all.retain(|contract| contract.standing.is_open());
            Ok(all)
        }
        Err(BankError::Core(_)) => Ok(Vec::new()),
        Err(error) => Err(problem(error)),
    }
}

/// Whoever looks after the caller's accounts now, or was invited to.
async fn open_delegates(
    state: &BankState,
    visit: &Visit,
    case: &Case,
) -> Result<Vec<Delegate>, Problem> {
    let Ok(holder_id) = case.about.parse() else { return Ok(Vec::new()) };
    let all = state.bank.delegates_of(holder_id).await.map_err(problem)?;
    let is_open = |one: &Delegate| one.delegation.standing.is_open(visit.now());
    Ok(all.into_iter().filter(is_open).collect())
}

/// Another year for a delegation that is about to end.
fn renewal(visit: &Visit, case: &Case, one: &Delegate) -> Markup {
    let act = "renew-delegate";
    let says = visit.t_args("caller-say-renew-delegate", &[("label", (&one.label).into())]);
    let button =
        ui::button_named(Look::Secondary, &visit.t("caller-do-renew-delegate"), "act", act);
    ui::form(
        &format!("/desk/cases/{}/phone", case.case_id),
        visit.csrf_field(),
        html! {
            (ui::hidden("delegation", &one.delegation.delegation_id.to_string()))
            p.hint { (says) }
            (ui::checkbox("read_back", "yes", &visit.t("caller-read-back"), false))
            (ui::actions(button))
        },
    )
}

/// The amounts to which every cap of a mandate goes down.
fn lowering(visit: &Visit, mandate: &Mandate) -> Markup {
    html! {
        (ui::hidden("mandate", &mandate.mandate_id.to_string()))
        @for (number, cap) in mandate.terms.periodic.iter().enumerate() {
            (ui::field(
                &Field::new(
                    cap_name(&mandate.mandate_id, number),
                    format!("{}: {}", mandate.partner_name, kanuki_site::terms::period(&visit.words(), cap)),
                )
                .kind(Kind::Numeric)
                .max_length(12)
                .value(cap.amount.amount().to_string()),
            ))
        }
    }
}

/// The field of one cap; a page has those of several mandates.
fn cap_name(mandate_id: &MandateId, number: usize) -> String {
    format!("cap{number}-{mandate_id}")
}

/// The fields of every act; which of them count follows from the act.
pub(super) type Asked = std::collections::BTreeMap<String, String>;

pub(super) async fn act(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Asked>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let case_id = desk::cases::parse(&id)?;
    let bad = || Problem::unprocessable("bad_form");
    if form.get("read_back").map(String::as_str) != Some("yes") {
        return Err(Problem::unprocessable("read_back"));
    }
    let mandate = || -> Result<MandateId, Problem> {
        form.get("mandate").and_then(|id| id.parse().ok()).ok_or_else(bad)
    };
    let act = match form.get("act").map(String::as_str) {
        Some("stop-all") => PhoneAct::StopAll,
        Some("lock") => PhoneAct::Lock,
        Some("end-delegates") => PhoneAct::EndDelegates,
        Some("renew-delegate") => {
            let id = form.get("delegation").and_then(|id| id.parse().ok());
            PhoneAct::RenewDelegate(id.ok_or_else(bad)?)
        }
        Some("invite-delegate") => {
            PhoneAct::InviteDelegate(form.get("label").cloned().unwrap_or_default())
        }
        Some("stop-contract") => {
            let id = form.get("contract").and_then(|id| id.parse().ok());
            PhoneAct::StopContract(id.ok_or_else(bad)?)
        }
        Some("alerts") => phone_alerts::act(&state, case_id, &form).await?,
        Some("stop") => PhoneAct::Stop(mandate()?),
        Some("lower") => PhoneAct::Lower(mandate()?, amounts(&form, &mandate()?)?),
        Some(_) | None => return Err(bad()),
    };
    let done = state.bank.act_for_caller(&visit.ctx(), staff_id, case_id, &act).await;
    done.map_err(problem)?;
    Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response())
}

fn amounts(form: &Asked, mandate_id: &MandateId) -> Result<Vec<Yen>, Problem> {
    let typed = (0_usize..).map_while(|number| form.get(&cap_name(mandate_id, number)));
    let amount = |text: &String| Yen::parse_input(text).map_err(|_| problem(BankError::Amounts));
    typed.map(amount).collect()
}
