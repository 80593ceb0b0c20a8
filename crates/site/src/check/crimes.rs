//! How crimes go: each in plain words, how one would notice, what to do now.

use axum::{extract::Path, response::IntoResponse};
use kanuki_watch::crime::Crime;
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

/// Every crime that there is a page about.
pub async fn list(visit: Visit) -> Markup {
    let visit = &visit;
    let title = visit.t("crimes-title");
    let rows = Crime::ALL.map(|crime| {
        let key = format!("crime-{}", crime.id());
        Row::new(visit.t(&key))
            .icon(Icon::Warning)
            .detail(visit.t(&format!("{key}.lead")))
            .href(format!("/check/crimes/{}", crime.id()))
    });
    let body = html! {
        (ui::heading(&title, Some(&visit.t("crimes-lead"))))
        (ui::rows(rows.into()))
        (ui::notice(Tone::Info, &visit.t("crimes-never"), html! { p { (visit.t("crimes-never.body")) } }))
        (ui::actions(ui::link_button(Look::Primary, "/check", &visit.t("crimes-check"))))
    };
    visit.page(&PageMeta::new(&title).back("/check"), body)
}

/// One of them.
pub async fn show(visit: Visit, Path(crime): Path<String>) -> Answer {
    let crime = Crime::parse(&crime).ok_or_else(Problem::not_found)?;
    Ok(page(&visit, crime).into_response())
}

fn page(visit: &Visit, crime: Crime) -> Markup {
    let key = format!("crime-{}", crime.id());
    let title = visit.t(&key);
    let body = html! {
        (ui::heading(&title, Some(&visit.t(&format!("{key}.lead")))))
        @for (part, count) in parts(crime) {
            (ui::section(&visit.t(&format!("crimes-{part}")), ui::card(None, html! {
                ol.points {
                    @for number in 1..=count {
                        li { (visit.t(&format!("{key}.{part}-{number}"))) }
                    }
                }
            })))
        }
        @if visit.site.config.brand != Brand::Own {
            (ui::actions(html! {
                (ui::link_button(Look::Danger, "/stop", &visit.t("foot-stop")))
                (ui::link_button(Look::Secondary, "/report", &visit.t("foot-report")))
            }))
        }
        (ui::section(&visit.t("crimes-sources"), html! {
            ul.points {
                @for source in crime.sources() {
                    li { a href=(source.url) rel="noreferrer" { (source.name) } }
                }
            }
        }))
        p { button.button.quiet type="button" data-print { (visit.t("check-print")) } }
        (ui::actions(ui::link_button(Look::Primary, "/check", &visit.t("crimes-check"))))
    };
    visit.page(&PageMeta::new(&title).back("/check/crimes"), body)
}
