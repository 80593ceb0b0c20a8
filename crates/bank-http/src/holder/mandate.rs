//! One mandate: its terms, what was taken, and what can be done.

use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use kanuki_bank::{
    Verified,
    debit::{Debit, DebitState},
    mandate::Mandate,
};
use kanuki_desk::evidence::{Answer as Said, Shown};
use kanuki_domain::mandate::MandateState;
use kanuki_site::{
    Answer, PageMeta, Visit, show,
    ui::{self, Direction, Icon, Look, Row, Tone},
};
use kanuki_wire::debit::RefusalReason;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, plain, refusal::problem};

/// How many debits the page shows.
const DEBITS_MAX: usize = 100;
/// How many that were refused, besides.
const REFUSED_MAX: usize = 20;

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
    wrong: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(way): Query<Way>,
) -> Answer {
    let (seer, mandate) = super::seen(&state, &visit, &id).await?;
    let now = visit.now();
    let available = state.bank.available_today(&mandate, &visit.ctx()).await.map_err(problem)?;
    let debits = state.bank.debits_of(mandate.mandate_id).await.map_err(problem)?;
    let standing = plain::state(&visit, &mandate, now);
    // A code that confirms, and what was signed, are between the holder and the bank.
    let (confirm, answers, evidence) = if seer.is_delegate() {
        (html! {}, Vec::new(), html! {})
    } else {
        let id = mandate.mandate_id;
        let answers = state.bank.answers_of(seer.holder_id, id).await.map_err(problem)?;
        let evidence = super::pack::part(&state, &visit, (seer.holder_id, &mandate)).await?;
        (super::confirm::section(&state, &visit, &mandate).await?, answers, evidence)
    };
    let mut facts = vec![
        (visit.t("mandate-account"), html! { (mandate.account_mask) }),
        (visit.t("mandate-signed"), show::time(visit.lang(), mandate.signed_at)),
        (visit.t("mandate-available"), ui::money(available)),
    ];
    if let Some(at) = mandate.renewed_at {
        facts.push((visit.t("mandate-renewed"), show::time(visit.lang(), at)));
    }
    facts.extend(plain::terms(&visit, &mandate.terms));
    if !state.bank.rules.allows_overdraft() {
        // People lost money that they did not have: the loan was made for them, by itself.
        let never = visit.t("mandate-overdraft.never");
        facts.push((visit.t("mandate-overdraft"), html! { (never) }));
    }
    let body = html! {
        (ui::heading(&mandate.partner_name, Some(&standing.meaning)))
        p { (ui::badge(standing.tone, &standing.word)) }
        (super::seer::banner(&visit))
        (said(&visit, &way, &mandate))
        (confirm)
        (waiting_raise(&visit, &mandate))
        (ui::card(None, ui::definitions(facts)))
        (choices(&visit, &mandate))
        (ui::section(&visit.t("mandate-debits"), debit_list(&visit, &debits)))
        @if !answers.is_empty() { (agreed(&visit, &answers)) }
        (evidence)
    };
    let nav = home::nav(&visit, "/holder");
    let meta = PageMeta::new(&mandate.partner_name).nav(nav).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

/// What the holder saw and signed, in the language they saw it in.
fn agreed(visit: &Visit, answers: &[Verified]) -> Markup {
    let lines = |shown: &Shown| {
        let line = |(name, value): &(String, String)| (name.clone(), html! { (value) });
        ui::definitions(shown.lines.iter().map(line).collect())
    };
    let shown = |one: &Verified| one.content.as_ref().and_then(|content| content.shown.clone());
    let at = |one: &Verified| {
        let at = show::instant(visit.lang(), one.kept.at);
        visit.t_args(&format!("mandate-{}-at", word(one.kept.answer)), &[("at", at.into())])
    };
    ui::section(
        &visit.t("mandate-agreed"),
        html! {
            @for one in answers {
                (ui::details(&at(one), html! {
                    @if let Some(shown) = shown(one) { div lang=(shown.lang) { (lines(&shown)) } }
                    p.hint { code { (one.kept.hash) } }
                }))
            }
        },
    )
}

const fn word(answer: Said) -> &'static str {
    match answer {
        Said::Signed => "agreed",
        Said::Refused => "refused",
    }
}

/// What an address says was done, which anybody can write: said again only as far as it is so.
fn said(visit: &Visit, way: &Way, mandate: &Mandate) -> Markup {
    let is_so = |done: &str| match done {
        "stopped" | "paused" => !mandate.state.is_active(),
        "raise" => mandate.waiting().is_some(),
        "confirmed" => mandate.state.is_active(),
        "lowered" | "second" => true,
        _ => false,
    };
    let done = way.done.as_deref().filter(|done| is_so(done));
    html! {
        @if let Some(done) = done {
            (ui::notice(Tone::Success, &visit.t(&format!("done-{done}")), html! {
                p { (visit.t(&format!("done-{done}.what"))) }
            }))
        }
        @if let Some(many) = way.wrong.as_deref().and_then(|wrong| super::confirm::too_many(visit, wrong)) {
            (many)
        } @else if let Some(wrong) = &way.wrong {
            @let (title, what) = if wrong == "raise" {
                ("raise-changed", "raise-changed.what")
            } else {
                ("letter-wrong", "letter-wrong.what")
            };
            (ui::notice(Tone::Error, &visit.t(title), html! { p { (visit.t(what)) } }))
        }
    }
}

fn waiting_raise(visit: &Visit, mandate: &Mandate) -> Markup {
    html! {
        @if let Some(raise) = mandate.waiting() {
            (ui::notice(Tone::Info, &visit.t("raise-waits"), html! {
                p { (visit.t_args("raise-waits-body", &[
                    ("at", show::instant(visit.lang(), raise.effective_at).into()),
                ])) }
                (ui::definitions(plain::terms(visit, &raise.terms)))
                p { (visit.t("raise-waits-stop")) }
            }))
        }
    }
}

fn choices(visit: &Visit, mandate: &Mandate) -> Markup {
    let aged = mandate.state.aged(visit.now());
    let at = |verb: &str| format!("{}/{verb}", super::path(mandate));
    let is_delegate = visit.delegate_id().is_some();
    // What is stopped already cannot be stopped: its holder may end it, and nobody else.
    let stop = match (&aged, is_delegate) {
        (MandateState::Suspended { .. }, true) => None,
        (MandateState::Suspended { .. }, false) => Some("mandate-end"),
        _ => Some("mandate-stop"),
    };
    html! {
        @if aged.is_alive() {
            (ui::actions(html! {
                @if let Some(stop) = stop {
                    (ui::link_button(Look::Danger, &at("stop"), &visit.t(stop)))
                }
                (ui::link_button(Look::Secondary, &at("lower"), &visit.t("mandate-lower")))
                @if aged.is_active() && !is_delegate {
                    (ui::link_button(Look::Quiet, &at("raise"), &visit.t("mandate-raise")))
                }
            }))
        }
    }
}

/// The newest of them. However often a company asks for what is refused, it pushes no debit that
/// moved money off the page.
fn most_telling(debits: &[Debit]) -> Vec<&Debit> {
    let moved = debits.iter().filter(|debit| debit.may_have_moved()).take(DEBITS_MAX);
    let refused = debits.iter().filter(|debit| !debit.may_have_moved()).take(REFUSED_MAX);
    let mut shown: Vec<&Debit> = moved.chain(refused).collect();
    shown.sort_by_key(|debit| std::cmp::Reverse(debit.asked_at));
    shown
}

fn debit_list(visit: &Visit, debits: &[Debit]) -> Markup {
    let row = |debit: &Debit| {
        let (tone, key) = match debit.state {
            DebitState::Booked { .. } => (Tone::Success, "debit-booked"),
            DebitState::Open => (Tone::Info, "debit-open"),
            DebitState::OpenItem { .. } => (Tone::Warning, "debit-open-item"),
            DebitState::Refused { reason, .. } => (
                Tone::Neutral,
                match reason {
                    RefusalReason::OverLimit => "debit-over-limit",
                    RefusalReason::NotEnoughMoney => "debit-not-enough",
                    RefusalReason::Stopped => "debit-stopped",
                    RefusalReason::NotActive => "debit-not-active",
                    RefusalReason::TryLater => "debit-try-later",
                    RefusalReason::Declined => "debit-declined",
                },
            ),
        };
        let way = if matches!(debit.state, DebitState::Booked { .. }) {
            Direction::Out
        } else {
            Direction::None
        };
        Row::new(show::instant(visit.lang(), debit.asked_at))
            .icon(Icon::Out)
            .badge(tone, visit.t(key))
            .money(way, debit.amount)
    };
    html! {
        @if debits.is_empty() { p { (visit.t("mandate-no-debits")) } }
        @else { (ui::rows(most_telling(debits).into_iter().map(row).collect())) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kanuki_domain::{
        Yen,
        id::{DebitId, MandateId},
        mandate::{Interaction, later},
    };

    use super::*;

    fn debit(second: i64, state: DebitState) -> Debit {
        let asked_at = later(Timestamp::UNIX_EPOCH, second);
        Debit {
            client_id: "wallet".to_owned(),
            debit_id: DebitId::derive(&[&second.to_string()]),
            mandate_id: MandateId::derive(&["mandate"]),
            amount: Yen::of(1_000),
            interaction: Interaction::InSession,
            caps: Vec::new(),
            approval_id: None,
            signed_within: false,
            asked_at,
            state,
            next_try_at: asked_at,
            attempts: 0,
            refunded: Yen::ZERO,
            borne: Yen::ZERO,
            text: None,
            round: 0,
            stepped_aside: false,
        }
    }

    #[test]
    fn no_number_of_refused_debits_pushes_one_that_moved_off_the_page() {
        let at = Timestamp::UNIX_EPOCH;
        let moved = debit(1, DebitState::Booked { at });
        let refused = DebitState::Refused { reason: RefusalReason::OverLimit, at };
        let newest_first: Vec<Debit> =
            (2..1_000).rev().map(|second| debit(second, refused)).chain([moved]).collect();

        let shown = most_telling(&newest_first);

        assert_eq!(shown.len(), REFUSED_MAX + 1);
        assert!(matches!(shown.last().unwrap().state, DebitState::Booked { .. }));
    }
}
