//! The people and the shop.

use kanuki_site::{
    Visit, show,
    ui::{self, Tone},
};
use maud::{Markup, html};

use crate::{
    pages,
    people::{DemoAccount, MERCHANT, PEOPLE, Person, bank},
};

/// Everyone, one card each.
pub(super) fn all(visit: &Visit) -> Markup {
    html! {
        @for person in PEOPLE { (one(visit, person)) }
        (ui::card(Some(&pages::in_lang(visit, MERCHANT.name, MERCHANT.roma)), html! {
            p { (visit.t("who-shop")) }
            (ui::definitions(MERCHANT.menu.iter().map(|(ja, en, price)| {
                (pages::in_lang(visit, ja, en), ui::money(*price))
            }).collect()))
        }))
    }
}

fn one(visit: &Visit, person: &Person) -> Markup {
    let key = person.key;
    ui::card(
        Some(&pages::name(visit, person)),
        html! {
            p { (visit.t(&format!("who-{key}"))) }
            p {
                @if person.has_online_banking {
                    (ui::badge(Tone::Success, &visit.t("guide-online")))
                } @else {
                    (ui::badge(Tone::Neutral, &visit.t("guide-card-only")))
                }
                @if person.accounts.iter().any(|account| account.has_overdraft) {
                    " " (ui::badge(Tone::Info, &visit.t("guide-overdraft")))
                }
            }
            (ui::details(&visit.t("guide-facts"), ui::definitions(facts(visit, person))))
        },
    )
}

fn facts(visit: &Visit, person: &Person) -> Vec<(String, Markup)> {
    let born_on = show::civil_date(visit.lang(), person.born_on);
    let mut facts = vec![
        (visit.t("who-fact-name"), html! { (person.name) }),
        (visit.t("who-fact-kana"), html! { (person.kana) }),
        (visit.t("who-fact-born-on"), html! { (born_on) }),
        (visit.t("who-fact-address"), html! { (person.address) }),
        (visit.t("who-fact-phone"), html! { (person.phone) }),
        (visit.t("who-fact-email"), html! { (person.email) }),
        (visit.t("who-fact-card-password"), html! { code { (person.card_password) } }),
        (visit.t("who-fact-card-pin"), html! { code { (person.card_pin) } }),
    ];
    facts.extend(person.accounts.iter().map(|account| account_fact(visit, account)));
    facts
}

fn account_fact(visit: &Visit, account: &DemoAccount) -> (String, Markup) {
    let known = bank(account.bank);
    let name = known.map_or_else(String::new, |b| pages::in_lang(visit, b.name, b.roma));
    let (ja, en) = known.map_or((account.branch, account.branch), |b| b.branch(account.branch));
    let args = [
        ("branch", pages::in_lang(visit, ja, en).into()),
        ("code", account.branch.into()),
        ("number", account.number.into()),
        ("deposit", account.deposit.into()),
        ("pin", account.pin.into()),
    ];
    let time = [("deposit", account.time_deposit.into())];
    let value = html! {
        (visit.t_args("who-fact-account", &args))
        @if account.has_overdraft { br; (visit.t_args("who-fact-time-deposit", &time)) }
    };
    (name, value)
}
