//! What another text would let pass that this one does not (FT-01, INC-17).
//!
//! All rules of a signal are asked and the harshest outcome wins, so a policy is as tight as another
//! where each of the other's rules that are obeyed has one here that is asked at the same signals, holds
//! whenever it does, and is as harsh. That is proven of what is written, as when a rule is refused that
//! never matters; whatever cannot be proven counts as loosened, so that two people look at it.

use super::{DESK_LISTS, Policy, Rule, beside::is_as_harsh, input::Input};
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
            let is_changed = is_word && change.before.is_some() && change.after.is_some();
            if is_changed && !self.is_only_fuller(other, &change.name) {
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
        for list in other.exempting().filter(|list| !self.exempting().any(|old| old == *list)) {
            let name = format!("list {list}");
            if !loosened.contains(&name) {
                loosened.push(name);
            }
        }
        if self.trusts_another_model(other) {
            loosened.push("model".to_owned());
        }
        loosened
    }

    /// Whether `name` is a list to which `other` only adds, and to be on it never spares anybody here: a
    /// member more makes rules hold more often, and what a model makes of it nobody can prove.
    fn is_only_fuller(&self, other: &Self, name: &str) -> bool {
        let Some(name) = name.strip_prefix("list ") else { return false };
        let Some(((old, of), (new, ofs))) = self.list(name).zip(other.list(name)) else {
            return false;
        };
        let is_fuller = match (self.lists.get(old), other.lists.get(new)) {
            (Some(few), Some(many)) => few.is_subset(many),
            _ => false,
        };
        let slot = self.names.slots.iter().position(|input| *input == Input::InList(of, old));
        let is_scored =
            |slot| self.scorer.as_ref().is_some_and(|model| model.slots.contains(&slot));
        let is_proven = slot.is_none_or(|slot| !is_scored(slot) && !self.spares(slot));
        of == ofs && is_fuller && is_proven
    }

    /// Whether a rule that is obeyed holds for those who are not on the list at `slot`.
    fn spares(&self, slot: usize) -> bool {
        let obeyed = self.rules.iter().filter(|rule| !rule.is_shadow);
        // `in` asks for 1; under `not` it asks for what is outside of that.
        obeyed
            .flat_map(|rule| rule.program.tests())
            .any(|(at, low, _, is_outside)| at == slot && (is_outside || low < 1))
    }

    /// The lists of the desk whose members a rule that is obeyed spares. One person puts somebody on
    /// such a list, because that only tightens; here it would not.
    fn exempting(&self) -> impl Iterator<Item = &str> {
        let slots = self.names.slots.iter().enumerate();
        let spared = slots.filter_map(|(slot, input)| {
            let Input::InList(_, list) = input else { return None };
            self.spares(slot).then(|| self.list_name(*list)).flatten()
        });
        spared.filter(|name| name.starts_with(DESK_LISTS))
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
    fn a_member_more_of_a_list_that_only_stops_people_loosens_nothing() {
        let with = |members: &str, rule: &str| {
            policy(&format!("list offices: block = [{members}]\nrule r on debit when {rule}"))
        };
        let (few, many) = ("\"a\"", "\"a\", \"b\"");
        let stops = "block in offices and amount > ¥9 then decline as c";
        assert_eq!(with(few, stops).loosened_by(&with(many, stops)), [""; 0]);
        assert_eq!(with(many, stops).loosened_by(&with(few, stops)), ["list offices"]);
        let spares = "block in offices or not (amount > ¥9 or block in offices) then decline as c";
        assert_eq!(with(few, spares).loosened_by(&with(many, spares)), ["list offices"]);
    }

    #[test]
    fn a_rule_that_spares_whom_the_desk_put_on_a_list_loosens() {
        let lists = "list watched_devices: device\nlist known: device";
        let before = policy(&format!("{lists}\n{RULE}"));
        let with = |rule: &str| policy(&format!("{lists}\n{RULE}\nrule s on debit when {rule}"));
        let spares = with("amount > ¥1 and not device in watched_devices then challenge as d");
        assert_eq!(before.loosened_by(&spares), ["list watched_devices"]);
        assert_eq!(spares.loosened_by(&spares), [""; 0], "once it was weighed");
        for rule in [
            "device in watched_devices then decline as d",
            "amount > ¥1 and not device in known then challenge as d",
            "amount > ¥1 and not device in watched_devices then challenge as d shadow",
        ] {
            assert_eq!(before.loosened_by(&with(rule)), [""; 0], "{rule}");
        }
    }

    #[test]
    fn the_policies_that_ship_loosen_nothing_against_themselves() {
        for shipped in [Policy::bank().unwrap(), Policy::wallet().unwrap()] {
            assert_eq!(shipped.loosened_by(&shipped), [""; 0]);
        }
    }
}
