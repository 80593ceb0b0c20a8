//! A contract that was made before or outside this service: who, since when, and what can be done.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{
    BankError,
    contract::{Contract, Kind, Standing, StopOrder},
    delegate::{self, DelegateAct},
};
use kanuki_desk::case::Case;
use kanuki_domain::id::ContractId;
use kanuki_record::Stored;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    number, show,
    ui::{self, Icon, Look, Row, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::seer::{self, Seer};
use crate::{BankState, home, refusal::problem};

/// The part of the portal about contracts made elsewhere. A list that does not know everything
/// must say so.
pub(super) fn list(visit: &Visit, contracts: Option<&[Contract]>) -> Markup {
    let Some(contracts) = contracts else {
        return ui::notice(
            Tone::Warning,
            &visit.t("contract-silent"),
            html! { p { (visit.t("contract-silent-what")) } },
        );
    };
    let row = |contract: &Contract| {
        let (tone, word) = standing(visit, contract);
        let detail = visit.t_args(
            "contract-row",
            &[
                ("account", (&contract.account_mask).into()),
                ("started", started(visit, contract).into()),
                ("kind", visit.t(kind_key(contract.kind)).into()),
            ],
        );
        Row::new(&contract.collector_name)
            .icon(Icon::Statement)
            .badge(tone, word)
            .detail(detail)
            .href(path(contract))
            .extra(html! { p.hint { (meaning(visit, contract, None)) } })
    };
    html! {
        @if !contracts.is_empty() {
            (ui::section(&visit.t("contract-section"), html! {
                p { (visit.t("contract-section-lead")) }
                (ui::rows(contracts.iter().map(row).collect()))
            }))
        }
        (ui::notice(Tone::Info, &visit.t("contract-unknown"), html! {
            p { (visit.t(if contracts.is_empty() { "contract-none" } else { "contract-limits" })) }
        }))
    }
}

fn path(contract: &Contract) -> String {
    format!("/holder/contracts/{}", contract.contract_id)
}

/// What a kind of contract is called.
pub(crate) const fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::WebKofuri => "contract-kind-web",
        Kind::Kofuri => "contract-kind-kofuri",
    }
}

fn started(visit: &Visit, contract: &Contract) -> String {
    match contract.started_on {
        Some(day) => {
            let day = show::civil_date(visit.lang(), day);
            visit.t_args("contract-since", &[("day", day.into())])
        }
        None => visit.t("contract-since-unknown"),
    }
}

fn standing(visit: &Visit, contract: &Contract) -> (Tone, String) {
    let (tone, key) = match (contract.standing, contract.kind) {
        (Standing::Listed, Kind::WebKofuri) => (Tone::Warning, "contract-state-zero"),
        (Standing::Listed, Kind::Kofuri) => (Tone::Neutral, "contract-state-listed"),
        (Standing::Unlisted { .. }, _) => (Tone::Warning, "contract-state-unlisted"),
        (Standing::Ended { .. }, _) => (Tone::Neutral, "contract-state-ended"),
        (Standing::Replaced { .. }, _) => (Tone::Success, "contract-state-replaced"),
        (Standing::Held { .. }, _) => match contract.order {
            Some(StopOrder::Done { .. }) => (Tone::Warning, "contract-state-held"),
            Some(StopOrder::Asked { .. } | StopOrder::ByHand { .. }) | None => {
                (Tone::Warning, "contract-state-holding")
            }
        },
        (Standing::Stopped { .. }, _) => match contract.order {
            Some(StopOrder::Done { .. }) => (Tone::Success, "contract-state-stopped"),
            Some(StopOrder::Asked { .. } | StopOrder::ByHand { .. }) | None => {
                (Tone::Info, "contract-state-stopping")
            }
        },
    };
    (tone, visit.t(key))
}

/// What the state means; `case` is the one that people work on, where there is one.
fn meaning(visit: &Visit, contract: &Contract, case: Option<&Case>) -> String {
    let day = |day| show::civil_date(visit.lang(), day);
    let instant = |at| show::instant(visit.lang(), at);
    let listed = day(contract.listed_on);
    let said = |key: &str, at: String| {
        visit.t_args(key, &[("listed", (&listed).into()), ("at", at.into())])
    };
    match (contract.standing, contract.kind) {
        (Standing::Listed, Kind::WebKofuri) if contract.kept_at.is_some() => {
            said("contract-what-kept", String::new())
        }
        (Standing::Listed, Kind::WebKofuri) => said("contract-what-zero", String::new()),
        (Standing::Listed, Kind::Kofuri) => said("contract-what-listed", String::new()),
        (Standing::Unlisted { since }, _) => said("contract-what-unlisted", day(since)),
        (Standing::Ended { on }, _) => {
            said("contract-what-ended", on.map_or_else(|| listed.clone(), day))
        }
        (Standing::Replaced { at, .. }, _) => said("contract-what-replaced", instant(at)),
        (Standing::Held { at }, _) => match contract.order {
            Some(StopOrder::Done { .. }) => said("contract-what-held", instant(at)),
            Some(StopOrder::ByHand { .. }) => said("contract-what-hold-asked", instant(at)),
            Some(StopOrder::Asked { .. }) | None => said("contract-what-holding", instant(at)),
        },
        (Standing::Stopped { at, .. }, _) => match contract.order {
            Some(StopOrder::Done { .. }) => said("contract-what-stopped", instant(at)),
            Some(StopOrder::ByHand { .. }) if case.is_some_and(|case| case.closed_at.is_some()) => {
                said("contract-what-stopped-by-people", instant(at))
            }
            Some(StopOrder::ByHand { .. }) => said("contract-what-by-hand", instant(at)),
            Some(StopOrder::Asked { .. }) | None => said("contract-what-stopping", instant(at)),
        },
    }
}

/// The signed-in holder and a contract on one of their accounts; another's looks like none. A weak
/// proof is enough, or being a delegate: what can be done with a contract here allows nothing.
async fn own(
    state: &BankState,
    visit: &Visit,
    id: &str,
) -> Result<(Seer, Stored<Contract>), Problem> {
    let seer = seer::require(state, visit).await?;
    let id: ContractId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let contract = state.bank.contract_of(seer.holder_id, id).await.map_err(problem)?;
    Ok((seer, contract))
}

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Answer {
    let (_, contract) = own(&state, &visit, &id).await?;
    let case = match contract.order {
        Some(StopOrder::ByHand { case_id, .. }) => state.bank.book.find::<Case>(case_id).await?,
        Some(StopOrder::Asked { .. } | StopOrder::Done { .. }) | None => None,
    };
    let (tone, word) = standing(&visit, &contract);
    let mut facts = vec![
        (visit.t("contract-kind"), html! { (visit.t(kind_key(contract.kind))) }),
        (visit.t("mandate-account"), html! { (contract.account_mask) }),
        (visit.t("contract-started"), html! { (started(&visit, &contract)) }),
        (
            visit.t("contract-listed"),
            html! { (show::civil_date(visit.lang(), contract.listed_on)) },
        ),
        (visit.t("contract-code"), html! { (contract.collector_code) }),
    ];
    if let Some(case) = &case {
        facts.push((visit.t("contract-case"), number::both(case.case_id)));
    }
    let is_wallets = contract.kind == Kind::WebKofuri;
    let body = html! {
        (ui::heading(
            &contract.collector_name,
            Some(&meaning(&visit, &contract, case.as_deref())),
        ))
        p { (ui::badge(tone, &word)) " " (ui::badge(Tone::Neutral, &visit.t("contract-elsewhere"))) }
        (said(&visit, &way, &contract))
        (ui::card(None, ui::definitions(facts)))
        (choices(&visit, &contract))
        (ui::section(&visit.t("contract-know"), html! {
            ul.points {
                li { (visit.t("contract-know-amounts")) }
                li { (visit.t("contract-know-name")) }
                @if is_wallets { li { (visit.t("contract-know-again")) } }
            }
        }))
    };
    let nav = home::nav(&visit, "/holder");
    let meta = PageMeta::new(&contract.collector_name).nav(nav).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

fn said(visit: &Visit, way: &Way, contract: &Contract) -> Markup {
    // Anybody can write an address: it is said again only where it is so.
    let is_so = |done: &str| match done {
        "kept" => contract.kept_at.is_some(),
        "stopped" => !contract.standing.is_open(),
        "held" => contract.is_held(),
        _ => false,
    };
    html! {
        @if let Some(done) = way.done.as_deref().filter(|done| is_so(done)) {
            (ui::notice(Tone::Success, &visit.t(&format!("contract-done-{done}")), html! {
                p { (visit.t(&format!("contract-done-{done}.what"))) }
            }))
        }
    }
}

fn choices(visit: &Visit, contract: &Contract) -> Markup {
    let at = |verb: &str| format!("{}/{verb}", path(contract));
    let may_keep = contract.standing.is_open()
        && visit.require_holder().is_ok()
        && contract.kept_at.is_none()
        && !contract.is_held()
        && contract.kind == Kind::WebKofuri;
    let is_there =
        !matches!(contract.standing, Standing::Stopped { .. } | Standing::Replaced { .. });
    let is_delegate = visit.delegate_id().is_some();
    let is_for_delegates = delegate::may_stop(contract.kind);
    let may_stop = is_there && (!is_delegate || (is_for_delegates && !contract.is_held()));
    html! {
        @if is_there && is_delegate && !is_for_delegates {
            p.hint { (visit.t("delegate-not-kofuri")) }
        }
        @if contract.is_held() { (held(visit, is_delegate)) }
        @if may_stop {
            @let label = if contract.is_held() { "contract-stop-for-good" } else { "contract-stop" };
            (ui::actions(ui::link_button(Look::Danger, &at("stop"), &visit.t(label))))
        }
        @if may_keep {
            (ui::form(&at("keep"), visit.csrf_field(), html! {
                (ui::actions(ui::button(Look::Secondary, &visit.t("contract-keep"))))
                p.hint { (visit.t("contract-keep-hint")) }
            }))
        }
    }
}

/// What can be done about a contract that a delegate stopped: by its holder, and by the delegate.
fn held(visit: &Visit, is_delegate: bool) -> Markup {
    let what = if is_delegate { "contract-held-delegate" } else { "contract-held-holder" };
    ui::notice(Tone::Warning, &visit.t("contract-held-title"), html! { p { (visit.t(what)) } })
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn keep(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    // Keeping silences a warning, so the proof that only tightens is not enough.
    visit.require_holder()?;
    let (seer, contract) = own(&state, &visit, &id).await?;
    let (id, holder_id) = (contract.contract_id, seer.holder_id);
    state.bank.keep_contract(&visit.ctx(), holder_id, id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("{}?done=kept", path(&contract))).into_response())
}

pub(super) async fn stop_form(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let (seer, contract) = own(&state, &visit, &id).await?;
    let (heading, button, points) = match (seer.is_delegate(), contract.kind) {
        // Whoever looks after the accounts holds; its holder ends.
        (true, _) => (
            "contract-hold",
            "contract-hold-button",
            ["contract-hold-now", "contract-hold-people", "contract-hold-back"],
        ),
        (false, Kind::WebKofuri) => (
            "contract-end",
            "contract-stop",
            ["contract-end-now", "contract-end-core", "contract-end-collector"],
        ),
        (false, Kind::Kofuri) => (
            "contract-end",
            "contract-stop",
            ["contract-end-now", "contract-end-people", "contract-end-collector"],
        ),
    };
    let title = visit.t_args(heading, &[("who", (&contract.collector_name).into())]);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("contract-end-lead"))))
        (ui::card(None, html! {
            ul.points {
                @for point in points { li { (visit.t(point)) } }
            }
        }))
        (ui::form(&format!("{}/stop", path(&contract)), visit.csrf_field(), html! {
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t(button)))
                (ui::link_button(Look::Quiet, &path(&contract), &visit.t("end-keep")))
            }))
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back(path(&contract));
    Ok(visit.page(&meta, body).into_response())
}

pub(super) async fn stop(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (seer, contract) = own(&state, &visit, &id).await?;
    let id = contract.contract_id;
    if let Some(delegate) = seer.delegate {
        seer::act(&state, &visit, (delegate, &DelegateAct::StopContract(id))).await?;
        return Ok(Redirect::to(&format!("{}?done=held", path(&contract))).into_response());
    }
    let stopped = state.bank.stop_contract(&visit.ctx(), seer.holder_id, id).await;
    stopped.map_err(problem)?;
    Ok(Redirect::to(&format!("{}?done=stopped", path(&contract))).into_response())
}
