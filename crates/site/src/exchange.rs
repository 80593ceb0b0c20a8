//! The exchange of hashed identifiers at the desk (CL-01): by which right each partner may ask and be asked,
//! how much was, and who is answered about.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::case_number::said_of;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Icon, Look, Table, Tone},
};

/// Where it is.
pub const PAGE: &str = "/desk/exchange";
/// The longest reason, in characters.
const REASON_MAX: u16 = 500;

/// The counts of a month: all of them, and matches.
#[derive(Clone, Debug)]
pub struct MonthShown {
    /// Which: `2026-11`.
    pub month: String,
    /// Identifiers that we asked about.
    pub asked: [u64; 2],
    /// Identifiers that the partner asked about.
    pub answered: [u64; 2],
    /// Identifiers over a limit.
    pub refused: u64,
}

/// One partner.
#[derive(Clone, Debug)]
pub struct LineShown {
    /// Its name.
    pub name: String,
    /// `open`, `none`, `over` or `keys`, as part of a text key.
    pub state: &'static str,
    /// The legal basis, in words.
    pub basis: String,
    /// Who decided it.
    pub decided_by: String,
    /// Its last day.
    pub review_by: Option<Date>,
    /// What may be asked about, as part of a text key.
    pub kinds: Vec<&'static str>,
    /// Our public key for it.
    pub our_key: String,
    /// Newest first.
    pub months: Vec<MonthShown>,
    /// It came to a limit today.
    pub is_over: bool,
}

/// One case whose person is, or would be, answered about.
#[derive(Clone, Debug)]
pub struct ConfirmedShown {
    /// The case.
    pub case: String,
    /// Of which kinds identifiers are kept.
    pub kinds: Vec<&'static str>,
    /// The identifiers, for whoever decides.
    pub names: Vec<String>,
    /// `asked`, `live` or `doubted`.
    pub state: &'static str,
    /// What was said of the person: `fraud`, `did_it` or `nothing`.
    pub said: &'static str,
    /// When it was confirmed; before that, when it was asked for.
    pub at: Timestamp,
    /// Who asked for what waits, or for what is there.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Whether it was whoever looks at the page.
    pub is_own: bool,
}

/// The page.
#[derive(Clone, Debug)]
pub struct PageShown {
    /// Every partner.
    pub lines: Vec<LineShown>,
    /// Every confirmation.
    pub confirmed: Vec<ConfirmedShown>,
    /// How many are answered about.
    pub live: usize,
    /// How many can be.
    pub most: usize,
    /// How many identifiers one side may ask about in a day.
    pub per_day: u32,
}

/// The page's body.
#[must_use]
pub fn body(visit: &Visit, page: &PageShown) -> Markup {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let size = [("n", count(page.live).into()), ("most", count(page.most).into())];
    html! {
        (ui::heading(&visit.t("exchange-title"), Some(&visit.t("exchange-lead"))))
        p { a href=(crate::risk::BASE) { (visit.t("risk-title")) } }
        (ui::section(&visit.t("exchange-lines"), html! {
            @for line in &page.lines { (line_card(visit, line, page.per_day)) }
        }))
        (ui::section(&visit.t("exchange-set"), html! {
            p { (visit.t_args("exchange-set-size", &size)) }
            @if page.confirmed.is_empty() {
                (ui::empty(Icon::Check, &visit.t("exchange-set-none"),
                    &visit.t("exchange-set-none.body"), None))
            }
            @for one in &page.confirmed { (confirmed(visit, one)) }
        }))
        // Without an agreement in force nothing is kept, and nobody is asked.
        @if page.lines.iter().any(|line| line.state == "open") {
            (asking(visit, "did_it"))
            (asking(visit, "ask"))
        }
    }
}

fn kinds(visit: &Visit, kinds: &[&str]) -> String {
    let names: Vec<String> =
        kinds.iter().map(|kind| visit.t(&format!("agr-fact-{kind}"))).collect();
    names.join(&visit.t("exchange-and"))
}

fn line_card(visit: &Visit, line: &LineShown, per_day: u32) -> Markup {
    let tone = match line.state {
        "open" => Tone::Success,
        "none" => Tone::Neutral,
        _ => Tone::Warning,
    };
    let or_none = |text: &str| html! { @if text.is_empty() { "–" } @else { (text) } };
    let review = line.review_by.map(|day| day.to_string()).unwrap_or_default();
    let facts = vec![
        (
            visit.t("exchange-state"),
            ui::badge(tone, &visit.t(&format!("exchange-state-{}", line.state))),
        ),
        (visit.t("exchange-basis"), or_none(&line.basis)),
        (visit.t("exchange-decided-by"), or_none(&line.decided_by)),
        (visit.t("exchange-review-by"), or_none(&review)),
        (visit.t("exchange-kinds"), or_none(&kinds(visit, &line.kinds))),
        (visit.t("exchange-our-key"), html! { code.wrap { (line.our_key) } }),
    ];
    let limit = [("n", u64::from(per_day).into())];
    ui::card(
        Some(&line.name),
        html! {
            (ui::definitions(facts))
            p { (visit.t(&format!("exchange-state-{}.body", line.state))) }
            @if line.is_over {
                (ui::notice(Tone::Warning, &visit.t_args("exchange-limit", &limit), html! {
                    p { (visit.t("exchange-limit.body")) }
                }))
            }
            @if !line.months.is_empty() { (months(visit, line)) }
        },
    )
}

fn months(visit: &Visit, line: &LineShown) -> Markup {
    let pair = |[all, matched]: [u64; 2]| {
        let args = [("n", all.into()), ("matched", matched.into())];
        html! { (visit.t_args("exchange-of-which", &args)) }
    };
    let row = |month: &MonthShown| {
        vec![
            html! { (show::month(visit.lang(), &month.month)) },
            pair(month.asked),
            pair(month.answered),
            html! { (month.refused) },
        ]
    };
    ui::table(&Table {
        caption: visit.t_args("exchange-months", &[("name", line.name.as_str().into())]),
        head: vec![
            Column::text(visit.t("exchange-month")),
            Column::number(visit.t("exchange-asked")),
            Column::number(visit.t("exchange-answered")),
            Column::number(visit.t("exchange-refused")),
        ],
        rows: line.months.iter().map(row).collect(),
    })
}

fn confirmed(visit: &Visit, one: &ConfirmedShown) -> Markup {
    let tone = match one.state {
        "live" => Tone::Info,
        _ => Tone::Warning,
    };
    let mut facts = vec![
        (
            visit.t("exchange-case"),
            html! { a href={ "/desk/cases/" (one.case) } { (said_of(&one.case)) } },
        ),
        (visit.t("exchange-kinds"), html! { (kinds(visit, &one.kinds)) }),
        (visit.t("exchange-since"), show::time(visit.lang(), one.at)),
        (visit.t("exchange-by"), html! { (one.by) }),
        (visit.t("exchange-said"), html! { (visit.t(&format!("exchange-said-{}", one.said))) }),
        (visit.t("exchange-reason"), html! { (one.reason) }),
    ];
    if !one.names.is_empty() {
        let names = html! { @for name in &one.names { code.wrap { (name) } " " } };
        facts.push((visit.t("exchange-names"), names));
    }
    ui::card(
        None,
        html! {
            p { (ui::badge(tone, &visit.t(&format!("exchange-confirmed-{}", one.state)))) }
            (ui::definitions(facts))
            @if one.said == "did_it" {
                p { (visit.t(&format!("exchange-confirmed-{}.body", one.state))) }
            } @else { p { (visit.t("exchange-said-nothing.body")) } }
            (acts(visit, one))
        },
    )
}

fn acts(visit: &Visit, one: &ConfirmedShown) -> Markup {
    let at = |act: &str| format!("{PAGE}/{}/{act}", one.case);
    let button = |act: &str, look| {
        let label = visit.t(&format!("exchange-{act}-{}", one.state));
        ui::post_button(visit.csrf_field(), &at(act), look, &label)
    };
    if one.state == "live" {
        let why = Field::new("reason", visit.t("exchange-reason"));
        let why = why.place(&one.case).max_length(REASON_MAX);
        return ui::details(
            &visit.t("exchange-doubt-live"),
            ui::form(
                &at("doubt"),
                visit.csrf_field(),
                html! {
                    (ui::field(&why))
                    (ui::actions(ui::button(Look::Danger, &visit.t("exchange-doubt-button"))))
                },
            ),
        );
    }
    let second = if one.state == "asked" { "agree" } else { "remove" };
    // What was asked for without saying that they did it nobody can agree to.
    let is_agreeable = one.state != "asked" || one.said == "did_it";
    html! {
        @if one.is_own { p { (visit.t("exchange-own")) } }
        (ui::actions(html! {
            @if !one.is_own && is_agreeable { (button(second, Look::Danger)) }
            (button("decline", Look::Secondary))
        }))
    }
}

/// One form under a case: its person did it, or partners are to be asked.
fn asking(visit: &Visit, act: &str) -> Markup {
    let case = Field::new("case", visit.t("exchange-case")).place(act).max_length(40);
    let why = Field::new("reason", visit.t("exchange-reason")).place(act).max_length(REASON_MAX);
    ui::card(
        Some(&visit.t(&format!("exchange-{act}"))),
        html! {
            p { (visit.t(&format!("exchange-{act}.body"))) }
            (ui::form(&format!("{PAGE}/{act}"), visit.csrf_field(), html! {
                (ui::field(&case))
                (ui::field(&why))
                (ui::actions(ui::button(Look::Secondary, &visit.t(&format!("exchange-{act}.button")))))
            }))
        },
    )
}
