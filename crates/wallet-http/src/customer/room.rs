//! How much can be topped up now, said before somebody asks in vain; and the first top-up of a new link.

use kanuki_domain::Yen;
use kanuki_site::{
    Visit, show,
    ui::{self, Look, Tone},
};
use kanuki_wallet::{link::Link, topup::Room};
use maud::{Markup, html};

/// What most people top up.
const USUAL: [Yen; 4] = [Yen::of(1_000), Yen::of(3_000), Yen::of(5_000), Yen::of(10_000)];

/// `いまチャージできるのは¥10,000まで。…`, until when, and what then.
pub(super) fn text(visit: &Visit, room: &Room) -> String {
    let amount = ("amount", room.amount.into());
    match room.until {
        Some(until) => {
            let when = show::instant(visit.lang(), until);
            visit.t_args("topup-room-until", &[amount, ("when", when.into())])
        }
        None => visit.t_args("topup-room", &[amount]),
    }
}

/// Amounts for one tap: the usual ones, and what is left where that is less. None can be refused for
/// the limit that we know.
pub(super) fn amounts(room: Option<&Room>) -> Vec<Yen> {
    let Some(room) = room else { return USUAL.to_vec() };
    let fits = |amount: &Yen| *amount <= room.amount;
    let mut amounts: Vec<Yen> = USUAL.into_iter().filter(fits).collect();
    let is_all = amounts.last() == Some(&room.amount) || amounts.len() == USUAL.len();
    if !is_all && !room.amount.is_zero() {
        amounts.push(room.amount);
    }
    amounts
}

/// What is said before somebody confirms more than is left.
pub(super) fn beyond(visit: &Visit, room: &Room) -> Markup {
    ui::notice(
        Tone::Warning,
        &visit.t("topup-over-room"),
        html! {
            p { (text(visit, room)) }
            p { (visit.t("topup-over-room.body")) }
        },
    )
}

/// One tap from a new link to what it is for: an amount, then the page that confirms it.
pub(super) fn first_topup(visit: &Visit, link: &Link, room: Option<&Room>) -> Markup {
    let amounts = amounts(room);
    let other = format!("/topup?link={}", link.link_id);
    ui::card(
        Some(&visit.t("link-first")),
        html! {
            p { (room.map_or_else(|| visit.t("link-first.body"), |room| text(visit, room))) }
            @if !amounts.is_empty() {
                (ui::form("/topup/confirm", visit.csrf_field(), html! {
                    (ui::hidden("link", &link.link_id.to_string()))
                    (ui::amount_buttons("amount", &visit.t("link-first.label"), &amounts))
                }))
            }
            (ui::actions(ui::link_button(Look::Quiet, &other, &visit.t("link-first.other"))))
        },
    )
}
