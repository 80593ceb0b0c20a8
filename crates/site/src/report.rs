//! What somebody sees who reported: the number and a code, and with them how far it is. Drawn once for
//! both companies; what is told, and what never is, is decided in `kanuki_desk::report`.

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use kanuki_domain::{
    business,
    case_number::{self, Typed as Number},
    claim::{ClaimState, Clock, Shared},
    compensation::Policy,
    id::CaseId,
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    PageMeta, Visit,
    compensation::desk,
    number, show,
    ui::{self, Field, Look, Tone},
};

/// The most characters of how whoever reports can be reached, at both companies and on the telephone.
pub const CONTACT_MAX: u16 = 200;

/// The most characters of what they write.
pub const TEXT_MAX: u16 = 4_000;

/// How many reports one network may send in an hour, at both companies.
pub const REPORTS_MAX: u32 = 10;

/// How often one network may look at reports in an hour. Whoever waits may look as often as they like; this
/// is for the load.
const LOOKS_MAX: u32 = 600;

/// How often with a number or a code that is wrong. A right one is never turned away for those of a neighbor.
const WRONG_MAX: u32 = 20;

/// How many reports of one network one other company is told of in a day without anybody looking
/// first: what a partner takes in a day has an end, and no network shall use it up.
pub const TOLD_MAX: u32 = 5;

/// Whether the other company is told at once.
#[must_use]
pub fn is_told_now(visit: &Visit, other: &str) -> bool {
    visit.allow(&format!("report-told|{other}"), TOLD_MAX, 86_400)
}

/// Whether this network may look at a report now.
#[must_use]
pub fn may_look(visit: &Visit) -> bool {
    visit.allow("report-look", LOOKS_MAX, 3_600)
}

/// Counts a number or a code that was wrong; whether it is told so, and may be typed anew.
#[must_use]
pub fn may_be_wrong(visit: &Visit) -> bool {
    visit.allow("report-look-wrong", WRONG_MAX, 3_600)
}

/// What is typed to see how far a report is.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    /// The case number.
    pub number: String,
    /// The code that came with it.
    pub code: String,
}

/// How far a report is.
#[derive(Clone, Copy, Debug)]
pub struct Far {
    /// Which it is.
    pub case_id: CaseId,
    /// When it came in.
    pub reported_at: Timestamp,
    /// By when it is answered.
    pub clock: Clock,
    /// When it was answered first.
    pub answered_at: Option<Timestamp>,
    /// What the other company knows of it.
    pub shared: Shared,
    /// When it had its end.
    pub ended_at: Option<Timestamp>,
    /// A second look can be asked for.
    pub may_ask_again: bool,
    /// When one was asked for.
    pub again_at: Option<Timestamp>,
    /// When the money was back and booked, where whoever looks may know it.
    pub made_good_at: Option<Timestamp>,
}

/// The field in which somebody says which other company it is about; `chosen` is what they chose before.
#[must_use]
pub fn about_field(visit: &Visit, others: &[(String, String)], chosen: &str) -> Markup {
    let mut options = vec![(String::new(), visit.t("reports-about-unknown"))];
    options.extend(others.iter().cloned());
    let field = Field::new("about", visit.t("reports-about"))
        .hint(visit.t("reports-about-hint"))
        .value(chosen)
        .optional(visit.t("reports-optional"));
    ui::select(&field, &options)
}

/// What whoever reports reads where their network sent too many: that nothing was taken down, and who hears
/// them all the same. A neighbor's flood must not keep a victim from being heard.
#[must_use]
pub fn too_many(visit: &Visit, policy: &Policy) -> Response {
    let body = html! {
        (ui::heading(&visit.t("reports-many"), None))
        (ui::notice(Tone::Warning, &visit.t("reports-many-what"), html! {
            p { (visit.t("reports-many-next")) }
        }))
        (ui::card(Some(&visit.t("reports-many-call")), ui::definitions(desk(visit, policy))))
        p { a href="/stop" { (visit.t("reports-many-stop")) } }
    };
    let page = visit.page(&PageMeta::new(visit.t("reports-many")).back("/report"), body);
    let again = [(header::RETRY_AFTER, "3600")];
    (StatusCode::TOO_MANY_REQUESTS, again, page).into_response()
}

/// Number, code and days: shown once, when a report came in.
#[must_use]
pub fn handed_out(
    visit: &Visit,
    (case_id, code): (CaseId, &str),
    (clock, shared): (&Clock, Shared),
) -> Markup {
    html! {
        (ui::card(Some(&visit.t("reports-number")), html! {
            (number::given(&visit.words(), case_id, Some(code)))
            (ui::stop_code(&visit.t("reports-code"), code))
            p.hint { (visit.t("reports-keep")) }
        }))
        (ui::card(Some(&visit.t("reports-days")), html! {
            (days(visit, clock, visit.now()))
            p { (visit.t(&format!("reports-other-{}", shared.name()))) }
        }))
        p { a href={ "/report/" (case_id) } { (visit.t("reports-look")) } }
    }
}

/// What whoever pressed before sees in place of a code, which is shown once: the number, and whom to ask.
#[must_use]
pub fn handed_out_before(visit: &Visit, case_id: CaseId, policy: &Policy) -> Markup {
    html! {
        (ui::card(Some(&visit.t("reports-number")), html! {
            (number::given(&visit.words(), case_id, None))
            p { (visit.t("reports-code-was-given")) }
            p { (visit.t("reports-code-lost-call")) }
            (ui::definitions(desk(visit, policy)))
        }))
        p { a href={ "/report/" (case_id) } { (visit.t("reports-look")) } }
    }
}

/// The days of the report alone: a claim's own would tell that there is one.
fn days(visit: &Visit, clock: &Clock, now: Timestamp) -> Markup {
    let day = |day| html! { strong { (show::civil_date(visit.lang(), day)) } };
    ui::definitions(vec![
        (visit.t("reports-answer-by"), day(clock.answer_by())),
        (visit.t("reports-refund-by"), day(clock.refund_by(ClaimState::Received, now))),
    ])
}

/// Where number and code are typed. What was wrong with them is never said.
#[must_use]
pub fn look_form(visit: &Visit, number: &str, is_wrong: bool) -> Markup {
    // That a digit is wrong tells nothing of what there is: the digits alone say so.
    let is_slip = case_number::read(number) == Number::Slip;
    let wrong = if is_slip { "number-slip" } else { "reports-wrong" };
    let number = Field::new("number", visit.t("reports-number"))
        .hint(visit.t("reports-number-hint"))
        .max_length(40)
        .value(number)
        .error(is_wrong.then(|| visit.t(wrong)));
    let code = Field::new("code", visit.t("reports-code"))
        .hint(visit.t("reports-code-hint"))
        .max_length(20);
    html! {
        (ui::heading(&visit.t("reports-look"), Some(&visit.t("reports-look-lead"))))
        (ui::form("/report/look", visit.csrf_field(), html! {
            (ui::field(&number))
            (ui::field(&code))
            (ui::actions(ui::button(Look::Primary, &visit.t("reports-look-button"))))
        }))
        p.hint { (visit.t("reports-lost-code")) }
    }
}

/// How far it is, in words that tell nothing about anybody's account.
#[must_use]
pub fn progress(visit: &Visit, typed: &Typed, far: &Far) -> Markup {
    let now = visit.now();
    let names =
        ["received", "looked-into", "told"].map(|step| visit.t(&format!("reports-at-{step}")));
    let at = match (far.ended_at, far.answered_at) {
        (Some(_), _) => 2,
        (None, Some(_)) => 1,
        (None, None) => 0,
    };
    let waits = far.ended_at.is_none() && far.made_good_at.is_none();
    let is_late = waits && far.clock.is_overdue(ClaimState::Received, now);
    let unanswered = far.ended_at.is_none()
        && far.answered_at.is_none()
        && business::end_of(far.clock.answer_by()) <= now;
    html! {
        (ui::heading(&visit.t("reports-far"), None))
        (ui::steps(&visit.t("reports-far"), &names, at))
        @if is_late || unanswered {
            (ui::notice(Tone::Warning, &visit.t("reports-late"), html! {
                p { (visit.t("reports-late-what")) }
            }))
        }
        (ui::card(None, html! {
            (ui::definitions(vec![
                (visit.t("reports-number"), number::both(far.case_id)),
                (visit.t("reports-came-in"), show::time(visit.lang(), far.reported_at)),
            ]))
            @if let Some(at) = far.made_good_at {
                (ui::notice(Tone::Success, &visit.t("reports-made-good"), html! {
                    p { (visit.t("reports-made-good-what")) " " (show::time(visit.lang(), at)) }
                }))
            }
            @if waits {
                (days(visit, &far.clock, now))
                // The same to everybody: that this one waits would tell that there is a claim.
                p.hint { (visit.t("reports-may-wait")) }
            }
            @if let Some(at) = far.answered_at {
                (ui::definitions(vec![(visit.t("reports-answered"), show::time(visit.lang(), at))]))
            }
            @if let Some(at) = far.ended_at {
                (ui::definitions(vec![(visit.t("reports-ended"), show::time(visit.lang(), at))]))
                p { (visit.t("reports-ended-what")) }
            }
            @if let Some(at) = far.again_at {
                (ui::definitions(vec![(visit.t("reports-again-asked"), show::time(visit.lang(), at))]))
            }
            p { (visit.t(&format!("reports-other-{}", far.shared.name()))) }
        }))
        @if far.may_ask_again { (again_form(visit, typed)) }
        (ui::actions(ui::link_button(Look::Secondary, "/compensation", &visit.t("reports-policy"))))
    }
}

/// Asking for a second look, whatever came of the first: that the button is there tells nothing.
fn again_form(visit: &Visit, typed: &Typed) -> Markup {
    ui::card(
        Some(&visit.t("reports-again")),
        html! {
            p { (visit.t("reports-again-what")) }
            (ui::form("/report/again", visit.csrf_field(), html! {
                (ui::hidden("number", &typed.number))
                (ui::hidden("code", &typed.code))
                (ui::actions(ui::button(Look::Secondary, &visit.t("reports-again-button"))))
            }))
        },
    )
}
