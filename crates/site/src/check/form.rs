//! The questions.

use std::{fmt::Write as _, sync::LazyLock};

use kanuki_formats::directory::Directory;
use kanuki_watch::exposure::{self, Question};
use maud::{Markup, PreEscaped, Render as _, html};

use super::{
    bank::GONE,
    given::{APPS, Given, Household},
};
use crate::{
    Brand, Visit, show,
    ui::{self, Field, Kind, Look, Tone},
};

/// A one, twelve digits, their separators and a sign.
const AMOUNT_CHARS: u16 = 15;

/// Every bank of the list: what a browser offers while somebody types. The same for everybody, so
/// that choosing one tells nobody anything.
static BANKS: LazyLock<PreEscaped<String>> = LazyLock::new(|| {
    let mut options = String::new();
    for institution in Directory::get().institutions() {
        let (name, kana) = (institution.display_name(), &institution.kana);
        let (name, kana) = (name.render(), format!("{kana} {}", institution.code).render());
        let _ = write!(options, r#"<option value="{}" label="{}">"#, name.0, kana.0);
    }
    PreEscaped(format!(r#"<datalist id="banks">{options}</datalist>"#))
});

/// What happens to the answers. The page says the worse of the two until its script knows better.
pub(super) fn privacy(visit: &Visit) -> Markup {
    let is_own = visit.site.config.brand == Brand::Own;
    let [sent, sent_body] = if is_own {
        ["check-private-own", "check-private-own.body"]
    } else {
        ["check-private-sent", "check-private-sent.body"]
    };
    html! {
        div data-sent { (ui::notice(Tone::Info, &visit.t(sent), html! {
            p { (visit.t(sent_body)) }
        })) }
        div data-kept hidden { (ui::notice(Tone::Success, &visit.t("check-private-kept"), html! {
            p { (visit.t("check-private-kept.body")) }
        })) }
        p.hint { (visit.t("check-never")) }
    }
}

pub(super) fn draw(visit: &Visit, household: &Household, is_empty: bool) -> Markup {
    let rules = serde_json::to_string(&exposure::rules()).unwrap_or_default();
    let apps = serde_json::to_string(&apps(visit)).unwrap_or_default();
    let gone = serde_json::to_string(&*GONE).unwrap_or_default();
    let as_of = show::civil_date(visit.lang(), Directory::get().as_of());
    html! {
        form.form method="post" action="/check" autocomplete="off" data-check=(rules)
            data-apps=(apps) data-gone=(gone) data-separator=(visit.t("check-separator"))
            data-nameless=(visit.t("check-nameless"))
            data-named=(visit.t_args("check-named", &[("bank", "{bank}".into()), ("whose", "{whose}".into())])) {
            (visit.csrf_field())
            div data-empty hidden[!is_empty] {
                (ui::notice(Tone::Error, &visit.t("check-empty"), html! {
                    p { (visit.t("check-empty.body")) }
                }))
            }
            (*BANKS)
            @for (place, given) in household.given.iter().enumerate() {
                @let number = place.saturating_add(1);
                details.details.asked open[place == 0 || !given.bank.is_empty()] {
                    summary { (visit.t_args("check-account", &[("n", number.into())])) }
                    fieldset.asked data-account=(place)
                        aria-label=(visit.t_args("check-account", &[("n", number.into())])) {
                        (account(visit, place, given))
                    }
                }
            }
            p.hint { (visit.t_args("check-list", &[("date", as_of.into())])) }
            (ui::actions(ui::button(Look::Primary, &visit.t("check-look"))))
        }
    }
}

/// Names of apps by their short names, for the script.
fn apps(visit: &Visit) -> Vec<(&'static str, String)> {
    APPS.iter().map(|(id, name)| (*id, app_name(visit, id, name))).collect()
}

pub(super) fn app_name(visit: &Visit, id: &str, name: &str) -> String {
    if name.is_empty() { visit.t(&format!("check-app-{id}")) } else { name.to_owned() }
}

fn account(visit: &Visit, place: usize, given: &Given) -> Markup {
    let optional = visit.t("field-optional");
    let amount = |name: &str, [label, hint]: [&str; 2], value: &str| {
        let field = Field::new(format!("{name}{place}"), visit.t(label));
        let field = field.hint(visit.t(hint)).kind(Kind::Numeric).autocomplete("off");
        ui::field(&field.optional(optional.clone()).max_length(AMOUNT_CHARS).value(value))
    };
    html! {
        (bank(visit, place, given))
        (question(visit, place, given, Question::Whose))
        (amount("balance", ["check-balance", "check-balance.hint"], &given.balance))
        (question(visit, place, given, Question::Overdraft))
        (amount("room", ["check-room", "check-room.hint"], &given.room))
        (links(visit, place, given))
        @for asked in [Question::Card, Question::Pin, Question::Online, Question::Lock, Question::Seen] {
            (question(visit, place, given, asked))
        }
    }
}

fn bank(visit: &Visit, place: usize, given: &Given) -> Markup {
    html! {
        div.field {
            label for={ "bank" (place) } { (visit.t("check-bank")) }
            p.hint id={ "bank" (place) "-hint" } { (visit.t("check-bank.hint")) }
            input.input id={ "bank" (place) } name={ "bank" (place) } list="banks" maxlength="40"
                autocomplete="off" aria-describedby={ "bank" (place) "-hint" } value=(given.bank);
        }
    }
}

fn question(visit: &Visit, place: usize, given: &Given, question: Question) -> Markup {
    let answers = question.answers().iter();
    let options: Vec<(String, String)> = answers
        .map(|answer| (answer.id().to_owned(), visit.t(&format!("check-answer-{}", answer.id()))))
        .collect();
    let chosen = given.answers.iter().find(|answer| answer.question() == question);
    let key = format!("check-ask-{}", question.id());
    let field = Field::new(format!("{}{place}", question.id()), visit.t(&key))
        .value(chosen.map_or("", |answer| answer.id()));
    let hint = visit.site.texts.find(visit.lang(), &format!("{key}.hint"), &[]);
    let field = match hint {
        Some(hint) => field.hint(hint),
        None => field,
    };
    ui::select(&field, &options)
}

fn links(visit: &Visit, place: usize, given: &Given) -> Markup {
    let tick = |id: &str, name: &str| {
        let is_ticked = given.apps.contains(&id);
        ui::checkbox(&format!("app{place}-{id}"), "1", name, is_ticked)
    };
    html! {
        fieldset.field aria-describedby={ "apps" (place) "-hint" } {
            legend { (visit.t("check-ask-links")) }
            p.hint id={ "apps" (place) "-hint" } { (visit.t("check-ask-links.hint")) }
            div.apps {
                @for (id, name) in APPS { (tick(id, &app_name(visit, id, name))) }
            }
            div { (tick("none", &visit.t("check-app-none"))) }
        }
    }
}
