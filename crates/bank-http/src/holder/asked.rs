//! Who asked for a holder's account: one row each, refused ones too.

use kanuki_bank::{
    asked::{Asked, Outcome, What},
    holder::enrol::Progress,
};
use kanuki_domain::route::Route;
use kanuki_site::{
    Visit, show,
    ui::{self, Icon, Row, Tone},
};
use maud::{Markup, html};

pub(super) fn list(visit: &Visit, asked: &[Asked]) -> Markup {
    html! {
        @if asked.is_empty() {
            p { (visit.t("asked-none")) }
        } @else {
            p { (visit.t("asked-lead")) }
            (ui::rows(asked.iter().map(|asked| row(visit, asked)).collect()))
        }
    }
}

fn row(visit: &Visit, asked: &Asked) -> Row {
    let at = show::instant(visit.lang(), asked.at);
    let account = asked.account_mask.clone().unwrap_or_else(|| visit.t("asked-no-account"));
    let detail = visit.t_args("asked-row", &[("at", at.into()), ("account", account.into())]);
    match &asked.what {
        What::Link { partner_name, outcome } => {
            let (key, tone) = match outcome {
                Some(Outcome::Locked) => ("locked", Tone::Warning),
                Some(Outcome::Mismatch) => ("mismatch", Tone::Error),
                Some(Outcome::Paused) => ("paused", Tone::Warning),
                Some(Outcome::Refused) => ("refused", Tone::Neutral),
                Some(Outcome::Signed) => ("signed", Tone::Success),
                None => ("left", Tone::Neutral),
            };
            let title = visit.t_args("asked-link", &[("partner", partner_name.into())]);
            Row::new(title)
                .icon(Icon::Link)
                .badge(tone, visit.t(&format!("asked-{key}")))
                .detail(detail)
        }
        What::Enrolment { is_look, proof, wrong_codes, progress } => {
            let (key, tone) = match progress {
                Progress::Waiting => ("unproven", Tone::Neutral),
                Progress::Proven => ("proven", Tone::Warning),
                Progress::Done if *is_look => ("looked", Tone::Info),
                Progress::Done => ("registered", Tone::Success),
            };
            let way = visit.t(match proof {
                Route::Passkey | Route::Branch => "asked-way-branch",
                Route::Jpki => "asked-way-card",
                Route::Call => "asked-way-call",
                Route::Atm => "asked-way-atm",
                Route::Post => "asked-way-post",
            });
            let title = if *is_look { "asked-look" } else { "asked-enrolment" };
            let row = Row::new(visit.t_args(title, &[("way", way.into())]))
                .icon(Icon::Key)
                .badge(tone, visit.t(&format!("asked-{key}")))
                .detail(detail);
            if *wrong_codes == 0 {
                return row;
            }
            let count = wrong_codes.to_string();
            let wrong = visit.t_args("asked-wrong-codes", &[("count", count.into())]);
            row.extra(html! { p.hint { (wrong) } })
        }
    }
}
