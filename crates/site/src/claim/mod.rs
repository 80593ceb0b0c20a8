//! A victim's claim on a case's page of both desks, and the list of those without an end.
//!
//! Drawn here once; what may be done, and what it moves, is decided in each company's use cases.

mod again;
mod asked;
mod duties;
mod end;
mod join;
mod list;
mod open;
mod promised;
mod tell;
mod untold;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Yen,
    claim::{ClaimState, Clock, Evidence, Outcome, Pause},
    compensation::{Cause, Contact, Parts},
    duty::Judged,
    id::CaseId,
};
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table, Tone},
};

pub use self::{
    again::{Others, SecondLook},
    asked::{approval_facts, approval_words},
    join::Sisters,
    list::{list, reminder},
    open::Elsewhere,
    promised::{Promised, Waits, reminder as promise_reminder},
    untold::Untold,
};

/// Where the list is, at both desks.
pub const LIST: &str = "/desk/claims";

/// What a form on the case's page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whoever reported was answered.
    Answered,
    /// The report is about the person of another case: its number as it was typed.
    Join(String),
    /// The other company that a report is about; none: it is about no other.
    Name(Option<String>),
    /// Opens a claim for these movements.
    Open(Vec<String>),
    /// Takes it up, or goes on.
    Investigate,
    /// Lets the clock stand still.
    Pause(Pause),
    /// Pay it.
    Pay(Cause),
    /// End it with what is paid already.
    PayPart(Cause),
    /// Refuse it by evidence of this name.
    Refuse(Evidence, String),
    /// The report ends.
    End(Outcome),
    /// Whoever was refused asks for a second look by other people.
    LookAgain,
}

/// What the fields of a form ask for, with the reason that was typed; nothing where they make no
/// sense.
#[must_use]
pub fn ask(form: &BTreeMap<String, String>) -> Option<(Ask, &str)> {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let ask = match field("act") {
        "answered" => Ask::Answered,
        "join" => Ask::Join(field("other").to_owned()),
        "open" => {
            let chosen = form.iter().filter(|(name, _)| name.starts_with("item-"));
            Ask::Open(chosen.map(|(_, movement)| movement.clone()).collect())
        }
        "investigate" => Ask::Investigate,
        "pause" => Ask::Pause(Pause::parse(field("pause"))?),
        "pay" => Ask::Pay(Cause::parse(field("cause"))?),
        "pay-part" => Ask::PayPart(Cause::parse(field("cause"))?),
        "refuse" => {
            let evidence = Evidence::parse(field("evidence"))?;
            // A paper that nobody saw is none.
            if evidence.is_paper() && field("seen") != "yes" {
                return None;
            }
            Ask::Refuse(evidence, field("reference").to_owned())
        }
        "again" => Ask::LookAgain,
        "name" => match field("company") {
            "" => return None,
            untold::NOBODY => Ask::Name(None),
            other => Ask::Name(Some(other.to_owned())),
        },
        "end" => Ask::End(Outcome::parse(field("outcome"))?),
        _ => return None,
    };
    Some((ask, field("reason")))
}

/// A claim as a desk sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its number.
    pub case_id: CaseId,
    /// The other company.
    pub partner: String,
    /// Whether this company pays the victim.
    pub is_payer: bool,
    /// What was lost in all, or what it is to end with.
    pub amount: Yen,
    /// It is asked that it end with what is paid already.
    pub only_paid: bool,
    /// The movements, how much of each, and whether it is back.
    pub items: Vec<(String, Yen, bool)>,
    /// What each company would bear, by what let the thief in.
    pub parts: Vec<(Cause, Parts)>,
    /// By when.
    pub clock: Clock,
    /// The policy that it was opened under.
    pub policy: String,
    /// What the evidence of a refusal is named by.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: ClaimState,
}

/// A report as a desk sees it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// By when it is answered, and whether that day is over without an answer.
    pub answer_by: Option<(Date, bool)>,
    /// By when the money is back, and whether that day is over; none where a claim counts its days.
    pub refund_by: Option<(Date, bool)>,
    /// When it was answered first.
    pub answered_at: Option<Timestamp>,
    /// Who says how it ends, where a second person has to say the same.
    pub ending: Option<(String, Outcome)>,
}

/// A case that the other company told us of, as a desk sees it.
#[derive(Clone, Debug)]
pub struct FromOther {
    /// Who says how it ends, where a second person has to say the same.
    pub ending: Option<(String, Outcome)>,
    /// By when the money is back, and whether that day is over; none where this company does not pay first,
    /// or a claim counts its days.
    pub refund_by: Option<(Date, bool)>,
}

/// What the part of a case's page is drawn from.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case.
    pub case_id: CaseId,
    /// It has no end yet.
    pub is_open: bool,
    /// Its person is known.
    pub has_person: bool,
    /// Its report, if it has one.
    pub report: Option<Reported>,
    /// It is what the other company told us of, and ends as a report does.
    pub from_other: Option<FromOther>,
    /// Its claim, if it has one.
    pub claim: Option<Seen>,
    /// What the cases have that it was joined with.
    pub elsewhere: Elsewhere,
    /// What its report may have come to by now, by all of these claims.
    pub outcomes: Vec<Outcome>,
    /// Whether this company would pay: by the policy in force.
    pub pays_first: bool,
    /// What a claim could be about: a movement, how it is called, and what is left of it.
    pub left: Vec<(String, String, Yen)>,
    /// What the other company told that it paid.
    pub told: Option<Yen>,
    /// Its report, or one joined with it, that no other company was told of.
    pub untold: Option<Untold>,
    /// Whether what was decided is, or can be, looked at again.
    pub second_look: SecondLook,
    /// What this company's records say of its own duties, and the cause that they speak for.
    pub duties: (Vec<Judged>, Option<Cause>),
    /// Whom people ask, by the policy in force.
    pub contact: Contact,
}

impl CaseView {
    /// The other company says that it paid in this matter, and no claim here shows what came of it.
    #[must_use]
    pub const fn is_paid_there(&self) -> bool {
        let has_claim = self.claim.is_some() || !self.elsewhere.claims.is_empty();
        !has_claim && (self.told.is_some() || self.elsewhere.told.is_some())
    }
}

fn path(case_id: CaseId) -> String {
    format!("/desk/cases/{case_id}/claim")
}

/// The forms of one page have fields of the same names; each is told apart by its act.
fn form(visit: &Visit, case_id: CaseId, act: &str, look: Look, body: &Markup) -> Markup {
    let button = visit.t(&format!("claim-do-{act}"));
    ui::form(
        &path(case_id),
        visit.csrf_field(),
        html! { (body) (ui::actions(ui::button_named(look, &button, "act", act))) },
    )
}

fn reason(visit: &Visit, act: &str) -> Markup {
    let field = Field::new("reason", visit.t("claim-reason"))
        .place(act)
        .hint(visit.t("claim-reason-hint"))
        .max_length(300);
    ui::field(&field)
}

fn one_of(visit: &Visit, name: &str, values: &[&'static str]) -> Markup {
    let option = |value: &&'static str| {
        ((*value).to_owned(), visit.t(&format!("claim-{name}-{}", value.replace('_', "-"))))
    };
    let options: Vec<_> = values.iter().map(option).collect();
    ui::select(&Field::new(name, visit.t(&format!("claim-{name}"))), &options)
}

/// The part of a case's page about its report and its claim; nothing where it can have neither.
#[must_use]
pub fn section(visit: &Visit, view: &CaseView) -> Markup {
    let ends_with_outcome = view.report.is_some() || view.from_other.is_some();
    if !ends_with_outcome && view.claim.is_none() && !view.has_person && view.told.is_none() {
        return html! {};
    }
    html! {
        @if let Some(report) = &view.report { (report_part(visit, view, report)) }
        @if let Some(due) = view.from_other.as_ref().and_then(|told| told.refund_by) {
            (ui::card(Some(&visit.t("claim-told-days")), html! {
                (ui::definitions(promised::told_facts(visit, due)))
                p.hint { (visit.t("claim-told-days-what")) }
            }))
        }
        @if let Some(told) = view.told {
            (ui::notice(Tone::Info, &visit.t_args("claim-told", &[("amount", told.into())]), html! {
                p { (visit.t("claim-told-what")) }
            }))
        }
        (open::elsewhere(visit, view))
        (again::part(visit, view))
        (untold::part(visit, view))
        @if view.is_open { (join::part(visit, view)) }
        @match &view.claim {
            Some(claim) => {
                (claim_part(visit, claim, view.is_open && !view.second_look.is_by_first()))
                (tell::part(visit, view))
                (duties::part(visit, &view.duties))
            }
            // What whoever decided first would be refused is not offered to them.
            None if view.is_open && !view.second_look.is_by_first() => (open::part(visit, view)),
            None => {}
        }
        @if view.is_open && ends_with_outcome { (end::part(visit, view)) }
    }
}

fn report_part(visit: &Visit, view: &CaseView, report: &Reported) -> Markup {
    ui::card(
        Some(&visit.t("claim-report")),
        html! {
            (ui::definitions(promised::facts(visit, report)))
            @if view.is_open && report.answered_at.is_none() {
                (form(visit, view.case_id, "answered", Look::Secondary, &html! {}))
            }
        },
    )
}

fn claim_part(visit: &Visit, claim: &Seen, may_act: bool) -> Markup {
    let now = visit.now();
    let is_late = claim.clock.is_overdue(claim.state, now);
    let due = show::civil_date(visit.lang(), claim.clock.refund_by(claim.state, now));
    let role = if claim.is_payer { "claim-we-pay" } else { "claim-they-pay" };
    let mut facts = vec![
        (visit.t("claim-state"), state_badge(visit, claim)),
        (visit.t("claim-amount"), ui::money(claim.amount)),
        (visit.t("claim-partner"), html! { (claim.partner) }),
        (visit.t("claim-role"), html! { (visit.t(role)) }),
        (visit.t("reports-refund-by"), html! { strong { (due) } }),
        (visit.t("claim-policy"), html! { code { (claim.policy) } }),
    ];
    if let ClaimState::Paused { reason, since } = claim.state {
        facts.push((visit.t("claim-pause-why"), html! { (visit.t(pause_word(reason))) }));
        facts.push((visit.t("claim-pause-since"), show::time(visit.lang(), since)));
    }
    facts.extend(asked::what(visit, claim));
    html! {
        @if is_late {
            (ui::notice(Tone::Error, &visit.t("claim-late"), html! { p { (visit.t("claim-late-what")) } }))
        }
        (ui::card(Some(&visit.t("claim-heading")), html! {
            (ui::definitions(facts))
            @if !claim.items.is_empty() { (items(visit, claim)) }
            (parts(visit, claim))
        }))
        @if may_act { (acts(visit, claim)) }
    }
}

const fn pause_word(pause: Pause) -> &'static str {
    match pause {
        Pause::AskedVictim => "claim-pause-asked-victim",
        Pause::AskedPolice => "claim-pause-asked-police",
        Pause::AskedPartner => "claim-pause-asked-partner",
    }
}

fn state_badge(visit: &Visit, claim: &Seen) -> Markup {
    let tone = match claim.state {
        ClaimState::Received | ClaimState::Investigating => Tone::Warning,
        ClaimState::Paused { .. }
        | ClaimState::PayProposed { .. }
        | ClaimState::RefusalProposed { .. }
        | ClaimState::Paying { .. } => Tone::Info,
        ClaimState::Paid { .. } => Tone::Success,
        ClaimState::Refused { .. } => Tone::Neutral,
    };
    let word = visit.t(&format!("claim-is-{}", claim.state.name().replace('_', "-")));
    ui::badge(tone, &word)
}

fn items(visit: &Visit, claim: &Seen) -> Markup {
    let row = |(movement, amount, is_paid): &(String, Yen, bool)| {
        let word = if *is_paid { "claim-item-back" } else { "claim-item-out" };
        vec![html! { code { (movement) } }, ui::money(*amount), html! { (visit.t(word)) }]
    };
    ui::table(&Table {
        caption: visit.t("claim-items"),
        head: vec![
            Column::text(visit.t("claim-movement")),
            Column::number(visit.t("claim-amount")),
            Column::text(visit.t("claim-state")),
        ],
        rows: claim.items.iter().map(row).collect(),
    })
}

fn parts(visit: &Visit, claim: &Seen) -> Markup {
    let row = |(cause, parts): &(Cause, Parts)| {
        vec![
            html! { (visit.t(&format!("claim-cause-{}", cause.name()))) },
            ui::money(parts.wallet),
            ui::money(parts.bank),
        ]
    };
    ui::table(&Table {
        caption: visit.t("compensation-shares"),
        head: vec![
            Column::text(visit.t("claim-cause")),
            Column::number(visit.t("compensation-wallet")),
            Column::number(visit.t("compensation-bank")),
        ],
        rows: claim.parts.iter().map(row).collect(),
    })
}

fn acts(visit: &Visit, claim: &Seen) -> Markup {
    let id = claim.case_id;
    let pauses = Pause::ALL.map(Pause::name);
    let causes = Cause::ALL.map(Cause::name);
    let evidence = Evidence::ALL.map(Evidence::name);
    let reference = Field::new("reference", visit.t("claim-reference"))
        .hint(visit.t("claim-reference-hint"))
        .max_length(1_000);
    match claim.state {
        ClaimState::Received | ClaimState::Paused { .. } => {
            form(visit, id, "investigate", Look::Primary, &reason(visit, "investigate"))
        }
        ClaimState::Investigating => html! {
            (ui::card(Some(&visit.t("claim-pay")), html! {
                p { (visit.t("claim-pay-what")) }
                (form(visit, id, "pay", Look::Primary, &html! {
                    (one_of(visit, "cause", &causes)) (reason(visit, "pay"))
                }))
            }))
            (ui::details(&visit.t("claim-pause-title"), form(visit, id, "pause", Look::Secondary, &html! {
                p { (visit.t("claim-pause-what")) }
                (one_of(visit, "pause", &pauses)) (reason(visit, "pause"))
            })))
            @if claim.items.iter().any(|(_, _, is_paid)| *is_paid) {
                (asked::part(visit, claim))
            } @else {
                (ui::details(&visit.t("claim-refuse"), form(visit, id, "refuse", Look::Secondary, &html! {
                    p { (visit.t("claim-refuse-what")) }
                    (one_of(visit, "evidence", &evidence))
                    (ui::field(&reference))
                    (ui::checkbox("seen", "yes", &visit.t("claim-seen"), false))
                    (reason(visit, "refuse"))
                })))
            }
        },
        ClaimState::PayProposed { .. } | ClaimState::RefusalProposed { .. } => ui::notice(
            Tone::Info,
            &visit.t("claim-waits"),
            html! { p { a href="/desk/approvals" { (visit.t("claim-approvals")) } } },
        ),
        ClaimState::Paying { .. } => ui::notice(
            Tone::Info,
            &visit.t("claim-paying"),
            html! { p { (visit.t("claim-paying-what")) } },
        ),
        ClaimState::Paid { .. } | ClaimState::Refused { .. } => html! {},
    }
}

/// A line of a case's history that Kanuki wrote about a report or a claim; nothing for another one.
#[must_use]
pub fn step_words(visit: &Visit, text: &str) -> Option<String> {
    let (code, more) = text.strip_prefix("=claim_")?.split_once('|')?;
    let word = visit.t(&format!("claim-step-{}", code.replace('_', "-")));
    Some(format!("{word} {more}").trim_end().to_owned())
}
