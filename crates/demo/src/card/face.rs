//! What a demo card looks like.

use kanuki_site::{Visit, show};
use maud::{Markup, html};

use crate::{pages, people::Person};

/// A drawing of the card. Colors are its own, as on plastic, so it is the same in the dark.
pub(super) fn face(visit: &Visit, person: &Person) -> Markup {
    let title = visit.t_args("card-face", &[("name", pages::name(visit, person).into())]);
    html! {
        svg viewBox="0 0 320 202" width="320" height="202" role="img" aria-label=(title) {
            rect x="1" y="1" width="318" height="200" rx="14" fill="#fdf3f4" stroke="#c9a2a8" {}
            path d="M0 150c60-46 104-18 160-30s104-60 160-30v96a14 14 0 0 1-14 14H14a14 14 0 0 1-14-14z"
                fill="#f6d5da" {}
            circle cx="262" cy="64" r="34" fill="#ffffff" stroke="#c9a2a8" {}
            path d="M262 66a11 11 0 1 0 0-22 11 11 0 0 0 0 22zm-21 24c2-13 10-20 21-20s19 7 21 20"
                fill="none" stroke="#7d4a53" stroke-width="2.5" stroke-linecap="round" {}
            rect x="22" y="128" width="44" height="34" rx="6" fill="#d8b45a" {}
            path d="M22 145h44M44 128v34M33 128v34M55 128v34" stroke="#9a7a2c" {}
            text x="22" y="34" font-size="13" fill="#7d4a53" { (visit.t("card-face-title")) }
            text x="22" y="72" font-size="22" font-weight="700" fill="#2b2326" { (person.name) }
            text x="22" y="98" font-size="13" fill="#4a3c40" {
                (show::civil_date(visit.lang(), person.born_on))
            }
            text x="298" y="188" font-size="20" font-weight="700" fill="#a3253a"
                text-anchor="end" { "DEMO" }
        }
    }
}
