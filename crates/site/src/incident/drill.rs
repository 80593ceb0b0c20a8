//! Drills, marked as drills wherever they are shown.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{Halt, PAGE, public};
use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// A switch that a drill can be about.
#[derive(Clone, Debug)]
pub struct Switch {
    /// As forms name it.
    pub scope: String,
    /// As people know it.
    pub label: String,
    /// What everybody would be told if it were pressed in earnest.
    pub halt: Halt,
}

/// How far the drill has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The right switch is not found yet.
    Running,
    /// It is; somebody asks that it go on.
    Stopped,
    /// A second person must agree.
    Asked,
}

/// The drill that runs, as one member of staff sees it.
#[derive(Clone, Debug)]
pub struct Drill {
    /// Its name.
    pub id: String,
    /// What those who are trained are told.
    pub story: String,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How far it has come.
    pub step: Step,
    /// Wrong switches so far.
    pub misses: u32,
    /// How long it took, once the right switch was pressed.
    pub secs: Option<i64>,
    /// The switch that was pressed, once it was the right one.
    pub pressed: Option<Switch>,
    /// Whether the reader may do the next step: neither press what they set, nor agree to what
    /// they ask.
    pub is_theirs: bool,
}

/// A drill that is over.
#[derive(Clone, Debug)]
pub struct Past {
    /// When it began.
    pub at: Timestamp,
    /// The switch that was right.
    pub label: String,
    /// How long it took; none where nobody found it.
    pub secs: Option<i64>,
    /// Wrong switches before.
    pub misses: u32,
    /// Whether it was broken off.
    pub is_called_off: bool,
}

pub(super) fn running(visit: &Visit, drill: &Drill, switches: &[Switch]) -> Markup {
    let began = show::instant(visit.lang(), drill.at);
    let said = [("by", (&drill.by).into()), ("at", began.into())];
    ui::card(
        Some(&visit.t("drill-runs")),
        html! {
            p { (ui::badge(Tone::Warning, &visit.t("drill-mark"))) " " (visit.t("drill-nothing")) }
            p { (visit.t_args("drill-began", &said)) }
            (ui::definitions(vec![(visit.t("drill-story"), html! { (drill.story) })]))
            @if drill.misses > 0 {
                p { (visit.t_args("drill-misses", &[("n", u64::from(drill.misses).into())])) }
            }
            @if let Some(secs) = drill.secs {
                p { strong { (visit.t("drill-took")) " " (clock(secs)) } }
            }
            (next(visit, drill, switches))
            @if let Some(switch) = &drill.pressed { (preview(visit, switch)) }
            (ui::details(&visit.t("drill-off"), form_of(visit, drill, html! {
                p { (visit.t("drill-off.what")) }
                (ui::actions(ui::button_named(Look::Secondary, &visit.t("drill-off"), "act", "off")))
            })))
        },
    )
}

fn form_of(visit: &Visit, drill: &Drill, body: Markup) -> Markup {
    ui::form(&format!("{PAGE}/drill/{}", drill.id), visit.csrf_field(), body)
}

/// The one thing to do next, or who may do it.
fn next(visit: &Visit, drill: &Drill, switches: &[Switch]) -> Markup {
    let act = |look, key: &str, act: &str| {
        form_of(visit, drill, ui::actions(ui::button_named(look, &visit.t(key), "act", act)))
    };
    match drill.step {
        Step::Running | Step::Asked if !drill.is_theirs => html! {
            p.hint { (visit.t(match drill.step {
                Step::Running => "drill-own",
                Step::Stopped | Step::Asked => "drill-second",
            })) }
        },
        Step::Running => {
            let options: Vec<(String, String)> =
                switches.iter().map(|s| (s.scope.clone(), s.label.clone())).collect();
            form_of(
                visit,
                drill,
                html! {
                    (ui::select(&Field::new("scope", visit.t("drill-which")).place("press"), &options))
                    (ui::actions(ui::button_named(Look::Danger, &visit.t("drill-press"), "act", "press")))
                },
            )
        }
        Step::Stopped => act(Look::Primary, "drill-ask", "ask"),
        Step::Asked => act(Look::Primary, "drill-agree", "agree"),
    }
}

/// What everybody would be told, for the eyes of the desk alone.
fn preview(visit: &Visit, switch: &Switch) -> Markup {
    ui::details(
        &visit.t("drill-preview"),
        html! {
            p { (ui::badge(Tone::Warning, &visit.t("drill-mark"))) " " (visit.t("drill-preview.what")) }
            (public::card(visit, &switch.halt, true))
        },
    )
}

pub(super) fn form(visit: &Visit, switches: &[Switch]) -> Markup {
    let options: Vec<(String, String)> =
        switches.iter().map(|s| (s.scope.clone(), s.label.clone())).collect();
    let story = Field::new("story", visit.t("drill-story"))
        .hint(visit.t("drill-story-hint"))
        .max_length(500)
        .place("drill");
    html! {
        p { (visit.t("drill-what")) }
        (ui::form(&format!("{PAGE}/drill"), visit.csrf_field(), html! {
            (ui::select(&Field::new("scope", visit.t("drill-right")).place("drill"), &options))
            (ui::field(&story))
            (ui::actions(ui::button(Look::Secondary, &visit.t("drill-start"))))
        }))
    }
}

/// What drills came to: the artefact for whoever answers for it (FT-02).
pub(super) fn past(visit: &Visit, past: &[Past]) -> Markup {
    let rows = past.iter().map(|drill| {
        vec![
            show::time(visit.lang(), drill.at),
            html! { (drill.label) },
            html! {
                @match drill.secs {
                    Some(secs) => (clock(secs)),
                    None => (visit.t("drill-never")),
                }
                @if drill.is_called_off { " " (visit.t("drill-was-off")) }
            },
            html! { (drill.misses) },
        ]
    });
    let table = Table {
        caption: visit.t("drill-past"),
        head: vec![
            Column::text(visit.t("drill-when")),
            Column::text(visit.t("drill-right")),
            Column::number(visit.t("drill-took")),
            Column::number(visit.t("drill-wrong")),
        ],
        rows: rows.collect(),
    };
    html! { @if !past.is_empty() { (ui::table(&table)) } }
}

/// Minutes and seconds.
fn clock(secs: i64) -> String {
    format!("{}:{:02}", secs.div_euclid(60), secs.rem_euclid(60))
}
