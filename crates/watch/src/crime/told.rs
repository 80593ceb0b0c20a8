//! The crimes of the lab as they are told to people: `attacks/<id>/scenario.toml`, without what only
//! the lab reads in it.

use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::Crime;
use crate::words::Lang;

/// What somebody notices first, or what happened to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// A debit that they do not know.
    Debit,
    /// A call or a visit.
    Call,
    /// A mail or SMS with a link.
    Message,
    /// A notice, a code or a letter that they did not ask for, or one that does not come.
    Notice,
    /// The telephone is gone, or somebody near them is at it.
    Near,
    /// At a shop.
    Shop,
    /// Nothing that they could see.
    Unseen,
}

impl Sign {
    /// Every sign, what is most urgent first.
    pub const ALL: [Self; 7] = [
        Self::Debit,
        Self::Call,
        Self::Message,
        Self::Notice,
        Self::Near,
        Self::Shop,
        Self::Unseen,
    ];

    /// Its short name, as in a scenario file.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Call => "call",
            Self::Message => "message",
            Self::Notice => "notice",
            Self::Near => "near",
            Self::Shop => "shop",
            Self::Unseen => "unseen",
        }
    }

    /// Reads its short name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.id() == id)
    }
}

/// A crime in the words of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In one line.
    pub title: String,
    /// How it goes.
    pub how: Vec<String>,
    /// How one would notice.
    pub notice: Vec<String>,
    /// What to do now.
    pub act: Vec<String>,
}

/// A crime of the lab, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As on the command line of the lab, and in its page's address.
    pub id: String,
    /// What of it one meets first.
    pub sign: Sign,
    /// The longer page about crimes of its sort, if there is one.
    pub guide: Option<Crime>,
    /// In plain Japanese.
    pub ja: Words,
    /// The same in English.
    pub en: Words,
}

/// What is wrong with the words of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TellError {
    /// Where in the file, in bytes.
    pub at: usize,
    /// The fault and its remedy.
    pub what: String,
}

/// What of a scenario file people are told.
#[derive(Deserialize)]
struct File {
    id: String,
    sign: Spanned<String>,
    guide: Option<Spanned<String>>,
    ja: Spanned<String>,
    ja_how: Spanned<Vec<String>>,
    ja_notice: Spanned<Vec<String>>,
    ja_act: Spanned<Vec<String>>,
    en: Spanned<String>,
    en_how: Spanned<Vec<String>>,
    en_notice: Spanned<Vec<String>>,
    en_act: Spanned<Vec<String>>,
}

fn said(name: &str, text: Spanned<String>) -> Result<String, TellError> {
    if text.get_ref().trim().is_empty() {
        let what = format!("`{name}` is empty; write one sentence");
        return Err(TellError { at: text.span().start, what });
    }
    Ok(text.into_inner())
}

fn listed(name: &str, list: Spanned<Vec<String>>) -> Result<Vec<String>, TellError> {
    let is_silent = list.get_ref().iter().any(|line| line.trim().is_empty());
    if is_silent || list.get_ref().is_empty() {
        let what = format!("`{name}` is empty; write at least one sentence in the list");
        return Err(TellError { at: list.span().start, what });
    }
    Ok(list.into_inner())
}

fn sign(name: &Spanned<String>) -> Result<Sign, TellError> {
    Sign::parse(name.get_ref()).ok_or_else(|| {
        let known = Sign::ALL.map(Sign::id).join(", ");
        let what = format!("{} is no sign; write one of: {known}", name.get_ref());
        TellError { at: name.span().start, what }
    })
}

fn guide(name: &Spanned<String>) -> Result<Crime, TellError> {
    Crime::parse(name.get_ref()).ok_or_else(|| {
        let known = Crime::ALL.map(Crime::id).join(", ");
        let what = format!("no guide is called {}; write one of: {known}", name.get_ref());
        TellError { at: name.span().start, what }
    })
}

impl Told {
    /// Reads what a scenario file says to people.
    ///
    /// # Errors
    ///
    /// [`TellError`]: where the first fault is, and what to write instead.
    pub fn read(text: &str) -> Result<Self, TellError> {
        let file: File = toml::from_str(text).map_err(|error| TellError {
            at: error.span().map_or(0, |span| span.start),
            what: error.message().to_owned(),
        })?;
        Ok(Self {
            id: file.id,
            sign: sign(&file.sign)?,
            guide: file.guide.as_ref().map(guide).transpose()?,
            ja: Words {
                title: said("ja", file.ja)?,
                how: listed("ja_how", file.ja_how)?,
                notice: listed("ja_notice", file.ja_notice)?,
                act: listed("ja_act", file.ja_act)?,
            },
            en: Words {
                title: said("en", file.en)?,
                how: listed("en_how", file.en_how)?,
                notice: listed("en_notice", file.en_notice)?,
                act: listed("en_act", file.en_act)?,
            },
        })
    }

    /// Its words in the reader's language.
    #[must_use]
    pub const fn words(&self, lang: Lang) -> &Words {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// Every scenario file by its id.
macro_rules! files {
    ($($id:literal)*) => {
        [$(($id, include_str!(concat!("../../../../attacks/", $id, "/scenario.toml"))),)*]
    };
}

const FILES: [(&str, &str); 33] = files! {
    "docomo-2020" "sleeper" "legacy-link" "relink" "month-edge" "burst" "overdraft-drain"
    "limit-cut" "mule-fan-in" "rogue-wallet"
    "vishing-enrol" "coached-victim"
    "aitm"
    "sim-swap" "mail-redirect" "contact-swap" "reset-takeover" "push-fatigue" "synced-passkey"
    "code-guessing"
    "name-twin" "forged-id"
    "passcode-thief" "caregiver"
    "fake-merchant"
    "reverse-brute-force" "reverse-brute-force-slow" "name-harvest" "wire-tamper" "rogue-bank"
    "insider" "weaponised-safety" "false-victim"
};

static TOLD: LazyLock<Vec<Told>> =
    LazyLock::new(|| FILES.iter().filter_map(|(_, text)| Told::read(text).ok()).collect());

/// Every crime of the lab, in the order in which people are told.
#[must_use]
pub fn all() -> &'static [Told] {
    &TOLD
}

/// The crime of this id, if there is one.
#[must_use]
pub fn find(id: &str) -> Option<&'static Told> {
    all().iter().find(|told| told.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn fault(from: &str, to: &str) -> String {
        let (_, text) = FILES[0];
        assert!(text.contains(from), "{from}");
        Told::read(&text.replacen(from, to, 1)).unwrap_err().what
    }

    #[test]
    fn every_crime_of_the_lab_is_told_and_nothing_else() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../attacks");
        let folders: BTreeSet<String> = std::fs::read_dir(root)
            .unwrap()
            .map(|folder| folder.unwrap().file_name().into_string().unwrap())
            .collect();
        for (id, text) in FILES {
            assert_eq!(Told::read(text).map(|told| told.id), Ok(id.to_owned()));
        }
        let told: BTreeSet<String> = all().iter().map(|told| told.id.clone()).collect();
        assert_eq!(told, folders, "name a new scenario in FILES, and its page is there");
    }

    #[test]
    fn every_sign_and_every_guide_leads_to_a_crime_of_the_lab() {
        for sign in Sign::ALL {
            assert_eq!(Sign::parse(sign.id()), Some(sign));
            assert!(all().iter().any(|told| told.sign == sign), "{sign:?}");
        }
        for crime in Crime::ALL {
            assert!(all().iter().any(|told| told.guide == Some(crime)), "{crime:?}");
            assert_eq!(find(crime.id()), None, "two pages would have one address");
        }
    }

    #[test]
    fn faults_are_told_with_what_to_write_instead() {
        assert!(fault("\"debit\"", "\"debt\"").starts_with("debt is no sign; write one of: debit"));
        assert!(fault("attack-2020", "2020").contains("no guide is called 2020; write one of"));
        assert!(fault("en_how = [", "en_how = [\"\",").starts_with("`en_how` is empty"));
        assert!(fault("en_act", "en_akt").contains("missing field `en_act`"));
    }
}
