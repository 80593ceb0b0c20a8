//! Proposing a version: a form that holds what counts, or what a file says.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use kanuki_bank::partner::Partner;
use kanuki_desk::registry;
use kanuki_domain::agreement::today;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry::{self as pages, Proposing, Values},
    signed_in::StaffOnly,
    upload::CsrfUpload,
};
use serde::Deserialize;
use serde_json::Value;

use super::{BASE, PROPOSE, defs};
use crate::{BankState, desk, refusal::problem};

#[derive(Deserialize)]
pub(super) struct Which {
    subject: Option<String>,
}

/// What counts now, to begin from; the newest version where nothing does.
async fn known(state: &BankState, subject: Option<&str>) -> Result<Values, Problem> {
    let Some(subject) = subject else { return Ok(Values::new()) };
    let book = &state.bank.book;
    let live = registry::live::<Partner>(book, subject).await?;
    let newest = registry::history::<Partner>(book, subject).await?.into_iter().next();
    let version = live.or(newest).ok_or_else(Problem::not_found)?;
    Ok(pages::values(&version.content, &defs()))
}

fn page(
    visit: &Visit,
    subject: Option<String>,
    values: &Values,
    error: Option<String>,
) -> Response {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let all = defs();
    let proposing = Proposing {
        action: PROPOSE,
        file_action: "/desk/propose/file",
        subject,
        defs: &all,
        values,
        error,
    };
    let meta = desk::meta(visit, &visit.t("reg-propose"), BASE);
    (status, visit.desk_page(&meta, pages::form_body(visit, &proposing))).into_response()
}

pub(super) async fn form(
    State(state): State<BankState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let values = known(&state, which.subject.as_deref()).await?;
    Ok(page(&visit, which.subject, &values, None))
}

/// Reads a file into the form; nothing is kept.
pub(super) async fn file(
    State(state): State<BankState>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let subject = upload.fields.get("subject").cloned();
    let mut values = match pages::so_far(upload.fields.get(pages::SO_FAR)) {
        Some(values) => values,
        None => known(&state, subject.as_deref()).await?,
    };
    let Some(agreement) = pages::from_file(&upload.file) else {
        return Ok(profile(&visit, subject, values, &upload.file));
    };
    values.retain(|path, _| !path.starts_with("agreement."));
    let read = pages::values(&agreement, &pages::defs()).into_iter();
    values.extend(read.map(|(path, text)| (format!("{}.{path}", pages::AGREEMENT), text)));
    Ok(page(&visit, subject, &values, None))
}

/// What a profile comes to, beside what stands in the form.
fn profile(visit: &Visit, subject: Option<String>, values: Values, file: &[u8]) -> Response {
    let text = String::from_utf8_lossy(file);
    let looked = registry::profile::is_of_bank(file).and_then(|is_bank| {
        let mut standard = pages::required(&values, is_bank);
        registry::profile::look(&mut standard, &text, today(visit.now()))?;
        Ok((is_bank, standard))
    });
    match looked {
        Ok((is_bank, standard)) => {
            page(visit, subject, &pages::with_profile(values, is_bank, &standard), None)
        }
        Err(fault) => {
            let why = [("why", fault.to_string().into())];
            page(visit, subject, &values, Some(visit.t_args("reg-file-wrong", &why)))
        }
    }
}

pub(super) async fn propose(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(values): CsrfForm<Values>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let since = [("since", Value::from(visit.now().to_string()))];
    let partner: Partner = match pages::document(&values, &defs(), &since) {
        Ok(partner) => partner,
        Err(path) => {
            let field = pages::label(visit.words(), &path);
            let error = if path.is_empty() {
                visit.t("reg-unreadable-some")
            } else {
                visit.t_args("reg-unreadable", &[("field", field.into())])
            };
            return Ok(page(&visit, None, &values, Some(error)));
        }
    };
    let reason = values.get("reason").map_or("", String::as_str);
    let proposed = state.bank.propose_partner(&visit.ctx(), staff_id, partner, reason).await;
    let version = proposed.map_err(problem)?;
    Ok(Redirect::to(&format!("{BASE}/{}/{}", version.subject, version.number)).into_response())
}
