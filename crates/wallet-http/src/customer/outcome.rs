//! The page after every movement of money: what happened, is my money safe, what next.

use kanuki_domain::Yen;
use kanuki_site::{
    PageMeta, Visit,
    ui::{self, Direction, Look, Tone},
};
use kanuki_wallet::Refusal;
use maud::{Markup, html};

/// How a movement stands.
pub(super) struct Outcome<'a> {
    /// Keys of the catalog: `{name}-{state}`, `.what`, and `.next` unless it was refused.
    pub(super) name: &'a str,
    /// `pending`, `posted`, `refused`, …
    pub(super) state: &'a str,
    /// Why it was refused.
    pub(super) refusal: Option<Refusal>,
    /// Which way money went.
    pub(super) direction: Direction,
    /// How much.
    pub(super) amount: Yen,
    /// With whom, when, the number.
    pub(super) pairs: Vec<(String, Markup)>,
    /// Anything else to do.
    pub(super) extra: Markup,
    /// It may change by itself, so the page loads itself again.
    pub(super) is_watched: bool,
}

const fn tone(state: &str) -> Tone {
    match state.as_bytes() {
        b"posted" => Tone::Success,
        b"refused" => Tone::Error,
        b"held" | b"open_item" | b"needs_approval" => Tone::Warning,
        _ => Tone::Info,
    }
}

/// Whether the same person gets further with another amount, now.
const fn can_differ(reason: Refusal) -> bool {
    matches!(reason, Refusal::OverLimit | Refusal::NotEnoughMoney)
}

/// The page; while the movement is under way it loads itself again.
pub(super) fn page(visit: &Visit, outcome: Outcome<'_>) -> Markup {
    let key = format!("{}-{}", outcome.name, outcome.state);
    let title = visit.t(&key);
    let why = outcome.refusal.map(|reason| format!("refusal-{}", reason.name()));
    // What to do next depends on why it was refused, not on what was tried.
    let next = why.as_ref().unwrap_or(&key);
    let meta = PageMeta::new(title.clone()).nav(super::nav(visit, "")).back("/");
    let is_watched = outcome.state == "pending" || outcome.is_watched;
    let meta = if is_watched { meta.refresh(5) } else { meta };
    // Where the person has something to do, that comes first.
    let is_asking = outcome.state == "needs_approval";
    let again = outcome.refusal.filter(|reason| can_differ(*reason)).map(|_| {
        ui::link_button(Look::Primary, &format!("/{}", outcome.name), &visit.t("try-again"))
    });
    let home = if is_asking || again.is_some() { Look::Quiet } else { Look::Primary };
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(tone(outcome.state), &visit.t(&format!("{key}.what")), html! {
            @if let Some(why) = &why { p { (visit.t(why)) } }
            p { (visit.t(&format!("{next}.next"))) }
        }))
        (ui::card(None, html! {
            p.balance-amount {
                // A sign says that money moved; what was refused, or not asked for yet, has none.
                @if outcome.state == "refused" || outcome.state == "needs_approval" { (ui::money(outcome.amount)) }
                @else { (ui::money_signed(outcome.direction, outcome.amount)) }
            }
            (ui::definitions(outcome.pairs))
            (outcome.extra)
        }))
        (ui::actions(html! {
            @if let Some(again) = again { (again) }
            (ui::link_button(home, "/", &visit.t("to-home")))
        }))
    };
    visit.page(&meta, body)
}
