//! How honest people fared: what each asked for, what it was answered, and for how long they waited.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    measure::Outcome,
    people::Enrolment,
    report::{Friction, KindFriction, RouteFriction},
};

/// A route to the bank's first passkey, as reports call it.
const fn route_name(route: Enrolment) -> &'static str {
    match route {
        Enrolment::Branch => "branch",
        Enrolment::Call => "call",
        Enrolment::Atm => "atm",
    }
}

/// Requests of one kind.
#[derive(Debug, Default)]
struct Kind {
    counts: KindFriction,
    /// For how long, in seconds, what was held was held, and what had to wait waited.
    waits: Vec<u64>,
}

/// Links by one route.
#[derive(Debug, Default)]
struct Route {
    begun: u64,
    made: u64,
    first_topups: Vec<u64>,
}

/// Everything that is counted about honest people.
#[derive(Debug, Default)]
pub(crate) struct Fared {
    kinds: BTreeMap<&'static str, Kind>,
    routes: BTreeMap<&'static str, Route>,
    people: BTreeSet<String>,
    hindered: BTreeSet<String>,
    /// For how long things were held, of every kind.
    held: Vec<u64>,
}

impl Fared {
    /// A request about money or trust: whose, of what kind, and how it ended.
    pub(crate) fn asked(&mut self, who: &str, what: &'static str, outcome: Outcome) {
        if !self.people.contains(who) {
            self.people.insert(who.to_owned());
        }
        let counts = &mut self.kinds.entry(what).or_default().counts;
        add(&mut counts.requests, 1);
        match outcome {
            Outcome::Fine => return,
            Outcome::Waits => return add(&mut counts.waited, 1),
            Outcome::Declined => add(&mut counts.declined, 1),
            Outcome::Challenged => add(&mut counts.challenged, 1),
            Outcome::Held => add(&mut counts.held, 1),
        }
        self.hindered.insert(who.to_owned());
    }

    /// What had to wait is over, or the world is: after so many seconds.
    pub(crate) fn waited(&mut self, what: &'static str, outcome: Outcome, secs: u64) {
        self.kinds.entry(what).or_default().waits.push(secs);
        if outcome == Outcome::Held {
            self.held.push(secs);
        }
    }

    /// A link was begun, or made.
    pub(crate) fn link(&mut self, route: Enrolment, is_made: bool) {
        let route = self.routes.entry(route_name(route)).or_default();
        add(if is_made { &mut route.made } else { &mut route.begun }, 1);
    }

    /// A first top-up, so many seconds after the first page.
    pub(crate) fn first_topup(&mut self, route: Enrolment, secs: u64) {
        self.routes.entry(route_name(route)).or_default().first_topups.push(secs);
    }

    /// How often each kind of thing was asked for.
    pub(crate) fn actions(&self) -> BTreeMap<&'static str, u64> {
        self.kinds.iter().map(|(what, kind)| (*what, kind.counts.requests)).collect()
    }

    /// All of it, as reports show it.
    pub(crate) fn friction(&self) -> Friction {
        let all = |of: fn(&KindFriction) -> u64| {
            self.kinds.values().fold(0_u64, |sum, kind| sum.saturating_add(of(&kind.counts)))
        };
        let links = |of: fn(&Route) -> u64| {
            self.routes.values().fold(0_u64, |sum, route| sum.saturating_add(of(route)))
        };
        let declined = all(|kind| kind.declined);
        // By a passkey that staff at a counter helped to: what comes by letter takes days.
        let by_passkey = self.routes.get(route_name(Enrolment::Branch));
        let first = by_passkey.map(|route| route.first_topups.as_slice()).unwrap_or_default();
        let count = |people: &BTreeSet<String>| u64::try_from(people.len()).unwrap_or(u64::MAX);
        Friction {
            requests: all(|kind| kind.requests),
            declined,
            challenged: all(|kind| kind.challenged),
            held: all(|kind| kind.held),
            // Nobody leaves it at that.
            contacts: declined,
            links_begun: links(|route| route.begun),
            links_made: links(|route| route.made),
            first_topup_s_p50: at(first, 500),
            first_topup_s_p99: at(first, 990),
            people: count(&self.people),
            people_hindered: count(&self.hindered),
            waited: all(|kind| kind.waited),
            held_s_p50: at(&self.held, 500),
            by_kind: self
                .kinds
                .iter()
                .map(|(what, kind)| ((*what).to_owned(), of_kind(kind)))
                .collect(),
            by_route: self
                .routes
                .iter()
                .map(|(name, way)| ((*name).to_owned(), of_route(way)))
                .collect(),
        }
    }
}

fn of_kind(kind: &Kind) -> KindFriction {
    KindFriction {
        wait_s_p50: at(&kind.waits, 500),
        wait_s_max: kind.waits.iter().copied().max(),
        ..kind.counts.clone()
    }
}

fn of_route(route: &Route) -> RouteFriction {
    RouteFriction {
        links_begun: route.begun,
        links_made: route.made,
        first_topup_s_p50: at(&route.first_topups, 500),
        first_topup_s_p99: at(&route.first_topups, 990),
    }
}

fn add(count: &mut u64, more: u64) {
    *count = count.saturating_add(more);
}

/// The value below which so many in a thousand lie.
fn at(values: &[u64], per_mille: usize) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = sorted.len().saturating_sub(1).saturating_mul(per_mille);
    sorted.get(place.checked_div(1_000).unwrap_or(0)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_of_the_people_and_not_of_their_order() {
        let mut fared = Fared::default();
        for secs in [900, 100, 200, 250, 150] {
            fared.first_topup(Enrolment::Branch, secs);
        }
        // Days that a letter takes are no passkey's.
        fared.first_topup(Enrolment::Call, 300_000);

        let friction = fared.friction();
        assert_eq!(friction.first_topup_s_p50, Some(200));
        assert_eq!(friction.by_route["call"].first_topup_s_p50, Some(300_000));
    }

    #[test]
    fn what_waits_as_was_said_is_neither_held_nor_nothing() {
        let mut fared = Fared::default();
        fared.asked("c1", "raise", Outcome::Waits);
        fared.waited("raise", Outcome::Waits, 86_400);
        fared.asked("c2", "payout", Outcome::Held);
        fared.waited("payout", Outcome::Held, 1_800);
        fared.asked("c2", "payout", Outcome::Declined);
        fared.asked("c3", "pay", Outcome::Fine);

        let friction = fared.friction();
        let counts = (friction.requests, friction.declined, friction.held, friction.waited);
        assert_eq!(counts, (4, 1, 1, 1));
        assert_eq!((friction.people, friction.people_hindered), (3, 1));
        assert_eq!(friction.held_s_p50, Some(1_800));
        assert_eq!(friction.by_kind["raise"].wait_s_p50, Some(86_400));
        assert_eq!(friction.by_kind["payout"].declined, 1);
    }
}
