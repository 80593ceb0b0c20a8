//! What the honest met, by what they asked for and by the route on which they came.

use maud::{Markup, html};

use super::{Friction, text::span};

/// Every kind of request on a line.
pub(super) fn by_kind(honest: &Friction) -> Markup {
    html! {
        table {
            caption { "What the honest asked for" }
            thead { tr {
                @for title in ["Request", "Times", "Declined", "Challenged", "Held",
                    "Waited as was said", "Wait, median", "Wait, longest"] {
                    th scope="col" { (title) }
                }
            } }
            tbody { @for (kind, one) in &honest.by_kind { tr {
                th scope="row" { (kind) }
                @for count in [one.requests, one.declined, one.challenged, one.held, one.waited] {
                    td { (count) }
                }
                @for secs in [one.wait_s_p50, one.wait_s_max] { td { (span(secs)) } }
            } } }
        }
    }
}

/// Every route to the first passkey at a bank on a line.
pub(super) fn by_route(honest: &Friction) -> Markup {
    html! {
        table {
            caption { "How the honest came to their link" }
            thead { tr {
                @for title in ["Route", "Begun", "Made", "First page to first top-up, median",
                    "99th percentile"] {
                    th scope="col" { (title) }
                }
            } }
            tbody { @for (route, one) in &honest.by_route { tr {
                th scope="row" { (route) }
                @for count in [one.links_begun, one.links_made] { td { (count) } }
                @for secs in [one.first_topup_s_p50, one.first_topup_s_p99] { td { (span(secs)) } }
            } } }
        }
    }
}
