//! What another text would let pass that this one does not (FT-01, INC-17).
//!
//! All rules of a signal are asked and the harshest outcome wins, so a policy is as tight as another
//! where each of the other's rules that are obeyed has one here that is asked at the same signals, holds
//! whenever it does, and is as harsh. That is proven of what is written, as when a rule is refused that
//! never matters; whatever cannot be proven counts as loosened, so that two people look at it.

use super::{Policy, Rule, build::is_as_harsh};
use crate::Kind;

impl Policy {
    /// What of this policy `other` would not do as strictly: names as in [`super::Change`].
    #[must_use]
    pub fn loosened_by(&self, other: &Self) -> Vec<String> {
        let mut loosened = Vec::new();
        if other.baseline < self.baseline {
            loosened.push("baseline".to_owned());
        }
        for change in self.changes_to(other) {
            // A rule has its proof below; what is not there any more, no rule may name.
            let is_word = !change.name.starts_with("rule ") && change.name != "baseline";
            if is_word && change.before.is_some() && change.after.is_some() {
                loosened.push(change.name);
            }
        }
        for rule in self.rules.iter().filter(|rule| !rule.is_shadow) {
            let is_kept =
                |kind: &Kind| other.rules.iter().any(|new| self.keeps(other, rule, (new, *kind)));
            if !rule.on.iter().all(is_kept) {
                loosened.push(format!("rule {}", rule.name));
            }
        }
        if self.trusts_another_model(other) {
            loosened.push("model".to_owned());
        }
        loosened
    }

    /// Whether a rule that is obeyed looks at the score, and `other` asks another model for it. What two
    /// models say of the same numbers nobody can prove, and their statements share no name: the digits
    /// are in it.
    fn trusts_another_model(&self, other: &Self) -> bool {
        let Some((old, new)) = self.scorer.as_ref().zip(other.scorer.as_ref()) else {
            return false;
        };
        let looks = |rule: &Rule| rule.program.slots().any(|slot| slot == old.at);
        old.name != new.name && self.rules.iter().any(|rule| !rule.is_shadow && looks(rule))
    }

    /// Whether at signals of `kind`, whenever `old` of this policy holds, `new` of the other does, and is
    /// as harsh and as loud.
    fn keeps(&self, other: &Self, old: &Rule, (new, kind): (&Rule, Kind)) -> bool {
        let is_for_all = match (old.rollout, new.rollout) {
            (_, None) => true,
            (None, Some(_)) => false,
            // Whom a share meets goes by the rule's name.
            (Some((share, of)), Some((shares, ofs))) => {
                old.name == new.name && of == ofs && share <= shares
            }
        };
        !new.is_shadow
            && new.on.contains(&kind)
            && is_for_all
            && is_as_harsh(new, old)
            && old.tell.iter().all(|who| new.tell.contains(who))
            && old.ways.is_within(&new.ways.at(|slot| self.place_of(other, slot)))
    }

    /// Where this policy keeps what `other` keeps at `slot`; nowhere, if it does not look at it.
    fn place_of(&self, other: &Self, slot: usize) -> usize {
        let text = other.texts.get(slot);
        let found = text.and_then(|text| self.texts.iter().position(|known| known == text));
        found.unwrap_or_else(|| self.texts.len().saturating_add(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &str) -> Policy {
        let head = "policy \"bank\" version \"t\"\nbaseline approve\n";
        Policy::parse(&format!("{head}{rules}\n")).unwrap()
    }

    const RULE: &str = "rule r on debit when amount > ¥9,000 and new_device then hold for 24h as c";

    #[test]
    fn a_rule_that_holds_more_often_or_is_harsher_loosens_nothing() {
        let before = policy(RULE);
        for after in [
            RULE,
            "rule r on debit when amount > ¥5,000 and new_device then hold for 24h as c",
            "rule r on debit when amount > ¥9,000 then decline as c",
            "rule r on debit when amount > ¥9,000 and new_device then hold for 48h as c tell desk",
            "rule other on debit, payout when new_device then freeze as d",
            "rule r on debit when link_age < 24h or amount > ¥1,000 then decline as c",
        ] {
            assert_eq!(before.loosened_by(&policy(after)), [""; 0], "{after}");
        }
        let more = format!("{RULE}\nrule s on payout when amount > ¥1 then challenge as d");
        assert_eq!(before.loosened_by(&policy(&more)), [""; 0]);
        assert_eq!(policy(&more).loosened_by(&before), ["rule s"], "taken away");
    }

    #[test]
    fn what_holds_less_often_or_is_milder_or_cannot_be_told_loosens() {
        let before = policy(&format!("{RULE} tell desk"));
        for after in [
            "rule r on debit when amount > ¥9,001 and new_device then hold for 24h as c tell desk",
            "rule r on debit when amount > ¥9,000 and new_device then hold for 23h as c tell desk",
            "rule r on debit when amount > ¥9,000 and new_device then challenge as c tell desk",
            "rule r on debit when amount > ¥9,000 and new_device then hold for 24h as c",
            "rule r on payout when amount > ¥9,000 and new_device then hold for 24h as c tell desk",
            "rule r on debit when amount > ¥9,000 and new_place then decline as c tell desk",
            "rule r on debit when amount > ¥9,000 and new_device then decline as c tell desk shadow",
            "rule r on debit when new_device then decline as c tell desk rollout 99% of account",
        ] {
            assert_eq!(before.loosened_by(&policy(after)), ["rule r"], "{after}");
        }
    }

    #[test]
    fn a_shadow_guards_nobody_and_another_list_may() {
        let shadow =
            policy(&format!("{RULE}\nrule s on payout when new_device then freeze as d shadow"));
        assert_eq!(shadow.loosened_by(&policy(RULE)), [""; 0]);
        let with = |members: &str| {
            let rule = "rule r on debit when not block in offices then decline as c";
            policy(&format!("list offices: block = [{members}]\n{rule}"))
        };
        let (few, many) = (with("\"a\""), with("\"a\", \"b\""));
        assert_eq!(few.loosened_by(&many), ["list offices"]);
        assert_eq!(few.loosened_by(&few), [""; 0]);
    }

    #[test]
    fn the_policies_that_ship_loosen_nothing_against_themselves() {
        for shipped in [Policy::bank().unwrap(), Policy::wallet().unwrap()] {
            assert_eq!(shipped.loosened_by(&shipped), [""; 0]);
        }
    }
}
