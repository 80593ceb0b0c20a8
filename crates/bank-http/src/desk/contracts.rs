//! Contracts made elsewhere, for staff: lists in, letters out, and how far the holders have come.

use std::collections::BTreeSet;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::post,
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    contract::{
        Kind,
        check::Wanted,
        import::{Import, ImportError, ImportState},
        letter::{Mailing, PER_DAY_MAX},
        progress::Progress,
    },
};
use kanuki_domain::id::ImportId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    signed_in::StaffOnly,
    ui::{self, Chart, ChartKind, Field, Look, Series, Tone, Unit},
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, desk, refusal::problem};

const PAGE: &str = "/desk/contracts";

pub(super) fn upload_route() -> Router<BankState> {
    Router::new()
        .route("/desk/contracts/import", post(upload))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
}

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    const DONE: [&str; 5] = ["uploaded", "accepted", "declined", "mailing", "returned"];
    let done = way.done.filter(|done| DONE.contains(&done.as_str()));
    let said = done.map(|done| {
        ui::notice(Tone::Success, &visit.t(&format!("contracts-done-{done}")), html! {})
    });
    page(&state, &visit, said, StatusCode::OK).await
}

async fn page(
    state: &BankState,
    visit: &Visit,
    said: Option<Markup>,
    status: StatusCode,
) -> Answer {
    desk::at_desk(state, visit).await?;
    let progress = state.bank.contract_progress(&visit.ctx()).await.map_err(problem)?;
    let mailing = state.bank.mailing().await.map_err(problem)?;
    let imports = state.bank.imports().await.map_err(problem)?;
    let title = visit.t("contracts-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("contracts-lead"))))
        @if let Some(said) = said { (said) }
        (ui::card(Some(&visit.t("contracts-progress")), picture(visit, &progress)))
        (ui::card(Some(&visit.t("contracts-letters")), letters(visit, mailing.as_ref(), &progress)))
        (ui::section(&visit.t("contracts-lists"), lists(state, visit, &imports).await))
        (ui::card(Some(&visit.t("contracts-upload")), upload_form(visit)))
    };
    let page = visit.desk_page(&desk::meta(visit, &title, PAGE), body);
    Ok((status, page).into_response())
}

fn picture(visit: &Visit, progress: &Progress) -> Markup {
    let bars = [
        ("contracts-bar-written", progress.written),
        ("contracts-bar-replaced", progress.replaced),
        ("contracts-bar-kept", progress.kept),
        ("contracts-bar-stopped", progress.stopped),
        ("contracts-bar-returned", progress.returned),
        ("contracts-bar-silent", progress.silent),
    ];
    let chart = Chart {
        title: visit.t_args("contracts-chart", &[("wallets", count(progress.wallets).into())]),
        kind: ChartKind::Bars,
        unit: Unit::Count,
        labels: bars.iter().map(|(key, _)| visit.t(key)).collect(),
        series: vec![Series {
            name: visit.t("contracts-count"),
            values: bars.iter().map(|(_, value)| *value).collect(),
        }],
        table_summary: visit.t("contracts-table"),
    };
    let facts = vec![
        (visit.t("contracts-waiting"), html! { (count(progress.waiting)) }),
        (visit.t("contracts-no-address"), html! { (count(progress.no_address)) }),
        (visit.t("contracts-ended"), html! { (count(progress.ended)) }),
        (visit.t("contracts-others"), html! { (count(progress.others)) }),
        (visit.t("contracts-counted"), show::time(visit.lang(), progress.counted_at)),
    ];
    html! {
        (ui::chart(&chart))
        p { (visit.t("contracts-silent-note")) }
        (ui::definitions(facts))
    }
}

fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len().saturating_add(6));
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn letters(visit: &Visit, mailing: Option<&Mailing>, progress: &Progress) -> Markup {
    let is_running = mailing.is_some_and(|mailing| mailing.is_running);
    let per_day = mailing.map_or(1_000, |mailing| mailing.per_day);
    let field = Field::new("per_day", visit.t("contracts-per-day"))
        .kind(ui::Kind::Numeric)
        .hint(visit.t_args("contracts-per-day-hint", &[("most", count(PER_DAY_MAX.into()).into())]))
        .value(per_day.to_string())
        .max_length(6);
    let (tone, word) = if is_running {
        (Tone::Success, visit.t("contracts-running"))
    } else {
        (Tone::Neutral, visit.t("contracts-paused"))
    };
    html! {
        p {
            (ui::badge(tone, &word)) " "
            @if let Some(mailing) = mailing {
                (visit.t_args("contracts-written", &[
                    ("total", count(mailing.total).into()),
                    ("waiting", count(progress.waiting).into()),
                ]))
            }
        }
        p.hint { (visit.t("contracts-letters-note")) }
        (ui::form("/desk/contracts/mailing", visit.csrf_field(), html! {
            (ui::field(&field))
            (ui::actions(html! {
                (ui::button_named(Look::Primary, &visit.t("contracts-start"), "act", "start"))
                @if is_running {
                    (ui::button_named(Look::Secondary, &visit.t("contracts-pause"), "act", "pause"))
                }
            }))
        }))
        (ui::form("/desk/contracts/returned", visit.csrf_field(), html! {
            (ui::field(
                &Field::new("reference", visit.t("contracts-reference"))
                    .kind(ui::Kind::Code)
                    .hint(visit.t("contracts-reference-hint"))
                    .max_length(20),
            ))
            (ui::actions(ui::button(Look::Secondary, &visit.t("contracts-returned"))))
        }))
    }
}

/// One card each: on a telephone a table of six columns is none.
async fn lists(state: &BankState, visit: &Visit, imports: &[Import]) -> Markup {
    let mut cards = Vec::new();
    for import in imports {
        let by = desk::name(state, &import.brought_by).await;
        let facts = vec![
            (visit.t("contracts-rows"), html! { (count(import.report.rows)) }),
            (visit.t("contracts-changes"), html! { (changes(visit, import)) }),
            (
                visit.t("contracts-brought"),
                html! { (by) " " (show::time(visit.lang(), import.brought_at)) },
            ),
        ];
        let as_of = show::civil_date(visit.lang(), import.as_of);
        let kind = visit.t(kind_key(import.kind));
        let title = visit.t_args("contracts-list", &[("kind", kind.into()), ("day", as_of.into())]);
        cards.push(ui::card(
            Some(&title),
            html! { (ui::definitions(facts)) (state_part(visit, import)) },
        ));
    }
    html! {
        @if cards.is_empty() { p { (visit.t("contracts-lists-none")) } }
        (ui::stack(&cards))
    }
}

const fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::WebKofuri => "contracts-kind-web",
        Kind::Kofuri => "contracts-kind-kofuri",
    }
}

fn changes(visit: &Visit, import: &Import) -> String {
    let report = &import.report;
    visit.t_args(
        "contracts-diff",
        &[
            ("fresh", count(report.fresh).into()),
            ("described", count(report.described.saturating_add(report.back)).into()),
            ("ended", count(report.ended).into()),
            ("unlisted", count(report.unlisted).into()),
            ("contradicted", count(report.contradicted).into()),
        ],
    )
}

fn state_part(visit: &Visit, import: &Import) -> Markup {
    let (tone, key) = match import.state {
        ImportState::Waiting => (Tone::Warning, "contracts-state-waiting"),
        ImportState::Applying => (Tone::Info, "contracts-state-applying"),
        ImportState::Done { .. } => (Tone::Success, "contracts-state-done"),
        ImportState::Declined { .. } => (Tone::Neutral, "contracts-state-declined"),
    };
    let is_own = visit.staff_id().is_some_and(|id| id.to_string() == import.brought_by);
    let action = format!("/desk/contracts/imports/{}", import.import_id);
    html! {
        p { (ui::badge(tone, &visit.t(key))) }
        @if import.state == ImportState::Waiting {
            @if is_own { p.hint { (visit.t("approval-own")) } }
            (ui::form(&action, visit.csrf_field(), ui::actions(html! {
                @if !is_own {
                    (ui::button_named(Look::Primary, &visit.t("contracts-accept"), "answer", "agree"))
                }
                (ui::button_named(Look::Secondary, &visit.t("contracts-decline"), "answer", "decline"))
            })))
        }
    }
}

fn upload_form(visit: &Visit) -> Markup {
    let kinds = [Kind::WebKofuri, Kind::Kofuri];
    let kinds = kinds.map(|kind| (kind.name().to_owned(), visit.t(kind_key(kind))));
    html! {
        p { (visit.t("contracts-upload-lead")) }
        form.form method="post" action="/desk/contracts/import" enctype="multipart/form-data" {
            (visit.csrf_field())
            (ui::select(&Field::new("kind", visit.t("contracts-kind")), &kinds))
            div.field {
                label for="f-file" { (visit.t("contracts-file")) }
                p.hint #f-file-hint { (visit.t("contracts-file-hint")) }
                input.input #f-file type="file" name="file" required accept=".csv,.txt,.dat"
                    aria-describedby="f-file-hint";
            }
            (ui::field(
                &Field::new("as_of", visit.t("contracts-day"))
                    .kind(ui::Kind::Date)
                    .hint(visit.t("contracts-day-hint"))
                    .optional(visit.t("field-optional")),
            ))
            (ui::field(
                &Field::new("branches", visit.t("contracts-branches"))
                    .hint(visit.t("contracts-branches-hint"))
                    .optional(visit.t("field-optional"))
                    .max_length(200),
            ))
            (ui::actions(ui::button(Look::Primary, &visit.t("contracts-check"))))
        }
    }
}

async fn upload(
    State(state): State<BankState>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let given = |name: &str| upload.fields.get(name).map_or("", |text| text.trim());
    let kind = Kind::parse(given("kind")).ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let as_of = match given("as_of") {
        "" => None,
        day => Some(day.parse().map_err(|_| Problem::unprocessable("bad_form"))?),
    };
    let branches = given("branches").split([',', ' ', '、', '　']).filter(|text| !text.is_empty());
    let new_branches: BTreeSet<String> = branches.map(ToOwned::to_owned).collect();
    let wanted = Wanted { kind, as_of, new_branches };
    match state.bank.upload_register(&visit.ctx(), staff_id, &upload.file, &wanted).await {
        Ok(_) => Ok(Redirect::to("/desk/contracts?done=uploaded").into_response()),
        Err(error) => refused(&state, &visit, error).await,
    }
}

/// Why a list was not taken: the page again, with the line and the reason.
async fn refused(state: &BankState, visit: &Visit, error: ImportError) -> Answer {
    let (text, status) = match error {
        ImportError::Register(error) => {
            let field = error.fault.field().map_or("", |field| field.headings().1);
            let key = format!("register-fault-{}", error.fault.name());
            let why = visit.t_args(&key, &[("field", field.into())]);
            let line = error.line.to_string();
            let text =
                visit.t_args("contracts-wrong", &[("line", line.into()), ("why", why.into())]);
            (text, StatusCode::UNPROCESSABLE_ENTITY)
        }
        ImportError::Older(newest) => {
            let day = show::civil_date(visit.lang(), newest);
            (visit.t_args("contracts-older", &[("day", day.into())]), StatusCode::CONFLICT)
        }
        ImportError::Future(day) => {
            let day = show::civil_date(visit.lang(), day);
            (visit.t_args("contracts-future", &[("day", day.into())]), StatusCode::CONFLICT)
        }
        ImportError::Busy(_) | ImportError::Changed => {
            (visit.t("contracts-busy"), StatusCode::CONFLICT)
        }
        ImportError::Bank(error) => return Err(problem(error)),
    };
    let said = ui::notice(
        Tone::Error,
        &visit.t("contracts-refused"),
        html! {
            p { (text) }
            p { (visit.t("contracts-refused-nothing")) }
        },
    );
    page(state, visit, Some(said), status).await
}

#[derive(Deserialize)]
pub(super) struct Decision {
    answer: String,
}

pub(super) async fn decide(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Decision>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let id: ImportId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let (agrees, done) = match form.answer.as_str() {
        "agree" => (true, "accepted"),
        "decline" => (false, "declined"),
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    match state.bank.decide_import(&visit.ctx(), staff_id, id, agrees).await {
        Ok(()) => Ok(Redirect::to(&format!("{PAGE}?done={done}")).into_response()),
        Err(error) => refused(&state, &visit, error).await,
    }
}

#[derive(Deserialize)]
pub(super) struct Mail {
    per_day: String,
    act: String,
}

pub(super) async fn mail(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Mail>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let ctx = visit.ctx();
    let done = if form.act == "pause" {
        state.bank.pause_mailing(&ctx, staff_id).await
    } else {
        let per_day = form.per_day.trim().parse();
        let per_day = per_day.map_err(|_| Problem::unprocessable("bad_form"))?;
        state.bank.start_mailing(&ctx, staff_id, per_day).await
    };
    match done {
        Err(BankError::Amounts) => Err(Problem::unprocessable("bad_form")),
        done => {
            done.map_err(problem)?;
            Ok(Redirect::to("/desk/contracts?done=mailing").into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Returned {
    reference: String,
}

pub(super) async fn returned(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Returned>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let noted = state.bank.letter_returned(&visit.ctx(), staff_id, &form.reference).await;
    noted.map_err(problem)?;
    Ok(Redirect::to("/desk/contracts?done=returned").into_response())
}
