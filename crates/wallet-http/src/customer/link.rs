//! Choosing a bank, agreeing to what it is told, and going there.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    assurance::Identity,
    bank_account::BankCode,
    limits::{BANK_PER_DAY, BANK_PER_MONTH},
    mandate::{Alignment, Period, PeriodicCap, Terms},
    person::Facts,
};
use kanuki_formats::directory::{Directory, Former, Institution};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Icon, Kind, Look, Row, Tone},
};
use kanuki_wallet::{
    PartnerBank, WalletError,
    link::{budgeted, terms},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{confirm::back_to_form, form_error, inner};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/link", get(choose)).route("/link/start", get(show_start).post(start))
}

#[derive(Deserialize)]
struct Search {
    q: Option<String>,
}

/// Hiragana as katakana, so that either finds a name in the other.
fn katakana(text: &str) -> String {
    let fold = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c).saturating_add(0x60)).unwrap_or(c),
        c => c,
    };
    text.trim().chars().map(fold).flat_map(char::to_lowercase).collect()
}

/// Whether a bank fits what was typed; everything does when nothing was.
fn fits(bank: &PartnerBank, query: &str) -> bool {
    let folded = katakana(query);
    let directory = Directory::get();
    let found = || directory.search(query, 100).iter().any(|i| i.code == bank.code);
    // A passbook outlives its bank: the name on the cover finds the bank into which it merged.
    let was = || directory.search_former(query, 100).iter().any(|f| f.into == Some(bank.code));
    folded.is_empty()
        || katakana(&bank.name).contains(&folded)
        || bank.code.to_string().starts_with(&folded)
        || found()
        || was()
}

/// Banks of that name that there are no longer, with what they are today.
fn gone(visit: &Visit, query: &str) -> Vec<Row> {
    let directory = Directory::get();
    let formers = directory.search_former(query, 10).into_iter();
    let row = |former: &Former| {
        let now = directory.successor(former).map(Institution::display_name);
        let now = now.map_or_else(
            || visit.t("link-gone"),
            |bank| visit.t_args("link-gone-into", &[("bank", bank.into())]),
        );
        Row::new(former.institution.display_name())
            .icon(Icon::Bank)
            .detail(former.institution.code.to_string())
            .badge(Tone::Neutral, now)
    };
    formers.map(row).collect()
}

async fn choose(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Search>,
) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let directory = Directory::get();
    let query = way.q.unwrap_or_default();
    let query: String = query.chars().take(60).collect();
    let open = state.wallet.linkable_banks(&visit.ctx()).await.map_err(problem)?;
    let mut rows: Vec<Row> = open
        .iter()
        .filter(|bank| fits(bank, &query))
        .map(|bank| {
            Row::new(&bank.name)
                .icon(Icon::Bank)
                .detail(bank.code.to_string())
                .badge(Tone::Success, visit.t("link-possible"))
                .href(format!("/link/start?bank={}", bank.code))
        })
        .collect();
    if !query.trim().is_empty() {
        let partners = state.wallet.partners().await.map_err(problem)?;
        // Stopped, or its assessment or profile has lapsed: it is a partner, and nobody new is led in.
        let is_closed = |bank: &&Arc<PartnerBank>| open.iter().all(|open| open.code != bank.code);
        let closed = partners.iter().filter(is_closed).filter(|bank| fits(bank, &query));
        rows.extend(closed.map(|bank| {
            Row::new(&bank.name)
                .icon(Icon::Bank)
                .detail(bank.code.to_string())
                .badge(Tone::Warning, visit.t("link-closed"))
        }));
        let others = directory.search(&query, 30).into_iter();
        let others = others.filter(|i| partners.iter().all(|bank| bank.code != i.code));
        rows.extend(others.map(|institution| {
            Row::new(institution.display_name())
                .icon(Icon::Bank)
                .detail(institution.code.to_string())
                .badge(Tone::Neutral, visit.t("link-not-possible"))
        }));
        rows.extend(gone(&visit, &query));
    }
    let as_of = show::civil_date(visit.lang(), directory.as_of());
    let search = Field::new("q", visit.t("link-search"))
        .hint(visit.t("link-search.hint"))
        .value(query)
        .kind(Kind::Search)
        .optional("")
        .max_length(60);
    let body = html! {
        (ui::heading(&visit.t("link-title"), Some(&visit.t("link-lead"))))
        @if customer.identity == Identity::Unproven {
            (ui::notice(Tone::Warning, &visit.t("next-identity"), html! {
                p { (visit.t("next-identity.body")) }
                (ui::actions(ui::link_button(Look::Primary, "/identity", &visit.t("next-identity.button"))))
            }))
        }
        (ui::card(None, ui::get_form("/link", html! {
            (ui::field(&search))
            (ui::actions(ui::button(Look::Secondary, &visit.t("link-search.button"))))
        })))
        @if rows.is_empty() {
            (ui::empty(Icon::Search, &visit.t("link-none"), &visit.t("link-none.body"), None))
        } @else {
            (ui::rows(rows))
        }
        p { small { (visit.t_args("link-as-of", &[("date", as_of.into())])) } }
    };
    Ok(visit.page(&inner(&visit, "link-title", ""), body).into_response())
}

#[derive(Deserialize)]
struct Which {
    bank: String,
    error: Option<String>,
}

fn parse_bank(text: &str) -> Result<BankCode, Problem> {
    BankCode::parse(text).map_err(|_| Problem::not_found())
}

async fn show_start(
    State(state): State<WalletState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Answer {
    let id = visit.require_customer()?;
    let bank = state.wallet.partner(parse_bank(&which.bank)?).await.map_err(problem)?;
    let open = state.wallet.linkable_banks(&visit.ctx()).await.map_err(problem)?;
    let is_closed = open.iter().all(|open| open.code != bank.code);
    let kept = state.wallet.facts(id).await.map_err(problem)?;
    let policy = state.wallet.compensation().await.map_err(problem)?;
    let consent = visit.t_args("link-consent", &[("bank", (&bank.name).into())]);
    let body = html! {
        (ui::heading(&visit.t_args("link-start-title", &[("bank", (&bank.name).into())]),
            Some(&visit.t("link-start-lead"))))
        @if is_closed { (closed(&visit)) }
        (ui::card(None, ui::form("/link/start", visit.csrf_field(), html! {
            (ui::hidden("bank", &bank.code.to_string()))
            (wish_fields(&visit, None))
            (ui::section(&visit.t("link-sent"), html! {
                p { (visit.t("link-sent.body")) }
                (ui::definitions(sent_facts(&visit, &kept.facts)))
                p {
                    (visit.t("link-sent-wrong")) " "
                    a href="/identity" { (visit.t("identity-again")) }
                }
            }))
            (ui::section(&visit.t("link-losses"), html! {
                p { (visit.t("link-losses.body")) }
                p {
                    a href="/compensation" { (visit.t("link-losses.read")) } " "
                    (visit.t_args("link-losses.version", &[("version", (&policy.version).into())]))
                }
            }))
            @if let Some(error) = form_error(&visit, which.error.as_deref()) {
                (ui::notice(Tone::Error, &error, html! {}))
            }
            (ui::checkbox("consent", "yes", &consent, false))
            (ui::actions(ui::button(Look::Primary, &visit.t("link-start-button"))))
        })))
        (ui::notice(Tone::Info, &visit.t("link-next"), html! {
            ul.points {
                li { (visit.t("link-next-bank")) }
                li { (visit.t("link-next-choose")) }
                li { (visit.t("link-next-cool")) }
            }
        }))
    };
    Ok(visit.page(&inner(&visit, "link-title", "").back("/link"), body).into_response())
}

/// Said before anybody fills in a form that leads nowhere: this bank takes no new links now.
fn closed(visit: &Visit) -> Markup {
    ui::notice(
        Tone::Warning,
        &visit.t("link-closed"),
        html! {
            p { (visit.t("link-closed.body")) }
        },
    )
}

/// The bank did not take the request: nothing was linked, and no money is anywhere near it.
fn not_taken(visit: &Visit, name: &str, is_silent: bool) -> Response {
    let body = html! {
        (ui::heading(&visit.t_args("link-start-title", &[("bank", name.into())]), None))
        (ui::notice(Tone::Error, &visit.t("link-not-taken"), html! {
            p { (visit.t("link-not-taken.body")) }
            (ui::actions(ui::link_button(Look::Secondary, "/link", &visit.t("link-title"))))
        }))
    };
    let status = if is_silent { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::CONFLICT };
    (status, visit.page(&inner(visit, "link-title", "").back("/link"), body)).into_response()
}

/// What the bank is told about its customer, line by line.
pub(super) fn sent_facts(visit: &Visit, facts: &Facts) -> Vec<(String, Markup)> {
    let plain = |text: &str| html! { (text) };
    let born = show::civil_date(visit.lang(), *facts.born_on.expose());
    vec![
        (visit.t("fact-name"), plain(facts.name.expose())),
        (visit.t("fact-kana"), plain(facts.declared_kana.expose())),
        (visit.t("fact-born"), plain(&born)),
        (visit.t("fact-address"), plain(facts.address.expose())),
        (visit.t("fact-phone"), plain(facts.phone.expose())),
    ]
}

/// The fields of [`Wish`], as they are in the terms that a link has.
pub(super) fn wish_fields(visit: &Visit, now: Option<&Terms>) -> Markup {
    let present = |period, is_rolling: bool| {
        let caps = now.map(|terms| terms.periodic.as_slice()).unwrap_or_default();
        let is_it = |cap: &&PeriodicCap| {
            cap.period == period && (cap.alignment == Alignment::Rolling) == is_rolling
        };
        caps.iter().find(is_it).map(|cap| cap.amount.amount())
    };
    let amounts = |of: &[u32], present: Option<u64>| -> Vec<(String, String)> {
        let offered = of.iter().map(|yen| Yen::of(*yen));
        let mut all: Vec<Yen> = offered.chain(present.and_then(|yen| Yen::new(yen).ok())).collect();
        all.sort_unstable();
        all.dedup();
        all.iter().map(|yen| (yen.amount().to_string(), yen.to_string())).collect()
    };
    let day = present(Period::Day, true);
    let month = present(Period::Month, true);
    let budget = present(Period::Month, false);
    let value = |present: Option<u64>, otherwise: &str| {
        present.map_or_else(|| otherwise.to_owned(), |yen| yen.to_string())
    };
    let mut budgets = vec![(String::new(), visit.t("link-budget-none"))];
    budgets.extend(amounts(&[10_000, 30_000, 50_000, 100_000], budget));
    let day_field = Field::new("per_day", visit.t("link-per-day")).value(value(day, "50000"));
    let month_field =
        Field::new("per_month", visit.t("link-per-month")).value(value(month, "300000"));
    let budget_field = Field::new("budget", visit.t("link-budget"))
        .hint(visit.t("link-budget.hint"))
        .optional(visit.t("field-optional"))
        .value(value(budget, ""));
    html! {
        (ui::select(&day_field, &amounts(&[10_000, 30_000, 50_000], day)))
        (ui::select(&month_field, &amounts(&[50_000, 100_000, 300_000], month)))
        (ui::select(&budget_field, &budgets))
    }
}

/// How much a customer wants to be possible, as they typed it.
pub(super) struct Wish<'a> {
    pub(super) per_day: &'a str,
    pub(super) per_month: &'a str,
    pub(super) budget: &'a str,
}

impl Wish<'_> {
    /// The terms to ask the bank for.
    pub(super) fn terms(&self, now: Timestamp) -> Result<Terms, Problem> {
        let bad = || Problem::unprocessable("amount");
        let amount = |text: &str| Yen::parse_input(text).map_err(|_| bad());
        let per_day = amount(self.per_day)?.min(BANK_PER_DAY);
        let per_month = amount(self.per_month)?.min(BANK_PER_MONTH).max(per_day);
        let mut terms = terms(now, per_day, per_month).map_err(problem)?;
        if !self.budget.is_empty() {
            terms = budgeted(terms, amount(self.budget)?);
            terms.validate().map_err(|_| bad())?;
        }
        Ok(terms)
    }
}

#[derive(Deserialize)]
struct Start {
    bank: String,
    per_day: String,
    per_month: String,
    #[serde(default)]
    budget: String,
    consent: Option<String>,
}

async fn start(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Start>,
) -> Answer {
    let id = visit.require_customer()?;
    let bank = parse_bank(&form.bank)?;
    if !visit.allow("link", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let wish = Wish { per_day: &form.per_day, per_month: &form.per_month, budget: &form.budget };
    let terms = wish.terms(ctx.now)?;
    let has_consented = form.consent.as_deref() == Some("yes");
    let who = (id, visit.binding());
    let who = (who.0, who.1.as_str());
    let seen = super::seen(&visit);
    let agreed = (has_consented, seen.as_ref());
    match state.wallet.start_linking(&ctx, who, bank, terms, agreed).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error @ (WalletError::BankSilent | WalletError::Bank(_))) => {
            tracing::warn!(%error, "a bank did not take a request to link");
            let name = state.wallet.bank_name(bank).await;
            Ok(not_taken(&visit, &name, matches!(error, WalletError::BankSilent)))
        }
        Err(error) => back_to_form(&format!("/link/start?bank={bank}"), error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_kana_finds_the_other() {
        assert_eq!(katakana(" はなみずき "), katakana("ハナミズキ"));
    }
}
