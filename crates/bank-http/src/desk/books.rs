//! Our books beside a partner's.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use kanuki_desk::{
    case::Case,
    journal::{Days, Encoding, account::Settled},
    reconcile::{Compared, Kept},
};
use kanuki_domain::id::StaffId;
use kanuki_site::{
    Answer, Problem, Visit,
    books::{self, Booked, Open, Outcome, PAGE, Partner},
    csrf::CsrfForm,
    signed_in::StaffOnly,
    ui::{self, Tone},
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::parse, meta, name};
use crate::{BankState, refusal::problem};

/// Statements that one office may make or compare in an hour.
const STATEMENTS_MAX: u32 = 60;

pub(super) fn routes() -> Router<BankState> {
    Router::new()
        .route("/desk/books", get(list).post(compare))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .route("/desk/books/statement", get(statement))
        .route("/desk/books/journal", get(journal))
        .route("/desk/books/account", get(account))
        .route("/desk/books/{id}/take", post(take))
}

/// What the list of cases says about differences; nothing where there is none.
pub(super) async fn reminder(state: &BankState, visit: &Visit) -> Result<Markup, Problem> {
    let open = state.bank.differences().await.map_err(problem)?;
    if open.is_empty() {
        return Ok(html! {});
    }
    let title = visit.t_args("books-differ", &[("n", open.len().into())]);
    let link = html! { p { a href=(PAGE) { (visit.t("books-title")) } } };
    Ok(ui::notice(Tone::Warning, &title, link))
}

async fn open_one(state: &BankState, case: &Case, staff: StaffId) -> Open {
    let (client_id, movement) = case.about.split_once('|').unwrap_or(("", &case.about));
    let partner = state.bank.partner(client_id).await;
    let owner = match case.owner {
        Some(owner) => Some(name(state, &owner.to_string()).await),
        None => None,
    };
    Open {
        case_id: case.case_id.to_string(),
        partner: partner.map_or_else(|_| client_id.to_owned(), |partner| partner.name),
        movement: movement.to_owned(),
        found_at: case.opened_at,
        is_mine: case.owner == Some(staff),
        owner,
    }
}

async fn drawn(state: &BankState, visit: &Visit, staff: StaffId, said: Markup) -> Answer {
    let partners = state.bank.partners().await.map_err(problem)?;
    let partners: Vec<_> = partners
        .iter()
        .map(|partner| Partner { id: partner.client_id.clone(), name: partner.name.clone() })
        .collect();
    let mut open = Vec::new();
    for case in state.bank.differences().await.map_err(problem)? {
        open.push(open_one(state, &case, staff).await);
    }
    let body = books::body(visit, &partners, &open, &said);
    let meta = meta(visit, &visit.t("books-title"), "/desk");
    Ok(visit.desk_page(&meta, body).into_response())
}

async fn list(State(state): State<BankState>, visit: Visit) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    drawn(&state, &visit, staff, html! {}).await
}

fn told(compared: &Compared, kept: Kept) -> Outcome {
    let sums = compared.booked.iter();
    Outcome {
        agreed: compared.agreed.len(),
        in_transit: compared.in_transit,
        differences: compared.differences.len(),
        opened: kept.opened,
        waiting: kept.waiting,
        closed: kept.closed,
        left: kept.left,
        booked: sums
            .map(|sums| Booked { kind: sums.kind.name(), ours: sums.ours, theirs: sums.theirs })
            .collect(),
    }
}

async fn compare(
    State(state): State<BankState>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    require_few(&visit)?;
    let partner = upload.fields.get("partner").map_or("", |text| text.trim());
    let compared = state.bank.compare_books(&visit.ctx(), staff, partner, &upload.file).await;
    match compared.map_err(problem)? {
        Ok((compared, kept)) => {
            let said = books::outcome(&visit, &told(&compared, kept));
            drawn(&state, &visit, staff, said).await
        }
        Err(why) => {
            let said = books::refused(&visit, &why.to_string());
            let page = drawn(&state, &visit, staff, said).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Either statement reads every movement with the other company.
fn require_few(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("books", STATEMENTS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    partner: String,
    day: Option<String>,
}

async fn statement(
    State(state): State<BankState>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    at_desk(&state, &visit).await?;
    require_few(&visit)?;
    let day = match wanted.day.as_deref().map_or("", str::trim) {
        "" => None,
        day => Some(day.parse().map_err(|_| Problem::unprocessable("bad_form"))?),
    };
    let made =
        state.bank.statement_about(&visit.ctx(), &wanted.partner, day).await.map_err(problem)?;
    let heads = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"statement.csv\""),
    ];
    Ok((heads, made.to_csv()).into_response())
}

/// Files for accountants that one office may make in an hour: each reads the ledger from its beginning.
const FILES_MAX: u32 = 20;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    letters: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
}

impl Asked {
    fn days(&self, visit: &Visit) -> Option<Days> {
        let (first, last) = (self.first.trim().parse().ok()?, self.last.trim().parse().ok()?);
        Days::new(first, last, visit.now())
    }
}

fn require_few_files(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("books-files", FILES_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

async fn not_made(state: &BankState, visit: &Visit, staff: StaffId, why: &str) -> Answer {
    let page = drawn(state, visit, staff, books::not_made(visit, why)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn journal(
    State(state): State<BankState>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    require_few_files(&visit)?;
    let Some(days) = asked.days(&visit) else {
        return not_made(&state, &visit, staff, "days").await;
    };
    let bad = || Problem::unprocessable("bad_form");
    let form = asked.form.parse().map_err(|()| bad())?;
    let letters: Encoding = asked.letters.parse().map_err(|()| bad())?;
    let made = state.bank.journal_file(&visit.ctx(), staff, days, (form, letters)).await;
    match made.map_err(problem)? {
        Ok(bytes) => {
            let (first, last) = days.span();
            let kind = format!("text/csv; charset={}", letters.name());
            Ok(books::file(&format!("journal-{first}-{last}.csv"), &kind, bytes))
        }
        Err(why) => not_made(&state, &visit, staff, why.key()).await,
    }
}

async fn account(
    State(state): State<BankState>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    require_few_files(&visit)?;
    let Some(days) = asked.days(&visit) else {
        return not_made(&state, &visit, staff, "days").await;
    };
    let Ok(settled) = asked.number.trim().parse::<Settled>() else {
        return not_made(&state, &visit, staff, "number").await;
    };
    let partner = asked.partner.trim();
    let of = (&settled, asked.name.as_str());
    let made = state.bank.account_file((&visit.ctx(), staff), partner, days, of).await;
    match made.map_err(problem)? {
        Ok(bytes) => {
            let (first, last) = days.span();
            let kind = "text/plain; charset=shift_jis";
            Ok(books::file(&format!("zengin03-{first}-{last}.txt"), kind, bytes))
        }
        Err(why) => not_made(&state, &visit, staff, why.key()).await,
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn take(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let case_id = parse(&id)?;
    state.bank.take_difference(&visit.ctx(), staff, case_id).await.map_err(problem)?;
    Ok(Redirect::to(PAGE).into_response())
}
