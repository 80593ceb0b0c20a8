//! What to try, in the order in which it makes sense.

use kanuki_site::{
    Visit,
    ui::{self, Icon, Look},
};
use maud::{Markup, html};

use super::Guide;

/// On whose server a page is.
#[derive(Clone, Copy, Debug)]
enum On {
    Wallet,
    Bank(&'static str),
}

/// One thing to try. Its texts are `story-<key>` (title, `.lead`), `story-<key>-<n>` (steps) and
/// `story-<key>-go-<n>` (links), counted from 1.
struct Story {
    key: &'static str,
    picture: Icon,
    steps: u8,
    links: &'static [(On, &'static str)],
}

const STORIES: &[Story] = &[
    Story {
        key: "open",
        picture: Icon::Person,
        steps: 4,
        links: &[(On::Wallet, "/"), (On::Wallet, "/demo/card")],
    },
    Story {
        key: "link",
        picture: Icon::Link,
        steps: 5,
        links: &[
            (On::Bank("9901"), "/enrol"),
            (On::Bank("9901"), "/demo/counter"),
            (On::Wallet, "/link"),
        ],
    },
    Story {
        key: "money",
        picture: Icon::Send,
        steps: 5,
        links: &[
            (On::Wallet, "/topup"),
            (On::Wallet, "/send"),
            (On::Wallet, "/pay"),
            (On::Wallet, "/payout"),
            (On::Wallet, "/merchant/kanuki-coffee"),
        ],
    },
    Story {
        key: "stop",
        picture: Icon::Stop,
        steps: 5,
        links: &[
            (On::Bank("9901"), "/demo/inbox"),
            (On::Bank("9901"), "/stop"),
            (On::Wallet, "/stop"),
        ],
    },
    Story {
        key: "card",
        picture: Icon::Card,
        steps: 6,
        links: &[
            (On::Bank("9902"), "/holder"),
            (On::Bank("9902"), "/demo/phone"),
            (On::Bank("9902"), "/demo/atm"),
            (On::Bank("9902"), "/demo/counter"),
        ],
    },
    Story {
        key: "none",
        picture: Icon::Shield,
        steps: 4,
        links: &[(On::Bank("9901"), "/holder"), (On::Wallet, "/report"), (On::Wallet, "/check")],
    },
    Story {
        key: "latin",
        picture: Icon::Globe,
        steps: 3,
        links: &[(On::Wallet, "/link"), (On::Bank("9903"), "/holder")],
    },
    Story {
        key: "desk",
        picture: Icon::People,
        steps: 4,
        links: &[(On::Wallet, "/desk"), (On::Bank("9901"), "/desk")],
    },
    Story { key: "thief", picture: Icon::Warning, steps: 3, links: &[] },
];

/// All of them, each to be unfolded.
pub(super) fn all(visit: &Visit, guide: &Guide) -> Markup {
    html! { @for story in STORIES { (one(visit, guide, story)) } }
}

fn one(visit: &Visit, guide: &Guide, story: &Story) -> Markup {
    let Story { key, picture, steps, .. } = story;
    ui::card(
        Some(&visit.t(&format!("story-{key}"))),
        html! {
            p { (ui::icon(*picture)) " " (visit.t(&format!("story-{key}.lead"))) }
            (ui::details(
                &visit.t("guide-steps"),
                html! {
                    (ui::definitions(steps_of(visit, key, *steps)))
                    (ways(visit, guide, story))
                },
            ))
        },
    )
}

fn steps_of(visit: &Visit, key: &str, count: u8) -> Vec<(String, Markup)> {
    let one = |step: u8| {
        let number = visit.t_args("guide-step", &[("n", u32::from(step).into())]);
        (number, html! { (visit.t(&format!("story-{key}-{step}"))) })
    };
    (1..=count).map(one).collect()
}

/// One below the other: the names of places are too long to stand side by side.
fn ways(visit: &Visit, guide: &Guide, story: &Story) -> Markup {
    let key = story.key;
    html! {
        @for (link, n) in story.links.iter().zip(1_u8..) {
            (ui::actions(ui::link_button(
                if n == 1 { Look::Primary } else { Look::Secondary },
                &href(guide, *link),
                &visit.t(&format!("story-{key}-go-{n}")),
            )))
        }
    }
}

fn href(guide: &Guide, (on, path): (On, &str)) -> String {
    match on {
        On::Wallet => format!("{}{path}", guide.wallet_origin),
        On::Bank(code) => format!("{}{path}", guide.bank_origin(code)),
    }
}
