//! Whether two kana account names are one holder's, and by which rule.

use kanuki_domain::person::Compared;

use super::kana::{FoldedName, NameError, Wo, fold_kana_with};

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
    /// The same legal form at another end (`ｶ)ｱﾙﾌｱ`, `ｱﾙﾌｱ(ｶ`).
    LegalFormMoved,
    /// One is cut at the 30 bytes of the field and the other continues it.
    Truncated,
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
    } else if same_form_elsewhere(a, b) {
        Some(KanaMatch::LegalFormMoved)
    } else if is_cut(a, b) || is_cut(b, a) {
        Some(KanaMatch::Truncated)
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

/// True when any rule makes them the same; false too when either cannot be folded.
#[must_use]
pub fn same_kana(a: &str, b: &str) -> bool {
    matches!(kana_match(a, b), Ok(Some(_)))
}

/// [`same_kana`] for the verdict over a person's fields: a side that is empty, or is not kana, is missing.
#[must_use]
pub fn compare_kana(a: &str, b: &str) -> Compared {
    match kana_match(a, b) {
        Ok(Some(_)) => Compared::Same,
        Ok(None) => Compared::Different,
        Err(_) => Compared::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KanaMatch::{Exact, LegalFormMoved, Spacing, Truncated, WordOrder};

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
    fn what_is_not_kana_is_missing_not_different() {
        assert_eq!(compare_kana("山田 太郎", "ﾔﾏﾀﾞ ﾀﾛｳ"), Compared::Missing);
        assert_eq!(compare_kana("", "ﾔﾏﾀﾞ ﾀﾛｳ"), Compared::Missing);
        assert_eq!(compare_kana("ヤマダ ジロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"), Compared::Different);
    }
}
