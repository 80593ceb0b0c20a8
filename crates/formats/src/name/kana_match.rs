//! Whether two kana account names are one holder's, and by which rule.

use std::collections::BTreeSet;

use kanuki_domain::person::{Comparison, RuleFired};

use super::kana::{Change, FoldedName, NameError, Wo, fold_kana_with};

/// Bytes of the account name field of a 全銀 record; banks cut longer names there.
const FIELD_LEN: usize = 30;

/// The rule by which two kana names are the same, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KanaMatch {
    /// The same after folding.
    Exact,
    /// The same but for spaces.
    Spacing,
    /// The same words in another order (スミス ジョン, ジョン スミス).
    WordOrder,
    /// The same but for how a long vowel is written (オオノ, オーノ).
    LongVowel,
    /// The same legal form at another end (`ｶ)ｱﾙﾌｱ`, `ｱﾙﾌｱ(ｶ`).
    LegalFormMoved,
    /// One is cut at the 30 bytes of the field and the other continues it.
    Truncated,
    /// One leaves middle names away.
    MiddleName,
}

/// Compares two kana names; none when they differ. ヲ counts as オ here.
pub fn kana_match(a: &str, b: &str) -> Result<Option<KanaMatch>, NameError> {
    let (a, b) = (fold_kana_with(a, Wo::AsO)?, fold_kana_with(b, Wo::AsO)?);
    Ok(first_rule(&a, &b))
}

fn first_rule(a: &FoldedName, b: &FoldedName) -> Option<KanaMatch> {
    if a.as_str() == b.as_str() {
        Some(KanaMatch::Exact)
    } else if a.compact() == b.compact() {
        Some(KanaMatch::Spacing)
    } else if words(a) == words(b) {
        Some(KanaMatch::WordOrder)
    } else if long_vowels(&a.compact()) == long_vowels(&b.compact()) {
        Some(KanaMatch::LongVowel)
    } else if same_form_elsewhere(a, b) {
        Some(KanaMatch::LegalFormMoved)
    } else if is_cut(a, b) || is_cut(b, a) {
        Some(KanaMatch::Truncated)
    } else if lacks_middle_names(a, b) || lacks_middle_names(b, a) {
        Some(KanaMatch::MiddleName)
    } else {
        None
    }
}

fn words(name: &FoldedName) -> Vec<&str> {
    let mut words: Vec<_> = name.as_str().split(' ').collect();
    words.sort_unstable();
    words
}

fn same_form_elsewhere(a: &FoldedName, b: &FoldedName) -> bool {
    match (a.legal_form(), b.legal_form()) {
        (Some((form, _, body)), Some((other, _, rest))) => form == other && body == rest,
        _ => false,
    }
}

fn is_cut(short: &FoldedName, long: &FoldedName) -> bool {
    let field: String = long.as_str().chars().take(FIELD_LEN).collect();
    // A cut just after a word leaves a space that nobody can see.
    long.byte_len() > FIELD_LEN && field.trim_end() == short.as_str()
}

/// The kana without the middle names of `long`: two words at least, the first among them.
fn lacks_middle_names(short: &FoldedName, long: &FoldedName) -> bool {
    let (short, long): (Vec<_>, Vec<_>) =
        (short.as_str().split(' ').collect(), long.as_str().split(' ').collect());
    super::is_shortened(&short, &long)
}

/// Every way to write a long vowel as `-`: a dash, the vowel again, ｳ after o, ｲ after e.
fn long_vowels(folded: &str) -> String {
    let mut row = None;
    folded
        .chars()
        .map(|c| {
            let is_longer = row.is_some_and(|row| lengthens(row, c));
            if !is_longer && !matches!(c, 'ﾞ' | 'ﾟ') {
                row = vowel(c);
            }
            if is_longer { '-' } else { c }
        })
        .collect()
}

/// The vowel that a half-width kana ends on.
const fn vowel(c: char) -> Option<char> {
    match c {
        'ｱ' | 'ｶ' | 'ｻ' | 'ﾀ' | 'ﾅ' | 'ﾊ' | 'ﾏ' | 'ﾔ' | 'ﾗ' | 'ﾜ' => Some('a'),
        'ｲ' | 'ｷ' | 'ｼ' | 'ﾁ' | 'ﾆ' | 'ﾋ' | 'ﾐ' | 'ﾘ' => Some('i'),
        'ｳ' | 'ｸ' | 'ｽ' | 'ﾂ' | 'ﾇ' | 'ﾌ' | 'ﾑ' | 'ﾕ' | 'ﾙ' => Some('u'),
        'ｴ' | 'ｹ' | 'ｾ' | 'ﾃ' | 'ﾈ' | 'ﾍ' | 'ﾒ' | 'ﾚ' => Some('e'),
        'ｵ' | 'ｺ' | 'ｿ' | 'ﾄ' | 'ﾉ' | 'ﾎ' | 'ﾓ' | 'ﾖ' | 'ﾛ' => Some('o'),
        _ => None,
    }
}

const fn lengthens(row: char, c: char) -> bool {
    matches!(
        (row, c),
        (_, '-') | ('a', 'ｱ') | ('i' | 'e', 'ｲ') | ('u' | 'o', 'ｳ') | ('e', 'ｴ') | ('o', 'ｵ')
    )
}

/// True when any rule makes them the same; false too when either cannot be folded.
#[must_use]
pub fn same_kana(a: &str, b: &str) -> bool {
    matches!(kana_match(a, b), Ok(Some(_)))
}

/// Compares two kana names field by field's way, with every rule that fired: a side that is empty,
/// or is not kana, is missing.
#[must_use]
pub fn compare_kana(a: &str, b: &str) -> Comparison {
    let folded = (fold_kana_with(a, Wo::AsO), fold_kana_with(b, Wo::AsO));
    let (Ok(x), Ok(y)) = folded else { return Comparison::missing() };
    let Some(found) = first_rule(&x, &y) else { return Comparison::different() };
    if a.trim() == b.trim() {
        return Comparison::by([]);
    }
    let mut rules: BTreeSet<RuleFired> = changes_between(&x, &y);
    rules.extend(match found {
        KanaMatch::Exact => None,
        KanaMatch::Spacing => Some(RuleFired::Spacing),
        KanaMatch::WordOrder => Some(RuleFired::WordOrder),
        KanaMatch::LongVowel => Some(RuleFired::LongVowel),
        KanaMatch::LegalFormMoved => Some(RuleFired::LegalForm),
        KanaMatch::Truncated => Some(RuleFired::CutField),
        KanaMatch::MiddleName => Some(RuleFired::MiddleName),
    });
    if rules.is_empty() {
        // The same folding on both sides of spellings that still differ.
        rules.insert(RuleFired::Form);
    }
    Comparison::by(rules)
}

/// What folding changed on one side only: what it changed on both did not tell them apart.
fn changes_between(a: &FoldedName, b: &FoldedName) -> BTreeSet<RuleFired> {
    let (a, b): (BTreeSet<Change>, BTreeSet<Change>) =
        (a.changes().collect(), b.changes().collect());
    let named = |change: &Change| match change {
        Change::Form => RuleFired::Form,
        Change::SmallKana => RuleFired::SmallKana,
        Change::LongVowel => RuleFired::LongVowel,
        Change::Separator => RuleFired::Spacing,
        Change::Wo => RuleFired::OldKana,
    };
    a.symmetric_difference(&b).map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use KanaMatch::{Exact, LegalFormMoved, LongVowel, MiddleName, Spacing, Truncated, WordOrder};

    const LONG: &str = "アレクサンドラ　マリア　フェルナンデス　ダ　シルバ　サントス";

    #[test]
    fn each_rule_matches_what_it_is_for() {
        let table = [
            ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ", Some(Exact)),
            ("やまだたろう", "ﾔﾏﾀﾞ ﾀﾛｳ", Some(Spacing)),
            ("ジョン・スミス", "ｽﾐｽ ｼﾞﾖﾝ", Some(WordOrder)),
            ("Smith John", "JOHN SMITH", Some(WordOrder)),
            ("カ）アルファ", "ｱﾙﾌｱ(ｶ", Some(LegalFormMoved)),
            ("ヲカダ サヲリ", "ｵｶﾀﾞ ｻｵﾘ", Some(Exact)),
            (LONG, "ｱﾚｸｻﾝﾄﾞﾗ ﾏﾘｱ ﾌｴﾙﾅﾝﾃﾞｽ ﾀﾞ ｼﾙﾊﾞ", Some(Truncated)),
            (LONG, "ｱﾚｸｻﾝﾄﾞﾗ ﾏﾘｱ ﾌｴﾙﾅﾝﾃﾞｽ ﾀﾞ ｼ", None), // the field had room for more
            ("アレクサンドラ　マリア", "ｱﾚｸｻﾝﾄﾞﾗ", None),
            ("サトウ キヱ", "ｻﾄｳ ｷｴ", Some(Exact)),
            ("オオノ ユウコ", "ｵ-ﾉ ﾕｳｺ", Some(LongVowel)),
            ("オオノ ケイ", "ｵｳﾉ ｹ-", Some(LongVowel)),
            ("キョウコ", "ｷﾖ-ｺ", Some(LongVowel)),
            ("オオノ", "ｵﾉ", None), // 大野 and 小野
            ("ユウキ", "ﾕｷ", None),
            ("ジョン アレクサンダー スミス", "ｼﾞﾖﾝ ｽﾐｽ", Some(MiddleName)),
            ("ジョン アレクサンダー スミス", "ｱﾚｸｻﾝﾀﾞ- ｽﾐｽ", None),
            ("カ）アルファ", "ﾕ)ｱﾙﾌｱ", None),
            ("カ）アルファ", "ｱﾙﾌｱ", None),
            ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ｼﾞﾛｳ", None),
            ("カトウ", "ｶﾄﾞｳ", None),
        ];
        for (a, b, rule) in table {
            assert_eq!(kana_match(a, b), Ok(rule), "{a} {b}");
            assert_eq!(kana_match(b, a), Ok(rule), "{b} {a}");
        }
    }

    #[test]
    fn the_rules_that_fired_are_named() {
        use RuleFired::{CutField, Form, LongVowel, OldKana, SmallKana, Spacing};
        let table: [(&str, &str, &[RuleFired]); 8] = [
            ("ヤマダ ハナコ", "ヤマダ ハナコ", &[]),
            ("ヤマダ ハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ", &[Form]),
            ("キョウコ", "キヨウコ", &[SmallKana]),
            ("ｷﾖｳｺ", "キョウコ", &[Form, SmallKana]),
            ("ヤマダハナコ", "ヤマダ ハナコ", &[Spacing]),
            ("サトー", "サトウ", &[LongVowel]),
            ("サヲリ", "サオリ", &[OldKana]),
            (LONG, "アレクサンドラ マリア フエルナンデス ダ シルバ", &[SmallKana, CutField]),
        ];
        for (a, b, rules) in table {
            let found = compare_kana(a, b);
            assert!(found.is_match(), "{a} {b}");
            for rule in rules {
                assert!(found.rules.contains(rule), "{a} {b}: {rule:?} in {:?}", found.rules);
            }
            assert_eq!(found.rules.is_empty(), rules.is_empty(), "{a} {b}: {:?}", found.rules);
        }
    }

    #[test]
    fn what_is_not_kana_is_missing_not_different() {
        assert_eq!(compare_kana("山田 太郎", "ﾔﾏﾀﾞ ﾀﾛｳ"), Comparison::missing());
        assert_eq!(compare_kana("", "ﾔﾏﾀﾞ ﾀﾛｳ"), Comparison::missing());
        assert_eq!(compare_kana("ヤマダ ジロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"), Comparison::different());
    }
}
