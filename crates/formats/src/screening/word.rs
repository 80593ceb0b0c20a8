//! How far two words are from each other.

use super::How;
use crate::directory::romaji;

/// What one letter more, less or other takes from a word's 1000.
const EDIT: u32 = 60;
/// Words longer than this are compared letter by letter only.
const WORD_MAX: usize = 40;

/// Two words of Latin letters.
pub(super) fn latin(a: &str, b: &str) -> Option<(How, u32)> {
    if a == b {
        return Some((How::Same, 1000));
    }
    if a.len() > WORD_MAX || b.len() > WORD_MAX {
        return None;
    }
    if is_initial(a, b) || is_initial(b, a) {
        return Some((How::Initial, 750));
    }
    let are_japanese = is_romaji(a) && is_romaji(b);
    if are_japanese && romaji::fold(a) == romaji::fold(b) {
        return Some((How::Spelling, 1000));
    }
    let (longest, edits) = (a.chars().count().max(b.chars().count()), distance(a, b));
    if edits <= allowed(longest, are_japanese) {
        let taken = u32::try_from(edits).unwrap_or(u32::MAX).saturating_mul(EDIT);
        return Some((How::Letters, 1000_u32.saturating_sub(taken)));
    }
    let sound = skeleton(a);
    (!are_japanese && sound.len() >= 3 && sound == skeleton(b)).then_some((How::Sound, 860))
}

/// Kana, spelled in Latin letters by our own table, against a word that somebody else spelled.
///
/// A word that reads as Japanese has its vowels for a reason (サトウ is no SETO); one that does not
/// (SMITH, スミス) is heard by its consonants.
pub(super) fn read(kana: &str, latin: &str) -> Option<(How, u32)> {
    if latin.len() > WORD_MAX || kana.len() > WORD_MAX {
        return None;
    }
    if romaji::fold(latin) == kana {
        return Some((How::Same, 1000));
    }
    let sound = skeleton(kana);
    if is_romaji(latin) || sound != skeleton(latin) {
        return None;
    }
    match sound.len() {
        0 | 1 => None,
        2 => Some((How::Sound, 840)),
        _ => Some((How::Sound, 870)),
    }
}

fn is_initial(short: &str, long: &str) -> bool {
    short.chars().count() == 1 && long.starts_with(short)
}

/// How many letters may differ: short words differ by one letter and are other words.
const fn allowed(length: usize, are_japanese: bool) -> usize {
    match (length, are_japanese) {
        (8.., false) => 2,
        (8.., true) | (5..=7, false) => 1,
        (0..=7, _) => 0,
    }
}

/// Whether a word could be a reading in rōmaji: vowels with one consonant before each, and n.
fn is_romaji(word: &str) -> bool {
    let folded = romaji::fold(word);
    let mut letters = folded.chars().peekable();
    while let Some(c) = letters.next() {
        if is_vowel(c) || (c == 'n' && letters.peek().is_none_or(|next| !is_vowel(*next))) {
            continue;
        }
        // sh, ch, ts are one sound.
        if matches!((c, letters.peek()), ('s' | 'c', Some('h')) | ('t', Some('s'))) {
            letters.next();
        }
        if matches!(c, 'l' | 'q' | 'v' | 'x') || !letters.next().is_some_and(is_vowel) {
            return false;
        }
    }
    true
}

const fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'i' | 'u' | 'e' | 'o')
}

/// The consonants that are heard, for names that every alphabet spells in its own way (Mohammed,
/// Muhammad; Hussein, Husayn; ジョン, John).
fn skeleton(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.dedup();
    let mut out = String::new();
    let mut at = 0_usize;
    while let Some(c) = letters.get(at).copied() {
        let next = letters.get(at.saturating_add(1)).copied().unwrap_or(' ');
        let is_pair =
            matches!((c, next), ('p' | 't' | 's' | 'c' | 'k' | 'd' | 'g', 'h') | ('t', 's'));
        let sound = match (c, next) {
            ('p', 'h') => 'f',
            ('t' | 's', 'h') | ('t', 's') => 's',
            ('c', 'h') => 't',
            ('c' | 'q', _) => 'k',
            ('j', _) => 'z',
            ('l', _) => 'r',
            ('v', _) => 'b',
            // ン is n or m before these.
            ('n', 'm' | 'b' | 'p') => 'm',
            _ => c,
        };
        at = at.saturating_add(if is_pair { 2 } else { 1 });
        let is_first = out.is_empty();
        let is_heard =
            !is_vowel(sound) && !matches!(sound, 'y' | 'w') && (sound != 'h' || is_first);
        if is_heard && !(sound == 'm' && next == 'm') {
            out.push(sound);
        }
    }
    out
}

/// Letters to insert, leave away, change or swap with their neighbour to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for (j, y) in b.iter().enumerate() {
            let of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
            let right = j.saturating_add(1);
            let changed = of(&row, j).saturating_add(usize::from(x != *y));
            let added = of(&row, right).min(of(&next, j)).saturating_add(1);
            let is_swap = j > 0 && last == Some(*y) && b.get(j.saturating_sub(1)) == Some(&x);
            let swapped = if is_swap {
                of(&before, j.saturating_sub(1)).saturating_add(1)
            } else {
                usize::MAX
            };
            next.push(changed.min(added).min(swapped));
        }
        before = std::mem::replace(&mut row, next);
        last = Some(x);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_people_spell_in_several_ways_meet() {
        let table = [
            ("mohammed", "muhammad"),
            ("hussein", "husayn"),
            ("smith", "smiht"),
            ("sato", "satou"),
            ("tsuchiya", "tutiya"),
            ("john", "j"),
        ];
        for (a, b) in table {
            assert!(latin(a, b).is_some(), "{a} {b}");
            assert_eq!(latin(a, b), latin(b, a), "{a} {b}");
        }
        for (kana, word) in
            [("sumisu", "smith"), ("jiyon", "john"), ("sato", "satoh"), ("muhanmado", "mohammed")]
        {
            assert!(read(kana, word).is_some(), "{kana} {word}");
        }
    }

    #[test]
    fn other_words_stay_apart() {
        for (a, b) in [
            ("sato", "seto"),
            ("kimura", "komori"),
            ("tanaka", "tanuki"),
            ("yamada", "yamaha"),
            ("john", "joan"),
            ("lee", "lea"),
        ] {
            assert_eq!(latin(a, b), None, "{a} {b}");
        }
        for (kana, word) in [("sato", "seto"), ("kimura", "komori"), ("ken", "kuno")] {
            assert_eq!(read(kana, word), None, "{kana} {word}");
        }
    }
}
