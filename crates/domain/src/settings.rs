//! What a company is started with and people's money hangs on: caps, waits, what is open, what is
//! believed. Two starts are compared setting by setting, and each change is looser, tighter or neither.
//!
//! In 2020 what a service let through was a number in a file of its operator. Here a file says it too,
//! so whoever can change the file could loosen alone what takes two people everywhere else (FT-01, INC-17).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Yen,
    limits::{
        APP_PER_DAY, CODE_PER_DAY, COOLING, COOLING_LINK, NEW_PAYOUT_WAIT_SECS, NEW_WALLET,
        NEW_WALLET_SECS, ON_FILE_SECS, RAISE_WAIT_SECS, RECOVERY_WAIT_SECS, UNFREEZE_WAIT_SECS,
        UNLOCK_WAIT_SECS, UNTOLD_PER_DAY, WALLET_BALANCE_MAX, WITHOUT_PASSKEY_PER_DAY,
    },
};

/// One setting, by what makes it looser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "is", rename_all = "snake_case")]
pub enum Setting {
    /// An amount that may move: more is looser.
    UpTo(Yen),
    /// Seconds that something waits: fewer are looser.
    Waits(i64),
    /// Something that may be open: open is looser.
    Opens(bool),
    /// What is believed of strangers, by its name or its hash: any other is looser, none is tighter.
    Believes(Option<String>),
    /// What a trap catches, by hashes: fewer are looser.
    Watches(BTreeSet<String>),
    /// Neither; that it changed is written down.
    Noted(String),
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// More is possible than before, or cannot be shown not to be.
    Loosens,
    /// Less is.
    Tightens,
    /// Neither.
    Changes,
}

impl Effect {
    /// As part of a text key and of the name of an act.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loosens => "loosened",
            Self::Tightens => "tightened",
            Self::Changes => "changed",
        }
    }
}

impl Setting {
    /// What it does if `next` takes its place; nothing where both are the same.
    #[must_use]
    pub fn becomes(&self, next: &Self) -> Option<Effect> {
        if self == next {
            return None;
        }
        let is_tighter = match (self, next) {
            (Self::Noted(_), Self::Noted(_)) => return Some(Effect::Changes),
            (Self::UpTo(before), Self::UpTo(after)) => after < before,
            (Self::Waits(before), Self::Waits(after)) => after > before,
            (Self::Opens(_), Self::Opens(is_open)) => !is_open,
            (Self::Believes(_), Self::Believes(after)) => after.is_none(),
            (Self::Watches(before), Self::Watches(after)) => before.is_subset(after),
            // Another kind of thing under one name: nobody can say that it is not looser.
            _ => false,
        };
        Some(if is_tighter { Effect::Tightens } else { Effect::Loosens })
    }
}

/// One setting that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub name: String,
    /// What it was; none where it was not known.
    pub before: Option<Setting>,
    /// What it becomes; none where nothing knows it any more.
    pub after: Option<Setting>,
    /// What that does.
    pub effect: Effect,
}

/// Every setting of one company, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, Setting>);

impl Settings {
    /// What every bank is started with, whatever its file says: numbers that ship with a version.
    #[must_use]
    pub fn of_bank() -> Self {
        Self::default()
            .with("cap-new-link", Setting::UpTo(COOLING_LINK))
            .with("wait-cooling", Setting::Waits(COOLING.passkey_secs))
            .with("wait-cooling-code", Setting::Waits(COOLING.code_secs))
            .with("wait-raise", Setting::Waits(RAISE_WAIT_SECS))
            .with("wait-unlock", Setting::Waits(UNLOCK_WAIT_SECS))
            .with("wait-contact", Setting::Waits(ON_FILE_SECS))
    }

    /// The same of every wallet.
    #[must_use]
    pub fn of_wallet() -> Self {
        Self::default()
            .with("cap-app", Setting::UpTo(APP_PER_DAY))
            .with("cap-code", Setting::UpTo(CODE_PER_DAY))
            .with("cap-untold", Setting::UpTo(UNTOLD_PER_DAY))
            .with("cap-new-wallet", Setting::UpTo(NEW_WALLET))
            .with("cap-no-passkey", Setting::UpTo(WITHOUT_PASSKEY_PER_DAY))
            .with("cap-balance", Setting::UpTo(WALLET_BALANCE_MAX))
            .with("wait-new-wallet", Setting::Waits(NEW_WALLET_SECS))
            .with("wait-new-payout", Setting::Waits(NEW_PAYOUT_WAIT_SECS))
            .with("wait-recovery", Setting::Waits(RECOVERY_WAIT_SECS))
            .with("wait-unfreeze", Setting::Waits(UNFREEZE_WAIT_SECS))
    }

    /// The same with one more, or with another value of it.
    #[must_use]
    pub fn with(mut self, name: &str, setting: Setting) -> Self {
        self.0.insert(name.to_owned(), setting);
        self
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// What is not the same in `next`. A setting that only one of them knows came or went with a version
    /// of the program: there is nothing that it could be looser than.
    #[must_use]
    pub fn changes(&self, next: &Self) -> Vec<Change> {
        let names: BTreeSet<&String> = self.0.keys().chain(next.0.keys()).collect();
        let change = |name: &String| {
            let (before, after) = (self.0.get(name), next.0.get(name));
            let effect = match (before, after) {
                (Some(before), Some(after)) => before.becomes(after)?,
                (None, None) => return None,
                (Some(_), None) | (None, Some(_)) => Effect::Changes,
            };
            let name = name.clone();
            Some(Change { name, before: before.cloned(), after: after.cloned(), effect })
        };
        names.into_iter().filter_map(change).collect()
    }

    /// Those that `changes` are about, as they are.
    #[must_use]
    pub fn named_in(&self, changes: &[Change]) -> Self {
        let is_named = |name: &&String| changes.iter().any(|change| change.name == **name);
        let named = self.0.iter().filter(|(name, _)| is_named(name));
        Self(named.map(|(name, setting)| (name.clone(), setting.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watches(all: &[&str]) -> Setting {
        Setting::Watches(all.iter().map(|one| (*one).to_owned()).collect())
    }

    fn believes(one: &str) -> Setting {
        Setting::Believes(Some(one.to_owned()))
    }

    #[test]
    fn each_kind_knows_its_looser_side() {
        use Effect::{Changes, Loosens, Tightens};
        let noted = |text: &str| Setting::Noted(text.to_owned());
        for (before, after, effect) in [
            (Setting::UpTo(Yen::of(10)), Setting::UpTo(Yen::of(11)), Loosens),
            (Setting::UpTo(Yen::of(10)), Setting::UpTo(Yen::of(9)), Tightens),
            (Setting::Waits(10), Setting::Waits(9), Loosens),
            (Setting::Waits(10), Setting::Waits(11), Tightens),
            (Setting::Opens(false), Setting::Opens(true), Loosens),
            (Setting::Opens(true), Setting::Opens(false), Tightens),
            (Setting::Believes(None), believes("a"), Loosens),
            (believes("a"), believes("b"), Loosens),
            (believes("a"), Setting::Believes(None), Tightens),
            (watches(&["a"]), watches(&["a", "b"]), Tightens),
            (watches(&["a", "b"]), watches(&["a", "c"]), Loosens),
            (watches(&["a"]), watches(&[]), Loosens),
            (noted("a"), noted("b"), Changes),
            (noted("a"), Setting::Opens(false), Loosens),
        ] {
            assert_eq!(before.becomes(&after), Some(effect), "{before:?} to {after:?}");
            assert_eq!(before.becomes(&before.clone()), None);
        }
    }

    #[test]
    fn changes_are_named_and_what_only_one_side_knows_loosens_nothing() {
        let before = Settings::default()
            .with("cap", Setting::UpTo(Yen::of(10)))
            .with("gone", Setting::Opens(false))
            .with("same", Setting::Waits(1));
        let after = Settings::default()
            .with("cap", Setting::UpTo(Yen::of(20)))
            .with("came", Setting::Opens(true))
            .with("same", Setting::Waits(1));

        let changes = before.changes(&after);

        let told: Vec<_> = changes.iter().map(|one| (one.name.as_str(), one.effect)).collect();
        assert_eq!(
            told,
            [("came", Effect::Changes), ("cap", Effect::Loosens), ("gone", Effect::Changes)]
        );
        assert_eq!(before.named_in(&changes[1..2]).iter().count(), 1);
    }
}
