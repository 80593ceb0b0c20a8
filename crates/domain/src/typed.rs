//! What people type of a code that was printed, sent or read out to them. A Japanese keyboard writes
//! letters and digits at full width, and a long-vowel mark where a hyphen was meant; whoever is
//! frightened types as the keyboard happens to be.

/// A code as it was given out, in capitals: full width and half width are the same, spaces and hyphens
/// of every kind do not count, `O` reads as 0, `I` and `L` as 1 (Crockford's base 32). What is no
/// letter or digit stays, so that whoever reads the code can refuse it.
#[must_use]
pub fn code(typed: &str) -> String {
    let kept = typed.chars().filter(|c| !is_gap(*c));
    let read = |c| match half_width(c).to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    kept.map(read).collect()
}

/// A number as it was given out: as [`code`], but that letters stay letters.
#[must_use]
pub fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !is_gap(*c)).map(half_width).collect()
}

/// What stands between groups and means nothing.
fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{ad}' | '\u{200b}' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2043}'
                    | '\u{2212}'
                    | '\u{2500}'
                    | '\u{2501}'
                    | '\u{30fb}'
                    | '\u{30fc}'
                    | '\u{fe58}'
                    | '\u{fe63}'
                    | '\u{ff0d}'
                    | '\u{ff65}'
                    | '\u{ff70}'
        )
}

/// The letters, digits and signs of ASCII that also exist at full width (U+FF01 to U+FF5E).
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c).wrapping_sub(0xff01).wrapping_add(0x21)).unwrap_or(c)
        }
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_a_keyboard_writes_it() {
        for typed in [
            "10D1-DCB3-X4BK",
            "１０Ｄ１－ＤＣＢ３－Ｘ４ＢＫ",
            "１０Ｄ１ーＤＣＢ３ーＸ４ＢＫ",
            "10d1‐dcb3‑x4bk",
            "10D1–DCB3—X4BK",
            "10D1ｰDCB3−X4BK",
            "iod1　dcb3 x4bk",
            "１０ｄ１・ｄｃｂ３・ｘ４ｂｋ",
            "lOD1DCB3X4BK\u{200b}",
        ] {
            assert_eq!(code(typed), "10D1DCB3X4BK", "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_stays_what_it_is() {
        assert_eq!(code("停止コード"), "停止コド");
        assert_eq!(code("10D1!"), "10D1!");
        assert_eq!(digits("４２"), "42");
        assert_eq!(digits("１ O 2"), "1O2");
    }
}
