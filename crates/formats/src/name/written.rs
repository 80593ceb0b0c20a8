//! Names as they are written: kanji, kana or Latin letters.

use kanuki_domain::person::Compared;

use super::{NAME_MAX, compare_kana, latin, plain_kanji};
use crate::fold::compatible;

/// What a name is written in; only names of one script can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Kana,
    Latin,
    /// Kanji, with or without kana and letters beside it; also Hangul and all else.
    Other,
}

/// Compares two written names.
///
/// - Kanji: old and new forms of a character, glyph variants, width and spaces do not count.
/// - Latin: case, accents and the order of words do not count.
/// - Kana: as [`compare_kana`].
///
/// Names in two scripts (`SMITH JOHN` at one company, `ジョン スミス` or a 通称 in kanji at the
/// other) say nothing about each other: each side lacks what the other holds, so that is
/// [`Compared::Missing`], and so is an empty name.
#[must_use]
pub fn compare_name(a: &str, b: &str) -> Compared {
    let (a_key, b_key) = (key(a), key(b));
    if a_key.is_empty() || b_key.is_empty() {
        return Compared::Missing;
    }
    match (script(&a_key), script(&b_key)) {
        (Script::Kana, Script::Kana) => compare_kana(a, b),
        (Script::Latin, Script::Latin) => verdict(latin::same(a, b)),
        (Script::Other, Script::Other) => verdict(a_key == b_key),
        _ => Compared::Missing,
    }
}

/// True when [`compare_name`] says the same.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    compare_name(a, b) == Compared::Same
}

const fn verdict(same: bool) -> Compared {
    if same { Compared::Same } else { Compared::Different }
}

/// Letters and kanji only, in plain forms and lower case. Over-long names have no key.
fn key(name: &str) -> String {
    if name.chars().nth(NAME_MAX).is_some() {
        return String::new();
    }
    compatible(name)
        .filter(|c| c.is_alphanumeric() || *c == '々')
        .map(plain_kanji)
        .flat_map(char::to_lowercase)
        .collect()
}

fn script(key: &str) -> Script {
    // ー counts as a letter and belongs to kana.
    if key.chars().all(|c| matches!(c, 'ぁ'..='ゟ' | 'ァ'..='ヿ')) {
        Script::Kana
    } else if key.chars().all(|c| c < '\u{0250}' || ('\u{1E00}'..='\u{1EFF}').contains(&c)) {
        Script::Latin
    } else {
        Script::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Compared::{Different, Missing, Same};

    #[test]
    fn names_compare_as_people_write_them() {
        let table = [
            ("山田　太郎", "山田太郎", Same),
            ("髙橋 誠", "高橋誠", Same),
            ("山﨑 恵", "山崎惠", Same),
            ("渡邉 徳子", "渡辺德子", Same),
            ("渡邊 徳子", "渡邉德子", Same),
            ("齋藤 桜", "斎藤櫻", Same),
            ("𠮷野 廣", "吉野広", Same),
            ("辻\u{E0101} 一郎", "辻 一郎", Same),
            ("神\u{FA19}", "神神", Same),
            ("佐々木 学", "佐々木學", Same),
            ("SMITH JOHN", "John Smith", Same),
            ("ジョン スミス", "ｽﾐｽ ｼﾞﾖﾝ", Same),
            ("さくら はな", "サクラ　ハナ", Same),
            ("髙橋 マリア", "高橋　ﾏﾘｱ", Same),
            ("TRẦN VĂN AN", "TRAN VAN AN", Same),
            ("山田 太郎", "山田 次郎", Different),
            ("園田 薫", "薗田 薫", Different),
            ("田中 一", "田中 二", Different),
            ("SMITH JOHN", "SMITH JANE", Different),
            ("ジョン スミス", "ジョン スミソン", Different),
            ("SMITH JOHN", "ジョン スミス", Missing),
            ("KIM MINJUN", "金 民俊", Missing),
            ("山田 太郎", "ﾔﾏﾀﾞ ﾀﾛｳ", Missing),
            ("", "山田 太郎", Missing),
            ("・・・", "山田 太郎", Missing),
        ];
        for (a, b, expected) in table {
            assert_eq!(compare_name(a, b), expected, "{a} / {b}");
            assert_eq!(compare_name(b, a), expected, "{b} / {a}");
        }
    }

    #[test]
    fn hidden_characters_do_not_make_a_different_name() {
        assert!(same_name("山田\u{200B}太郎", "山田太郎"));
    }
}
