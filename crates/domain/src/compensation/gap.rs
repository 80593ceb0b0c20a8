//! What is missing from a policy, by the row that asks for it.

use super::{
    Cause, Contact, Extent, PARTS_MAX, PAUSE_DAYS_MAX, Policy, Procedure, REFUND_DAYS_MAX,
    Scenario, Split, Text, Whom,
};
use crate::agreement::{Gap, Lack, Side};

/// What was found so far.
struct Finder(Vec<Gap>);

impl Finder {
    fn when(&mut self, is_so: bool, row: &'static str, path: &str, lack: Lack) {
        if is_so {
            self.0.push(Gap::new(row, path, lack));
        }
    }

    fn text(&mut self, path: &str, text: &Text) {
        self.when(text.is_missing(), "FT-26", path, Lack::Missing);
    }
}

impl Policy {
    /// What is missing; nothing means that it may be in force.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut found = Finder(Vec::new());
        found.when(self.version.trim().is_empty(), "FT-26", "version", Lack::Missing);
        self.scenarios(&mut found);
        procedure(&self.procedure, &mut found);
        split(&self.split, &mut found);
        contact(&self.contact, &mut found);
        found.text("publication", &self.publication);
        found.0
    }

    fn scenarios(&self, found: &mut Finder) {
        found.when(self.scenarios.is_empty(), "FT-26", "scenarios", Lack::Missing);
        found.when(self.scenarios.len() > PARTS_MAX, "FT-26", "scenarios", Lack::TooMany);
        let pays = |whom: Whom| {
            self.scenarios.iter().any(|one| {
                one.whom == Some(whom) && matches!(one.extent, Some(Extent::Full | Extent::Part))
            })
        };
        found.when(!pays(Whom::NonCustomer), "FT-25", "scenarios", Lack::TooFew);
        found.when(!pays(Whom::Customer), "FT-24", "scenarios", Lack::TooFew);
        for (number, one) in self.scenarios.iter().enumerate() {
            let at = |field: &str| format!("scenarios[{number}].{field}");
            found.when(one.whom.is_none(), "FT-26", &at("whom"), Lack::Missing);
            found.when(one.extent.is_none(), "FT-26", &at("extent"), Lack::Missing);
            found.text(&at("what"), &one.what);
            found.text(&at("conditions"), &one.conditions);
            let is_again = self.scenarios.iter().take(number).any(|before| reads_as(one, before));
            found.when(is_again, "FT-26", &at("what"), Lack::Twice);
        }
    }
}

/// Whether somebody who reads one of the languages cannot tell the two cases apart.
fn reads_as(one: &Scenario, other: &Scenario) -> bool {
    let words = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let reads = |of: fn(&Text) -> &str| {
        let said = |case: &Scenario| (words(of(&case.what)), words(of(&case.conditions)));
        said(one) == said(other)
    };
    let is_said = !one.what.is_missing();
    is_said && one.whom == other.whom && (reads(|text| &text.ja) || reads(|text| &text.en))
}

fn procedure(procedure: &Procedure, found: &mut Finder) {
    let steps = &procedure.steps;
    let is_missing = steps.is_empty() || steps.iter().any(Text::is_missing);
    found.when(is_missing, "FT-26", "procedure.steps", Lack::Missing);
    found.when(steps.len() > PARTS_MAX, "FT-26", "procedure.steps", Lack::TooMany);
    for (field, days, least, most) in [
        ("answer_days", procedure.answer_days, 1, REFUND_DAYS_MAX),
        ("refund_days", procedure.refund_days, 1, REFUND_DAYS_MAX),
        ("pause_days", procedure.pause_days, 0, PAUSE_DAYS_MAX),
    ] {
        let path = format!("procedure.{field}");
        found.when(days.is_none(), "FT-28", &path, Lack::Missing);
        let is_wrong = days.is_some_and(|days| days < least || days > most);
        found.when(is_wrong, "FT-28", &path, Lack::Unsafe);
    }
}

fn split(split: &Split, found: &mut Finder) {
    found.when(split.pays_first.is_none(), "FT-27", "split.pays_first", Lack::Missing);
    // Two who pay first are nobody who pays.
    let is_both = split.pays_first == Some(Side::Both);
    found.when(is_both, "FT-27", "split.pays_first", Lack::Unsafe);
    found.text("split.how", &split.how);
    for cause in Cause::ALL {
        let path = format!("split.{}_cause", cause.name());
        let share = split.percent(cause);
        found.when(share.is_none(), "FT-26", &path, Lack::Missing);
        found.when(share.is_some_and(|percent| percent > 100), "FT-26", &path, Lack::Unsafe);
    }
}

fn contact(contact: &Contact, found: &mut Finder) {
    found.text("contact.desk", &contact.desk);
    found.when(contact.phone.trim().is_empty(), "FT-26", "contact.phone", Lack::Missing);
    found.text("contact.hours", &contact.hours);
}

#[cfg(test)]
mod tests {
    use super::{
        super::{shipped, *},
        *,
    };
    use crate::Yen;

    fn paths(policy: &Policy) -> Vec<String> {
        policy.gaps().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_shipped_policy_is_whole_and_says_what_the_example_agreement_says() {
        let today = jiff::civil::date(2026, 11, 26);
        let agreed = crate::agreement::example(today).compensation;

        assert_eq!(paths(&shipped()), Vec::<String>::new());
        assert_eq!(shipped().contradicts(&agreed), []);
    }

    #[test]
    fn a_policy_without_a_payer_is_refused_and_two_payers_are_none() {
        let mut policy = shipped();
        policy.split.pays_first = None;
        assert_eq!(paths(&policy), ["FT-27: split.pays_first is missing"]);

        policy.split.pays_first = Some(Side::Both);
        assert_eq!(paths(&policy), ["FT-27: split.pays_first is not safe"]);
    }

    #[test]
    fn a_case_that_stands_twice_is_refused_whatever_the_copy_promises() {
        for extent in [Extent::Full, Extent::Nothing] {
            let mut policy = shipped();
            let mut copy = policy.scenarios[0].clone();
            copy.extent = Some(extent);
            copy.what.ja.push(' ');
            copy.what.en.push_str(" at night");
            policy.scenarios.push(copy);

            let last = policy.scenarios.len() - 1;
            let gap = Gap::new("FT-26", format!("scenarios[{last}].what"), Lack::Twice);
            assert_eq!(policy.gaps(), [gap]);
        }
    }

    #[test]
    fn each_of_the_five_contents_must_be_there_in_both_languages() {
        let mut policy = shipped();
        policy.publication.en.clear();
        policy.contact.phone.clear();
        policy.procedure.refund_days = Some(21);
        policy.scenarios.retain(|one| one.whom != Some(Whom::NonCustomer));

        let found = paths(&policy);

        for path in ["FT-25: scenarios", "procedure.refund_days", "contact.phone", "publication"] {
            assert!(found.iter().any(|gap| gap.contains(path)), "{path}: {found:?}");
        }
    }

    #[test]
    fn the_parts_of_a_loss_are_always_the_whole_loss() {
        let policy = shipped();
        for yen in [0, 1, 3, 99, 5_001, 300_000] {
            for cause in Cause::ALL {
                let parts = policy.split.share(Yen::of(yen), cause);
                assert_eq!(parts.wallet.plus(parts.bank), Ok(Yen::of(yen)), "{yen} {cause:?}");
            }
        }
        assert_eq!(policy.split.share(Yen::of(5_001), Cause::Other).wallet, Yen::of(2_500));
    }

    #[test]
    fn another_payer_than_the_agreed_one_is_found() {
        let today = jiff::civil::date(2026, 11, 26);
        let agreed = crate::agreement::example(today).compensation;
        let mut policy = shipped();
        policy.split.pays_first = Some(Side::Bank);

        assert_eq!(policy.contradicts(&agreed).len(), 1);
    }
}
