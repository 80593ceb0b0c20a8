//! Whether a policy makes good less, later or for fewer people than the one before it (FT-01, INC-17).
//!
//! Days and extents are compared. What a sentence means no machine can say: a changed condition, step,
//! opening hour or promise to make frauds public counts as a loosening, and people write down why it is
//! none. More generous numbers, more cases that are made good, another desk or number to turn to and the
//! companies' shares are no loosening.

use super::{Contact, Extent, Policy, Scenario};

impl Policy {
    /// What of this policy `other` would not do as well for whoever lost money, by its path; nothing
    /// means that it only gets better for them.
    #[must_use]
    pub fn loosened_by(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (&self.procedure, &other.procedure);
        let pause = |policy: &Self| policy.procedure.pause_days.unwrap_or(0);
        let all = [
            ("procedure.answer_days", other.answer_days() > self.answer_days()),
            ("procedure.refund_days", other.refund_days() > self.refund_days()),
            ("procedure.pause_days", pause(other) > pause(self)),
            ("procedure.steps", ours.steps != theirs.steps),
            ("split.pays_first", self.split.pays_first != other.split.pays_first),
            ("split.how", self.split.how != other.split.how),
            ("contact", is_harder_to_reach(&self.contact, &other.contact)),
            ("publication", self.publication != other.publication),
        ];
        let worse = all.into_iter().filter(|(_, is_worse)| *is_worse);
        let mut found: Vec<String> = worse.map(|(path, _)| path.to_owned()).collect();
        let kept = self.scenarios.iter().enumerate();
        let lost = kept.filter(|(_, one)| !is_kept(one, &other.scenarios));
        found.extend(lost.map(|(number, _)| format!("scenarios[{number}]")));
        // A new case in which less than all is made good takes something from one that was there.
        let is_less = |one: &Scenario, old: &Scenario| rank(one) < rank(old);
        let was_there = |one: &Scenario| {
            self.scenarios.iter().any(|old| is_same(one, old) && !is_less(one, old))
        };
        let takes = |one: &Scenario| one.extent != Some(Extent::Full) && !was_there(one);
        if other.scenarios.iter().any(takes) {
            found.push("scenarios[+]".to_owned());
        }
        found
    }
}

/// The part of a policy that a path of [`Policy::loosened_by`] is about: numbers of scenarios change.
#[must_use]
pub fn part(path: &str) -> &str {
    path.split('[').next().unwrap_or(path)
}

/// Whether both are the same case in the same words, however much is made good.
fn is_same(one: &Scenario, other: &Scenario) -> bool {
    other.whom == one.whom && other.what == one.what && other.conditions == one.conditions
}

/// How much is made good, to be compared.
const fn rank(scenario: &Scenario) -> u8 {
    match scenario.extent {
        Some(Extent::Full) => 2,
        Some(Extent::Part) => 1,
        Some(Extent::Nothing) | None => 0,
    }
}

/// Whether `all` has the same case in the same words, with as much made good. Where it has it twice, the
/// smaller promise is the one that somebody will be told of.
fn is_kept(one: &Scenario, all: &[Scenario]) -> bool {
    // An exception that is gone leaves its people with the whole.
    let is_exception = one.extent == Some(Extent::Nothing);
    let least = all.iter().filter(|other| is_same(one, other)).map(rank).min();
    match least {
        Some(least) => least >= rank(one),
        None => is_exception && !all.iter().any(|other| other.what == one.what),
    }
}

/// Whether there is no longer anybody to turn to, or at other hours.
fn is_harder_to_reach(ours: &Contact, theirs: &Contact) -> bool {
    let is_gone = theirs.phone.trim().is_empty() || theirs.desk.is_missing();
    is_gone || ours.hours != theirs.hours
}

#[cfg(test)]
mod tests {
    use super::{super::shipped, *};
    use crate::agreement::Side;

    type Change = fn(&mut Policy);

    fn loosened(change: Change) -> Vec<String> {
        let mut other = shipped();
        change(&mut other);
        shipped().loosened_by(&other)
    }

    /// The first case once more, behind all others, with less.
    fn again(policy: &mut Policy, extent: Extent) {
        let copy = Scenario { extent: Some(extent), ..policy.scenarios[0].clone() };
        policy.scenarios.push(copy);
    }

    #[test]
    fn whatever_is_later_less_or_for_fewer_people_is_named() {
        let cases: [(&str, Change); 17] = [
            ("procedure.answer_days", |p| p.procedure.answer_days = Some(2)),
            ("procedure.refund_days", |p| p.procedure.refund_days = Some(6)),
            ("procedure.steps", |p| p.procedure.steps[0].en.push_str(" Bring a police report.")),
            ("split.pays_first", |p| p.split.pays_first = Some(Side::Bank)),
            ("split.how", |p| p.split.how.ja.push_str("例外があります。")),
            ("scenarios[0]", |p| p.scenarios[0].extent = Some(Extent::Part)),
            ("scenarios[1]", |p| p.scenarios[1].conditions.en.push_str(" Within 3 days.")),
            ("scenarios[2]", |p| p.scenarios[2].extent = Some(Extent::Nothing)),
            ("scenarios[2]", |p| drop(p.scenarios.remove(2))),
            ("scenarios[3]", |p| p.scenarios[3].conditions.ja.clear()),
            ("scenarios[+]", |p| {
                let mut one = p.scenarios[3].clone();
                one.what.en.push_str(" or a friend did");
                p.scenarios.push(one);
            }),
            ("scenarios[0]", |p| again(p, Extent::Nothing)),
            ("scenarios[+]", |p| again(p, Extent::Part)),
            ("publication", |p| p.publication.en.push_str(" Except on weekends.")),
            ("contact", |p| p.contact.phone.clear()),
            ("contact", |p| p.contact.desk.ja.clear()),
            ("contact", |p| p.contact.hours.ja = "平日のみ".to_owned()),
        ];
        for (path, change) in cases {
            assert!(loosened(change).contains(&path.to_owned()), "{path}: {:?}", loosened(change));
        }
    }

    #[test]
    fn what_is_better_for_whoever_lost_money_is_no_loosening() {
        let cases: [Change; 6] = [
            |p| p.version.push('b'),
            |p| p.procedure.refund_days = Some(3),
            |p| p.procedure.pause_days = Some(0),
            |p| drop(p.scenarios.pop()),
            |p| p.split.other_cause = Some(100),
            |p| {
                let mut one = p.scenarios[0].clone();
                one.what.en.push_str(" abroad");
                p.scenarios.push(one);
                p.contact.phone = "0120-000-105".to_owned();
            },
        ];
        for change in cases {
            assert_eq!(loosened(change), Vec::<String>::new());
        }
    }
}
