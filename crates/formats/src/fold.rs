//! Single characters brought to one form, shared by search, names and addresses.

use unicode_normalization::UnicodeNormalization as _;

/// Hiragana to katakana; anything else unchanged.
pub(crate) fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => {
            char::from_u32(u32::from(c).saturating_add(0x60)).unwrap_or(c)
        }
        _ => c,
    }
}

/// Small katakana to large; anything else unchanged. 全銀 records have no small kana.
pub(crate) const fn enlarge(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        _ => c,
    }
}

/// Any of the dashes that people and keyboards write for a hyphen or a long vowel.
pub(crate) const fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | 'ー' | 'ｰ' | '─' | '\u{FE63}'
    )
}

/// Selects a glyph, not a character (U+FE00…, U+E0100…): 辻 and 辻󠄀 are one name.
pub(crate) const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// NFKC without variation selectors: full width, half width and glyph variants become one.
pub(crate) fn compatible(text: &str) -> impl Iterator<Item = char> {
    text.nfkc().filter(|c| !is_variation_selector(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_of_every_size_and_width_meet() {
        let folded =
            |text: &str| -> String { compatible(text).map(katakana).map(enlarge).collect() };

        for text in ["しゃっくゎ", "シャックヮ", "ｼｬｯｸヮ", "シヤツクワ"] {
            assert_eq!(folded(text), "シヤツクワ", "{text}");
        }
    }
}
