//! A caller wishes to hear of more: staff set it, having read it back. Hearing less takes the holder's
//! own signature, so nothing here offers it.

use kanuki_bank::{BankError, desk::phone::PhoneAct, holder::alert::Wish};
use kanuki_desk::case::Case;
use kanuki_domain::{
    Yen,
    id::{CaseId, HolderId},
};
use kanuki_site::{
    Problem, Visit,
    ui::{self, Choice, Field},
};
use maud::{Markup, html};

use super::phone::Asked;
use crate::{
    BankState,
    holder::alerts::{FROM, debits, where_to},
    refusal::problem,
};

/// Everything that can be told is told.
fn is_most(wish: Wish) -> bool {
    wish.debits_from.is_zero() && wish.attempts && wish.debits_only_to.is_none()
}

/// What the holder of a case is told now.
pub(super) async fn wish_of(state: &BankState, case: &Case) -> Result<Wish, Problem> {
    let holder_id: Result<HolderId, _> = case.about.parse();
    let holder_id = holder_id.map_err(|_| Problem::unprocessable("bad_form"))?;
    state.bank.alerts_of(holder_id).await.map_err(problem)
}

/// How it is, and what more may be asked for; `read_back` draws the form around the fields.
pub(super) fn card(visit: &Visit, now: Wish, read_back: impl Fn(Markup) -> Markup) -> Markup {
    let attempts = if now.attempts { "alerts-told" } else { "alerts-not-told" };
    let where_to = format!("alerts-where-{}", where_to(now.debits_only_to));
    let facts = vec![
        (visit.t("alerts-debits"), html! { (debits(visit, now.debits_from)) }),
        (visit.t("alerts-where"), html! { (visit.t(&where_to)) }),
        (visit.t("alerts-attempts-short"), html! { (visit.t(attempts)) }),
    ];
    ui::card(
        Some(&visit.t("alerts-title")),
        html! {
            (ui::definitions(facts))
            @if is_most(now) {
                p.hint { (visit.t("caller-alerts-most")) }
            } @else {
                (read_back(fields(visit, now)))
            }
        },
    )
}

/// Only what is more than now.
fn fields(visit: &Visit, now: Wish) -> Markup {
    let choice = |from: Yen| Choice {
        value: from.amount().to_string(),
        label: debits(visit, from),
        detail: None,
    };
    let more: Vec<Choice> =
        FROM.into_iter().filter(|from| *from <= now.debits_from).map(choice).collect();
    let field = Field::new("debits_from", visit.t("alerts-debits"))
        .value(now.debits_from.amount().to_string());
    html! {
        @if now.debits_from.is_zero() {
            (ui::hidden("debits_from", "0"))
        } @else {
            (ui::choices(&field, &more))
        }
        @if now.debits_only_to.is_some() {
            (ui::checkbox("everywhere", "yes", &visit.t("caller-alerts-everywhere"), false))
        }
        @if !now.attempts {
            (ui::checkbox("attempts", "yes", &visit.t("alerts-attempts"), false))
        }
    }
}

/// What the form asks for, on top of what is so; the bank refuses what would be less.
pub(super) async fn act(
    state: &BankState,
    case_id: CaseId,
    form: &Asked,
) -> Result<PhoneAct, Problem> {
    let case = state.bank.book.find::<Case>(case_id).await?;
    let case = case.ok_or_else(|| problem(BankError::NotAvailable))?;
    let now = wish_of(state, &case).await?;
    let typed = form.get("debits_from").map(String::as_str).unwrap_or_default();
    let found = FROM.into_iter().find(|from| from.amount().to_string() == typed);
    let is_ticked = |name: &str| form.get(name).map(String::as_str) == Some("yes");
    Ok(PhoneAct::RaiseAlerts(Wish {
        debits_from: found.ok_or_else(|| Problem::unprocessable("bad_form"))?,
        attempts: now.attempts || is_ticked("attempts"),
        debits_only_to: if is_ticked("everywhere") { None } else { now.debits_only_to },
    }))
}

/// What a caller was set to hear of, as the case noted it: `debits_from=0 attempts=true debits_to=every`.
pub(super) fn wishes(visit: &Visit, noted: &str) -> String {
    let one = |part: &str| match part.split_once('=') {
        Some(("debits_from", from)) => Some(debits(visit, Yen::of(from.parse().ok()?))),
        Some(("attempts", told)) => {
            let key = if told == "true" { "alerts-told" } else { "alerts-not-told" };
            Some(format!("{} {}", visit.t("alerts-attempts-short"), visit.t(key)))
        }
        Some(("debits_to", whom)) => {
            let key = format!("alerts-where-{whom}");
            visit.site.texts.find(visit.lang(), &key, &[])
        }
        _ => None,
    };
    let words: Vec<String> = noted.split(' ').filter_map(one).collect();
    words.join(&visit.t("loosened-and"))
}
