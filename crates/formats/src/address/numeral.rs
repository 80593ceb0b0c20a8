//! Numbers in addresses, in digits or kanji.

/// Longest run of digits that is a house, lot or room number.
const DIGITS_MAX: usize = 8;

/// A number read from the front of some characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numeral {
    pub(super) value: u32,
    /// Characters read.
    pub(super) len: usize,
    pub(super) is_kanji: bool,
}

impl Numeral {
    /// The number that `text` begins with, if it begins with one.
    pub(super) fn at_start(text: &[char]) -> Option<Self> {
        let digits: Vec<u32> = text.iter().map_while(|c| c.to_digit(10)).collect();
        if !digits.is_empty() {
            let value = positional(&digits)?;
            return Some(Self { value, len: digits.len(), is_kanji: false });
        }
        let kanji: Vec<Sign> = text.iter().map_while(|c| sign(*c)).collect();
        if kanji.is_empty() {
            return None;
        }
        Some(Self { value: kanji_value(&kanji)?, len: kanji.len(), is_kanji: true })
    }
}

#[derive(Clone, Copy)]
enum Sign {
    Digit(u32),
    Unit(u32),
}

const fn sign(c: char) -> Option<Sign> {
    let sign = match c {
        '〇' => Sign::Digit(0),
        '一' | '壱' => Sign::Digit(1),
        '二' | '弐' => Sign::Digit(2),
        '三' | '参' => Sign::Digit(3),
        '四' => Sign::Digit(4),
        '五' => Sign::Digit(5),
        '六' => Sign::Digit(6),
        '七' => Sign::Digit(7),
        '八' => Sign::Digit(8),
        '九' => Sign::Digit(9),
        '十' => Sign::Unit(10),
        '百' => Sign::Unit(100),
        '千' => Sign::Unit(1000),
        _ => return None,
    };
    Some(sign)
}

/// 一二〇 → 120; too long a run is no number of a house.
fn positional(digits: &[u32]) -> Option<u32> {
    if digits.len() > DIGITS_MAX {
        return None;
    }
    digits.iter().try_fold(0_u32, |sum, digit| sum.checked_mul(10)?.checked_add(*digit))
}

/// 二十三 → 23, 百五 → 105, and 二三 → 23.
fn kanji_value(signs: &[Sign]) -> Option<u32> {
    let digits: Vec<u32> = signs
        .iter()
        .filter_map(|sign| match sign {
            Sign::Digit(digit) => Some(*digit),
            Sign::Unit(_) => None,
        })
        .collect();
    if digits.len() == signs.len() {
        return positional(&digits);
    }
    let (mut sum, mut digit) = (0_u32, None);
    for sign in signs {
        match (*sign, digit) {
            (Sign::Digit(d), None) => digit = Some(d),
            (Sign::Digit(_), Some(_)) => return None,
            (Sign::Unit(unit), times) => {
                sum = sum.checked_add(unit.checked_mul(times.unwrap_or(1))?)?;
                digit = None;
            }
        }
    }
    sum.checked_add(digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_either_script() {
        let table = [
            ("12番", Some(12)),
            ("007", Some(7)),
            ("二十三番", Some(23)),
            ("十", Some(10)),
            ("百五", Some(105)),
            ("千二百三十四", Some(1234)),
            ("一二〇", Some(120)),
            ("番", None),
            ("999999999", None),
        ];
        for (text, value) in table {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(Numeral::at_start(&chars).map(|n| n.value), value, "{text}");
        }
    }
}
