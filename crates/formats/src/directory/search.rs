//! What people type, matched against what the list holds.

use super::{Branch, Institution, romaji};
use crate::{
    fold::{compatible, enlarge, is_hyphen, katakana},
    name::plain_kanji,
};

/// Longest query that is looked at; no institution's name is near it.
const QUERY_MAX: usize = 64;

/// Everything one entry can be found by, folded.
#[derive(Debug)]
pub(super) struct Keys {
    code: String,
    /// Names and readings: matched anywhere.
    texts: Vec<String>,
    /// Reading in Latin letters: matched from the start only, because inside words almost
    /// anything matches.
    latin: Vec<String>,
}

/// How well an entry fits; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Equal,
    Beginning,
    Containing,
}

impl Keys {
    pub(super) fn new(institution: &Institution, aliases: &[&str]) -> Self {
        let shown = institution.display_name();
        let mut texts = vec![fold(&institution.name), fold(&shown), fold(&institution.kana)];
        texts.extend(spoken(&shown, &institution.kana));
        for alias in aliases.iter().map(|alias| fold(alias)) {
            texts.push(format!("{alias}銀行"));
            texts.push(alias);
        }
        Self::of(institution.code.to_string(), texts, &institution.kana)
    }

    pub(super) fn of_branch(branch: &Branch) -> Self {
        let texts = vec![fold(&branch.name), fold(&branch.display_name()), fold(&branch.kana)];
        Self::of(branch.code.clone(), texts, &branch.kana)
    }

    fn of(code: String, texts: Vec<String>, kana: &str) -> Self {
        let is_reading = |text: &&String| text.chars().all(|c| matches!(c, 'ァ'..='ヶ'));
        let spoken = texts.iter().filter(is_reading).map(|text| romaji::of_kana(text));
        let mut latin: Vec<String> = spoken.chain([romaji::of_kana(&fold(kana))]).collect();
        latin.sort_unstable();
        latin.dedup();
        Self { code, texts, latin }
    }

    fn rank(&self, query: &Query) -> Option<Rank> {
        if !query.digits.is_empty() {
            // `77` is the beginning of codes, and a bank that calls itself 七十七.
            let is_its_name = |name: &String| self.texts.contains(name);
            if query.numeral.as_ref().is_some_and(is_its_name) {
                return Some(Rank::Equal);
            }
            return if self.code == query.digits {
                Some(Rank::Equal)
            } else if self.code.starts_with(&query.digits) {
                Some(Rank::Beginning)
            } else {
                None
            };
        }
        let text = query.numeral.as_deref().unwrap_or(&query.text);
        let texts = self.texts.iter().filter_map(|key| {
            if key == text {
                Some(Rank::Equal)
            } else if key.starts_with(text) {
                Some(Rank::Beginning)
            } else {
                key.contains(text).then_some(Rank::Containing)
            }
        });
        let latin = self.latin.iter().filter(|_| !query.latin.is_empty()).filter_map(|key| {
            if *key == query.latin {
                Some(Rank::Equal)
            } else {
                key.starts_with(&query.latin).then_some(Rank::Beginning)
            }
        });
        texts.chain(latin).min()
    }
}

/// Ends of names: as they are written, as the list reads them, as people do.
const ENDS: [(&str, &str, &str); 5] = [
    ("銀行", "", "ギンコウ"),
    ("信用金庫", "シンキン", "シンヨウキンコ"),
    ("信用組合", "シンクミ", "シンヨウクミアイ"),
    ("労働金庫", "ロウキン", "ロウドウキンコ"),
    ("農業協同組合", "ノウキヨウ", "ノウギヨウキヨウドウクミアイ"),
];

/// The reading with the end of the name, in kanji and read out: みずほ銀行 is also typed ミズホ銀行 and
/// みずほぎんこう, and the list has neither.
fn spoken(shown: &str, kana: &str) -> Vec<String> {
    let kana = fold(kana);
    let end = ENDS.iter().find(|(written, ..)| shown.ends_with(written));
    let both = end.and_then(|(written, listed, read)| {
        let stem = kana.strip_suffix(listed)?;
        Some(vec![format!("{stem}{written}"), format!("{stem}{read}")])
    });
    both.unwrap_or_default()
}

/// What was typed, folded in each way once.
struct Query {
    text: String,
    latin: String,
    digits: String,
    /// The text with its number in kanji, where it begins with one in figures: 77銀行 is 七十七銀行.
    numeral: Option<String>,
}

impl Query {
    fn new(typed: &str) -> Option<Self> {
        let typed: String = typed.chars().take(QUERY_MAX).collect();
        let text = fold(&typed);
        if text.is_empty() {
            return None;
        }
        // `Mizuho Bank` is how English pages write it.
        let word = text.strip_suffix("bank").filter(|word| !word.is_empty()).unwrap_or(&text);
        let is_latin = word.bytes().all(|b| b.is_ascii_alphabetic());
        let latin = if is_latin { romaji::fold(word) } else { String::new() };
        let is_code = text.bytes().all(|b| b.is_ascii_digit());
        let digits = if is_code { text.clone() } else { String::new() };
        let numeral = in_kanji(&text);
        Some(Self { text, latin, digits, numeral })
    }
}

/// A number of two or three figures at the beginning, in kanji, with what follows it; the banks that are
/// called by one have such (七十七, 百十四).
fn in_kanji(text: &str) -> Option<String> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let figures = text.strip_suffix(rest)?;
    if !matches!(figures.len(), 2 | 3) || figures.starts_with('0') {
        return None;
    }
    let value: u32 = figures.parse().ok()?;
    let mut kanji = String::new();
    for (unit, sign) in [(100, "百"), (10, "十"), (1, "")] {
        let digit = value.checked_div(unit)?.checked_rem(10)?;
        // 百十四, and not 一百一十四.
        if digit > 1 || (digit == 1 && unit == 1) {
            kanji.push_str(DIGITS.get(usize::try_from(digit).ok()?)?);
        }
        if digit > 0 {
            kanji.push_str(sign);
        }
    }
    Some(format!("{kanji}{rest}"))
}

const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// NFKC, katakana, large, lower case, plain kanji; spaces, dots and long vowels dropped.
pub(super) fn fold(text: &str) -> String {
    compatible(text)
        .filter(|c| !c.is_whitespace() && !is_hyphen(*c) && !matches!(c, '・' | '.' | '、' | ','))
        .map(katakana)
        .map(enlarge)
        .map(plain_kanji)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The values whose keys fit, best first; the order of `entries` (by code) breaks ties.
pub(super) fn ranked<'a, T>(
    typed: &str,
    limit: usize,
    entries: impl Iterator<Item = (&'a Keys, &'a T)>,
) -> Vec<&'a T> {
    let Some(query) = Query::new(typed) else { return Vec::new() };
    let mut found: Vec<_> =
        entries.filter_map(|(keys, value)| Some((keys.rank(&query)?, value))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(limit).map(|(_, value)| value).collect()
}
