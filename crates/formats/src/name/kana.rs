//! Folding to the characters of a 全銀 record (half width, large, no `ｰ`).

use std::{collections::BTreeSet, fmt};

use unicode_normalization::UnicodeNormalization as _;

use super::{NAME_MAX, legal_form::LegalForm, legal_form::Position};
use crate::fold::{enlarge, is_hyphen, katakana};

/// Full-width kana that a record can hold, in the order of [`HALF`].
const FULL: &str =
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";

const VOICED: char = '\u{3099}';
const SEMIVOICED: char = '\u{309A}';

/// What to do with ヲ, which most banks refuse in an account name and some now take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wo {
    /// Refuse it, as the older edition of the rule does.
    Refuse,
    /// Write ｵ, as banks tell people to, and ヰ, ヱ as ｲ, ｴ; right for comparing.
    AsO,
    /// Keep ｦ, as the later edition of the rule allows.
    Keep,
}

/// One thing that folding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Width, hiragana or letter case: the same name in other characters.
    Form,
    /// A small kana became large (ャ → ﾔ).
    SmallKana,
    /// A long vowel or dash became `-`.
    LongVowel,
    /// A dot became a space, or spaces were joined.
    Separator,
    /// ヲ, ヰ or ヱ became ｵ, ｲ or ｴ.
    Wo,
}

impl Change {
    /// True when the original cannot be told from the folded name any more.
    #[must_use]
    pub const fn is_material(self) -> bool {
        match self {
            Self::Form => false,
            Self::SmallKana | Self::LongVowel | Self::Separator | Self::Wo => true,
        }
    }
}

/// Why a name cannot stand in an account name field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left.
    #[error("the name is empty")]
    Empty,
    /// Longer than [`NAME_MAX`].
    #[error("the name is too long")]
    TooLong,
    /// A character that the field has no code for, such as kanji. Its place, not its value: an
    /// error may be logged.
    #[error("letter {} of it cannot be written in an account name", .0.saturating_add(1))]
    Character(usize),
}

/// An account name as a 全銀 record holds it. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoldedName {
    text: String,
    changes: BTreeSet<Change>,
}

impl fmt::Debug for FoldedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FoldedName(***)")
    }
}

impl FoldedName {
    /// Half-width kana, `A`–`Z`, digits, space and `( ) - .`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Bytes in a record; the account name fields hold 30.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.text.chars().count()
    }

    /// What folding changed, each kind once.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.changes.iter().copied()
    }

    /// The legal form at its head, tail or middle, and the name without it.
    #[must_use]
    pub fn legal_form(&self) -> Option<(&'static LegalForm, Position, String)> {
        LegalForm::find(&self.text)
    }

    /// Without spaces.
    pub(super) fn compact(&self) -> String {
        self.text.replace(' ', "")
    }
}

/// Folds a name for an account name field by the strict rule, which refuses ヲ.
///
/// Order: NFKC, hiragana to katakana, NFD, small to large, dashes to `-`, dots to spaces, letters
/// to upper case, half width. Anything else (kanji, apostrophes, commas) is refused, never dropped:
/// a record with another name than the one typed would go astray.
pub fn fold_kana(text: &str) -> Result<FoldedName, NameError> {
    fold_kana_with(text, Wo::Refuse)
}

/// As [`fold_kana`], with a choice about ヲ.
pub fn fold_kana_with(text: &str, wo: Wo) -> Result<FoldedName, NameError> {
    if text.chars().nth(NAME_MAX).is_some() {
        return Err(NameError::TooLong);
    }
    let mut folding = Folding { wo, out: String::new(), changes: BTreeSet::new() };
    for (place, original) in text.chars().enumerate() {
        folding.push_original(original).ok_or(NameError::Character(place))?;
    }
    folding.finish()
}

struct Folding {
    wo: Wo,
    out: String,
    changes: BTreeSet<Change>,
}

impl Folding {
    /// Folds one character as typed; none when it has no place in the field.
    fn push_original(&mut self, original: char) -> Option<()> {
        // NFKC would make a space and a mark of a free-standing mark.
        let original = match original {
            '゛' => VOICED,
            '゜' => SEMIVOICED,
            other => other,
        };
        for c in original.nfkc().map(katakana).nfd() {
            self.push(c)?;
        }
        let kept = self.out.ends_with(original);
        if !kept {
            self.changes.insert(Change::Form);
        }
        Some(())
    }

    fn push(&mut self, c: char) -> Option<()> {
        let folded = match c {
            VOICED => self.voiced().then_some('ﾞ')?,
            SEMIVOICED => self.semivoiced().then_some('ﾟ')?,
            'A'..='Z' | '0'..='9' | '(' | ')' | '.' => c,
            'a'..='z' => c.to_ascii_uppercase(),
            '-' => '-',
            c if is_hyphen(c) => self.noting(Change::LongVowel, '-'),
            '・' => self.noting(Change::Separator, ' '),
            c if c.is_whitespace() => ' ',
            'ヲ' => match self.wo {
                Wo::Refuse => return None,
                Wo::AsO => self.noting(Change::Wo, 'ｵ'),
                Wo::Keep => 'ｦ',
            },
            // キヱ and ヰサム are alive; their banks wrote them so.
            'ヰ' if self.wo == Wo::AsO => self.noting(Change::Wo, 'ｲ'),
            'ヱ' if self.wo == Wo::AsO => self.noting(Change::Wo, 'ｴ'),
            c => {
                let large = enlarge(c);
                if large != c {
                    self.changes.insert(Change::SmallKana);
                }
                half_width(large)?
            }
        };
        if folded == ' ' && (self.out.is_empty() || self.out.ends_with(' ')) {
            self.changes.insert(Change::Separator);
        } else {
            self.out.push(folded);
        }
        Some(())
    }

    fn noting(&mut self, change: Change, c: char) -> char {
        self.changes.insert(change);
        c
    }

    /// A mark may follow only a kana that can be voiced: ヷ and ヺ have no half-width form.
    fn voiced(&self) -> bool {
        self.out.ends_with(|c| matches!(c, 'ｳ' | 'ｶ'..='ﾄ' | 'ﾊ'..='ﾎ'))
    }

    fn semivoiced(&self) -> bool {
        self.out.ends_with(|c| matches!(c, 'ﾊ'..='ﾎ'))
    }

    fn finish(self) -> Result<FoldedName, NameError> {
        let text = self.out.trim_end().to_owned();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(FoldedName { text, changes: self.changes })
    }
}

fn half_width(full: char) -> Option<char> {
    FULL.chars().zip(HALF.chars()).find(|(f, _)| *f == full).map(|(_, half)| half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_as_a_record_holds_them() {
        let table = [
            ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("やまだ たろう", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            (" ヤマダ  タロウ ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("カ）エヌ・ティ・ティ・ドコモ", "ｶ)ｴﾇ ﾃｲ ﾃｲ ﾄﾞｺﾓ"),
            ("キャッシュ－ヴィジョン", "ｷﾔﾂｼﾕ-ｳﾞｲｼﾞﾖﾝ"),
            ("Smith John", "SMITH JOHN"),
            ("ゆーちゅーぶ", "ﾕ-ﾁﾕ-ﾌﾞ"),
            ("グエン　ヴァン　アン", "ｸﾞｴﾝ ｳﾞｱﾝ ｱﾝ"),
            ("ハ゜ク", "ﾊﾟｸ"),
        ];
        for (typed, record) in table {
            let folded = fold_kana(typed).unwrap();
            assert_eq!(folded.as_str(), record, "{typed}");
        }
    }

    #[test]
    fn marks_count_as_bytes_of_their_own() {
        assert_eq!(fold_kana("カ）エヌ・ティ・ティ・ドコモ").unwrap().byte_len(), 15);
    }

    #[test]
    fn characters_without_a_code_are_refused() {
        let table = [
            ("山田", 0),
            ("オ'ブライエン", 1),
            ("ア,イ", 1),
            ("ヷ", 0),
            ("アﾞ", 1),
            ("ンﾟ", 1),
            ("José", 3),
            ("ヲサム", 0),
            ("ア\u{202E}イ", 1),
        ];
        for (typed, place) in table {
            assert_eq!(fold_kana(typed), Err(NameError::Character(place)), "{typed}");
        }
        assert_eq!(fold_kana(" ・ "), Err(NameError::Empty));
        assert_eq!(fold_kana(&"ア".repeat(NAME_MAX + 1)), Err(NameError::TooLong));
    }

    #[test]
    fn wo_is_a_choice() {
        assert_eq!(fold_kana_with("ヲサム", Wo::AsO).unwrap().as_str(), "ｵｻﾑ");
        assert_eq!(fold_kana_with("ヲサム", Wo::Keep).unwrap().as_str(), "ｦｻﾑ");
    }

    #[test]
    fn what_cannot_be_undone_is_material() {
        let material = |text| fold_kana(text).unwrap().changes().any(Change::is_material);

        assert!(!material("ﾔﾏﾀﾞ ﾀﾛｳ"));
        assert!(!material("やまだ"));
        assert!(material("ジョン"));
        assert!(material("ローラ"));
        assert!(material("ジヨン・スミス"));
        assert_eq!(fold_kana("ﾔﾏﾀﾞ ﾀﾛｳ").unwrap().changes().count(), 0);
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["カ）エヌ・ティ・ティ・ドコモ", "Smith  John", "キャッシュ－ヴィジョン"]
        {
            let once = fold_kana(text).unwrap();
            let twice = fold_kana(once.as_str()).unwrap();
            assert_eq!(once.as_str(), twice.as_str());
            assert_eq!(twice.changes().count(), 0, "{text}");
        }
    }
}
