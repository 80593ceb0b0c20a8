//! Names as they are written: kanji, kana or Latin letters.

use std::collections::BTreeSet;

use kanuki_domain::person::{Comparison, RuleFired};

use super::{NAME_MAX, compare_kana, latin, plain_kanji};
use crate::fold::{compatible, is_variation_selector};

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
/// - Latin: case, accents and the order of words do not count; names left away count little.
/// - Kana: as [`compare_kana`].
///
/// Names in two scripts (`SMITH JOHN` at one company, `ジョン スミス` or a 通称 in kanji at the
/// other) say nothing about each other: each side lacks what the other holds, so that is
/// [`Compared::Missing`](kanuki_domain::person::Compared::Missing), and so is an empty name.
#[must_use]
pub fn compare_name(a: &str, b: &str) -> Comparison {
    let (a_key, b_key) = (key(a, None), key(b, None));
    if a_key.is_empty() || b_key.is_empty() {
        return Comparison::missing();
    }
    let is_equal = a.trim() == b.trim();
    match (script(&a_key), script(&b_key)) {
        (Script::Kana, Script::Kana) => compare_kana(a, b),
        (Script::Latin, Script::Latin) => match latin::compare(a, b) {
            None => Comparison::different(),
            Some(_) if is_equal => Comparison::by([]),
            Some(rules) => Comparison::by(or_form(rules)),
        },
        (Script::Other, Script::Other) if a_key != b_key => Comparison::different(),
        (Script::Other, Script::Other) if is_equal => Comparison::by([]),
        // A rule fired where the names would differ without it.
        (Script::Other, Script::Other) => Comparison::by(or_form(
            OVERLOOKED
                .into_iter()
                .filter(|rule| key(a, Some(*rule)) != key(b, Some(*rule)))
                .collect(),
        )),
        _ => Comparison::missing(),
    }
}

/// The name on an identity card against the one that a bank holds: [`compare_name`], where what says
/// nothing about a name in kanji differs from it.
///
/// A card has a name in Latin letters for whoever has no kanji in their register; whoever has some
/// has them on the card. So a name in kana, or none, is not that of a customer held in kanji, and
/// must not open the way that is for those of whom the bank holds no written name.
#[must_use]
pub fn compare_card_name(card: &str, held: &str) -> Comparison {
    let (card_key, held_key) = (key(card, None), key(held, None));
    let says_nothing = card_key.is_empty() || script(&card_key) == Script::Kana;
    let is_written = !held_key.is_empty() && script(&held_key) != Script::Kana;
    if says_nothing && is_written { Comparison::different() } else { compare_name(card, held) }
}

/// True when [`compare_name`] says the same, outright or by rules.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    compare_name(a, b).is_match()
}

/// Spellings that differ in what several rules overlook at once are two forms of one name.
fn or_form(rules: BTreeSet<RuleFired>) -> BTreeSet<RuleFired> {
    if rules.is_empty() { BTreeSet::from([RuleFired::Form]) } else { rules }
}

/// What [`key`] overlooks.
const OVERLOOKED: [RuleFired; 4] =
    [RuleFired::Form, RuleFired::Spacing, RuleFired::OldForm, RuleFired::LetterCase];

/// Letters and kanji only, in plain forms and lower case, without one of the rules if need be.
/// Over-long names have no key.
fn key(name: &str, without: Option<RuleFired>) -> String {
    if name.chars().nth(NAME_MAX).is_some() {
        return String::new();
    }
    let follows = |rule| without != Some(rule);
    let mut text: String =
        if follows(RuleFired::Form) { compatible(name).collect() } else { name.to_owned() };
    if follows(RuleFired::Spacing) {
        text.retain(|c| c.is_alphanumeric() || c == '々' || is_variation_selector(c));
    }
    if follows(RuleFired::OldForm) {
        text = text.chars().map(plain_kanji).collect();
    }
    if follows(RuleFired::LetterCase) { text.to_lowercase() } else { text }
}

/// One text for all spellings of a written name that [`compare_name`] calls one, but for those that
/// leave names away; none for what is no name.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let text = key(name, None);
    let is_latin = script(&text) == Script::Latin;
    let text = if is_latin {
        let mut words = latin::plain_words(name);
        words.sort_unstable();
        words.join(" ")
    } else {
        text
    };
    (!text.is_empty()).then_some(text)
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
    use kanuki_domain::person::Compared::{self, Different, Missing, Near, Same};

    use super::*;

    #[test]
    fn names_compare_as_people_write_them() {
        let table: [(&str, &str, Compared); 29] = [
            ("山田 太郎", "山田 太郎", Same),
            ("SMITH JOHN", "SMITH JOHN", Same),
            ("SMITH JOHN ALEXANDER", "John Smith", Near),
            ("SMITH JOHN", "JOHN", Different),
            ("山田　太郎", "山田太郎", Near),
            ("髙橋 誠", "高橋誠", Near),
            ("山﨑 恵", "山崎惠", Near),
            ("渡邉 徳子", "渡辺德子", Near),
            ("渡邊 徳子", "渡邉德子", Near),
            ("齋藤 桜", "斎藤櫻", Near),
            ("𠮷野 廣", "吉野広", Near),
            ("辻\u{E0101} 一郎", "辻 一郎", Near),
            ("神\u{FA19}", "神神", Near),
            ("佐々木 学", "佐々木學", Near),
            ("SMITH JOHN", "John Smith", Near),
            ("ジョン スミス", "ｽﾐｽ ｼﾞﾖﾝ", Near),
            ("さくら はな", "サクラ　ハナ", Near),
            ("髙橋 マリア", "高橋　ﾏﾘｱ", Near),
            ("TRẦN VĂN AN", "TRAN VAN AN", Near),
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
            assert_eq!(compare_name(a, b).compared, expected, "{a} / {b}");
            assert_eq!(compare_name(b, a).compared, expected, "{b} / {a}");
        }
    }

    #[test]
    fn a_card_without_kanji_is_not_that_of_a_customer_held_in_kanji() {
        let table: [(&str, &str, Compared); 8] = [
            ("ヤマダ ハナコ", "山田 花子", Different),
            ("やまだ はなこ", "山田 花子", Different),
            ("", "山田 花子", Different),
            ("ジョン スミス", "SMITH JOHN", Different),
            ("KIM MINJUN", "金 民俊", Missing), // a foreign resident whom the bank knows in kanji
            ("SMITH JOHN", "ジョン スミス", Missing),
            ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", Missing),
            ("山田 花子", "山田 花子", Same),
        ];
        for (card, held, expected) in table {
            assert_eq!(compare_card_name(card, held).compared, expected, "{card} / {held}");
        }
    }

    #[test]
    fn the_rules_that_fired_are_named() {
        use RuleFired::{Form, LetterCase, MiddleName, OldForm, Spacing, WordOrder};
        let table: [(&str, &str, &[RuleFired]); 8] = [
            ("山田太郎", "山田太郎", &[]),
            ("山田　太郎", "山田太郎", &[Spacing]),
            ("渡邉 徳子", "渡邊 徳子", &[OldForm]),
            ("渡邉　徳子", "渡辺德子", &[Spacing, OldForm]),
            ("辻\u{E0101} 一郎", "辻 一郎", &[Form]),
            ("髙橋 ﾏﾘｱ", "髙橋 マリア", &[Form]),
            ("髙橋 Maria", "髙橋 MARIA", &[LetterCase]),
            ("SMITH JOHN ALEXANDER", "John Smith", &[LetterCase, MiddleName]),
        ];
        for (a, b, rules) in table {
            assert_eq!(compare_name(a, b).rules, rules.iter().copied().collect(), "{a} {b}");
        }
        assert!(compare_name("John Smith", "SMITH JOHN").rules.contains(&WordOrder));
    }

    #[test]
    fn hidden_characters_do_not_make_a_different_name() {
        assert!(same_name("山田\u{200B}太郎", "山田太郎"));
    }
}
