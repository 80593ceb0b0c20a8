//! The second look on a case's page: asking for it, and what it means for whoever decided first.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{CaseView, form, reason};
use crate::{
    Visit, show,
    ui::{self, Look, Tone},
};

/// A second look at what was decided, by other people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondLook {
    /// None, and none can be asked for.
    No,
    /// One can be asked for.
    Possible,
    /// It was asked for.
    Asked {
        /// When.
        at: Timestamp,
        /// Whoever looks at the page decided the first time.
        by_first: bool,
        /// How many at this desk did not, as far as it is said: none, one, or enough.
        others: Others,
    },
}

impl SecondLook {
    /// Whether it is under way and whoever looks at the page may only read: they decided the first time.
    pub(super) const fn is_by_first(self) -> bool {
        matches!(self, Self::Asked { by_first: true, .. })
    }
}

/// How many people of a desk did not decide the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody: somebody else has to come to the desk first.
    Nobody,
    /// One, who decides with one of those who did.
    One,
    /// Two or more.
    Enough,
}

/// What the page says of a second look; nothing where there is none and none can be asked for.
pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    match view.second_look {
        SecondLook::Asked { at, by_first, others } if view.is_open => ui::notice(
            if by_first { Tone::Warning } else { Tone::Info },
            &visit.t("claim-again"),
            html! {
                p { (show::time(visit.lang(), at)) }
                p { (visit.t(if by_first { "claim-again-not-you" } else { "claim-again-others" })) }
                @match others {
                    Others::Nobody => p { (visit.t("claim-again-nobody")) },
                    Others::One => p { (visit.t("claim-again-one")) },
                    Others::Enough => {}
                }
            },
        ),
        SecondLook::Possible => ui::details(
            &visit.t("claim-again"),
            html! {
                p { (visit.t("claim-again-what")) }
                (form(visit, view.case_id, "again", Look::Secondary, &reason(visit, "again")))
            },
        ),
        SecondLook::Asked { .. } | SecondLook::No => html! {},
    }
}
