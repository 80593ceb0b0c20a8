//! Who is behind the words of a statement: a versioned dictionary that anybody can extend.
//!
//! Facts: a bank prints at most 15 half-width letters, often of a collection agent (収納代行), and
//! will not say more. Each entry says where it is known from and how sure it is.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::{finding::Confidence, words::Lang};

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
    /// Words around its own that name somebody else.
    #[serde(default)]
    except: Vec<String>,
    /// How sure the entry is.
    pub confidence: Confidence,
    /// Who says so.
    pub source: String,
    /// The year it was first seen.
    pub first_seen: String,
    /// The year it was last seen.
    pub last_seen: String,
}

impl Service {
    /// Whether words without blanks name it, also where they name one of the others beside it.
    fn is_in(&self, joined: &str) -> bool {
        let others = self.except.iter().filter(|other| joined.contains(*other));
        let rest =
            others.fold(Cow::Borrowed(joined), |rest, other| rest.replace(other, "\n").into());
        self.contains.iter().any(|word| rest.contains(word))
    }

    /// Whether it was seen in the year of `on`.
    fn was_there(&self, on: Date) -> bool {
        let year = |text: &str| text.parse::<i16>();
        let is_before = year(&self.first_seen).is_ok_and(|first| on.year() < first);
        let is_after = year(&self.last_seen).is_ok_and(|last| on.year() > last);
        !is_before && !is_after
    }
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

impl DictionaryError {
    /// The same for one reader; `text` is what was read.
    #[must_use]
    pub fn say(&self, text: &str, lang: Lang) -> String {
        match (self, lang) {
            (Self::Shape(error), Lang::En) => format!("{self}: {error}"),
            (Self::Short(_), Lang::En) => self.to_string(),
            (Self::Short(id), Lang::Ja) => {
                format!("{id}: 明細に出る名前は、2文字以上で書いてください")
            }
            (Self::Shape(error), Lang::Ja) => {
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.map(|before| before.matches('\n').count().saturating_add(1));
                let at = line.map(|line| format!("{line}行目: ")).unwrap_or_default();
                format!(
                    "{at}名前の一覧(TOML)の決まりに合いません。docs/adding-a-statement-layout.md の例と見くらべてください"
                )
            }
        }
    }
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
            for word in service.contains.iter_mut().chain(&mut service.except) {
                *word = fold(word).replace(' ', "");
            }
            for word in &mut service.starts {
                *word = fold(word);
            }
            for word in service.contains.iter().chain(&service.starts) {
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

    /// The service that somebody means: by its id, its name, or its words on a statement of `on`.
    #[must_use]
    pub fn named(&self, said: &str, on: Date) -> Option<&Service> {
        let folded = fold(said);
        let is_it =
            |s: &&Service| s.id.eq_ignore_ascii_case(said.trim()) || fold(&s.name) == folded;
        self.services.iter().find(is_it).or_else(|| self.find(&folded, on))
    }

    /// The service behind folded words on a day: a wallet before a collector, because `RTK ペイペイ` is
    /// both, and one that existed then before one that did not, because two have used the same words.
    #[must_use]
    pub fn find(&self, folded: &str, on: Date) -> Option<&Service> {
        let joined = folded.replace(' ', "");
        let of = |kind| {
            let mut fit = self.services.iter().filter(move |s| s.kind == kind).filter(|s| {
                s.is_in(&joined) || s.starts.iter().any(|word| starts_word(folded, word))
            });
            let first = fit.next()?;
            if first.was_there(on) {
                return Some(first);
            }
            Some(fit.find(|service| service.was_there(on)).unwrap_or(first))
        };
        of(ServiceKind::Wallet).or_else(|| of(ServiceKind::Collection))
    }
}

/// True if any of the space-separated words begins with `start`, and what follows is not a Latin
/// letter: `MHF` is an agent, `MHFX` is not. Two letters begin too many names, so no letter at all may
/// follow those: `PE` is ペイジー, `PEアパート` is a house.
fn starts_word(folded: &str, start: &str) -> bool {
    let is_short = start.chars().count() <= 2;
    let is_on = |c: char| if is_short { c.is_alphanumeric() } else { c.is_ascii_alphabetic() };
    folded
        .split(' ')
        .filter_map(|word| word.strip_prefix(start))
        .any(|rest| rest.chars().next().is_none_or(|c| !is_on(c)))
}

/// Words as they are compared: NFKC, katakana, large kana, no dashes or dots or letters that nobody sees,
/// upper case.
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
            c if is_unseen(c) => {}
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

/// What turns or joins letters, and is no letter.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
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
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_service_is_found_in_every_spelling() {
        let dictionary = Dictionary::built_in().unwrap();
        for (text, id) in [
            ("口座振替 ＲＴＫ　ペイペイ", Some("paypay")),
            ("ﾄﾞｺﾓｺｳｻﾞ", Some("docomo-koza")),
            ("ドコモコウザ", Some("docomo-koza")),
            ("ドコモ口座", Some("docomo-koza")),
            ("ドコモ　コウザ", Some("docomo-koza")),
            ("ペイ ペイ", Some("paypay")),
            ("ペイ\u{200b}ペイ", Some("paypay")),
            ("振込 ペイペイギンコウ", None),
            ("トウキヨウ ペイペイドーム", None),
            ("口座振替 PAYPAY PAYPAY銀行", Some("paypay")),
            ("RTK ペイペイ ペイペイギンコウ", Some("paypay")),
            ("AUペイ", Some("au-pay")),
            ("ファミペイ", Some("famipay")),
            ("ラクテン キヤツシユ", Some("rakuten-pay")),
            ("デイ－バライ", Some("d-payment")),
            ("デイーバライ", Some("d-payment")),
            ("口座振替 RTK ナントカ", Some("realtime-collection")),
            ("PE トウキヨウト", Some("payeasy")),
            ("PETER", None),
            ("AP カンリヒ", Some("collection-ap")),
            ("APアパート", None),
            ("DFハイム", None),
            ("PAYPAYｶ-ﾄﾞ", None),
            ("口座振替 ペイペイカード", None),
            ("ペイペイホケン", None),
            ("ＰａｙＰａｙ証券", None),
            ("MHF アイウ", Some("mhf")),
            ("口座振替 ｶﾝﾇｷ", Some("kanuki-demo")),
            ("振込 ﾍﾝｷﾝ ｶﾝﾇｷ", Some("kanuki-demo")),
            ("コーヒーカンヌキ", None),
            ("給与 カブシキガイシヤ", None),
        ] {
            let found = dictionary.find(&fold(text), date(2026, 7, 1)).map(|s| s.id.as_str());
            assert_eq!(found, id, "{text} → {}", fold(text));
        }
    }

    #[test]
    fn words_that_two_services_used_are_those_of_whichever_was_there_on_the_day() {
        let dictionary = Dictionary::built_in().unwrap();
        let on = |day| dictionary.find(&fold("デイーバライ"), day).map(|s| s.id.as_str());

        assert_eq!(on(date(2020, 9, 1)), Some("docomo-koza"));
        assert_eq!(on(date(2026, 9, 1)), Some("d-payment"));
        assert_eq!(on(date(2040, 9, 1)), Some("docomo-koza"), "nobody was there: the surest");
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
