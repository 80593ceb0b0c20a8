//! The first page: for those who are new, and for those who are at home.

use axum::{
    Router,
    extract::{Query, State},
    response::IntoResponse,
    routing::get,
};
use kanuki_desk_http::incident;
use kanuki_domain::{
    assurance::{Identity, SignIn},
    case_number::said,
};
use kanuki_site::{
    Answer, PageMeta, Visit, incident as drawn,
    ui::{self, Action, BalanceCard, Icon, Look, Tone},
};
use kanuki_wallet::{customer::Overview, payout::Payout, remittance::Remittance};
use maud::{Markup, html};
use serde::Deserialize;

use super::{links::link_rows, nav, statement::line_rows};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/", get(show))
}

#[derive(Deserialize)]
struct Way {
    welcome: Option<String>,
}

async fn show(State(state): State<WalletState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let halts = drawn::banner(&visit, &incident::halts(&state, &visit).await);
    let Some(id) = visit.customer_id() else { return Ok(welcome(&visit, &halts).into_response()) };
    let ctx = visit.ctx();
    let overview = state.wallet.overview(&ctx, id).await.map_err(problem)?;
    let lines = state.wallet.statement(&ctx, id, None, 5).await.map_err(problem)?;
    let held = state.wallet.held_payouts(id).await.map_err(problem)?;
    let held_sends = state.wallet.held_remittances(id).await.map_err(problem)?;
    let waiting = state.wallet.waiting_remittances(id).await.map_err(problem)?;
    let recoveries = state.wallet.waiting_recoveries(&visit.ctx(), id).await.map_err(problem)?;
    let main = html! {
        @if way.welcome.is_some() {
            (ui::notice(Tone::Success, &visit.t("home-welcome"), html! {
                p { (visit.t("home-welcome.body")) }
            }))
        }
        (halts)
        (frozen_notice(&visit, &overview))
        (super::close::notice(&visit, &overview.customer.closure))
        @if !recoveries.is_empty() {
            (ui::notice(Tone::Warning, &visit.t("home-recovery"), html! {
                p { (visit.t("home-recovery.body")) }
                (ui::actions(ui::link_button(Look::Danger, "/security", &visit.t("home-recovery.button"))))
            }))
        }
        (balance(&visit, &overview))
        (next_step(&visit, &overview))
        (payouts(&visit, &held))
        (remittances(&visit, "home-held-send", Tone::Warning, &held_sends))
        (remittances(&visit, "home-waiting", Tone::Info, &waiting))
        (ui::section(&visit.t("home-lines"), html! {
            @if lines.is_empty() {
                (ui::empty(Icon::Statement, &visit.t("home-no-lines"), &visit.t("home-no-lines.body"), None))
            } @else {
                (ui::rows(line_rows(&visit, &lines)))
                a href="/statement" { (visit.t("home-all-lines")) }
            }
        }))
    };
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let aside = html! {
        // Without an account, the next step above is the one way there.
        @if !overview.links.is_empty() {
            (ui::section(&visit.t("home-links"), html! {
                (ui::rows(link_rows(&visit, &names, &overview.links)))
                @if overview.customer.frozen.is_none() && overview.customer.closure.is_open() {
                    (ui::actions(ui::link_button(Look::Secondary, "/link", &visit.t("home-add-link"))))
                }
            }))
        }
        @if overview.customer.frozen.is_none() {
            (ui::section(&visit.t("home-stop"), html! {
                p { (visit.t("home-stop.body")) }
                (ui::post_button(visit.csrf_field(), "/freeze", Look::Danger, &visit.t("home-stop.button")))
            }))
        }
    };
    let name = (&overview.customer.nickname).into();
    let greeting = visit.t_args("home-greeting", &[("name", name)]);
    let body = html! {
        (ui::heading(&greeting, None))
        (ui::columns(main, aside))
    };
    let meta = PageMeta::new(visit.t("home-title")).nav(nav(&visit, "/")).wide();
    Ok(visit.page(&meta, body).into_response())
}

pub(super) fn payouts(visit: &Visit, held: &[Payout]) -> Markup {
    html! {
        @for payout in held {
            (ui::notice(Tone::Warning, &visit.t("home-held"), html! {
                p { (ui::money(payout.amount)) }
                a href={ "/payout/" (payout.payout_id) } { (visit.t("see-more")) }
            }))
        }
    }
}

pub(super) fn remittances(visit: &Visit, title: &str, tone: Tone, some: &[Remittance]) -> Markup {
    html! {
        @for remittance in some {
            (ui::notice(tone, &visit.t(title), html! {
                p { (ui::money(remittance.amount)) }
                a href={ "/send/" (remittance.remittance_id) } { (visit.t("see-more")) }
            }))
        }
    }
}

fn frozen_notice(visit: &Visit, overview: &Overview) -> Markup {
    let Some(frozen) = &overview.customer.frozen else { return html! {} };
    let case = visit.t_args("frozen-case", &[("case", said(frozen.case_id).into())]);
    ui::notice(
        Tone::Error,
        &visit.t("home-frozen"),
        html! {
            p { (visit.t("home-frozen.body")) }
            p { (case) }
            (ui::actions(ui::link_button(Look::Secondary, "/freeze", &visit.t("home-frozen.button"))))
        },
    )
}

fn balance(visit: &Visit, overview: &Overview) -> Markup {
    let action =
        |icon, key: &str, href: &str| Action { icon, label: visit.t(key), href: href.to_owned() };
    let mut notes = Vec::new();
    if !overview.incoming.is_zero() {
        notes.push(visit.t_args("home-incoming", &[("amount", overview.incoming.into())]));
    }
    if !overview.reserved.is_zero() {
        notes.push(visit.t_args("home-reserved", &[("amount", overview.reserved.into())]));
    }
    ui::balance_card(&BalanceCard {
        label: visit.t("home-balance"),
        amount: overview.available,
        note: (!notes.is_empty()).then(|| notes.join(" ")),
        // A frozen wallet moves nothing: buttons that only refuse would be in the way.
        actions: if overview.customer.frozen.is_some() {
            Vec::new()
        } else if !overview.customer.closure.is_open() {
            vec![action(Icon::Out, "do-payout", "/payout")]
        } else {
            vec![
                action(Icon::TopUp, "do-topup", "/topup"),
                action(Icon::Pay, "do-pay", "/pay"),
                action(Icon::Send, "do-send", "/send"),
                action(Icon::Qr, "do-request", "/request"),
                action(Icon::Out, "do-payout", "/payout"),
            ]
        },
    })
}

/// The one thing to do next, until there is nothing left to set up.
fn next_step(visit: &Visit, overview: &Overview) -> Markup {
    let step = |at: usize, href: &str, key: &str| {
        let names = ["step-open", "step-identity", "step-link", "step-topup"];
        let names: Vec<String> = names.into_iter().map(|name| visit.t(name)).collect();
        ui::card(
            Some(&visit.t(key)),
            html! {
                (ui::steps(&visit.t("steps-label"), &names, at))
                p { (visit.t(&format!("{key}.body"))) }
                (ui::actions(ui::link_button(Look::Primary, href, &visit.t(&format!("{key}.button")))))
            },
        )
    };
    let customer = &overview.customer;
    if customer.frozen.is_some() || !customer.closure.is_open() {
        html! {}
    } else if customer.identity == Identity::Unproven {
        step(1, "/identity", "next-identity")
    } else if overview.links.is_empty() {
        step(2, "/link", "next-link")
    } else if customer.sign_in == SignIn::Alternative {
        html! { p { (visit.t("home-alternative")) } }
    } else {
        html! {}
    }
}

fn welcome(visit: &Visit, halts: &Markup) -> Markup {
    let company = &visit.site.config.company;
    let title = visit.t_args("welcome-title", &[("company", company.into())]);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("welcome-lead"))))
        (halts)
        (ui::card(None, html! {
            (ui::actions(html! {
                (ui::link_button(Look::Primary, "/open", &visit.t("welcome-open")))
                (ui::link_button(Look::Secondary, "/sign-in", &visit.t("welcome-sign-in")))
            }))
        }))
        (ui::section(&visit.t("welcome-safe"), html! {
            ul.points {
                li { (visit.t("welcome-safe-passkey")) }
                li { (visit.t("welcome-safe-card")) }
                li { (visit.t("welcome-safe-bank")) }
                li { (visit.t("welcome-safe-stop")) }
            }
        }))
        p { a href="/compensation" { (visit.t("welcome-compensation")) } }
        p { a href="/recover" { (visit.t("welcome-recover")) } }
    };
    visit.page(&PageMeta::new(visit.t("home-title")), body)
}
