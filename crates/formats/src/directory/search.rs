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
        let latin = vec![romaji::of_kana(&fold(kana))];
        Self { code, texts, latin }
    }

    fn rank(&self, query: &Query) -> Option<Rank> {
        if !query.digits.is_empty() {
            return if self.code == query.digits {
                Some(Rank::Equal)
            } else if self.code.starts_with(&query.digits) {
                Some(Rank::Beginning)
            } else {
                None
            };
        }
        let texts = self.texts.iter().filter_map(|key| {
            if *key == query.text {
                Some(Rank::Equal)
            } else if key.starts_with(&query.text) {
                Some(Rank::Beginning)
            } else {
                key.contains(&query.text).then_some(Rank::Containing)
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

/// What was typed, folded in each way once.
struct Query {
    text: String,
    latin: String,
    digits: String,
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
        Some(Self { text, latin, digits })
    }
}

/// NFKC, katakana, large, lower case, plain kanji; spaces, dots and long vowels dropped.
fn fold(text: &str) -> String {
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
