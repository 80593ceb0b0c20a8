//! What people type, matched against what the list holds.

use super::{
    Branch, Institution, Kind,
    query::{Query, Run, fold},
    romaji,
};

/// Everything one entry can be found by, folded.
#[derive(Debug)]
pub(super) struct Keys {
    code: String,
    /// Names and readings: matched anywhere.
    pub(super) texts: Vec<String>,
    /// Reading in Latin letters: matched from the start only, because inside words almost
    /// anything matches.
    pub(super) latin: Vec<String>,
    /// The name as people say it, and its reading, for what mixes the two.
    shown: String,
    reading: String,
}

/// How well an entry fits; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Equal,
    Beginning,
    Containing,
    /// Part of it by the name and part by the reading.
    Mixed,
}

impl Keys {
    pub(super) fn new(institution: &Institution, aliases: &[&str]) -> Self {
        let shown = institution.display_name();
        let mut texts = vec![fold(&institution.name), fold(&shown), fold(&institution.kana)];
        texts.extend(spoken(&shown, &institution.kana));
        texts.extend(grouped(institution.kind, [&fold(&shown), &fold(&institution.kana)]));
        for alias in aliases.iter().map(|alias| fold(alias)) {
            texts.push(format!("{alias}銀行"));
            texts.push(alias);
        }
        Self::of(institution.code.to_string(), texts, &shown, &institution.kana)
    }

    pub(super) fn of_branch(branch: &Branch) -> Self {
        let shown = branch.display_name();
        let texts = vec![fold(&branch.name), fold(&shown), fold(&branch.kana)];
        Self::of(branch.code.clone(), texts, &shown, &branch.kana)
    }

    fn of(code: String, texts: Vec<String>, shown: &str, kana: &str) -> Self {
        let is_reading = |text: &&String| text.chars().all(|c| matches!(c, 'ァ'..='ヶ'));
        let spoken = texts.iter().filter(is_reading).map(|text| romaji::of_kana(text));
        let reading = fold(kana);
        let mut latin: Vec<String> = spoken.chain([romaji::of_kana(&reading)]).collect();
        latin.sort_unstable();
        latin.dedup();
        Self { code, texts, latin, shown: fold(shown), reading }
    }

    fn rank(&self, query: &Query) -> Option<Rank> {
        if !query.digits.is_empty() {
            return self.rank_of_digits(query);
        }
        if query.spelled.as_ref().is_some_and(|spelled| *spelled == self.code) {
            return Some(Rank::Equal);
        }
        let typed = query.texts.iter().chain(&query.numeral);
        let texts = typed.flat_map(|text| self.texts.iter().map(move |key| (key, text.as_str())));
        let texts = texts.filter_map(|(key, text)| {
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
        texts.chain(latin).min().or_else(|| self.is_mixed(&query.runs).then_some(Rank::Mixed))
    }

    /// `5` is the code 0005, and the beginning of codes; `77` also a bank that calls itself 七十七.
    fn rank_of_digits(&self, query: &Query) -> Option<Rank> {
        let digits = query.digits.as_str();
        let is_its_name = query.numeral.as_ref().is_some_and(|name| self.texts.contains(name));
        let is_its_code = self.code.strip_suffix(digits).is_some_and(is_zeros);
        if is_its_name || is_its_code {
            Some(Rank::Equal)
        } else {
            self.code.starts_with(digits).then_some(Rank::Beginning)
        }
    }

    /// Whether every run stands in the name or, if it is kana, in the reading, in this order.
    fn is_mixed(&self, runs: &[Run]) -> bool {
        let (mut name, mut reading) = (self.shown.as_str(), self.reading.as_str());
        !runs.is_empty()
            && runs.iter().all(|run| {
                if let Some((_, rest)) = name.split_once(run.text.as_str()) {
                    name = rest;
                    return true;
                }
                let found = reading.split_once(run.text.as_str()).filter(|_| run.is_kana);
                reading = found.map_or(reading, |(_, rest)| rest);
                found.is_some()
            })
    }
}

fn is_zeros(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
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

/// A cooperative under the name of its group: the list has 東京中央農協, its sign says JA東京中央, and
/// people say JAバンク.
fn grouped(kind: Kind, names: [&str; 2]) -> Vec<String> {
    let heads: &[&str] = match kind {
        Kind::Agricultural => &["ja", "jaバンク"],
        Kind::Fishery => &["jf", "jfマリンバンク"],
        _ => return Vec::new(),
    };
    let alone = heads.iter().map(|head| (*head).to_owned());
    let with = heads.iter().flat_map(|head| names.iter().map(move |name| format!("{head}{name}")));
    alone.chain(with).collect()
}

/// The values whose keys fit and how well, best first; the order of `entries` (by code) breaks ties.
pub(super) fn judged<'a, T>(
    typed: &str,
    entries: impl Iterator<Item = (&'a Keys, &'a T)>,
) -> Vec<(Rank, &'a T)> {
    let Some(query) = Query::new(typed) else { return Vec::new() };
    let mut found: Vec<_> =
        entries.filter_map(|(keys, value)| Some((keys.rank(&query)?, value))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found
}

/// The values whose keys fit, at most `limit`.
pub(super) fn ranked<'a, T>(
    typed: &str,
    limit: usize,
    entries: impl Iterator<Item = (&'a Keys, &'a T)>,
) -> Vec<&'a T> {
    judged(typed, entries).into_iter().take(limit).map(|(_, value)| value).collect()
}
