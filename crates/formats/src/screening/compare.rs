//! Two names, word by word.

use super::{How, Rule, Token, word};
use crate::{
    directory::romaji,
    fold::{compatible, enlarge, katakana},
    name::{NAME_MAX, plain_kanji, plain_words},
};

/// What one side's word that the other lacks takes; a second name is often left away.
const ABSENT: u32 = 40;
const ABSENT_MAX: u32 = 120;
/// Names of more words are cut to these.
const WORDS_MAX: usize = 12;
/// Kanji names are shorter than this: 太郎 and 次郎 are two people.
const NEAR_MIN: usize = 8;
/// Joints of names that one list writes and the next does not.
const JOINTS: [&str; 7] = ["al", "el", "bin", "ibn", "ben", "bint", "abd"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// Kept as it reads in Latin letters.
    Kana,
    Latin,
    /// Kanji and all else, which is compared as it is written.
    Other,
}

/// A name made ready.
#[derive(Debug)]
pub(super) struct Folded {
    script: Script,
    words: Vec<String>,
    joined: String,
}

/// How alike two names are.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) rule: Rule,
    pub(super) tokens: Vec<Token>,
    pub(super) score: u32,
}

impl Folded {
    /// Folds `name`; none where it has no letters, or more than any name.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name.chars().nth(NAME_MAX).is_some() {
            return None;
        }
        let plain: String = compatible(name).map(katakana).collect();
        let mut letters = plain.chars().filter(|c| c.is_alphanumeric()).peekable();
        letters.peek()?;
        let script = match letters.try_fold(None, |seen, c| {
            let script = script_of(c);
            seen.is_none_or(|seen| seen == script).then_some(Some(script))
        }) {
            Some(Some(script)) => script,
            _ => Script::Other,
        };
        let mut words = match script {
            Script::Kana => split(&plain)
                .map(|word| romaji::of_kana(&word.chars().map(enlarge).collect::<String>()))
                .filter(|word| !word.is_empty())
                .collect(),
            Script::Latin => plain_words(name),
            Script::Other => {
                let written = plain.chars().filter(|c| c.is_alphanumeric() || *c == '々');
                vec![written.map(plain_kanji).collect::<String>().to_lowercase()]
            }
        };
        words.truncate(WORDS_MAX);
        let joined = words.concat();
        if script == Script::Latin {
            let kept = words.iter().filter(|word| !JOINTS.contains(&word.as_str()));
            if kept.clone().count() >= 2 {
                words = kept.cloned().collect();
            }
        }
        (!joined.is_empty()).then_some(Self { script, words, joined })
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

const fn script_of(c: char) -> Script {
    match c {
        'ァ'..='ヿ' => Script::Kana,
        '\0'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        _ => Script::Other,
    }
}

/// How alike they are; none where they are not, or where two scripts say nothing about each other
/// (kanji beside kana or Latin letters).
pub(super) fn names(ours: &Folded, theirs: &Folded) -> Option<Alike> {
    match (ours.script, theirs.script) {
        (Script::Other, Script::Other) => written(ours, theirs),
        (Script::Kana, Script::Kana) => {
            let same = |a: &str, b: &str| (a == b).then_some((How::Same, 1000));
            joined(ours, theirs).or_else(|| words(Rule::Words, ours, theirs, same))
        }
        (Script::Latin, Script::Latin) => {
            joined(ours, theirs).or_else(|| words(Rule::Words, ours, theirs, word::latin))
        }
        (Script::Kana, Script::Latin) => words(Rule::Read, ours, theirs, word::read),
        (Script::Latin, Script::Kana) => words(Rule::Read, ours, theirs, |a, b| word::read(b, a)),
        (Script::Other, Script::Kana | Script::Latin)
        | (Script::Kana | Script::Latin, Script::Other) => None,
    }
}

/// Kanji: one character more or other makes another name, unless the name is long.
fn written(ours: &Folded, theirs: &Folded) -> Option<Alike> {
    let token = |how, score| {
        vec![Token { ours: ours.joined.clone(), theirs: theirs.joined.clone(), how, score }]
    };
    if ours.joined == theirs.joined {
        return Some(Alike { rule: Rule::Written, tokens: token(How::Same, 1000), score: 1000 });
    }
    let (a, b) = (ours.joined.chars(), theirs.joined.chars());
    let length = a.clone().count();
    let differ = a.zip(b.clone()).filter(|(a, b)| a != b).count();
    let is_near = length >= NEAR_MIN && length == b.count() && differ == 1;
    let near = || Alike { rule: Rule::WrittenNear, tokens: token(How::Letters, 860), score: 860 };
    is_near.then(near)
}

/// The same letters in other words: NGUYEN VAN AN, NGUYENVANAN.
fn joined(ours: &Folded, theirs: &Folded) -> Option<Alike> {
    if ours.joined != theirs.joined || ours.words.len() == theirs.words.len() {
        return None;
    }
    let (mine, their) = (ours.words.join(" "), theirs.words.join(" "));
    let tokens = vec![Token { ours: mine, theirs: their, how: How::Same, score: 1000 }];
    Some(Alike { rule: Rule::Joined, tokens, score: 1000 })
}

/// Every word of the shorter name meets the most alike of the longer one that is left.
fn words(
    rule: Rule,
    ours: &Folded,
    theirs: &Folded,
    alike: impl Fn(&str, &str) -> Option<(How, u32)>,
) -> Option<Alike> {
    let (mine, their) = (&ours.words, &theirs.words);
    let shorter = mine.len().min(their.len());
    // One word of several is a first name, or a family name: nobody is known by it.
    if shorter == 0 || (shorter == 1 && mine.len() != their.len()) {
        return None;
    }
    let mut pairs: Vec<(u32, How, usize, usize)> = Vec::new();
    for (i, a) in mine.iter().enumerate() {
        for (j, b) in their.iter().enumerate() {
            pairs.extend(alike(a, b).map(|(how, score)| (score, how, i, j)));
        }
    }
    pairs.sort_by_key(|(score, how, i, j)| (std::cmp::Reverse(*score), *how, *i, *j));
    let mut met: Vec<(usize, usize, How, u32)> = Vec::new();
    for (score, how, i, j) in pairs {
        if !met.iter().any(|(x, y, _, _)| *x == i || *y == j) {
            met.push((i, j, how, score));
        }
    }
    if met.len() < shorter {
        return None;
    }
    met.sort_by_key(|(i, _, _, _)| *i);
    Some(weighed(rule, mine, their, &met))
}

fn weighed(
    rule: Rule,
    mine: &[String],
    their: &[String],
    met: &[(usize, usize, How, u32)],
) -> Alike {
    let word = |words: &[String], at: usize| words.get(at).cloned().unwrap_or_default();
    let (mut sum, mut weight) = (0_u32, 0_u32);
    let mut tokens = Vec::new();
    for (i, j, how, score) in met {
        let (ours, theirs) = (word(mine, *i), word(their, *j));
        let letters = ours.chars().count().min(theirs.chars().count());
        let letters = u32::try_from(letters).unwrap_or(0);
        sum = sum.saturating_add(score.saturating_mul(letters));
        weight = weight.saturating_add(letters);
        tokens.push(Token { ours, theirs, how: *how, score: *score });
    }
    let absent = |ours: String, theirs: String| Token { ours, theirs, how: How::Absent, score: 0 };
    for (i, ours) in mine.iter().enumerate() {
        if !met.iter().any(|(x, _, _, _)| *x == i) {
            tokens.push(absent(ours.clone(), String::new()));
        }
    }
    for (j, theirs) in their.iter().enumerate() {
        if !met.iter().any(|(_, y, _, _)| *y == j) {
            tokens.push(absent(String::new(), theirs.clone()));
        }
    }
    let left = u32::try_from(tokens.len().saturating_sub(met.len())).unwrap_or(u32::MAX);
    let taken = left.saturating_mul(ABSENT).min(ABSENT_MAX);
    let score = sum.checked_div(weight).unwrap_or(0).saturating_sub(taken);
    Alike { rule, tokens, score }
}
