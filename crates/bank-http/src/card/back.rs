//! Coming back from the operator's app.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    holder::{
        card::{Brought, Errand},
        sign_in::SignedIn,
    },
};
use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_jpki::SignatureResponse;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ui::{self, Field, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Resume, SignedPage, over};
use crate::{BankState, enrol, holder, link, plain};

/// Answers that one network may bring in an hour.
const ANSWERS_MAX: u32 = 120;

/// What the operator's app posts, from its own page.
#[derive(Deserialize)]
pub(super) struct Posted {
    state: String,
    #[serde(default)]
    certificate: String,
    #[serde(default)]
    signature: String,
    error: Option<String>,
}

/// Comes from another site and so without our cookies and token; `state` is what binds it. It is only
/// kept here; the browser's own next request is what looks at it.
pub(super) async fn receive(
    State(state): State<BankState>,
    visit: Visit,
    Form(form): Form<Posted>,
) -> Answer {
    if !visit.allow("idcard-answer", ANSWERS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    if form.error.is_some() {
        return Ok(refused(&visit).into_response());
    }
    let bad = || Problem::bad_request("bad_form");
    let answer = SignatureResponse {
        certificate: enrol::card::decode(&form.certificate).ok_or_else(bad)?,
        signature: enrol::card::decode(&form.signature).ok_or_else(bad)?,
    };
    let brought = state.bank.receive_card_answer(&visit.ctx(), &form.state, &answer).await;
    let Brought { state, handle } = brought.map_err(over)?;
    let query = serde_urlencoded::to_string([("state", state), ("handle", handle)]);
    Ok(Redirect::to(&format!("/card/return?{}", query.unwrap_or_default())).into_response())
}

#[derive(Deserialize)]
pub(super) struct Back {
    state: String,
    #[serde(default)]
    handle: String,
}

/// The browser that set out is back: on with what it set out for.
pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    Query(back): Query<Back>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let brought = Brought { state: back.state, handle: back.handle };
    let errand = state.bank.come_back(&ctx, &browser, &brought).await.map_err(over)?;
    let resume = Resume::read(&errand.resume)?;
    let words = Words { lead: "idcard-back-lead", title: "idcard-back-title" };
    let done = match errand.errand {
        Errand::Sign => {
            let page = signed(&visit, (&brought.credential(), &words), &resume);
            return Ok(page.unwrap_or_else(|| refused(&visit)).into_response());
        }
        Errand::SignIn => by_card(&state, &visit, &brought, resume).await,
        Errand::Add { .. } => added(&state, &visit, &brought, resume).await,
    };
    match done? {
        Some(answer) => Ok(answer),
        None => Ok((StatusCode::FORBIDDEN, refused(&visit)).into_response()),
    }
}

/// None where the card was refused.
type Done = Result<Option<axum::response::Response>, Problem>;

async fn by_card(state: &BankState, visit: &Visit, brought: &Brought, resume: Resume) -> Done {
    match state.bank.finish_card_sign_in(&visit.ctx(), brought).await {
        Ok(by) => signed_in(state, visit, &by, resume).await.map(Some),
        Err(BankError::Card) => Ok(None),
        Err(error) => Err(over(error)),
    }
}

/// Somebody signed in with their card or the bank's app: on with what they came for.
pub(crate) async fn signed_in(
    state: &BankState,
    visit: &Visit,
    by: &SignedIn,
    resume: Resume,
) -> Answer {
    match resume {
        Resume::Link { request } => link::arrived(state, visit, request, by).await,
        Resume::Debit { request } => link::debit::arrived(state, visit, request, by).await,
        Resume::Portal { back } => holder::enter(state, visit, by, &back).await,
        Resume::Page { .. } | Resume::Added | Resume::Enrolled { .. } => Err(Problem::internal()),
    }
}

async fn added(state: &BankState, visit: &Visit, brought: &Brought, resume: Resume) -> Done {
    let browser = visit.device_hash();
    match state.bank.finish_card_adding(&visit.ctx(), &browser, brought).await {
        Ok(()) => {}
        Err(BankError::Card) => return Ok(None),
        Err(error) => return Err(over(error)),
    }
    let to = match resume {
        Resume::Enrolled { request } => enrol::after(state, visit, request, "card").await,
        Resume::Added => "/holder/security?done=card".to_owned(),
        Resume::Portal { .. }
        | Resume::Link { .. }
        | Resume::Debit { .. }
        | Resume::Page { .. } => return Err(Problem::internal()),
    };
    Ok(Some(Redirect::to(&to).into_response()))
}

/// What the page says that something else than a passkey has signed.
pub(crate) struct Words {
    /// Its title.
    pub(crate) title: &'static str,
    /// That nothing has happened yet.
    pub(crate) lead: &'static str,
}

/// The card or the app has signed and nothing has happened yet: the form that a passkey would have
/// posted. None where there was no page to sign.
pub(crate) fn signed(
    visit: &Visit,
    (credential, words): (&str, &Words),
    resume: &Resume,
) -> Option<Markup> {
    let Resume::Page { page, ceremony, request } = resume else { return None };
    let title = visit.t(words.title);
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Info, &visit.t(words.lead), html! {
            p { (visit.t("idcard-back-leave")) }
        }))
        (ui::card(None, ui::form(&page.action(), visit.csrf_field(), html! {
            (fields(credential, *ceremony, *request))
            @if *page == SignedPage::Approval { (ui::field(&number(visit))) }
            (ui::actions(ui::button(Look::Primary, &visit.t("idcard-back-finish"))))
        })))
    };
    Some(visit.page(&PageMeta::new(title), body))
}

fn fields(credential: &str, ceremony: CeremonyId, request: Option<ParId>) -> Markup {
    html! {
        (ui::hidden("credential", credential))
        (ui::hidden("ceremony", &ceremony.to_string()))
        (plain::request_field(request))
    }
}

/// The number that only the wallet shows.
fn number(visit: &Visit) -> Field {
    Field::new("number", visit.t("approvals-number"))
        .hint(visit.t("approvals-number.hint"))
        .kind(Kind::Numeric)
        .max_length(2)
}

/// One page for every reason, also for a card that nobody let in.
fn refused(visit: &Visit) -> Markup {
    let title = visit.t("idcard-refused");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Error, &visit.t("idcard-refused.what"), html! {
            p { (visit.t("idcard-refused.money")) }
            p { (visit.t("idcard-refused.next")) }
        }))
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/holder/sign-in", &visit.t("sign-in-title")))
            (ui::link_button(Look::Secondary, "/enrol", &visit.t("idcard-refused-enrol")))
        }))
    };
    visit.page(&PageMeta::new(title).back("/"), body)
}
