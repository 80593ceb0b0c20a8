//! Who is behind the words of a statement: a versioned dictionary that anybody can extend.
//!
//! Facts: a bank prints at most 15 half-width letters, often of a collection agent (収納代行), and
//! will not say more. Each entry says where it is known from and how sure it is.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::finding::Confidence;

const BUILT_IN: &str = include_str!("../data/descriptors.toml");

/// What a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Money goes into an account of e-money.
    Wallet,
    /// It collects for others.
    Collection,
}

/// One entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its short name, for `--mine`.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// What it does.
    pub kind: ServiceKind,
    /// Words anywhere in a descriptor.
    #[serde(default)]
    contains: Vec<String>,
    /// Words at its beginning.
    #[serde(default)]
    starts: Vec<String>,
    /// How sure the entry is.
    pub confidence: Confidence,
    /// Who says so.
    pub source: String,
    /// The year it was first seen.
    pub first_seen: String,
    /// The year it was last seen.
    pub last_seen: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default)]
    service: Vec<Service>,
}

/// The entries, folded for looking up.
#[derive(Clone, Debug)]
pub struct Dictionary {
    version: String,
    services: Vec<Service>,
}

/// A dictionary that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// Not the shape of one.
    #[error("not a dictionary of descriptors")]
    Shape(#[from] toml::de::Error),
    /// Letters that would fit half the lines of any statement.
    #[error("{0}: a descriptor must have at least two letters")]
    Short(String),
}

impl Dictionary {
    /// The one that comes with Kanuki.
    pub fn built_in() -> Result<Self, DictionaryError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a dictionary.
    pub fn parse(text: &str) -> Result<Self, DictionaryError> {
        let file: File = toml::from_str(text)?;
        let mut services = file.service;
        for service in &mut services {
            let id = service.id.clone();
            for word in service.contains.iter_mut().chain(&mut service.starts) {
                *word = fold(word);
                if word.chars().count() < 2 {
                    return Err(DictionaryError::Short(id));
                }
            }
        }
        Ok(Self { version: file.version, services })
    }

    /// This one with the entries of `other` before its own.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.services.splice(0..0, other.services);
        self.version = format!("{} + {}", other.version, self.version);
        self
    }

    /// The date of its data.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every entry.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service behind folded words: a wallet before a collector, because `RTK ペイペイ` is both.
    #[must_use]
    pub fn find(&self, folded: &str) -> Option<&Service> {
        let of = |kind| {
            self.services.iter().filter(move |s| s.kind == kind).find(|s| {
                s.contains.iter().any(|word| folded.contains(word))
                    || s.starts.iter().any(|word| starts_word(folded, word))
            })
        };
        of(ServiceKind::Wallet).or_else(|| of(ServiceKind::Collection))
    }
}

/// True if any of the space-separated words begins with `start`, and what follows is not a Latin
/// letter: `PE` is ペイジー, `PETER` is a person.
fn starts_word(folded: &str, start: &str) -> bool {
    folded
        .split(' ')
        .filter_map(|word| word.strip_prefix(start))
        .any(|rest| rest.chars().next().is_none_or(|c| !c.is_ascii_alphabetic()))
}

/// Words as they are compared: NFKC, katakana, large kana, no dashes or dots, upper case.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        let c = match c {
            'ぁ'..='ゖ' => char::from_u32(u32::from(c).saturating_add(0x60)).unwrap_or(c),
            other => other,
        };
        match large(c) {
            'ー' | '-' | '‐' | '−' | '―' | '・' | '.' | '*' => {}
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.extend(c.to_uppercase()),
        }
    }
    out.trim().to_owned()
}

const fn large(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_in_every_spelling() {
        let dictionary = Dictionary::built_in().unwrap();
        for (text, id) in [
            ("口座振替 ＲＴＫ　ペイペイ", Some("paypay")),
            ("ﾄﾞｺﾓｺｳｻﾞ", Some("docomo-koza")),
            ("ドコモコウザ", Some("docomo-koza")),
            ("デイ－バライ", Some("docomo-koza")),
            ("デイーバライ", Some("docomo-koza")),
            ("口座振替 RTK ナントカ", Some("realtime-collection")),
            ("PE トウキヨウト", Some("payeasy")),
            ("PETER", None),
            ("MHF アイウ", Some("mhf")),
            ("口座振替 ｶﾝﾇｷ", Some("kanuki-demo")),
            ("振込 ﾍﾝｷﾝ ｶﾝﾇｷ", Some("kanuki-demo")),
            ("コーヒーカンヌキ", None),
            ("給与 カブシキガイシヤ", None),
        ] {
            let found = dictionary.find(&fold(text)).map(|s| s.id.as_str());
            assert_eq!(found, id, "{text} → {}", fold(text));
        }
    }

    #[test]
    fn a_dictionary_that_would_fit_everything_is_refused() {
        let text = r#"version = "1"
            [[service]]
            id = "a"
            name = "a"
            kind = "wallet"
            contains = ["ー"]
            confidence = "low"
            source = "s"
            first_seen = "2020"
            last_seen = "2020""#;
        assert!(matches!(Dictionary::parse(text), Err(DictionaryError::Short(_))));
        assert!(Dictionary::parse("version = 1").is_err());
    }
}
