//! Readings in Latin letters, compared however they are romanized.

use std::iter::Peekable;

/// Rows of kana that differ from the regular consonant + vowel.
const IRREGULAR: [(char, &str); 13] = [
    ('シ', "shi"),
    ('チ', "chi"),
    ('ツ', "tsu"),
    ('フ', "fu"),
    ('ジ', "ji"),
    ('ヂ', "ji"),
    ('ヅ', "zu"),
    ('ヤ', "ya"),
    ('ユ', "yu"),
    ('ヨ', "yo"),
    ('ワ', "wa"),
    ('ン', "n"),
    ('ヴ', "vu"),
];

/// Regular rows: the consonant and its kana in the order a, i, u, e, o.
const ROWS: [(&str, &str); 14] = [
    ("", "アイウエオ"),
    ("k", "カキクケコ"),
    ("g", "ガギグゲゴ"),
    ("s", "サシスセソ"),
    ("z", "ザジズゼゾ"),
    ("t", "タチツテト"),
    ("d", "ダヂヅデド"),
    ("n", "ナニヌネノ"),
    ("h", "ハヒフヘホ"),
    ("b", "バビブベボ"),
    ("p", "パピプペポ"),
    ("m", "マミムメモ"),
    ("r", "ラリルレロ"),
    ("", "アイウエヲ"),
];

/// Large katakana in Latin letters; other characters pass through.
fn spell(kana: &str) -> String {
    let mut out = String::new();
    for c in kana.chars() {
        if let Some((_, text)) = IRREGULAR.iter().find(|(k, _)| *k == c) {
            out.push_str(text);
            continue;
        }
        let regular = ROWS.iter().find_map(|(consonant, row)| {
            let vowel = row.chars().zip("aiueo".chars()).find(|(k, _)| *k == c)?.1;
            Some((consonant, vowel))
        });
        match regular {
            Some((consonant, vowel)) => {
                out.push_str(consonant);
                out.push(vowel);
            }
            None => out.push(c),
        }
    }
    out
}

/// Latin letters brought to the one form in which all romanizations of a reading meet.
///
/// The list has no small kana, so its 京都 reads `kiyouto`; people type `kyoto`, `kyouto`,
/// `kyôto`. Both become `kiyoto`: contracted sounds are opened, doubled consonants become ツ, long
/// vowels are shortened.
pub(crate) fn fold(latin: &str) -> String {
    let mut open = String::new();
    let mut rest = latin.chars().filter(char::is_ascii_alphanumeric).peekable();
    while let Some(c) = rest.next() {
        open_sound(c, &mut rest, &mut open);
    }
    shorten(&open)
}

/// The folded reading of large katakana.
pub(crate) fn of_kana(kana: &str) -> String {
    fold(&spell(kana))
}

const fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'i' | 'u' | 'e' | 'o')
}

/// Writes one consonant (or vowel) of `rest` as the large kana would be spelled.
fn open_sound(c: char, rest: &mut Peekable<impl Iterator<Item = char>>, out: &mut String) {
    let next = rest.peek().copied().unwrap_or(' ');
    match (c, next) {
        // Before b, m and p the same ン is often written m.
        ('m', 'b' | 'm' | 'p') => out.push('n'),
        // っ is written by doubling: nippon, hokkaido, micchi, matchi.
        (c, n) if (c == n && !is_vowel(c) && c != 'n') || (c, n) == ('t', 'c') => {
            out.push_str("tsu");
        }
        ('s' | 'c', 'h') => {
            rest.next();
            out.push_str(if c == 's' { "sh" } else { "ch" });
            if rest.peek().is_some_and(|v| matches!(v, 'a' | 'u' | 'e' | 'o')) {
                out.push('i');
                open_glide(rest, out);
            }
        }
        ('j', 'a' | 'u' | 'e' | 'o') => {
            out.push_str("ji");
            open_glide(rest, out);
        }
        ('s', 'i') => out.push_str("sh"),
        ('t', 'i') => out.push_str("ch"),
        ('t', 'u') => out.push_str("ts"),
        ('z', 'i') => out.push('j'),
        ('h', 'u') => out.push('f'),
        (c, 'y') if !is_vowel(c) => {
            // Kunrei sya, tya, zya are Hepburn sha, cha, ja.
            out.push_str(match c {
                's' => "sh",
                't' => "ch",
                'z' => "j",
                _ => "",
            });
            if !matches!(c, 's' | 't' | 'z') {
                out.push(c);
            }
            out.push('i');
        }
        _ => out.push(c),
    }
}

/// After an opened consonant, `a`, `u`, `o` are ya, yu, yo; `e` is エ, as in ジエ.
fn open_glide(rest: &mut Peekable<impl Iterator<Item = char>>, out: &mut String) {
    if rest.peek().is_some_and(|v| *v != 'e') {
        out.push('y');
    }
}

/// `ou`, `oo`, `uu` become short.
fn shorten(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let long =
            matches!((out.chars().next_back(), c), (Some('o'), 'u' | 'o') | (Some('u'), 'u'));
        if !long {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn romanizations_of_one_reading_meet() {
        let table = [
            ("キヨウト", &["kyoto", "kyouto", "kiyouto"][..]),
            ("トウキヨウ", &["tokyo", "toukyou"]),
            ("ホツカイドウ", &["hokkaido", "hokkaidou"]),
            ("ミナミニツポン", &["minaminippon"]),
            ("グンマ", &["gunma", "gumma"]),
            ("シズオカ", &["shizuoka", "sizuoka"]),
            ("ジユウロク", &["juroku", "juuroku", "zyuuroku"]),
            ("ヒヤクジユウシ", &["hyakujushi"]),
            ("チヨウシ", &["choshi", "chousi", "tyousi"]),
            ("ユウチヨ", &["yucho", "yuucho"]),
            ("ジエイ", &["jei"]),
        ];
        for (kana, spellings) in table {
            for spelling in spellings {
                assert_eq!(fold(spelling), of_kana(kana), "{spelling}");
            }
        }
    }

    #[test]
    fn different_readings_stay_apart() {
        assert_ne!(fold("kagawa"), of_kana("カナガワ"));
        assert_ne!(fold("shiga"), of_kana("サガ"));
    }
}
