//! A wallet waits for the holder to approve one debit (CIBA). The holder comes here by themself:
//! no message of ours has a link to it.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    approval::{Signing, decoupled::Waiting},
};
use kanuki_domain::id::{CeremonyId, HolderId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Icon, Kind, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    home,
    link::debit,
    plain,
    refusal::problem,
};

pub(crate) const PURPOSE: &str = "decoupled";
const PATH: &str = "/holder/approvals";

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
    again: Option<String>,
}

fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(StatusCode::NOT_FOUND, "debit_over"),
        other => problem(other),
    }
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let waiting = state.bank.waiting_approval(&ctx, holder_id, &browser).await.map_err(problem)?;
    let sheet = match waiting {
        Some(waiting) => sheet(&state, &visit, holder_id, waiting).await?,
        None => ui::card(
            None,
            ui::empty(
                Icon::Shield,
                &visit.t("approvals-none"),
                &visit.t("approvals-none-body"),
                None,
            ),
        ),
    };
    let title = visit.t("approvals-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("approvals-lead"))))
        (said(&visit, &way))
        (sheet)
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, PATH)).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

fn said(visit: &Visit, way: &Way) -> Markup {
    const DONE: [(&str, Tone); 3] =
        [("signed", Tone::Success), ("declined", Tone::Info), ("wrong", Tone::Error)];
    let done = DONE.iter().find(|(name, _)| way.done.as_deref() == Some(*name));
    html! {
        @if let Some((name, tone)) = done {
            (ui::notice(*tone, &visit.t(&format!("approvals-{name}")), html! {
                p { (visit.t(&format!("approvals-{name}.what"))) }
            }))
        }
        (plain::again(visit, way.again.is_some()))
    }
}

async fn sheet(
    state: &BankState,
    visit: &Visit,
    holder_id: HolderId,
    waiting: Waiting,
) -> Result<Markup, Problem> {
    let Waiting { page, options, mut signing, .. } = waiting;
    let pairs = debit::what(visit, &page);
    signing.showing(plain::shown(visit, &pairs));
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &binding, &signing).await?;
    let number = Field::new("number", visit.t("approvals-number"))
        .hint(visit.t("approvals-number.hint"))
        .kind(Kind::Numeric)
        .max_length(2);
    let amount = page.amount.to_string();
    // With a card the number is typed when it has signed.
    let has_passkey = !options.is_empty();
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: format!("{PATH}/sign"),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t_args("debit-sign", &[("amount", amount.into())]),
        body: html! {
            (ui::definitions(pairs))
            @if has_passkey { (ui::field(&number)) }
        },
        alternative: None,
    };
    let offer = (form, SignedPage::Approval, None);
    let form = card::sign_form(state, visit, holder_id, offer).await?;
    Ok(html! {
        (ui::notice(Tone::Warning, &visit.t("approvals-careful"), html! {
            p { (visit.t("approvals-careful-body")) }
        }))
        (debit::why(visit, &page))
        (ui::card(Some(&page.partner_name), form))
        form.inline method="post" action={ (PATH) "/decline" } {
            (visit.csrf_field())
            (ui::hidden("ceremony", &ceremony.to_string()))
            (ui::button(Look::Quiet, &visit.t("approvals-decline")))
        }
    })
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    number: String,
}

pub(super) async fn sign(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let signing: Signing = taken.state()?;
    let who = (holder_id, browser.as_str());
    let answer = (&signing, form.credential.as_str());
    let end = match state.bank.sign_decoupled(&ctx, who, &form.number, answer).await {
        Ok(()) => "done=signed",
        Err(BankError::Passkey(_) | BankError::Card | BankError::App) => "again=1",
        // Over by the clock, or by this number: nothing moves, and it is not told which.
        Err(BankError::NotAvailable) => "done=wrong",
        Err(error) => return Err(over(error)),
    };
    Ok(Redirect::to(&format!("{PATH}?{end}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Declined {
    ceremony: CeremonyId,
}

pub(super) async fn decline(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Declined>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let signing: Signing = taken.state()?;
    let declined = state.bank.decline_decoupled(&ctx, (holder_id, &browser), &signing).await;
    declined.map_err(over)?;
    Ok(Redirect::to(&format!("{PATH}?done=declined")).into_response())
}
