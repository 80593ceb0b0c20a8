//! Somebody without a browser, and who need be nobody's customer, reports on the telephone (FT-23): what
//! staff write down, and what they read out. The same at both desks.

use kanuki_domain::{
    claim::{Clock, Shared},
    id::CaseId,
};
use kanuki_formats::text::safe_line;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Visit,
    report::{self, CONTACT_MAX, TEXT_MAX},
    ui::{self, Field, Look},
};

/// Where it is.
pub const PAGE: &str = "/desk/phone/report";

/// What staff typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    /// How the caller can be reached.
    pub contact: String,
    /// What they said.
    pub text: String,
    /// The other company that it is about, by its id.
    #[serde(default)]
    pub about: String,
    /// It was read back to them.
    #[serde(default)]
    pub read_back: String,
}

impl Typed {
    /// Contact and text, if both are there and were read back.
    #[must_use]
    pub fn whole(&self) -> Option<(String, String)> {
        let contact = safe_line(&self.contact, usize::from(CONTACT_MAX));
        let text = safe_line(&self.text, usize::from(TEXT_MAX));
        let is_whole = !contact.is_empty() && !text.is_empty() && self.read_back == "yes";
        is_whole.then_some((contact, text))
    }
}

/// The body of the form; `others` are the companies that it may be about, each with its id and its name.
#[must_use]
pub fn form(
    visit: &Visit,
    typed: &Typed,
    (others, is_wrong): (&[(String, String)], bool),
) -> Markup {
    let missing =
        |text: &str| (is_wrong && text.trim().is_empty()).then(|| visit.t("phone-report-missing"));
    let contact = Field::new("contact", visit.t("phone-report-contact"))
        .hint(visit.t("phone-report-contact-hint"))
        .max_length(CONTACT_MAX)
        .value(&typed.contact)
        .error(missing(&typed.contact));
    let text = Field::new("text", visit.t("phone-report-text"))
        .hint(visit.t("phone-report-text-hint"))
        .max_length(TEXT_MAX)
        .value(&typed.text)
        .error(missing(&typed.text));
    let was_read = typed.read_back == "yes";
    html! {
        (ui::heading(&visit.t("phone-report-title"), Some(&visit.t("phone-report-lead"))))
        (ui::card(None, html! {
            ol.points {
                li { (visit.t("phone-report-say-stop")) }
                li { (visit.t("phone-report-say-never")) }
                li { (visit.t("phone-report-say-nothing")) }
            }
        }))
        (ui::form(PAGE, visit.csrf_field(), html! {
            (ui::field(&contact))
            (ui::text_area(&text))
            (report::about_field(visit, others, &typed.about))
            @if is_wrong && !was_read { p.error { (visit.t("phone-report-not-read")) } }
            (ui::checkbox("read_back", "yes", &visit.t("phone-report-read-back"), was_read))
            (ui::actions(ui::button(Look::Primary, &visit.t("phone-report-take"))))
        }))
    }
}

/// What staff read out, once: number, code and days.
#[must_use]
pub fn taken(
    visit: &Visit,
    (case_id, code): (CaseId, &str),
    (clock, shared): (&Clock, Shared),
) -> Markup {
    html! {
        (ui::heading(&visit.t("phone-report-taken"), Some(&visit.t("phone-report-read-out"))))
        (report::handed_out(visit, (case_id, code), (clock, shared)))
        (ui::actions(ui::link_button(
            Look::Primary,
            &format!("/desk/cases/{case_id}"),
            &visit.t("phone-report-case"),
        )))
    }
}

/// On the desk's first page: the way there.
#[must_use]
pub fn link(visit: &Visit) -> Markup {
    html! { p { a href=(PAGE) { (visit.t("phone-report-title")) } } }
}
