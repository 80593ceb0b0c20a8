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

/// Who works at the desk: everybody whom the file names, or the records know by name.
///
/// Whoever could add to it alone would be both of the two people that everything else takes.
pub const STAFF: &str = "staff";
/// Those of them whom the file names for the role of an officer.
pub const OFFICERS: &str = "staff-officers";

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
    /// Who is let in, by name: one more is looser.
    Trusts(BTreeSet<String>),
    /// What is done, each measure with all that are milder: fewer are looser.
    Does(BTreeSet<String>),
    /// How many there may be: more are looser.
    AtMost(u64),
    /// How many there are at least: fewer are looser.
    AtLeast(u64),
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
            (Self::Watches(before), Self::Watches(after))
            | (Self::Does(before), Self::Does(after)) => before.is_subset(after),
            (Self::Trusts(before), Self::Trusts(after)) => after.is_subset(before),
            (Self::AtMost(before), Self::AtMost(after)) => after < before,
            (Self::AtLeast(before), Self::AtLeast(after)) => after > before,
            // Another kind of thing under one name: nobody can say that it is not looser.
            _ => false,
        };
        Some(if is_tighter { Effect::Tightens } else { Effect::Loosens })
    }
}

/// So many letters of a hash are shown.
const HASH_SHOWN: usize = 16;

/// A text for people and logs: an address without anything that could be a secret in it (whoever is
/// named before its `@`, what follows its `?`), a hash by its beginning.
#[must_use]
pub fn shown(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    if let Some((scheme, rest)) = word.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) =
            rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
        let path = path.map(|path| format!("/{path}")).unwrap_or_default();
        return format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default());
    }
    let is_hash = word.len() > HASH_SHOWN && word.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { word.chars().take(HASH_SHOWN).chain(['…']).collect() } else { word.to_owned() }
}

/// The same of what is only noted: of an address nothing but where it is, because its path may be a
/// secret too.
#[must_use]
pub fn place_shown(text: &str) -> String {
    let place = |word: &str| match word.split_once("://") {
        Some((scheme, rest)) => {
            format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
        }
        None => word.to_owned(),
    };
    shown(&text.split(' ').map(place).collect::<Vec<_>>().join(" "))
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

    /// The same with every setting of `other`, whose values win.
    #[must_use]
    pub fn overlaid(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().map(|(name, setting)| (name.clone(), setting.clone())));
        self
    }

    /// Those that `other` does not name.
    #[must_use]
    pub fn unnamed_in(&self, other: &Self) -> Self {
        let all = self.0.iter().filter(|(name, _)| !other.0.contains_key(*name));
        Self(all.map(|(name, setting)| (name.clone(), setting.clone())).collect())
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

    fn set(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    fn watches(all: &[&str]) -> Setting {
        Setting::Watches(set(all))
    }

    fn trusts(all: &[&str]) -> Setting {
        Setting::Trusts(set(all))
    }

    fn does(all: &[&str]) -> Setting {
        Setting::Does(set(all))
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
            (trusts(&["a"]), trusts(&["a", "b"]), Loosens),
            (trusts(&["a"]), trusts(&["b"]), Loosens),
            (trusts(&["a", "b"]), trusts(&["b"]), Tightens),
            (does(&["log", "hold"]), does(&["log"]), Loosens),
            (does(&["log"]), does(&["log", "notify"]), Tightens),
            (Setting::AtMost(3), Setting::AtMost(4), Loosens),
            (Setting::AtMost(3), Setting::AtMost(2), Tightens),
            (Setting::AtLeast(3), Setting::AtLeast(2), Loosens),
            (Setting::AtLeast(3), Setting::AtLeast(4), Tightens),
            (noted("a"), noted("b"), Changes),
            (noted("a"), Setting::Opens(false), Loosens),
        ] {
            assert_eq!(before.becomes(&after), Some(effect), "{before:?} to {after:?}");
            assert_eq!(before.becomes(&before.clone()), None);
        }
    }

    #[test]
    fn nothing_that_is_shown_holds_a_secret_of_an_address() {
        let hook = "https://u:sesame@hooks.example:8443/t/T0KEN?key=sesame#sesame";
        let hash = "0123456789abcdef0123456789abcdef";

        assert_eq!(shown(hook), "https://hooks.example:8443/t/T0KEN");
        assert_eq!(place_shown(hook), "https://hooks.example:8443");
        assert_eq!(
            place_shown(&format!("{hook} smtp.example {hash}")),
            "https://hooks.example:8443 smtp.example 0123456789abcdef…"
        );
        for odd in ["https://u@ser:sesame@host.example", "https://u:sesame@host.example"] {
            assert_eq!(shown(odd), "https://host.example");
        }
        assert_eq!(shown(""), "");
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
