//! What we make good, for whom and how (FT-24 to FT-27): public, also for people who have no
//! wallet here and lost money from a bank account.

use kanuki_site::{
    PageMeta, Visit,
    ui::{self, Look, Tone},
};
use maud::{Markup, html};

/// The five things that a policy says at least (FT-26), in its order.
const PARTS: [&str; 5] = ["cases", "procedure", "split", "contact", "publish"];

/// How many paragraphs each part has.
const PARAGRAPHS: [&[&str]; 5] = [
    &["holder", "customer", "not", "when"],
    &["one", "two", "three", "four"],
    &["who", "bank", "never"],
    &["desk", "bank", "law"],
    &["when", "what", "authority"],
];

pub(super) async fn policy(visit: Visit) -> Markup {
    let title = visit.t("compensation-title");
    let company = &visit.site.config.company;
    let lead = visit.t_args("compensation-lead", &[("company", company.into())]);
    let body = html! {
        (ui::heading(&title, Some(&lead)))
        (ui::notice(Tone::Info, &visit.t("compensation-who"), html! {
            p { (visit.t("compensation-who-body")) }
        }))
        @for (place, (part, paragraphs)) in PARTS.iter().zip(PARAGRAPHS).enumerate() {
            (ui::section(
                &format!("{}. {}", place.saturating_add(1),
                    visit.t(&format!("compensation-{part}"))),
                ui::card(None, html! {
                    ul.points {
                        @for paragraph in paragraphs {
                            li { (visit.t(&format!("compensation-{part}-{paragraph}"))) }
                        }
                    }
                }),
            ))
        }
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/report", &visit.t("compensation-report")))
            (ui::link_button(Look::Secondary, "/stop", &visit.t("compensation-stop")))
        }))
    };
    visit.page(&PageMeta::new(&title).back("/"), body)
}
