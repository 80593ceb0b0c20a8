//! The ways in which a holder can come to a passkey at the bank, as data.
//!
//! One table says of each route what it rests on, how long it takes, and what it is worth at first.
//! The use cases go by it, the pages show it, and `docs/enrolment.md` is kept true to it by a test.

use serde::{Deserialize, Serialize};

use crate::{
    Yen,
    limits::{COOLING, COOLING_LINK, DAY_SECS, HOUR_SECS, ON_FILE_SECS},
};

/// How the holder proved who they are when their passkey was registered: it decides how long a link
/// cools, and whether it waits for a second channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A passkey that is not tied to one of the ways below; also rows from before there were six.
    Passkey,
    /// The signature certificate of the holder's identity card (JPKI).
    Jpki,
    /// Staff at a branch saw the person and their papers.
    Branch,
    /// A call from the number on file.
    Call,
    /// A code from the bank's ATM, after card and PIN at the machine.
    Atm,
    /// A code in a letter to the address on file (転送不要・本人限定受取).
    Post,
}

/// What a route needs somebody to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Possession {
    /// A key in their device that answers to this bank's site alone.
    DeviceKey,
    /// A key that the bank's own app keeps in their telephone.
    AppKey,
    /// Their identity card, and its password.
    IdentityCard,
    /// Their face and papers.
    Themself,
    /// The telephone line on file.
    Line,
    /// Their cash card and its PIN, at a machine.
    CashCard,
    /// The letterbox at the address on file.
    Letterbox,
}

/// How sure the bank is of who it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// One thing, which somebody else may come to have.
    Low,
    /// Two things, of which what results can still be talked out of the person.
    Substantial,
    /// Bound to the person or to a key that signs for no other site.
    High,
}

/// A second channel that the bank already held, to confirm what rests on a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondChannel {
    /// A code in a letter to the address on file.
    Letter,
    /// A call from the number on file.
    Call,
    /// A code from the bank's ATM.
    Atm,
    /// A code that staff at a branch hand out.
    Branch,
}

impl SecondChannel {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Call, Self::Atm, Self::Branch];

    /// The route that goes through the same channel.
    #[must_use]
    pub const fn route(self) -> Route {
        match self {
            Self::Letter => Route::Post,
            Self::Call => Route::Call,
            Self::Atm => Route::Atm,
            Self::Branch => Route::Branch,
        }
    }
}

/// What holds for one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// Which.
    pub route: Route,
    /// How sure the bank is.
    pub assurance: Assurance,
    /// Whether it can be neither relayed nor talked out of anyone.
    pub resists_phishing: bool,
    /// What it needs somebody to have.
    pub possession: Possession,
    /// A code can be talked out of anyone: what rests on one moves nothing until a second channel
    /// confirms it.
    pub rests_on_a_code: bool,
    /// How long the page waits for the proof, in seconds.
    pub wait_secs: i64,
    /// How long the contact it goes through must have been on file, in seconds; zero for none.
    pub on_file_secs: i64,
    /// What may confirm it: never the channel it came by.
    pub confirmed_by: &'static [SecondChannel],
    /// What a link may take while it cools, from its signature or its confirmation.
    pub first_cap: Yen,
    /// How long it cools, in seconds.
    pub cooling_secs: i64,
}

/// Every route by which a passkey is registered at the bank, the strongest first.
pub const ROUTES: [&RouteRule; 5] = [&JPKI, &BRANCH, &ATM, &CALL, &POST];

const PASSKEY: RouteRule = RouteRule {
    route: Route::Passkey,
    assurance: Assurance::High,
    resists_phishing: true,
    possession: Possession::DeviceKey,
    rests_on_a_code: false,
    wait_secs: 15 * 60,
    on_file_secs: 0,
    confirmed_by: &[],
    first_cap: COOLING_LINK,
    cooling_secs: COOLING.passkey_secs,
};

const JPKI: RouteRule =
    RouteRule { route: Route::Jpki, possession: Possession::IdentityCard, ..PASSKEY };

const BRANCH: RouteRule = RouteRule {
    route: Route::Branch,
    possession: Possession::Themself,
    wait_secs: 14 * DAY_SECS,
    ..PASSKEY
};

const ATM: RouteRule = RouteRule {
    route: Route::Atm,
    assurance: Assurance::Substantial,
    resists_phishing: false,
    possession: Possession::CashCard,
    rests_on_a_code: true,
    wait_secs: HOUR_SECS,
    on_file_secs: 0,
    confirmed_by: &[SecondChannel::Letter, SecondChannel::Call, SecondChannel::Branch],
    first_cap: COOLING_LINK,
    cooling_secs: COOLING.code_secs,
};

const CALL: RouteRule = RouteRule {
    route: Route::Call,
    assurance: Assurance::Low,
    possession: Possession::Line,
    wait_secs: 15 * 60,
    on_file_secs: ON_FILE_SECS,
    confirmed_by: &[SecondChannel::Letter, SecondChannel::Atm, SecondChannel::Branch],
    ..ATM
};

const POST: RouteRule = RouteRule {
    route: Route::Post,
    assurance: Assurance::Low,
    possession: Possession::Letterbox,
    wait_secs: 14 * DAY_SECS,
    on_file_secs: ON_FILE_SECS,
    confirmed_by: &[SecondChannel::Call, SecondChannel::Atm, SecondChannel::Branch],
    ..ATM
};

impl Route {
    /// What holds for it.
    #[must_use]
    pub const fn rule(self) -> &'static RouteRule {
        match self {
            Self::Passkey => &PASSKEY,
            Self::Jpki => &JPKI,
            Self::Branch => &BRANCH,
            Self::Call => &CALL,
            Self::Atm => &ATM,
            Self::Post => &POST,
        }
    }

    /// Its name in forms, messages and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Jpki => "jpki",
            Self::Branch => "branch",
            Self::Call => "call",
            Self::Atm => "atm",
            Self::Post => "post",
        }
    }

    /// A code can be talked out of anyone: such a link moves nothing until a second channel
    /// that the bank already held confirms it.
    #[must_use]
    pub const fn rests_on_a_code(self) -> bool {
        self.rule().rests_on_a_code
    }

    /// The one of two that is worth less, `self` where both are worth the same: a link is never
    /// worth more than the passkey that signed it, nor than the one that asked for it.
    #[must_use]
    pub fn weaker(self, other: Self) -> Self {
        if other.rule().assurance < self.rule().assurance { other } else { self }
    }

    /// Whether `second` may confirm what came by this route.
    #[must_use]
    pub fn is_confirmed_by(self, second: SecondChannel) -> bool {
        self.rule().confirmed_by.contains(&second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_never_confirmed_through_the_channel_it_came_by() {
        for rule in ROUTES {
            assert_eq!(rule.route.rule(), rule);
            assert_eq!(rule.rests_on_a_code, !rule.confirmed_by.is_empty(), "{rule:?}");
            for second in SecondChannel::ALL {
                let is_same = second.route() == rule.route;
                assert_eq!(rule.route.is_confirmed_by(second), rule.rests_on_a_code && !is_same);
            }
        }
    }

    #[test]
    fn of_two_routes_the_weaker_counts_whichever_comes_first() {
        for (one, other, weaker) in [
            (Route::Branch, Route::Call, Route::Call),
            (Route::Call, Route::Branch, Route::Call),
            (Route::Atm, Route::Post, Route::Post),
            (Route::Post, Route::Atm, Route::Post),
            (Route::Jpki, Route::Branch, Route::Jpki),
        ] {
            assert_eq!(one.weaker(other), weaker, "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_can_be_talked_out_of_a_person_is_worth_less_and_waits_longer() {
        for rule in ROUTES {
            assert_eq!(rule.rests_on_a_code, !rule.resists_phishing, "{rule:?}");
            assert_eq!(rule.rests_on_a_code, rule.assurance < Assurance::High, "{rule:?}");
            assert_eq!(rule.rests_on_a_code, rule.cooling_secs > PASSKEY.cooling_secs, "{rule:?}");
        }
    }

    /// How `docs/enrolment.md` says a span.
    fn span(secs: i64) -> String {
        match secs {
            0 => "–".to_owned(),
            days if days % DAY_SECS == 0 && days > 3 * DAY_SECS => {
                format!("{} d", days.div_euclid(DAY_SECS))
            }
            hours if hours % HOUR_SECS == 0 => format!("{} h", hours.div_euclid(HOUR_SECS)),
            _ => format!("{} min", secs.div_euclid(60)),
        }
    }

    fn row(rule: &RouteRule) -> String {
        let needs = match rule.possession {
            Possession::DeviceKey => "a passkey",
            Possession::AppKey => "the bank's app",
            Possession::IdentityCard => "identity card",
            Possession::Themself => "the person",
            Possession::Line => "telephone line",
            Possession::CashCard => "cash card and PIN at a machine",
            Possession::Letterbox => "letterbox",
        };
        let sureness = match rule.assurance {
            Assurance::Low => "low",
            Assurance::Substantial => "substantial",
            Assurance::High => "high",
        };
        let yes = |is: bool| if is { "yes" } else { "no" };
        let names: Vec<&str> = rule
            .confirmed_by
            .iter()
            .map(|second| match second {
                SecondChannel::Letter => "letter",
                SecondChannel::Call | SecondChannel::Atm | SecondChannel::Branch => {
                    second.route().name()
                }
            })
            .collect();
        let confirmed = if names.is_empty() { "–".to_owned() } else { names.join(", ") };
        format!(
            "| `{}` | {needs} | {sureness} | {} | {} | {} | {} | {confirmed} | {} | {} |",
            rule.route.name(),
            yes(rule.resists_phishing),
            span(rule.wait_secs),
            span(rule.on_file_secs),
            yes(rule.rests_on_a_code),
            rule.first_cap,
            span(rule.cooling_secs),
        )
    }

    #[test]
    fn the_page_says_what_the_table_says() {
        let docs = include_str!("../../../docs/enrolment.md");
        let rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `")).collect();

        assert_eq!(rows, ROUTES.map(row));
    }
}
