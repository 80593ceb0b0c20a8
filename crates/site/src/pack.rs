//! An evidence pack as a file to hand over, and the form that asks for one: the same at both desks.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Problem, Visit,
    ui::{self, Field, Look},
};

/// Packs that one network may ask for in an hour: each proves every signature again.
const PACKS_MAX: u32 = 60;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// For whom: `police`, `person`, `partner|ID`.
    pub reader: String,
    /// Why.
    pub reason: String,
    /// `pdf` or `json`.
    pub form: String,
}

/// Whose evidence the pack of a case is.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// The id of the customer or holder.
    pub id: &'a str,
    /// Whether it may be handed to "the person": not where somebody reported and staff joined that to a
    /// case of this customer's, because then whoever asks under the number may be somebody else.
    pub may_have_it: bool,
}

/// The form on a case's page, where a pack may go to the police, its person and these partners, each
/// with its id and its name.
#[must_use]
pub fn form(
    visit: &Visit,
    (case_id, whose): (&str, Whose<'_>),
    partners: &[(String, String)],
) -> Markup {
    let mut readers = vec![("police".to_owned(), visit.t("pack-for-police"))];
    if whose.may_have_it {
        readers.push(("person".to_owned(), visit.t("pack-for-person")));
    }
    for (id, name) in partners {
        let reader = format!("partner|{id}");
        if readers.iter().all(|(known, _)| *known != reader) {
            let name = [("name", name.as_str().into())];
            readers.push((reader, visit.t_args("pack-for-partner", &name)));
        }
    }
    let why = Field::new("reason", visit.t("pack-reason"))
        .hint(visit.t("pack-reason-hint"))
        .max_length(300)
        .place("pack");
    ui::details(
        &visit.t("pack-title"),
        html! {
            p { (visit.t("pack-what")) }
            p { (visit.t("pack-whose")) " " code { (whose.id) } }
            @if !whose.may_have_it { p { (visit.t("pack-not-reporters")) } }
            (ui::form(&format!("/desk/cases/{case_id}/pack"), visit.csrf_field(), html! {
                (ui::select(&Field::new("reader", visit.t("pack-for")).place("pack"), &readers))
                (ui::field(&why))
                (ui::actions(html! {
                    (ui::button_named(Look::Primary, &visit.t("pack-pdf"), "form", "pdf"))
                    (ui::button_named(Look::Secondary, &visit.t("pack-json"), "form", "json"))
                }))
            }))
        },
    )
}

/// Refuses whoever asks for more packs than anybody needs.
pub fn require_few(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("pack", PACKS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

/// A pack as a file to keep, of `form` and about the case `number`: never to be shown or kept by a
/// browser.
pub fn file(bytes: Vec<u8>, form: &str, number: &str) -> Result<Response, Problem> {
    let kind = match form {
        "pdf" => "application/pdf",
        "json" => "application/json",
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let name = format!("attachment; filename=\"{number}.{form}\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let heads = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((heads, bytes).into_response())
}
