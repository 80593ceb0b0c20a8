//! Facts about a person, and how two companies compare them without telling values.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Masked;

/// What a wallet knows about its verified customer, as it crosses to the bank with consent.
///
/// Kanji name, address, birth date come from a JPKI certificate; kana is declared by the
/// customer, because the certificate has none, and is marked so wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Name as on the certificate: kanji, kana or Latin.
    pub name: Masked<String>,
    /// Name in kana as the customer declared it; not verified.
    pub declared_kana: Masked<String>,
    /// Birth date.
    pub born_on: Masked<Date>,
    /// Registered address.
    pub address: Masked<String>,
    /// Telephone number that the customer declared, digits only.
    pub phone: Masked<String>,
}

/// One field compared at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Kanji (or Latin) name.
    Name,
    /// Kana name.
    Kana,
    /// Birth date.
    BornOn,
    /// Address.
    Address,
    /// Telephone.
    Phone,
}

/// A rule that made two spellings of one thing the same: what a bank's terminal, a form or a
/// certificate does to a name. Named, so that staff can see why a field counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleFired {
    /// Width, hiragana and katakana, glyph variants: the same characters in other clothes.
    Form,
    /// Spaces, dots between words, hidden characters.
    Spacing,
    /// Old and new forms of one kanji (旧字体: 邊 邉 辺).
    OldForm,
    /// Capital and small letters.
    LetterCase,
    /// Small kana written large (キョウコ, ｷﾖｳｺ).
    SmallKana,
    /// A long vowel written as ー, as `-` or as a vowel (オオノ, オーノ).
    LongVowel,
    /// ヲ, ヰ, ヱ written ｵ, ｲ, ｴ.
    OldKana,
    /// Accents left away or spelled out (Müller, MUELLER).
    Accents,
    /// The same words in another order (SMITH JOHN, John Smith).
    WordOrder,
    /// One side leaves middle names away. Weak: see [`RuleFired::is_weak`].
    MiddleName,
    /// The legal form at the other end (`ｶ)ｱﾙﾌｱ`, `ｱﾙﾌｱ(ｶ`).
    LegalForm,
    /// Cut at the 30 bytes of a 全銀 record.
    CutField,
    /// Numerals, 丁目・番地・号, hyphens, +81: another way of writing the same.
    Notation,
    /// One side leaves the prefecture or the building away.
    PartLeftAway,
}

impl RuleFired {
    /// As kept and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Spacing => "spacing",
            Self::OldForm => "old_form",
            Self::LetterCase => "letter_case",
            Self::SmallKana => "small_kana",
            Self::LongVowel => "long_vowel",
            Self::OldKana => "old_kana",
            Self::Accents => "accents",
            Self::WordOrder => "word_order",
            Self::MiddleName => "middle_name",
            Self::LegalForm => "legal_form",
            Self::CutField => "cut_field",
            Self::Notation => "notation",
            Self::PartLeftAway => "part_left_away",
        }
    }

    /// True for a rule that two different people may well share: it counts only beside an address
    /// that matches.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::MiddleName | Self::CutField)
    }
}

/// How one field compared: four states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The same, character by character.
    Same,
    /// The same once rules were applied; [`Comparison::rules`] says which.
    Near,
    /// Both known, and different.
    Different,
    /// One side does not hold it, or the two cannot be compared (kanji with kana).
    Missing,
}

/// How one field compared, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which of the four states.
    pub compared: Compared,
    /// What had to be overlooked; empty unless [`Compared::Near`].
    pub rules: BTreeSet<RuleFired>,
}

impl Comparison {
    /// Both known, and different.
    #[must_use]
    pub const fn different() -> Self {
        Self { compared: Compared::Different, rules: BTreeSet::new() }
    }

    /// Not comparable.
    #[must_use]
    pub const fn missing() -> Self {
        Self { compared: Compared::Missing, rules: BTreeSet::new() }
    }

    /// The same by these rules; without any, the same outright.
    #[must_use]
    pub fn by(rules: impl IntoIterator<Item = RuleFired>) -> Self {
        let rules: BTreeSet<RuleFired> = rules.into_iter().collect();
        let compared = if rules.is_empty() { Compared::Same } else { Compared::Near };
        Self { compared, rules }
    }

    /// The same, outright or by rules.
    #[must_use]
    pub const fn is_match(&self) -> bool {
        matches!(self.compared, Compared::Same | Compared::Near)
    }

    /// A match that rests on no weak rule.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.is_match() && !self.rules.iter().any(|rule| rule.is_weak())
    }
}

/// What a way to the verdict needs of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// A match that rests on no weak rule.
    Sure,
    /// Any match.
    Match,
    /// Not comparable: the bank holds no such name, or the card has Latin letters.
    Missing,
    /// A match, or not comparable.
    NotDifferent,
    /// Whatever it is.
    Any,
}

impl Need {
    fn is_met_by(self, comparison: &Comparison) -> bool {
        match self {
            Self::Sure => comparison.is_sure(),
            Self::Match => comparison.is_match(),
            Self::Missing => comparison.compared == Compared::Missing,
            Self::NotDifferent => comparison.compared != Compared::Different,
            Self::Any => true,
        }
    }
}

/// The policy: the wallet's customer is the bank's when one of these ways is met in every column.
///
/// Kana is only declared, because a JPKI certificate has none (facts: linking 1.11), so it never
/// carries a match: where it stands in for a name that the bank holds in kana alone, or in kanji for
/// a foreign resident whose card has Latin letters, a *verified* address must match too.
/// Whoever asks says a name and an address: blank ones are refused before anything is compared. A name twin, whose kana and birth date are the victim's, has another
/// kanji name or another address, and is stopped by either. A telephone number proves nothing and
/// changes, so it is compared for staff and decides nothing.
const WAYS: [(&str, [Need; 5]); 3] = {
    use Need::{Any, Match, Missing, NotDifferent, Sure};
    [
        // way, then name, kana, birth date, address, telephone
        ("name", [Sure, Any, Sure, NotDifferent, Any]),
        ("name-and-address", [Match, Any, Sure, Match, Any]),
        ("kana-and-address", [Missing, Match, Sure, Match, Any]),
    ]
};

/// The fields in the order of the table's columns.
pub const FIELDS: [Field; 5] =
    [Field::Name, Field::Kana, Field::BornOn, Field::Address, Field::Phone];

/// The version of the policy under which a verdict is kept.
pub const MATCH_POLICY: &str = "2026-11-2";

/// The way by which all fields together say that both are one person; none when they do not.
/// Which field failed never leaves the bank.
#[must_use]
pub fn same_person_by(fields: &[(Field, Comparison)]) -> Option<&'static str> {
    let missing = Comparison::missing();
    let of = |field| fields.iter().find(|(f, _)| *f == field).map_or(&missing, |(_, found)| found);
    let is_met = |needs: &[Need; 5]| {
        FIELDS.into_iter().zip(needs).all(|(field, need)| need.is_met_by(of(field)))
    };
    WAYS.iter().find(|(_, needs)| is_met(needs)).map(|(way, _)| *way)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S same, n near, w near by a weak rule, D different, - missing.
    fn read(letter: char) -> Comparison {
        match letter {
            'S' => Comparison::by([]),
            'n' => Comparison::by([RuleFired::Spacing]),
            'w' => Comparison::by([RuleFired::MiddleName]),
            'D' => Comparison::different(),
            _ => Comparison::missing(),
        }
    }

    /// name, kana, birth date, address, phone → by which way
    #[test]
    fn no_field_is_skipped_unless_a_stronger_one_matched() {
        let table = [
            ("SSSSS", Some("name")),
            ("nSSnS", Some("name")),
            ("SDSSS", Some("name")), // kana is only declared
            ("S-S--", Some("name")),
            ("SSSSD", Some("name")), // numbers change
            ("wSSSS", Some("name-and-address")),
            ("wSSnS", Some("name-and-address")),
            ("-SSS-", Some("kana-and-address")),
            ("-nSn-", Some("kana-and-address")),
            ("-wSS-", Some("kana-and-address")), // a long name, cut in the record
            ("wSS-S", None),                     // leaving names away is not enough by itself
            ("-SS-S", None),                     // the name twin
            ("-SSDS", None),                     // the name twin from another town
            ("DSSSS", None),                     // the name twin whose kanji differs
            ("DSS-S", None),
            ("SSSDS", None),
            ("SSDSS", None),
            ("SS-SS", None),
            ("-DSSS", None),
            ("--SSS", None),
            ("-----", None),
        ];
        for (letters, expected) in table {
            let fields: Vec<_> = FIELDS.into_iter().zip(letters.chars().map(read)).collect();
            assert_eq!(same_person_by(&fields), expected, "{letters}");
        }
    }

    #[test]
    fn kana_alone_carries_nothing_whatever_the_rest() {
        for others in ["S-", "D-", "--"] {
            let mut letters = others.chars();
            let (born, address) = (letters.next().unwrap_or('-'), letters.next().unwrap_or('-'));
            let text = format!("-S{born}{address}S");
            let fields: Vec<_> = FIELDS.into_iter().zip(text.chars().map(read)).collect();
            assert_eq!(same_person_by(&fields), None, "{text}");
        }
    }
}
