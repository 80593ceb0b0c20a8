//! Proposing a version: a form that holds what counts, or what a file says.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
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

use super::{BASE, PROPOSE, Partners, defs};
use crate::at_desk;

#[derive(Deserialize)]
pub(super) struct Which {
    subject: Option<String>,
}

/// What counts now, to begin from; the newest version where nothing does.
async fn known<S: Partners>(state: &S, subject: Option<&str>) -> Result<Values, Problem> {
    let Some(subject) = subject else { return Ok(Values::new()) };
    let book = state.book();
    let live = registry::live::<S::Agreed>(book, subject).await?;
    let newest = registry::history::<S::Agreed>(book, subject).await?.into_iter().next();
    let version = live.or(newest).ok_or_else(Problem::not_found)?;
    Ok(pages::values(&version.content, &defs::<S>()))
}

fn page<S: Partners>(
    (state, visit): (&S, &Visit),
    subject: Option<String>,
    values: &Values,
    error: Option<String>,
) -> Response {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let all = defs::<S>();
    let proposing = Proposing {
        action: PROPOSE,
        file_action: "/desk/propose/file",
        subject,
        defs: &all,
        values,
        error,
    };
    let meta = state.meta(visit, &visit.t("reg-propose"), BASE);
    (status, visit.desk_page(&meta, pages::form_body(visit, &proposing))).into_response()
}

pub(super) async fn form<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Answer {
    at_desk(&state, &visit).await?;
    let values = known(&state, which.subject.as_deref()).await?;
    Ok(page((&state, &visit), which.subject, &values, None))
}

/// Reads a file into the form; nothing is kept.
pub(super) async fn file<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    at_desk(&state, &visit).await?;
    let subject = upload.fields.get("subject").cloned();
    let mut values = match pages::so_far(upload.fields.get(pages::SO_FAR)) {
        Some(values) => values,
        None => known(&state, subject.as_deref()).await?,
    };
    let Some(agreement) = pages::from_file(&upload.file) else {
        return Ok(profile((&state, &visit), subject, values, &upload.file));
    };
    values.retain(|path, _| !path.starts_with("agreement."));
    let read = pages::values(&agreement, &pages::defs()).into_iter();
    values.extend(read.map(|(path, text)| (format!("{}.{path}", pages::AGREEMENT), text)));
    Ok(page((&state, &visit), subject, &values, None))
}

/// What a profile comes to, beside what stands in the form.
fn profile<S: Partners>(
    (state, visit): (&S, &Visit),
    subject: Option<String>,
    values: Values,
    file: &[u8],
) -> Response {
    let text = String::from_utf8_lossy(file);
    let looked = registry::profile::is_of_bank(file).and_then(|is_bank| {
        let mut standard = pages::required(&values, is_bank);
        registry::profile::look(&mut standard, &text, today(visit.now()))?;
        Ok((is_bank, standard))
    });
    match looked {
        Ok((is_bank, standard)) => {
            page((state, visit), subject, &pages::with_profile(values, is_bank, &standard), None)
        }
        Err(fault) => {
            let why = [("why", fault.say(visit.lang().of_holders()).into())];
            page((state, visit), subject, &values, Some(visit.t_args("reg-file-wrong", &why)))
        }
    }
}

pub(super) async fn propose<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    CsrfForm(values): CsrfForm<Values>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let since = [("since", Value::from(visit.now().to_string()))];
    let agreed: S::Agreed = match pages::document(&values, &defs::<S>(), &since) {
        Ok(agreed) => agreed,
        Err(path) => {
            let field = pages::label(visit.words(), &path);
            let error = if path.is_empty() {
                visit.t("reg-unreadable-some")
            } else {
                visit.t_args("reg-unreadable", &[("field", field.into())])
            };
            return Ok(page((&state, &visit), None, &values, Some(error)));
        }
    };
    let reason = values.get("reason").map_or("", String::as_str);
    let version = state.propose_version(&visit.ctx(), staff_id, agreed, reason).await?;
    Ok(Redirect::to(&format!("{BASE}/{}/{}", version.subject, version.number)).into_response())
}
