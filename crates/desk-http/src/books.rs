//! Our books beside another company's, and files for whoever keeps them.

use async_trait::async_trait;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use jiff::civil::Date;
use kanuki_desk::{
    case::Case,
    journal::{Days, Encoding, Form, NotWritten, account::Settled},
    reconcile::{self, Compared, Kept, Mismatch, NotCompared, Statement, StatementError},
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
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

use crate::{Company, Desk, at_desk, name, refused::problem};

/// Statements that one office may make or compare in an hour.
const STATEMENTS_MAX: u32 = 60;

/// What of the books is the company's own. `partner` is as [`Company::partners`] names it.
#[async_trait]
pub trait Books {
    /// Compares our books with what a partner says, and keeps what differs.
    async fn compare_books(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        partner: &str,
        file: &[u8],
    ) -> Result<Result<(Compared, Kept), NotCompared>, Problem>;

    /// What moved with a partner, on one day or ever, for the partner to compare.
    async fn statement_about(
        &self,
        ctx: &Ctx<'_>,
        partner: &str,
        day: Option<Date>,
    ) -> Result<Statement, Problem>;

    /// The journal of some days as a file for accountants.
    async fn journal_file(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        days: Days,
        how: (Form, Encoding),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem>;

    /// The account with a partner, of some days, as a bank's file.
    async fn account_file(
        &self,
        (ctx, by): (&Ctx<'_>, StaffId),
        partner: &str,
        days: Days,
        of: (&Settled, &str),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem>;
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/books", get(list).post(compare))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .route("/desk/books/statement", get(statement))
        .route("/desk/books/journal", get(journal))
        .route("/desk/books/account", get(account))
        .route("/desk/books/{id}/take", post(take))
}

/// What the list of cases says about differences; nothing where there is none.
pub async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let open = reconcile::differences(desk.book()).await.map_err(problem)?;
    if open.is_empty() {
        return Ok(html! {});
    }
    let title = visit.t_args("books-differ", &[("n", open.len().into())]);
    let link = html! { p { a href=(PAGE) { (visit.t("books-title")) } } };
    Ok(ui::notice(Tone::Warning, &title, link))
}

async fn open_one(
    desk: &dyn Company,
    partners: &[Partner],
    (case, staff): (&Case, StaffId),
) -> Open {
    let (id, movement) = case.about.split_once('|').unwrap_or(("", &case.about));
    let partner = partners.iter().find(|partner| partner.id == id);
    let owner = match case.owner {
        Some(owner) => Some(name(desk, &owner.to_string()).await),
        None => None,
    };
    Open {
        case_id: case.case_id.to_string(),
        partner: partner.map_or_else(|| id.to_owned(), |partner| partner.name.clone()),
        movement: movement.to_owned(),
        found_at: case.opened_at,
        is_mine: case.owner == Some(staff),
        owner,
    }
}

async fn drawn(desk: &dyn Company, visit: &Visit, staff: StaffId, said: Markup) -> Answer {
    let partners = desk.partners().await?;
    let partners: Vec<_> =
        partners.into_iter().map(|one| Partner { id: one.id, name: one.name }).collect();
    let mut open = Vec::new();
    for case in reconcile::differences(desk.book()).await.map_err(problem)? {
        open.push(open_one(desk, &partners, (&case, staff)).await);
    }
    let body = books::body(visit, &partners, &open, &said);
    let meta = desk.meta(visit, &visit.t("books-title"), "/desk");
    Ok(visit.desk_page(&meta, body).into_response())
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Answer {
    let staff = at_desk(&*desk, &visit).await?;
    drawn(&*desk, &visit, staff, html! {}).await
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
    State(desk): State<Desk>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let staff = at_desk(&*desk, &visit).await?;
    require_few(&visit)?;
    let partner = upload.fields.get("partner").map_or("", |text| text.trim());
    let compared = desk.compare_books(&visit.ctx(), staff, partner, &upload.file).await;
    match compared? {
        Ok((compared, kept)) => {
            let said = books::outcome(&visit, &told(&compared, kept));
            drawn(&*desk, &visit, staff, said).await
        }
        Err(why) => {
            let said = books::refused(&visit, &fault(&visit, &why));
            let page = drawn(&*desk, &visit, staff, said).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Why a file was not compared, in words.
fn fault(visit: &Visit, why: &NotCompared) -> String {
    let at = |key: &str, line: usize| visit.t_args(key, &[("line", line.into())]);
    match why {
        NotCompared::Statement(StatementError::Head) => visit.t("books-fault-head"),
        NotCompared::Statement(StatementError::Line(line)) => at("books-fault-line", *line),
        NotCompared::Statement(StatementError::Twice(line)) => at("books-fault-twice", *line),
        NotCompared::Statement(StatementError::TooLong) => visit.t("books-fault-too-long"),
        NotCompared::Mismatch(Mismatch::Companies) => visit.t("books-fault-companies"),
        NotCompared::Mismatch(Mismatch::Days) => visit.t("books-fault-days"),
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

async fn statement(State(desk): State<Desk>, visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    at_desk(&*desk, &visit).await?;
    require_few(&visit)?;
    let day = match wanted.day.as_deref().map_or("", str::trim) {
        "" => None,
        day => Some(day.parse().map_err(|_| Problem::unprocessable("bad_form"))?),
    };
    let made = desk.statement_about(&visit.ctx(), wanted.partner.trim(), day).await?;
    Ok(books::file("statement.csv", "text/csv; charset=utf-8", made.to_csv().into_bytes()))
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

async fn not_made(desk: &dyn Company, visit: &Visit, staff: StaffId, why: &str) -> Answer {
    let page = drawn(desk, visit, staff, books::not_made(visit, why)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn journal(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let staff = at_desk(&*desk, &visit).await?;
    require_few_files(&visit)?;
    let Some(days) = asked.days(&visit) else {
        return not_made(&*desk, &visit, staff, "days").await;
    };
    let bad = || Problem::unprocessable("bad_form");
    let form = asked.form.parse().map_err(|()| bad())?;
    let letters: Encoding = asked.letters.parse().map_err(|()| bad())?;
    let made = desk.journal_file(&visit.ctx(), staff, days, (form, letters)).await;
    match made? {
        Ok(bytes) => {
            let (first, last) = days.span();
            let kind = format!("text/csv; charset={}", letters.name());
            Ok(books::file(&format!("journal-{first}-{last}.csv"), &kind, bytes))
        }
        Err(why) => not_made(&*desk, &visit, staff, why.key()).await,
    }
}

async fn account(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let staff = at_desk(&*desk, &visit).await?;
    require_few_files(&visit)?;
    let Some(days) = asked.days(&visit) else {
        return not_made(&*desk, &visit, staff, "days").await;
    };
    let Ok(settled) = asked.number.trim().parse::<Settled>() else {
        return not_made(&*desk, &visit, staff, "number").await;
    };
    let partner = asked.partner.trim();
    let of = (&settled, asked.name.as_str());
    let made = desk.account_file((&visit.ctx(), staff), partner, days, of).await;
    match made? {
        Ok(bytes) => {
            let (first, last) = days.span();
            let kind = "text/plain; charset=shift_jis";
            Ok(books::file(&format!("zengin03-{first}-{last}.txt"), kind, bytes))
        }
        Err(why) => not_made(&*desk, &visit, staff, why.key()).await,
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn take(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let staff = at_desk(&*desk, &visit).await?;
    let case_id: CaseId = id.parse().map_err(|_| Problem::not_found())?;
    let is_taken = reconcile::take(desk.book(), &visit.ctx(), staff, case_id).await;
    if is_taken.map_err(problem)? {
        Ok(Redirect::to(PAGE).into_response())
    } else {
        Err(Problem::not_found())
    }
}
