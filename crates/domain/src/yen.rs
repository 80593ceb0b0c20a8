//! Money: whole yen, never negative, never rounded.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An amount of money in whole yen.
///
/// Never negative: the direction of money is expressed by debit and credit, not by a sign.
/// There is no `Add` impl on purpose. Callers must say what happens on overflow. In JSON it is a
/// string of digits (`"5000"`), so that no client reads it as a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yen(u64);

/// Why an amount could not be computed or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YenError {
    /// The sum does not fit; no real balance is near this limit.
    #[error("amount exceeds {max}", max = Yen::MAX)]
    Overflow,
    /// The subtraction would go below zero.
    #[error("amount would be negative")]
    Negative,
    /// The text is not a plain amount of yen.
    #[error("not an amount of yen: write digits such as 5000")]
    NotANumber,
}

impl Yen {
    /// The empty amount.
    pub const ZERO: Self = Self(0);
    /// The largest amount that one account may ever hold.
    ///
    /// Chosen so that a thousand full accounts still sum within `u64`.
    pub const MAX: Self = Self(10_000_000_000_000_000);

    /// Wraps `amount` if it is within [`Yen::MAX`].
    pub const fn new(amount: u64) -> Result<Self, YenError> {
        if amount <= Self::MAX.0 { Ok(Self(amount)) } else { Err(YenError::Overflow) }
    }

    /// A constant amount; compilation fails when it is out of range.
    #[must_use]
    pub const fn of(amount: u32) -> Self {
        // `as` is banned, `From` is not const, so widen by hand through bytes.
        let [a, b, c, d] = amount.to_be_bytes();
        Self(u64::from_be_bytes([0, 0, 0, 0, a, b, c, d]))
    }

    /// What a person typed: digits, with or without `¥`, `円`, `,` or full-width forms. A comma that
    /// parts no thousands is refused: `30,0000` is asked for again, not guessed.
    pub fn parse_input(text: &str) -> Result<Self, YenError> {
        let mut digits = String::new();
        let mut last_comma = None;
        let is_thousands = |digits: &str, last_comma: Option<usize>| match last_comma {
            None => (1..=3).contains(&digits.len()),
            Some(before) => digits.len().saturating_sub(before) == 3,
        };
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '０'..='９' => {
                    let offset = u32::from(c).saturating_sub(u32::from('０'));
                    digits.push(char::from_digit(offset, 10).ok_or(YenError::NotANumber)?);
                }
                ',' | '，' if is_thousands(&digits, last_comma) => last_comma = Some(digits.len()),
                '¥' | '￥' | '円' | ' ' | '　' => {}
                _ => return Err(YenError::NotANumber),
            }
        }
        if last_comma.is_some() && !is_thousands(&digits, last_comma) {
            return Err(YenError::NotANumber);
        }
        if digits.is_empty() || digits.len() > 17 {
            return Err(YenError::NotANumber);
        }
        Self::new(digits.parse().map_err(|_| YenError::NotANumber)?)
    }

    /// `self + other`, or [`YenError::Overflow`].
    pub const fn plus(self, other: Self) -> Result<Self, YenError> {
        match self.0.checked_add(other.0) {
            Some(sum) => Self::new(sum),
            None => Err(YenError::Overflow),
        }
    }

    /// `self - other`, or [`YenError::Negative`].
    pub const fn minus(self, other: Self) -> Result<Self, YenError> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Ok(Self(rest)),
            None => Err(YenError::Negative),
        }
    }

    /// `self - other`, or zero when `other` is larger.
    #[must_use]
    pub const fn minus_or_zero(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Half of it, rounded down: used to tighten a cap, never to split money.
    #[must_use]
    pub const fn half_down(self) -> Self {
        Self(self.0 >> 1)
    }

    /// The number of yen.
    #[must_use]
    pub const fn amount(self) -> u64 {
        self.0
    }

    /// True when nothing is there.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Yen {
    /// As people write it: `¥1,234,567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        f.write_str("¥")?;
        for (i, c) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(i);
            if i > 0 && left.is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

impl Serialize for Yen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Yen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain =
            !text.is_empty() && text.len() <= 17 && text.bytes().all(|b| b.is_ascii_digit());
        if !plain || (text.len() > 1 && text.starts_with('0')) {
            return Err(D::Error::custom(YenError::NotANumber));
        }
        let amount = text.parse().map_err(|_| D::Error::custom(YenError::NotANumber))?;
        Self::new(amount).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_as_people_write_them() {
        assert_eq!(Yen::of(0).to_string(), "¥0");
        assert_eq!(Yen::of(999).to_string(), "¥999");
        assert_eq!(Yen::of(1_234_567).to_string(), "¥1,234,567");
    }

    #[test]
    fn typed_amounts_are_understood_or_refused() {
        assert_eq!(Yen::parse_input(" ¥5,000 "), Ok(Yen::of(5000)));
        assert_eq!(Yen::parse_input("５０００円"), Ok(Yen::of(5000)));
        assert_eq!(Yen::parse_input("￥1，234,567円"), Ok(Yen::of(1_234_567)));
        for bad in [
            "3,00,000",
            "30,0000",
            "1234,567",
            ",500",
            "500,",
            "1,,000",
            "",
            "-5",
            "5.0",
            "1e3",
            "五千",
            "99999999999999999999",
        ] {
            assert!(Yen::parse_input(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sums_never_wrap() {
        assert_eq!(Yen::MAX.plus(Yen::of(1)), Err(YenError::Overflow));
        assert_eq!(Yen::of(1).minus(Yen::of(2)), Err(YenError::Negative));
    }
}
