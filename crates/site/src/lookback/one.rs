//! One look-back: how far it is, whom it hit, and telling them.

use jiff::Timestamp;
use kanuki_domain::{Yen, case_number::said_of};
use kanuki_risk::{Kind, Outcome};
use maud::{Markup, html};

use super::{LookShown, PAGE, REASON_MAX, What, href, in_short, state, subject_name};
use crate::{
    Visit,
    risk::outcome_badge,
    show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// Whether those who were hit are told.
#[derive(Clone, Debug)]
pub enum TellShown {
    /// There is no result that anybody could be told of.
    Cannot,
    /// Nobody is told.
    Nobody,
    /// One person asks to tell them.
    Asked {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
        /// Whether it was whoever looks at the page.
        is_own: bool,
    },
    /// Two people agreed.
    Agreed {
        /// Who asked, and who agreed.
        by: [String; 2],
        /// When everybody had been told.
        done_at: Option<Timestamp>,
    },
}

/// One movement that was hit.
#[derive(Clone, Debug)]
pub struct HitShown {
    /// The movement.
    pub about: String,
    /// What it was.
    pub kind: Kind,
    /// Whose: an id.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// How much it was about.
    pub amount: Yen,
    /// How much of it is lost, and how much came back; none where nothing was written.
    pub moved: Option<[Yen; 2]>,
    /// The other company.
    pub company: String,
    /// What was decided then.
    pub outcome: Outcome,
    /// When its person was told.
    pub told_at: Option<Timestamp>,
    /// There was nothing to tell.
    pub is_passed: bool,
    /// The case about it.
    pub case: Option<String>,
}

/// The page.
#[derive(Clone, Debug)]
pub struct LookPage<'a> {
    /// The look-back.
    pub look: &'a LookShown,
    /// Its hits, the largest loss first.
    pub hits: &'a [HitShown],
    /// What they lost in all.
    pub lost: Yen,
    /// Whether they are told.
    pub tell: TellShown,
    /// The text in force with the rule in shadow, to be proposed.
    pub shadow: Option<String>,
}

/// The page's body.
#[must_use]
pub fn look_body(visit: &Visit, page: &LookPage<'_>) -> Markup {
    let look = page.look;
    html! {
        (ui::heading(&visit.t("lookback-one"), Some(&in_short(visit, &look.what))))
        p { a href=(PAGE) { (visit.t("lookback-title")) } }
        (standing(visit, look))
        (ui::card(Some(&visit.t("lookback-about")), about(visit, page)))
        @if !matches!(look.state, "too_wide" | "broken") {
            (ui::section(&visit.t("lookback-hits"), hits(visit, page)))
        }
        (tell(visit, look, &page.tell))
        @if let Some(text) = &page.shadow { (shadow(visit, text)) }
    }
}

/// What follows from where it stands, in words.
fn standing(visit: &Visit, look: &LookShown) -> Markup {
    let (tone, key) = match look.state {
        "looking" => (Tone::Info, "looking"),
        "too_wide" => (Tone::Warning, "too-wide"),
        "broken" => (Tone::Error, "broken"),
        _ => return html! {},
    };
    let body = html! { p { (visit.t(&format!("lookback-is-{key}.body"))) } };
    ui::notice(tone, &visit.t(&format!("lookback-is-{key}")), body)
}

fn about(visit: &Visit, page: &LookPage<'_>) -> Markup {
    let look = page.look;
    let days = visit.t_args("lookback-days-back", &[("n", look.days.into())]);
    let mut facts = vec![
        (visit.t("lookback-state"), state(visit, look.state)),
        (visit.t("lookback-progress"), html! { (look.percent) "%" }),
        (visit.t("lookback-seen"), html! { (look.seen) }),
        (visit.t("lookback-hits"), html! { (look.hits) }),
        (visit.t("lookback-lost"), ui::money(page.lost)),
        (visit.t("lookback-days"), html! { (days) }),
        (visit.t("lookback-by"), html! { (look.by) " " (show::time(visit.lang(), look.at)) }),
        (visit.t("lookback-reason"), html! { (look.reason) }),
    ];
    match &look.what {
        What::Rule { text, .. } => facts.push((visit.t("lookback-rule"), html! { pre { (text) } })),
        What::Keys { subject, values } => {
            let all = html! { pre { (values.join("\n")) } };
            facts.push((subject_name(visit, subject), all));
        }
        What::Leaked(_) => {}
    }
    ui::definitions(facts)
}

fn hits(visit: &Visit, page: &LookPage<'_>) -> Markup {
    if page.hits.is_empty() {
        return html! { p { (visit.t("lookback-hits-none")) } };
    }
    html! {
        p { (visit.t("lookback-hits-what")) }
        (ui::table(&Table {
            caption: visit.t("lookback-hits"),
            head: vec![
                Column::number(visit.t("lookback-lost")),
                Column::number(visit.t("lookback-amount")),
                Column::number(visit.t("lookback-back")),
                Column::text(visit.t("lookback-movement")),
                Column::text(visit.t("lookback-person")),
                Column::text(visit.t("lookback-when")),
                Column::text(visit.t("lookback-told")),
            ],
            rows: page.hits.iter().map(|hit| hit_row(visit, hit)).collect(),
        }))
    }
}

fn hit_row(visit: &Visit, hit: &HitShown) -> Vec<Markup> {
    let none = || html! { "–" };
    let yen = |at: usize| {
        let moved = hit.moved.as_ref().and_then(|moved| moved.get(at));
        moved.map_or_else(none, |sum| ui::money(*sum))
    };
    let kind = hit.kind.name().replace('_', "-");
    let told = match hit.told_at {
        Some(at) => show::time(visit.lang(), at),
        None if hit.is_passed => html! { (visit.t("lookback-passed")) },
        None => html! { (visit.t("lookback-not-told")) },
    };
    // What belongs together stands in one cell: eleven columns leave no number room to be read.
    vec![
        yen(0),
        ui::money(hit.amount),
        yen(1),
        html! {
            div { (visit.t(&format!("risk-kind-{kind}"))) }
            code { (hit.about) }
        },
        html! {
            code { (hit.person) }
            @if !hit.company.is_empty() { div { (hit.company) } }
        },
        html! {
            div { (show::time(visit.lang(), hit.at)) }
            (outcome_badge(visit, hit.outcome))
        },
        html! {
            div { (told) }
            @if let Some(id) = &hit.case {
                a href={ "/desk/cases/" (id) } { (visit.t("lookback-case")) " " (said_of(id)) }
            }
        },
    ]
}

fn tell(visit: &Visit, look: &LookShown, tell: &TellShown) -> Markup {
    let at = |act: &str| format!("{}/{act}", href(&look.id));
    match tell {
        TellShown::Cannot => html! {},
        TellShown::Nobody => {
            let why = Field::new("reason", visit.t("lookback-reason")).max_length(REASON_MAX);
            let fields = html! {
                (ui::field(&why))
                (ui::actions(ui::button(Look::Primary, &visit.t("lookback-tell.button"))))
            };
            ui::card(
                Some(&visit.t("lookback-tell")),
                html! {
                    p { (visit.t("lookback-tell.body")) }
                    (ui::form(&at("tell"), visit.csrf_field(), fields))
                },
            )
        }
        TellShown::Asked { by, at: asked_at, reason, is_own } => ui::notice(
            Tone::Warning,
            &visit.t_args("lookback-asked", &[("who", by.as_str().into())]),
            html! {
                p { (reason) }
                p { (show::time(visit.lang(), *asked_at)) }
                p { (visit.t("lookback-tell.body")) }
                @if *is_own { p { (visit.t("lookback-own")) } }
                (ui::actions(html! {
                    @if !is_own {
                        (ui::post_button(visit.csrf_field(), &at("agree"), Look::Danger,
                            &visit.t("lookback-agree")))
                    }
                    (ui::post_button(visit.csrf_field(), &at("keep"), Look::Secondary,
                        &visit.t("lookback-keep")))
                }))
            },
        ),
        TellShown::Agreed { by: [first, second], done_at } => {
            let who = [("first", first.as_str().into()), ("second", second.as_str().into())];
            let title = visit.t_args("lookback-agreed", &who);
            let (tone, body) = match done_at {
                Some(at) => (
                    Tone::Success,
                    html! { (visit.t("lookback-agreed-done")) " " (show::time(visit.lang(), *at)) },
                ),
                None => (Tone::Info, html! { (visit.t("lookback-agreed-under-way")) }),
            };
            ui::notice(tone, &title, html! { p { (body) } })
        }
    }
}

/// The way to the page where a text is tried and proposed; nothing of it is in force by this.
fn shadow(visit: &Visit, text: &str) -> Markup {
    ui::card(
        Some(&visit.t("lookback-shadow")),
        html! {
            p { (visit.t("lookback-shadow.body")) }
            (ui::details(&visit.t("lookback-shadow-text"), html! { pre { (text) } }))
            (ui::form("/desk/risk/policy", visit.csrf_field(), html! {
                (ui::hidden("text", text))
                (ui::actions(ui::button_named(Look::Secondary, &visit.t("lookback-shadow.button"),
                    "act", "check")))
            }))
        },
    )
}
