//! How crimes go: each in plain words, how one would notice, what to do now.
//!
//! Somebody comes here because something happened to them, so the list is by what that was. The longer
//! pages are about sorts of crime, in the catalogue's words; the others are the crimes that the lab
//! replays, in the words of its scenario files.

use axum::{extract::Path, response::IntoResponse};
use kanuki_watch::crime::{
    Crime, Sign,
    told::{self, Told, Words},
};
use maud::{Markup, html};

use crate::{
    Answer, Brand, PageMeta, Problem, Visit,
    ui::{self, Icon, Look, Row, Tone},
};

/// How many sentences each part of a page has: how it goes, how one notices, what to do.
const fn parts(crime: Crime) -> [(&'static str, usize); 3] {
    let (how, notice, now) = match crime {
        Crime::Attack2020 => (5, 3, 5),
        Crime::PhishingProxy => (5, 3, 4),
        Crime::FakeStaff | Crime::NumberAndMail => (4, 4, 4),
        Crime::RecoveryTakeover => (4, 3, 4),
    };
    [("how", how), ("notice", notice), ("now", now)]
}

const fn icon(sign: Sign) -> Icon {
    match sign {
        Sign::Debit => Icon::Out,
        Sign::Call => Icon::Phone,
        Sign::Message => Icon::Mail,
        Sign::Notice => Icon::Bell,
        Sign::Near => Icon::People,
        Sign::Shop => Icon::Shop,
        Sign::Unseen => Icon::Search,
    }
}

/// What happened to me? And every crime that begins so.
pub async fn list(visit: Visit) -> Markup {
    let visit = &visit;
    let title = visit.t("crimes-title");
    let signs = Sign::ALL.map(|sign| {
        Row::new(visit.t(&format!("crimes-sign-{}", sign.id())))
            .icon(icon(sign))
            .href(format!("#{}", sign.id()))
    });
    let body = html! {
        (ui::heading(&title, Some(&visit.t("crimes-lead"))))
        (ui::notice(Tone::Info, &visit.t("crimes-never"), html! { p { (visit.t("crimes-never.body")) } }))
        (ui::section(&visit.t("crimes-what"), ui::rows(signs.into())))
        @for sign in Sign::ALL {
            section.section id=(sign.id()) {
                h2 { (visit.t(&format!("crimes-sign-{}", sign.id()))) }
                (ui::rows(rows_of(visit, sign)))
            }
        }
        (ui::actions(ui::link_button(Look::Primary, "/check", &visit.t("crimes-check"))))
    };
    visit.page(&PageMeta::new(&title).back("/check"), body)
}

/// The longer pages first: they say most.
fn rows_of(visit: &Visit, sign: Sign) -> Vec<Row> {
    let guides = Crime::ALL.into_iter().filter(|crime| crime.sign() == sign);
    let guides = guides.map(|crime| guide_row(visit, crime));
    let told = told::all().iter().filter(|told| told.sign == sign);
    guides.chain(told.map(|told| told_row(visit, told))).collect()
}

fn guide_row(visit: &Visit, crime: Crime) -> Row {
    let key = format!("crime-{}", crime.id());
    Row::new(visit.t(&key))
        .icon(Icon::Warning)
        .detail(visit.t(&format!("{key}.lead")))
        .href(format!("/check/crimes/{}", crime.id()))
}

fn told_row(visit: &Visit, told: &Told) -> Row {
    Row::new(words(visit, told).title.as_str()).href(format!("/check/crimes/{}", told.id))
}

fn words<'a>(visit: &Visit, told: &'a Told) -> &'a Words {
    told.words(visit.lang().of_holders())
}

/// One of them.
pub async fn show(visit: Visit, Path(crime): Path<String>) -> Answer {
    if let Some(told) = told::find(&crime) {
        return Ok(one(&visit, told).into_response());
    }
    let crime = Crime::parse(&crime).ok_or_else(Problem::not_found)?;
    Ok(guide(&visit, crime).into_response())
}

/// A sort of crime, with where it is known from and the forms of it that the lab replays.
fn guide(visit: &Visit, crime: Crime) -> Markup {
    let key = format!("crime-{}", crime.id());
    let title = visit.t(&key);
    let forms = told::all().iter().filter(|told| told.guide == Some(crime));
    let body = html! {
        (ui::heading(&title, Some(&visit.t(&format!("{key}.lead")))))
        @for (part, count) in parts(crime) {
            @let lines: Vec<String> =
                (1..=count).map(|number| visit.t(&format!("{key}.{part}-{number}"))).collect();
            (points(visit, part, &lines))
        }
        (doors(visit))
        (ui::section(&visit.t("crimes-forms"), ui::rows(forms.map(|told| told_row(visit, told)).collect())))
        (ui::section(&visit.t("crimes-sources"), html! {
            ul.points {
                @for source in crime.sources() {
                    li { a href=(source.url) rel="noreferrer" { (source.name) } }
                }
            }
        }))
        (below(visit))
    };
    visit.page(&PageMeta::new(&title).back("/check/crimes"), body)
}

/// One crime of the lab.
fn one(visit: &Visit, told: &Told) -> Markup {
    let words = words(visit, told);
    let body = html! {
        (ui::heading(&words.title, None))
        (points(visit, "how", &words.how))
        (points(visit, "notice", &words.notice))
        (points(visit, "now", &words.act))
        (doors(visit))
        @if let Some(crime) = told.guide {
            (ui::section(&visit.t("crimes-more"), ui::rows(vec![guide_row(visit, crime)])))
        }
        (below(visit))
    };
    visit.page(&PageMeta::new(&words.title).back("/check/crimes"), body)
}

fn points(visit: &Visit, part: &str, lines: &[String]) -> Markup {
    ui::section(
        &visit.t(&format!("crimes-{part}")),
        ui::card(None, html! { ol.points { @for line in lines { li { (line) } } } }),
    )
}

/// Where a company serves the page, what stops it is one tap away.
fn doors(visit: &Visit) -> Markup {
    html! {
        @if visit.site.config.brand != Brand::Own {
            (ui::actions(html! {
                (ui::link_button(Look::Danger, "/stop", &visit.t("foot-stop")))
                (ui::link_button(Look::Secondary, "/report", &visit.t("foot-report")))
            }))
        }
    }
}

fn below(visit: &Visit) -> Markup {
    html! {
        p { button.button.quiet type="button" data-print { (visit.t("check-print")) } }
        (ui::actions(ui::link_button(Look::Primary, "/check", &visit.t("crimes-check"))))
    }
}
