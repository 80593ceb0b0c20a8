//! What somebody typed to find a bank or a branch, in every form that it may stand for.

use super::romaji;
use crate::{
    fold::{compatible, enlarge, is_hyphen, katakana},
    name::plain_kanji,
};

/// Longest query that is looked at; no institution's name is near it.
const QUERY_MAX: usize = 64;

/// Ends of names: as they are written out, and as people type them, folded.
const ENDS: [(&str, &[&str]); 6] = [
    ("銀行", &["銀行", "ギンコウ", "バンク", "bank"]),
    ("信用金庫", &["信用金庫", "信金", "シンヨウキンコ", "シンキン"]),
    ("信用組合", &["信用組合", "信組", "シンヨウクミアイ", "シンクミ"]),
    ("労働金庫", &["労働金庫", "労金", "ロウドウキンコ", "ロウキン"]),
    ("農業協同組合", &["農業協同組合", "農協", "ノウギヨウキヨウドウクミアイ", "ノウキヨウ"]),
    ("漁業協同組合", &["漁業協同組合", "漁協", "ギヨギヨウキヨウドウクミアイ", "ギヨキヨウ"]),
];

/// JA and JF read out, folded; JF first, because it begins as JA does.
const GROUPS: [(&str, &str); 4] =
    [("ジエイエフ", "jf"), ("ジエイエイ", "ja"), ("ジエイエ", "ja"), ("ジエエ", "ja")];

/// What a company is, as it stands before or behind a bank's name on paper, folded; no listed name has it.
const FORMS: [&str; 5] = ["株式会社", "(株)", "カブシキガイシヤ", "カ)", "(カ"];

/// What was typed, folded in each way once.
pub(super) struct Query {
    /// As typed, and with the end of the name written out.
    pub(super) texts: Vec<String>,
    /// In Latin letters; empty when it is in others.
    pub(super) latin: String,
    /// When it is nothing but figures.
    pub(super) digits: String,
    /// A code written in words: 〇一八, ０１８店.
    pub(super) spelled: Option<String>,
    /// The text with its number in kanji, where it begins with one in figures: 77銀行 is 七十七銀行.
    pub(super) numeral: Option<String>,
    /// Where kana and other letters are mixed (三井すみとも): each run of either, in order.
    pub(super) runs: Vec<Run>,
    /// Without the end of the name.
    pub(super) stem: String,
}

/// Letters of one kind that stand together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) is_kana: bool,
}

impl Query {
    pub(super) fn new(typed: &str) -> Option<Self> {
        let typed: String = typed.chars().take(QUERY_MAX).collect();
        let text = fold(&typed);
        let text = in_our_order(without_form(&text));
        if text.is_empty() {
            return None;
        }
        let (stem, written) = end_of(&text);
        // `Mizuho Bank` is how English pages write it.
        let word = if written == "銀行" { stem } else { &text };
        let is_latin = word.bytes().all(|b| b.is_ascii_alphabetic());
        let latin = if is_latin { romaji::fold(word) } else { String::new() };
        let is_code = text.bytes().all(|b| b.is_ascii_digit());
        let digits = if is_code { text.clone() } else { String::new() };
        let complete = format!("{stem}{written}");
        let mut texts = vec![text.clone()];
        if complete != text {
            texts.push(complete.clone());
        }
        texts.extend(in_a_group(&complete));
        Some(Self {
            spelled: spelled(&text),
            numeral: in_kanji(&text),
            runs: runs(&complete),
            stem: stem.to_owned(),
            texts,
            latin,
            digits,
        })
    }
}

/// Whether a folded name is written out to its end.
pub(super) fn is_complete(name: &str) -> bool {
    ENDS.iter().any(|(written, _)| name.ends_with(written))
}

/// The name without 株式会社 and the like, at either end; a form alone is left as it is.
fn without_form(text: &str) -> &str {
    let ends = FORMS.iter().flat_map(|form| [text.strip_prefix(form), text.strip_suffix(form)]);
    ends.flatten().find(|rest| !rest.is_empty()).unwrap_or(text)
}

/// `The Bank of Yokohama` and `The 77 Bank`, as English pages have them, in the order in which names stand here.
fn in_our_order(text: &str) -> String {
    let is_english = |rest: &&str| rest.starts_with("bankof") || rest.ends_with("bank");
    let bare = text.strip_prefix("the").filter(is_english).unwrap_or(text);
    match bare.strip_prefix("bankof").filter(|rest| !rest.is_empty()) {
        Some(rest) => format!("{rest}bank"),
        None => bare.to_owned(),
    }
}

/// The name without its end, and the end as it is written out.
fn end_of(text: &str) -> (&str, &'static str) {
    let ends =
        ENDS.iter().flat_map(|(written, typed)| typed.iter().map(move |end| (*written, *end)));
    let cut = ends.filter_map(|(written, end)| Some((text.strip_suffix(end)?, written)));
    // Of several ends the longest leaves the shortest stem; an end alone is a name.
    cut.filter(|(stem, _)| !stem.is_empty())
        .min_by_key(|(stem, _)| stem.len())
        .unwrap_or((text, ""))
}

/// The text with JA or JF in letters, where it begins with either read out.
fn in_a_group(text: &str) -> impl Iterator<Item = String> {
    GROUPS
        .iter()
        .filter_map(|(read, letters)| Some(format!("{letters}{}", text.strip_prefix(read)?)))
}

/// The figures of a code that is written in kanji numerals, or with 店 behind it.
fn spelled(text: &str) -> Option<String> {
    let plain = text.strip_suffix("支店").or_else(|| text.strip_suffix('店')).unwrap_or(text);
    let figures: Option<String> = plain.chars().map(figure).collect();
    figures.filter(|figures| figures.len() >= 3 && figures.as_str() != text)
}

/// One figure, however it is written.
pub(crate) fn figure(c: char) -> Option<char> {
    let kanji = DIGITS.iter().position(|digit| digit.chars().eq([c]));
    match c {
        '0'..='9' => Some(c),
        '〇' | '零' | '○' | '◯' => Some('0'),
        _ => char::from_digit(u32::try_from(kanji?).ok()?, 10),
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for c in text.chars() {
        let is_kana = matches!(c, 'ァ'..='ヶ');
        match runs.last_mut() {
            Some(run) if run.is_kana == is_kana => run.text.push(c),
            _ => runs.push(Run { text: c.to_string(), is_kana }),
        }
    }
    // What is of one kind alone is found by name or reading already.
    if runs.len() > 1 { runs } else { Vec::new() }
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

/// ヂ and ヅ as they are heard: the list writes 築地 as ツキヂ, and people write つきじ.
const fn as_heard(c: char) -> char {
    match c {
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        _ => c,
    }
}

/// NFKC, katakana, large, as heard, lower case, plain kanji; spaces, dots and long vowels dropped.
pub(super) fn fold(text: &str) -> String {
    compatible(text)
        .filter(|c| !c.is_whitespace() && !is_hyphen(*c) && !matches!(c, '・' | '.' | '、' | ','))
        .map(katakana)
        .map(enlarge)
        .map(as_heard)
        .map(plain_kanji)
        .flat_map(char::to_lowercase)
        .collect()
}
