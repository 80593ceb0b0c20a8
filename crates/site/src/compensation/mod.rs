//! The compensation policy as everybody reads it, and as two people of a desk put it in force.
//!
//! The page is drawn from the policy in force and from nothing else (FT-24 to FT-27), so that what is
//! read is what staff pay by.

mod changed;
mod fault;

pub use fault::{Fault, Wrong, fault, read};

use jiff::Timestamp;
use kanuki_domain::{
    agreement::{Gap, Side},
    compensation::{Cause, Extent, Policy, Scenario, Text},
    risk_record::RiskRecord,
};
use maud::{Markup, html};

use crate::{
    Lang, Visit,
    risk_record::{self, Partner, Typed, entered},
    show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// A text in the reader's language.
fn said(lang: Lang, text: &Text) -> &str {
    match lang {
        Lang::Ja => &text.ja,
        Lang::En => &text.en,
    }
}

/// The public page.
#[must_use]
pub fn page_body(visit: &Visit, policy: &Policy, since: Option<Timestamp>) -> Markup {
    let lang = visit.lang();
    let company = &visit.site.config.company;
    let lead = visit.t_args("compensation-lead", &[("company", company.into())]);
    let parts = [
        ("cases", cases(visit, policy)),
        ("procedure", procedure(visit, policy)),
        ("split", split(visit, policy)),
        ("contact", contact(visit, policy)),
        ("publish", html! { p { (said(lang, &policy.publication)) } }),
    ];
    html! {
        (ui::heading(&visit.t("compensation-title"), Some(&lead)))
        (ui::notice(Tone::Info, &visit.t(&format!("compensation-pays-{}", payer(policy))), html! {
            p { (said(lang, &policy.split.how)) }
        }))
        @for (place, (part, body)) in (1..).zip(&parts) {
            (ui::section(
                &format!("{place}. {}", visit.t(&format!("compensation-part-{part}"))),
                ui::card(None, html! { (body) }),
            ))
        }
        p.hint {
            (visit.t_args("compensation-version", &[("version", (&policy.version).into())]))
            @if let Some(at) = since { " " (show::date(lang, at)) }
        }
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/report", &visit.t("compensation-report")))
            (ui::link_button(Look::Secondary, "/stop", &visit.t("compensation-stop")))
        }))
    }
}

fn payer(policy: &Policy) -> &'static str {
    policy.split.pays_first.unwrap_or(Side::Wallet).name()
}

fn cases(visit: &Visit, policy: &Policy) -> Markup {
    let one = |scenario: &Scenario| {
        let extent = scenario.extent.unwrap_or(Extent::Nothing);
        let tone = match extent {
            Extent::Full => Tone::Success,
            Extent::Part => Tone::Warning,
            Extent::Nothing => Tone::Neutral,
        };
        let whom = scenario.whom.map_or("customer", |whom| whom.name());
        html! {
            li {
                strong { (said(visit.lang(), &scenario.what)) } " "
                (ui::badge(tone, &visit.t(&format!("compensation-extent-{}", extent.name()))))
                p { (said(visit.lang(), &scenario.conditions)) }
                p.hint { (visit.t(&format!("compensation-whom-{whom}"))) }
            }
        }
    };
    html! { ul.points { @for scenario in &policy.scenarios { (one(scenario)) } } }
}

fn procedure(visit: &Visit, policy: &Policy) -> Markup {
    let days = |key: &str, days: u16| visit.t_args(key, &[("days", u64::from(days).into())]);
    html! {
        ol.points { @for step in &policy.procedure.steps { li { (said(visit.lang(), step)) } } }
        p { strong { (days("compensation-answer-days", policy.answer_days())) } }
        p { strong { (days("compensation-refund-days", policy.refund_days())) } }
        p.hint { (days("compensation-pause-days", policy.procedure.pause_days.unwrap_or(0))) }
    }
}

fn split(visit: &Visit, policy: &Policy) -> Markup {
    let rows = Cause::ALL.map(|cause| {
        let wallet = policy.split.percent(cause).unwrap_or(0);
        vec![
            html! { (visit.t(&format!("compensation-cause-{}", cause.name()))) },
            html! { (wallet) "%" },
            html! { (100_u8.saturating_sub(wallet)) "%" },
        ]
    });
    html! {
        p { (said(visit.lang(), &policy.split.how)) }
        div.stacked { (ui::table(&Table {
            caption: visit.t("compensation-shares"),
            head: vec![
                Column::text(visit.t("compensation-cause")),
                Column::number(visit.t("compensation-wallet")),
                Column::number(visit.t("compensation-bank")),
            ],
            rows: rows.into(),
        })) }
        p.hint { (visit.t("compensation-never")) }
    }
}

/// Whom to call, and when: also on the page of what is stopped (FT-26).
pub(crate) fn desk(visit: &Visit, policy: &Policy) -> Vec<(String, Markup)> {
    let lang = visit.lang();
    vec![
        (visit.t("compensation-desk"), html! { (said(lang, &policy.contact.desk)) }),
        (visit.t("compensation-phone"), html! { (policy.contact.phone) }),
        (visit.t("compensation-hours"), html! { (said(lang, &policy.contact.hours)) }),
    ]
}

fn contact(visit: &Visit, policy: &Policy) -> Markup {
    let mut lines = desk(visit, policy);
    lines.push((
        visit.t("compensation-online"),
        html! { a href="/report" { (visit.t("compensation-report")) } },
    ));
    ui::definitions(lines)
}

/// What a text that was pasted at the desk came to.
#[derive(Clone, Debug)]
pub enum Pasted {
    /// It is no policy; each fault with its line.
    Wrong(Vec<Fault>),
    /// It is whole: this is how everybody would read it.
    Whole(Box<Policy>),
}

/// The desk's page.
#[derive(Debug)]
pub struct DeskPage<'a> {
    /// What stands in the form.
    pub text: &'a str,
    /// What was pasted came to this.
    pub pasted: Option<&'a Pasted>,
    /// What of the policy in force it would not do as well for whoever lost money.
    pub loosened: &'a [String],
    /// The partners that have a say in that.
    pub partners: &'a [Partner],
    /// What was typed.
    pub typed: &'a Typed,
    /// What is missing from the record of risks, if it was sent.
    pub gaps: &'a [Gap],
    /// The record that was proposed with the text.
    pub record: Option<&'a RiskRecord>,
    /// The policy in force, where another one is looked at.
    pub live: &'a Policy,
}

/// The desk's page: the text in force, or one that is proposed.
#[must_use]
pub fn desk_body(visit: &Visit, page: &DeskPage<'_>) -> Markup {
    let is_whole = matches!(page.pasted, Some(Pasted::Whole(_)));
    html! {
        (ui::heading(&visit.t("compensation-desk-title"), Some(&visit.t("compensation-desk-lead"))))
        (risk_record::missing(visit, page.gaps, page.partners))
        @if let Some(record) = page.record {
            (ui::card(Some(&visit.t("risk-record")), risk_record::said(visit, record, page.partners)))
        }
        @match page.pasted {
            Some(Pasted::Wrong(faults)) => {
                (ui::notice(Tone::Error, &visit.t("compensation-wrong"), html! {
                    ul { @for fault in faults { li { (fault.words(visit)) } } }
                }))
            }
            Some(Pasted::Whole(policy)) => {
                (ui::card(Some(&visit.t("compensation-changes")), changes(visit, page.live, policy)))
                (ui::details(&visit.t("compensation-as-read"), page_body(visit, policy, None)))
            }
            None => {}
        }
        (ui::form("/desk/compensation", visit.csrf_field(), html! {
            div.field {
                label for="policy-text" { (visit.t("compensation-text")) }
                p.hint id="policy-hint" { (visit.t("compensation-text-hint")) }
                textarea id="policy-text" name="text" class="input" rows="24" required
                    spellcheck="false" aria-describedby="policy-hint" { (page.text) }
            }
            @if is_whole {
                (ui::field(&Field::new("reason", visit.t("compensation-why"))
                    .optional(visit.t("compensation-why-when"))
                    .value(entered(page.typed, "reason"))
                    .max_length(300)))
            }
            @if is_whole && !page.loosened.is_empty() && page.record.is_none() {
                (risk_record::fields(visit, page.loosened, page.partners, page.typed))
            }
            (ui::actions(html! {
                (ui::button_named(Look::Primary, &visit.t("compensation-check"), "act", "check"))
                @if is_whole {
                    (ui::button_named(Look::Secondary, &visit.t("compensation-propose"), "act", "propose"))
                }
            }))
        }))
    }
}

/// What `new` says otherwise than `live`, for whoever agrees to it.
#[must_use]
pub fn changes(visit: &Visit, live: &Policy, new: &Policy) -> Markup {
    changed::table(visit, &changed::between(live, new))
}

/// A policy as the text that it can be changed in.
#[must_use]
pub fn written(policy: &Policy) -> String {
    toml::to_string(policy).unwrap_or_default()
}
